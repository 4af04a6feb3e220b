"""The long kill test: `make chaos`. Prints its figures; exit code 1 if anything was lost, half done or done twice.

    python -m tests.chaos [--kills 100] [--writes 10000] [--jobs 10000] [--clients 6] [--seed 1]

It makes a hospital of its own below `.cache/` and takes it away afterwards.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import django

CACHE = Path(__file__).resolve().parents[2] / ".cache"
CACHE.mkdir(exist_ok=True)
FOLDER = Path(tempfile.mkdtemp(prefix="chaos-", dir=CACHE))

# Before any settings are loaded: what a person's shell names for their hospital must not be found by this one.
for _name in [name for name in os.environ if name.startswith(("SALUS_", "PG")) or name == "DATABASE_URL"]:
    if _name not in ("SALUS_PG_BIN", "SALUS_PG_USER", "SALUS_PG_ROOT"):
        del os.environ[_name]
os.environ |= {
    "SALUS_HOME": str(FOLDER / "home"),
    "SALUS_DEMO_PASSWORD": "a-long-demo-password",
    "DJANGO_SETTINGS_MODULE": "salus.config.settings",
}
django.setup()

from salus.config import postgres  # noqa: E402 - after Django is set up
from tests.chaos import jobs  # noqa: E402
from tests.chaos.killer import KINDS  # noqa: E402
from tests.chaos.play import Run, a_hospital, a_ledger, told  # noqa: E402
from tests.hospital import free_port  # noqa: E402

#: a power cut takes longest to come back from: each other part is killed twice as often
_MOSTLY = tuple(kind for kind in KINDS if kind not in ("supervisor", "everything"))


def main() -> int:
    """Both runs; returns the exit code."""
    told_by = argparse.ArgumentParser(prog="make chaos")
    for name, default in (("kills", 100), ("writes", 10_000), ("jobs", 10_000), ("clients", 6), ("seed", 1)):
        told_by.add_argument(f"--{name}", type=int, default=default)
    wish = told_by.parse_args()
    try:
        return _run(FOLDER, wish)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def _run(folder: Path, wish: argparse.Namespace) -> int:
    hospital = a_hospital(free_port(), patients=200)
    try:
        run = Run(hospital, a_ledger(folder, "kills"), clients=wish.clients, seed=wish.seed, patience=120)
        run.play((*_MOSTLY, *KINDS), kills=wish.kills, writes=wish.writes)
        wrong = run.wrong()
        print(f"visits under kills, seed {wish.seed}: {run.figures()}", flush=True)
        if wish.jobs:
            hospital.stop()
            wrong += _jobs(wish)
        print(told(wrong) if wrong else "nothing lost, nothing half done, nothing twice")
        return 1 if wrong else 0
    finally:
        hospital.remove()


def _jobs(wish: argparse.Namespace) -> list[str]:
    """The same for the queue alone; the database is held open here."""
    with postgres.running():
        poisoned = jobs.announce_many(wish.jobs // 2)
        killed, seconds = jobs.kill_while_working(wish.kills, wish.seed)
        print(f"queue: {wish.jobs} jobs by 4 workers, {killed} of them killed, {seconds:.0f} s", flush=True)
        return jobs.wrong_effects(wish.jobs // 2, poisoned)


if __name__ == "__main__":
    sys.exit(main())
