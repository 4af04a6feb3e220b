"""What the safety checks read. Not narrowed by the rights of the doer: a check that sees less is no check."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from salus.chart.models import AllergyIntolerance
from salus.safety.rules import KnownAllergy, Substance
from salus.terminology.models import Allergen

_OVER = ("inactive", "resolved")
_WRONG = ("refuted", "entered-in-error")


@dataclass(frozen=True, slots=True)
class RecordedAllergy:
    """An active allergy of one patient, and how the patient reacted."""

    patient_id: UUID
    known: KnownAllergy
    reaction: str
    year: str


def allergies_of(patient_ids: Collection[UUID]) -> list[RecordedAllergy]:
    """The allergies of these patients that are not over and not refuted; one of unknown state counts."""
    rows = (
        AllergyIntolerance.objects.filter(patient_id__in=patient_ids, voided_at=None, is_none_known=False)
        .exclude(status__in=_OVER)
        .exclude(verification__in=_WRONG)
        .order_by("id")
    )
    return [_recorded(row) for row in rows]


def _recorded(row: AllergyIntolerance) -> RecordedAllergy:
    known = KnownAllergy(
        id=row.id,
        display=row.display,
        code_system=row.code_system,
        code=row.code,
        ingredients=tuple(row.ingredients),
        allergy_groups=tuple(row.allergy_groups),
    )
    since = str(row.onset or row.recorded or "")[:4]
    return RecordedAllergy(row.patient_id, known, _first_reaction(row.reactions), since)


def _first_reaction(reactions: Any) -> str:
    """The first manifestation in words, of our own entries and of FHIR's."""
    for one in reactions or ():
        if isinstance(one, str):
            return one
        for shown in (one, *one.get("manifestation", ())):
            coding = (shown.get("coding") or [{}])[0] if isinstance(shown, dict) else {}
            text = shown if isinstance(shown, str) else shown.get("text") or coding.get("display", "")
            if text:
                return str(text)
    return ""


def substances() -> list[Substance]:
    """The medicines and their classes among the allergens, by whose names an imported allergy is read."""
    rows = Allergen.objects.filter(is_active=True).exclude(ingredients=[], allergy_groups=[])
    return [
        Substance((name,), tuple(ingredients), tuple(groups))
        for name, ingredients, groups in rows.values_list("name", "ingredients", "allergy_groups")
    ]
