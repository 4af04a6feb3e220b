"""Who works here."""

from uuid import UUID

from django.db.models import QuerySet

from salus.core.act import Act
from salus.staff.models import StaffMember


def staff_of(act: Act) -> QuerySet[StaffMember]:
    """Everyone who works, or has worked, in the act's facility, with the practitioner."""
    return StaffMember.objects.filter(facility_id=act.here).select_related("practitioner", "user")


def find_staff(act: Act, text: str, *, profession: str = "", limit: int = 20) -> list[StaffMember]:
    """People at work whose name or number begins with what was typed; nothing typed gives the first by name."""
    found = staff_of(act).filter(retired_at=None)
    if profession:
        found = found.filter(profession=profession)
    for word in text.split():
        found = (
            found.filter(practitioner__family__istartswith=word)
            | found.filter(practitioner__given__istartswith=word)
            | found.filter(staff_number__istartswith=word)
        )
    return list(found.order_by("practitioner__family", "practitioner__given")[:limit])


def practitioner_id_of(act: Act, staff_id: UUID) -> UUID | None:
    """The practitioner behind a member of staff of this facility."""
    return staff_of(act).filter(id=staff_id).values_list("practitioner_id", flat=True).first()
