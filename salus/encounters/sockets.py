"""What upper rooms add to the worklists: the next act on a row, and where whose day begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from salus.core.act import Act


@dataclass(frozen=True, slots=True)
class NextAct:
    """The one next act of a row, for visits in one of `statuses`: a link to `route` (which takes `patient_id`), or a
    move of the visit to the state `move`.

    Of those that a person has the right for, the one with the lowest `order` is shown.
    """

    statuses: tuple[str, ...]
    right: str
    label: Any
    order: int
    route: str = ""
    move: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Focus:
    """Whoever has `right` finds the worklist opened at the filter `show`; `mine` narrows it to his or her own patients.

    The lowest `order` wins.
    """

    right: str
    show: str
    order: int
    mine: bool = False


class CheckInPart(Protocol):
    """A section of the check-in that an upper room owns (by what the patient was recognised).

    `template` is included with `part.form` and `part.found`, what `load` gave.
    """

    code: str
    template: str

    def form(self, data: Any = None) -> Any:
        """A Django form."""

    def load(self, act: Act, patient_id: UUID) -> Any:
        """What the section shows beside its fields."""

    def save(self, act: Act, *, encounter: Any, form: Any) -> None:
        """Keep what the valid form says, in the transaction of the check-in."""


next_acts: list[NextAct] = []
check_in_parts: list[CheckInPart] = []
#: where a check-in leads: the address that shows what came of it (a number), or nothing
after_check_in: list[Callable[[Act, UUID], str]] = []
focuses: list[Focus] = []
