"""Every form of the house, sent by five threads at once with one key: one effect, and nobody is told anything else (B10)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.cast import Cast
from tests.sweep.committed import committed, offered
from tests.sweep.sender import shape
from tests.sweep.test_replay import effects, route_of, taken_back, typed

pytestmark = [pytest.mark.long, pytest.mark.race]
CLICKS = 5


@pytest.mark.guarantee("B10", "B8")
def test_every_form_sent_by_five_at_once_has_one_effect(real_db: Any, cast: Cast) -> None:
    world, people = committed(cast)
    tried: set[str] = set()
    wrong: list[str] = []
    for one in offered(world, people):
        route = route_of(one.form.action)
        if route is None or route.pattern in tried:
            continue
        with transaction.atomic(), taken_back():
            before = effects()
            alone = people[one.role].post(one.form.action, typed(one.form))
            once = tuple(after - then for after, then in zip(effects(), before, strict=True))
        if alone.status_code >= 400:
            continue
        data, start, before = typed(one.form), threading.Barrier(CLICKS), effects()
        with ThreadPoolExecutor(CLICKS) as crowd:
            told = list(crowd.map(lambda _n: click(people[one.role], one.form.action, data, start), range(CLICKS)))  # noqa: B023
        came = tuple(after - then for after, then in zip(effects(), before, strict=True))
        tried.add(route.pattern)
        where = f"{shape(one.form.action)} as {one.role}"
        if len(set(told)) > 1 or told[0][0] >= 400:
            wrong.append(f"{where}: {sorted({answer[:2] for answer in told})}")
        if came[0] != once[0] or came[2] != once[2]:
            wrong.append(f"{where}: alone {once}, by five at once {came}")
    print(f"{len(tried)} forms sent by {CLICKS} at once")
    assert wrong == []
    assert len(tried) >= 40, sorted(tried)


def click(client: Client, address: str, data: dict[str, Any], start: threading.Barrier) -> tuple[int, str, bytes]:
    """One press of the button, by a browser with the same session."""
    browser = Client(raise_request_exception=False)
    browser.cookies = client.cookies.copy()
    start.wait()
    try:
        answer = browser.post(address, data)
    finally:
        connection.close()
    return answer.status_code, answer.headers.get("Location", ""), answer.content
