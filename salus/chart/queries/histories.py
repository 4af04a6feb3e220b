"""Illnesses in the family and what is known about life: recorded, and as the patient told it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from salus.chart.models import FamilyMember, Note, Observation
from salus.chart.queries.notes import told_history
from salus.chart.vocabulary import SOCIAL
from salus.core.act import Act

#: values of each question that are shown, the newest first
_EACH = 4


@dataclass(frozen=True, slots=True)
class Histories:
    """Relatives, answers by question (LOINC code -> newest first), and the told history beside them."""

    relatives: Sequence[FamilyMember]
    answers: Mapping[str, Sequence[Observation]]
    told: Note | None


def histories_of(act: Act, patient_id: UUID) -> Histories:
    """Family and social history of a patient; three statements."""
    relatives = FamilyMember.objects.of_patient(act, patient_id).valid().order_by("recorded_at", "id")
    rows = (
        Observation.objects.of_patient(act, patient_id)
        .valid()
        .filter(code__in=SOCIAL)
        .exclude(status__in=("entered-in-error", "cancelled"))
        .order_by("-at")
    )
    answers: dict[str, list[Observation]] = {code: [] for code in SOCIAL}
    for row in rows[:200]:
        if len(answers[row.code]) < _EACH:
            answers[row.code].append(row)
    return Histories(list(relatives), answers, told_history(act, patient_id))


def relative_of(act: Act, patient_id: UUID, relative_id: UUID) -> FamilyMember | None:
    """One relative, if he is this patient's and the act may read of him."""
    return FamilyMember.objects.of_patient(act, patient_id).valid().filter(id=relative_id).first()
