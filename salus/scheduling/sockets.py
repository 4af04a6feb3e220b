"""What upper rooms do at a check-in, and offer where no time fits. Each plugs in when it is ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from salus.core.act import Act


@dataclass(frozen=True, slots=True)
class Instead:
    """Another way to help a patient for whom no time is found (the waiting list); shown to who has the right.

    :ivar address: of the patient and what was looked for (`service`, `specialty`, `schedule`, `department`: ids and codes), and
        the later appointment that an earlier one would replace (`replaces`)
    """

    label: Any
    icon: str
    right: str
    address: Callable[[UUID, Mapping[str, str]], str]


#: a page that checks in who has an appointment, by its id, and asks who it is; without one it is one click on the list
check_in_routes: list[str] = []
#: a paper that confirms an appointment, by its id
confirmation_routes: list[str] = []
when_nothing_fits: list[Instead] = []
_SAID = ("service", "specialty", "schedule", "department", "replaces")


def instead_of(act: Act, patient_id: UUID, asked: Mapping[str, Any]) -> list[tuple[Instead, str]]:
    """What this person may do instead, each with its address."""
    known = {name: str(asked[name]) for name in _SAID if asked.get(name)}
    return [(one, one.address(patient_id, known)) for one in when_nothing_fits if act.may(one.right)]
