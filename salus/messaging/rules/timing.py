"""When a message goes out: never at night unless it is urgent, and again after a pause that grows."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

#: what rings at night; an e-mail lies there until it is read
RINGS = frozenset({"sms", "push"})
#: how often one message is tried before somebody has to look at it
ATTEMPTS = 8
#: the first pause of a message that was put off, and the longest
_FIRST, _LONGEST = timedelta(seconds=30), timedelta(minutes=30)
#: the same of a peer that cannot be reached: soon again, as everybody waits
_PEER_FIRST, _PEER_LONGEST = timedelta(seconds=5), timedelta(minutes=2)


def pause(attempts: int, chance: random.Random) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, and a part of it by chance."""
    return _grown(_FIRST, _LONGEST, attempts, chance)


def peer_pause(failures: int, chance: random.Random) -> timedelta:
    """How long a peer is left alone that could not be reached so often in a row."""
    return _grown(_PEER_FIRST, _PEER_LONGEST, failures, chance)


def _grown(first: timedelta, longest: timedelta, times: int, chance: random.Random) -> timedelta:
    whole = min(first * (1 << min(max(times - 1, 0), 16)), longest)
    return whole * (0.75 + chance.random() / 2)


def after_quiet(at: datetime, zone: ZoneInfo, since: time, until: time) -> datetime:
    """The first instant from `at` on that is not in the quiet hours of that zone; they may go past midnight.

    :param since: wall time at which they begin; equal to `until` where there are none
    """
    if since == until:
        return at
    here = at.astimezone(zone)
    clock = here.time().replace(tzinfo=None)
    is_quiet = since <= clock < until if since < until else (clock >= since or clock < until)
    if not is_quiet:
        return at
    day = here.date() + timedelta(days=int(since > until and clock >= since))
    return datetime.combine(day, until, zone).astimezone(at.tzinfo)
