"""What upper rooms say in a note and in the chart as it was. Each plugs in when it is ready."""

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


#: code -> phrase
phrases: dict[str, Phrase] = {}
parts_then: list[PartThen] = []


def offer_phrases(*offered: Phrase) -> None:
    """Let notes begin with these."""
    phrases.update({one.code: one for one in offered})
