"""Reads of the pharmacy."""

from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Subquery, Value, When

from salus.core.act import Act
from salus.inventory.models import Item
from salus.pharmacy.models import Prescription
from salus.places.models import Department

OPEN = (Prescription.WAITING, Prescription.PARTIAL)


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
