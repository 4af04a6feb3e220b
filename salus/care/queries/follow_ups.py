"""Follow-ups as the chart, the desk and the clock read them."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from salus.care.models import FollowUp
from salus.care.rules.follow_ups import FORGOTTEN, LEAD
from salus.core.act import Act

#: the desk sees what is due within so many days
AHEAD = timedelta(days=14)
_MOST = 200


def follow_ups_of(act: Act, patient_id: UUID) -> list[FollowUp]:
    """The patient's follow-ups, those to come first."""
    rows = (
        FollowUp.objects.of_patient(act, patient_id).valid().select_related("department", "practitioner", "appointment")
    )
    return list(rows.order_by("-due_on", "-id")[:50])


def follow_ups_at_the_desk(act: Act, today: date) -> list[FollowUp]:
    """What is due and not booked, the longest overdue first; without why."""
    rows = FollowUp.objects.at_the_desk(act).valid().filter(status="planned", due_on__lte=today + AHEAD)
    rows = rows.filter(patient__is_deceased=False, patient__merged_into=None)
    named = rows.select_related("patient", "department", "practitioner").defer("display", "note")
    found = list(named.order_by("due_on", "id")[:_MOST])
    act.shows(*(one.patient_id for one in found))
    return found


@dataclass(frozen=True, slots=True)
class Due:
    """A follow-up of which the patient is to be told."""

    id: UUID
    patient_id: UUID


def follow_ups_due(act: Act, today: date) -> list[Due]:
    """What the clock tells patients of in the act's facility: due soon or over, and not booked."""
    act.require("care.follow_referral")
    rows = FollowUp.objects.filter(facility_id=act.here, status="planned", voided_at=None)
    found = rows.filter(due_on__lte=today + LEAD, due_on__gte=today - FORGOTTEN).order_by("due_on", "id")
    return [Due(*one) for one in found.values_list("id", "patient_id")]
