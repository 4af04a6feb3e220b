"""What one act tells is written together, and only what was not rolled back."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from salus.core.announce import announce, gathered
from salus.core.ids import uuid7
from salus.scheduling.facts import AppointmentFulfilled

pytestmark = pytest.mark.django_db


def told():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM core_fact ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def fails(act):
    with transaction.atomic():
        announce(act, AppointmentFulfilled(patient_id=uuid7(), appointment_id=uuid7()))
        raise LookupError


def test_facts_of_one_act_are_one_statement(cast):
    """Protects the budget of statements: a room that tells one thing more costs no statement more."""
    act = cast.act("doctor")
    with CaptureQueriesContext(connection) as asked, transaction.atomic(), gathered():
        for _ in range(3):
            announce(act, AppointmentFulfilled(patient_id=uuid7(), appointment_id=uuid7()))
        assert told() == []
    assert sum("INSERT INTO core_fact" in one["sql"] for one in asked) == 1
    assert told() == ["scheduling.AppointmentFulfilled"] * 3


def test_what_is_rolled_back_was_never_told(cast):
    """Protects the log of facts: a try that failed inside an act that goes on has not happened."""
    act = cast.act("doctor")
    kept = AppointmentFulfilled(patient_id=uuid7(), appointment_id=uuid7())
    with transaction.atomic(), gathered():
        with pytest.raises(LookupError):
            fails(act)
        announce(act, kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT patient_id FROM core_fact")
        assert cursor.fetchall() == [(kept.patient_id,)]


def test_an_act_that_fails_tells_nothing(cast):
    act = cast.act("doctor")
    with pytest.raises(LookupError):
        fails(act)
    with transaction.atomic():
        announce(act, AppointmentFulfilled(patient_id=uuid7(), appointment_id=uuid7()))
    assert told() == ["scheduling.AppointmentFulfilled"]
