"""Queueing: once for each source, by the channel that reaches the person, in his or her language, never at night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from salus.core.errors import NotAllowed
from salus.messaging import services
from salus.messaging.models import Content, Decline, Message
from salus.messaging.rules.wording import as_words
from salus.messaging.tests.builders import NOON, a_message, somebody


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SALUS_DEMONSTRATION = True


def test_it_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        services.queue_message(cast.act("doctor"), source="x#y", template="news", to=somebody(), values={})


def test_it_is_written_down_and_a_job_is_deferred_with_ids_alone(cast):
    message = a_message(cast)
    assert (message.status, message.channel, message.purpose) == ("waiting", "sms", "reminders")
    content = Content.objects.get(id=message.id)
    assert content.address == "+447700900123"
    assert "Thursday, December 3, 2026" in content.body
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'messaging.send_message'")
        assert cursor.fetchall() == [(f'{{"message_id": "{message.id}"}}',)]


def test_a_repeat_queues_nothing(cast):
    to = somebody()
    a_message(cast, to, source="appointment:1#booked")
    again = services.queue_message(cast.almighty(), source="appointment:1#booked", template="news", to=to, values={})
    assert again is None
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "channel", "status"),
    [
        ({}, "sms", "waiting"),
        ({"phone": ""}, "email", "waiting"),
        ({"phone": "", "email": ""}, "", "unreachable"),
    ],
)
def test_the_first_channel_that_reaches_the_person_takes_it(cast, changes, channel, status):
    message = a_message(cast, somebody(**changes))
    assert (message.channel, message.status) == (channel, status)


def test_what_was_declined_goes_another_way_or_nowhere_and_urgent_passes(cast):
    to = somebody()
    for channel in ("sms", "email"):
        Decline.objects.create(recipient_kind="patient", recipient_id=to.id, channel=channel, purpose="reminders")
        expected = {"sms": ("email", "waiting"), "email": ("", "declined")}[channel]
        message = a_message(cast, to)
        assert (message.channel, message.status) == expected
    assert a_message(cast, to, urgent=True).channel == "sms"


@pytest.mark.parametrize("language", ["es", "fr", "de", "es-MX"])
def test_it_speaks_the_language_of_the_person(cast, language):
    message = a_message(cast, somebody(language=language))
    assert message.language == language[:2]
    assert "We expect you" not in Content.objects.get(id=message.id).body


def test_a_language_without_words_is_told_in_english(cast):
    assert a_message(cast, somebody(language="xx")).language == "en"


def test_nothing_rings_at_night_but_what_is_urgent(cast):
    night = datetime(2026, 12, 1, 23, tzinfo=UTC)  # the test's facility lives in UTC
    assert a_message(cast, at=night).due_at == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert a_message(cast, at=night, urgent=True).due_at == night
    assert a_message(cast, somebody(phone=""), at=night).due_at == night, "an e-mail does not ring"


def test_what_quiet_hours_make_too_late_is_said_to_be_so(cast):
    night = datetime(2026, 12, 1, 23, tzinfo=UTC)
    message = a_message(cast, at=night, expires_at=night + timedelta(hours=7))
    assert (message.status, message.problem) == ("expired", "quiet")


@pytest.mark.parametrize(
    "values",
    [
        {"diagnosis": "flu"},
        {"day": "soon"},
        {"time": "9:30 for your HIV test"},
        {"link": "https://elsewhere.example/"},
        {"code": "123456"},
    ],
)
def test_a_message_carries_nothing_but_what_its_gaps_take(cast, values):
    with pytest.raises(ValueError, match="gap") as refused:
        a_message(cast, values=values)
    assert "HIV" not in str(refused.value)


@pytest.mark.parametrize(("name", "shown"), [("x" * 200, "x" * 79 + "…"), ("two\nlines", "two lines"), ("\x07", "")])
def test_a_name_is_cut_to_its_gap_and_keeps_nobody_from_being_told(name, shown):
    assert as_words({"place": name, "code": "123456"}) == {"place": shown, "code": "123456"}


def test_where_the_hospital_has_no_way_out_nothing_is_queued(cast, settings):
    settings.SALUS_DEMONSTRATION = False
    act = replace(cast.almighty(), at=NOON)
    assert services.queue_message(act, source="x#y", template="news", to=somebody(), values={}) is None
    assert not Message.objects.exists()
