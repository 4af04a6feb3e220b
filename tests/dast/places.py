"""Everything that may be asked of the house: pages with the parameters that they look for, forms as they are offered, FHIR.

Nothing is listed by hand: routes come from the URLconf, forms and links from the pages, FHIR from its CapabilityStatement,
and what a page looks for after its question mark is learnt by watching it look.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.test import Client

from salus.accounts.models import Session
from salus.accounts.services import issue_token
from tests.cast import Cast
from tests.sweep.committed import committed
from tests.sweep.conftest import ROUTES, looked_at
from tests.sweep.routes import asking_links, forms_on
from tests.sweep.sender import shape
from tests.world import World

#: what is put where nobody has said what may stand there
A_WORD = "a"
#: how long a scan may last: nothing that is done in it is kept, so that a session would soon be idle
A_DAY = timedelta(hours=11)
#: of the types that no room owns, which are all served alike, so many are tried
_KEPT_WHOLE = 2
_VALUES = {"date": "2026-01-01", "number": "1", "quantity": "1", "uri": "urn:a"}


@dataclass(frozen=True)
class Asked:
    """One request: somebody asks for an address with these parameters, or sends these fields."""

    role: str
    address: str
    query: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    is_sent: bool = False

    @property
    def target(self) -> str:
        """The address with what stands after its question mark."""
        return self.address + ("?" + urlencode(self.query) if self.query else "")


@dataclass
class House:
    """What may be asked, and by whom: cookies of each role, and a token for FHIR."""

    cookies: dict[str, str]
    token: str
    asked: list[Asked] = field(default_factory=list)
    #: how many pages were looked at for it
    pages: int = 0

    @property
    def places(self) -> set[tuple[str, str]]:
        """(shape of an address, parameter): each once, whoever asks."""
        return {(kind_of(one.address), name) for one in self.asked for name, _value in (*one.query, *one.fields)}

    def page_of(self, role: str, more: str = "") -> str:
        """A page with every form and link of this role once, for a tool that reads pages."""
        asked = [one for one in self.asked if one.role == role]
        links = [f'<a href="{escape(one.target)}">a</a>' for one in asked if not one.is_sent]
        forms = [
            f'<form method="post" action="{escape(one.address)}">'
            + "".join(
                f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in one.fields
            )
            + "<button>a</button></form>"
            for one in asked
            if one.is_sent
        ]
        return "<!doctype html><title>Offered</title>" + "\n".join([more, *links, *forms])


class _Watched(QueryDict):
    """Parameters that remember what they were asked for."""

    seen: set[str] = set()  # noqa: RUF012 - of all requests, until it is emptied

    def __getitem__(self, key: str) -> Any:
        self.seen.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.seen.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, default: Any = None) -> Any:
        self.seen.add(key)
        return super().getlist(key, default)


def kind_of(address: str) -> str:
    """The shape of an address, without any number: a form for each of eighty rows is one form."""
    return re.sub(r"/\d+(?=/|$)", "/N", shape(address))


def a_house() -> House:
    """A world that is committed, walked through by everybody whose pages it has."""
    cast = Cast()
    world, people = committed(cast)
    token = issue_token(cast.almighty(), user_id=cast.user("doctor").id)
    pages, asked = _walked(world, people)
    asked += _in_fhir(token, world)
    now = datetime.now(UTC)
    Session.objects.update(last_seen_at=now + A_DAY, proved_at=now + A_DAY, ends_at=now + A_DAY)
    cookies = {
        role: "; ".join(f"{one.key}={one.value}" for one in who.cookies.values()) for role, who in people.items()
    }
    return House(cookies, token, asked, pages)


def _walked(world: World, people: dict[str, Client]) -> tuple[int, list[Asked]]:
    """How many pages there were, and each form and each page with parameters once, with a role that is shown it."""
    known: set[str] = set()
    forms: dict[Any, Asked] = {}
    asking: dict[str, Asked] = {}
    wanted = [(role, one) for route in ROUTES for one in looked_at(route, world) for role in route.roles()]
    with patch.object(WSGIRequest, "GET", property(lambda request: _Watched(request.META.get("QUERY_STRING", "")))):
        for role, address in [*world.further, *wanted]:
            if address in known:
                continue
            _Watched.seen.clear()
            text = _shown(people[role], address)
            if text is None:
                continue
            known.add(address)
            for name in sorted(_Watched.seen):
                _note(asking, role, address, [(name, A_WORD)])
            for link in asking_links(text):
                _note(asking, role, urlsplit(link).path, parse_qsl(urlsplit(link).query, keep_blank_values=True))
            for form in forms_on(text, address):
                fields = tuple((name, value) for name, values in form.fields.items() for value in values[:1] or [""])
                forms.setdefault(
                    (kind_of(form.action), *sorted(form.names)), Asked(role, form.action, fields=fields, is_sent=True)
                )
    return len(known), [*asking.values(), *(one for one in forms.values() if one.fields)]


def _note(asking: dict[str, Asked], role: str, address: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Add parameters to what is known of a page; what a link says of a value is better than a word."""
    before = asking.get(kind_of(address)) or Asked(role, address)
    merged = dict(before.query)
    for name, value in pairs:
        if merged.get(name, A_WORD) == A_WORD:
            merged[name] = value
    asking[kind_of(address)] = Asked(before.role, before.address, tuple(merged.items()))


def _shown(client: Client, address: str) -> str | None:
    """The page, or nothing where there is none."""
    answer = client.get(address)
    if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
        return None
    return str(answer.content.decode())


def _in_fhir(token: str, world: World) -> Iterator[Asked]:
    """Each search parameter of each type, alone: the first that is refused ends a search."""
    client = Client(headers={"Authorization": f"Bearer {token}"})
    kept_whole = 0
    for resource in json.loads(client.get("/fhir/metadata").content)["rest"][0]["resource"]:
        kept_whole += "documentation" in resource
        if "documentation" in resource and kept_whole > _KEPT_WHOLE:
            continue
        named = [(one["name"], one["type"]) for one in resource["searchParam"]]
        for name, kind in [*named, ("_count", "number"), ("_sort", "string"), ("_include", "string")]:
            value = f"Patient/{world.patient.id}" if kind == "reference" else _VALUES.get(kind, A_WORD)
            yield Asked("", f"/fhir/{resource['type']}", ((name, value),))
