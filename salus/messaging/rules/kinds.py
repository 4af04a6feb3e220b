"""The kinds of message that there are, and the words that come with Salus (`words/*.toml`)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from salus.messaging.rules.people import Channel
from salus.messaging.rules.wording import ALWAYS, Words, spoken

WORDS = Path(__file__).parent.parent / "words"
EMAIL: tuple[Channel, ...] = ("email", "sms")
SMS: tuple[Channel, ...] = ("sms", "email")
_TIME = frozenset({"day", "time", "place", "doctor"})


@dataclass(frozen=True, slots=True)
class KindOfMessage:
    """One kind of message.

    :ivar purpose: what somebody opts out of; `code` cannot be declined
    :ivar channels: in order: the first that reaches the person takes it
    :ivar nudges: whether subscribed browsers are told as well that there is something, without any of it
    :ivar own_hours: whether who asks for it minds when people are awake (the waiting list's own hours): it passes quiet hours
    :ivar keeps: whether its text is kept for the log; a code is forgotten once it went out
    """

    purpose: str
    gaps: frozenset[str]
    channels: tuple[Channel, ...] = EMAIL
    nudges: bool = False
    keeps: bool = True
    own_hours: bool = False

    @property
    def allowed(self) -> frozenset[str]:
        """The gaps that its words may have."""
        return self.gaps | ALWAYS


#: code of a template -> what it is
KINDS: Mapping[str, KindOfMessage] = {
    "appointment-booked": KindOfMessage("appointments", _TIME),
    "appointment-moved": KindOfMessage("appointments", _TIME | {"was_day", "was_time"}, nudges=True),
    "appointment-cancelled": KindOfMessage("appointments", frozenset({"day", "time"}), nudges=True),
    "appointment-cancelled-by-us": KindOfMessage("appointments", frozenset({"day", "time"}), SMS, nudges=True),
    "appointment-reminder": KindOfMessage("reminders", _TIME, SMS, nudges=True),
    "place-offered": KindOfMessage("offers", _TIME | {"until_day", "until_time"}, SMS, nudges=True, own_hours=True),
    "visit-due": KindOfMessage("reminders", frozenset()),
    "follow-up-due": KindOfMessage("reminders", frozenset()),
    "news": KindOfMessage("news", frozenset(), nudges=True),
    "access-given": KindOfMessage("access", frozenset(), nudges=True),
    "code": KindOfMessage("code", frozenset({"code", "minutes"}), SMS, keeps=False),
    "staff-urgent": KindOfMessage("staff", frozenset(), nudges=True),
}
#: what somebody may decline; a code that was asked for, that somebody was let into the record, and what is urgent to staff are
#: not among them
PURPOSES = ("appointments", "reminders", "offers", "news")


@cache
def languages() -> frozenset[str]:
    """The languages in which Salus brings words along."""
    return frozenset(path.stem for path in WORDS.glob("*.toml"))


@cache
def _said_in(language: str) -> dict[str, Any]:
    return tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))


def event_title(language: str, facility: str) -> str:
    """What stands in somebody's calendar: that there is an appointment, and where."""
    told: str = _said_in(spoken(language, set(languages())))["event"]
    return told.format(facility=facility)


def nudge(language: str) -> str:
    """All that web push ever says: that there is a message."""
    told: str = _said_in(spoken(language, set(languages())))["nudge"]
    return told


def is_language(code: str) -> bool:
    """Whether this may be the code of a language: two or three letters, as FHIR writes them."""
    return code.isascii() and code.isalpha() and code.islower() and len(code) in (2, 3)


def built_in(code: str, language: str, channel: str) -> Words:
    """The words that come with Salus: by e-mail with a greeting and who writes, else the bare text.

    :raises KeyError: if there is no such template
    """
    said = _said_in(language)
    body = said[code]["body"].strip()
    if channel == "email":
        return Words(f"{said['greeting']}\n\n{body}\n\n{said['signature']}", said[code]["subject"])
    return Words(f"{said['signature']}: {body}")
