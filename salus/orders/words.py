"""A medicine order in words, without abbreviations (rule 5 of the screens)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from salus.orders.models import Order
from salus.orders.rules import Step, steps_of
from salus.ui import formatting

_TIMES = {
    1: gettext_lazy("once"),
    2: gettext_lazy("twice"),
    3: gettext_lazy("three times"),
    4: gettext_lazy("four times"),
    5: gettext_lazy("five times"),
    6: gettext_lazy("six times"),
}
_IN = {"d": gettext_lazy("a day"), "wk": gettext_lazy("a week"), "mo": gettext_lazy("a month")}
_ROUTES = {
    "oral": gettext_lazy("oral"),
    "sublingual": gettext_lazy("sublingual"),
    "intravenous": gettext_lazy("intravenous"),
    "intramuscular": gettext_lazy("intramuscular"),
    "subcutaneous": gettext_lazy("subcutaneous"),
    "subdermal": gettext_lazy("subdermal"),
    "infiltration": gettext_lazy("infiltration"),
    "epidural": gettext_lazy("epidural"),
    "inhalation": gettext_lazy("inhalation"),
    "nasal": gettext_lazy("nasal"),
    "rectal": gettext_lazy("rectal"),
    "vaginal": gettext_lazy("vaginal"),
    "intrauterine": gettext_lazy("intrauterine"),
    "cutaneous": gettext_lazy("cutaneous"),
    "transdermal": gettext_lazy("transdermal"),
    "ophthalmic": gettext_lazy("ophthalmic"),
    "otic": gettext_lazy("otic"),
}
_UNITS: dict[str, tuple[str, str]] = {
    "h": ("every %(n)s hour", "every %(n)s hours"),
    "d": ("every %(n)s day", "every %(n)s days"),
    "wk": ("every %(n)s week", "every %(n)s weeks"),
    "mo": ("every %(n)s month", "every %(n)s months"),
}
#: what to offer in the order composer: value -> (frequency, period, period unit)
OFTEN: dict[str, tuple[int, Decimal, str]] = {
    **{f"{n}/d": (n, Decimal(1), "d") for n in range(1, 7)},
    **{f"1/{n}h": (1, Decimal(n), "h") for n in (12, 8, 6, 4, 2)},
    "1/h": (1, Decimal(1), "h"),
    **{f"1/{n}d": (1, Decimal(n), "d") for n in (2, 3)},
    "1/wk": (1, Decimal(1), "wk"),
    "2/wk": (2, Decimal(1), "wk"),
    "1/mo": (1, Decimal(1), "mo"),
}


def often_code(frequency: int | None, period: Decimal | None, period_unit: str) -> str:
    """The code of `OFTEN` that says this, or nothing."""
    wanted = (frequency, period, period_unit)
    return next((code for code, often in OFTEN.items() if often == wanted), "")


@dataclass(frozen=True, slots=True)
class Dosing:
    """What a medicine line is made of; `DOSING_COLUMNS` reads one."""

    name: str
    form: str
    dose: Decimal | None
    dose_unit: str
    route: str
    frequency: int | None
    period: Decimal | None
    period_unit: str
    as_needed: bool
    as_needed_for: str
    duration_days: int | None
    dosage_text: str
    most_per_day: int | None = None
    pattern: str = ""
    #: what the row keeps, or its JSON text
    steps: Any = ()


#: a `Dosing` from SQL: `o` is the order, `m` its medicine and `p` its presentation, each joined from the left
DOSING_COLUMNS = """
    coalesce(m.name, o.display), coalesce(p.strength || ' ' || p.form, ''), o.dose, o.dose_unit, o.route, o.frequency,
    o.period, o.period_unit, o.as_needed, o.as_needed_for, o.duration_days, o.dosage_text, o.most_per_day, o.pattern,
    o.steps::text
"""


@dataclass(frozen=True, slots=True)
class MedicineWords:
    """The parts of one medicine line, as `ui.medicine` draws them."""

    name: str
    form: str
    dose: str
    route: str
    schedule: str


def route_words(route: str) -> str:
    """A route in the reader's language; one that we do not know as it came."""
    return str(_ROUTES.get(route, route))


def often_words(frequency: int | None, period: Decimal | None, period_unit: str) -> str:
    """`three times a day`, `every 8 hours`; empty where it is not said."""
    if not frequency or not period or period_unit not in _UNITS:
        return ""
    if period == 1 and period_unit in _IN:
        times: str | Promise = _TIMES.get(frequency) or _("%(n)s times") % {"n": frequency}
        return f"{times} {_IN[period_unit]}"
    one, many = _UNITS[period_unit]
    every = ngettext(one, many, int(period)) % {"n": formatting.number(period)}
    return every if frequency == 1 else _("%(n)s times %(every)s") % {"n": frequency, "every": every}


def days_words(days: int) -> str:
    """`for 7 days`."""
    return ngettext("for %(n)s day", "for %(n)s days", days) % {"n": days}


def steps_words(pattern: str, steps: Sequence[Step], unit: str) -> str:
    """`40 mg once a day for 3 days, then 20 mg once a day for 3 days`; `5 mg, every other day 2.5 mg, once a day`."""
    amounts = [formatting.amount(one.dose, unit) for one in steps]
    if pattern == "alternate":
        often = often_words(steps[0].frequency, steps[0].period, steps[0].period_unit)
        return ", ".join([amounts[0], *(_("in turn with %(dose)s") % {"dose": one} for one in amounts[1:]), often])
    said = (
        f"{amount} {often_words(one.frequency, one.period, one.period_unit)} {days_words(one.days)}"
        for amount, one in zip(amounts, steps, strict=True)
    )
    return _(", then ").join(said)


def schedule_words(dosing: Dosing) -> str:
    """`three times a day, as needed for pain, at most 4 times a day, for 7 days`."""
    steps = steps_of(msgspec.json.decode(dosing.steps) if isinstance(dosing.steps, str) else dosing.steps or ())
    parts = [often_words(dosing.frequency, dosing.period, dosing.period_unit)]
    if steps:
        parts = [steps_words(dosing.pattern, steps, dosing.dose_unit)]
    if dosing.as_needed:
        what_for = dosing.as_needed_for
        parts.append(_("as needed for %(what)s") % {"what": what_for} if what_for else _("as needed"))
    if dosing.most_per_day:
        most = dosing.most_per_day
        parts.append(ngettext("at most %(n)s dose a day", "at most %(n)s doses a day", most) % {"n": most})
    if dosing.duration_days and dosing.pattern != "taper":
        parts.append(days_words(dosing.duration_days))
    return ", ".join(part for part in parts if part) or dosing.dosage_text


def words_of(dosing: Dosing) -> MedicineWords:
    """The line in words: of an order that was written elsewhere, what its source says."""
    dose = "" if dosing.pattern else formatting.amount(dosing.dose, dosing.dose_unit)
    form = formatting.units_in_full(dosing.form)
    return MedicineWords(dosing.name, form, dose, route_words(dosing.route), schedule_words(dosing))


def service_words(order: Order) -> str:
    """What the order of an image, a procedure, nursing and so on says beside its name: `four times a day, for 3 days`."""
    parts = [often_words(order.frequency, order.period, order.period_unit)]
    if order.duration_days:
        parts.append(days_words(order.duration_days))
    parts += [str(one["text"]) for one in order.reasons if isinstance(one, dict) and one.get("text")]
    return ", ".join(part for part in parts if part)


def medicine_words(order: Order) -> MedicineWords:
    """An order's medicine line; its medicine and presentation must be loaded."""
    pack = order.presentation
    return words_of(
        Dosing(
            order.medicine.name if order.medicine else order.display,
            f"{pack.strength} {pack.form}" if pack else "",
            order.dose,
            order.dose_unit,
            order.route,
            order.frequency,
            order.period,
            order.period_unit,
            order.as_needed,
            order.as_needed_for,
            order.duration_days,
            order.dosage_text,
            order.most_per_day,
            order.pattern,
            order.steps,
        )
    )


def instruction_words(order: Order) -> str:
    """What stands on the label: `2 tablets, oral, three times a day, for 7 days`."""
    words = medicine_words(order)
    return ", ".join(part for part in (words.dose, words.route, words.schedule) if part)
