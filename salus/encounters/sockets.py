"""What upper rooms add to the worklists: the next act on a row, and where each role's day begins."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NextAct:
    """The one next act of a row: a link to `route` (which takes `patient_id`) for visits in one of `statuses`.

    Of those that a person has the right for, the one with the lowest `order` is shown.
    """

    statuses: tuple[str, ...]
    right: str
    label: Any
    route: str
    order: int
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Focus:
    """Whoever has `right` finds the worklist opened at the filter `show` (lowest `order` wins)."""

    right: str
    show: str
    order: int


next_acts: list[NextAct] = []
focuses: list[Focus] = []
