"""What is known of who opened which record, for the judgement of what is unusual; and the alarms that were raised."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from salus.audit.models import Alarm
from salus.audit.queries.entries import names_of_patients, names_of_users
from salus.audit.rules.unusual import Doer, Opened, Whose, plain
from salus.core import crypto
from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.patients.models import Patient
from salus.staff.models import StaffMember

#: care is recorded around its time: somebody opens the record before the visit begins, and writes after it has ended
_BEFORE, _AFTER = "1 day", "7 days"
SHOWN = 200

#: `what` begins with `patient` where the address named one: somebody opened that record, rather than a list with it. Who watches
#: over access reads who opened it, and not the record; a copy or a paper of it is another matter
_OPENED = """
    SELECT e.id, e.happened_at, e.by_id, e.patient_id, e.facility_id, EXISTS (
        SELECT FROM patients_carerelation r
        LEFT JOIN staff_staffmember s ON s.user_id = e.by_id
        WHERE r.patient_id = e.patient_id AND r.voided_at IS NULL
          AND (r.practitioner_id = s.practitioner_id OR r.department_id = ANY (s.department_ids))
          AND r.started_at <= e.happened_at + %s::interval AND coalesce(r.ended_at, 'infinity') >= e.happened_at - %s::interval)
    FROM core_accessentry e
    WHERE e.id = ANY (%s) AND e.what LIKE 'patient%%' AND e.action <> 'refused' AND e.by_id <> %s
      AND NOT (e.purpose = 'HCOMPL' AND e.action IN ('read', 'write'))
    ORDER BY e.happened_at, e.id
"""


def opened_in(ids: Sequence[int]) -> dict[UUID | None, list[Opened]]:
    """Facility -> which of these entries are openings of one record, and what is known of both sides; five statements."""
    with connection.cursor() as cursor:
        cursor.execute(_OPENED, [_BEFORE, _AFTER, list(ids), SYSTEM])
        rows = cursor.fetchall()
    doers = _doers({row[2] for row in rows})
    patients = _patients({row[3] for row in rows})
    found: dict[UUID | None, list[Opened]] = {}
    for entry, at, by, patient, facility, related in rows:
        if patient in patients:
            one = Opened(entry, at, doers.get(by, Doer(by)), patients[patient], related)
            found.setdefault(facility, []).append(one)
    return found


def _doers(users: set[UUID]) -> dict[UUID, Doer]:
    rows = StaffMember.objects.filter(user_id__in=users).select_related("practitioner")
    return {row.user_id: _doer(row) for row in rows if row.user_id}


def _doer(row: StaffMember) -> Doer:
    assert row.user_id
    return Doer(row.user_id, row.practitioner.family, next(iter(_address_keys(row.practitioner.addresses)), None))


def _patients(ids: set[UUID]) -> dict[UUID, Whose]:
    staff = _staff_among(ids)
    rows = Patient.objects.filter(id__in=ids).only("id", "family", "addresses", "is_vip")
    return {
        row.id: Whose(
            row.id,
            row.family,
            frozenset(_address_keys(json.loads(row.addresses) if row.addresses else [])),
            staff.get(row.id),
            row.is_vip,
        )
        for row in rows
    }


def _staff_among(ids: set[UUID]) -> dict[UUID, UUID]:
    """Patients who work here -> their user."""
    rows = Patient.objects.filter(id__in=ids, staff_member__user__isnull=False)
    return dict(rows.values_list("id", "staff_member__user_id"))


def _address_keys(addresses: Iterable[Mapping[str, Any]]) -> Iterable[bytes]:
    """Blind indexes of where somebody lives: lines and place, so that nothing of an address leaves this job."""
    for one in addresses:
        lines = one.get("line") or []
        text = plain(" ".join([*lines, one.get("postalCode", ""), one.get("city", "")]))
        if lines:
            yield crypto.blind_index("residence", text)


@dataclass(frozen=True, slots=True)
class Shown:
    """An alarm with the names that belong to it."""

    alarm: Alarm
    who: str
    patient: str
    mrn: str


def alarms(act: Act, *, reviewed: bool) -> list[Shown]:
    """Alarms of this facility, the newest first: those that wait for a verdict, or those that have one."""
    act.require("audit.view_alarms")
    rows = Alarm.objects.filter(facility_id=act.here).order_by("-happened_at")
    rows = rows.exclude(verdict="") if reviewed else rows.filter(verdict="")
    return _shown(act, list(rows[:SHOWN]))


def alarm(act: Act, alarm_id: UUID) -> Shown | None:
    """One alarm of this facility, or None."""
    act.require("audit.view_alarms")
    rows = Alarm.objects.filter(facility_id=act.here, id=alarm_id)
    return next(iter(_shown(act, list(rows))), None)


def count_open(act: Act) -> int:
    """How many alarms wait for a verdict."""
    act.require("audit.view_alarms")
    return Alarm.objects.filter(facility_id=act.facility_id, verdict="").count()


def _shown(act: Act, rows: list[Alarm]) -> list[Shown]:
    users = names_of_users({row.by_id for row in rows})
    patients = names_of_patients(act, {row.patient_id for row in rows})
    act.shows(*patients)
    return [Shown(row, users.get(row.by_id, ""), *patients.get(row.patient_id, ("", ""))) for row in rows]
