"""The one sender. It takes a message under a lease, talks to the other side in no transaction, and writes down what came of it.

Any number may run at once: a message is taken with SKIP LOCKED, and only when nothing older for the same person by the same
channel is open. Whoever is killed while talking leaves a lease that runs out: an e-mail is sent again (its Message-ID is the
same), of an SMS nobody can tell, so that a human decides.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction

from salus.core import crypto
from salus.messaging import sockets
from salus.messaging.channels import Answer, Browser, Parcel, Sender, in_use, sender_of
from salus.messaging.models import Content, Message, Peer, Subscription
from salus.messaging.queries.choosing import quiet_hours_of
from salus.messaging.rules import Attachment, timing
from salus.messaging.rules.kinds import KINDS
from salus.messaging.rules.packing import unpacked
from salus.messaging.second import pass_on

log = logging.getLogger(__name__)

#: longer than any way out may take: its timeouts add up to less
LEASE = timedelta(minutes=3)
Clock = Callable[[], datetime]

#: urgent ones first; of one person by one channel in the order in which they were queued
_NEXT = """
    SELECT m.id FROM messaging_message m
    WHERE m.status = 'waiting' AND m.channel = ANY(%(channels)s) AND m.due_at <= %(now)s
      AND (m.retry_at IS NULL OR m.retry_at <= %(now)s) AND (m.expires_at IS NULL OR m.expires_at > %(now)s)
      AND NOT EXISTS (
        SELECT FROM messaging_message e
        WHERE e.recipient_id = m.recipient_id AND e.channel = m.channel AND e.number < m.number
          AND e.is_urgent = m.is_urgent AND e.status IN ('waiting', 'sending') AND e.due_at <= %(now)s
          AND (e.expires_at IS NULL OR e.expires_at > %(now)s))
    ORDER BY m.is_urgent DESC, m.number LIMIT 1 FOR UPDATE OF m SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is this sender's for a while."""

    message: Message
    lease: UUID
    parcel: Parcel


def send_all_due(clock: Clock = lambda: datetime.now(UTC), *, chance: random.Random | None = None) -> int:
    """Send whatever is due, until nothing is; returns how many went out."""
    chance = chance or random.Random()  # noqa: S311 - jitter
    _take_back(clock())
    _let_go_what_is_late(clock())
    sent = 0
    while taken := _take(clock()):
        sender = sender_of(taken.message.channel)
        answer = _hand_over(sender, taken.parcel)
        sent += _settle(taken, answer, sender, clock(), chance)
    return sent


def _hand_over(sender: Sender | None, parcel: Parcel) -> Answer:
    if sender is None:
        return Answer("down", "not-set-up")
    try:
        return sender.send(parcel)
    except Exception as error:
        # A defect of ours: nobody can tell how far it came. Its words may hold an address.
        log.error("a channel raised %s", type(error).__name__)  # noqa: TRY400
        return Answer("unknown", type(error).__name__)


# ---------------------------------------------------------------- taking


def _take(now: datetime) -> Taken | None:
    """The next message that is due, leased; None if there is none."""
    while True:
        with transaction.atomic():
            found = _next(now)
            if found is None:
                return None
            message = Message.objects.select_related("content").get(id=found)
            if (later := _rings_at(message, now)) > now:
                message.due_at = later
                message.save(update_fields=["due_at"])
                continue
            lease = uuid4()
            message.status, message.lease, message.lease_until = "sending", lease, now + LEASE
            message.attempts += 1
            message.save(update_fields=["status", "lease", "lease_until", "attempts"])
            return Taken(message, lease, parcel_of(message))


def _next(now: datetime) -> UUID | None:
    paused = Peer.objects.filter(paused_until__gt=now).values_list("channel", flat=True)
    channels = sorted(in_use() - set(paused))
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"channels": channels, "now": now})
        row = cursor.fetchone()
    return row[0] if row else None


def _rings_at(message: Message, now: datetime) -> datetime:
    kind = KINDS.get(message.template)
    if message.is_urgent or message.channel not in timing.RINGS or (kind and kind.own_hours):
        return now
    return timing.after_quiet(now, *quiet_hours_of(message.facility_id))


def parcel_of(message: Message) -> Parcel:
    """The message opened for its way out."""
    content: Content = message.content
    return Parcel(
        id=message.id,
        address=content.address,
        subject=content.subject,
        body=content.body,
        files=files_of(content),
        facility=sockets.places[0](message.facility_id).name,
        language=message.language,
        browsers=_browsers_of(message) if message.channel == "push" else (),
    )


def _browsers_of(message: Message) -> list[Browser]:
    known = Subscription.objects.filter(recipient_kind=message.recipient_kind, recipient_id=message.recipient_id)
    return [Browser(one.id, one.endpoint, one.keys) for one in known.order_by("-made_at")]


def files_of(content: Content) -> list[Attachment]:
    """The files that go along."""
    if not content.files:
        return []
    return unpacked(crypto.open_sealed("messaging_content", "files", content.pk, bytes(content.files)))


# ---------------------------------------------------------------- what came of it


@transaction.atomic
def _settle(taken: Taken, answer: Answer, sender: Sender | None, now: datetime, chance: random.Random) -> int:
    """Write down what became of it; 1 if it went out. Nothing if the lease ran out meanwhile: somebody else decides."""
    mine = Message.objects.select_for_update(no_key=True).filter(id=taken.message.id, lease=taken.lease)
    message = mine.first()
    if message is None:
        return 0
    message.problem, message.way = answer.problem, sender.way if sender else ""
    well_at = _note_peer(message.channel, answer, now, chance)
    if answer.gone:
        Subscription.objects.filter(id__in=answer.gone).delete()
    if answer.fate == "sent":
        _end(message, "sent", sent_at=now, receipt=answer.receipt)
        _forget_secret(message)
    elif answer.fate == "refused":
        _end(message, _failed(message, now))
    elif answer.fate == "unknown" and not (sender and sender.is_safe_to_repeat):
        _end(message, "unknown")
    elif answer.fate == "down":
        # Nobody is reached just now: that is not this message's fault, and it is tried as long as it makes sense. Another
        # one's message comes first next time: the gateway may refuse this number alone.
        retry_at = well_at + timing.pause(1, chance)
        _end(message, "waiting", attempts=message.attempts - 1, retry_at=retry_at)
    elif message.attempts >= timing.ATTEMPTS:
        _end(message, _failed(message, now))
    else:
        wait = answer.wait or timing.pause(message.attempts, chance)
        _end(message, "waiting", retry_at=now + wait)
    return int(answer.fate == "sent")


def _failed(message: Message, now: datetime) -> str:
    """It waits for a decision, unless the person is reached by another way."""
    return "passed-on" if pass_on(message, now) else "failed"


def _end(message: Message, status: str, **more: object) -> None:
    values = {"status": status, "lease": None, "lease_until": None, **more}
    for name, value in values.items():
        setattr(message, name, value)
    message.save(update_fields=[*values, "problem", "way"])


def _forget_secret(message: Message) -> None:
    """A code that went out is nobody's to read again; only the demonstration has nowhere else to show it."""
    kind = KINDS.get(message.template)
    if kind and not kind.keeps and message.way != "demonstration":
        Content.objects.filter(id=message.id).delete()


def _note_peer(channel: str, answer: Answer, now: datetime, chance: random.Random) -> datetime:
    """A peer that cannot be reached is left alone for a while, by all messages; one that answers is well again.

    Returns from when on it may be asked.
    """
    if answer.fate != "down":
        Peer.objects.filter(channel=channel, failures__gt=0).update(
            failures=0, paused_until=None, problem="", failing_since=None
        )
        return now
    peer, _is_new = Peer.objects.select_for_update().get_or_create(channel=channel)
    peer.failures = min(peer.failures + 1, 1000)
    peer.problem, peer.failing_since = answer.problem, peer.failing_since or now
    peer.paused_until = now + (answer.wait or timing.peer_pause(peer.failures, chance))
    peer.save()
    return peer.paused_until


@transaction.atomic
def _take_back(now: datetime) -> None:
    """What a sender had who is gone: sent again where the receiver can tell, else a human decides."""
    left = Message.objects.filter(status="sending", lease_until__lt=now).select_for_update(skip_locked=True)
    for message in left.order_by("number"):
        sender = sender_of(message.channel)
        message.problem = "sender-died"
        is_safe = sender is not None and sender.is_safe_to_repeat
        _end(message, "waiting" if is_safe else "unknown")


@transaction.atomic
def _let_go_what_is_late(now: datetime) -> None:
    late = Message.objects.filter(status="waiting", expires_at__lte=now).select_for_update(skip_locked=True)
    for message in late.order_by("number"):
        message.problem = message.problem or "late"
        _end(message, "expired")
