"""Instants, days, spans and ages in words: dd-Mmm-yyyy, 24 h, the absolute first and the relative second (rule 5)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy

from salus.ui.formatting.spaces import NBSP

MONTHS = (
    pgettext_lazy("month", "Jan"),
    pgettext_lazy("month", "Feb"),
    pgettext_lazy("month", "Mar"),
    pgettext_lazy("month", "Apr"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "Jun"),
    pgettext_lazy("month", "Jul"),
    pgettext_lazy("month", "Aug"),
    pgettext_lazy("month", "Sep"),
    pgettext_lazy("month", "Oct"),
    pgettext_lazy("month", "Nov"),
    pgettext_lazy("month", "Dec"),
)

WEEKDAYS = (
    pgettext_lazy("day", "Monday"),
    pgettext_lazy("day", "Tuesday"),
    pgettext_lazy("day", "Wednesday"),
    pgettext_lazy("day", "Thursday"),
    pgettext_lazy("day", "Friday"),
    pgettext_lazy("day", "Saturday"),
    pgettext_lazy("day", "Sunday"),
)

_PARTIAL = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d{2})(?:T.*)?)?)?")


def local(at: datetime) -> datetime:
    """The instant on the clock of the current time zone; a naive one is taken as it stands."""
    return timezone.localtime(at) if timezone.is_aware(at) else at


def day(value: date | datetime | None) -> str:
    """``21-Nov-2026``; empty for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local(value)
    return f"{value.day:02d}-{_month(value.month, get_language())}-{value.year:04d}"


@lru_cache(maxsize=512)
def _month(month: int, language: str | None) -> str:
    """The name of a month in a language: a page of results asks for it a thousand times."""
    return str(MONTHS[month - 1])


def short_day(value: date | datetime | None, *, today: date | None = None) -> str:
    """``21-Nov`` within the current year, ``21-Nov-2025`` otherwise."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local(value)
    whole = day(value)
    return whole[:-5] if value.year == (today or timezone.localdate()).year else whole


def weekday(value: date | datetime) -> str:
    """``Saturday 21-Nov-2026``."""
    if isinstance(value, datetime):
        value = local(value)
    return f"{WEEKDAYS[value.weekday()]} {day(value)}"


def clock(value: datetime | time | None) -> str:
    """``09:05``, always 24 h."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = local(value)
    return f"{value.hour:02d}:{value.minute:02d}"


def instant(value: datetime | None) -> str:
    """``21-Nov-2026 09:05``."""
    return "" if value is None else f"{day(value)} {clock(value)}"


def instant_or_time(value: datetime | None, *, now: datetime | None = None) -> str:
    """``09:05`` on the day itself, ``20-Nov 09:05`` within the year, the whole otherwise."""
    if value is None:
        return ""
    today = local(now or timezone.now()).date()
    if local(value).date() == today:
        return clock(value)
    return f"{short_day(value, today=today)} {clock(value)}"


def when(value: datetime | None, *, now: datetime | None = None) -> str:
    """Absolute first, relative second: ``21-Nov-2026 09:05 (3 h ago)``."""
    if value is None:
        return ""
    return f"{instant(value)} ({relative(value, now=now)})"


def relative(value: datetime, *, now: datetime | None = None) -> str:
    """``just now``, ``5 min ago``, ``in 2 h 10 min``, ``3 days ago``."""
    now = now or (timezone.now() if timezone.is_aware(value) else datetime.now(UTC).replace(tzinfo=None))
    gap = now - value
    words = duration(abs(gap))
    if abs(gap) < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(span)s ago") % {"span": words} if gap > timedelta() else gettext("in %(span)s") % {"span": words}


def duration(span: timedelta) -> str:
    """``34 min``, ``2 h 10 min``, ``3 days``, from a quarter on ``5 months``, from two years on ``4 years``."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}{NBSP}{gettext('min')}"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        rest = f" {minutes}{NBSP}{gettext('min')}" if minutes else ""
        return f"{hours}{NBSP}{gettext('h')}{rest}"
    days = hours // 24
    if days < 90:
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    years = int(days / 365.25)
    if years < 2:
        return gettext("%(n)s months") % {"n": round(days / 30.4375)}
    return gettext("%(n)s years") % {"n": years}


def partial_date(value: object) -> str:
    """A date as precise as it is known: ``2009``, ``Mar-2009``, ``14-Mar-2009``.

    :param value: a date, an ISO text of four, seven or ten characters, or what has one as its ``str()`` (PartialDate)
    """
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return day(value)
    found = _PARTIAL.fullmatch(str(value))
    if not found:
        return str(value)
    year, month, of_month = found.groups()
    if month is None:
        return year
    name = str(MONTHS[int(month) - 1])
    return f"{name}-{year}" if of_month is None else f"{of_month}-{name}-{year}"


def age(born: object, on: date | datetime | None = None) -> str:
    """The age as clinicians say it: ``12d`` to four weeks, ``14m`` to two years, then ``62y``; ``≈62y`` if uncertain.

    :param born: as for :func:`partial_date`
    :param on: the day of reckoning: today, or the day of death
    """
    if born is None or born == "":
        return ""
    if isinstance(on, datetime):
        on = local(on).date()
    on = on or timezone.localdate()
    if isinstance(born, datetime):
        born = local(born).date()
    found = _PARTIAL.fullmatch(born.isoformat() if isinstance(born, date) else str(born))
    if not found:
        return ""
    year, month, of_month = (int(part) if part else None for part in found.groups())
    if year is None or month is None or of_month is None:
        years = on.year - (year or on.year) - (1 if month is not None and month > on.month else 0)
        return f"≈{max(years, 0)}{gettext('y')}"
    return _exact_age(date(year, month, of_month), on)


def _exact_age(born: date, on: date) -> str:
    if on < born:
        return ""
    days = (on - born).days
    months = (on.year - born.year) * 12 + on.month - born.month - (1 if on.day < born.day else 0)
    if days < 28:
        return f"{days}{gettext('d')}"
    if months < 24:
        return f"{max(months, 0)}{gettext('m')}" if months else f"{days}{gettext('d')}"
    return f"{months // 12}{gettext('y')}"


def born(value: object, *, on: date | None = None) -> str:
    """``14-Mar-1964 (62y)``; ``not recorded`` where unknown."""
    if value is None or value == "":
        return gettext("not recorded")
    years = age(value, on)
    return f"{partial_date(value)} ({years})" if years else partial_date(value)
