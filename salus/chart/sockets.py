"""What upper rooms say in a note and in the chart as it was, and what of theirs is marked. Each plugs in when it is ready."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from salus.core.act import Act


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a note may begin with, taken from the record: `{code}` in the default words of a section.

    `load(act, patient_id, encounter_id)` gives lines of text; without `right` there are none.
    """

    code: str
    label: Any
    right: str
    load: Callable[[Act, UUID, UUID | None], list[str]]


@dataclass(frozen=True, slots=True)
class PartThen:
    """A part of the chart as it was: `template` is included with what `load(act, patient_id, at)` gave as `panel`."""

    order: int
    right: str
    template: str
    load: Callable[[Act, UUID, datetime], Any]


@dataclass(frozen=True, slots=True)
class Markable:
    """Entries of an upper room that may be marked as sensitive.

    `along(act, row, before)` marks what says the same as a row, in the same act; `before` are the labels that it had. `page`
    names the route of one entry, which takes the ids of patient and entry.
    """

    model: type[Any]
    page: str
    along: Callable[[Act, Any, set[str]], None]


#: code -> phrase
phrases: dict[str, Phrase] = {}
parts_then: list[PartThen] = []
#: the word in the address of such an entry -> what it is
markable: dict[str, Markable] = {}


def offer_phrases(*offered: Phrase) -> None:
    """Let notes begin with these."""
    phrases.update({one.code: one for one in offered})
