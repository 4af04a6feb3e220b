"""A medicine order in words, without abbreviations (rule 5 of the screens)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from salus.orders.models import Order
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
    "1/wk": (1, Decimal(1), "wk"),
}


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


def schedule_words(order: Order) -> str:
    """`three times a day, as needed for pain, for 7 days`."""
    parts = [often_words(order.frequency, order.period, order.period_unit)]
    if order.as_needed:
        what_for = order.as_needed_for
        parts.append(_("as needed for %(what)s") % {"what": what_for} if what_for else _("as needed"))
    if order.duration_days:
        parts.append(ngettext("for %(n)s day", "for %(n)s days", order.duration_days) % {"n": order.duration_days})
    return ", ".join(part for part in parts if part) or order.dosage_text


def medicine_words(order: Order) -> MedicineWords:
    """An order's medicine line: of one that was written elsewhere, what its source says."""
    if order.medicine is None:
        return MedicineWords(order.display, "", dose_words(order), route_words(order.route), schedule_words(order))
    form = f"{order.presentation.strength} {order.presentation.form}" if order.presentation else ""
    return MedicineWords(order.medicine.name, form, dose_words(order), route_words(order.route), schedule_words(order))


def dose_words(order: Order) -> str:
    """`500 mg`, `2 tablets`."""
    return formatting.amount(order.dose, order.dose_unit)


def instruction_words(order: Order) -> str:
    """What stands on the label: `2 tablets, oral, three times a day, for 7 days`."""
    words = medicine_words(order)
    return ", ".join(part for part in (words.dose, words.route, words.schedule) if part)
