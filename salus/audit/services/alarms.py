"""Alarms of unusual access: raised by the system over what was sealed, reviewed by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from django.db import transaction

from salus.audit.facts import AlarmRaised, AlarmReviewed
from salus.audit.models import Alarm
from salus.audit.rules.unusual import Unusual
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, NotFound, Stale
from salus.patients.models import Patient


class AlreadyReviewed(Conflict):
    """Somebody has given a verdict on this already."""


class OwnAlarm(Conflict):
    """Nobody gives a verdict on what he or she did, nor on who looked at his or her own record: ask a colleague."""


@transaction.atomic
def raise_alarms(act: Act, *, unusual: Sequence[Unusual]) -> int:
    """Raise what is not raised yet (one alarm of a kind for a person, a patient and a day); returns how many."""
    act.require("audit.raise_alarm")
    raised = 0
    for one in unusual:
        day = one.at.astimezone(UTC).date()
        alarm, is_new = Alarm.objects.get_or_create(
            kind=one.kind,
            by_id=one.by,
            patient_id=one.patient_id,
            day=day,
            defaults={
                "facility_id": act.facility_id,
                "entry_id": one.entry,
                "happened_at": one.at,
                "count": one.count,
            },
        )
        if is_new:
            raised += 1
            announce(act, AlarmRaised(alarm_id=alarm.id, kind=alarm.kind))
    return raised


@transaction.atomic
def review_alarm(act: Act, *, alarm_id: UUID, version: int, verdict: str, remark: str) -> Alarm:
    """Say what an alarm was about.

    :raises NotFound: if there is none here
    :raises OwnAlarm: if it is about what the doer did, or about his or her own record
    :raises AlreadyReviewed: if it has a verdict
    :raises Stale: if somebody changed it since it was read
    """
    act.require("audit.review_alarm")
    alarm = Alarm.objects.select_for_update().filter(id=alarm_id, facility_id=act.here).first()
    if alarm is None:
        raise NotFound
    if is_own(act, alarm=alarm):
        raise OwnAlarm
    if alarm.verdict:
        raise AlreadyReviewed
    if alarm.version != version:
        raise Stale
    alarm.verdict, alarm.remark = verdict, remark
    alarm.reviewed_by_id, alarm.reviewed_by_name, alarm.reviewed_at = act.by, act.by_name, act.at
    alarm.save(update_fields=["verdict", "remark", "reviewed_by_id", "reviewed_by_name", "reviewed_at"])
    announce(act, AlarmReviewed(alarm_id=alarm.id, verdict=verdict, patient_id=alarm.patient_id))
    return alarm


def is_own(act: Act, *, alarm: Alarm) -> bool:
    """Whether it is about what the doer of this act did, or about a look at his or her own record."""
    act.require_any("audit.view_alarms", "audit.review_alarm")
    if alarm.by_id == act.by:
        return True
    if act.staff_id is None or alarm.patient_id is None:
        return False
    return Patient.objects.filter(id=alarm.patient_id, staff_member_id=act.staff_id).exists()
