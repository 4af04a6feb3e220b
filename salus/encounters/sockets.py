"""What upper rooms add to the worklists: the next act on a row, and where whose day begins."""

from dataclasses import dataclass
from typing import Any


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


next_acts: list[NextAct] = []
focuses: list[Focus] = []
