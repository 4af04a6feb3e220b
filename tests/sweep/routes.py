"""Every route of the hospital and every form on its pages, found out from the URLconf: nothing is listed by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.urls import URLPattern, URLResolver, get_resolver

from salus.core.door import PUBLIC
from salus.workflows.roles import ROLES
from tests.cast import OWN_DOOR


@dataclass(frozen=True)
class Route:
    """One route: `chart/<patient_id>/notes` is the pattern, `patient_id` a name in `wants`."""

    pattern: str
    policy: str
    methods: tuple[str, ...]
    api: bool
    changes: bool
    wants: tuple[str, ...]

    def address(self, ids: Mapping[str, Any]) -> str:
        """The route's address for these ids.

        :raises KeyError: if one that it wants is not among them
        """
        return "/" + re.sub(r"<(\w+)>", lambda found: str(ids[found[1]]), self.pattern)

    @property
    def is_public(self) -> bool:
        return self.policy == PUBLIC

    @property
    def is_unsafe(self) -> bool:
        return not {"GET", "HEAD", "OPTIONS"}.issuperset(self.methods)

    def roles(self) -> list[str]:
        """The built-in roles that may come in."""
        fitting = [role for role in ROLES if (role in OWN_DOOR) == self.is_own_door]
        return [role for role in fitting if self.policy in ROLES[role][1] or self.policy not in _RIGHTS]

    @property
    def is_own_door(self) -> bool:
        """Whether it is one of the patients' own door, which has a session of its own."""
        return self.pattern.startswith("portal/")

    def is_for(self, role: str) -> bool:
        """Whether the session of this role is looked at there at all."""
        return (role in OWN_DOOR) == self.is_own_door


_RIGHTS = {right for _name, rights in ROLES.values() for right in rights}


def routes() -> list[Route]:
    """All routes, in the order of the URLconf."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            view, pattern = entry.callback, _plain(prefix + str(entry.pattern))
            yield Route(
                pattern,
                getattr(view, "policy", ""),
                tuple(getattr(view, "methods", ())),
                bool(getattr(view, "api", False)),
                bool(getattr(view, "changes", False)),
                tuple(re.findall(r"<(\w+)>", pattern)),
            )


def _plain(pattern: str) -> str:
    """`<uuid:patient_id>` and `(?P<patient_id>[a-z]+)` become `<patient_id>`; what only a regex says goes."""
    pattern = re.sub(r"\(\?P(<\w+>)(?:\[[^]]*\]|[^()])*\)", r"\1", pattern)
    pattern = re.sub(r"<\w+:(\w+)>", r"<\1>", pattern.replace("(?:/|$)", "/"))
    return re.sub(r"\^|\$(?![a-z])|/\?", "", pattern)  # `$everything` is a name of FHIR's


@dataclass
class Form:
    """A form as a browser would send it."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    found_on: str = ""

    @property
    def names(self) -> list[str]:
        return [name for name in self.fields if name not in ("_key", "csrfmiddlewaretoken")]


class _Reader(HTMLParser):
    """Collects the forms of a page that are sent by POST, with the fields and what stands in them."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms = address, [Form("")]
        self.now: Form | None = None
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in pairs}
        if "hx-post" in said and tag != "form":
            self.forms.append(Form(said["hx-post"], {said["name"]: ["a"]} if said.get("name") else {}, self.address))
        if tag == "form":
            if said.get("method", "get").lower() == "post":
                self.now = Form(said.get("action") or self.address, {}, self.address)
                self.forms.append(self.now)
        elif tag == "button" and said.get("formaction") and self.now:
            self.forms.append(Form(said["formaction"], self.now.fields, self.address))
        elif self.now is not None:
            self._field(self.now, tag, said)

    def _field(self, form: Form, tag: str, said: dict[str, str]) -> None:
        name = said.get("name", "")
        if tag == "option" and self.select:
            values = form.fields.setdefault(self.select, [])
            if "selected" in said or not values or values == [""]:
                values[:] = [said.get("value", "")]
        if not name:
            return
        if tag == "select":
            self.select = name
            form.fields.setdefault(name, [])
        elif tag == "textarea":
            form.fields.setdefault(name, [""])
        elif tag in ("input", "button"):
            self._typed(form, name, said)

    def _typed(self, form: Form, name: str, said: dict[str, str]) -> None:
        values = form.fields.setdefault(name, [])
        if said.get("type") == "radio":
            if not values or "checked" in said:
                values[:] = [said.get("value", "on")]
        elif said.get("type") != "checkbox" or not values:
            values.append(said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.now = None
        if tag == "select":
            self.select = ""


def forms_on(page: str, address: str) -> list[Form]:
    """The forms of a page that change or search something; those without fields of their own too."""
    reader = _Reader(address)
    reader.feed(page)
    for form in reader.forms:
        form.action = urlsplit(form.action).path or address
    return [form for form in reader.forms[1:] if form.action.startswith("/")]


def asking_links(page: str) -> list[str]:
    """The addresses on a page that ask something after a question mark."""
    found = re.findall(r'(?:href|hx-get|src|action|formaction)="(/[^"]*\?[^"]*)"', page)
    return [unescape(one) for one in found]
