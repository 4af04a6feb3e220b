"""Referrals as lists and pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from salus.care.models import Referral
from salus.care.rules.referrals import OPEN, WITH_RECEIVER
from salus.catalog.models import Orderable
from salus.chart.models import Document, Note
from salus.core.act import Act
from salus.ui import formatting

#: so many rows of a list
MOST = 200


@dataclass(frozen=True, slots=True)
class Worklist:
    """What is open: what this person or department was asked, and what it has asked; the longest waiting first."""

    received: Sequence[Referral]
    sent: Sequence[Referral]


def open_worklist(act: Act) -> Worklist:
    """Open referrals to and from the act's practitioner and departments. One statement."""
    me = act.practitioner_id
    to_me = Q(to_department_id__in=act.places) | Q(to_practitioner_id=me, to_practitioner__isnull=False)
    from_me = Q(from_department_id__in=act.places) | Q(referrer_id=me, referrer__isnull=False)
    rows = list(_loaded(Referral.objects.visible_to(act).valid().filter(to_me | from_me, status__in=OPEN))[:MOST])
    act.shows(*(one.patient_id for one in rows))
    received = [one for one in rows if _is_to(act, one)]
    sent = [
        one for one in rows if not one.is_incoming and (one.referrer_id == me or one.from_department_id in act.places)
    ]
    return Worklist(received, sent)


def _is_to(act: Act, one: Referral) -> bool:
    is_asked = one.to_department_id in act.places or (
        one.to_practitioner_id is not None and one.to_practitioner_id == act.practitioner_id
    )
    return is_asked and (one.status in WITH_RECEIVER or one.is_incoming)


def referrals_of(act: Act, patient_id: UUID, limit: int = 50) -> list[Referral]:
    """The patient's referrals, newest first."""
    return list(_loaded(Referral.objects.of_patient(act, patient_id).valid()).order_by("-sent_at", "-id")[:limit])


def referral_of(act: Act, referral_id: UUID) -> Referral:
    """One referral with all that its page names.

    :raises Referral.DoesNotExist: if the act may not read it
    """
    rows = Referral.objects.visible_to(act).select_related(
        *("to_department", "to_practitioner", "from_department", "appointment", "answer_note", "answer_document")
    )
    return rows.get(id=referral_id)


def _loaded(rows: QuerySet[Referral]) -> QuerySet[Referral]:
    named = rows.select_related("patient", "to_department", "to_practitioner", "from_department")
    return named.order_by("status_at", "id")


def kinds_of_referral() -> list[tuple[str, str]]:
    """What can be asked for, as choices of a form."""
    rows = Orderable.objects.filter(kind="referral", is_active=True).order_by("name")
    return [(str(one), name) for one, name in rows.values_list("id", "name")]


def reports_to_choose(act: Act, patient_id: UUID) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The newest signed notes and documents of a patient, as choices of an answer. Two statements."""
    notes = Note.objects.of_patient(act, patient_id).valid().filter(signed_at__isnull=False, addendum_to=None)
    notes = notes.order_by("-signed_at")
    papers = Document.objects.of_patient(act, patient_id).valid().filter(kind=Document.KEPT).order_by("-at")
    told = [
        (str(one.id), f"{one.title or one.get_kind_display()} · {one.author_name} · {formatting.day(one.written_at)}")
        for one in notes.only("id", "title", "kind", "author_name", "written_at")[:20]
    ]
    kept = papers.only("id", "title", "display", "at")[:20]
    return told, [(str(one.id), one.title or one.display) for one in kept]
