"""What a certificate says, in words that are frozen when it is signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart.vocabulary import ROLE
from salus.patients.models import Patient
from salus.ui import formatting

__all__ = ["EXTENTS", "MANNERS", "PLURALITIES", "ROLE", "Birth", "Death", "birth", "death", "mother_word", "sick_note"]

EXTENTS = {
    "work": lazy("cannot work"),
    "school": lazy("cannot attend school"),
    "sports": lazy("cannot take part in sports"),
    "care": lazy("is needed to care for a sick child"),
}
PLURALITIES = {"single": lazy("Single"), "twin": lazy("Twin"), "more": lazy("Triplet or more")}
MANNERS = {
    "natural": lazy("Disease"),
    "accident": lazy("Accident"),
    "self-harm": lazy("Intentional self-harm"),
    "assault": lazy("Assault"),
    "pending": lazy("Pending investigation"),
    "unknown": lazy("Could not be determined"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a birth certificate says beside who mother and child are."""

    at: datetime
    weight: Decimal | None = None
    length: Decimal | None = None
    plurality: str = "single"
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """What a death certificate says: the chain of causes, the direct one first, each with its interval (WHO's form)."""

    on: str
    causes: Sequence[tuple[str, str]]
    contributing: str = ""
    manner: str = "natural"


def _who(patient: Patient) -> dict[str, str]:
    return {
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "born": formatting.partial_date(patient.birth_date),
        "sex": formatting.sex(patient.gender),
        "mrn": formatting.mrn(patient.mrn),
    }


def _content(patient: Patient, title: str, statement: str, facts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    said = [[label, str(value)] for label, value in facts if value not in (None, "")]
    return {"title": title, "statement": statement, "facts": said, "patient": _who(patient)}


def sick_note(
    patient: Patient, valid_from: date, valid_until: date, *, extent: str, diagnosis: str, remark: str
) -> dict[str, Any]:
    """That somebody cannot work from a day to a day."""
    what = EXTENTS.get(extent, EXTENTS["work"])
    facts = [
        (_("From"), formatting.day(valid_from)),
        (_("Until and including"), formatting.day(valid_until)),
        (_("Diagnosis"), diagnosis.strip()),
        (_("Remark"), remark.strip()),
    ]
    statement = _("I examined the patient named above, who %(what)s during the days below.") % {"what": what}
    return _content(patient, _("Medical certificate"), statement, facts)


def birth(child: Patient, mother: Patient, said: Birth) -> dict[str, Any]:
    """That a child was born, when, and of whom."""
    facts = [
        (_("Born"), formatting.instant(said.at)),
        (_("Mother"), formatting.full_name(mother.family, mother.given, mother.title)),
        (_("Mother born"), formatting.partial_date(mother.birth_date)),
        (_("Mother's record number"), formatting.mrn(mother.mrn)),
        (_("Birth"), PLURALITIES.get(said.plurality, PLURALITIES["single"])),
        (_("Weight"), f"{said.weight:f} g" if said.weight is not None else ""),
        (_("Length"), f"{said.length:f} cm" if said.length is not None else ""),
        (_("Remark"), said.remark.strip()),
    ]
    return _content(child, _("Certificate of birth"), _("The child named above was born in this house."), facts)


def death(patient: Patient, said: Death) -> dict[str, Any]:
    """That somebody died, and of what: the two parts of WHO's international form."""
    causes = [(cause.strip(), interval.strip()) for cause, interval in said.causes if cause.strip()]
    chain = [
        (_("Cause %(letter)s") % {"letter": "abcd"[at]}, f"{cause} ({interval})" if interval else cause)
        for at, (cause, interval) in enumerate(causes[:4])
    ]
    facts = [
        (_("Died"), formatting.partial_date(said.on)),
        *chain,
        (_("Other significant conditions"), said.contributing.strip()),
        (_("Manner of death"), MANNERS.get(said.manner, MANNERS["unknown"])),
    ]
    return _content(patient, _("Certificate of death"), _("The person named above has died."), facts)


def mother_word() -> str:
    """The word for the mother, as relatives are named."""
    return _("Mother")
