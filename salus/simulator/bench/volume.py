"""Loading the bench's hospital: the house, a crowd with its history by COPY, and a working day through the services."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction

from salus.core.ids import SYSTEM
from salus.encounters.models import Encounter
from salus.patients import loading
from salus.patients.loading import NewPatient
from salus.patients.models import Patient
from salus.places.models import Facility
from salus.simulator import hospital
from salus.simulator.bench.history import Historian, Written
from salus.simulator.bench.people import crowd
from salus.simulator.knowledge import Knowledge, load_knowledge
from salus.simulator.people import Somebody, make_people
from salus.simulator.today import Day

BATCH = 5_000
#: the patient whose chart is opened: visits, and readings at each of them
MANY_VISITS, READINGS = 500, 20
#: visits of the working day: about a third of them leave open work
VISITS_TODAY = 800
#: the family name of the one with many visits
KNOWN = "Benchmarker"

#: so many have the doctor who signs in as their own: a family doctor's list
OWN_PATIENTS = 2500

# A relation for every visit that is over: what the table of a hospital grows by.
_WHO_CARED = """
    INSERT INTO patients_carerelation (id, version, recorded_by_id, void_reason, patient_id, kind, practitioner_id,
        department_id, started_at, ended_at, source)
    SELECT uuidv7(), 1, %s, '', patient_id, 'encounter', practitioner_id, department_id, started_at, ended_at,
           'encounters.encounter:' || id
    FROM encounters_encounter WHERE ended_at IS NOT NULL
"""
_OWN_DOCTOR = """
    INSERT INTO patients_carerelation (id, version, recorded_by_id, void_reason, patient_id, kind, practitioner_id, started_at,
        source)
    SELECT uuidv7(), 1, %s, '', id, 'general-practitioner', %s, created_at, 'patients.patient:' || id
    FROM patients_patient WHERE family = %s OR abs(hashtext(id::text)) %% %s = 0
"""

Progress = Callable[[int], None]


def load(patients: int, *, at: datetime, password: str, progress: Progress) -> Written:
    """Load a hospital of so many patients into an empty database; commits batch by batch.

    :param progress: told how many patients are there
    """
    chance = random.Random(patients)  # noqa: S311 - plausible, not secret
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET synchronous_commit = off")
    with transaction.atomic():
        house = hospital.build(chance, at, password)
    known = load_knowledge()
    historian = Historian(chance, at, house, known)
    regular = _known_patient(chance, house.facility, at)
    batches = -(-patients // BATCH)
    before: list[Somebody] = []
    todays: list[Somebody] = []
    done = 1
    for n in range(batches):
        with transaction.atomic():
            here = _crowd(chance, at, min(BATCH, patients - done), house.facility, 2 * 10**9 + n * BATCH)
            historian.first_visits(here)
            historian.second_visits(before)
            visits = MANY_VISITS * (n + 1) // batches - MANY_VISITS * n // batches
            historian.many_visits(regular, visits, READINGS)
            historian.flush()
        todays += chance.sample(here, min(len(here), -(-2 * VISITS_TODAY // batches)))
        before, done = here, done + len(here)
        progress(done)
    with transaction.atomic():
        historian.second_visits(before)
        historian.flush()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WHO_CARED, [SYSTEM])
        doctor = house.doctors["general-practice"][0].practitioner_id
        share = max(patients // OWN_PATIENTS, 1)
        cursor.execute(_OWN_DOCTOR, [SYSTEM, doctor, KNOWN, share])
        cursor.execute("ANALYZE patients_carerelation")
    play_today(chance, at, house, known, todays)
    written = historian.written()
    written.patients = Patient.objects.count()
    return written


def _crowd(chance: random.Random, at: datetime, number: int, facility: Facility, first: int) -> list[Somebody]:
    here: list[Somebody] = []

    def rows() -> Iterator[NewPatient]:
        for row, somebody in crowd(chance, at, number, first):
            here.append(somebody)
            yield row

    loading.load_patients(rows(), facility_id=facility.id, recorded_by_id=SYSTEM, at=at)
    return here


def _known_patient(chance: random.Random, facility: Facility, at: datetime) -> Somebody:
    """The one with a long history."""
    (row,), (somebody,) = make_people(chance, at - timedelta(days=2000), 1)
    row.mrn, row.family, row.given = "", KNOWN, "Bertha"
    row.names, row.identifiers, row.birth_date, row.gender = [], (), "1950-05-05", "female"
    loading.load_patients([row], facility_id=facility.id, recorded_by_id=SYSTEM, at=at)
    return somebody


def play_today(
    chance: random.Random, at: datetime, house: hospital.Hospital, known: Knowledge, people: list[Somebody]
) -> int:
    """A working day in full swing: people wait, requests, prescriptions and bills are open."""
    day = Day(chance, at, house, known)
    came = 0
    for start in range(0, VISITS_TODAY, 50):
        with transaction.atomic():
            came += day.play(people[start * 2 : start * 2 + 100], 50)
    return came


def open_today(at: datetime) -> int:
    """How many visits of this day there are."""
    return Encounter.objects.filter(arrived_at__gte=at - timedelta(hours=16)).count()
