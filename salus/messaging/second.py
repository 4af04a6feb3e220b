"""The second way: what failed for good by one channel goes out by the other one, once, if the person has it and wants it."""

from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction

from salus.core import crypto
from salus.messaging.channels import in_use
from salus.messaging.models import Content, Message
from salus.messaging.queries.choosing import declined_by, quiet_hours_of
from salus.messaging.rules import Recipient, timing
from salus.messaging.rules.kinds import KINDS
from salus.messaging.rules.packing import Other


def pass_on(message: Message, now: datetime) -> bool:
    """Queue the second way of a message that failed for good; whether there is one. It stands in the log as a message of its own,
    and has no second way itself."""
    content = Content.objects.filter(id=message.id).exclude(other=None).first()
    if content is None or content.other is None or (message.expires_at and message.expires_at <= now):
        return False
    sealed = crypto.open_sealed("messaging_content", "other", message.id, bytes(content.other))
    other = msgspec.json.decode(sealed, type=Other)
    whom = Recipient(message.recipient_kind, message.recipient_id)  # type: ignore[arg-type]
    declined = set() if message.is_urgent else declined_by(whom, message.purpose)
    return other.channel in in_use() - declined and _queued(message, other, now)


def _queued(first: Message, other: Other, now: datetime) -> bool:
    kind = KINDS.get(first.template)
    due = now
    if other.channel in timing.RINGS and not (first.is_urgent or (kind and kind.own_hours)):
        due = timing.after_quiet(due, *quiet_hours_of(first.facility_id))
    if first.expires_at and due >= first.expires_at:
        return False
    message = Message(
        facility_id=first.facility_id,
        source=f"{first.source}+{other.channel}",
        template=first.template,
        purpose=first.purpose,
        language=first.language,
        channel=other.channel,
        recipient_kind=first.recipient_kind,
        recipient_id=first.recipient_id,
        patient_id=first.patient_id,
        is_urgent=first.is_urgent,
        status="waiting",
        due_at=due,
        expires_at=first.expires_at,
        recorded_by_id=first.recorded_by_id,
    )
    content = Content(id=message, address=other.address, subject=other.subject, body=other.body)
    if other.files:
        content.files = crypto.seal("messaging_content", "files", message.id, other.files)
    try:
        with transaction.atomic():
            message.save(force_insert=True)
            content.save(force_insert=True)
    except IntegrityError:
        if Message.objects.filter(source=message.source).exists():
            return False
        raise
    return True
