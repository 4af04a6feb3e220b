"""Something is told to somebody: the message is written down in the caller's transaction, and sent after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction

from salus.core import crypto
from salus.core.act import Act
from salus.core.announce import defer
from salus.messaging import sockets
from salus.messaging.channels import in_use
from salus.messaging.models import SEND, Content, Message, Subscription
from salus.messaging.queries.choosing import declined_by, languages_said, quiet_hours_of, words_for
from salus.messaging.rules import Attachment, Channel, Recipient, timing, wording
from salus.messaging.rules.kinds import KINDS, KindOfMessage, nudge
from salus.messaging.rules.packing import Other, packed
from salus.messaging.rules.wording import Words


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be told, as a door or a handler asked for it."""

    source: str
    template: str
    kind: KindOfMessage
    to: Recipient
    values: Mapping[str, str]
    urgent: bool
    not_before: datetime
    expires_at: datetime | None
    attachments: Sequence[Attachment]


@transaction.atomic
def queue_message(
    act: Act,
    *,
    source: str,
    template: str,
    to: Recipient,
    values: Mapping[str, str],
    urgent: bool = False,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    attachments: Sequence[Attachment] = (),
) -> Message | None:
    """Tell somebody something, by the first channel that reaches him or her and was not declined; sent after the commit.

    :param source: what it is about, `#`, and which of its messages it is: a repeat queues nothing
    :param values: what stands in the template's gaps (`rules.wording.GAPS`); days and times in ISO form,
        on the clock of the facility
    :param urgent: passes quiet hours and what was declined (a code that somebody waits for)
    :return: None for a repeat, or where the hospital has no way out at all; else the message, which may stand in the log as
        `unreachable` or `declined`
    :raises KeyError: for an unknown template
    :raises ValueError: for a value that no message may carry
    """
    act.require(SEND)
    kind = KINDS[template]
    place = sockets.places[0](act.here)
    site = settings.SALUS_URL
    usual = {"name": to.name, "facility": place.name, "link": _front_page(to)}
    told = wording.checked(wording.as_words(usual | dict(values)), allowed=kind.allowed, site=site)
    asked = Asked(source, template, kind, to, told, urgent, not_before or act.at, expires_at, attachments)
    ways, problem = _chosen(asked)
    if not ways and in_use() <= {"push"}:
        return None
    message = _written(act, asked, ways, problem)
    if message is None:
        return None
    if to.kind == "patient":
        act.shows(to.id, action="write")
    if kind.nudges and ways[:1] != ["push"] and "push" in in_use() and _is_subscribed(asked):
        _written(act, _as_nudge(asked), ["push"], "")
    return message


@transaction.atomic
def withdraw_messages(act: Act, *, about: str, template: str) -> int:
    """Take back what has not gone out yet: a reminder of a time that is no longer; returns how many.

    :param about: the part of `source` before `#`
    """
    act.require(SEND)
    those = Message.objects.filter(source__startswith=f"{about}#", template=template, facility_id=act.here)
    those = those.filter(status__in=("waiting", "failed", "sending", "unknown"))
    rows = list(those.select_for_update(no_key=True).order_by("number"))
    for one in rows:
        if one.status in ("waiting", "failed"):
            one.status = "withdrawn"
        else:  # it may have arrived; it is not sent another time
            one.expires_at = act.at
        one.save(update_fields=["status", "expires_at"])
    return sum(one.status == "withdrawn" for one in rows)


def _front_page(to: Recipient) -> str:
    page = sockets.front_pages.get(to.kind)
    return settings.SALUS_URL + (page() if page else "/")


def _chosen(asked: Asked) -> tuple[list[Channel], str]:
    """The channels that reach somebody, the first one first, or why there is none."""
    used = in_use()
    ways = [one for one in asked.kind.channels if one in used and asked.to.address(one)]
    if "push" in used and asked.kind.nudges and not ways and _is_subscribed(asked):
        ways = ["push"]
    if not ways:
        return [], "no-address"
    declined = set() if asked.urgent else declined_by(asked.to, asked.kind.purpose)
    left = [one for one in ways if one not in declined]
    return left, "" if left else "declined"


def _is_subscribed(asked: Asked) -> bool:
    if not asked.urgent and "push" in declined_by(asked.to, asked.kind.purpose):
        return False
    return Subscription.objects.filter(recipient_kind=asked.to.kind, recipient_id=asked.to.id).exists()


def _as_nudge(asked: Asked) -> Asked:
    return Asked(
        f"{asked.source}+push",
        asked.template,
        asked.kind,
        asked.to,
        {},
        asked.urgent,
        asked.not_before,
        asked.expires_at,
        (),
    )


def _written(act: Act, asked: Asked, ways: Sequence[Channel], problem: str) -> Message | None:
    """The message and its text; None if this source was told before."""
    channel = ways[0] if ways else ""
    due = max(asked.not_before, act.at)
    if channel in timing.RINGS and not (asked.urgent or asked.kind.own_hours):
        due = timing.after_quiet(due, *quiet_hours_of(act.here))
    message = Message(
        facility_id=act.here,
        source=asked.source,
        template=asked.template,
        purpose=asked.kind.purpose,
        language=wording.spoken(asked.to.language, languages_said(act.here, asked.template)),
        channel=channel,
        recipient_kind=asked.to.kind,
        recipient_id=asked.to.id,
        patient_id=asked.to.id if asked.to.kind == "patient" else None,
        is_urgent=asked.urgent,
        status="waiting" if channel else "declined" if problem == "declined" else "unreachable",
        problem=problem,
        due_at=due,
        expires_at=asked.expires_at,
        recorded_by_id=act.by,
    )
    if channel and asked.expires_at and due >= asked.expires_at:
        message.status, message.problem = "expired", "quiet" if due > asked.not_before else "late"
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        if Message.objects.filter(source=asked.source).exists():
            return None
        raise
    if message.status == "waiting":
        _keep_text(act, message, asked, ways)
        if due <= act.at:
            defer("messaging.send_message", queue="messages", message_id=str(message.id))
    return message


def _keep_text(act: Act, message: Message, asked: Asked, ways: Sequence[Channel]) -> None:
    words = _words(act, message, asked, ways[0])
    content = Content(id=message, address=asked.to.address(ways[0]), subject=words.subject, body=words.body)
    files = packed(asked.attachments) if asked.attachments and "email" in ways else ""
    if files and message.channel == "email":
        content.files = crypto.seal("messaging_content", "files", message.id, files)
    # A code is asked for again: it goes nowhere else by itself.
    if len(ways) > 1 and asked.kind.keeps:
        words = _words(act, message, asked, ways[1])
        other = Other(
            ways[1], asked.to.address(ways[1]), words.subject, words.body, files if ways[1] == "email" else ""
        )
        content.other = crypto.seal("messaging_content", "other", message.id, msgspec.json.encode(other).decode())
    content.save(force_insert=True)


def _words(act: Act, message: Message, asked: Asked, channel: Channel) -> Words:
    if channel == "push":
        return Words(nudge(message.language))
    words = words_for(act.here, asked.template, message.language, channel)
    return wording.filled(words, asked.values, language=message.language)
