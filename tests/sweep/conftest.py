"""The world that is swept: two hospitals with a visit each, and a browser for each role in the first.

It is made once for a file; whatever a request does is taken back after it.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from salus.accounts.services import issue_token
from salus.workflows.roles import ROLES
from tests.cast import Cast
from tests.sweep.sender import Sender
from tests.world import World, a_world


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for all tests of a file."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(ground: None) -> World:
    """The hospital that is asked."""
    return a_world(Cast())


@pytest.fixture(scope="module")
def foreign(world: World) -> World:
    """Another hospital on the same system, with a visit of its own."""
    return a_world(Cast("other"), given="Ben", birth_date="1970-02-03")


@pytest.fixture(scope="module")
def browsers(world: World) -> dict[str, Client]:
    """role -> a browser of somebody with that role; a defect becomes a page, as it would outside a test."""
    return {role: world.cast.client(role, raise_request_exception=False) for role in ROLES}


@pytest.fixture(scope="module")
def programs(world: World) -> dict[str, Client]:
    """role -> a program that holds a token of somebody with that role."""
    act = world.cast.almighty()
    tokens = {role: issue_token(act, user_id=world.cast.user(role).id) for role in ROLES}
    return {
        role: Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
        for role, token in tokens.items()
    }


@pytest.fixture
def stranger() -> Client:
    """A browser in which nobody is signed in."""
    return Client(raise_request_exception=False)


@pytest.fixture
def sender(ground: None) -> Iterator[Sender]:
    """Sends, and judges at the end."""
    logging.getLogger("django.request").setLevel("CRITICAL")
    one = Sender()
    yield one
    logging.getLogger("django.request").setLevel("ERROR")
    one.verdict()
