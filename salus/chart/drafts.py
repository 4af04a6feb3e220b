"""What somebody has typed and not yet signed: one sealed draft for each author, patient and visit.

Drafts are `core.Draft` rows, not notes: each key stroke that is saved would else stay in a history for ever, and a
half-written thought would be part of the record. `version` is the instant of the last save, in microseconds: whoever saves
without having seen that save is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from salus.core import crypto
from salus.core.act import Act
from salus.core.errors import Stale
from salus.core.ids import uuid7
from salus.core.models import Draft

_FORM = "chart.note:"
_TABLE, _COLUMN = Draft._meta.db_table, "content"


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """A draft as it was saved last; `version` is empty where there is none yet."""

    patient_id: UUID
    encounter_id: UUID | None
    version: str = ""
    saved_at: datetime | None = None
    sections: dict[str, str] = field(default_factory=dict)
    diagnoses: tuple[str, ...] = ()


def draft_of(act: Act, patient_id: UUID, encounter_id: UUID | None) -> NoteDraft:
    """The doer's own draft for this visit; an empty one where there is none."""
    row = _mine(act, patient_id, encounter_id).first()
    return _opened(row) if row else NoteDraft(patient_id, encounter_id)


def drafts_of(act: Act, patient_id: UUID | None = None) -> list[NoteDraft]:
    """The doer's own drafts, newest first: of one patient, or of all."""
    rows = Draft.objects.filter(by_id=act.by, form__startswith=_FORM)
    if patient_id is not None:
        rows = rows.filter(patient_id=patient_id)
    return [_opened(row) for row in rows.order_by("-saved_at")]


@transaction.atomic
def keep(
    act: Act,
    patient_id: UUID,
    encounter_id: UUID | None,
    version: str,
    sections: dict[str, str],
    diagnoses: Sequence[str],
) -> NoteDraft:
    """Save a draft over the save that the writer has seen.

    :raises Stale: if it was saved elsewhere since
    """
    row = _locked(act, patient_id, encounter_id, version)
    if row is None:
        row = Draft(id=uuid7(), by_id=act.by, patient_id=patient_id, form=_form(encounter_id))
    said = msgspec.json.encode({"sections": sections, "diagnoses": list(diagnoses)}).decode()
    row.content = crypto.seal(_TABLE, _COLUMN, row.id, said)
    # The act's own time may be the same for two saves; the clock of the last save must move on.
    row.saved_at = datetime.now(UTC)
    try:
        with transaction.atomic():
            row.save(force_insert=not version, force_update=bool(version))
    except IntegrityError as error:
        raise Stale from error
    return NoteDraft(patient_id, encounter_id, _version(row), row.saved_at, sections, tuple(diagnoses))


def take(act: Act, patient_id: UUID, encounter_id: UUID | None, version: str) -> None:
    """Take the draft away: it was signed or thrown away.

    :raises Stale: if it was saved elsewhere since, or was taken already
    """
    row = _locked(act, patient_id, encounter_id, version)
    if row is not None:
        row.delete()


def _locked(act: Act, patient_id: UUID, encounter_id: UUID | None, version: str) -> Draft | None:
    row = _mine(act, patient_id, encounter_id).select_for_update().first()
    if (_version(row) if row else "") != version:
        raise Stale
    return row


def _mine(act: Act, patient_id: UUID, encounter_id: UUID | None) -> Any:
    return Draft.objects.filter(by_id=act.by, patient_id=patient_id, form=_form(encounter_id))


def _form(encounter_id: UUID | None) -> str:
    return f"{_FORM}{encounter_id or ''}"


def _version(row: Draft) -> str:
    return str(round(row.saved_at.timestamp() * 1_000_000))


def _opened(row: Draft) -> NoteDraft:
    said = msgspec.json.decode(crypto.open_sealed(_TABLE, _COLUMN, row.id, bytes(row.content)))
    visit = row.form.removeprefix(_FORM)
    assert row.patient_id is not None
    return NoteDraft(
        patient_id=row.patient_id,
        encounter_id=UUID(visit) if visit else None,
        version=_version(row),
        saved_at=row.saved_at,
        sections=said["sections"],
        diagnoses=tuple(said["diagnoses"]),
    )
