"""How staff are reached by messages."""

from uuid import UUID

from salus.core.act import Act
from salus.messaging.rules import Recipient
from salus.staff.models import StaffMember


def recipient_of_practitioner(act: Act, practitioner_id: UUID) -> Recipient | None:
    """A member of staff as messages reach him or her: at the browsers that he or she named, and by e-mail; None for others."""
    act.require("messaging.send")
    here = StaffMember.objects.filter(facility_id=act.here, retired_at=None, user__is_active=True)
    row = here.filter(practitioner_id=practitioner_id).select_related("practitioner").first()
    if row is None or row.user_id is None:
        return None
    mails = (str(one.get("value") or "") for one in row.practitioner.telecom if one.get("system") == "email")
    return Recipient(
        kind="user",
        id=row.user_id,
        name=row.practitioner.given or row.practitioner.family,
        language=row.languages[0] if row.languages else "",
        email=next((one for one in mails if "@" in one), ""),
    )
