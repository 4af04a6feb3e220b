"""The rules by which what nobody saw to is handed on, as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from salus.core.act import Act
from salus.inbox import rules
from salus.inbox.models import SET_UP, VIEW, Deputy, Head, Ladder
from salus.inbox.queries.listing import name_of
from salus.places.models import Department


@dataclass(frozen=True, slots=True)
class LadderLine:
    """One kind of task, with what holds here, and whether the facility said so."""

    kind: str
    mark: str
    ladder: rules.Ladder
    is_own: bool


def ladders(act: Act) -> list[LadderLine]:
    """What holds in this facility for each kind of task."""
    act.require(SET_UP)
    said = {(one.kind, one.mark): one.as_rule() for one in Ladder.objects.filter(facility_id=act.here)}
    return [LadderLine(*key, said.get(key, ladder), key in said) for key, ladder in rules.DEFAULTS.items()]


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A department, with who heads it."""

    department_id: UUID
    department: str
    practitioner_id: UUID | None
    name: str


def heads(act: Act) -> list[HeadLine]:
    """The open departments of this facility, with their heads."""
    act.require(SET_UP)
    rows = Head.objects.filter(department__facility_id=act.here, practitioner__isnull=False)
    known = {one.department_id: one.practitioner for one in rows.select_related("practitioner")}
    here = Department.objects.filter(facility_id=act.here, retired_at=None).order_by("name")
    found = []
    for place in here:
        head = known.get(place.id)
        found.append(HeadLine(place.id, place.name, head.id if head else None, name_of(head) if head else ""))
    return found


def deputies_of(act: Act) -> list[tuple[Deputy, str]]:
    """Who stands in for oneself, now or later."""
    act.require(VIEW)
    if act.practitioner_id is None:
        return []
    rows = Deputy.objects.filter(facility_id=act.here, practitioner_id=act.practitioner_id, ended_at=None)
    return [
        (one, name_of(one.deputy))
        for one in rows.select_related("deputy").order_by("away_from", "id")
        if one.away_until is None or one.away_until > act.at
    ]
