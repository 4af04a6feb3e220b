"""How long a thing may wait, and who is told when nobody saw to it in time. Pure; the clock is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Rung = Literal["deputy", "head", "department"]

#: in this order more people are told; the last one is the owner's whole department
RUNGS: tuple[Rung, ...] = ("deputy", "head", "department")
KINDS = ("result", "cosign", "countersign", "missing", "message", "task", "follow-up", "referral")
#: given by a colleague in his own words; all others come of an act of another room, which they are about
BY_HAND = ("task", "follow-up", "referral")
#: end by the act itself (a signature, what was missing is recorded), never by being ticked off in the inbox
ENDS_ELSEWHERE = ("cosign", "countersign", "missing")
#: of results
MARKS = ("", "abnormal", "critical")
PRIORITIES = ("routine", "urgent", "asap", "stat")
#: FHIR Task.status
OPEN = ("requested", "accepted", "in-progress")
ENDED = ("completed", "cancelled")


@dataclass(frozen=True, slots=True)
class Ladder:
    """Minutes: until it is due, and from then on until each rung; a rung without is left out.

    :ivar due: of what is given no time of its own
    """

    due: int
    deputy: int | None
    head: int | None
    department: int | None

    def after(self, rung: Rung) -> int | None:
        """The minutes after the due time at which a rung is told; None where it never is."""
        minutes: int | None = getattr(self, rung)
        return minutes


_HOUR, _DAY = 60, 1440

#: (kind, mark) -> what holds until a hospital says otherwise. A critical result is a matter of minutes (WHO and Joint Commission
#: NPSG.02.03.01 ask for a defined time; these are short ones), a verbal order is to be authenticated within a day or two.
DEFAULTS: Mapping[tuple[str, str], Ladder] = {
    ("result", "critical"): Ladder(15, 0, 15, 30),
    ("result", "abnormal"): Ladder(_DAY, 0, _DAY, 2 * _DAY),
    ("result", ""): Ladder(3 * _DAY, _DAY, 2 * _DAY, 4 * _DAY),
    ("cosign", ""): Ladder(2 * _DAY, 0, _DAY, 2 * _DAY),
    ("countersign", ""): Ladder(_DAY, 0, 12 * _HOUR, _DAY),
    ("missing", ""): Ladder(4 * _HOUR, None, _DAY, 2 * _DAY),
    ("message", ""): Ladder(_DAY, 0, _DAY, 2 * _DAY),
    ("task", ""): Ladder(7 * _DAY, _HOUR, _DAY, 2 * _DAY),
    ("follow-up", ""): Ladder(7 * _DAY, _DAY, 3 * _DAY, 7 * _DAY),
    ("referral", ""): Ladder(7 * _DAY, _DAY, 3 * _DAY, 7 * _DAY),
}


def ends_elsewhere(kind: str, route: str) -> bool:
    """Whether a task ends by an act of the room that put it alone: a signature, a record, or an answer with a page."""
    return kind in ENDS_ELSEWHERE or (kind == "referral" and bool(route))


def key_of(kind: str, mark: str) -> tuple[str, str]:
    """Which ladder holds for a task: only results have marks of their own."""
    return (kind, mark) if (kind, mark) in DEFAULTS else (kind, "")


def next_rung(ladder: Ladder, counted_from: datetime, climbed: int) -> tuple[int, datetime] | None:
    """The next rung as its place in `RUNGS`, and when it is told; None after the last one.

    :param counted_from: the due time, or since when somebody new has it
    :param climbed: how many rungs were told or passed by
    """
    for place in range(climbed, len(RUNGS)):
        minutes = ladder.after(RUNGS[place])
        if minutes is not None:
            return place, counted_from + timedelta(minutes=minutes)
    return None


def counted_anew(ladder: Ladder, due_at: datetime, at: datetime) -> datetime:
    """From when on the rungs count after somebody took it or was given it: a fresh while, and not before it is due."""
    return max(due_at, at + timedelta(minutes=ladder.due))


def urgency(priority: str, mark: str) -> str:
    """The priority of a result by its mark, where none is said: critical is at once, abnormal is urgent."""
    return {"critical": "stat", "abnormal": "urgent"}.get(mark, priority) if priority == "routine" else priority
