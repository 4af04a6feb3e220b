"""What tests of care are made of."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from salus.care import services as care
from salus.care.models import FollowUp, Referral
from salus.care.services.referrals import Receiver
from salus.catalog.models import Orderable
from salus.chart.tests.builders import a_patient, a_visit
from salus.core.act import Act
from salus.encounters.models import Encounter
from tests.cast import Cast

SECRET = "Look at the lump again"

__all__ = ["SECRET", "a_follow_up", "a_kind", "a_patient", "a_referral", "a_visit", "other_doctor"]


def a_kind(code: str = "referral-test", **changes: Any) -> Orderable:
    """Something that a patient can be referred for."""
    values = {"name": "Referral: Pathology", "kind": "referral"} | changes
    return Orderable.objects.get_or_create(code=code, defaults=values)[0]


def other_doctor(cast: Cast) -> Act:
    """A doctor of another department, the laboratory."""
    return cast.act("pathologist", rights=cast.act("doctor").rights)


def a_referral(cast: Cast, visit: Encounter, to: Receiver | None = None, **changes: Any) -> Referral:
    """The doctor of outpatients asks the other department, unless told otherwise."""
    values = {"question": "Is it benign?", "orderable_id": a_kind().id} | changes
    return care.send_referral(
        cast.act("doctor"),
        patient_id=visit.patient_id,
        encounter_id=visit.id,
        to=to or Receiver(department_id=cast.departments["lab"].id),
        **values,
    )


def a_follow_up(cast: Cast, visit: Encounter, days: int = 30, **changes: Any) -> FollowUp:
    """The patient comes again to outpatients in so many days, unless told otherwise."""
    values = {
        "patient_id": visit.patient_id,
        "encounter_id": visit.id,
        "reason": SECRET,
        "due_on": timezone.now().date() + timedelta(days=days),
        "department_id": cast.departments["opd"].id,
    } | changes
    return care.plan_follow_up(cast.act("doctor"), **values)
