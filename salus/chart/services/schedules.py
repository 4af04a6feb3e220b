"""The hospital's vaccination schedule: each change makes the next version, and the one before stays as it was."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import VaccineScheduleChanged
from salus.chart.models import ScheduledDose, VaccineSchedule
from salus.chart.queries.schedules import schedule_in_force
from salus.chart.vaccination import NotASpan, disordered, span_of_words
from salus.chart.vaccines import BESIDE, add_lines, line_of
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, Stale
from salus.places.models import Facility

#: what the page of a line does not ask for: it stays as the line, or the series, had it
_NOT_ASKED = ("people_from", "people_until", "again", *BESIDE)


@transaction.atomic
def change_scheduled_dose(
    act: Act, *, schedule_id: UUID, group: str, dose: int, values: Mapping[str, str], why: str
) -> VaccineSchedule:
    """Say anew when one dose is due, or add the next dose of a group, or the first of a new one.

    :param values: the names of `ScheduledDose.DURATIONS` as `12 months - 4 days` or ISO 8601, and for a new group `group_name`
    :raises Invalid: for a duration that is none, or ages out of order; without `why`
    :raises Stale: if another version came into force since
    """
    act.require("chart.manage_vaccines")
    before = _before(act, schedule_id, why)
    lines = [line_of(row) for row in before]
    at = next((n for n, line in enumerate(lines) if (line["group"], line["dose"]) == (group, dose)), None)
    of_group = [n for n, line in enumerate(lines) if line["group"] == group]
    if at is None and dose != len(of_group) + 1:
        raise Invalid(dose=_("The next dose of this vaccine is number %(n)s.") % {"n": len(of_group) + 1})
    name = lines[of_group[0]]["group_name"] if of_group else values.get("group_name", "").strip()
    if not name or not group:
        raise Invalid(group_name=_("Say what it protects from."))
    said = {"source": act.by_name, "source_place": why.strip(), "source_opened": act.at.date()}
    line = {"group": group, "group_name": name, "dose": dose, **_spans(values), **said}
    like = lines[at if at is not None else of_group[-1]] if of_group else {}
    line |= {name: like[name] for name in _NOT_ASKED if name in like}
    if at is not None:
        lines[at] = line
    else:
        lines.insert(of_group[-1] + 1 if of_group else len(lines), line)
    return _publish(act, before, lines, f"{name} {dose}: {why.strip()}")


@transaction.atomic
def drop_scheduled_dose(act: Act, *, schedule_id: UUID, group: str, why: str) -> VaccineSchedule:
    """Take the last dose of a group off the schedule.

    :raises Stale: if another version came into force since
    """
    act.require("chart.manage_vaccines")
    before = _before(act, schedule_id, why)
    last = max((row for row in before if row.group == group), key=lambda row: row.dose, default=None)
    if last is None:
        raise Invalid(group=_("There is no such line."))
    lines = [line_of(row) for row in before if row is not last]
    return _publish(act, before, lines, f"{last.group_name} {last.dose}: {why.strip()}")


def _before(act: Act, schedule_id: UUID, why: str) -> Sequence[ScheduledDose]:
    list(Facility.objects.select_for_update(no_key=True).filter(id=act.here).values_list("id"))
    doses = schedule_in_force(act)
    if not doses or doses[0].schedule_id != schedule_id:
        raise Stale
    if not why.strip():
        raise Invalid(why=_("Say why it is changed, and by whose advice."))
    return doses


def _spans(values: Mapping[str, str]) -> dict[str, str]:
    spans: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name in ScheduledDose.DURATIONS:
        try:
            spans[name] = span_of_words(values.get(name, ""))
        except NotASpan:
            wrong[name] = _("Write it like 6 weeks, or 12 months - 4 days.")
    wrong |= {} if wrong else dict.fromkeys(disordered(spans), _("This is before the one that must come first."))
    if wrong:
        raise Invalid(**wrong)
    return spans


def _publish(
    act: Act, before: Sequence[ScheduledDose], lines: Sequence[Mapping[str, Any]], change: str
) -> VaccineSchedule:
    last = before[0].schedule
    newest = VaccineSchedule.objects.filter(facility_id=act.here).order_by("-number").first()
    schedule = VaccineSchedule.objects.create(
        facility_id=act.here,
        number=newest.number + 1 if newest else 1,
        name=last.name,
        change=change,
        until_age=last.until_age,
        published_at=act.at,
        recorded_by_id=act.by,
    )
    add_lines(act, schedule, lines)
    announce(act, VaccineScheduleChanged(schedule_id=schedule.id, number=schedule.number))
    return schedule
