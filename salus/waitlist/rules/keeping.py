"""How long an offered time is kept: so many minutes, of which only those count in which people are awake."""

from datetime import timedelta

from salus.scheduling.rules.calendar import Clock, Span

#: so long before it begins a time is no longer kept for an answer
LEAD = 30


def lapses_at(now: int, length: int, awake: Span, clock: Clock) -> int:
    """When an offer lapses, in minutes since 1970: after `length` minutes between these wall times of the facility's days.

    :param length: at least 1
    :param awake: minutes of the day, the first before the second
    """
    day = clock.day_of(now)
    while True:
        begins, ends = max(now, clock.minute(day, awake[0])), clock.minute(day, awake[1])
        if begins < ends:
            if ends - begins >= length:
                return begins + length
            length -= ends - begins
        day += timedelta(days=1)


def kept_until(now: int, starts: int, length: int, awake: Span, clock: Clock) -> int | None:
    """The same for a time that begins then; None where the answer could come too late."""
    lapses = lapses_at(now, length, awake, clock)
    return lapses if lapses <= starts - LEAD else None
