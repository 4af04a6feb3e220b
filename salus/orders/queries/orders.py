"""Reads of orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from salus.catalog.models import Orderable, TestDefinition
from salus.core.act import Act
from salus.orders import due, rules, sockets
from salus.orders.models import Order, OrderQuerySet
from salus.orders.queries.doings import with_last_done
from salus.orders.sockets import Alert, Moment, Proposed
from salus.orders.words import MedicineWords, medicine_words, service_words
from salus.terminology.formulary import local_route
from salus.terminology.models import Presentation
from salus.ui import formatting

#: rows of one page of a patient's orders, and of one list of medicines
PAGE = 50
MOST_MEDICINES = 200


def alerts_for(act: Act, proposed: Sequence[Proposed], moment: Moment, quantity: Decimal | None = None) -> list[Alert]:
    """What every safety check says of this, worst first; the same words about the same thing once."""
    found = {
        (alert.place, alert.rule, alert.key or alert.title): alert
        for check in sockets.order_checks
        for alert in check(act, proposed, moment, quantity)
    }
    return sorted(found.values(), key=lambda alert: (alert.place, sockets.TIERS.index(alert.tier)))


def presentations_to_order(ids: Collection[UUID]) -> dict[UUID, Presentation]:
    """The presentations among these that can be ordered, with their medicines."""
    rows = Presentation.objects.filter(id__in=ids, is_active=True, medicine__is_active=True)
    return {row.id: row for row in rows.select_related("medicine").defer("medicine__words", "medicine__sources")}


def tests_to_order(ids: Collection[UUID]) -> dict[UUID, TestDefinition]:
    """The tests among these that can be ordered."""
    rows = TestDefinition.objects.filter(id__in=ids, is_active=True, is_orderable=True)
    return {row.id: row for row in rows.defer("words", "sources")}


def orderables_to_order(ids: Collection[UUID]) -> dict[UUID, Orderable]:
    """The images, procedures, diets and so on among these that can be ordered."""
    rows = Orderable.objects.filter(id__in=ids, is_active=True)
    return {row.id: row for row in rows.defer("words")}


def is_stoppable(order: Order, at: datetime) -> bool:
    """Whether there is something left to stop: it is open, or a course that was given out still runs."""
    if order.voided_at:
        return False
    if order.status in rules.OPEN_STATUSES:
        return True
    return order.kind == "medicine" and _is_current(order, timezone.localdate(at))


def proposed_of(order: Order, *, patient_id: UUID) -> Proposed:
    """An order as the safety checks see it; its medicine and presentation must be loaded."""
    medicine, pack = order.medicine, order.presentation
    heaviest = rules.heaviest(rules.steps_of(order.steps)) if order.steps else None
    return Proposed(
        patient_id=patient_id,
        kind=order.kind,
        medicine_id=order.medicine_id,
        presentation_id=order.presentation_id,
        test_id=order.test_id,
        dose=heaviest.dose if heaviest else order.dose,
        dose_unit=order.dose_unit,
        route=order.route or local_route((pack.routes if pack else ()) or (medicine.routes if medicine else ())),
        order_id=order.id,
        name=medicine.name if medicine else order.display,
        ingredients=tuple(medicine.ingredients) if medicine else (),
        allergy_groups=tuple(medicine.allergy_groups) if medicine else (),
        synonyms=tuple(medicine.synonyms) if medicine else (),
        codes=tuple(medicine.rxnorm) if medicine else (),
        atc=medicine.atc if medicine else "",
        code=order.code if order.kind == "test" else "",
        unit=pack.unit if pack else "",
        strength=pack.strength if pack else "",
        pack_size=pack.pack_size if pack else None,
        frequency=heaviest.frequency if heaviest else order.frequency,
        period=heaviest.period if heaviest else order.period,
        period_unit=heaviest.period_unit if heaviest else order.period_unit,
        step_doses=tuple(dict.fromkeys(step.dose for step in rules.steps_of(order.steps))) if order.steps else (),
        most_a_day=max((rules.times_a_day(step) for step in rules.steps_of(order.steps)), default=None),
        as_needed=order.as_needed,
        duration_days=order.duration_days,
        at=order.authored_at,
        is_high_alert=bool(medicine and medicine.is_high_alert),
        awaits_countersign=order.countersign == "high-alert" and order.countersigned_at is None,
        status="entered-in-error" if order.voided_at else order.status,
        hold_reason=order.hold_reason,
        replaces_id=order.replaces_id,
        expires_on=order.expires_on,
        most_per_day=order.most_per_day,
    )


def medicines_in_use(patient_id: UUID, at: datetime, among: OrderQuerySet | None = None) -> list[Order]:
    """The medicine orders that a patient takes now: active ones, and completed ones whose course still runs.

    :param among: only these; a safety check looks at all, also at what its doer would not be shown
    """
    rows = (Order.objects.all() if among is None else among).filter(
        patient_id=patient_id, kind="medicine", voided_at=None
    )
    rows = rows.filter(
        Q(status__in=rules.OPEN_STATUSES)
        | Q(status="completed") & (Q(duration_days__isnull=False) | Q(group_id__isnull=False))
    )
    today = timezone.localdate(at)
    return [row for row in _loaded(rows).order_by("-authored_at") if _is_current(row, today)]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order as the record shows it."""

    id: UUID
    version: int
    patient_id: UUID
    kind: str
    status: str
    title: str
    medicine: MedicineWords | None
    quantity: str
    priority: str
    note: str
    authored_at: datetime | None
    authored: str
    requester: str
    stop_reason: str
    can_stop: bool
    alerts: Sequence[Alert] = ()
    #: of what is no medicine: how often, for how long, why
    detail: str = ""
    hold_reason: str = ""
    #: a second signature that is still missing (`Order.COUNTERSIGNS`), or who gave it
    awaits: str = ""
    countersigned: str = ""
    repeats: int = 0
    expires_on: date | None = None
    is_replacement: bool = False
    #: whether a new order can be written from it
    can_repeat: bool = False
    #: whether a signature of this house made it
    is_ours: bool = False
    #: what was done of it last, or was not: by whom and when
    done: str = ""

    @property
    def can_perform(self) -> bool:
        """Whether whoever cares for the patient does it, or gives it."""
        is_theirs = self.kind in due.DONE_HERE or (self.kind == "medicine" and self.medicine is not None)
        return self.is_ours and is_theirs and self.can_stop and self.status in ("active", "completed")

    @property
    def can_hold(self) -> bool:
        return self.can_stop and self.status == "active" and self.kind in rules.HOLDABLE

    @property
    def can_resume(self) -> bool:
        return self.can_stop and self.status == "on-hold"


@dataclass(frozen=True, slots=True)
class MedicineList:
    """What a patient takes now, and what was taken before (the newest of it)."""

    current: Sequence[OrderLine]
    past: Sequence[OrderLine]
    #: older ones stand among all orders
    has_older: bool = False


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a patient's orders, newest first."""

    lines: Sequence[OrderLine]
    number: int
    has_next: bool


def line_of(order: Order, alerts: Sequence[Alert] = (), at: datetime | None = None) -> OrderLine:
    """An order as a line; its medicine and presentation must be loaded.

    :param at: at which instant a course that was given out is looked at; without one only what is open can be stopped
    """
    is_medicine = order.kind == "medicine"
    is_open = order.status in rules.OPEN_STATUSES and not order.voided_at
    return OrderLine(
        id=order.id,
        version=order.version,
        patient_id=order.patient_id,
        kind=order.kind,
        status="entered-in-error" if order.voided_at else order.status,
        title=order.medicine.name if order.medicine else order.display,
        medicine=medicine_words(order) if is_medicine else None,
        quantity=formatting.amount(order.quantity, order.quantity_unit),
        priority=order.priority,
        note=order.note,
        authored_at=order.authored_at,
        authored=str(order.authored or ""),
        requester=order.requester_name,
        stop_reason=order.stop_reason or order.void_reason,
        can_stop=is_stoppable(order, at) if at else is_open,
        alerts=alerts,
        detail="" if is_medicine else service_words(order),
        hold_reason=order.hold_reason if order.status == "on-hold" else "",
        awaits=order.countersign if order.countersign and not order.countersigned_at else "",
        countersigned=order.countersigned_name,
        repeats=order.repeats,
        expires_on=order.expires_on,
        is_replacement=order.replaces_id is not None,
        can_repeat=not order.voided_at and bool(order.presentation_id or order.test_id or order.orderable_id),
        is_ours=order.group_id is not None,
    )


def order_line(act: Act, order_id: UUID) -> OrderLine:
    """One order of a patient whom this act may see.

    :raises Order.DoesNotExist: if there is none
    """
    return line_of(_loaded(Order.objects.visible_to(act)).get(id=order_id), at=act.at)


def order_to_repeat(act: Act, order_id: UUID) -> Order:
    """An order from which a new one is written, with its medicine and presentation.

    :raises Order.DoesNotExist: if there is none that this act may see
    """
    return _loaded(Order.objects.visible_to(act).filter(voided_at=None)).get(id=order_id)


def current_medicines(act: Act, patient_id: UUID) -> list[OrderLine]:
    """What the patient takes now."""
    if not act.may_any("orders.view", "patients.open"):
        return []
    shown = Order.objects.of_patient(act, patient_id)
    return [line_of(order) for order in medicines_in_use(patient_id, act.at, shown)]


def pending_orders(act: Act, patient_id: UUID) -> list[OrderLine]:
    """What was ordered, other than medicines, and is not done yet."""
    rows = Order.objects.of_patient(act, patient_id).filter(status__in=rules.OPEN_STATUSES, voided_at=None)
    return [line_of(order) for order in _loaded(rows.exclude(kind="medicine")).order_by("-authored_at")[:PAGE]]


def medicine_list(act: Act, patient_id: UUID) -> MedicineList:
    """The medicines of a patient; of the current ones, what an allergy speaks against."""
    rows = Order.objects.of_patient(act, patient_id).filter(kind="medicine")
    now = medicines_in_use(patient_id, act.at, Order.objects.of_patient(act, patient_id))
    found = list(_loaded(rows).order_by("-authored_at")[:MOST_MEDICINES])
    ids = {one.id for one in now}
    alerts = alerts_for(act, [proposed_of(one, patient_id=patient_id) for one in now], "review")
    told = [[alert for alert in alerts if alert.place == place] for place in range(len(now))]
    return MedicineList(
        with_last_done([line_of(one, told[place], act.at) for place, one in enumerate(now)]),
        [line_of(one) for one in found if one.id not in ids],
        len(found) == MOST_MEDICINES,
    )


def orders_of(act: Act, patient_id: UUID, *, page: int = 1) -> OrderPage:
    """Everything that was ordered for a patient, newest first."""
    rows = _loaded(Order.objects.of_patient(act, patient_id)).order_by("-authored_at", "-id")
    first = (max(page, 1) - 1) * PAGE
    found = list(rows[first : first + PAGE + 1])
    lines = with_last_done([line_of(one, at=act.at) for one in found[:PAGE]])
    return OrderPage(lines, max(page, 1), len(found) > PAGE)


def _loaded(rows: OrderQuerySet) -> OrderQuerySet:
    return rows.select_related("medicine", "presentation").defer("medicine__words", "medicine__sources")


def with_medicines(rows: OrderQuerySet) -> OrderQuerySet:
    """With what a line says of a medicine."""
    return _loaded(rows)


def is_taken(order: Order, at: datetime) -> bool:
    """Whether a medicine was taken at an instant, by what the order says: it is open, or its course still runs."""
    return _is_current(order, timezone.localdate(at))


def _is_current(order: Order, today: date) -> bool:
    """Of what was signed here and given out, the quantity says how long it lasts; else it goes on until it is stopped.

    Counted from when it was given out last, once; where nobody knows when, from its signature with all its repeats.
    """
    is_ours = order.group_id is not None
    days = order.duration_days
    if days is None and is_ours and not order.as_needed and order.presentation and order.frequency and order.period:
        length = order.period * rules.DAYS_IN.get(order.period_unit, Decimal(0))
        a_day = order.frequency / length if length else None
        times = 1 if order.supplied_at else order.repeats + 1
        whole = order.quantity * times if order.quantity else None
        pack = order.presentation
        days = rules.days_given(whole, order.dose, order.dose_unit, pack.unit, pack.strength, a_day)
    return rules.is_current(order.status, _day_of(order), days, today, until_stopped=is_ours)


def _day_of(order: Order) -> date | None:
    counts_from = order.supplied_at or order.authored_at
    return timezone.localdate(counts_from) if counts_from else None


def requester_of(act: Act, order_id: UUID) -> UUID | None:
    """The practitioner who ordered something in the act's facility; None where nobody of ours is named."""
    act.require("orders.view")
    found = Order.objects.filter(id=order_id, patient__facility_id=act.here)
    return found.values_list("requester_id", flat=True).first()
