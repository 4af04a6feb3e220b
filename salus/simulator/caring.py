"""The demonstration's care between visits: referrals in each state, follow-ups, a course of sessions, a plan with goals."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from salus.care import services as care
from salus.care.services.referrals import Receiver
from salus.catalog.models import Orderable
from salus.chart.services import record_condition
from salus.core.act import Act
from salus.encounters.models import Encounter

_FEW = 4


def care_for_a_few(as_: Callable[[str], Act]) -> None:
    """Some of those who are here go on being cared for; without the catalogue nobody is referred."""
    doctor, nurse = as_("doctor"), as_("nurse")
    here = Encounter.objects.filter(status="in-progress", department__code="opd").order_by("started_at", "id")
    visits = list(here[:_FEW])
    kind = Orderable.objects.filter(kind="referral", is_active=True).order_by("code").first()
    for n, visit in enumerate(visits):
        assert visit.department_id is not None
        of: dict[str, Any] = {"patient_id": visit.patient_id, "encounter_id": visit.id}
        to = Receiver(department_id=visit.department_id) if n % 2 else Receiver(outside="Dr Pea, Market Street")
        if kind:
            question = "Is an operation needed?"
            care.send_referral(doctor, orderable_id=kind.id, to=to, question=question, **of)
        care.plan_follow_up(
            doctor,
            reason="Look at the wound again",
            due_on=doctor.at.date() + timedelta(days=5 + 20 * n),
            department_id=visit.department_id,
            **of,
        )
    if visits:
        _treat(doctor, nurse, visits[0])


def _treat(doctor: Act, nurse: Act, visit: Encounter) -> None:
    assert visit.department_id is not None
    of: dict[str, Any] = {"patient_id": visit.patient_id, "encounter_id": visit.id}
    course = care.start_treatment(
        doctor,
        what="Physiotherapy, lower back",
        sessions=6,
        first_on=doctor.at.date() - timedelta(days=7),
        every_days=7,
        department_id=visit.department_id,
        **of,
    )
    care.give_session(nurse, session_id=course.sessions.get(number=1).id, note="Bears weight well.")
    pain = record_condition(doctor, code="M54.50", display="Low back pain, unspecified", **of)
    plan = care.draft_plan(doctor, title="Back pain", conditions=[pain.id], **of)
    care.add_goal(doctor, plan_id=plan.id, version=1, text="Walk without pain", target=Decimal(30), target_unit="min")
    care.add_activity(doctor, plan_id=plan.id, version=2, text="Exercises at home, every day")
    care.move_plan(doctor, plan_id=plan.id, version=3, status="active")
    care.keep_plan_as_template(doctor, plan_id=plan.id, title="Back pain")
    care.keep_treatment_as_template(doctor, treatment_id=course.id, title="Physiotherapy, lower back")
    care.add_member(doctor, patient_id=visit.patient_id, role="therapist", name="R. Lindqvist, physiotherapist")
