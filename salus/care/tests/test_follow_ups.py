"""Follow-ups: planned, told of once, on the desk's list until the patient has a time, over when the patient came."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from salus.care import services as care
from salus.care.models import FollowUp
from salus.care.queries.follow_ups import follow_ups_at_the_desk
from salus.care.rules.follow_ups import fits
from salus.care.tests.builders import SECRET, a_follow_up, a_visit
from salus.chart import services as chart
from salus.core.announce import run_waiting
from salus.core.errors import Invalid, NotAllowed
from salus.encounters import services as encounters
from salus.scheduling.services import booking
from salus.scheduling.tests.builders import a_schedule, an_appointment
from salus.ui import formatting
from tests.cast import form_key
from tests.statements import at_most


def today():
    return timezone.now().date()


def now_of(row):
    return FollowUp.objects.get(id=row.id)


def test_a_time_books_it_its_end_opens_it_again_and_a_visit_ends_it(cast):
    there = {"department_id": cast.departments["lab"].id}
    visit, schedule = a_visit(cast), a_schedule(cast, **there)
    soon, late = a_follow_up(cast, visit, days=10, **there), a_follow_up(cast, visit, days=900, **there)
    desk = cast.act("receptionist")
    assert [one.id for one in follow_ups_at_the_desk(desk, today())] == [soon.id]
    appointment = an_appointment(cast, schedule, visit.patient_id)
    run_waiting()
    assert (now_of(soon).status, now_of(soon).appointment_id) == ("booked", appointment.id)
    assert now_of(late).status == "planned", "it is due in three years, and this is another visit"
    assert not follow_ups_at_the_desk(desk, today())
    booking.cancel_appointment(desk, appointment_id=appointment.id, version=appointment.version, reason="pat")
    run_waiting()
    assert now_of(soon).status == "planned"
    encounters.start_encounter(desk, patient_id=visit.patient_id, **there)
    run_waiting()
    assert [now_of(one).status for one in (soon, late)] == ["done", "planned"]
    version = now_of(soon).version
    with pytest.raises(care.FollowUpOver):
        care.cancel_follow_up(cast.act("doctor"), follow_up_id=soon.id, version=version, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.filter(id=soon.id).update(status="planned")


def test_what_is_wrong_is_said(cast):
    visit = a_visit(cast)
    for wrong in ({"reason": " "}, {"due_on": today() - timedelta(days=1)}, {"due_on": today() + timedelta(days=4000)}):
        with pytest.raises(Invalid):
            a_follow_up(cast, visit, **wrong)
    with pytest.raises(NotAllowed):
        care.plan_follow_up(
            cast.act("receptionist"),
            **{"patient_id": visit.patient_id, "reason": "x", "due_on": today()},
            department_id=cast.departments["opd"].id,
        )


def test_which_visit_is_the_one_that_was_planned():
    day = today()
    assert fits(day, day + timedelta(days=10), day)
    assert not fits(day, day + timedelta(days=90), day + timedelta(days=50))
    assert fits(day, day + timedelta(days=90), day + timedelta(days=61))
    assert fits(day, day + timedelta(days=90), day + timedelta(days=200))


def test_the_pages(cast):
    """Planned in the chart; the desk sees who and when, never why, and takes it off with a reason."""
    visit, doctor, desk = a_visit(cast), cast.client("doctor"), cast.client("receptionist")
    plan = reverse("care:plan_follow_up", args=[visit.patient_id])
    note = chart.sign_note(
        cast.act("doctor"), patient_id=visit.patient_id, encounter_id=visit.id, version="", sections={"plan": "Rest"}
    )
    chart.add_addendum(cast.act("doctor"), patient_id=visit.patient_id, note_id=note.id, text="More.")
    with at_most(15):
        page = doctor.get(plan).content.decode()
    day = formatting.day(note.written_at)
    assert [page.count(f" · {one}</option>") for one in (day, f"{note.written_at:%Y-%m-%d}")] == [1, 0], "no addendum"
    back = f'href="{reverse("care:of_patient", args=[visit.patient_id])}" class="btn btn-quiet"><span>Cancel</span>'
    assert back in page
    said = form_key(patient_id=visit.patient_id, reason=SECRET, department=cast.departments["opd"].id)
    assert doctor.post(plan, said).status_code == 422
    due = (today() + timedelta(days=3)).isoformat()
    sent = doctor.post(plan, said | form_key(due_on=due))
    assert sent.status_code == 303, sent.content.decode()[-2000:]
    with at_most(15):
        assert SECRET in doctor.get(sent.headers["Location"]).content.decode()
    with at_most(12):
        page = desk.get(reverse("care:follow_ups")).content.decode()
    assert "ASHDOWN" in page
    assert f"MRN {formatting.mrn(visit.patient.mrn)}" in re.sub(r"<[^>]+>", "", page)
    assert SECRET not in page
    row = FollowUp.objects.get()
    cancel = reverse("care:cancel_follow_up", args=[row.id])
    assert desk.post(cancel, form_key(patient_id=visit.patient_id, version=1)).status_code == 422
    assert desk.post(cancel, form_key(patient_id=visit.patient_id, version=1, reason="Moved away.")).status_code == 303
    assert now_of(row).status == "cancelled"
