"""Invitations are found by a keyed hash of their code."""

from datetime import datetime

from salus.core import crypto
from salus.portal.models import Invitation
from salus.portal.rules import limits as rules

_INVITATION = "portal-invitation"


def invitation_mac(typed: str) -> bytes:
    """What is kept of the code of an invitation."""
    return crypto.blind_index(_INVITATION, rules.invitation_of(typed))


def invitation_for(typed: str, birth_date: str, at: datetime) -> Invitation | None:
    """The open invitation with this code to the patient born on this day, or None; a wrong day is as a wrong code."""
    macs = crypto.blind_indexes(_INVITATION, rules.invitation_of(typed))
    found = Invitation.objects.filter(code_mac__in=macs, used_at=None, withdrawn_at=None, expires_at__gt=at)
    one = found.select_related("patient").first()
    return one if one is not None and str(one.patient.birth_date or "") == birth_date else None
