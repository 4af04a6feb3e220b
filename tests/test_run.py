"""`salus run` as a newcomer meets it: ready, killed piece by piece, started again, stopped."""

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from conftest import answers
from salus.config import home, postgres
from tests.busy import busy
from tests.hospital import Hospital, postgres_pid
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.guarantee("B30")]


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_HOME", str(tmp_path_factory.mktemp("salus")))
        patch.delenv("SALUS_DB_NAME", raising=False)
        patch.delenv("SALUS_DB_POOLED", raising=False)
        here = Hospital(free_port())
        yield here
        here.remove()


@pytest.fixture(autouse=True)
def nothing_is_left(hospital: Hospital) -> Iterator[None]:
    """What a test left running, because it failed, is not in the way of the next."""
    yield
    hospital.kill("salus.config.cli")


def remember(name: str) -> None:
    with psycopg.connect(home.database_dsn("app"), autocommit=True) as app:
        app.execute("INSERT INTO core_idempotencykey (by_id, key, request_hash) VALUES (uuidv7(), %s, '')", [name])


def remembered() -> set[str]:
    with psycopg.connect(home.database_dsn("app")) as app:
        return {row[0] for row in app.execute("SELECT key FROM core_idempotencykey WHERE key LIKE 'kept%'")}


def test_a_hospital_survives_what_is_done_to_it(hospital: Hospital) -> None:
    hospital.start()
    assert hospital.until("ready ") == f"ready http://127.0.0.1:{hospital.port}"
    assert hospital.until("also ") == f"also  http://localhost:{hospital.port}"
    hospital.serves_again()

    hospital.kill("cli serve")
    hospital.until("the web server ended")
    hospital.serves_again()

    hospital.kill("cli worker")
    hospital.until("the worker ended")

    remember("kept when the database was killed")
    os.kill(postgres_pid(), signal.SIGKILL)
    hospital.until("the database ended")
    hospital.serves_again()
    assert "kept when the database was killed" in remembered()

    remember("kept when the supervisor was killed")
    hospital.kill("cli run")
    ordinary = hospital.seconds_to_start()
    hospital.serves_again()

    remember("kept when everything was killed")
    number = postgres_pid()
    # after a crash the server syncs its whole file system: what other tests left unwritten there is none of its own
    os.sync()
    hospital.kill("salus.config.cli")
    os.kill(number, signal.SIGKILL)
    took = hospital.seconds_to_start()
    assert took < max(15 * busy(), 2 * ordinary)
    hospital.serves_again()
    assert len(remembered()) == 3

    assert hospital.stop() == 0
    assert hospital.processes("salus.config.cli") == []
    assert not postgres.is_alive()
    assert not answers(f"http://127.0.0.1:{hospital.port}/")


def test_stopped_while_it_prepares_it_starts_again_and_hears_every_way_to_say_stop(hospital: Hospital) -> None:
    for wait in (0.3, 0.6, 0.9, 1.2):
        hospital.start()
        time.sleep(wait)
        hospital.stop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        hospital.start().until("ready ")
        assert hospital.stop(number) == 0
        assert hospital.processes("salus.config.cli") == []
        assert not postgres.is_alive()
