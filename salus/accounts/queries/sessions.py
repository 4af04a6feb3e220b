"""Where somebody is signed in, and who waits at a workstation."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from salus.accounts.models import Device, Recovery, Session
from salus.core.act import Act


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of somebody's sessions, as the screens tell it."""

    id: UUID
    where: str
    address: str
    opened_at: datetime
    last_seen_at: datetime
    is_locked: bool
    factors: tuple[str, ...]


def sessions_of(user_id: UUID) -> list[OpenSession]:
    """The sessions of a person that have not ended, the last used first."""
    now = datetime.now(UTC)
    rows = Session.objects.filter(user_id=user_id, ended_at=None, ends_at__gt=now).select_related("device")
    return [
        OpenSession(
            row.id,
            (row.device.name if row.device else "") or browser_of(row.agent),
            row.address,
            row.opened_at,
            row.last_seen_at,
            row.locked_at is not None or now - row.last_seen_at >= row.idle,
            tuple(row.factors),
        )
        for row in rows.order_by("-last_seen_at")
    ]


def waiting_here(device: Device | None) -> list[Session]:
    """The sessions that wait at a shared workstation for their people to come back."""
    if device is None or device.kind != Device.SHARED:
        return []
    now = datetime.now(UTC)
    rows = Session.objects.filter(
        device=device, kind=Device.SHARED, ended_at=None, ends_at__gt=now, user__is_active=True
    )
    return list(rows.select_related("user").order_by("-last_seen_at")[:12])


def browser_of(agent: str) -> str:
    """`Firefox on Windows`: what a User-Agent tells a person."""
    browser = re.search(r"Edg|OPR|Firefox|Chrome|Safari", agent)
    system = re.search(r"Windows|Android|iPhone|iPad|Mac OS|Linux", agent)
    names = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "macOS"}
    words = [names.get(one[0], one[0]) for one in (browser, system) if one]
    return " on ".join(words) or "A browser"


def recoveries_waiting(act: Act, user_id: UUID) -> list[Recovery]:
    """Recoveries of this person that wait for a second administrator."""
    rows = Recovery.objects.filter(user_id=user_id, agreed_at=None, expires_at__gt=act.at).order_by("id")
    return list(rows)
