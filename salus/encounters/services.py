"""Acts on visits: a patient comes, is called on, and leaves."""

from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, Q, Subquery
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from salus.catalog.models import Service
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.encounters import rules
from salus.encounters.facts import EncounterFinished, EncounterMoved, EncounterStarted
from salus.encounters.models import Encounter
from salus.patients.models import Patient
from salus.places.models import Department
from salus.staff.models import StaffMember

_TRIAGE = """
    UPDATE encounters_encounter SET status = 'triaged', triaged_at = coalesce(triaged_at, %s)
    WHERE id = %s AND facility_id = %s AND status = 'arrived' AND voided_at IS NULL RETURNING patient_id
"""
_ONE_OPEN_VISIT = "encounters_one_open_visit"


class AlreadyHere(Conflict):
    """This patient already has an open visit at this department."""

    def __init__(self, encounter_id: UUID | None = None) -> None:
        super().__init__()
        self.encounter_id = encounter_id


class CannotMove(Conflict):
    """The visit cannot come to this state from where it is now."""


@transaction.atomic
def start_encounter(
    act: Act,
    *,
    patient_id: UUID,
    department_id: UUID,
    practitioner_id: UUID | None = None,
    service_code: str = "",
    reason: str = "",
) -> Encounter:
    """Check a patient in at a department: the visit has arrived and waits.

    :param practitioner_id: whom the patient comes to see; None leaves it to whoever calls
    :param service_code: the consultation of the catalogue that is charged; empty charges nothing
    :raises AlreadyHere: if an open visit of this patient at this department exists
    :raises Invalid: for a department, practitioner or service that is not there (any more)
    """
    act.require_for(patient_id, "encounters.start_encounter")
    assert act.facility_id is not None
    number, kind = _may_come(act, patient_id, department_id, practitioner_id, service_code)
    encounter = Encounter(
        facility_id=act.facility_id,
        patient_id=patient_id,
        number=number,
        status="arrived",
        class_code=rules.CLASS_OF.get(kind, "AMB"),
        service_code=service_code,
        department_id=department_id,
        practitioner_id=practitioner_id,
        reason=reason.strip(),
        starts=PartialDate.of(act.at.replace(microsecond=0)),
        started_at=act.at,
        arrived_at=act.at,
        recorded_by_id=act.by,
    )
    _insert(encounter)
    announce(
        act,
        EncounterStarted(
            patient_id=patient_id,
            encounter_id=encounter.id,
            department_id=department_id,
            practitioner_id=practitioner_id,
            service_code=service_code,
        ),
    )
    return encounter


def _may_come(
    act: Act, patient_id: UUID, department_id: UUID, practitioner_id: UUID | None, service_code: str
) -> tuple[str, str]:
    """All that a check-in rests on, in one statement: gives the number of the visit, and the kind of the department."""
    here = Q(facility_id=act.facility_id, retired_at__isnull=True)
    found = (
        Patient.objects.visible_to(act)
        .filter(id=patient_id)
        .annotate(
            place=Subquery(Department.objects.filter(here, id=department_id).values("kind")),
            has_practitioner=Exists(StaffMember.objects.filter(here, Q(practitioner_id=practitioner_id))),
            has_service=Exists(Service.objects.filter(code=service_code, is_active=True)),
            next_number=RawSQL("nextval('encounters_number_seq')::text", ()),
        )
        .values_list("is_deceased", "merged_into_id", "place", "has_practitioner", "has_service", "next_number")
        .first()
    )
    if found is None:
        raise NotFound
    is_deceased, merged_into, place, has_practitioner, has_service, number = found
    if merged_into or is_deceased:
        raise Conflict(
            _("This record was joined with another one. Open that one and check the patient in there.")
            if merged_into
            else _("This patient is recorded as deceased and cannot be checked in.")
        )
    wrong = {}
    if not place:
        wrong["department"] = _("Choose a department that is open.")
    if practitioner_id and not has_practitioner:
        wrong["practitioner"] = _("Choose somebody who works here.")
    if service_code and not has_service:
        wrong["service"] = _("Choose a service of the catalogue.")
    if wrong:
        raise Invalid(**wrong)
    return str(number), place


def _insert(encounter: Encounter) -> None:
    """The unique index decides between two check-ins at one moment."""
    try:
        with transaction.atomic():
            encounter.save(force_insert=True)
    except IntegrityError as error:
        if _ONE_OPEN_VISIT not in str(error):
            raise
        there = Encounter.objects.open().filter(
            Q(department_id=encounter.department_id), patient_id=encounter.patient_id, voided_at__isnull=True
        )
        raise AlreadyHere(there.values_list("id", flat=True).first()) from error


@transaction.atomic
def move_encounter(act: Act, *, encounter_id: UUID, status: str, version: int) -> Encounter:
    """Bring a visit to its next state; whoever calls a patient whom nobody was named for becomes the one who treats.

    Reception may cancel a visit that nobody has begun.

    :raises CannotMove: if that state cannot follow
    :raises Stale: if somebody moved the visit since it was read
    """
    act.require_any("encounters.move_encounter", "encounters.start_encounter")
    encounter = Encounter.objects.visible_to(act).select_for_update(no_key=True).get(id=encounter_id)
    if status != "cancelled" or encounter.status not in ("planned", "arrived"):
        act.require("encounters.move_encounter")
    if encounter.version != version:
        raise Stale
    return _move(act, encounter, status)


@transaction.atomic
def triage_encounter(act: Act, *, encounter_id: UUID) -> bool:
    """Note that an arrived patient was triaged; a visit in any other state stays as it is.

    :return: whether the visit was moved
    """
    act.require("encounters.move_encounter")
    with connection.cursor() as cursor:
        cursor.execute(_TRIAGE, [act.at, encounter_id, act.facility_id])
        found = cursor.fetchone()
    if found is not None:
        announce(act, EncounterMoved(patient_id=found[0], encounter_id=encounter_id, status="triaged", was="arrived"))
    return found is not None


@transaction.atomic
def finish_encounter(act: Act, *, encounter_id: UUID) -> Encounter:
    """End a visit with the signature of its note, also where nobody had called the patient in on the screen.

    :raises CannotMove: if it is over already
    """
    act.require("encounters.move_encounter")
    encounter = Encounter.objects.visible_to(act).select_for_update(no_key=True).get(id=encounter_id)
    changed = []
    if rules.may_move(encounter.status, "in-progress"):
        changed = _stamp(act, encounter, "in-progress")
        encounter.status = "in-progress"
    return _move(act, encounter, "finished", *changed)


def _move(act: Act, encounter: Encounter, status: str, *changed: str) -> Encounter:
    if not rules.may_move(encounter.status, status):
        raise CannotMove
    was, encounter.status = encounter.status, status
    encounter.save(update_fields=["status", *changed, *_stamp(act, encounter, status)])
    # The trigger counted; the object is handed on to screens that ask for the next move.
    encounter.version += 1
    if status == "finished":
        announce(act, EncounterFinished(patient_id=encounter.patient_id, encounter_id=encounter.id))
    else:
        treats = encounter.practitioner_id if status == "in-progress" else None
        moved = EncounterMoved(
            patient_id=encounter.patient_id,
            encounter_id=encounter.id,
            status=status,
            was=was,
            practitioner_id=treats,
        )
        announce(act, moved)
    return encounter


def _stamp(act: Act, encounter: Encounter, status: str) -> list[str]:
    """Set the times of a move; returns the names of what changed."""
    if status == "triaged" and encounter.triaged_at is None:
        encounter.triaged_at = act.at
        return ["triaged_at"]
    if status == "in-progress" and encounter.seen_at is None:
        encounter.seen_at = act.at
        if encounter.practitioner_id is None and act.practitioner_id is not None:
            encounter.practitioner_id = act.practitioner_id
        return ["seen_at", "practitioner"]
    if status in ("finished", "cancelled"):
        encounter.ended_at = act.at
        encounter.ends = PartialDate.of(act.at.replace(microsecond=0))
        return ["ended_at", "ends"]
    if status == "arrived" and encounter.arrived_at is None:
        encounter.arrived_at = encounter.started_at = act.at
        encounter.starts = PartialDate.of(act.at.replace(microsecond=0))
        return ["arrived_at", "started_at", "starts"]
    return []
