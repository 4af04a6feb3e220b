"""Reads of the pharmacy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, IntegerField, QuerySet, Subquery, Value, When
from django.utils import timezone

from salus.core.act import Act
from salus.inventory.models import Item
from salus.inventory.queries import lots_to_give
from salus.inventory.rules import OnHand, first_expiry_first
from salus.orders import queries as orders
from salus.orders.queries import OrderLine
from salus.orders.sockets import Alert
from salus.orders.words import DOSING_COLUMNS, Dosing, MedicineWords, words_of
from salus.patients.rules.matching import similar_names
from salus.pharmacy.models import Dispense, Prescription
from salus.places.models import Department
from salus.ui import formatting

OPEN = (Prescription.WAITING, Prescription.PARTIAL)
GIVEN = "given"
PAGE = 50

#: nobody counts further: the list would say "1000+"
MOST_COUNTED = 1000

_COLUMNS = f"""
    s.id, s.status, s.is_urgent, o.requester_name,
    t.id, t.family, t.given, t.title, t.mrn, t.birth_date, t.gender, {DOSING_COLUMNS}
"""  # noqa: S608 - our own columns
_JOINED = """
    JOIN orders_order o ON o.id = s.order_id
    JOIN patients_patient t ON t.id = s.patient_id
    LEFT JOIN terminology_medicine m ON m.id = o.medicine_id
    LEFT JOIN terminology_presentation p ON p.id = o.presentation_id
"""
_WAITING = f"""
    SELECT s.ordered_at, s.quantity - s.dispensed, s.quantity_unit, NULL::uuid, {_COLUMNS}
    FROM (SELECT * FROM pharmacy_prescription
          WHERE facility_id = %(facility)s AND status = %(state)s AND status IN ('waiting', 'partial')
            AND voided_at IS NULL
          ORDER BY is_urgent DESC, ordered_at, id LIMIT %(limit)s OFFSET %(first)s) s {_JOINED}
    ORDER BY s.is_urgent DESC, s.ordered_at, s.id
"""  # noqa: S608 - only constants of this module
_GIVEN = f"""
    SELECT d.dispensed_at, d.quantity, d.unit, d.id, {_COLUMNS}
    FROM pharmacy_dispense d JOIN pharmacy_prescription s ON s.id = d.prescription_id {_JOINED}
    WHERE d.dispensed_at >= %(midnight)s AND d.voided_at IS NULL AND s.facility_id = %(facility)s
    ORDER BY d.dispensed_at DESC, d.id LIMIT %(limit)s OFFSET %(first)s
"""  # noqa: S608 - only constants of this module
_COUNTS = """
    SELECT (SELECT count(*) FROM (SELECT 1 FROM pharmacy_prescription WHERE facility_id = %(facility)s
                AND status = 'waiting' AND voided_at IS NULL LIMIT %(most)s) w),
           (SELECT count(*) FROM (SELECT 1 FROM pharmacy_prescription WHERE facility_id = %(facility)s
                AND status = 'partial' AND voided_at IS NULL LIMIT %(most)s) r),
           (SELECT count(*) FROM (SELECT 1 FROM pharmacy_dispense d
                JOIN pharmacy_prescription s ON s.id = d.prescription_id
                WHERE d.dispensed_at >= %(midnight)s AND d.voided_at IS NULL AND s.facility_id = %(facility)s
                LIMIT %(most)s) g)
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Two identifiers of whom a row is about."""

    id: UUID
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str
    gender: str


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One prescription of the worklist, or one dispense of today."""

    at: datetime
    amount: str
    dispense_id: UUID | None
    id: UUID
    status: str
    is_urgent: bool
    requester: str
    patient: Person
    medicine: MedicineWords
    is_similar: bool


@dataclass(frozen=True, slots=True)
class Work:
    """The pharmacy's worklist: its counts, and one page of the rows of one filter."""

    state: str
    counts: Mapping[str, str]
    rows: Sequence[WorkRow]
    number: int = 1
    has_next: bool = False


@dataclass(frozen=True, slots=True)
class StockChoice:
    """An item that the prescription can be given from, with its lots and what to take of each."""

    item: Item
    available: Decimal
    lots: Sequence[OnHand]
    proposal: Sequence[tuple[OnHand, Decimal]]


@dataclass(frozen=True, slots=True)
class Dispensing:
    """All that the dispense screen shows."""

    prescription: Prescription
    line: OrderLine
    left: Decimal
    #: what is given out at one time
    once: Decimal
    pharmacy: Department | None
    pharmacies: Sequence[Department]
    choices: Sequence[StockChoice]
    given: Sequence[Dispense]
    alerts: Sequence[Alert]

    @property
    def is_open(self) -> bool:
        """Whether something is left to give."""
        return self.prescription.status in OPEN

    @property
    def best(self) -> StockChoice | None:
        """The item to offer first: one that can be given."""
        return next((one for one in self.choices if one.available > 0), None)


def pharmacies(act: Act) -> QuerySet[Department]:
    """The open pharmacies of the act's facility, the doer's own first."""
    own_first = Case(When(id__in=act.places, then=Value(0)), default=Value(1), output_field=IntegerField())
    here = Department.objects.filter(facility_id=act.here, kind="pharmacy", retired_at=None)
    return here.order_by(own_first, "code")


def item_in_pharmacy(act: Act, item_id: UUID, department_id: UUID | None) -> Any:
    """An item with `pharmacy_id`: the pharmacy asked for, or the doer's own; None if there is no such item."""
    place = pharmacies(act).filter(id=department_id) if department_id else pharmacies(act)
    rows = Item.objects.filter(id=item_id, is_active=True)
    return rows.annotate(pharmacy_id=Subquery(place.values("id")[:1])).first()


def work(act: Act, state: str, *, page: int = 1) -> Work:
    """The worklist: urgent first, then the longest waiting; `given` is what was given out today, newest first."""
    act.require_any("pharmacy.view", "pharmacy.dispense_medication")
    state = state if state in (*OPEN, GIVEN) else Prescription.WAITING
    values = {"facility": act.facility_id, "state": state, "midnight": _midnight(act), "limit": PAGE + 1}
    values["first"] = (max(page, 1) - 1) * PAGE
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, values | {"most": MOST_COUNTED + 1})
        counts = dict(zip((*OPEN, GIVEN), map(_counted, cursor.fetchone()), strict=True))
        cursor.execute(_GIVEN if state == GIVEN else _WAITING, values)
        found = cursor.fetchall()
    rows = found[:PAGE]
    people = {row[8]: Person(*row[8:15]) for row in rows}
    known = list(people.values())
    similar = {known[place].id for place in similar_names([(one.family, one.given) for one in known])}
    listed = [_row(row, people[row[8]], row[8] in similar) for row in rows]
    return Work(state, counts, listed, max(page, 1), len(found) > PAGE)


def _counted(number: int) -> str:
    return str(number) if number <= MOST_COUNTED else f"{MOST_COUNTED}+"


def _row(row: Sequence[Any], person: Person, is_similar: bool) -> WorkRow:
    at, quantity, unit, dispense_id, script_id, status, is_urgent, requester = row[:8]
    return WorkRow(
        at=at,
        amount=formatting.amount(quantity, unit),
        dispense_id=dispense_id,
        id=script_id,
        status=status,
        is_urgent=is_urgent,
        requester=requester,
        patient=person,
        medicine=words_of(Dosing(*row[15:])),
        is_similar=is_similar,
    )


def _midnight(act: Act) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(act.at), time.min))


def dispensing(act: Act, prescription_id: UUID, *, department_id: UUID | None = None) -> Dispensing:
    """One prescription, what was given of it, and from what the rest can be given.

    :raises Prescription.DoesNotExist: if there is none in this facility
    """
    script = (
        Prescription.objects.visible_to(act)
        .select_related("order__medicine", "order__presentation")
        .defer("order__medicine__words", "order__medicine__sources")
        .get(id=prescription_id)
    )
    left = script.quantity - script.dispensed
    shops = list(pharmacies(act))
    shop = next((one for one in shops if one.id == department_id), shops[0] if shops else None)
    is_open = script.status in OPEN
    proposed = orders.proposed_of(script.order, patient_id=script.patient_id)
    return Dispensing(
        prescription=script,
        line=orders.line_of(script.order),
        left=left,
        once=_once(script, left),
        pharmacy=shop,
        pharmacies=shops,
        choices=_choices(script, shop, _once(script, left), timezone.localdate(act.at)) if is_open and shop else [],
        given=_given(script),
        alerts=orders.alerts_for(act, [proposed], "dispense", left) if is_open else [],
    )


def proposal(
    act: Act, prescription_id: UUID, wanted: Decimal | None, *, department_id: UUID | None = None
) -> list[StockChoice]:
    """From which lots so much of a prescription would be taken, by item; of everything that is left where it is None."""
    script = Prescription.objects.visible_to(act).select_related("order").get(id=prescription_id)
    here = pharmacies(act).filter(id=department_id) if department_id else pharmacies(act)
    shop = here.first()
    left = script.quantity - script.dispensed
    return _choices(script, shop, wanted or _once(script, left), timezone.localdate(act.at)) if shop else []


def _once(script: Prescription, left: Decimal) -> Decimal:
    """What is given out at one time: of an order with repeats not all of it."""
    return min(left, script.order.quantity or left)


def _choices(script: Prescription, shop: Department, wanted: Decimal, today: date) -> list[StockChoice]:
    pack_id = script.order.presentation_id
    items = list(Item.objects.filter(presentation_id=pack_id, is_active=True).order_by("name")) if pack_id else []
    lots = lots_to_give(shop.id, [item.id for item in items], today) if items else {}
    return [
        StockChoice(
            item,
            sum((lot.on_hand for lot in lots[item.id]), Decimal(0)),
            lots[item.id],
            first_expiry_first(lots[item.id], wanted, today),
        )
        for item in items
    ]


def _given(script: Prescription) -> list[Dispense]:
    rows = Dispense.objects.filter(prescription=script, voided_at=None).order_by("-dispensed_at")
    return list(rows.prefetch_related("lines__lot")) if script.dispensed else []


def dispense(act: Act, dispense_id: UUID) -> Dispense:
    """What was given out at one time, with its lots, its order and its facility.

    :raises Dispense.DoesNotExist: if there is none in this facility
    """
    rows = Dispense.objects.filter(prescription__facility_id=act.here, voided_at=None)
    related = ("patient", "item", "prescription__facility", "prescription__order__medicine")
    return (
        rows.select_related(*related, "prescription__order__presentation")
        .prefetch_related("lines__lot")
        .get(id=dispense_id)
    )
