"""What people decide about messages: sent again, given up, other words, other hours, not wanted."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.messaging import sending, services
from salus.messaging.models import Content, Decline, Message, QuietHours, Wording
from salus.messaging.services.settling import NothingLeft, NotParked, TooLate
from salus.messaging.services.wordings import CannotBeSaid
from salus.messaging.tests.builders import NOON, Clock, a_message, somebody
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SALUS_DEMONSTRATION = True


@pytest.fixture
def unknown(cast):
    message = a_message(cast)
    message.status, message.problem = "unknown", "ReadTimeout"
    message.save(update_fields=["status", "problem"])
    message.refresh_from_db()
    return message


def facts() -> list[str]:
    return list(Fact.objects.filter(name__startswith="messaging.").order_by("id").values_list("name", flat=True))


# ---------------------------------------------------------------- what the sender could not decide


def test_a_message_is_sent_again_on_somebodys_word(cast, unknown):
    services.send_again(cast.act("administrator"), message_id=unknown.id, version=unknown.version)
    assert facts() == ["messaging.MessageSentAgain"]
    sending.send_all_due(Clock())
    unknown.refresh_from_db()
    assert unknown.status == "sent"


@pytest.mark.parametrize("role", ["receptionist", "doctor"])
def test_sending_again_needs_the_right(cast, unknown, role):
    with pytest.raises(NotAllowed):
        services.send_again(cast.act(role), message_id=unknown.id, version=unknown.version)


def test_what_changed_meanwhile_is_read_first(cast, unknown):
    with pytest.raises(Stale):
        services.send_again(cast.act("administrator"), message_id=unknown.id, version=unknown.version - 1)
    services.settle_message(cast.act("administrator"), message_id=unknown.id, version=unknown.version, fate="given-up")
    with pytest.raises(NotParked):
        services.send_again(cast.act("administrator"), message_id=unknown.id, version=unknown.version + 1)


def test_what_is_forgotten_or_too_late_is_not_sent_again(cast, unknown):
    act = replace(cast.act("administrator"), at=NOON)
    Message.objects.filter(id=unknown.id).update(expires_at=NOON - timedelta(minutes=1))
    version = Message.objects.get(id=unknown.id).version
    with pytest.raises(TooLate):
        services.send_again(act, message_id=unknown.id, version=version)
    Message.objects.filter(id=unknown.id).update(expires_at=None)
    Content.objects.all().delete()
    with pytest.raises(NothingLeft):
        services.send_again(act, message_id=unknown.id, version=version + 1)


@pytest.mark.parametrize(("fate", "status"), [("arrived", "sent"), ("given-up", "given-up")])
def test_somebody_says_what_became_of_it(cast, unknown, fate, status):
    services.settle_message(cast.act("administrator"), message_id=unknown.id, version=unknown.version, fate=fate)
    unknown.refresh_from_db()
    assert unknown.status == status
    assert facts() == ["messaging.MessageSettled"]


def test_another_hospitals_message_is_not_there(cast, unknown):
    with pytest.raises(NotFound):
        services.send_again(Cast("other").act("administrator"), message_id=unknown.id, version=unknown.version)


# ---------------------------------------------------------------- words and hours

SAID = {"template": "appointment-reminder", "language": "en", "channel": "sms"}


def test_the_hospitals_own_words_are_sent_until_they_are_reset(cast):
    admin = cast.act("administrator")
    services.change_wording(admin, **SAID, body="See you on {day}!")
    assert Content.objects.get(id=a_message(cast).id).body == "See you on Thursday, December 3, 2026!"
    assert services.change_wording(admin, **SAID, body="See you on {day}!") is None, "a repeat changes nothing"
    services.reset_wording(admin, **SAID)
    assert "We expect you" in Content.objects.get(id=a_message(cast).id).body
    assert facts() == ["messaging.WordingChanged", "messaging.WordingChanged"]


def test_words_in_a_language_that_salus_does_not_bring(cast):
    services.change_wording(cast.act("administrator"), **SAID | {"language": "sw"}, body="Tunakungoja {day}.")
    assert Content.objects.get(id=a_message(cast, somebody(language="sw")).id).body.startswith("Tunakungoja Alhamisi")


@pytest.mark.parametrize("body", ["Your {diagnosis} on {day}", "{code}", "", "{day.year}", "x" * 481])
def test_words_with_anything_else_in_them_are_refused(cast, body):
    with pytest.raises(CannotBeSaid):
        services.change_wording(cast.act("administrator"), **SAID, body=body)
    assert not Wording.objects.exists()


def test_the_database_has_one_wording_at_a_time(cast):
    row = {"facility_id": cast.facility.id, **SAID, "body": "x"}
    Wording.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wording.objects.create(**row)


def test_quiet_hours_are_the_facilitys(cast):
    services.set_quiet_hours(cast.act("administrator"), since=time(11), until=time(13))
    assert a_message(cast).due_at.hour == 13
    services.set_quiet_hours(cast.act("administrator"), since=time(0), until=time(0))
    assert a_message(cast).due_at == NOON
    assert QuietHours.objects.count() == 1
    with pytest.raises(NotAllowed):
        services.set_quiet_hours(cast.act("doctor"), since=time(1), until=time(2))


# ---------------------------------------------------------------- what somebody wants


def test_a_preference_is_kept_once_and_taken_back(cast):
    to, act = somebody(), cast.act("receptionist")
    for wanted in (False, False, True, True):
        services.set_preference(act, patient_id=to.id, channel="sms", purpose="reminders", wanted=wanted)
    assert facts() == ["messaging.PreferenceChanged"] * 2
    assert Decline.objects.get().ended_at is not None
    assert a_message(cast, to).channel == "sms"


@pytest.mark.parametrize(("channel", "purpose"), [("sms", "code"), ("sms", "staff"), ("pigeon", "news")])
def test_codes_cannot_be_declined(cast, channel, purpose):
    with pytest.raises(Invalid):
        services.set_preference(
            cast.act("receptionist"), patient_id=uuid7(), channel=channel, purpose=purpose, wanted=False
        )
