"""One entry of the record, whatever it is."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.chart.models import (
    CarePlan,
    Condition,
    DiagnosticReport,
    Document,
    FamilyMember,
    Goal,
    Immunization,
    Note,
    Observation,
    Procedure,
)
from salus.chart.sockets import markable
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.inbox.sockets import Subject, labelled, subjects
from salus.terminology.rules import without_tag

#: what may be marked, by the word in its address, beside what rooms above offer (`sockets.markable`); an allergy is never hidden
KINDS: Mapping[str, type[Any]] = {
    "problem": Condition,
    "note": Note,
    "observation": Observation,
    "report": DiagnosticReport,
    "document": Document,
    "procedure": Procedure,
    "plan": CarePlan,
    "goal": Goal,
    "immunization": Immunization,
    "relative": FamilyMember,
}


def entry_to_label(act: Act, patient_id: UUID, kind: str, entry_id: UUID) -> Any:
    """An entry that this act may read, to be marked.

    :raises NotFound: if it is none of this patient's that the act may read
    """
    above = markable.get(kind)
    model = above.model if above else KINDS.get(kind)
    row = model.objects.of_patient(act, patient_id).valid().filter(id=entry_id).first() if model else None
    if row is None:
        raise NotFound
    return row


def offer_subjects() -> None:
    """Let messages and tasks be about each kind of entry."""
    subjects.update({f"chart.{kind}": partial(_subject, kind) for kind in KINDS})
    labelled.update({f"chart.{kind}": model for kind, model in KINDS.items()})


def _subject(kind: str, act: Act, patient_id: UUID, entry_id: UUID) -> Subject:
    row = entry_to_label(act, patient_id, kind, entry_id)
    return Subject(without_tag(getattr(row, "title", "") or row.display) or _("Entry of the record"), row.labels)
