"""The world that is swept: two hospitals with a visit each, and a browser for each role in the first.

It is made once for a file; whatever a request does is taken back after it.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import typst
from django.db import connection, transaction
from django.test import Client

from salus.accounts.services import issue_token
from salus.ui import house_signature
from salus.workflows.roles import ROLES
from tests.cast import Cast, form_key
from tests.sweep import situations
from tests.sweep.routes import Form, Route, asking_links, forms_on, routes
from tests.sweep.sender import Sender, shape
from tests.sweep.situations import Situation
from tests.sweep.witness import Witness
from tests.world import World, a_world

ROUTES = routes()
#: a person for each role, and somebody who stands for a patient
PEOPLE = (*ROLES, "proxy")
Found = tuple[str, Form]


@dataclass
class Crawled:
    """Forms and links that ask something (`?visit=...`), each once, with a role that was shown it."""

    forms: dict[Any, Found] = field(default_factory=dict)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for all tests of a file."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # a world takes long on a slow machine
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(ground: None) -> World:
    """The hospital that is asked."""
    return a_world(Cast())


@pytest.fixture(scope="module")
def foreign(world: World) -> World:
    """Another hospital on the same system, with a visit of its own."""
    return a_world(Cast("other"), given="Ben", family="Birchwood", birth_date="1970-02-03")


@pytest.fixture(scope="module")
def browsers(world: World) -> dict[str, Client]:
    """role -> a browser of somebody with that role; a defect becomes a page, as it would outside a test."""
    return {role: world.cast.client(role, raise_request_exception=False) for role in PEOPLE}


@pytest.fixture(scope="module")
def programs(world: World) -> dict[str, Client]:
    """role -> a program that holds a token of somebody with that role."""
    act = world.cast.almighty()
    tokens = {role: issue_token(act, user_id=world.cast.user(role).id) for role in PEOPLE}
    return {
        role: Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
        for role, token in tokens.items()
    }


@pytest.fixture
def stranger() -> Client:
    """A browser in which nobody is signed in."""
    return Client(raise_request_exception=False)


@pytest.fixture(scope="module")
def witness(world: World, foreign: World) -> Witness:
    """Reads the access log after every request."""
    return Witness(world, foreign)


@pytest.fixture
def sender(witness: Witness) -> Iterator[Sender]:
    """Sends, and judges at the end."""
    logging.getLogger("django.request").setLevel("CRITICAL")
    one = Sender(witness)
    yield one
    logging.getLogger("django.request").setLevel("ERROR")
    one.verdict()


@pytest.fixture(scope="module")
def records(world: World, foreign: World) -> dict[str, Situation]:
    """A record of every situation, in the hospital of the cast."""
    found = [
        Situation("own", world),
        situations.unrelated(world.cast),
        situations.vip(world.cast),
        Situation("other facility", foreign, is_foreign=True),
        situations.refusing(world.cast),
        situations.voided(world.cast, into=world.patient.id),
    ]
    return {one.name: situations.one_of_each(one) for one in found}


@pytest.fixture(scope="module")
def papers() -> Iterator[None]:
    """A printer that prints what it was handed, so that the words of a paper can be read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typst, "compile", lambda *_args, sys_inputs, **_options: sys_inputs["data"].encode())
        patch.setattr(house_signature, "signed", lambda paper, *, house: paper)  # what was handed over is no PDF
        yield


@pytest.fixture(scope="module")
def crawled(world: World, browsers: dict[str, Client], witness: Witness) -> Crawled:
    """What all pages offer, and what comes back from sending their forms."""
    found = Crawled()

    def note(role: str, page: Any, address: str) -> None:
        if page.status_code in (200, 422) and page.headers["Content-Type"].startswith("text/html"):
            text = page.content.decode()
            for form in forms_on(text, address):
                found.forms.setdefault((shape(form.action), *sorted(form.names)), (role, form))
            for link in asking_links(text):
                found.links.setdefault(shape(link), (role, link))

    sender = Sender(witness)
    for role, address in world.further:
        note(role, sender.send(browsers[role], "GET", address), address)
    for route in ROUTES:
        for address in looked_at(route, world):
            for role in route.roles():
                note(role, sender.send(browsers[role], "GET", address), address)
    for role, form in list(found.forms.values()):
        note(role, sender.send(browsers[role], "POST", form.action, data=form.fields | form_key()), form.action)
    sender.verdict()
    return found


@pytest.fixture(scope="module")
def forms(crawled: Crawled) -> list[Found]:
    """Each form of the house once, with somebody who may send it."""
    return sorted(crawled.forms.values(), key=lambda pair: (pair[1].action, pair[1].names))


def looked_at(route: Route, world: World) -> Iterator[str]:
    if "GET" in route.methods and not route.api:
        yield route.address(world.ids)
        if "request_id" in route.wants:
            yield route.address(world.ids | {"request_id": world.ids["to_verify"]})
