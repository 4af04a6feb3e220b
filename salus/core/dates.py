"""Dates as people know them: a year, a month, a day or an instant, kept as written (FHIR date and dateTime)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

Precision = Literal["year", "month", "day", "instant"]

_PATTERN = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>0[1-9]|1[0-2])(-(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(?P<time>T(?P<clock>([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?)"
    r"(?P<zone>Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?"
)

#: two days from either end of the calendar: no offset, written or shown, leads out of it
_FIRST, _LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=False)
class PartialDate:
    """A date or dateTime with the precision it was given in; `text` is exactly what was written.

    `start` and `end` are the half-open instants that it covers (a bare date is taken in `zone`, UTC unless said).
    Source: FHIR R4 datatypes `date`, `dateTime`, `instant`.
    """

    text: str
    start: datetime
    end: datetime
    precision: Precision

    @classmethod
    def parse(cls, text: str, zone: tzinfo = UTC) -> PartialDate:
        """Read a FHIR date, dateTime or instant.

        :raises ValueError: if it is none, or no such day exists
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"not a date: {text[:40]!r}")
        year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
        if match["time"]:
            # A leap second counts as the last second of its minute.
            clock = match["clock"].replace(":60", ":59")
            instant = datetime.fromisoformat(
                f"{match['year']}-{match['month']}-{match['day']}T{_micro(clock)}{match['zone']}"
            )
            width = timedelta(microseconds=1) if "." in clock else timedelta(seconds=1)
            start = _in_every_zone(instant)
            return cls(text, start, start + width, "instant")
        start = datetime(year, month, day, tzinfo=zone)
        if zone is not UTC:
            start = _in_every_zone(start)
        if match["day"]:
            return cls(text, start, _next_day(start), "day")
        if match["month"]:
            return cls(text, start, _next_month(start), "month")
        return cls(
            text, start, start.replace(year=year + 1) if year < 9999 else start.replace(month=12, day=31), "year"
        )

    @classmethod
    def of(cls, value: date | datetime) -> PartialDate:
        """The partial date of a whole day or of an instant (which must know its zone)."""
        return cls.parse(value.isoformat())

    @property
    def day(self) -> date:
        """The first day that it may be (the lower bound, in its own zone)."""
        return self.start.date()

    def __str__(self) -> str:
        return self.text


def _micro(clock: str) -> str:
    """Python reads six digits of a second; FHIR allows any number. The text keeps them all."""
    whole, dot, fraction = clock.partition(".")
    return whole + (f".{fraction[:6]:0<6}" if dot else "")


def _in_every_zone(moment: datetime) -> datetime:
    """The moment, or the nearest that exists in every zone: 9999-12-31T23:59:59Z is often written for "never", and what is
    stored so could be read again in no zone east of it."""
    return max(_FIRST, min(_LAST, moment.replace(tzinfo=UTC))).replace(tzinfo=moment.tzinfo)


def _next_day(start: datetime) -> datetime:
    return start + timedelta(days=1) if start.date() < date(9999, 12, 31) else start


def _next_month(start: datetime) -> datetime:
    if start.month == 12:
        return start.replace(year=start.year + 1, month=1) if start.year < 9999 else start.replace(day=31)
    return start.replace(month=start.month + 1)
