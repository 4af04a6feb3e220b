"""What is told by the clock."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from procrastinate.contrib.django import app

from salus.care.queries.days import today
from salus.care.queries.follow_ups import follow_ups_due
from salus.core.act import Act, system_act
from salus.lab.due import tests_waiting
from salus.messaging.queries.log import sources_known
from salus.places.models import Facility
from salus.portal.queries.record import shown_by_time
from salus.scheduling.queries.told import appointments_coming
from salus.scheduling.rules.reminders import reminder_due
from salus.workflows import telling

log = logging.getLogger(__name__)

RIGHTS = {"messaging.send", "scheduling.view", "lab.view", "care.follow_referral"}
#: a test is due when nobody has come so long after it was ordered; of older ones somebody decides
DUE, FORGOTTEN = timedelta(days=3), timedelta(days=30)
#: what came to be shown longer ago is no news
NEWS = timedelta(days=2)


@app.task(name="workflows.remind", queueing_lock="workflows.remind")
def remind(timestamp: int = 0, *, at: datetime | None = None) -> int:
    """Remind patients of what comes; returns of how many appointments. Late, twice or beside another: each is told once."""
    told = 0
    for facility_id in Facility.objects.values_list("id", flat=True):
        told += _remind_in(_act_in(facility_id, at or datetime.now(UTC)))
    return told


def _act_in(facility_id: UUID, at: datetime) -> Act:
    return system_act(rights=RIGHTS, door="job:remind", facility_id=facility_id, at=at)


def _remind_in(act: Act) -> int:
    leads = settings.SALUS_REMINDERS
    if not leads:
        return 0
    coming = appointments_coming(act, since=act.at, until=act.at + timedelta(hours=leads[0], minutes=1))
    due = [(one, when) for one in coming if (when := reminder_due(one.starts_at, one.known_since, act.at, leads))]
    sources = {f"scheduling.appointment:{one.id}#{telling.reminder_of(one.starts_at, when)}" for one, when in due}
    known = sources_known(act, sources)
    told = 0
    for one, when in due:
        if f"scheduling.appointment:{one.id}#{telling.reminder_of(one.starts_at, when)}" not in known:
            told += _told(telling.remind, _act_in(act.here, act.at), one, when)
    return told


def _told(tell: Callable[..., object], act: Act, *about: object) -> int:
    """1 if it could be told: what goes wrong with one is no reason to keep it from all after him."""
    try:
        tell(act, *about)
    except DatabaseError:
        raise
    except Exception as error:
        log.error("a patient could not be reminded", extra={"error": type(error).__name__})  # noqa: TRY400 - no words of his
        return 0
    return 1


@app.task(name="workflows.remind_of_tests", queueing_lock="workflows.remind_of_tests")
def remind_of_tests(timestamp: int = 0, *, at: datetime | None = None) -> int:
    """Remind patients once of tests that were ordered and for which they have not come; returns of how many orders."""
    told = 0
    for facility_id in Facility.objects.values_list("id", flat=True):
        act = _act_in(facility_id, at or datetime.now(UTC))
        waiting = tests_waiting(act, since=act.at - FORGOTTEN, until=act.at - DUE)
        known = sources_known(act, {telling.source_of_test_due(one) for one in waiting})
        for one in waiting:
            if telling.source_of_test_due(one) not in known:
                told += _told(telling.remind_of_tests, _act_in(facility_id, act.at), one)
    return told


@app.task(name="workflows.remind_of_follow_ups", queueing_lock="workflows.remind_of_follow_ups")
def remind_of_follow_ups(timestamp: int = 0, *, at: datetime | None = None) -> int:
    """Tell patients once of follow-ups that are due and have no time yet; returns of how many."""
    told = 0
    for facility_id in Facility.objects.values_list("id", flat=True):
        act = _act_in(facility_id, at or datetime.now(UTC))
        due = follow_ups_due(act, today(act))
        known = sources_known(act, {telling.source_of_follow_up(one.id) for one in due})
        for one in due:
            if telling.source_of_follow_up(one.id) not in known:
                told += _told(telling.remind_of_follow_up, _act_in(facility_id, act.at), one)
    return told


@app.task(name="workflows.tell_of_results", queueing_lock="workflows.tell_of_results")
def tell_of_results(timestamp: int = 0, *, at: datetime | None = None) -> int:
    """Tell patients of results that came to be shown by the facility's days, those of one hour at once; returns how often."""
    told = 0
    for facility_id in Facility.objects.values_list("id", flat=True):
        act = system_act(rights=RIGHTS | {"portal.release_result"}, door="job:remind", facility_id=facility_id,
                         at=at or datetime.now(UTC))  # fmt: skip
        until = act.at.replace(minute=0, second=0, microsecond=0)
        found = shown_by_time(act, since=until - NEWS, until=until)
        known = sources_known(act, {telling.source_of_results(*one) for one in found})
        for one in sorted(found, key=lambda row: (row[1], row[0])):
            if telling.source_of_results(*one) not in known:
                told += _told(telling.tell_of_results, _act_in(facility_id, act.at), *one)
    return told
