"""Acts on the calendar: who is away when, and on which days the facility keeps no schedule."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.places.models import Facility
from salus.scheduling.changing import refuse_if_touched, schedule_locked
from salus.scheduling.facts import HolidayChanged, ScheduleChanged
from salus.scheduling.models import MANAGE, Absence, Holiday
from salus.scheduling.queries.touched import touched_ids


@transaction.atomic
def record_absence(
    act: Act,
    *,
    schedule_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    note: str = "",
    accept_touched: bool = False,
) -> Absence:
    """Write down when a schedule is not kept.

    :raises TouchesPatients: if patients are booked then, unless that is accepted
    :raises Invalid: if it ends before it begins
    """
    act.require(MANAGE)
    schedule = schedule_locked(act, schedule_id)
    if ends_at <= starts_at:
        raise Invalid(last_on=_("It would end before it began."))
    if reason not in dict(Absence.REASONS):
        raise Invalid(reason=_("Choose why."))
    before = touched_ids(act, schedule.id)
    period = DateTimeTZRange(starts_at, ends_at)
    absence = Absence(schedule=schedule, period=period, reason=reason, note=note.strip(), recorded_by_id=act.by)
    try:
        with transaction.atomic():
            absence.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("This absence is written down already.")) from error
    refuse_if_touched(act, schedule.id, before, accept_touched)
    announce(act, ScheduleChanged(schedule_id=schedule.id, change="absent"))
    return absence


@transaction.atomic
def withdraw_absence(act: Act, *, absence_id: UUID, version: int) -> Absence:
    """Say that somebody is there after all.

    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    found = Absence.objects.select_for_update(of=("self",)).filter(id=absence_id, schedule__facility_id=act.here)
    absence = found.first()
    if absence is None:
        raise NotFound
    if absence.version != version:
        raise Stale
    absence.withdrawn_at = act.at
    absence.save(update_fields=["withdrawn_at"])
    announce(act, ScheduleChanged(schedule_id=absence.schedule_id, change="back"))
    return absence


@transaction.atomic
def declare_holiday(act: Act, *, on: date, name: str, accept_touched: bool = False) -> Holiday:
    """Add a day to the facility's calendar on which no schedule is kept.

    :raises TouchesPatients: if patients are booked on that day, unless that is accepted
    :raises Conflict: if the day is a holiday already
    """
    act.require(MANAGE)
    # Bookings hold the facility in share mode: whoever is about to be booked on that day is seen here.
    Facility.objects.select_for_update(no_key=True).get(id=act.here)
    before = touched_ids(act)
    holiday = Holiday(facility_id=act.here, on=on, name=name.strip(), recorded_by_id=act.by)
    try:
        with transaction.atomic():
            holiday.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("This day is a holiday already."), on=_("This day is a holiday already.")) from error
    refuse_if_touched(act, None, before, accept_touched)
    announce(act, HolidayChanged(holiday_id=holiday.id, change="declared"))
    return holiday


@transaction.atomic
def withdraw_holiday(act: Act, *, holiday_id: UUID, version: int) -> Holiday:
    """Take a day out of the facility's calendar of holidays.

    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    holiday = Holiday.objects.select_for_update().filter(id=holiday_id, facility_id=act.here).first()
    if holiday is None:
        raise NotFound
    if holiday.version != version:
        raise Stale
    holiday.withdrawn_at = act.at
    holiday.save(update_fields=["withdrawn_at"])
    announce(act, HolidayChanged(holiday_id=holiday.id, change="withdrawn"))
    return holiday
