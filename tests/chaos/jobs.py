"""Many jobs and four workers that are killed at random: each effect exactly once, and poison is set aside."""

import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from django.db import connection, transaction

from salus.accounts.queries import person_by_name
from salus.config import home
from salus.core.act import Act, system_act
from salus.core.announce import ATTEMPTS, announce
from salus.core.ids import uuid7
from salus.core.rights import all_rights
from salus.encounters.facts import EncounterStarted
from salus.patients.models import Patient
from salus.places.models import Department

_WORKERS = 4
_PER_TRANSACTION = 500
_SERVICE = "consultation-general-practice-first"


class Workers:
    """Four workers of this home, each started again as soon as it is dead."""

    def __init__(self) -> None:
        self.processes = [self._start() for _n in range(_WORKERS)]

    def kill_one(self, chance: random.Random) -> None:
        place = chance.randrange(_WORKERS)
        self.processes[place].kill()
        self.processes[place].wait()
        self.processes[place] = self._start()

    def stop(self) -> None:
        for one in self.processes:
            one.terminate()
        for one in self.processes:
            one.wait(30)

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "salus.config.cli", "worker"]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def announce_many(facts: int) -> int:
    """So many consultations that began, each with two things that follow; and one whose charge can never be made.

    :returns: the number of the poisoned fact
    """
    act = system_act(rights=all_rights(), door="chaos", at=datetime.now(UTC))
    person = person_by_name("reception", door="chaos")
    assert person is not None
    patients = list(Patient.objects.values_list("id", flat=True))
    department = Department.objects.get(code="opd").id
    for start in range(0, facts, _PER_TRANSACTION):
        with transaction.atomic():
            for number in range(start, min(start + _PER_TRANSACTION, facts)):
                announce(_fresh(person.act), _began(patients[number % len(patients)], department))
    with transaction.atomic():
        return announce(act, _began(patients[0], department))  # in no facility: it has no price and no bill


def kill_while_working(jobs: int, kills: int, seed: int, within: float = 1800) -> tuple[int, float]:
    """Work all that waits with four workers; each time a share of it is done one of them is killed.

    :returns: the kills and the seconds
    """
    chance, workers, killed, began = random.Random(seed), Workers(), 0, time.monotonic()
    begun_with = waiting()
    try:
        while (left := waiting()) and time.monotonic() - began < within:
            if killed < kills and begun_with - left >= killed * jobs / kills:
                workers.kill_one(chance)
                killed += 1
            time.sleep(0.05)
    finally:
        workers.stop()
    return killed, time.monotonic() - began


def waiting() -> int:
    """How many jobs are not over yet."""
    return _count("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")


def wrong_effects(facts: int, poisoned: int) -> list[str]:
    """What is not exactly once."""
    found = []
    began = "SELECT data->>'encounter_id' FROM core_fact WHERE door = 'chaos' AND id <> %s"
    for what, query in (
        ("charges", f"SELECT count(*) FROM billing_charge WHERE replace(source, 'encounters.encounter:', '') IN ({began})"),
        (
            "care relations of a department",
            "SELECT count(*) FROM patients_carerelation WHERE department_id IS NOT NULL "
            f"AND replace(source, 'encounters.encounter:', '') IN ({began})",
        ),
        ("facts of charges", "SELECT count(*) FROM core_fact WHERE name = 'billing.ChargeCaptured' AND patient_id IS NOT "
                             "NULL AND door = 'job:charging.charge_for_visit' AND id > %s - " + str(facts)),
        ("jobs done", "SELECT count(*) / 2 FROM procrastinate_jobs WHERE status = 'succeeded' AND "
                      "args->>'fact_id' IN (SELECT id::text FROM core_fact WHERE door = 'chaos' AND id <> %s)"),
    ):  # fmt: skip
        number = _count(query, poisoned)
        if number != facts:
            found.append(f"{number} {what} instead of {facts}")
    poison = (
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed' AND args->>'fact_id' = %s AND attempts >= %s"
    )
    if _count(poison, str(poisoned), ATTEMPTS) < 1:
        found.append("the poisoned job was not set aside")
    return found


def _began(patient_id: UUID, department_id: UUID) -> EncounterStarted:
    return EncounterStarted(
        patient_id=patient_id,
        encounter_id=uuid7(),
        department_id=department_id,
        practitioner_id=None,
        service_code=_SERVICE,
    )


def _fresh(act: Act) -> Act:
    return Act(
        by=act.by, facility_id=act.facility_id, rights=act.rights, door="chaos", places=act.places, at=datetime.now(UTC)
    )


def _count(query: str, *values: object) -> int:
    connection.close()
    with psycopg.connect(home.database_dsn("owner")) as read:
        row = read.execute(query, values or None).fetchone()
        assert row is not None
        return int(row[0])
