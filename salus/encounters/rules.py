"""Judgement about visits: which state may follow which, how long is long, whose names are easily confused."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from anyascii import anyascii
from rapidfuzz.distance import JaroWinkler

#: From each state, the states that may follow (FHIR EncounterStatus). Whoever was triaged may be sent back to wait,
#: and what is over stays over: a mistaken end is a new visit or a voided one.
MOVES: dict[str, tuple[str, ...]] = {
    "planned": ("arrived", "cancelled"),
    "arrived": ("triaged", "in-progress", "cancelled"),
    "triaged": ("in-progress", "arrived", "cancelled"),
    "in-progress": ("finished", "triaged", "onleave"),
    "onleave": ("in-progress", "finished"),
}

#: Jaro-Winkler similarity from which two whole names are read as one by a hurried person.
ALIKE = 0.92

#: Waiting times at which a worklist turns amber and red. A convention of this house, not a clinical target.
LONG_WAIT, TOO_LONG_WAIT = timedelta(minutes=30), timedelta(minutes=60)

Tone = Literal["accent", "warning", "critical"]


def may_move(status: str, to: str) -> bool:
    """Whether a visit in one state may come to the other."""
    return to in MOVES.get(status, ())


def waiting_since(status: str, arrived_at: datetime | None, triaged_at: datetime | None) -> datetime | None:
    """From when a patient waits for the next person, or None when nobody is awaited."""
    if status == "arrived":
        return arrived_at
    return (triaged_at or arrived_at) if status == "triaged" else None


def wait_tone(span: timedelta) -> Tone:
    """How a wait of this length is shown."""
    if span >= TOO_LONG_WAIT:
        return "critical"
    return "warning" if span >= LONG_WAIT else "accent"


def similar_names(people: Iterable[tuple[object, str, str]]) -> set[object]:
    """Those of a list whose names may be taken for another's on it.

    :param people: (patient id, family name, given name); one patient may stand in the list twice
    :return: ids of all who have a double: the same family name and first letter, or nearly the same whole
    """
    distinct = {key: (_plain(family), _plain(given)) for key, family, given in people}
    found: set[object] = set()
    by_family: dict[str, list[tuple[object, str, str]]] = {}
    for key, (family, given) in distinct.items():
        # who is confused shares the first letters: without this a list of 500 needs 125,000 comparisons
        by_family.setdefault(family[:2], []).append((key, family, given))
    for group in by_family.values():
        found |= _alike(group)
    return found


def _alike(group: Sequence[tuple[object, str, str]]) -> set[object]:
    found: set[object] = set()
    for place, (key, family, given) in enumerate(group):
        for other, other_family, other_given in group[place + 1 :]:
            same = family == other_family and given[:1] == other_given[:1]
            if same or JaroWinkler.similarity(f"{family} {given}", f"{other_family} {other_given}") >= ALIKE:
                found |= {key, other}
    return found


def _plain(name: str) -> str:
    return anyascii(name).casefold().strip()
