"""Somebody decides what the sender could not: sent again, arrived after all, or given up."""

from uuid import UUID

from django.db import transaction

from salus.core.act import Act
from salus.core.announce import announce, defer
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.messaging.facts import MessageSentAgain, MessageSettled
from salus.messaging.models import MANAGE, Content, Message

PARKED = ("failed", "unknown")


class NothingLeft(Conflict):
    """What this message said is no longer kept. It cannot be sent again."""


class TooLate(Conflict):
    """This message says nothing new any more: its time is over."""


class NotParked(Conflict):
    """This message does not wait for a decision any more."""


@transaction.atomic
def send_again(act: Act, *, message_id: UUID, version: int) -> Message:
    """Have a message tried from the beginning that failed, or of which nobody could tell whether it arrived.

    :raises NotParked: if it is in another state by now
    :raises NothingLeft: if its text was forgotten
    :raises TooLate: if its time is over
    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    message = _locked(act, message_id, version)
    if message.expires_at and message.expires_at <= act.at:
        raise TooLate
    if not Content.objects.filter(id=message.id).exists():
        raise NothingLeft
    message.status, message.attempts, message.problem = "waiting", 0, ""
    message.retry_at = None
    message.due_at = min(message.due_at, act.at)
    message.save(update_fields=["status", "attempts", "problem", "retry_at", "due_at"])
    announce(act, MessageSentAgain(patient_id=message.patient_id, message_id=message.id))
    defer("messaging.send_message", queue="messages", message_id=str(message.id))
    return message


@transaction.atomic
def settle_message(act: Act, *, message_id: UUID, version: int, fate: str) -> Message:
    """Write down what became of a message that waits for a decision.

    :param fate: `arrived` (of one whose fate was unknown) or `given-up`
    :raises NotParked: if it is in another state by now
    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    message = _locked(act, message_id, version)
    if fate == "arrived" and message.status == "unknown":
        message.status, message.sent_at = "sent", act.at
    elif fate == "given-up":
        message.status = "given-up"
    else:
        raise Invalid(fate="")
    message.problem = ""
    message.save(update_fields=["status", "sent_at", "problem"])
    announce(act, MessageSettled(patient_id=message.patient_id, message_id=message.id, fate=fate))
    return message


def _locked(act: Act, message_id: UUID, version: int) -> Message:
    found = Message.objects.tended_by(act).filter(id=message_id)
    message = found.select_for_update(no_key=True).first()
    if message is None:
        raise NotFound
    if message.version != version:
        raise Stale
    if message.status not in PARKED:
        raise NotParked
    return message
