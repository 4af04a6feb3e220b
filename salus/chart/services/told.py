"""The history that the patient tells."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import HistoryTold
from salus.chart.models import Note
from salus.chart.signing import clean, sign
from salus.chart.standing import lock_patient, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, Stale
from salus.patients.access import FIND, OPEN

#: What a patient is asked when registering. The told allergies stay words until a clinician records them.
TOLD = (
    *("past_illnesses", "operations", "medicines", "allergies", "family"),
    *("smoking", "smoking_detail", "alcohol", "alcohol_detail", "occupation", "told_by"),
)


@transaction.atomic
def record_told_history(act: Act, *, patient_id: UUID, base: str, sections: Mapping[str, str]) -> Note:
    """Keep the history that the patient tells; the newest telling is the one that is shown, the older ones stay.

    :param base: id of the telling that the asker had before him; empty where there was none
    :raises Stale: if somebody wrote down a newer one since
    :raises Invalid: if nothing was told
    """
    act.require("chart.record_told_history")
    if patient_id not in act.trace.made:  # a patient whom this act has registered has no other telling
        standing(act, patient_id, to=OPEN if act.may("patients.open") else FIND)
        lock_patient(patient_id)
        tellings = Note.objects.valid().filter(patient_id=patient_id, kind="history").order_by("-written_at", "-id")
        newest = tellings.values_list("id", flat=True).first()
        if str(newest or "") != base:
            raise Stale
    said = {name: text for name, text in clean(sections, TOLD).items() if text}
    if not set(said) - {"told_by"}:
        raise Invalid(past_illnesses=_("Write down what the patient tells."))
    note = Note(patient_id=patient_id, status=Note.SIGNED, kind="history", sections=said)
    sign(act, note)
    announce(act, HistoryTold(patient_id=patient_id, note_id=note.id))
    return note
