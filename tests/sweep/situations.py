"""Whose record it is that somebody asks for: of a patient in his care, of another, of another hospital's, of a voided one.

Each situation is a whole world with one of everything in it. What the one rule says of a situation is asked of the rule
itself (`may_open`), so that a change of the rule changes what the matrix expects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.utils import timezone

from salus.accounts.queries import person_by_id
from salus.care.models import TeamMember
from salus.chart.models import CarePlan, DiagnosticReport, Goal, Immunization, Note, Procedure
from salus.core.act import Act, Trace
from salus.core.announce import run_waiting
from salus.core.ids import uuid7
from salus.core.models import Voidable
from salus.fhir.mapping import SEALED, served
from salus.fhir.models import Source
from salus.patients import services as patients
from salus.patients.access.decision import Decision
from salus.patients.access.reading import decision_on
from salus.patients.models import CareRelation, Patient
from salus.places.models import Department
from salus.radiology.models import ImagingStudy
from tests.cast import Cast
from tests.world import World, a_world, secret_of


@dataclass
class Situation:
    """A record that somebody asks for. `fhir` has one id of each type of FHIR resource in it."""

    name: str
    world: World
    fhir: dict[str, UUID] = field(default_factory=dict)
    is_foreign: bool = False
    is_voided: bool = False
    #: who asked -> what the rule says of opening it: it is asked once
    decided: dict[UUID, Decision] = field(default_factory=dict)

    @property
    def patient_id(self) -> UUID:
        return self.world.patient.id

    @property
    def who(self) -> tuple[str, ...]:
        """Words that say who the patient is: for who may find him."""
        return self.world.patient.family.casefold(), self.world.patient.mrn.casefold(), str(self.patient_id)

    @property
    def secret(self) -> str:
        """A word of the record: for who may open it."""
        return secret_of(self.world.patient).casefold()


class Colleagues(Cast):
    """Other people of the same hospital, whose clinic is another one; laboratory, pharmacy and cash desk are the same."""

    def __init__(self, cast: Cast) -> None:
        super().__init__("colleagues")
        clinic = Department.objects.create(facility=cast.facility, code="eye", name="Eye clinic", kind="clinic")
        # in place of what the cast would make for itself
        self.__dict__ |= {"facility": cast.facility, "departments": cast.departments | {"opd": clinic}}


def own(cast: Cast) -> Situation:
    """A patient whom the people of the cast have seen today, in their departments."""
    return Situation("own", a_world(cast))


def unrelated(cast: Cast) -> Situation:
    """A patient of the same hospital whom only others see, in another clinic."""
    world = a_world(Colleagues(cast), given="Uma", family="Unrelated", birth_date="1981-11-12")
    return Situation("unrelated", world)


def vip(cast: Cast) -> Situation:
    """Somebody whom many would like to look up, seen in the departments of the cast a year ago."""
    situation = Situation("VIP", a_world(cast, given="Vivian", family="Importance", birth_date="1977-05-05"))
    run_waiting()  # whoever awaits the patient cares for him
    long_ago = timezone.now() - timedelta(days=400)
    Patient.objects.filter(id=situation.patient_id).update(is_vip=True)
    CareRelation.objects.filter(patient_id=situation.patient_id).update(started_at=long_ago, ended_at=long_ago)
    return situation


def refusing(cast: Cast) -> Situation:
    """A patient of the cast who lets nobody open the record except in an emergency."""
    situation = Situation("refusing", a_world(cast, given="Rhea", family="Nolan-Refuser", birth_date="1988-08-09"))
    patients.record_consent(
        cast.act("receptionist"), patient_id=situation.patient_id, decision="deny",
        signed_by="Rhea", signed_as="patient", signed_how="paper",
    )  # fmt: skip
    return situation


def voided(cast: Cast, into: UUID) -> Situation:
    """A patient whom the people of the cast care for, everything in whose record was voided after it was written, and whose
    record was merged into another one; the name is one that a spreadsheet would reckon."""
    situation = Situation(
        "voided", a_world(cast, given="Vera", family="=Voidwell", birth_date="1959-06-07"), is_voided=True
    )
    values = {
        "voided_at": timezone.now(),
        "voided_by_id": cast.user("administrator").id,
        "void_reason": "Wrong person.",
    }
    for model in apps.get_models():
        names = {one.name for one in model._meta.fields}
        if issubclass(model, Voidable) and "patient" in names and model is not CareRelation:
            model._default_manager.filter(patient_id=situation.patient_id).update(**values)
    Patient.objects.filter(id=situation.patient_id).update(merged_into_id=into)
    return situation


def act_of(cast: Cast, role: str) -> Act:
    """What the person of this role may do."""
    person = person_by_id(str(cast.user(role).id), door="matrix")
    assert person is not None
    return person.act


def may_find(act: Act, situation: Situation) -> bool:
    """What the rule says of finding: the patient is of the act's facility; at their own door, that it stands for him."""
    if act.may("portal.use"):
        return situation.patient_id in act.subjects
    return bool(act.facility_id == situation.world.patient.facility_id)


def may_open(act: Act, situation: Situation) -> bool:
    return decision(act, situation).allows


def decision(act: Act, situation: Situation) -> Decision:
    """What the rule says of opening, asked of the rule."""
    if act.by not in situation.decided:
        fresh = replace(act, trace=Trace(), at=datetime.now(UTC))
        situation.decided[act.by] = decision_on(fresh, situation.patient_id)
    return situation.decided[act.by]


# ---------------------------------------------------------------- FHIR


def one_of_each(situation: Situation) -> Situation:
    """One resource of every type that is served; those that no room owns as they would have been received.

    :raises AssertionError: for a type of which none can be made: teach `_make_what_no_screen_makes`
    """
    patient, word = situation.world.patient, situation.world.patient.family
    _make_what_no_screen_makes(situation)
    for mapping in served():
        if not mapping.has_room:
            situation.fhir[mapping.type] = _received(mapping.type, patient, word)
            continue
        if mapping.type == "Patient":
            situation.fhir["Patient"] = patient.id
        elif not mapping.patient_column:  # of the house: the first is of the hospital that is asked
            rows = mapping.model.objects.filter(**(mapping.only or {}))
            situation.fhir[mapping.type] = rows.values_list("id", flat=True)[0]
        else:
            rows = mapping.model.objects.filter(**{mapping.patient_column: patient.id, **(mapping.only or {})})
            found = rows.values_list("id", flat=True).first()
            assert found, f"no {mapping.type} in the swept world: teach tests/sweep/situations.py to make one"
            situation.fhir[mapping.type] = found
    return situation


def _make_what_no_screen_makes(situation: Situation) -> None:
    of: dict[str, Any] = {"patient_id": situation.patient_id, "encounter_id": situation.world.encounter_id}
    word = {"display": f"Of {situation.world.patient.family}"}
    Procedure.objects.create(status="completed", **word, **of)
    Immunization.objects.create(status="completed", **word, **of)
    DiagnosticReport.objects.create(status="final", **word, **of)
    Goal.objects.create(status="active", **word, **of)
    CarePlan.objects.create(status="active", intent="plan", **word, **of)
    said = {"sections": {"assessment": word["display"]}, "written_at": timezone.now(), "signed_at": timezone.now()}
    Note.objects.create(status="signed", **said, **of)
    TeamMember.objects.create(status="active", role="nurse", started_at=timezone.now(), **word, **of)
    ImagingStudy.objects.create(status="available", description=word["display"], **of)


def _received(kind: str, patient: Patient, word: str) -> UUID:
    """Any type may name a patient somewhere in it (`importing/rows.py`): then it is of the record."""
    row = Source(id=uuid7(), type=kind, facility_id=patient.facility_id, patient_id=patient.id)
    text = json.dumps({"resourceType": kind, "id": str(row.id), "language": word})
    if kind in SEALED:
        row.sealed = text
    else:
        row.content = text
    row.save(force_insert=True)
    return row.id


# ---------------------------------------------------------------- what stands there


def counterparts(own: Situation, other: Situation) -> dict[str, str]:
    """Every id of the own patient's rows -> one of the other's of the same kind: what may be swapped in a request."""
    found = {str(own.patient_id): str(other.patient_id)}
    for table, _versions in _tables_of_patients():
        with connection.cursor() as cursor:
            mine, theirs = (_ids_in(cursor, table, one.patient_id) for one in (own, other))
        if theirs:
            found |= {one: theirs[min(place, len(theirs) - 1)] for place, one in enumerate(mine)}
    return found


def _ids_in(cursor: Any, table: str, patient_id: UUID) -> list[str]:
    cursor.execute(
        f"SELECT id::text FROM {table} WHERE patient_id = %s AND length(id::text) = 36 ORDER BY id", [patient_id]
    )
    return [row[0] for row in cursor.fetchall()]


def fingerprint(patient_id: UUID) -> list[Any]:
    """What the database holds of a patient: any write to any of his rows, or another one, changes it."""
    parts = [
        f"SELECT '{table}', count(*), {'coalesce(sum(version), 0)' if versions else '0'} FROM {table} "
        "WHERE patient_id = %(id)s"
        for table, versions in _tables_of_patients()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join([*parts, "SELECT 'itself', 1, version FROM patients_patient WHERE id = %(id)s"]),
            {"id": patient_id},
        )
        return sorted(cursor.fetchall())


def _tables_of_patients() -> list[tuple[str, bool]]:
    """Every table whose rows belong to a patient; the access log and what is only drafted or refused are not of the record."""
    found = []
    for model in apps.get_models():
        names = {one.attname for one in model._meta.fields}
        if model.__module__.startswith("salus.") and "patient_id" in names and model.__name__ not in ("AccessEntry",):
            found.append((model._meta.db_table, "version" in names))
    return found
