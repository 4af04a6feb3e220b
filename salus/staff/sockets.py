"""What upper rooms show on the page of a member of staff (who his or her patients are), and what a visit can be charged as."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from salus.staff.models import StaffMember


@dataclass(frozen=True, slots=True)
class ProfilePanel:
    """A panel of the profile page: `template` is included with `data` as `panel`."""

    order: int
    template: str
    load: Callable[[HttpRequest, StaffMember], Any]


#: what a visit can be charged as: (code, words); the room that knows the catalogue tells
fee_choices: list[Callable[[], Sequence[tuple[str, str]]]] = []

profile_panels: list[ProfilePanel] = []
