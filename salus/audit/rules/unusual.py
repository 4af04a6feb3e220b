"""What is unusual about somebody having opened a record: pure judgement over what is known of both.

Each alarm says in words what was seen, never that somebody did wrong: that is for a person to find out.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

#: more records of people whom one does not care for, within an hour, than any work at a counter needs
MOST_IN_AN_HOUR = 60
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Doer:
    """Who opened a record: the user, the family name, the address (as a blind index)."""

    user_id: UUID
    family: str = ""
    address: bytes | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose record it is. `user_id` is that of a patient who works here."""

    patient_id: UUID
    family: str = ""
    addresses: frozenset[bytes] = frozenset()
    user_id: UUID | None = None
    is_vip: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening of one record. `related` is whether the doer, or the place of his or her work, cared for the patient."""

    entry: int
    at: datetime
    doer: Doer
    whose: Whose
    related: bool


@dataclass(frozen=True, slots=True)
class Unusual:
    """An alarm to be raised: its kind, by whom, about whom (None if about many), and the entry that shows it."""

    kind: str
    by: UUID
    patient_id: UUID | None
    entry: int
    at: datetime
    count: int = 1


def plain(text: str) -> str:
    """A name or an address for comparing: no accents, no punctuation, one case."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in bare if not unicodedata.combining(c)).split())


def about(one: Opened) -> Iterator[str]:
    """The kinds of alarm that one opening gives."""
    doer, whose = one.doer, one.whose
    if whose.user_id == doer.user_id:
        yield "own"
        return
    if one.related:
        return
    if doer.family and plain(doer.family) == plain(whose.family):
        yield "family"
    if doer.address and doer.address in whose.addresses:
        yield "address"
    if whose.user_id:
        yield "colleague"
    if whose.is_vip:
        yield "vip"


def found_in(opened: Sequence[Opened]) -> list[Unusual]:
    """All alarms of these openings, in the order of time."""
    single = (
        Unusual(kind, one.doer.user_id, one.whose.patient_id, one.entry, one.at)
        for one in opened
        for kind in about(one)
    )
    return [*single, *_too_many(opened)]


def _too_many(opened: Iterable[Opened]) -> Iterator[Unusual]:
    """Once for each run of openings that passes the limit, with how many there were at its height."""
    windows: Mapping[UUID, deque[Opened]] = defaultdict(deque)
    worst: dict[UUID, Unusual] = {}
    for one in sorted((one for one in opened if not one.related), key=lambda one: one.at):
        window = windows[one.doer.user_id]
        window.append(one)
        while window[0].at <= one.at - _HOUR:
            window.popleft()
        count = len({seen.whose.patient_id for seen in window})
        known = worst.get(one.doer.user_id)
        if count > MOST_IN_AN_HOUR and (known is None or count > known.count):
            worst[one.doer.user_id] = Unusual("many", one.doer.user_id, None, one.entry, one.at, count)
    yield from worst.values()
