"""Reads of places that other rooms ask for."""

from uuid import UUID

from salus.core.act import Act
from salus.places.models import Department


def first_of_kind(act: Act, kind: str) -> UUID | None:
    """The first open department of a kind in the act's facility: where work of that kind is sent; None without one."""
    if not kind or act.facility_id is None:
        return None
    here = Department.objects.filter(facility_id=act.facility_id, kind=kind, retired_at=None)
    return here.order_by("code").values_list("id", flat=True).first()


def departments_to_choose(act: Act) -> list[tuple[UUID, str]]:
    """The open departments of the act's facility by name, as choices of a form."""
    here = Department.objects.filter(facility_id=act.here, retired_at=None)
    return list(here.order_by("name").values_list("id", "name"))
