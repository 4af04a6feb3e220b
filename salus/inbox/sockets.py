"""What upper rooms tell the inbox: who is away, what a message or a task may be about, and where its labels stand."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.patients.access.labels import words_of

#: `away(act, practitioner_ids)`: those of them who are not at work at the act's time (leave, illness)
away: list[Callable[[Act, Collection[UUID]], Collection[UUID]]] = []


@dataclass(frozen=True, slots=True)
class Subject:
    """One entry of the record that a message or a task is about: its words, and the labels that it hands on."""

    words: str
    labels: Sequence[str]

    @property
    def marks(self) -> str:
        """Its labels in words."""
        return words_of(self.labels)


#: kind as a `source` begins -> `find(act, patient_id, entry_id)`, which raises NotFound for what the act may not read
subjects: dict[str, Callable[[Act, UUID, UUID], Subject]] = {}

#: kind as a `source` begins -> the model of such entries, on whose table the trigger `carry_labels` stands
labelled: dict[str, type[Any]] = {}
