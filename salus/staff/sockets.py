"""What upper rooms show on the page of a member of staff (who his or her patients are)."""

from collections.abc import Callable
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


profile_panels: list[ProfilePanel] = []
