"""Web, worker and database killed with -9 while visits are played: nothing acknowledged is lost, nothing is half done.

The second test breaks durability on purpose: a kill test that does not find that has proved nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from salus.config import home
from tests.chaos.play import Run, a_hospital, a_ledger, told
from tests.hospital import PASSWORD, Hospital
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.guarantee("R2")]

#: as PostgreSQL would be set by somebody who wants speed: a commit is acknowledged before it is on disk
_NOT_DURABLE = "\nsynchronous_commit = off\nwal_writer_delay = 10s\nwal_writer_flush_after = 1GB\n"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_HOME", str(tmp_path_factory.mktemp("salus")))
        patch.setenv("SALUS_DEMO_PASSWORD", PASSWORD)
        for name in ("SALUS_DB_NAME", "SALUS_DB_POOLED", "SALUS_DB_ROLE"):
            patch.delenv(name, raising=False)
        here = a_hospital(free_port())
        yield here
        here.remove()


@pytest.mark.guarantee("B30")
def test_nothing_acknowledged_is_lost_and_nothing_is_half_done(hospital: Hospital, tmp_path: Path) -> None:
    run = Run(hospital, a_ledger(tmp_path, "kills"), clients=2, seed=1, pause=(0.5, 1.0))
    run.play(("web server", "worker", "database", "database process"), kills=4)
    print(run.figures())  # noqa: T201 - seen when it fails
    assert run.visits, "no visit came to its end"
    wrong = run.wrong()
    assert not wrong, told(wrong)


@pytest.mark.guarantee("B32")
def test_a_commit_that_is_not_on_disk_is_found(hospital: Hospital, tmp_path: Path) -> None:
    with (Path(home.place().data) / "postgresql.conf").open("a") as settings:
        settings.write(_NOT_DURABLE)
    assert hospital.stop() == 0
    hospital.start().until("ready ")
    hospital.serves_again()
    run = Run(hospital, a_ledger(tmp_path, "not-durable"), clients=2, seed=1, first=100_000, patience=3)
    # the kill comes right after a write was acknowledged: on a busy machine a second may pass without any
    run.play(("database",), kills=1, writes=10)
    assert any(one.startswith("lost: ") for one in run.wrong()), "the kill test would not notice a lost write"
