"""The long kill test: `make chaos`. Prints its figures; exit code 1 if anything was lost, half done or done twice.

    python -m tests.chaos [--kills 100] [--writes 10000] [--jobs 10000] [--clients 6] [--seed 1]

It makes a hospital of its own below `.cache/` and takes it away afterwards.
"""

import argparse
import shutil
import sys
from pathlib import Path

from tests.alone import FOLDER  # first: the others need a home and Django

# isort: split
from salus.config import postgres
from tests.chaos import jobs
from tests.chaos.killer import KINDS
from tests.chaos.play import Run, a_hospital, a_ledger, told
from tests.ports import free_port

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
        if run.ledger.tally.get("answered 500"):
            print(*hospital.defects, sep="\n", flush=True)
        print(told(wrong) if wrong else "visits: nothing lost, nothing half done, nothing twice", flush=True)
        if wish.jobs:
            hospital.stop()
            wrong += _jobs(wish)
        print(f"{len(wrong)} wrong" if wrong else "nothing lost, nothing half done, nothing twice")
        return 1 if wrong else 0
    finally:
        hospital.remove()


def _jobs(wish: argparse.Namespace) -> list[str]:
    """The same for the queue alone; the database is held open here."""
    with postgres.running():
        poisoned = jobs.announce_many(wish.jobs // 2)
        killed, seconds = jobs.kill_while_working(wish.jobs, wish.kills, wish.seed)
        print(f"queue: {wish.jobs} jobs by 4 workers, {killed} of them killed, {seconds:.0f} s", flush=True)
        wrong = jobs.wrong_effects(wish.jobs // 2, poisoned)
        print(told(wrong) if wrong else "queue: each effect exactly once, the poisoned job set aside", flush=True)
        return wrong


if __name__ == "__main__":
    sys.exit(main())
