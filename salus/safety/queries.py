"""What the safety checks read. Not narrowed by the rights of the doer: a check that sees less is no check."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from salus.chart.models import AllergyIntolerance
from salus.chart.queries.allergies import reaction_of
from salus.safety.rules import KnownAllergy, Substance

_SUBSTANCES = """
    SELECT ARRAY[name], ingredients, allergy_groups FROM terminology_allergen
    WHERE is_active AND (ingredients <> '{}' OR allergy_groups <> '{}')
    UNION ALL
    SELECT array_prepend(name, synonyms), ingredients, allergy_groups FROM terminology_medicine WHERE is_active
"""
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
    return RecordedAllergy(row.patient_id, known, reaction_of(row), since)


def substances() -> list[Substance]:
    """Every medicine, and what the allergen list says of substances and classes, with all the names they go by."""
    with connection.cursor() as cursor:
        cursor.execute(_SUBSTANCES)
        return [Substance(tuple(names), tuple(parts), tuple(groups)) for names, parts, groups in cursor.fetchall()]
