"""What messaging asks of rooms that know people and places; `patients` plugs in. Each list holds exactly one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from salus.core.act import Act


@dataclass(frozen=True, slots=True)
class Place:
    """A facility as messages name it, and its clock."""

    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Who:
    """A recipient as the log shows him or her."""

    name: str
    sub: str = ""
    url: str = ""


#: the facility of an id
places: list[Callable[[UUID], Place]] = []
#: `(act, [(kind, id)])`: who they are, as far as the act may see it; each patient counts as shown
people: list[Callable[[Act, Iterable[tuple[str, UUID]]], Mapping[tuple[str, UUID], Who]]] = []
#: which messages an act may see, by `recipient_kind` and `recipient_id`
scopes: list[Callable[[Act], Q]] = []
#: the address of the page where somebody of this kind reads what a message is about; `portal` plugs in for patients
front_pages: dict[str, Callable[[], str]] = {}
