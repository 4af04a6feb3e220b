"""Sensitivity labels: codes of HL7 v3 ActCode (InformationSensitivityPolicy), as FHIR carries them in `meta.security`.

http://terminology.hl7.org/CodeSystem/v3-ActCode, https://hl7.org/fhir/R4/v3/InformationSensitivityPolicy/vs.html
"""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

LABELS: dict[str, str | Promise] = {
    "PSY": _("Mental health"),
    "PSYTHPN": _("Psychotherapy note"),
    "HIV": _("HIV and AIDS"),
    "STD": _("Sexually transmitted disease"),
    "SEX": _("Sexuality and reproductive health"),
    "ETH": _("Alcohol and other substances"),
    "SDV": _("Sexual assault, abuse, domestic violence"),
    "GDIS": _("Genetic disease"),
    "TBOO": _("Taboo: asked for by the patient"),
}
CODES = list(LABELS)
ALL = frozenset(CODES)


def known(codes: Iterable[str]) -> list[str]:
    """Those of the codes that are labels here, each once, in their order."""
    asked = set(codes)
    return [code for code in CODES if code in asked]


def words_of(codes: Iterable[str]) -> str:
    """The labels in words."""
    return ", ".join(str(LABELS[code]) for code in known(codes))
