"""What tests of messages are made of."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from salus.core.ids import uuid7
from salus.messaging import services
from salus.messaging.channels import Answer, Parcel
from salus.messaging.models import Message
from salus.messaging.rules import Recipient
from tests.cast import Cast

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def somebody(**changes: Any) -> Recipient:
    """A patient whom e-mail and SMS reach."""
    values: dict[str, Any] = {
        "kind": "patient",
        "id": uuid7(),
        "name": "Ann",
        "language": "en",
        "email": "ann@example.org",
        "phone": "+447700900123",
    }
    return Recipient(**(values | changes))


def a_message(cast: Cast, to: Recipient | None = None, **changes: Any) -> Message:
    """A reminder by SMS, queued at noon."""
    values: dict[str, Any] = {
        "source": f"test:{uuid7()}#reminder",
        "template": "appointment-reminder",
        "to": to or somebody(),
        "values": {"day": "2026-12-03", "time": "09:30"},
    }
    act = replace(cast.almighty(), at=changes.pop("at", NOON))
    made = services.queue_message(act, **(values | changes))
    assert made is not None
    return made


@dataclass
class Wire:
    """A way out whose other side answers as the test says, and remembers what it got."""

    answers: list[Answer] = field(default_factory=list)
    got: list[Parcel] = field(default_factory=list)
    way: str = "wire"
    is_safe_to_repeat: bool = False
    when_told: Callable[[Parcel], None] | None = None

    def send(self, parcel: Parcel) -> Answer:
        if self.when_told:
            self.when_told(parcel)
        answer = self.answers.pop(0) if self.answers else Answer("sent")
        if answer.fate == "sent":
            self.got.append(parcel)
        return answer


@dataclass
class Clock:
    """A clock that the test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


def ids(wire: Wire) -> list[UUID]:
    """What arrived, in order."""
    return [one.id for one in wire.got]
