"""Making the demonstration hospital: the same seed and the same instant give the same rows."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from salus.core.errors import Conflict
from salus.core.ids import SYSTEM, seeded
from salus.patients import loading
from salus.patients.loading import NewRelation
from salus.patients.models import Patient
from salus.places.models import Facility
from salus.simulator import hospital, people, sockets
from salus.simulator.appointments import Calendar
from salus.simulator.book import Book
from salus.simulator.filing import vaccinate
from salus.simulator.growing import let_grow
from salus.simulator.history import Historian
from salus.simulator.hospital import Hospital
from salus.simulator.inbox import Inbox
from salus.simulator.knowledge import load_knowledge
from salus.simulator.people import Somebody
from salus.simulator.today import Day
from salus.simulator.waiting import WaitingList

VISITS_TODAY = 80


class NotEmpty(Conflict):
    """This database already holds a hospital. The demonstration is only made in an empty one."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    patients: int
    visits: int
    observations: int
    today: int
    appointments: int


@transaction.atomic
def make_demonstration(
    *, seed: int, as_of: datetime, patients: int, password: str, progress: Callable[[str], None]
) -> Made:
    """Make the whole hospital in one transaction: it is there, or it is not.

    :param progress: is told in words what is being made
    :raises NotEmpty: if there is a facility already
    """
    if Facility.objects.exists():
        raise NotEmpty
    with connection.cursor() as cursor:
        # The history is told between two statements: the limits of everyday requests do not fit it.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0")
    chance = random.Random(seed)  # noqa: S311 - plausible, not secret
    with seeded(as_of, chance):
        progress("the house: departments, staff, prices, stock")
        house = hospital.build(chance, as_of, password)
        progress(f"{patients} patients")
        rows, everybody = people.make_people(chance, as_of, patients)
        loading.load_patients(rows, facility_id=house.facility.id, recorded_by_id=SYSTEM, at=as_of)
        progress("years of history")
        known = load_knowledge()
        historian = Historian(chance, as_of, house, known)
        for somebody in everybody:
            historian.tell(somebody)
        historian.book.number(_visit_numbers(len(historian.book.encounters.rows)))
        for sheet in historian.book.sheets():
            sheet.write()
        loading.load_relations(historian.book.relations, recorded_by_id=SYSTEM)
        loading.load_relations(_own_doctors(chance, house, everybody, as_of), recorded_by_id=SYSTEM)
        let_grow(chance, everybody, as_of)
        vaccinate(everybody, as_of)
        _continue_series(house.facility, historian.book)
        _learn_sizes(historian.book)
        progress("a day in full swing")
        today = Day(chance, as_of, house, known).play(everybody, min(VISITS_TODAY, patients))
        progress("the calendar: hours, and who is booked")
        booked = Calendar(chance, as_of, house, everybody).fill()
        progress("the waiting list, with offers under way")
        WaitingList(chance, as_of, house).fill(everybody)
        progress("what people ask of each other")
        Inbox(as_of, house).fill()
        for guest in sockets.guests:
            guest(house.facility, as_of, password)
    book = historian.book
    return Made(Patient.objects.count(), len(book.encounters.rows), len(book.observations.rows), today, booked)


def _visit_numbers(count: int) -> list[int]:
    """As many numbers of visits as the history has: the series goes on after them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('encounters_number_seq') FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def _learn_sizes(book: Book) -> None:
    """Statements are planned by what the tables hold now: nobody counts rows of a transaction that is still open."""
    tables = {sheet.table for sheet in book.sheets()} | {
        "patients_patient",
        "patients_identifier",
        "patients_carerelation",
    }
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(sorted(tables))}")


def _own_doctors(
    chance: random.Random, house: Hospital, everybody: Sequence[Somebody], at: datetime
) -> Iterator[NewRelation]:
    """Two of three have a doctor of their own in general practice; whoever else opens their record has to break the glass."""
    doctors = house.doctors["general-practice"]
    for one in everybody:
        if chance.random() < 2 / 3:
            yield NewRelation(
                patient_id=one.id,
                kind="general-practitioner",
                source=f"patients.patient:{one.id}",
                started_at=min(one.since, at),
                practitioner_id=chance.choice(doctors).practitioner_id,
            )


def _continue_series(facility: Facility, book: Book) -> None:
    """The series without gaps go on where the history left them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_counter (kind, facility_id, value) VALUES ('invoice', %s, %s), ('receipt', %s, %s)",
            [facility.id, len(book.invoices.rows), facility.id, len(book.payments.rows)],
        )
