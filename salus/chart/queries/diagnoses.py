"""Codes of diagnoses: their words, and whether a patient has them already."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from salus.chart.models import Condition
from salus.core.act import Act
from salus.terminology.queries import codes_that_mean

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ICD11 = "http://id.who.int/icd/release/11/mms"
SNOMED = "http://snomed.info/sct"
#: what stands before a code, where it is not the house's first system
NAMES = {ICD11: "ICD-11", SNOMED: "SNOMED CT"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A code with its words, and the patient's active condition of that code."""

    code: str
    display: str
    condition_id: UUID | None


_DIAGNOSES = """
    SELECT k.code, k.display, (
        SELECT c.id FROM chart_condition c
        WHERE c.patient_id = %s AND c.status = 'active' AND c.voided_at IS NULL AND c.verification <> 'refuted'
          AND c.code_system = k.system AND c.code = k.code
        ORDER BY c.recorded_at LIMIT 1)
    FROM terminology_concept k WHERE k.system = %s AND k.code = ANY(%s)
"""


def diagnoses_of(patient_id: UUID, codes: Sequence[str]) -> dict[str, Diagnosis]:
    """Of these codes, those that exist, in one statement."""
    if not codes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_DIAGNOSES, [patient_id, ICD, list(codes)])
        return {row[0]: Diagnosis(*row) for row in cursor.fetchall()}


def codes_of_problems(act: Act, patient_id: UUID) -> tuple[str, ...]:
    """The codes of what the patient has now, with the nearest of ICD-10 for those of ICD-11: what sets and templates name."""
    active = Condition.objects.of_patient(act, patient_id).valid().filter(status__in=("active", "recurrence", ""))
    return codes_that_mean(list(active.exclude(code="").values_list("code_system", "code")))


def named(system: str, code: str) -> str:
    """A code as it is shown: `E11.9`, `ICD-11 5A11`; nothing for a system that nobody here reads."""
    if system == ICD:
        return code
    return f"{NAMES[system]} {code}" if system in NAMES and code else ""


def words_of(system: str, code: str) -> str | None:
    """The words of a code that is loaded here; None where there is no such code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT display FROM terminology_concept WHERE system = %s AND code = %s AND is_active", [system, code]
        )
        row = cursor.fetchone()
    return row[0] if row else None
