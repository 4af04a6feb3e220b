"""A form that somebody fills in and has not signed: one sealed draft for each author, patient, visit and form.

Like the drafts of notes (`chart/drafts.py`) these are `core.Draft` rows and no part of the record. A draft names the very
version that is filled in and, where it mends a signed form, that one.
"""

from collections.abc import Iterable
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

_FORM = "questionnaires.form:"
_TABLE, _COLUMN = Draft._meta.db_table, "content"
_TAKE = "DELETE FROM core_draft WHERE by_id = %s AND patient_id = %s AND form = %s RETURNING id, content, saved_at"


@dataclass(frozen=True, slots=True)
class FormDraft:
    """A draft as it was saved last; `version` is empty where there is none yet, `writer` is the page that saved it."""

    patient_id: UUID
    encounter_id: UUID | None
    questionnaire_id: UUID
    amends: UUID | None = None
    version: str = ""
    saved_at: datetime | None = None
    typed: dict[str, list[str]] = field(default_factory=dict)
    writer: str = ""

    @property
    def is_begun(self) -> bool:
        """Whether it was saved before, or mends what was signed: then its version of the form may be retired meanwhile."""
        return bool(self.version) or self.amends is not None


def draft_of(act: Act, wanted: FormDraft) -> FormDraft:
    """The doer's own draft for this form; `wanted` itself where there is none."""
    row = _mine(act, wanted).first()
    return _opened(row) if row else wanted


def drafts_of(act: Act, patient_id: UUID) -> list[FormDraft]:
    """The doer's own drafts of forms of one patient, newest first."""
    rows = Draft.objects.filter(by_id=act.by, form__startswith=_FORM, patient_id=patient_id)
    return [_opened(row) for row in rows.order_by("-saved_at")]


@transaction.atomic
def keep(act: Act, draft: FormDraft, *, leaving: bool) -> FormDraft:
    """Save a draft over the save that its writer has seen (`draft.version`), or over the writer's own last one.

    :param leaving: whether the page is left with this save: what it still sends afterwards comes too late
    :raises Stale: if it was saved elsewhere since
    """
    row = _mine(act, draft).select_for_update().first()
    _refuse_unseen(row, draft)
    is_new = row is None
    if row is None:
        row = Draft(id=uuid7(), by_id=act.by, patient_id=draft.patient_id, form=_form(draft))
    said = {"typed": draft.typed, "writer": "" if leaving else draft.writer}
    row.content = crypto.seal(_TABLE, _COLUMN, row.id, msgspec.json.encode(said).decode())
    row.saved_at = datetime.now(UTC)  # the act's own time may be the same for two saves
    try:
        with transaction.atomic():
            row.save(force_insert=is_new, force_update=not is_new)
    except IntegrityError as error:
        raise Stale from error
    return replace(draft, version=_version(row), saved_at=row.saved_at)


def take(act: Act, draft: FormDraft) -> None:
    """Take the draft away: it is being signed or thrown away.

    :raises Stale: if it was saved elsewhere since, or was taken already
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [act.by, draft.patient_id, _form(draft)])
        found = cursor.fetchone()
    row = Draft(id=found[0], content=found[1], saved_at=found[2]) if found else None
    _refuse_unseen(row, draft)


def _refuse_unseen(row: Draft | None, draft: FormDraft) -> None:
    """A page may save over what it has shown, and over what it has saved itself."""
    if row is None and not draft.version:
        return
    if row is None or (_version(row) != draft.version and not (draft.writer and _said(row)["writer"] == draft.writer)):
        raise Stale


def _mine(act: Act, draft: FormDraft) -> QuerySet[Draft]:
    return Draft.objects.filter(by_id=act.by, patient_id=draft.patient_id, form=_form(draft))


def _form(draft: FormDraft) -> str:
    return _FORM + ":".join(_texts((draft.questionnaire_id, draft.encounter_id, draft.amends)))


def _texts(ids: Iterable[UUID | None]) -> list[str]:
    return [str(one or "") for one in ids]


def _version(row: Draft) -> str:
    return str(round(row.saved_at.timestamp() * 1_000_000))


def _opened(row: Draft) -> FormDraft:
    said = _said(row)
    form, visit, amends = (UUID(one) if one else None for one in row.form.removeprefix(_FORM).split(":"))
    assert row.patient_id is not None
    assert form is not None
    return FormDraft(
        patient_id=row.patient_id,
        encounter_id=visit,
        questionnaire_id=form,
        amends=amends,
        version=_version(row),
        saved_at=row.saved_at,
        typed=said["typed"],
        writer=said["writer"],
    )


def _said(row: Draft) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(crypto.open_sealed(_TABLE, _COLUMN, row.id, bytes(row.content)))
    return said
