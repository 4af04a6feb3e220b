"""Walks through a demonstration hospital before the real server and its worker."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import PASSWORD
from tests.journeys.walk import Walker


@pytest.fixture
def real_template(request: pytest.FixtureRequest, database_template: str) -> str:
    """Whoever enters the demonstration finds it made."""
    if "enter" not in request.fixturenames:
        return database_template
    made: str = request.getfixturevalue("demonstration")
    return made


@pytest.fixture
def enter(salus_server: Any, browser: Any) -> Iterator[Callable[[str], Walker]]:
    """Sign people in, each at a screen of his own; nobody's screen may have complained."""
    salus_server.start("worker")
    walkers: list[Walker] = []

    def sign_in(username: str) -> Walker:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        walkers.append(Walker(context, salus_server.url, username, PASSWORD))
        return walkers[-1]

    yield sign_in
    if os.environ.get("SALUS_PICTURES"):
        for walker in walkers:
            walker.picture(Path(os.environ["SALUS_PICTURES"]), f"last-{walker.username}")
    assert [complaint for walker in walkers for complaint in walker.complaints] == []
