"""Reads of orders."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from salus.catalog.models import TestDefinition
from salus.core.act import Act
from salus.orders import rules, sockets
from salus.orders.models import Order
from salus.orders.sockets import Alert, Moment, Proposed
from salus.terminology.models import Presentation


def alerts_for(act: Act, proposed: Sequence[Proposed], moment: Moment, quantity: Decimal | None = None) -> list[Alert]:
    """What every safety check says of this, worst first; the same words about the same thing once."""
    found = {
        (alert.place, alert.rule, alert.title): alert
        for check in sockets.order_checks
        for alert in check(act, proposed, moment, quantity)
    }
    tiers = ("stop", "interrupt", "note", "badge")
    return sorted(found.values(), key=lambda alert: (alert.place, tiers.index(alert.tier)))


def presentations_to_order(ids: Collection[UUID]) -> dict[UUID, Presentation]:
    """The presentations among these that can be ordered, with their medicines."""
    rows = Presentation.objects.filter(id__in=ids, is_active=True, medicine__is_active=True)
    return {row.id: row for row in rows.select_related("medicine").defer("medicine__words", "medicine__sources")}


def tests_to_order(ids: Collection[UUID]) -> dict[UUID, TestDefinition]:
    """The tests among these that can be ordered."""
    rows = TestDefinition.objects.filter(id__in=ids, is_active=True, is_orderable=True)
    return {row.id: row for row in rows.defer("words", "sources")}


def proposed_of(order: Order, *, patient_id: UUID) -> Proposed:
    """An order as the safety checks see it; its medicine must be loaded."""
    medicine = order.medicine
    return Proposed(
        patient_id=patient_id,
        kind=order.kind,
        medicine_id=order.medicine_id,
        presentation_id=order.presentation_id,
        test_id=order.test_id,
        dose=order.dose,
        dose_unit=order.dose_unit,
        route=order.route,
        order_id=order.id,
        name=medicine.name if medicine else order.display,
        ingredients=tuple(medicine.ingredients) if medicine else (),
        allergy_groups=tuple(medicine.allergy_groups) if medicine else (),
        synonyms=tuple(medicine.synonyms) if medicine else (),
        codes=tuple(medicine.rxnorm) if medicine else (),
    )


def medicines_in_use(patient_id: UUID, at: datetime) -> list[Order]:
    """The medicine orders that a patient takes now: active ones, and completed ones whose course still runs."""
    rows = (
        Order.objects.filter(patient_id=patient_id, kind="medicine", voided_at=None)
        .filter(Q(status__in=rules.OPEN_STATUSES) | Q(status="completed", duration_days__isnull=False))
        .select_related("medicine", "presentation")
        .defer("medicine__words", "medicine__sources")
        .order_by("-authored_at")
    )
    today = timezone.localdate(at)
    return [row for row in rows if rules.is_current(row.status, _day_of(row), row.duration_days, today)]


def _day_of(order: Order) -> date | None:
    return timezone.localdate(order.authored_at) if order.authored_at else None
