"""The words of the rules' screens."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from salus.chart.vaccination import words_of_span
from salus.orders.words import route_words
from salus.safety.rules.knowledge import ROUTES_OF, named_term

KINDS = {
    "interaction": _("Interactions"),
    "cross": _("Cross-reactivity"),
    "dose": _("Dose limits"),
    "frequency": _("How often at most"),
    "reproduction": _("Pregnancy and breast-feeding"),
    "age": _("Ages"),
    "contraindication": _("Diseases"),
    "test": _("Repeated tests"),
    "local": _("Local routes"),
    "first-line": _("First choice"),
    "check": _("Checks of Salus"),
}
#: what a medicine that stays where it is put is spared
SPARED = KINDS | {"duplicate": _("The same therapy twice")}
TIER_WORDS = {
    "stop": _("Stops"),
    "interrupt": _("Asks why"),
    "note": _("Says so"),
    "badge": _("Marks it"),
}
TIER_TONES = {"stop": "critical", "interrupt": "warning", "note": "info", "badge": "neutral"}
VERDICT_WORDS = {"right": _("Right"), "wrong": _("Wrong"), "unsure": _("Not sure")}
VERDICT_TONES = {"right": "ok", "wrong": "critical", "unsure": "warning"}
#: of which reviews a list is made
REVIEW_STATES = {
    "open": _("Not reviewed as it reads"),
    "reviewed": _("Reviewed as it reads"),
    "doubted": _("Found wrong, or not sure"),
}
#: what a statement says, in the order in which it is read
SAYS = {
    "a": _("One"),
    "b": _("The other"),
    "allergy": _("Allergy to"),
    "ingredient": _("Ingredient"),
    "medicine": _("Medicine"),
    "a_routes": _("One, by these routes alone"),
    "b_routes": _("The other, by these routes alone"),
    "routes": _("By these routes alone"),
    "spares": _("What does not hold then"),
    "route": _("Route"),
    "state": _("State"),
    "trimester": _("Trimester"),
    "age_from": _("From the age of"),
    "age_until": _("Until the age of"),
    "egfr_from": _("From an eGFR of"),
    "egfr_until": _("Until an eGFR of"),
    "hepatic": _("Liver"),
    "per": _("In one"),
    "basis": _("For each"),
    "low": _("Least"),
    "high": _("Most"),
    "unit": _("Unit"),
    "times": _("Times at most"),
    "unless": _("Asked only, with these conditions"),
    "condition_name": _("Condition"),
    "conditions": _("Codes"),
    "line": _("Line"),
    "test": _("Test (LOINC)"),
    "days": _("Days"),
    "management": _("What to do"),
}


def said(name: str, value: Any) -> Any:
    """A value of a statement as people say it: ages are ISO 8601 durations (`P65Y`) in the data."""
    if name in ("age_from", "age_until"):
        return words_of_span(value)
    if name in ("a_routes", "b_routes", "routes"):
        return ", ".join(route_words(one) for one in value.split(", "))
    if name == "spares":
        return ", ".join(str(SPARED.get(one, one)) for one in value.split(", "))
    return value


def routes_of(says: Mapping[str, Any]) -> str:
    """By which routes alone a line of a file holds, in words; empty where it holds by all."""
    return "; ".join(
        f"{named_term(says[name])}: {said(routes, ', '.join(says[routes]))}"
        for name, routes in ROUTES_OF
        if says.get(name) and says.get(routes)
    )
