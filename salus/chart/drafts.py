"""What somebody has typed and not yet signed: one sealed draft for each author, patient, visit and type of note.

Drafts are `core.Draft` rows, not notes: each key stroke that is saved would else stay in a history for ever, and a
half-written thought would be part of the record. `version` is the instant of the last save, in microseconds: whoever saves
without having seen that save is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from salus.core import crypto
from salus.core.act import Act
from salus.core.errors import Stale
from salus.core.ids import uuid7
from salus.core.models import Draft

_FORM = "chart.note:"
_CONTENT = ("sections", "diagnoses", "writer", "copied", "said")
_TABLE, _COLUMN = Draft._meta.db_table, "content"


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """A draft as it was saved last; `version` is empty where there is none yet, `writer` is the page that saved it.

    `copied` says of which sections were copied forward from which note; `said` is what else the page asks (to whom a letter is,
    who is to sign it too).
    """

    patient_id: UUID
    encounter_id: UUID | None
    version: str = ""
    saved_at: datetime | None = None
    sections: dict[str, str] = field(default_factory=dict)
    diagnoses: tuple[str, ...] = ()
    writer: str = ""
    note_type: str = "consultation"
    copied: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)


def draft_of(act: Act, patient_id: UUID, encounter_id: UUID | None, note_type: str = "consultation") -> NoteDraft:
    """The doer's own draft of this type for this visit; an empty one where there is none."""
    row = _mine(act, patient_id, encounter_id, note_type).first()
    return _opened(row) if row else NoteDraft(patient_id, encounter_id, note_type=note_type)


def newest_of(act: Act, patient_id: UUID, encounter_id: UUID | None) -> NoteDraft | None:
    """The doer's draft for this visit that was saved last, whatever its type."""
    rows = Draft.objects.filter(by_id=act.by, patient_id=patient_id, form__startswith=f"{_FORM}{encounter_id or ''}:")
    row = rows.order_by("-saved_at").first()
    return _opened(row) if row else None


def drafts_of(act: Act, patient_id: UUID | None = None) -> list[NoteDraft]:
    """The doer's own drafts, newest first: of one patient, or of all."""
    rows = Draft.objects.filter(by_id=act.by, form__startswith=_FORM)
    if patient_id is not None:
        rows = rows.filter(patient_id=patient_id)
    return [_opened(row) for row in rows.order_by("-saved_at")]


@transaction.atomic
def keep(act: Act, draft: NoteDraft, *, leaving: bool) -> NoteDraft:
    """Save a draft over the save that its writer has seen (`draft.version`), or over the writer's own last one.

    :param leaving: whether the page is left with this save: what it still sends afterwards comes too late
    :raises Stale: if it was saved elsewhere since
    """
    row = _mine(act, draft.patient_id, draft.encounter_id, draft.note_type).select_for_update().first()
    _refuse_unseen(row, draft)
    is_new = row is None
    if row is None:
        form = _form(draft.encounter_id, draft.note_type)
        row = Draft(id=uuid7(), by_id=act.by, patient_id=draft.patient_id, form=form)
    elif kept := _said(row)["copied"]:
        draft = replace(draft, copied={**kept, **draft.copied})  # a page that does not say it again takes no mark away
    said = {name: getattr(draft, name) for name in _CONTENT} | ({"writer": ""} if leaving else {})
    row.content = crypto.seal(_TABLE, _COLUMN, row.id, msgspec.json.encode(said).decode())
    # The act's own time may be the same for two saves; the clock of the last save must move on.
    row.saved_at = datetime.now(UTC)
    try:
        with transaction.atomic():
            row.save(force_insert=is_new, force_update=not is_new)
    except IntegrityError as error:
        raise Stale from error
    return replace(draft, version=_version(row), saved_at=row.saved_at)


def take(act: Act, draft: NoteDraft) -> Mapping[str, str]:
    """Take the draft away: it is being signed or thrown away. Gives what of it was copied forward: section -> note.

    The patient's row is held from here until the act commits: two who sign at once put one problem on the list.
    :raises Stale: if it was saved elsewhere since, or was taken already
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM core_draft WHERE by_id = %s AND patient_id = %s AND form = %s "
            "RETURNING id, content, saved_at) SELECT gone.* FROM "
            "(SELECT id FROM patients_patient WHERE id = %s FOR NO KEY UPDATE) held LEFT JOIN gone ON true",
            [act.by, draft.patient_id, _form(draft.encounter_id, draft.note_type), draft.patient_id],
        )
        found = cursor.fetchone()
    row = Draft(id=found[0], content=found[1], saved_at=found[2]) if found and found[0] else None
    _refuse_unseen(row, draft)
    copied: Mapping[str, str] = _said(row)["copied"] if row else {}
    return copied


def _refuse_unseen(row: Draft | None, draft: NoteDraft) -> None:
    """A page may save over what it has shown, and over what it has saved itself: an answer that was lost on the way, or
    a signature that overtakes the last save, is no conflict."""
    if row is None and not draft.version:
        return
    if row is None or (_version(row) != draft.version and not (draft.writer and _said(row)["writer"] == draft.writer)):
        raise Stale


def _mine(act: Act, patient_id: UUID, encounter_id: UUID | None, note_type: str) -> QuerySet[Draft]:
    return Draft.objects.filter(by_id=act.by, patient_id=patient_id, form=_form(encounter_id, note_type))


def _form(encounter_id: UUID | None, note_type: str) -> str:
    return f"{_FORM}{encounter_id or ''}:{note_type}"


def _version(row: Draft) -> str:
    return str(round(row.saved_at.timestamp() * 1_000_000))


def _opened(row: Draft) -> NoteDraft:
    said = _said(row)
    visit, _colon, note_type = row.form.removeprefix(_FORM).partition(":")
    assert row.patient_id is not None
    return NoteDraft(
        patient_id=row.patient_id,
        encounter_id=UUID(visit) if visit else None,
        version=_version(row),
        saved_at=row.saved_at,
        sections=said["sections"],
        diagnoses=tuple(said["diagnoses"]),
        writer=said["writer"],
        note_type=note_type or "consultation",
        copied=said["copied"],
        said=said["said"],
    )


def _said(row: Draft) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(crypto.open_sealed(_TABLE, _COLUMN, row.id, bytes(row.content)))
    return {"copied": {}, "said": {}, **said}
