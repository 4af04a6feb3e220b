"""Follow-ups that are due: the patient is told once, and not why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from salus.care import services as care
from salus.care.tests.builders import SECRET, a_follow_up, a_patient, a_visit
from salus.core.announce import run_waiting
from salus.messaging.models import Content, Message
from salus.workflows import jobs


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SALUS_DEMONSTRATION = True


def test_the_patient_is_told_once_when_it_is_due_and_not_why(cast):
    patient = a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]')
    row = a_follow_up(cast, a_visit(cast, patient), days=30)
    for days in (1, 20, 24, 25, 40):
        jobs.remind_of_follow_ups(at=timezone.now() + timedelta(days=days))
    (message,) = Message.objects.all()
    assert message.template == "follow-up-due"
    assert not Content.objects.filter(body__icontains=SECRET).exists()
    care.cancel_follow_up(cast.act("doctor"), follow_up_id=row.id, version=1, reason="Gone.")
    run_waiting()
    message.refresh_from_db()
    assert message.status == "withdrawn"
