"""With real sockets: the other side is away for an hour, refuses, hangs up, is silent. Nothing is lost, nothing comes twice,
and everybody gets his messages in order."""

import os
import random
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from django.db import connection

from salus.messaging import sending
from salus.messaging.models import Message, Peer
from salus.messaging.rules import Attachment, timing
from salus.messaging.tests.builders import Clock, Wire, a_message, somebody
from salus.messaging.tests.peers import Gateway, MailServer
from tests.ports import free_port
from tests.test_tls import a_certificate


@pytest.fixture
def ports(settings):
    """Where a mail server and a gateway would listen."""
    mail, sms = free_port(), free_port()
    plain = {"user": "", "password": "", "tls": "off", "timeout": 5.0}
    settings.SALUS_MAIL = {"host": "127.0.0.1", "port": mail, "sender": "salus@hospital.example", **plain}
    settings.SALUS_SMS = {
        "url": f"http://127.0.0.1:{sms}/send",
        "headers": {"Authorization": "Bearer s3cret"},
        "body": '{"to": "{to}", "text": "{text}", "id": "{id}"}',
        "receipt": "messages.0.id",
        "timeout": 0.5,
    }
    return mail, sms


def send(clock: Clock) -> int:
    return sending.send_all_due(clock, chance=random.Random(7))


def by_mail(cast: Any, to: Any, **changes: Any) -> str:
    """A message that goes by e-mail; returns its Message-ID."""
    return f"<{a_message(cast, to, **changes).id}@hospital.example>"


@pytest.mark.guarantee("R12")
def test_an_hour_without_a_mail_server_and_a_gateway(cast, ports):
    """Protects every message of a day on which the network was away: 0 lost, 0 twice, order kept for each person."""
    clock, people = Clock(), [somebody(email=f"p{n}@example.org", phone="") for n in range(4)]
    callers = [somebody(phone=f"+44770090012{n}", email="") for n in range(4)]
    mails: dict[str, list[str]] = {one.email: [] for one in people}
    texts: dict[str, list[str]] = {one.phone: [] for one in callers}
    while clock.now < Clock().now + timedelta(hours=1):
        for one, other in zip(people, callers, strict=True):
            mails[one.email].append(by_mail(cast, one, at=clock.now))
            texts[other.phone].append(str(a_message(cast, other, at=clock.now).id))
        assert send(clock) == 0
        clock.forward(minutes=12)
    assert Message.objects.exclude(status="waiting").count() == 0
    assert Message.objects.filter(attempts__gt=0).count() == 0, "a peer that is away is no message's fault"
    with MailServer().listening(ports[0]) as mail, Gateway().listening(ports[1]) as sms:
        clock.forward(minutes=timing._PEER_LONGEST.total_seconds() / 30)
        assert send(clock) == 40
        assert send(clock) == 0
    for address, expected in mails.items():
        assert [number for number, to in mail.took if to == address] == expected
    for number, expected in texts.items():
        assert [one for one, to, _text in sms.took if to == number] == expected
    assert Message.objects.exclude(status="sent").count() == 0
    assert Peer.objects.filter(failures__gt=0).count() == 0


@pytest.mark.guarantee("R12")
def test_a_mail_server_that_greylists_hangs_up_and_refuses(cast, ports):
    clock, to = Clock(), somebody(phone="")
    numbers = [by_mail(cast, to) for _ in range(3)]
    refused = by_mail(cast, somebody(phone="", email="nobody@example.org"))
    with MailServer(moods=["451", "drop"]).listening(ports[0]) as mail:
        for _ in range(4):
            send(clock)
            clock.forward(minutes=2)
        mail.moods.append("552")
    assert [number for number, _to in mail.inbox if number != refused] == numbers
    assert len(mail.took) == len(mail.inbox) + 1, "the one that was hung up on came twice, with one Message-ID"


def test_what_a_mail_server_refuses_for_good_has_failed(cast, ports):
    with MailServer(moods=["552"]).listening(ports[0]):
        message = a_message(cast, somebody(phone=""))
        send(Clock())
    message.refresh_from_db()
    assert (message.status, message.problem) == ("failed", "smtp-552")


def test_a_letter_is_what_a_mail_program_expects(cast, ports, settings, tmp_path, monkeypatch):
    """By STARTTLS, as every hospital sends it: nothing is told to a server whose certificate nobody vouches for."""
    file = Attachment("appointment.ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n")
    to, clock = somebody(phone="", language="de", email="ann@example.org"), Clock()
    certificate, key = a_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    settings.SALUS_MAIL |= {"tls": "starttls"}
    with MailServer(tls=tls).listening(ports[0]) as mail:
        by_mail(cast, to, attachments=[file])
        assert (send(clock), mail.took) == (0, [])
        assert Message.objects.get().problem == "SSLCertVerificationError"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        clock.forward(hours=1)
        assert send(clock) == 1
    letter: Any = message_from_bytes(mail.letters[0], policy=default)
    assert letter["To"] == "ann@example.org"
    assert letter["From"] == "Test hospital <salus@hospital.example>"
    assert letter["Subject"].startswith("Ihr Termin am Donnerstag")
    assert letter["Auto-Submitted"] == "auto-generated"
    text, ics = letter.walk() if not letter.is_multipart() else list(letter.iter_parts())
    assert "Wir erwarten Sie" in text.get_content()
    assert ics.get_content_type() == "text/calendar"
    assert ics["Content-Type"].params["method"] == "REQUEST"


@pytest.mark.guarantee("R12")
def test_a_gateway_that_is_busy_silent_or_refuses(cast, ports):
    """An SMS that the gateway may have is never sent again by itself; what it surely has not is."""
    clock, to = Clock(), somebody(email="")
    first, silent, refused, last = (a_message(cast, to).id for _ in range(4))
    with Gateway(moods=["503", "", "silent", "400"]).listening(ports[1]) as sms:
        for _ in range(6):
            send(clock)
            clock.forward(minutes=5)
    assert [one for one, _to, _text in sms.took] == [str(first), str(silent), str(last)]
    found = dict(Message.objects.values_list("id", "status"))
    assert found == {first: "sent", silent: "unknown", refused: "failed", last: "sent"}
    assert Message.objects.get(id=first).receipt == "g-1"
    assert sms.asked[0]["Authorization"] == "Bearer s3cret"


def test_a_text_that_would_break_out_of_the_template_stays_a_text(cast, ports):
    to = somebody(email="", name='Ann", "to": "+440000000000')
    with Gateway().listening(ports[1]) as sms:
        a_message(cast, to, values={"day": "2026-12-03", "time": "09:30", "place": 'Room "{id}" \\ {to}'})
        send(Clock())
    (_id, number, text) = sms.took[0]
    assert number == "+447700900123"
    assert 'Room "{id}" \\ {to}' in text


# ---------------------------------------------------------------- many senders, killed senders


@pytest.mark.race
def test_ten_senders_at_once_send_each_message_once_and_in_order(real_db, cast, monkeypatch):
    clock, people = Clock(), [somebody() for _ in range(5)]
    queued = {one.id: [] for one in people}
    monkeypatch.setattr("salus.messaging.services.queueing.in_use", lambda: frozenset({"sms", "email"}))
    for _ in range(8):
        for one in people:
            queued[one.id].append(a_message(cast, one).id)
    wire = Wire(when_told=lambda _parcel: time.sleep(0.002))
    monkeypatch.setattr("salus.messaging.sending.sender_of", lambda channel: wire)
    monkeypatch.setattr("salus.messaging.sending.in_use", lambda: frozenset({"sms", "email"}))

    def run(_n: int) -> None:
        try:
            while Message.objects.filter(status__in=("waiting", "sending")).exists():
                send(clock)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as many:
        list(many.map(run, range(10)))
    whose = dict(Message.objects.values_list("id", "recipient_id"))
    for one, expected in queued.items():
        assert [parcel.id for parcel in wire.got if whose[parcel.id] == one] == expected


_SENDER = "import django; django.setup(); from salus.messaging import sending; sending.send_all_due()"


@pytest.mark.race
@pytest.mark.slow
@pytest.mark.guarantee("R12")
def test_a_sender_that_is_killed_at_any_moment(real_db, cast, ports, settings):
    """kill -9 while it talks, before it and after it: an e-mail is read once, an SMS is sent once or a human is asked."""
    mail = {f"SALUS_MAIL_{name.upper()}": str(value) for name, value in settings.SALUS_MAIL.items() if value}
    mail["SALUS_MAIL_FROM"] = mail.pop("SALUS_MAIL_SENDER")
    mail["SALUS_MAIL_TIMEOUT"] = "5"
    sms = {"SALUS_SMS_URL": settings.SALUS_SMS["url"], "SALUS_SMS_BODY": settings.SALUS_SMS["body"]}
    people = [somebody(email=f"p{n}@example.org", phone="") for n in range(3)]
    callers = [somebody(phone=f"+44770090012{n}", email="") for n in range(3)]
    clock = Clock()
    mails = [(by_mail(cast, one, urgent=True), one.email) for _ in range(8) for one in people]
    texts = [(str(a_message(cast, one, urgent=True).id), one.phone) for _ in range(8) for one in callers]
    Message.objects.update(due_at=datetime(2026, 1, 1, tzinfo=UTC))
    chance, killed = random.Random(3), 0
    letters, gateway = MailServer(slow=0.02), Gateway(slow=0.02)
    with letters.listening(ports[0]), gateway.listening(ports[1]):
        for _ in range(6):
            begun = len(letters.took) + len(gateway.took)
            process = subprocess.Popen([sys.executable, "-c", _SENDER], env=os.environ | mail | sms)
            wanted, until = begun + chance.randint(1, 8), time.monotonic() + 30
            while len(letters.took) + len(gateway.took) < wanted and time.monotonic() < until:
                time.sleep(0.005)
                if process.poll() is not None:
                    break
            killed += process.poll() is None
            process.kill()
            process.wait()
            # what it had comes free when its lease runs out
            Message.objects.filter(status="sending").update(lease_until=clock.now - timedelta(days=1))
        for _ in range(4):
            send(clock)
            clock.forward(minutes=5)
    assert killed >= 3, "it was killed while it worked"
    assert sorted(letters.inbox) == sorted(mails)
    for one in people:
        assert [pair for pair in letters.inbox if pair[1] == one.email] == [p for p in mails if p[1] == one.email]
    sent = [(number, to) for number, to, _text in gateway.took]
    assert len(sent) == len(set(sent)), "no telephone rings twice for one message"
    fates = {
        str(number): status for number, status in Message.objects.filter(channel="sms").values_list("id", "status")
    }
    assert set(fates.values()) <= {"sent", "unknown"}
    assert {number for number, _to in sent} >= {number for number, status in fates.items() if status == "sent"}
    for one in callers:
        assert [pair for pair in sent if pair[1] == one.phone] == [
            pair for pair in texts if pair[1] == one.phone and pair in sent
        ]
    assert not Message.objects.filter(status__in=("waiting", "sending")).exists()
