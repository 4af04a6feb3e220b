"""The database is restarted under the hands of a hundred requests a second: hardly anybody notices (B35)."""

import os
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
import httpx
import pytest
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict

from conftest import SALUS, answers
from salus.accounts.services import issue_token
from salus.config import home, postgres
from salus.core import patience
from salus.core.ids import uuid7
from salus.core.lost import is_lost, note_loss
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient
from tests.cast import Cast
from tests.ports import free_port

A_SECOND = 100
BEFORE, AFTER = 4, 16
#: so long does a client wait (s): where other tests have the processor, a hundred requests a second queue up
PATIENCE = 60


@dataclass(frozen=True)
class Sent:
    """One request: when it was due, what it was, how it ended and after how long."""

    due: float
    kind: str
    status: Any
    took: float


@dataclass
class Load:
    """A hundred requests a second, each at its time whether the ones before have ended or not."""

    url: str
    session: dict[str, str]
    token: str
    patients: list[Any]
    sent: list[Sent] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        began = time.monotonic()
        program = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json"}
        limits = httpx.Limits(max_connections=400, max_keepalive_connections=64)
        with (
            httpx.Client(cookies=self.session, base_url=self.url, timeout=PATIENCE, limits=limits) as self.browser,
            httpx.Client(headers=program, base_url=self.url, timeout=PATIENCE, limits=limits) as self.program,
            ThreadPoolExecutor(300) as crowd,
        ):
            for turn in range(int(seconds * A_SECOND)):
                due = began + turn / A_SECOND
                time.sleep(max(0.0, due - time.monotonic()))
                crowd.submit(self._send, turn, due)

    def _send(self, turn: int, due: float) -> None:
        kind = ("page", "read", "write", "read", "page")[turn % 5]
        try:
            status: Any = getattr(self, f"_{kind}")(turn).status_code
        except httpx.HTTPError as error:
            status = type(error).__name__
        self.sent.append(Sent(due, kind, status, time.monotonic() - due))

    def _page(self, turn: int) -> httpx.Response:
        return self.browser.get(f"/patients/{self.patients[turn % len(self.patients)]}/")

    def _read(self, turn: int) -> httpx.Response:
        return self.program.get(f"/fhir/Patient/{self.patients[turn % len(self.patients)]}")

    def _write(self, turn: int) -> httpx.Response:
        sent = {"resourceType": "Patient", "name": [{"family": f"Restarted{turn}", "given": ["Ann"]}]}
        answer = self.program.post("/fhir/Patient", json=sent, headers={"Idempotency-Key": str(uuid7())})
        if answer.status_code == 201:
            self.made.append(answer.json()["id"])
        return answer


@pytest.fixture
def own_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any, salus_processes: Callable[..., Any]
) -> Iterator[Any]:
    """A PostgreSQL of this test's own with a hospital's settings, `salus serve` before it, and Django pointed at it."""
    monkeypatch.setenv("SALUS_KEYS", str(Path(settings.SALUS_KEYRING).parent))
    monkeypatch.setenv("SALUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SALUS_DB_NAME", "salus")
    home.write_secret(home.home() / "secret-key", settings.SECRET_KEY)  # sessions made here are good there
    place = home.place()
    with django_db_blocker.unblock(), postgres.running():
        assert os.spawnv(os.P_WAIT, sys.executable, [*SALUS, "migrate", "--no-reference"]) == 0
        with pointed_at(home.database_dsn("app")):
            port = free_port()
            web = salus_processes("serve", "--port", str(port), "--workers", "2", SALUS_DB_POOLED="1")
            url = f"http://127.0.0.1:{port}"
            while not answers(f"{url}/healthz"):
                assert web.poll() is None
                time.sleep(0.1)
            yield url
            web.terminate()
            web.wait(20)
    postgres.stop()
    for folder in (place.data, place.sockets):
        shutil.rmtree(folder, ignore_errors=True)


class pointed_at:  # noqa: N801 - used as a statement
    """Django's connection of this process leads to another server for a while."""

    def __init__(self, dsn: str) -> None:
        known = conninfo_to_dict(dsn)
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        self.there = {names[name]: str(value) for name, value in known.items() if name in names}

    def __enter__(self) -> None:
        connection = django.db.connection
        connection.close()
        self.before = {name: connection.settings_dict[name] for name in self.there}
        connection.settings_dict.update(self.there)

    def __exit__(self, *_: Any) -> None:
        django.db.connection.close()
        django.db.connection.settings_dict.update(self.before)


@pytest.mark.slow
@pytest.mark.guarantee("B35")
def test_a_restart_under_load_costs_hardly_anybody_anything(own_server: str) -> None:
    cast = Cast()
    _ = cast.departments
    patients = [a_patient(cast.almighty(), given=f"P{n}").id for n in range(40)]
    name = settings.SESSION_COOKIE_NAME
    session = {name: cast.client("doctor").cookies[name].value}
    load = Load(own_server, session, issue_token(cast.almighty(), user_id=cast.user("integration").id), patients)
    warm_up(load)
    django.db.connection.close()
    crowd = threading.Thread(target=load.run, args=(BEFORE + AFTER,))
    crowd.start()
    time.sleep(BEFORE)
    stopped = time.monotonic()
    postgres.stop()
    postgres.ensure_running()
    back = time.monotonic() - stopped
    crowd.join()
    told(load, stopped, back)
    failed = [one for one in load.sent if one.status not in (200, 201)]
    soon = [one for one in load.sent if stopped <= one.due < stopped + 10]
    assert len(soon) > 0.95 * 10 * A_SECOND
    assert len([one for one in soon if one in failed]) <= 0.01 * len(soon), Counter((f.kind, f.status) for f in failed)
    assert [one for one in failed if one.due >= stopped + 10] == []
    assert [one for one in failed if one.due < stopped - 1] == []
    written = Patient.objects.filter(family__startswith="Restarted")
    assert len(set(load.made)) == len(load.made)
    assert set(load.made) <= {str(one) for one in written.values_list("id", flat=True)}, (
        "what was acknowledged is there"
    )
    names = Counter(written.values_list("family", flat=True))
    assert [family for family, many in names.items() if many > 1] == [], "nothing was written twice"


def warm_up(load: Load) -> None:
    """A process compiles templates on its first pages: that is not what is measured."""
    with httpx.Client(base_url=load.url, cookies=load.session, timeout=60) as browser:
        for turn in range(20):
            assert browser.get(f"/patients/{load.patients[turn]}/").status_code == 200


def told(load: Load, stopped: float, back: float) -> None:
    """What happened, for whoever reads the output of the test."""
    soon = [one for one in load.sent if stopped <= one.due < stopped + 10]
    slow = sorted(one.took for one in soon)
    wrong = Counter((one.kind, one.status) for one in load.sent if one.status not in (200, 201))
    print(  # noqa: T201
        f"back after {back:.2f} s; {len(load.sent)} sent, {dict(wrong)} failed; in the ten seconds after: "
        f"half within {slow[len(slow) // 2]:.2f} s, 95 % {slow[int(len(slow) * 0.95)]:.2f} s, all {slow[-1]:.2f} s"
    )


# ---------------------------------------------------------------- patience itself


def an_error(kind: type[Exception], cause: Exception | None = None) -> Exception:
    error = kind("x")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (an_error(OperationalError, pg.AdminShutdown()), True),
        (an_error(OperationalError, pg.CannotConnectNow()), True),
        (an_error(OperationalError, pg.TooManyConnections()), True),
        (an_error(InterfaceError), True),
        (an_error(OperationalError, pg.QueryCanceled()), False),
        (an_error(OperationalError, pg.LockNotAvailable()), False),
        (an_error(OperationalError, pg.DiskFull()), False),
        (an_error(DatabaseError), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_only_a_lost_connection_is_a_reason_to_try_again(error, lost) -> None:
    assert is_lost(error) is lost


def a_flaky_hospital(losses: int) -> Any:
    """Loses its database so many times, then answers; counts how often it was asked."""
    asked = SimpleNamespace(times=0)

    def get_response(request: Any) -> HttpResponse:
        asked.times += 1
        if asked.times <= losses:
            note_loss(request, an_error(OperationalError, pg.AdminShutdown()))
            return HttpResponse(status=503)
        return HttpResponse("here")

    return patience.PatienceMiddleware(get_response), asked


@pytest.mark.parametrize(
    ("method", "data", "headers", "again"),
    [
        ("get", {}, {}, True),
        ("post", {"_key": "a-key"}, {}, True),
        ("post", {}, {"Idempotency-Key": "a-key"}, True),
        ("post", {"name": "x"}, {}, False),
        ("post", {"_key": "a\nb"}, {}, False),
    ],
)
def test_what_is_safe_to_repeat_is_repeated(method, data, headers, again) -> None:
    """An effect without a key could happen twice: it is never sent again by us."""
    middleware, asked = a_flaky_hospital(losses=2)
    answer = middleware(getattr(RequestFactory(), method)("/", data, headers=headers))
    assert (answer.status_code, asked.times) == ((200, 3) if again else (503, 1))


def test_while_the_database_stays_away_only_some_look_for_it(monkeypatch, rf) -> None:
    """Protects from a pile of requests that all wait for a server that does not come."""
    monkeypatch.setattr(patience, "WAIT_AT_MOST", 0.2)
    middleware, asked = a_flaky_hospital(losses=10**6)
    assert middleware(rf.get("/")).status_code == 503
    time.sleep(0.2)
    before = asked.times
    began = time.monotonic()
    assert {middleware(rf.get("/")).status_code for _ in range(20)} == {503}
    assert asked.times - before == 1
    assert time.monotonic() - began < 5
