"""The sender: order, pauses, leases, and what becomes of a message when the other side misbehaves."""

import random
from datetime import timedelta

import pytest
from django.db import connection

from salus.messaging import sending
from salus.messaging.channels import Answer
from salus.messaging.models import Content, Decline, Message, Peer
from salus.messaging.rules import Attachment, timing
from salus.messaging.tests.builders import Clock, Wire, a_message, ids, somebody


@pytest.fixture
def wire(monkeypatch):
    """The other side of every channel."""
    one = Wire()
    monkeypatch.setattr("salus.messaging.sending.sender_of", lambda channel: one)
    monkeypatch.setattr("salus.messaging.sending.in_use", lambda: frozenset({"sms", "email"}))
    monkeypatch.setattr("salus.messaging.second.in_use", lambda: frozenset({"sms", "email"}))
    monkeypatch.setattr("salus.messaging.services.queueing.in_use", lambda: frozenset({"sms", "email"}))
    return one


def send(clock):
    return sending.send_all_due(clock, chance=random.Random(1))


def test_to_one_person_in_the_order_in_which_they_were_queued(cast, wire):
    to, clock = somebody(), Clock()
    queued = [a_message(cast, to).id for _ in range(5)]
    assert send(clock) == 5
    assert ids(wire) == queued
    assert set(Message.objects.values_list("status", "way")) == {("sent", "wire")}


def test_a_message_that_is_put_off_holds_back_those_behind_it_but_nobody_else(cast, wire):
    to, clock = somebody(), Clock()
    first, second = a_message(cast, to).id, a_message(cast, to).id
    other = a_message(cast, somebody()).id
    wire.answers = [Answer("later", "smtp-451")]
    send(clock)
    assert ids(wire) == [other]
    clock.forward(minutes=1)
    send(clock)
    assert ids(wire) == [other, first, second]


def test_an_urgent_one_does_not_wait_behind_others(cast, wire):
    to, clock = somebody(), Clock()
    a_message(cast, to)
    urgent = a_message(cast, to, urgent=True).id
    send(clock)
    assert ids(wire)[0] == urgent


def test_it_is_tried_with_growing_pauses_then_given_up_and_shown(cast, wire):
    message, clock = a_message(cast, somebody(email="")), Clock()
    wire.answers = [Answer("later", "http-500")] * 100
    tried = []
    for _ in range(600):
        before = len(wire.answers)
        send(clock)
        if len(wire.answers) < before:
            tried.append(clock.now)
        clock.forward(seconds=20)
    message.refresh_from_db()
    assert (message.status, message.problem, message.attempts) == ("failed", "http-500", timing.ATTEMPTS)
    pauses = [after - before for before, after in zip(tried, tried[1:], strict=False)]
    assert len(tried) == timing.ATTEMPTS
    assert pauses == sorted(pauses)
    assert pauses[-1] > 20 * pauses[0]


def test_a_peer_that_is_away_costs_no_message_an_attempt(cast, wire):
    messages, clock = [a_message(cast, somebody()).id for _ in range(3)], Clock()
    wire.answers = [Answer("down", "ConnectError")] * 40
    for _ in range(60 * 12):
        send(clock)
        clock.forward(seconds=5)
        if not wire.answers:
            break
    assert Message.objects.filter(status="waiting", attempts=0).count() == 3
    assert Peer.objects.get(channel="sms").failing_since is not None
    clock.forward(minutes=3)
    assert send(clock) == 3
    assert ids(wire) == messages
    assert Peer.objects.get(channel="sms").failures == 0


def test_an_sms_whose_fate_nobody_knows_is_never_sent_again_by_itself(cast, wire):
    message, clock = a_message(cast), Clock()
    wire.answers = [Answer("unknown", "ReadTimeout")]
    send(clock)
    clock.forward(days=1)
    send(clock)
    message.refresh_from_db()
    assert (message.status, message.problem, wire.got) == ("unknown", "ReadTimeout", [])


def test_an_email_whose_fate_nobody_knows_is_sent_again(cast, wire):
    wire.is_safe_to_repeat = True
    message, clock = a_message(cast, somebody(phone="")), Clock()
    wire.answers = [Answer("unknown", "timeout")]
    send(clock)
    clock.forward(minutes=1)
    assert send(clock) == 1
    assert ids(wire) == [message.id]


@pytest.mark.parametrize(("is_safe", "becomes"), [(True, "sent"), (False, "unknown")])
def test_a_sender_that_died_while_talking(cast, wire, is_safe, becomes):
    wire.is_safe_to_repeat = is_safe
    message, clock = a_message(cast), Clock()

    def die(_parcel):
        raise KeyboardInterrupt

    wire.when_told = die
    with pytest.raises(KeyboardInterrupt):
        send(clock)
    wire.when_told = None
    message.refresh_from_db()
    assert message.status == "sending"
    clock.forward(minutes=1)
    assert send(clock) == 0, "the lease still runs"
    clock.now += sending.LEASE
    send(clock)
    message.refresh_from_db()
    assert message.status == becomes


def test_a_sender_that_comes_back_after_its_lease_changes_nothing(cast, wire):
    message, clock = a_message(cast), Clock()

    def late(_parcel):
        clock.now += sending.LEASE + timedelta(seconds=1)
        sending._take_back(clock.now)

    wire.when_told = late
    assert send(clock) == 0
    message.refresh_from_db()
    assert message.status == "unknown"


def test_what_expired_while_the_peer_was_away_is_not_sent(cast, wire):
    clock = Clock()
    message = a_message(cast, expires_at=clock.now + timedelta(minutes=30))
    wire.answers = [Answer("down", "ConnectError")]
    send(clock)
    clock.forward(minutes=31)
    send(clock)
    message.refresh_from_db()
    assert (message.status, wire.got) == ("expired", [])


def test_a_retry_does_not_ring_at_night(cast, wire):
    message, clock = a_message(cast), Clock()
    wire.answers = [Answer("down", "ConnectError")]
    send(clock)
    clock.forward(hours=10)
    send(clock)
    message.refresh_from_db()
    assert (message.status, message.due_at.hour, wire.got) == ("waiting", 8, [])


def test_a_code_is_forgotten_once_it_went_out(cast, wire):
    message = a_message(cast, template="code", values={"code": "123456", "minutes": "10"}, urgent=True)
    send(Clock())
    assert "123456" in wire.got[0].body
    assert not Content.objects.filter(id=message.id).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM messaging_message_history WHERE row::text LIKE '%%123456%%'")
        assert cursor.fetchone() == (0,)


def test_what_fails_for_good_goes_out_by_the_second_way_once_and_not_against_somebodys_will(cast, wire):
    """The log tells both; who has no other way, or declined it, waits for somebody's decision as before."""
    clock, to = Clock(), somebody()
    first, bare = a_message(cast, to), a_message(cast, somebody(email=""))
    unwilling = a_message(cast, keen := somebody())
    Decline.objects.create(recipient_kind="patient", recipient_id=keen.id, channel="email", purpose="reminders")
    wire.answers = [Answer("refused", "http-422")] * 4  # three by SMS, and the second way of the first
    send(clock)
    send(clock)
    rows = Message.objects.order_by("number").values_list("recipient_id", "channel", "status", "source")
    assert list(rows) == [
        (to.id, "sms", "passed-on", first.source),
        (bare.recipient_id, "sms", "failed", bare.source),
        (keen.id, "sms", "failed", unwilling.source),
        (to.id, "email", "failed", f"{first.source}+email"),
    ]
    second = a_message(cast, attachments=[Attachment("a.ics", "text/calendar", b"X")])
    wire.answers = [Answer("refused", "http-422")]
    assert send(clock) == 1
    assert (wire.got[-1].address, wire.got[-1].files[0].content) == ("ann@example.org", b"X")
    assert wire.got[-1].subject
    assert Message.objects.get(id=second.id).status == "passed-on"
