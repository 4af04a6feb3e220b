"""The log: what was told to whom, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count

from salus.core.act import Act
from salus.core.errors import NotFound
from salus.messaging import sockets
from salus.messaging.models import MANAGE, READ, SEND, VIEW, Content, Message, Peer
from salus.messaging.rules.kinds import KINDS

PAGE = 100
#: filter -> the states that it shows
FILTERS: Mapping[str, tuple[str, ...]] = {
    "all": tuple(code for code, _label in Message.STATUSES),
    "waiting": ("waiting", "sending"),
    "sent": ("sent",),
    "failed": ("failed", "unreachable"),
    "unknown": ("unknown",),
    "other": ("expired", "declined", "withdrawn", "given-up", "passed-on"),
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """A message and to whom it went, as far as the act may see that."""

    message: Message
    who: sockets.Who


@dataclass(frozen=True, slots=True)
class Log:
    """Counts of every filter over so many days, and the rows that one shows."""

    counts: Mapping[str, int]
    rows: Sequence[LogRow]

    def count(self, show: str) -> int:
        """How many messages a filter has."""
        return sum(self.counts.get(status, 0) for status in FILTERS[show])


def log_of(act: Act, *, since: datetime, show: str = "all", channel: str = "") -> Log:
    """The messages since an instant, to people whom this act may see (without names to who minds the queue), the newest first.

    :param show: a key of FILTERS
    """
    act.require(VIEW)
    found = Message.objects.tended_by(act).filter(created_at__gte=since)
    if channel:
        found = found.filter(channel=channel)
    counts = dict(found.order_by().values_list("status").annotate(n=Count("id")))
    rows = found.filter(status__in=FILTERS[show]).order_by("-number")[:PAGE]
    return Log(counts, _named(act, list(rows)))


def messages_of(act: Act, kind: str, recipient_id: UUID, *, most: int = 50) -> list[Message]:
    """What was told to one person, the newest first."""
    act.require(VIEW)
    found = Message.objects.visible_to(act).filter(recipient_kind=kind, recipient_id=recipient_id)
    return list(found.order_by("-number")[:most])


def _named(act: Act, rows: Sequence[Message]) -> list[LogRow]:
    asked = {(one.recipient_kind, one.recipient_id) for one in rows}
    people = sockets.people[0](act, asked) if sockets.people and asked else {}
    nobody = sockets.Who("")
    return [LogRow(one, people.get((one.recipient_kind, one.recipient_id), nobody)) for one in rows]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of what happened to a message."""

    status: str
    problem: str
    at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Opened:
    """One message with everything that is known of it; the text only for who may read it, and while it is kept."""

    row: LogRow
    steps: Sequence[Step]
    content: Content | None


def message_opened(act: Act, message_id: UUID) -> Opened:
    """One message, its steps, and what it says.

    :raises NotFound: if there is none whose recipient this act may see
    """
    act.require(VIEW)
    message = Message.objects.visible_to(act).filter(id=message_id).first()
    if message is None:
        raise NotFound
    is_secret = not KINDS[message.template].keeps if message.template in KINDS else False
    may_read = act.may(READ) and (not is_secret or settings.SALUS_DEMONSTRATION)
    content = Content.objects.filter(id=message.id).first() if may_read else None
    if message.recipient_kind == "patient":
        act.shows(message.recipient_id)
    return Opened(_named(act, [message])[0], _steps(message), content)


def _steps(message: Message) -> list[Step]:
    """From the row's own history, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row->>'status', row->>'problem', valid_from, (row->>'attempts')::int "
            "FROM messaging_message_history WHERE row_id = %s ORDER BY version",
            [message.id],
        )
        before: list[Any] = [Step(*row) for row in cursor.fetchall()]
    return [*before, Step(message.status, message.problem, message.updated_at, message.attempts)]


def parked(act: Act) -> list[LogRow]:
    """What waits for somebody: it failed, or nobody can tell whether it arrived; the oldest first."""
    act.require(MANAGE)
    found = Message.objects.tended_by(act).filter(status__in=("failed", "unknown"))
    return _named(act, list(found.order_by("number")[:PAGE]))


def sources_known(act: Act, sources: Collection[str]) -> set[str]:
    """Which of these sources have a message already."""
    act.require(SEND)
    found = Message.objects.filter(facility_id=act.here, source__in=sources) if sources else Message.objects.none()
    return set(found.values_list("source", flat=True))


def troubled_peers(act: Act) -> list[Peer]:
    """The channels whose other side cannot be reached."""
    act.require_any(VIEW, MANAGE)
    return list(Peer.objects.filter(failures__gt=0).order_by("channel"))
