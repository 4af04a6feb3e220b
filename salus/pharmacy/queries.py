"""Reads of the pharmacy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, IntegerField, QuerySet, Subquery, Value, When
from django.utils import timezone

from salus.core.act import Act
from salus.inventory.models import Item
from salus.inventory.queries import lots_to_give
from salus.inventory.rules import OnHand, first_expiry_first
from salus.orders import queries as orders
from salus.orders.queries import OrderLine
from salus.orders.sockets import Alert
from salus.patients.models import Patient
from salus.patients.rules.matching import similar_names
from salus.pharmacy.models import Dispense, Prescription
from salus.places.models import Department
from salus.ui import formatting

OPEN = (Prescription.WAITING, Prescription.PARTIAL)
GIVEN = "given"
PAGE = 100

_PERSON = ("id", "family", "given", "title", "mrn", "birth_date", "gender")
_ORDER = (
    *(
        "id",
        "version",
        "patient_id",
        "kind",
        "status",
        "voided_at",
        "void_reason",
        "display",
        "dose",
        "dose_unit",
        "route",
    ),
    *("frequency", "period", "period_unit", "as_needed", "as_needed_for", "duration_days", "dosage_text", "quantity"),
    *("quantity_unit", "priority", "note", "authored", "authored_at", "requester_name", "stop_reason"),
    *("medicine__name", "presentation__strength", "presentation__form"),
)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One prescription of the worklist, or one dispense of today."""

    id: UUID
    patient: Patient
    order: OrderLine
    at: datetime
    status: str
    left: str
    is_urgent: bool
    is_similar: bool
    dispense_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """The pharmacy's worklist: its counts, and the rows of one filter."""

    state: str
    counts: Mapping[str, int]
    rows: Sequence[WorkRow]


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
    here = Department.objects.filter(facility_id=act.facility_id, kind="pharmacy", retired_at=None)
    return here.order_by(own_first, "code")


def item_in_pharmacy(act: Act, item_id: UUID, department_id: UUID | None) -> Any:
    """An item with `pharmacy_id`: the pharmacy asked for, or the doer's own; None if there is no such item."""
    place = pharmacies(act).filter(id=department_id) if department_id else pharmacies(act)
    rows = Item.objects.filter(id=item_id, is_active=True)
    return rows.annotate(pharmacy_id=Subquery(place.values("id")[:1])).first()


def work(act: Act, state: str) -> Work:
    """The worklist: urgent first, then the longest waiting; `given` is what was given out today, newest first."""
    state = state if state in (*OPEN, GIVEN) else Prescription.WAITING
    rows = _given_today(act) if state == GIVEN else _waiting(act, state)
    people = list({one.patient_id: one.patient for one in rows}.values())
    alike = similar_names([(one.family, one.given) for one in people])
    similar = {people[place].id for place in alike}
    return Work(state, _counts(act), [_row(one, one.patient_id in similar) for one in rows])


def _counts(act: Act) -> dict[str, int]:
    open_ones = Prescription.objects.visible_to(act).filter(status__in=OPEN)
    found = dict(open_ones.values_list("status").annotate(Count("id")).order_by())
    given = Dispense.objects.filter(prescription__facility_id=act.facility_id, dispensed_at__gte=_midnight(act))
    return {state: found.get(state, 0) for state in OPEN} | {GIVEN: given.count()}


def _waiting(act: Act, state: str) -> Sequence[Any]:
    rows = Prescription.objects.visible_to(act).filter(status=state).order_by("-is_urgent", "ordered_at")
    names = ("id", "status", "ordered_at", "quantity", "quantity_unit", "dispensed", "is_urgent")
    return list(_with_words(rows, "", names)[:PAGE])


def _given_today(act: Act) -> Sequence[Any]:
    rows = Dispense.objects.filter(
        prescription__facility_id=act.facility_id, dispensed_at__gte=_midnight(act), voided_at=None
    ).order_by("-dispensed_at")
    names = ("id", "dispensed_at", "quantity", "unit", "prescription__status", "prescription__is_urgent")
    return list(_with_words(rows, "prescription__", names)[:PAGE])


def _with_words(rows: Any, way: str, names: Sequence[str]) -> Any:
    """Only the columns that a row of the list shows."""
    order = f"{way}order"
    related = ("patient", f"{order}__medicine", f"{order}__presentation")
    columns = (*names, *(f"patient__{name}" for name in _PERSON), *(f"{order}__{name}" for name in _ORDER))
    return rows.select_related(*related).only(*columns)


def _row(one: Any, is_similar: bool) -> WorkRow:
    if isinstance(one, Dispense):
        script, at, amount, unit = one.prescription, one.dispensed_at, one.quantity, one.unit
    else:
        script, at, amount, unit = one, one.ordered_at, one.quantity - one.dispensed, one.quantity_unit
    return WorkRow(
        id=script.id,
        patient=one.patient,
        order=orders.line_of(script.order),
        at=at,
        status=script.status,
        left=formatting.amount(amount, unit),
        is_urgent=script.is_urgent,
        is_similar=is_similar,
        dispense_id=one.id if isinstance(one, Dispense) else None,
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
        pharmacy=shop,
        pharmacies=shops,
        choices=_choices(script, shop, left, timezone.localdate(act.at)) if is_open and shop else [],
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
    return _choices(script, shop, wanted or left, timezone.localdate(act.at)) if shop else []


def _choices(script: Prescription, shop: Department, wanted: Decimal, today: date) -> list[StockChoice]:
    items = list(Item.objects.filter(presentation_id=script.order.presentation_id, is_active=True).order_by("name"))
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
    rows = Dispense.objects.filter(prescription__facility_id=act.facility_id, voided_at=None)
    related = ("patient", "item", "prescription__facility", "prescription__order__medicine")
    return (
        rows.select_related(*related, "prescription__order__presentation")
        .prefetch_related("lines__lot")
        .get(id=dispense_id)
    )
