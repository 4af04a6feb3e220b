"""The one place where dates, ages, numbers and money become words for people.

Rules 5 and 6 of the screens: dates are dd-Mmm-yyyy, times 24 h, the absolute first and the relative second; doses have
a leading zero and no trailing zero; results are shown as they were written. No function here accepts a float: a float
has already lost what the laboratory or the cashier wrote.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, format_currency, parse_pattern
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy

from salus.core.money import exponent

Number = Decimal | int | str

NBSP = "\u00a0"
THIN = "\u202f"

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

# ISMP's list of error-prone abbreviations: these units are always written in full.
UNITS_IN_FULL = {
    "mcg": "micrograms",
    "ug": "micrograms",
    "µg": "micrograms",
    "μg": "micrograms",
    "ng": "nanograms",
    "U": "units",
    "u": "units",
    "IU": "units",
    "iu": "units",
    "[iU]": "units",
    "[IU]": "units",
}
# What is counted, one and many; the words of our own formulary
COUNTED = {
    one: (one, many)
    for one, many in (
        ("ampoule", "ampoules"),
        ("application", "applications"),
        ("bottle", "bottles"),
        ("capsule", "capsules"),
        ("cartridge", "cartridges"),
        ("dose", "doses"),
        ("drop", "drops"),
        ("implant", "implants"),
        ("inhaler", "inhalers"),
        ("nebule", "nebules"),
        ("patch", "patches"),
        ("pen", "pens"),
        ("pessary", "pessaries"),
        ("puff", "puffs"),
        ("ring", "rings"),
        ("sachet", "sachets"),
        ("spray", "sprays"),
        ("suppository", "suppositories"),
        ("syringe", "syringes"),
        ("system", "systems"),
        ("tablet", "tablets"),
        ("tube", "tubes"),
        ("vial", "vials"),
    )
}
# ISO 5218 words and FHIR's AdministrativeGender codes
SEXES = {
    "female": pgettext_lazy("sex", "Female"),
    "male": pgettext_lazy("sex", "Male"),
    "other": pgettext_lazy("sex", "Other"),
    "unknown": pgettext_lazy("sex", "Unknown"),
}

_LETTER_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
_DOSED = re.compile(r"(\d )(mcg|ug|µg|μg|ng|\[iU\]|\[IU\]|IU)(?![\w\]])")
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


def sex(code: str | None) -> str:
    """The word for FHIR's code: ``Female``."""
    return str(SEXES.get(code or "unknown", code or ""))


def sex_letter(code: str | None) -> str:
    """``F``, ``M``, ``X`` or ``U`` for dense lists."""
    letters = {
        "female": pgettext_lazy("sex letter", "F"),
        "male": pgettext_lazy("sex letter", "M"),
        "other": pgettext_lazy("sex letter", "X"),
    }
    return str(letters.get(code or "", pgettext_lazy("sex letter", "U")))


def mrn(number: object) -> str:
    """A record number in groups of three so that it can be read aloud: ``241 906``; one with letters stays as it is."""
    text = str(number or "")
    return grouped(text, NBSP) if text.isdigit() else text


def grouped(digits: str, separator: str = THIN) -> str:
    """Digits in threes from the right."""
    head = len(digits) % 3
    parts = ([digits[:head]] if head else []) + [digits[i : i + 3] for i in range(head, len(digits), 3)]
    return separator.join(parts)


def _decimal(value: Number) -> Decimal:
    if isinstance(value, float):
        raise TypeError("a float never carries money, a dose or a result: pass a Decimal")
    return value if isinstance(value, Decimal) else Decimal(value)


def money(amount: Number | None, currency: str) -> str:
    """``£1,234.50`` in the reader's language, by the currency's own exponent; empty for None."""
    return "" if amount is None else _in_currency(_decimal(amount), currency, exponent(currency))


def unit_price(amount: Number | None, currency: str) -> str:
    """``€0.035``: a price as it stands, finer than the smallest coin where it is; empty for None."""
    if amount is None:
        return ""
    exact = _decimal(amount)
    finer = exact.normalize().as_tuple().exponent
    return _in_currency(exact, currency, max(exponent(currency), -finer if isinstance(finer, int) else 0))


def _in_currency(amount: Decimal, currency: str, decimals: int) -> str:
    # CLDR has exponents of its own, of how coins are used (IQD, RSD: none): paper would not add up
    locale = (get_language() or "en").replace("-", "_")
    pattern = _currency_pattern(locale, decimals)
    shown = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    # CLDR wants a space between a letter and a digit ("KWD 12.345"); Babel leaves it out
    return _LETTER_DIGIT.sub(NBSP, shown)


@lru_cache(maxsize=64)
def _currency_pattern(locale: str, decimals: int) -> NumberPattern:
    written = Locale.parse(locale).currency_formats["standard"].pattern
    return parse_pattern(re.sub(r"0(\.0+)?", "0" + ("." + "0" * decimals if decimals else ""), written))


def number(value: Number | None) -> str:
    """A dose's number: leading zero, no trailing zero, no exponent; thin groups from 10 000 on."""
    if value is None:
        return ""
    text = format(_decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    sign, text = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, _, rest = text.partition(".")
    if len(whole) > 4:
        whole = grouped(whole)
    shown = f"{whole or '0'}.{rest}" if rest else whole or "0"
    return shown if shown == "0" else sign + shown


def unit(text: str | None) -> str:
    """The unit as it may be written beside a dose: ``micrograms`` and ``units`` in full."""
    return UNITS_IN_FULL.get(text or "", text or "")


def units_in_full(text: str) -> str:
    """A strength or a pack's name with its dangerous units written in full: ``100 micrograms tablet``.

    ``100 [iU]/mL`` becomes ``100 units/mL``; only what stands behind a number is a unit.
    """
    plain = text.replace("/{actuat}", f"/{gettext('dose')}").replace("/(24.h)", f"/24{NBSP}h")
    return _DOSED.sub(lambda found: f"{found[1]}{unit(found[2])}", plain)


def quantity(value: Number | None, of: str | None = None) -> str:
    """A dose or an amount: ``0.5 mg``, ``100 micrograms``, ``10 000 units``, with a space that does not break."""
    if value is None:
        return ""
    return f"{number(value)}{NBSP}{unit(of)}" if of else number(value)


def amount(value: Number | None, of: str) -> str:
    """So many of a thing that is counted: ``1 tablet``, ``21 tablets``; what is measured is a :func:`quantity`."""
    if value is None:
        return ""
    if of not in COUNTED:
        return quantity(value, of)
    one, many = COUNTED[of]
    # translators know only whole numbers; a half is many
    exact = _decimal(value)
    name = ngettext(one, many, int(exact) if exact == exact.to_integral_value() else 2)
    return f"{number(value)}{NBSP}{name}"


def unit_name(of: str) -> str:
    """A unit beside an empty field: ``tablets``, ``mL``, ``micrograms``."""
    return ngettext(*COUNTED[of], 2) if of in COUNTED else unit(of)


def as_written(value: object) -> str:
    """A result's value exactly as the laboratory wrote it: ``1.00`` stays ``1.00``."""
    if value is None:
        return ""
    if isinstance(value, float):
        raise TypeError("a float never carries a result: pass the Decimal or the text as written")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def reference_range(low: object = None, high: object = None, text: str | None = None) -> str:
    """``4.0 to 11.0``, ``from 90``, ``up to 5`` or the laboratory's own words."""
    if text:
        return text
    lowest, highest = as_written(low), as_written(high)
    if lowest and highest:
        return gettext("%(low)s to %(high)s") % {"low": lowest, "high": highest}
    if lowest:
        return gettext("from %(low)s") % {"low": lowest}
    return gettext("up to %(high)s") % {"high": highest} if highest else ""


def size(octets: int) -> str:
    """``345 B``, ``12 kB``, ``3.4 MB``."""
    if octets < 1000:
        return f"{octets}{NBSP}B"
    if octets < 1_000_000:
        return f"{octets // 1000}{NBSP}kB"
    tenths = octets // 100_000
    return f"{tenths // 10}.{tenths % 10}{NBSP}MB"


def initials(given: str, family: str) -> str:
    """``NR`` for a person without a photo."""
    return "".join(word[0] for word in (given.strip(), family.strip()) if word).upper()


def full_name(family: str, given: str = "", title: str = "") -> str:
    """The order of NHS's patient name standard: ``RASHID, Nadia (Mrs)``."""
    name = f"{family.upper()}, {given}" if given else family.upper()
    return f"{name} ({title})" if title else name
