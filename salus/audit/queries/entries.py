"""Entries of the access log, found by patient, person, period, act and door, and sorted by any of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from salus.accounts.models import Device, User
from salus.accounts.queries import users_here
from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.patients.models import Patient
from salus.ui import formatting

#: rows of a page, and of an export
PAGE = 50
MOST_EXPORTED = 50_000
#: so many numbers at one end of the log are sorted before all others
_END = 200_000

#: what a person may sort by, in the order in which a page shows it -> by what the database sorts
SORTS = {
    "at": "written_at",
    "who": f"coalesce(by_id, '{UUID(int=0)}')",
    "patient": f"coalesce(patient_id, '{UUID(int=0)}')",
    **{
        name: f'{name} COLLATE "C"'
        for name in ("action", "door", "what", "purpose", "reason", "outcome", "device", "address")
    },
    "behalf": f"coalesce(on_behalf_of, '{UUID(int=0)}')",
}
_COLUMNS = (
    "id, act_id, written_at, happened_at, by_id, on_behalf_of, patient_id, action, door, what, purpose, reason, outcome, "
    "device, address, late"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; what is empty is not asked."""

    patient_id: UUID | None = None
    person_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    action: str = ""
    door: str = ""
    outcome: str = ""
    sort: str = "at"
    backwards: bool = True
    page: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a screen shows it: ids with the names that belong to them."""

    id: int
    act_id: UUID
    written_at: datetime
    happened_at: datetime
    by_id: UUID | None
    on_behalf_of: UUID | None
    patient_id: UUID | None
    action: str
    door: str
    what: str
    purpose: str
    reason: str
    outcome: str
    device: str
    address: str
    late: bool
    who: str = ""
    behalf: str = ""
    patient: str = ""
    mrn: str = ""
    #: whether a device of the hall did it, at which nobody is signed in
    is_device: bool = False

    @property
    def resource(self) -> str:
        """The FHIR type of what a program read or wrote."""
        return next((part[5:] for part in self.what.split() if part.startswith("kind=")), "")

    @property
    def is_refused(self) -> bool:
        return self.outcome.startswith("refused")


def entries(act: Act, asked: Asked) -> tuple[list[Entry], bool]:
    """A page of entries of this facility, and whether there are more. Whom it names counts as shown.

    :raises NotAllowed: without the right to see the record of access
    """
    act.require("audit.view_access")
    rows = _rows(act, asked, PAGE + 1, (max(asked.page, 1) - 1) * PAGE)
    found = with_names(act, rows[:PAGE])
    act.shows(*{one.patient_id for one in found if one.patient_id})
    return found, len(rows) > PAGE


def export(act: Act, asked: Asked) -> list[Entry]:
    """All entries that are looked for, up to `MOST_EXPORTED`; an export of everyone whom they name.

    :raises NotAllowed: without the right to export
    """
    act.require("audit.export_access")
    act.require_fresh()
    found = with_names(act, _rows(act, asked, MOST_EXPORTED, 0))
    patients: set[UUID | None] = {one.patient_id for one in found if one.patient_id}
    act.shows(*(patients or {None}), action="export")
    return found


def entry(act: Act, entry_id: int) -> Entry | None:
    """One entry of this facility, or None."""
    act.require("audit.view_access")
    rows = fetch("id = %s AND facility_id = %s", [entry_id, act.here], "", 1, 0)
    found = with_names(act, rows)
    act.shows(*(one.patient_id for one in found if one.patient_id))
    return found[0] if found else None


def _rows(act: Act, asked: Asked, limit: int, offset: int) -> list[Any]:
    conditions: list[str] = ["facility_id = %s"]
    values: list[Any] = [act.here]
    for condition, value in (
        ("patient_id = %s", asked.patient_id),
        ("by_id = %s", asked.person_id),
        ("written_at >= %s", asked.since),
        ("written_at < %s", asked.until),
        ("action = %s", asked.action),
        ("door = %s", asked.door),
        ("outcome LIKE %s", f"{asked.outcome}%" if asked.outcome else ""),
    ):
        if value:
            conditions.append(condition)
            values.append(value)
    way, beyond = ("DESC", ">") if asked.backwards else ("ASC", "<")
    column = SORTS.get(asked.sort, SORTS["at"])
    order, where = f"ORDER BY {column} {way}, id {way}", " AND ".join(conditions)
    cut = None if column == SORTS["at"] or asked.patient_id or asked.person_id else _cut(asked.backwards)
    if cut is None:
        return fetch(where, values, order, limit, offset)
    # Millions share a value and then are sorted by number, which is most of the time: so the end of the log where a page
    # begins is sorted first, and of the rest only what belongs before the last of it.
    near = fetch(f"{where} AND id {beyond} %s", [*values, cut], order, limit + offset, 0, key=column)
    if len(near) < limit + offset:
        return fetch(where, values, order, limit, offset)
    further = f"{where} AND NOT id {beyond} %s AND {column} {beyond} %s"
    far = fetch(further, [*values, cut, near[-1][-1]], order, limit + offset, 0, key=column)
    rows = sorted([*near, *far], key=lambda row: (row[-1], row[0]), reverse=asked.backwards)
    return [row[:-1] for row in rows[offset : offset + limit]]


def _cut(backwards: bool) -> int | None:
    """The number that cuts off the end of the log at which a page begins, or None if the log is no longer than that."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM core_accessentry")
        first, last = cursor.fetchone()
    if first is None or last - first <= _END:
        return None
    return int(last - _END if backwards else first + _END)


def fetch(
    where: str, values: Sequence[Any], order: str, limit: int, offset: int, *, key: str | None = None
) -> list[Any]:
    """Rows of the log; `where`, `order` and `key` (a last column) are ours, the values are the person's."""
    columns = f"{_COLUMNS}, {key}" if key else _COLUMNS
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM core_accessentry WHERE {where} {order} LIMIT %s OFFSET %s",  # noqa: S608 - ours
            [*values, limit, offset],
        )
        rows: list[Any] = cursor.fetchall()
    return rows


def with_names(act: Act, rows: Sequence[Any]) -> list[Entry]:
    """The rows with names of users and patients; two statements, and one more where a device did something."""
    bare = [Entry(*row) for row in rows]
    users = names_of_users({one.by_id for one in bare} | {one.on_behalf_of for one in bare})
    devices = _names_of_devices({one.by_id for one in bare} - users.keys())
    patients = names_of_patients(act, {one.patient_id for one in bare})
    told = []
    for one in bare:
        patient, mrn = patients.get(one.patient_id, ("", ""))
        who, behalf = users.get(one.by_id, ""), users.get(one.on_behalf_of, "")
        is_device = one.by_id in devices
        who = devices[one.by_id] if is_device else who
        told.append(replace(one, who=who, behalf=behalf, patient=patient, mrn=mrn, is_device=is_device))
    return told


def _names_of_devices(ids: set[UUID | None]) -> dict[UUID | None, str]:
    """Kiosk or wall -> how the hospital calls it."""
    wanted = [one for one in ids if one and one != SYSTEM]
    rows = Device.objects.filter(id__in=wanted).values_list("id", "name", "kind") if wanted else ()
    return {device: name or kind for device, name, kind in rows}


def names_of_users(ids: set[UUID | None]) -> dict[UUID | None, str]:
    """User -> name; the system has none and stays empty."""
    wanted = [one for one in ids if one and one != SYSTEM]
    rows = User.objects.filter(id__in=wanted).values_list("id", "display_name", "username") if wanted else ()
    return {user_id: name or username for user_id, name, username in rows}


def names_of_patients(act: Act, ids: set[UUID | None]) -> dict[UUID | None, tuple[str, str]]:
    """Patient of this facility -> name and record number.

    Whoever keeps watch over access must know whose record it was, without any right to open it.
    """
    act.require_any("audit.view_access", "audit.view_alarms", "audit.view_disclosures")
    wanted = [one for one in ids if one]
    if not wanted:
        return {}
    rows = Patient.objects.filter(id__in=wanted, facility_id=act.here).values_list("id", "family", "given", "mrn")
    return {patient: (formatting.full_name(family, given), mrn) for patient, family, given, mrn in rows}


def patient_with_mrn(act: Act, mrn: str) -> UUID | None:
    """The patient of this facility with a record number, as it is typed."""
    act.require("audit.view_access")
    plain = "".join(c for c in mrn if c.isalnum())
    return Patient.objects.filter(mrn=plain, facility_id=act.here).values_list("id", flat=True).first()


def user_named(act: Act, name: str) -> UUID | None:
    """The user with a user name, of those who work here, or did."""
    act.require("audit.view_access")
    return users_here(act).filter(username__iexact=name.strip()).values_list("id", flat=True).first()


def name_of_user(act: Act, user_id: UUID) -> str | None:
    """The user name of somebody who works here, or did; None for anybody else."""
    act.require("audit.view_access")
    return users_here(act).filter(id=user_id).values_list("username", flat=True).first()
