"""Doses, results, money and what is counted (rule 6): a leading zero, no trailing zero; results as they were written.

No function here accepts a float: a float has already lost what the laboratory or the cashier wrote.
"""

import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, format_currency, parse_pattern
from django.utils.translation import get_language, gettext, ngettext

from salus.core.money import exponent
from salus.ui.formatting.spaces import NBSP, THIN

Number = Decimal | int | str

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

_LETTER_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")

_DOSED = re.compile(r"(\d )(mcg|ug|µg|μg|ng|\[iU\]|\[IU\]|IU)(?![\w\]])")


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
