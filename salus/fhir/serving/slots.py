"""Slot: what is free, reckoned when it is asked for. A slot's id says whose it is and when it begins; it is no row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from salus.core.act import Act
from salus.fhir.mapping.concepts import instant_text, reference_to, without_empty
from salus.fhir.serving.asked import Pair, printable
from salus.fhir.serving.instants import Span, span_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON
from salus.scheduling.models import Schedule
from salus.scheduling.queries.free import FreeSlot, Wish, availability
from salus.scheduling.queries.plans import clock_of
from salus.scheduling.rules.calendar import at, minutes

_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,9})")
#: what slots are searched by, and of which kind of parameter
PARAMS = {"_id": "token", "_lastUpdated": "date", "schedule": "reference", "start": "date", "service-type": "token",
          "specialty": "token", "status": "token"}  # fmt: skip
#: without a `start` the answer is of so many days; a longer time than the second is refused
DAYS, _MOST_DAYS = 14, 92
_MOST = 500
#: nobody plans for later; what is written for "never" would lead out of the calendar
_LAST = datetime(9999, 12, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Named:
    """What a slot's id says."""

    schedule_id: UUID
    starts_at: datetime


def slot_id(schedule_id: UUID, starts_at: datetime) -> str:
    """The id of a slot."""
    return f"{schedule_id.hex}-{minutes(starts_at)}"


def named(identity: str) -> Named:
    """Read a slot's id.

    :raises FhirError: 404 if it is none
    """
    match = _ID.fullmatch(identity)
    if match is None:
        raise FhirError(404, "There is no Slot with this id.")
    return Named(UUID(match[1]), at(int(match[2])))


def search(act: Act, pairs: Sequence[Pair], base_url: str) -> JSON:
    """The free slots that are asked for, the earliest first: `schedule`, `schedule.actor`, `start`, `service-type`,
    `specialty`, `status`, `_count`.

    :raises FhirError: 400 for what cannot be asked
    """
    act.require("scheduling.view")
    wish, spans, most = _wish(act, pairs)
    found = availability(act, wish, most=most).slots if wish is not None else []
    free = [one for one in found if all(_fits(one.starts_at, span) for span in spans)]
    entries = [_entry(one, base_url) for one in free]
    bundle: JSON = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    bundle["link"] = [{"relation": "self", "url": f"{base_url}/Slot"}]
    return bundle | ({"entry": entries} if entries else {})


def _wish(act: Act, pairs: Sequence[Pair]) -> tuple[Wish | None, list[Span], int]:
    said: dict[str, str] = {}
    spans: list[Span] = []
    for name, value in _with_ids(pairs):
        if name == "start":
            spans.append(span_of(value, "start"))
        elif name == "_lastUpdated":
            said[name] = "now" if _fits(act.at, span_of(value, name)) else "never"
        elif name in PARAMS or name in ("schedule.actor", "_count"):
            said[name] = value
        else:
            raise FhirError(400, f"There is no parameter {printable(name)} here.", code="not-supported")
    since, last = _bounds(act, spans)
    first, days = days_of(act, since, last)
    schedules = _schedules(act, said)
    nothing = said.get("status", "free") != "free" or schedules == () or said.get("_lastUpdated") == "never"
    wish = Wish(
        first,
        days,
        schedule_ids=schedules or (),
        service_code=said.get("service-type", ""),
        specialty=said.get("specialty", ""),
        since=since,
    )
    count = said.get("_count", "")
    return None if nothing else wish, spans, min(int(count), _MOST) if count.isascii() and count.isdigit() else 100


def _with_ids(pairs: Sequence[Pair]) -> list[Pair]:
    """An `_id` says whose the slot is and when it begins."""
    said: list[Pair] = []
    for name, value in pairs:
        match = _ID.fullmatch(value) if name == "_id" else None
        if match is not None:
            start = at(int(match[2]))
            said += [("schedule", str(UUID(match[1]))), ("start", f"{start:%Y-%m-%dT%H:%MZ}")]
        else:
            said.append(("status", "none") if name == "_id" else (name, value))
    return said


def _bounds(act: Act, spans: Sequence[Span]) -> tuple[datetime, datetime]:
    """What holds every start that is asked for."""
    first, last = act.at, None
    for span in spans:
        if span.prefix in ("ge", "gt", "sa", "eq", "ap"):
            first = max(first, span.start)
        if span.prefix in ("le", "lt", "eb", "eq", "ap"):
            last = span.end if last is None else min(last, span.end)
    return first, last or usual_end(first)


def usual_end(first: datetime) -> datetime:
    """Where a question ends that says no end."""
    return min(first, _LAST) + timedelta(days=DAYS)


def days_of(act: Act, first: datetime, last: datetime) -> tuple[date, int]:
    """The facility's days from one instant to another: the first, and how many.

    :raises FhirError: 400 for more than are looked through at once
    """
    if last - first > timedelta(days=_MOST_DAYS):
        raise FhirError(400, f"At most {_MOST_DAYS} days at once.", code="too-costly", expression="start")
    clock, first, last = clock_of(act), min(first, _LAST), min(last, _LAST)
    day = clock.day_of(minutes(first))
    return day, max(1, (clock.day_of(minutes(last)) - day).days + 1)


def _schedules(act: Act, said: dict[str, str]) -> tuple[UUID, ...] | None:
    """The schedules that are named; None for all, nothing for those that are not here."""
    rows = Schedule.objects.visible_to(act).current()
    if "schedule" in said:
        rows = rows.filter(id__in=[one for one in [_uuid(said["schedule"], "Schedule")] if one])
    if "schedule.actor" in said:
        rows = rows.filter(practitioner_id__in=[one for one in [_uuid(said["schedule.actor"], "Practitioner")] if one])
    return tuple(rows.values_list("id", flat=True)) if {"schedule", "schedule.actor"} & said.keys() else None


def _uuid(text: str, kind: str) -> UUID | None:
    try:
        return UUID(text.removeprefix(f"{kind}/"))
    except ValueError:
        return None


def _fits(start: datetime, span: Span) -> bool:
    after, before = start >= span.end, start < span.start
    inside = not after and not before
    return {
        "eq": inside, "ap": inside, "ne": not inside, "gt": after, "sa": after, "lt": before, "eb": before,
        "ge": not before, "le": not after,
    }[span.prefix]  # fmt: skip


def _entry(one: FreeSlot, base_url: str) -> JSON:
    identity = slot_id(one.schedule_id, one.starts_at)
    codes = [{"coding": [{"code": code}]} for code in one.offering.service_codes]
    resource = without_empty(
        {
            "resourceType": "Slot",
            "id": identity,
            "serviceType": codes,
            "specialty": [{"text": one.offering.specialty}] if one.offering.specialty else [],
            "schedule": (reference_to("Schedule", one.schedule_id) or {}) | {"display": one.offering.schedule},
            "status": "free",
            "start": instant_text(one.starts_at.astimezone(UTC)),
            "end": instant_text(one.ends_at.astimezone(UTC)),
        }
    )
    return {"fullUrl": f"{base_url}/Slot/{identity}", "resource": resource, "search": {"mode": "match"}}
