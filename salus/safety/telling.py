"""The words of the rules' screens."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "interaction": _("Interactions"),
    "cross": _("Cross-reactivity"),
    "dose": _("Dose limits"),
    "reproduction": _("Pregnancy and breast-feeding"),
    "age": _("Ages"),
    "contraindication": _("Diseases"),
    "test": _("Repeated tests"),
    "first-line": _("First choice"),
    "check": _("Checks of Salus"),
}
TIER_WORDS = {
    "stop": _("Stops"),
    "interrupt": _("Asks why"),
    "note": _("Says so"),
    "badge": _("Marks it"),
}
TIER_TONES = {"stop": "critical", "interrupt": "warning", "note": "info", "badge": "neutral"}
