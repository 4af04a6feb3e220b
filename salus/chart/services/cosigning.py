"""The second signature: asked of somebody when a note is signed, or needed of whoever has a role (a student, a junior)."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import CosignAsked, LetterSigned, NoteCosigned
from salus.chart.models import Note
from salus.chart.queries.cosigning import COSIGN, may_cosign
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.patients.access.reading import require_open


class NotWaiting(Conflict):
    """This note waits for no second signature."""


@transaction.atomic
def cosign_note(act: Act, *, patient_id: UUID, note_id: UUID, version: int) -> Note:
    """Sign a note of somebody else too; whoever it was asked of, anybody with the right may.

    :raises NotAllowed: to its author
    :raises NotWaiting: if it waits for no second signature
    :raises Stale: if somebody changed it since it was read
    """
    act.require(COSIGN)
    note = _waiting(act, patient_id, note_id, version)
    if note.recorded_by_id == act.by:
        raise NotAllowed(COSIGN, _("Somebody else has to sign it: nobody signs his own note twice."))
    note.cosigned_at, note.cosigned_by_id, note.cosigned_by_name = act.at, act.by, act.by_name
    note.save(update_fields=["cosigned_at", "cosigned_by_id", "cosigned_by_name"])
    announce(act, NoteCosigned(patient_id=patient_id, note_id=note.id))
    if note.audience:
        announce(act, LetterSigned(patient_id=patient_id, note_id=note.id))
    return note


@transaction.atomic
def ask_cosign(act: Act, *, patient_id: UUID, note_id: UUID, version: int, cosigner_id: UUID) -> Note:
    """Ask somebody (else) for the second signature; its author may, at signing or later.

    :raises NotAllowed: to anybody but the author
    :raises Invalid: if that one may not sign
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.write_note")
    note = _waiting(act, patient_id, note_id, version, may_be_new=True)
    if note.recorded_by_id != act.by:
        raise NotAllowed("chart.write_note", _("Only the author asks for a second signature."))
    if not may_cosign(act, cosigner_id):
        raise Invalid(cosigner=_("Choose somebody who may sign notes of others, and not yourself."))
    note.needs_cosign, note.cosigner_id = True, cosigner_id
    note.save(update_fields=["needs_cosign", "cosigner"])
    announce(
        act,
        CosignAsked(
            patient_id=patient_id, note_id=note.id, practitioner_id=cosigner_id, encounter_id=note.encounter_id
        ),
    )
    return note


def _waiting(act: Act, patient_id: UUID, note_id: UUID, version: int, *, may_be_new: bool = False) -> Note:
    require_open(act, patient_id)
    rows = Note.objects.of_patient(act, patient_id).valid().filter(kind="consultation", status=Note.SIGNED)
    note = rows.select_for_update(no_key=True, of=("self",)).get(id=note_id)
    if note.version != version:
        raise Stale
    if note.cosigned_at is not None or not (note.needs_cosign or may_be_new):
        raise NotWaiting
    return note
