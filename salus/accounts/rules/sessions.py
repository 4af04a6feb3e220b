"""How long a session stays open, and when it locks or ends."""

from datetime import datetime, timedelta
from enum import StrEnum

#: twelve hours, the longest shift; then everyone signs in anew (NIST SP 800-63B, AAL2)
LONGEST = timedelta(hours=12)
#: how long somebody may take to come in
ARRIVING = timedelta(minutes=10)
#: how long the key before the last turn is still known: requests that were on their way
TURNING = timedelta(seconds=10)
#: a request within this time of the last one writes nothing
TOUCH = timedelta(seconds=1)

PRIVATE, SHARED, KIOSK, WALL, PORTAL = "private", "shared", "kiosk", "wall", "portal"
#: how long nobody may do anything before the session locks (one for the public, and a patient's, ends)
IDLE = {PRIVATE: timedelta(minutes=15), SHARED: timedelta(minutes=3), KIOSK: timedelta(seconds=60)}
IDLE |= {WALL: IDLE[KIOSK], PORTAL: timedelta(minutes=15)}
_BOUNDS = {
    PRIVATE: (timedelta(minutes=1), timedelta(hours=1)),
    SHARED: (timedelta(minutes=2), timedelta(minutes=5)),
    KIOSK: (timedelta(seconds=30), timedelta(minutes=2)),
    WALL: (timedelta(seconds=30), timedelta(minutes=2)),
    PORTAL: (timedelta(minutes=2), timedelta(minutes=30)),
}


class Standing(StrEnum):
    """Whether somebody may go on in a session."""

    OPEN = "open"
    LOCKED = "locked"
    ENDED = "ended"


def standing(
    *,
    kind: str,
    last_seen_at: datetime,
    idle: timedelta,
    ends_at: datetime,
    locked_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> Standing:
    """Ended beats locked beats open; one that is idle on a device for the public has ended, so has a patient's, any other is
    locked."""
    if ended_at is not None or now >= ends_at:
        return Standing.ENDED
    is_idle = now - last_seen_at >= idle
    if is_idle and kind in (KIOSK, WALL, PORTAL):
        return Standing.ENDED
    return Standing.LOCKED if is_idle or locked_at is not None else Standing.OPEN


def idle_for(kind: str, seconds: str | None) -> timedelta:
    """The idle time of a kind of device: the hospital's own where it is given and within bounds.

    :raises ValueError: for what is no number of seconds, or outside the bounds
    """
    if not seconds:
        return IDLE[kind]
    least, most = _BOUNDS[kind]
    asked = timedelta(seconds=int(seconds))
    if not least <= asked <= most:
        raise ValueError(
            f"a {kind} device locks after {least.total_seconds():.0f} to {most.total_seconds():.0f} seconds"
        )
    return asked
