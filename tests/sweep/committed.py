"""A world of which everything is committed, for tests with many processes or threads: its people and the forms of its pages."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test import Client

from tests.cast import Cast
from tests.sweep.conftest import PEOPLE, ROUTES, looked_at
from tests.sweep.routes import Form, forms_on
from tests.sweep.scripts import word_fields
from tests.sweep.sender import shape
from tests.world import World, a_world


@dataclass(frozen=True)
class Offered:
    """A form that a page offers to somebody, and the names of its fields that take words."""

    role: str
    form: Form
    words: list[str]


def committed(cast: Cast) -> tuple[World, dict[str, Client]]:
    """The world, and a browser for each role."""
    with transaction.atomic():
        world = a_world(cast)
    return world, {role: cast.client(role, raise_request_exception=False) for role in PEOPLE}


def offered(world: World, people: dict[str, Client]) -> list[Offered]:
    """Each form of the house once, with somebody who is shown it."""
    asked = [(role, one) for route in ROUTES for one in looked_at(route, world) for role in route.roles()]
    found: dict[Any, Offered] = {}
    for role, address in [*world.further, *asked]:
        if shows(people[role], address):
            text = people[role].shown
            words = word_fields(text)
            for form in forms_on(text, address):
                some = Offered(role, form, [name for name in form.names if name in words])
                found.setdefault((shape(form.action), *sorted(form.names)), some)
    return list(found.values())


def shows(client: Any, address: str) -> bool:
    """Whether somebody is shown a page there; its text is in `client.shown`."""
    answer = client.get(address)
    if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
        return False
    client.shown = answer.content.decode()
    return True
