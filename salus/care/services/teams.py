"""Procedures that were done, and who cares for a patient."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.care.facts import CareTeamChanged, ProcedureRecorded
from salus.care.models import TeamMember
from salus.chart.models import Procedure
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Invalid, NotFound, Stale
from salus.staff.models import Practitioner

TEAM, PROCEDURE = "care.manage_team", "care.record_procedure"


@transaction.atomic
def record_procedure(
    act: Act,
    *,
    patient_id: UUID,
    display: str,
    performed: str,
    encounter_id: UUID | None = None,
    performer_id: UUID | None = None,
    performer_name: str = "",
    outcome: str = "",
    note: str = "",
    code_system: str = "",
    code: str = "",
) -> Procedure:
    """Write down something that was done; `performed` is a day, a month or a year (FHIR dateTime).

    :raises Invalid: without a name, or for a day to come
    """
    act.require(PROCEDURE)
    standing(act, patient_id, encounter_id)
    try:
        when = PartialDate.parse(performed)
    except ValueError as error:
        raise Invalid(performed=_("Write a day, a month or a year.")) from error
    if not display.strip():
        raise Invalid(display=_("Write what was done."))
    if when.start > act.at:
        raise Invalid(performed=_("This day is still to come."))
    if performer_id and not performer_name:
        who = Practitioner.objects.get(id=performer_id)
        performer_name = " ".join(filter(None, (who.title, who.given, who.family)))
    row = Procedure(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status="completed",
        code_system=code_system,
        code=code,
        display=display.strip(),
        performed=when,
        at=when.start,
        performer_id=performer_id,
        performer_name=performer_name.strip(),
        outcome=outcome.strip(),
        note=note.strip(),
        recorded_by_id=act.by,
    )
    row.save(force_insert=True)
    announce(act, ProcedureRecorded(patient_id=patient_id, procedure_id=row.id))
    return row


@transaction.atomic
def add_member(
    act: Act, *, patient_id: UUID, role: str, practitioner_id: UUID | None = None, name: str = "", note: str = ""
) -> TeamMember:
    """Name somebody who cares for the patient in a role.

    :raises Invalid: without anybody, or without a role
    """
    act.require(TEAM)
    standing(act, patient_id)
    if practitioner_id:
        who = Practitioner.objects.filter(id=practitioner_id).first()
        if who is None:
            raise NotFound
        name = " ".join(filter(None, (who.title, who.given, who.family)))
    if not name.strip():
        raise Invalid(name=_("Choose or write who it is."))
    if role not in dict(TeamMember.ROLES):
        raise Invalid(role=_("Choose a role."))
    member = TeamMember(
        patient_id=patient_id,
        practitioner_id=practitioner_id,
        display=name.strip(),
        role=role,
        note=note.strip(),
        status="active",
        started_at=act.at,
        recorded_by_id=act.by,
    )
    try:
        with transaction.atomic():
            member.save(force_insert=True)
    except IntegrityError as error:
        raise Invalid(name=_("Is in the team in this role already.")) from error
    announce(act, CareTeamChanged(patient_id=patient_id, member_id=member.id))
    return member


@transaction.atomic
def end_member(act: Act, *, member_id: UUID, version: int) -> TeamMember:
    """Write down that somebody no longer cares for the patient; said twice it stays as it is."""
    act.require(TEAM)
    rows = TeamMember.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    member = rows.get(id=member_id)
    if member.ended_at is not None:
        return member
    if member.version != version:
        raise Stale
    member.ended_at, member.status = act.at, "inactive"
    member.save(update_fields=["ended_at", "status"])
    announce(act, CareTeamChanged(patient_id=member.patient_id, member_id=member.id, is_over=True))
    return member
