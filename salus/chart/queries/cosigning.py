"""Who may give a second signature, and what waits for one."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from salus.accounts.models import Grant
from salus.core.act import Act
from salus.staff.models import StaffMember

COSIGN = "chart.cosign_note"


def may_cosign(act: Act, practitioner_id: UUID) -> bool:
    """Whether this practitioner may sign notes of others here, and is not the doer."""
    return cosigners(act).filter(practitioner_id=practitioner_id).exists()


def cosigners(act: Act, text: str = "") -> QuerySet[StaffMember]:
    """Who of the facility may sign a note of the doer too, by name."""
    grants = Grant.objects.filter(
        user_id=OuterRef("user_id"), facility_id=act.here, ended_at=None, role__rights__contains=[COSIGN]
    )
    there = {"facility_id": act.here, "retired_at": None, "user__is_active": True}
    rows = StaffMember.objects.filter(Exists(grants), **there).exclude(user_id=act.by)
    for word in text.split():
        rows = rows.filter(Q(practitioner__family__icontains=word) | Q(practitioner__given__icontains=word))
    return rows.select_related("practitioner").order_by("practitioner__family", "practitioner__given")
