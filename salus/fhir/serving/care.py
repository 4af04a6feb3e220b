"""Writing plans of care, goals, procedures, the care team and what stands in the banner, through the acts of their rooms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.care import services as care
from salus.care.models import TeamMember
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.errors import Conflict
from salus.fhir.mapping.care_plan import read as read_plan
from salus.fhir.mapping.care_team import ROLE
from salus.fhir.mapping.context import Row, target_of, words_of
from salus.fhir.mapping.flag import CATEGORY
from salus.fhir.mapping.goal import read as read_goal
from salus.fhir.mapping.procedure import read as read_procedure
from salus.fhir.serving.modelled import unmodelled
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.referred import (
    ROWS,
    concept_in_row,
    keep_patient_and_visit,
    mistakes,
    patient_and_visit,
    read_referred,
    refuse_wrong,
)
from salus.fhir.written import JSON, decode
from salus.inbox import services as inbox
from salus.inbox.models import Flag

#: the rooms' acts that these writers do
RIGHTS = frozenset({"care.plan_care", "care.record_procedure", "care.manage_team", "inbox.raise_flag"})

_WRONG = "entered-in-error"
_REASON = "Told by another program"
_CLINICAL = ROWS | {"Condition", "Goal"}


def _ids(values: Any) -> list[UUID]:
    return [UUID(str(one)) for one in values]


def _date(text: Any) -> PartialDate | None:
    return PartialDate.parse(text) if text else None


# ---------------------------------------------------------------- CarePlan


def _plan(act: Act, resource: JSON) -> tuple[Row, care.ToldPlan]:
    if resource["intent"] != "plan":
        raise FhirError(422, "A plan of care that is kept here is a plan.", expression="CarePlan.intent")
    named = [
        resource.get("subject"),
        resource.get("encounter"),
        *resource.get("addresses", ()),
        *resource.get("goal", ()),
    ]
    row = read_referred(act, "CarePlan", read_plan, resource, named, rows=_CLINICAL)
    concept = concept_in_row(row)
    words = concept["display"] or resource.get("description") or _("Plan of care")
    told = care.ToldPlan(
        **concept | {"display": words},
        status=row["status"],
        starts=_date(row["starts"]),
        ends=_date(row["ends"]),
        activities=decode(row["activities"]),
        conditions=_ids(row["conditions"]),
        goals=_ids(row["goals"]),
        note=row["note"],
    )
    return patient_and_visit(row), told


def create_plan(act: Act, resource: JSON) -> UUID:
    """A plan of care, as a draft or in force."""
    refuse_wrong("CarePlan", resource)
    whose, told = _plan(act, resource)
    with mistakes("CarePlan"):
        return care.tell_plan(act, **whose, told=told).id


def update_plan(act: Act, resource: JSON, row: Any) -> None:
    """A plan that is not over is told anew, or goes on by its state; or it is entered in error."""
    whose, told = _plan(act, resource)
    keep_patient_and_visit(row, whose)
    if told.status == _WRONG:
        care.void_plan(act, plan_id=row.id, version=row.version, reason=_REASON)
        return
    with mistakes("CarePlan"):
        care.retell_plan(act, plan_id=row.id, version=row.version, told=told)


# ---------------------------------------------------------------- Goal


def _goal(act: Act, resource: JSON) -> tuple[Row, care.ToldGoal]:
    for target in resource.get("target", ()):
        if (target.get("detailQuantity") or {}).get("comparator"):
            words = "A value to reach is a number: say what is below or above it in the words of the goal."
            raise FhirError(422, words, code="not-supported", expression="Goal.target.detailQuantity.comparator")
    named = [resource.get("subject"), *resource.get("addresses", ())]
    row = read_referred(act, "Goal", read_goal, resource, named, rows=_CLINICAL)
    told = care.ToldGoal(
        **concept_in_row(row),
        status=row["status"],
        achievement=row["achievement"],
        starts=_date(row["starts"]),
        due=_date(row["due"]),
        target_value=row["target_value"],
        target_unit=row["target_unit"],
        addresses=_ids(row["addresses"]),
        note=row["note"],
    )
    return patient_and_visit(row), told


def create_goal(act: Act, resource: JSON) -> UUID:
    """What is aimed at; a plan of care names it."""
    refuse_wrong("Goal", resource, "lifecycleStatus")
    whose, told = _goal(act, resource)
    with mistakes("Goal"):
        return care.tell_goal(act, patient_id=whose["patient_id"], told=told).id


def update_goal(act: Act, resource: JSON, row: Any) -> None:
    """A goal is told anew: its state, how far it was reached; or it is entered in error."""
    whose, told = _goal(act, resource)
    keep_patient_and_visit(row, whose | {"encounter_id": row.encounter_id})
    if told.status == _WRONG:
        care.void_goal(act, goal_id=row.id, version=row.version, reason=_REASON)
        return
    with mistakes("Goal"):
        care.retell_goal(act, goal_id=row.id, version=row.version, told=told)


# ---------------------------------------------------------------- Procedure


def _procedure(act: Act, resource: JSON) -> tuple[Row, care.ToldProcedure]:
    who = [one.get("actor") for one in resource.get("performer", ())]
    named = [resource.get("subject"), resource.get("encounter"), *who]
    row = read_referred(act, "Procedure", read_procedure, resource, named)
    performer = row.get("performer_id")
    told = care.ToldProcedure(
        **concept_in_row(row),
        status=row["status"],
        performed=_date(row["performed"]),
        performed_until=_date(row["performed_until"]),
        performer_id=UUID(performer) if performer else None,
        performer_name=row["performer_name"],
        outcome=row["outcome"],
        note=row["note"],
    )
    return patient_and_visit(row), told


def create_procedure(act: Act, resource: JSON) -> UUID:
    """Something that was done, was begun, or was not done."""
    refuse_wrong("Procedure", resource)
    whose, told = _procedure(act, resource)
    with mistakes("Procedure"):
        return care.tell_procedure(act, **whose, told=told).id


def update_procedure(act: Act, resource: JSON, row: Any) -> None:
    """What is told of a procedure, said anew; or it is entered in error."""
    whose, told = _procedure(act, resource)
    keep_patient_and_visit(row, whose)
    if told.status == _WRONG:
        care.void_procedure(act, procedure_id=row.id, version=row.version, reason=_REASON)
        return
    with mistakes("Procedure"):
        care.retell_procedure(act, procedure_id=row.id, version=row.version, told=told)


# ---------------------------------------------------------------- CareTeam

_TEAM = {
    **dict.fromkeys(("resourceType", "id", "meta", "text", "language", "status", "subject", "name")),
    "participant": {
        "role": {"coding": None, "text": None},
        "period": None,
        "member": {"reference": None, "type": None, "display": None},
    },
}
Member = tuple[str, UUID | None, str]


def _members(act: Act, resource: JSON) -> dict[Member, Any]:
    """Role, practitioner and name of each member, and since when it is said to be one.

    :raises FhirError: 422 for what the care team does not hold, because it would be lost
    """
    if found := unmodelled(resource, _TEAM, "CareTeam"):
        raise FhirError(422, "This is not modelled here, and would be lost.", expression=found[0])
    if resource.get("status", "active") != "active":
        raise FhirError(422, "The team of a patient who is here is active.", expression="CareTeam.status")
    members: dict[Member, Any] = {}
    for one in resource.get("participant", ()):
        codes = [
            c.get("code") for role in one.get("role", ()) for c in role.get("coding", ()) if c.get("system") == ROLE
        ]
        if len(codes) != 1:
            known = ", ".join(code for code, _words in TeamMember.ROLES)
            raise FhirError(422, f"A role is one of {ROLE}: {known}.", expression="CareTeam.participant.role")
        member = one.get("member") or {}
        target = target_of(member)
        if target and target[0] != "Practitioner":
            raise FhirError(422, "A member is a practitioner, or a name.", expression="CareTeam.participant.member")
        key = (codes[0], UUID(target[1]) if target else None, "" if target else member.get("display", ""))
        members[key] = one.get("period")
    return members


def _now(patient_id: UUID) -> dict[Member, TeamMember]:
    rows = TeamMember.objects.valid().filter(patient_id=patient_id, ended_at=None, labels=[])
    return {(one.role, one.practitioner_id, "" if one.practitioner_id else one.display): one for one in rows}


def create_team(act: Act, resource: JSON) -> UUID:
    """Name who cares for a patient of whom nobody is named yet.

    :raises Conflict: if somebody is: there is one team, which is updated
    """
    target = target_of(resource.get("subject"))
    if target is None or target[0] != "Patient":
        raise FhirError(422, "A care team is of a patient who is here.", expression="CareTeam.subject")
    patient_id, members = UUID(target[1]), _members(act, resource)
    if not members:
        raise FhirError(422, "A care team has members.", expression="CareTeam.participant")
    if TeamMember.objects.valid().filter(patient_id=patient_id, labels=[]).exists():
        raise Conflict(f"The patient has a care team: update CareTeam/{patient_id}.")
    _add(act, patient_id, members)
    return patient_id


def update_team(act: Act, resource: JSON, row: Any) -> None:
    """Who cares for the patient from now on: who is no longer named, leaves the team; who is new, comes to it."""
    if target_of(resource.get("subject")) != ("Patient", str(row.id)):
        raise Conflict("A care team stays with its patient.")
    wanted, now = _members(act, resource), _now(row.id)
    for member in now.keys() - wanted.keys():
        care.end_member(act, member_id=now[member].id, version=now[member].version)
    _add(act, row.id, {member: wanted[member] for member in wanted.keys() - now.keys()})


def _add(act: Act, patient_id: UUID, members: dict[Member, Any]) -> None:
    if any(members.values()):
        words = "Who comes to the team is in it from now on: leave the period out."
        raise FhirError(422, words, code="not-supported", expression="CareTeam.participant.period")
    with mistakes("CareTeam"):
        for role, practitioner_id, name in sorted(members, key=str):
            care.add_member(act, patient_id=patient_id, role=role, practitioner_id=practitioner_id, name=name)


# ---------------------------------------------------------------- Flag


def create_flag(act: Act, resource: JSON) -> UUID:
    """Have something stand in the patient's banner.

    :raises Conflict: if it stands there already
    """
    if resource["status"] != "active" or "end" in (resource.get("period") or {}):
        raise FhirError(422, "A new flag is active, and has no end yet.", expression="Flag.status")
    target = target_of(resource.get("subject"))
    if target is None or target[0] != "Patient":
        raise FhirError(422, "A flag is of a patient who is here.", expression="Flag.subject")
    category, words = _category(resource), words_of(resource["code"])
    standing = Flag.objects.standing().filter(patient_id=UUID(target[1]), category=category, words=words.strip())
    if standing.exists():
        raise Conflict("This stands in the banner already.")
    with mistakes("Flag"):
        return inbox.raise_flag(act, patient_id=UUID(target[1]), category=category, words=words).id


def update_flag(act: Act, resource: JSON, row: Any) -> None:
    """A flag ends; its words stay."""
    same = (_category(resource), words_of(resource["code"]).strip(), target_of(resource.get("subject")))
    if same != (row.category, row.words, ("Patient", str(row.patient_id))):
        raise Conflict("What stands in the banner does not change: end it, and raise another.")
    if resource["status"] in ("inactive", _WRONG) and row.ended_at is None:
        inbox.end_flag(act, flag_id=row.id)
    elif resource["status"] == "active" and row.ended_at is not None:
        raise Conflict("What has ended is raised anew.")


def _category(resource: JSON) -> str:
    """The kind of thing: the first category that we use; what says none is clinical."""
    codings = [c for one in resource.get("category", ()) for c in one.get("coding", ())]
    known = dict(Flag.CATEGORIES)
    found = (c.get("code", "") for c in codings if c.get("system") == CATEGORY and c.get("code") in known)
    return next(found, "clinical")
