"""The patient asks the care team, at the patients' own door."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Conflict, Invalid, NotFound
from salus.inbox.models import ASK, Communication, Thread
from salus.inbox.sending import locked_thread, send, wrong_in

#: a patient writes so many in so long
_QUESTIONS, _DAY = 10, timedelta(days=1)


class TooManyQuestions(Conflict):
    """You have written often today. Please call us."""


@transaction.atomic
def ask_team(
    act: Act,
    *,
    patient_id: UUID,
    body: str,
    subject: str = "",
    department_id: UUID | None = None,
    thread_id: UUID | None = None,
) -> Communication:
    """The patient, or who stands for him, asks a department that cares for him, or goes on in a thread with it: it stands in
    the inbox of its people, who answer or give it on.

    :raises NotFound: for a thread that is not with this patient
    :raises TooManyQuestions: if that is more than somebody can mean to write in a day
    :raises Invalid: for what cannot be, with the field to mend
    """
    act.require_for(patient_id, ASK)
    thread = None
    if thread_id is not None:
        thread = locked_thread(Communication.objects.own(act, patient_id).filter(thread_id=thread_id))
        if thread is None:
            raise NotFound
        department_id = thread.parties[0]
    lately = Communication.objects.filter(patient_id=patient_id, is_from_patient=True, sent_at__gt=act.at - _DAY)
    if lately.count() >= _QUESTIONS:
        raise TooManyQuestions
    wrong = wrong_in(act, body, (), [department_id] if department_id else [], "routine", None)
    if "to" in wrong:
        wrong["department"] = wrong.pop("to")
    if thread is None and not 0 < len(subject.strip()) <= 200:
        wrong["subject"] = _("Say in one line what it is about.")
    if wrong or department_id is None:
        raise Invalid(**wrong)
    thread = thread or Thread.objects.create(
        facility_id=act.here,
        patient_id=patient_id,
        subject=subject.strip(),
        parties=[department_id],
        is_with_patient=True,
        begun_at=act.at,
        recorded_by_id=act.by,
    )
    act.shows(patient_id, action="write")
    return send(act, thread, body, (), [department_id], "routine", None, labels=thread.labels, is_from_patient=True)
