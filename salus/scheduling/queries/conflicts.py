"""What stands in the way of a time: everything, not the first thing only, and by name where the viewer may know."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Invalid, NotFound
from salus.scheduling.models import BOOK, VIEW, Appointment, is_desk
from salus.scheduling.queries.plans import Needed, Offering, clock_of, needed_at, offerings
from salus.scheduling.rules.calendar import Clock, Span, at, closed_on, minutes, slots_on
from salus.ui.formatting import full_name

#: an appointment outside of every session lasts so long unless said
USUAL = 20
#: nobody plans further ahead, and the calendar ends somewhere
FARTHEST = timedelta(days=10 * 366)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing in the way: `taken`, `outside`, `holiday`, `absent`, `kind`, `short` (a visit takes more slots than there are in
    a row) or `patient` (who is somewhere else then)."""

    kind: str
    what: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    who: str = ""

    @property
    def words(self) -> str:
        """What is said of it."""
        if self.kind == "patient" and not self.what:
            return _("The patient has another appointment then")
        return {
            "taken": _("%(what)s is taken"),
            "outside": _("%(what)s has no such time"),
            "holiday": _("Holiday: %(what)s"),
            "absent": _("%(what)s is away"),
            "short": _("%(what)s has not so much time in a row then"),
            "kind": _("%(what)s does not take this kind of visit then"),
            "patient": _("The patient has another appointment then: %(what)s"),
        }[self.kind] % {"what": self.what}


@dataclass(frozen=True, slots=True)
class Asked:
    """A time that somebody wants: who and what is needed for it, and what speaks against it before anything is tried."""

    schedule: Needed
    starts_at: datetime
    ends_at: datetime
    offering: Offering | None
    #: (schedule, places) of all that one booking takes
    needs: tuple[tuple[UUID, int], ...]
    names: dict[UUID, str]
    obstacles: tuple[Obstacle, ...]
    #: whether it lies in no session at all; a time across its slots is within
    is_outside: bool = False


def asked_of(
    act: Act,
    *,
    schedule_id: UUID,
    starts_at: datetime,
    service_code: str = "",
    also: Sequence[UUID] = (),
    length: int = 0,
) -> Asked:
    """Hold a wished time against plans, holidays and absences; two statements.

    :param also: rooms and devices beyond those that the session brings along
    :param length: minutes, where the time is in no session
    :raises NotFound: if there is no such schedule here
    :raises Invalid: for a time that is further ahead than anybody plans
    """
    act.require_for_some(VIEW, BOOK)
    if starts_at > act.at + FARTHEST:
        raise Invalid(starts_at=_("Choose a time within the next ten years."))
    clock, start = clock_of(act), minutes(starts_at)
    day = clock.day_of(start)
    known = offerings(act, first=day, until=day + timedelta(days=2), visit=service_code, needed_by=[schedule_id, *also])
    offered = [one for one in known if one.session.schedule_id == schedule_id]
    slots = {one: slots_on(one.session.plan, day, clock) for one in offered}
    offering = next((one for one, its in slots.items() if any(span[0] == start for span in its)), None)
    end = start + (offering.length if offering else length or max((one.visit for one in known), default=0) or USUAL)
    brought = dict(offering.session.also) if offering else {}
    things, holidays = needed_at(act, {schedule_id, *also, *brought}, day=day, since=start, until=end)
    if schedule_id not in things:
        raise NotFound
    schedule = things[schedule_id]
    needs = {one: brought.get(one, things[one].places) for one in things}
    if offering:
        needs[schedule_id] = offering.session.plan.places
    plans = [one.session.plan for one in offered if one.session.plan.holds_on(day)]
    is_outside = offering is None and not any(plan.keeps(clock.wall_of(start), end - start) for plan in plans)
    obstacles = []
    if offering is None:
        obstacles.append(Obstacle("outside", schedule.name))
    elif service_code and offering.service_codes and service_code not in offering.service_codes:
        obstacles.append(Obstacle("kind", schedule.name))
    if offering and not _has_in_a_row(slots[offering], start, end):
        obstacles.append(Obstacle("short", schedule.name))
    obstacles += [
        Obstacle("outside", things[one].name) for one in _shut(known, things, schedule_id, (start, end), clock)
    ]
    obstacles += [Obstacle("holiday", name) for name in holidays]
    obstacles += [Obstacle("absent", one.name) for one in things.values() if one.is_away]
    names = {one: thing.name for one, thing in things.items()}
    return Asked(
        schedule, at(start), at(end), offering, tuple(sorted(needs.items())), names, tuple(obstacles), is_outside
    )


def _has_in_a_row(slots: Sequence[Span], start: int, end: int) -> bool:
    """Whether neighbouring slots fill a time."""
    taken = [span for span in slots if start <= span[0] < end]
    return sum(until - since for since, until in taken) == end - start


def _shut(
    known: Sequence[Offering], things: Iterable[UUID], but: UUID, span: tuple[int, int], clock: Clock
) -> Iterator[UUID]:
    """The rooms and devices with hours of their own that do not hold the whole time."""
    start, end = span
    for thing in things:
        plans = [one.session.plan for one in known if one.session.schedule_id == thing]
        days = sorted({clock.day_of(start), clock.day_of(end - 1)})
        if thing != but and any(a < end and start < b for day in days for a, b in closed_on(plans, day, clock)):
            yield thing


# Whoever may book learns that a time is taken; by whom, and where a patient is meanwhile, only who sees that appointment.
_TAKEN = """
    SELECT 'taken', h.schedule_id, s.name, h.place, h.period, a.id {seen}, a.patient_id, p.family, p.given, p.mrn
    FROM scheduling_hold h JOIN scheduling_schedule s ON s.id = h.schedule_id
    LEFT JOIN scheduling_appointment a ON a.id = h.appointment_id
    LEFT JOIN patients_patient p ON p.id = a.patient_id
    WHERE h.schedule_id = ANY(%(wanted)s::uuid[]) AND h.period && tstzrange(%(since)s, %(until)s)
      AND h.released_at IS NULL AND (a.id IS NULL OR a.id IS DISTINCT FROM %(but)s::uuid)
    UNION ALL
    SELECT 'patient', a.schedule_id, s.name, 0, a.period, a.id {seen}, a.patient_id, p.family, p.given, p.mrn
    FROM scheduling_appointment a JOIN patients_patient p ON p.id = a.patient_id
    JOIN scheduling_schedule s ON s.id = a.schedule_id
    WHERE a.patient_id = %(patient)s AND a.period && tstzrange(%(since)s, %(until)s)
      AND a.status IN ('booked', 'arrived') AND a.voided_at IS NULL AND a.id IS DISTINCT FROM %(but)s::uuid
    ORDER BY 1, 5
"""


def obstacles_of(act: Act, asked: Asked, *, patient_id: UUID, but: UUID | None) -> list[Obstacle]:
    """All that stands in the way as far as can be seen before it is tried: the plan, who has it, where the patient is.

    :param but: the appointment that is being moved
    """
    return [*asked.obstacles, *taken_by(act, asked, full=None, patient_id=patient_id, but=but)]


def taken_by(
    act: Act, asked: Asked, *, full: Sequence[UUID] | None, patient_id: UUID, but: UUID | None
) -> list[Obstacle]:
    """Whoever has what is wanted, and where the patient is meanwhile, as far as this act sees them; notes whom it names.

    :param full: schedules of which no place was left; None counts heads, as far as can be seen
    :param but: the appointment that is being booked or moved
    """
    act.require_for_some(BOOK)
    values: dict[str, Any] = {
        "wanted": [one for one, _places in asked.needs] if full is None else list(full),
        "since": asked.starts_at,
        "until": asked.ends_at,
        "patient": patient_id,
        "but": but,
    }
    seen, more = _seen(act)
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN.format(seen=seen), values | more)
        rows = cursor.fetchall()
    if not rows:
        return []
    if full is None:
        full = [
            one for one, places in asked.needs if len({row[3] for row in rows if row[:2] == ("taken", one)}) >= places
        ]
    rows = [row for row in rows if row[0] == "patient" or row[1] in full]
    told = act.may("patients.find")
    found = []
    for kind, _schedule, name, _place, period, is_seen, patient, family, given, mrn in rows:
        is_named = told and is_seen and kind == "taken"
        who = f"{full_name(family, given)}, {mrn}" if is_named else ""
        if is_named:
            act.shows(patient)
        what = name if is_seen or kind == "taken" else ""
        found.append(Obstacle(kind, what, period.lower, period.upper, who))
    return found


def _seen(act: Act) -> tuple[str, dict[str, Any]]:
    """What follows an appointment's id where it is asked whether this act sees it, and its values: the desk those of its
    facility, as they stand there."""
    if is_desk(act):
        return "IS NOT NULL AND a.facility_id = %(here)s::uuid", {"here": act.facility_id}
    try:
        text, values = Appointment.objects.visible_to(act).values("id").query.sql_with_params()
    except EmptyResultSet:
        return "IS NULL AND false", {}
    named = {f"seen{n}": value for n, value in enumerate(values)}
    names = iter(named)
    return f"IN ({re.sub('%s', lambda _found: f'%({next(names)})s', text)})", named
