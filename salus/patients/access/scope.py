"""The rule as SQL: what `decide` allows of many rows, in one condition that indexes answer.

Ids and instants of the act stand in the text as typed literals: they are UUIDs and datetimes, never text that somebody wrote.
Parts that cannot hold for this act (a right it lacks, a place it has not) are left out, so that the database never looks. The
names of tables in here end in `_`: they hide none of the statement around them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.patients.access import decision as rule


class PatientColumns(NamedTuple):
    """The columns of a patient in a statement, as SQL."""

    id: str
    facility: str
    vip: str
    staff: str

    @classmethod
    def of(cls, alias: str) -> PatientColumns:
        """Those of `patients_patient` under an alias."""
        return cls(f"{alias}.id", f"{alias}.facility_id", f"{alias}.is_vip", f"{alias}.staff_member_id")


@dataclass(frozen=True, slots=True)
class EntryColumns:
    """The columns of one entry of the record in a statement, as SQL."""

    labels: str
    recorded_by: str


def opens_sql(act: Act, patient: PatientColumns | str) -> str:
    """The condition under which `decide(act, OPEN, patient)` allows; `patient` may be the alias of `patients_patient`."""
    p = PatientColumns.of(patient) if isinstance(patient, str) else patient
    if act.facility_id is None:
        return "FALSE"
    here = f"{p.facility} = {_uuid(act.facility_id)}"
    if act.stands_for:
        return f"{here} AND {_own_door(act, p)}"
    if not act.may(rule.MAY_OPEN):
        return "FALSE"
    if act.by == SYSTEM:
        return here
    parts = [here]
    if act.staff_id:
        parts.append(f"{p.staff} IS DISTINCT FROM {_uuid(act.staff_id)}")
    cares = _all_of([f"NOT {_refuses(act, p)}", *_cares(act, p)])
    if glass := _glass(act):
        parts.append(f"NOT {_refuses(act, p, 'AND c_.in_emergency')}")
        cares = f"({p.id} = ANY({glass}) OR ({cares}))"
    return _all_of([*parts, cares])


def identifies_sql(act: Act, patient: PatientColumns | str) -> str:
    """The condition under which `decide(act, IDENTIFY, patient)` allows."""
    p = PatientColumns.of(patient) if isinstance(patient, str) else patient
    if act.facility_id is None or not act.may(rule.MAY_UPDATE):
        return opens_sql(act, p)
    desk = f"{p.facility} = {_uuid(act.facility_id)}"
    if act.by != SYSTEM:
        desk += f" AND NOT {p.vip} AND {p.staff} IS NULL"
    return f"({desk} OR ({opens_sql(act, p)}))"


def reads_sql(act: Act, patient: PatientColumns | str, entry: EntryColumns) -> str:
    """The condition under which `decide(act, OPEN, ...)` allows an entry with labels."""
    p = PatientColumns.of(patient) if isinstance(patient, str) else patient
    return _all_of([opens_sql(act, p), labels_sql(act, p, entry)])


def labels_sql(act: Act, patient: PatientColumns, entry: EntryColumns) -> str:
    """The part of `reads_sql` that is about the labels alone: for entries of a record that is open."""
    if act.stands_for:
        return _own_door_labels(act, patient, entry)
    if act.by == SYSTEM:
        return "TRUE"
    glass = _glass(act)
    refused = f"SELECT FROM patients_consent c_ WHERE {_said(act, patient, 'deny')} AND c_.labels && {entry.labels}"
    if glass:
        refused += f" AND (c_.in_emergency OR {patient.id} <> ALL({glass}))"
    clear = [f"{entry.recorded_by} = {_uuid(act.by)}", *([f"{patient.id} = ANY({glass})"] if glass else ())]
    permits = f"SELECT l_ FROM patients_consent c_, unnest(c_.labels) l_ WHERE {_said(act, patient, 'permit')}"  # noqa: S608 - ids and instants, no text
    clear.append(f"{entry.labels} <@ ARRAY({permits})")
    if act.may(rule.MAY_SEE_SENSITIVE):
        if act.may(rule.MAY_OPEN_ALL):
            clear = ["TRUE"]
        elif act.practitioner_id:
            own = f"r_.practitioner_id = {_uuid(act.practitioner_id)}"
            clear.append(_relation(act, patient, own, _instant(act.at - rule.RECENT)))
    return f"({entry.labels} = '{{}}' OR (NOT EXISTS ({refused}) AND ({' OR '.join(clear)})))"


def _own_door(act: Act, p: PatientColumns) -> str:
    """The patients for whom an act of the patients' own door may open the record."""
    selves, proxied = _own_ids(act)
    return f"({p.id} = ANY({_uuids(selves)}) OR ({p.id} = ANY({_uuids(proxied)}) AND NOT {_refuses(act, p)}))"


def _own_door_labels(act: Act, p: PatientColumns, entry: EntryColumns) -> str:
    """The patient himself reads what is marked, a proxy only what he wrote and what is not refused."""
    selves, _proxied = _own_ids(act)
    refused = f"SELECT FROM patients_consent c_ WHERE {_said(act, p, 'deny')} AND c_.labels && {entry.labels}"
    return (
        f"({entry.labels} = '{{}}' OR {p.id} = ANY({_uuids(selves)}) "
        f"OR ({entry.recorded_by} = {_uuid(act.by)} AND NOT EXISTS ({refused})))"
    )


def _own_ids(act: Act) -> tuple[list[UUID], list[UUID]]:
    """Whose record an act of the patients' own door opens: the own one, and those of others."""
    opened = [one for one in act.stands_for if rule.MAY_OPEN in one.rights]
    selves = [one.patient_id for one in opened if one.is_self]
    return selves, [one.patient_id for one in opened if not one.is_self]


def _cares(act: Act, p: PatientColumns) -> list[str]:
    """Nothing for an act that needs no relation; else one condition."""
    open_all, see_vip = act.may(rule.MAY_OPEN_ALL), act.may(rule.MAY_SEE_VIP)
    if open_all and see_vip:
        return []
    ways = [f"EXISTS (SELECT FROM patients_consent c_ WHERE {_said(act, p, 'permit')} AND c_.labels = '{{}}')"]
    sought = f"({p.vip} OR {p.staff} IS NOT NULL)"
    if open_all:
        ways.append(f"NOT {sought}")
    if mine := _mine(act):
        recent = _instant(act.at - rule.RECENT)
        ends_after = recent if see_vip else f"CASE WHEN {sought} THEN {_instant(act.at)} ELSE {recent} END"
        ways.insert(0, _relation(act, p, mine, ends_after))
    return [f"({' OR '.join(ways)})"]


def reach_sql(act: Act) -> str:
    """The ids of the patients whose record may at all be open to this act, as a statement; empty where that is most of them.

    For searches through whole tables: the few patients of one clinician are a set to begin with, not a question about each row.
    """
    if act.facility_id is None or act.by == SYSTEM or not act.may(rule.MAY_OPEN) or act.may(rule.MAY_OPEN_ALL):
        return ""
    sets = [f"SELECT c_.patient_id FROM patients_consent c_ WHERE {_in_force(act, 'permit')} AND c_.labels = '{{}}'"]  # noqa: S608 - ids, instants
    if mine := _mine(act):
        related = _related(act, mine, _instant(act.at - rule.RECENT))
        sets.append(f"SELECT r_.patient_id FROM patients_carerelation r_ WHERE {related}")  # noqa: S608 - ids and instants, no text
    if glass := _glass(act):
        sets.append(f"SELECT unnest({glass})")
    return " UNION ".join(sets)


def _mine(act: Act) -> str:
    """Which relations `r_` are this person's, or those of a place where he or she works."""
    ways = [f"r_.practitioner_id = {_uuid(act.practitioner_id)}"] if act.practitioner_id else []
    if act.places:
        ways.append(f"r_.department_id = ANY({_uuids(act.places)})")
    return f"({' OR '.join(ways)})" if ways else ""


def _relation(act: Act, p: PatientColumns, mine: str, ends_after: str) -> str:
    related = _related(act, mine, ends_after)
    return f"EXISTS (SELECT FROM patients_carerelation r_ WHERE r_.patient_id = {p.id} AND {related})"


def _related(act: Act, mine: str, ends_after: str) -> str:
    """Which relations `r_` hold for this person."""
    return (
        f"r_.voided_at IS NULL AND {mine} AND r_.started_at <= {_instant(act.at)} "
        f"AND (r_.ended_at IS NULL OR (r_.ended_at > {ends_after} AND r_.ended_at > r_.started_at))"
    )


def _refuses(act: Act, p: PatientColumns, more: str = "") -> str:
    return f"EXISTS (SELECT FROM patients_consent c_ WHERE {_said(act, p, 'deny')} AND c_.labels = '{{}}' {more})"


def _said(act: Act, p: PatientColumns, decision: str) -> str:
    """Which consents `c_` of the patient are in force and about this person."""
    return f"c_.patient_id = {p.id} AND {_in_force(act, decision)}"


def _in_force(act: Act, decision: str) -> str:
    now = _instant(act.at)
    about = ["(c_.practitioner_id IS NULL AND c_.department_id IS NULL)"]
    if act.practitioner_id:
        about.append(f"c_.practitioner_id = {_uuid(act.practitioner_id)}")
    if act.places:
        about.append(f"c_.department_id = ANY({_uuids(act.places)})")
    return (
        f"c_.voided_at IS NULL AND c_.decision = '{decision}' AND c_.starts_at <= {now} "
        f"AND (c_.ends_at IS NULL OR c_.ends_at > {now}) AND (c_.withdrawn_at IS NULL OR c_.withdrawn_at > {now}) "
        f"AND ({' OR '.join(about)})"
    )


def _glass(act: Act) -> str:
    ids = [one.patient_id for one in act.glass if one.until > act.at]
    return _uuids(ids) if ids else ""


def _all_of(parts: Iterable[str]) -> str:
    return " AND ".join(parts) or "TRUE"


def _uuid(value: UUID) -> str:
    return f"'{UUID(int=value.int)}'::uuid"


def _uuids(values: Iterable[UUID]) -> str:
    inner = ",".join(str(UUID(int=value.int)) for value in sorted(values))
    return f"'{{{inner}}}'::uuid[]"


def _instant(value: datetime) -> str:
    return f"'{datetime.isoformat(value)}'::timestamptz"


def shown_sql(alias: str) -> str:
    """For statements about one patient whose record is open: the entries that are shown, with the values of `shown_values`."""
    return (
        f"({alias}.labels <@ %(clear)s::text[] "
        f"OR ({alias}.recorded_by_id = %(me)s AND NOT {alias}.labels && %(refused)s::text[]))"
    )


def shown_values(act: Act, decided: rule.Decision) -> dict[str, Any]:
    """The values of `shown_sql`; of a record that is not open nothing is shown."""
    if not decided.allows:
        return {"clear": None, "me": None, "refused": []}
    return {"clear": sorted(decided.clear), "me": act.by, "refused": sorted(decided.refused)}


def shown(act: Act, decided: rule.Decision) -> Q:
    """The same for `.filter()`."""
    if not decided.allows:
        return Q(pk__in=[])
    own = (
        Q(recorded_by_id=act.by) & ~Q(labels__overlap=sorted(decided.refused))
        if decided.refused
        else Q(recorded_by_id=act.by)
    )
    return Q(labels__contained_by=sorted(decided.clear)) | own


# ---------------------------------------------------------------- for querysets


class _Condition(models.Expression):
    """A condition in SQL over columns that Django resolves: joins are made as for any filter."""

    def __init__(self, write: Any, *columns: str) -> None:
        super().__init__(output_field=models.BooleanField())
        self.write = write
        self.columns: list[Any] = [F(name) for name in columns]

    def get_source_expressions(self) -> list[Any]:
        return self.columns

    def set_source_expressions(self, exprs: Any) -> None:
        self.columns = list(exprs)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        names = []
        for column in self.columns:
            sql, params = compiler.compile(column)
            assert not params
            names.append(sql)
        return f"({self.write(names)})", []


def _prefixed(patient: str) -> tuple[str, ...]:
    """The four columns of a patient, seen from a row: `patient` is the path to it, empty for the patient itself."""
    if not patient:
        return ("id", "facility_id", "is_vip", "staff_member_id")
    return (f"{patient}_id", f"{patient}__facility_id", f"{patient}__is_vip", f"{patient}__staff_member_id")


def opens(act: Act, patient: str = "") -> _Condition:
    """For `.filter()`: rows whose patient's record this act may open; `patient` is the path from the row to it."""
    return _Condition(lambda names: opens_sql(act, PatientColumns(*names)), *_prefixed(patient))


def within_reach(act: Act, patient_id: str) -> Q:
    """For `.filter()` beside `opens` or `reads`, of a search through a whole table; `patient_id` is the row's column."""
    reach = reach_sql(act)
    return Q(**{f"{patient_id}__in": RawSQL(reach, ())}) if reach else Q()  # noqa: S611 - ids of the act


def identifies(act: Act, patient: str = "") -> _Condition:
    """For `.filter()`: rows of whose patient this act may see numbers, phone and address."""
    return _Condition(lambda names: identifies_sql(act, PatientColumns(*names)), *_prefixed(patient))


def reads(act: Act, patient: str = "patient", entry: str = "") -> _Condition:
    """For `.filter()`: entries (with `labels` and `recorded_by_id`) that this act may read; `entry` is the path to one."""
    return _Condition(
        lambda names: reads_sql(act, PatientColumns(*names[:4]), EntryColumns(*names[4:])),
        *_prefixed(patient),
        f"{entry}__labels" if entry else "labels",
        f"{entry}__recorded_by_id" if entry else "recorded_by_id",
    )
