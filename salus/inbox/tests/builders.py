"""What tests of the inbox are made of."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from salus.core.act import Act, system_act
from salus.inbox import services
from salus.inbox.models import Task
from salus.patients.models import Patient
from salus.patients.tests import builders as patients
from salus.staff.models import Practitioner, StaffMember
from tests.cast import Cast

__all__ = ["a_colleague", "a_patient", "a_result", "a_task", "clock", "practitioner_of", "put_act"]


def a_patient(cast: Cast, **changes: Any) -> Patient:
    """Somebody whose record is open to everybody who may open records."""
    return patients.a_patient(cast.almighty(), **changes)


def put_act(cast: Cast, **changes: Any) -> Act:
    """The system's own act, as a handler has it."""
    return system_act(rights={"inbox.put_task"}, door="test", facility_id=cast.facility.id, **changes)


def clock(cast: Cast, at: datetime) -> Act:
    """The system's own act at some time, as the job has it."""
    return system_act(rights={"inbox.escalate"}, door="job", facility_id=cast.facility.id, at=at)


def practitioner_of(cast: Cast, role: str) -> UUID:
    """The practitioner whom the person with this role is."""
    return StaffMember.objects.get(user=cast.user(role)).practitioner_id


def a_result(cast: Cast, **changes: Any) -> Task:
    """A potassium of some patient for the doctor to acknowledge."""
    patient = changes.pop("patient", None) or a_patient(cast)
    values = {
        "source": f"lab.request:{Task.objects.count()}",
        "kind": "result",
        "patient_id": patient.id,
        "owner_id": practitioner_of(cast, "doctor"),
        "department_id": cast.departments["opd"].id,
        "subject": "Potassium",
        "note": "6.8 mmol/L HH",
        "route": "chart:results",
        "route_args": {"patient_id": str(patient.id)},
        "mark": "critical",
    }
    at = changes.pop("at", timezone.now())
    return services.put_task(put_act(cast, at=at), **(values | changes))


def a_task(cast: Cast, **changes: Any) -> Task:
    """The doctor asks the nurse to weigh the patient."""
    by = changes.pop("by", "doctor")
    values = {
        "subject": "Weigh her",
        "owner_id": practitioner_of(cast, "nurse"),
        "due_at": timezone.now() + timedelta(1),
    }
    if "department_id" in changes:
        values.pop("owner_id")
    return services.give_task(cast.act(by), **(values | changes))


def a_colleague(cast: Cast, role: str = "doctor", family: str = "Second") -> UUID:
    """Another person with a role, in the same department; returns the practitioner."""
    known, name = dict(cast._users), f"{role}-{family}".lower()
    cast.user(role)
    user = cast._users.pop(role)
    first = StaffMember.objects.get(user=user)
    from_role = user.grants.get()
    other = type(user)(username=name, display_name=family)
    other.set_unusable_password()
    other.save()
    from_role.__class__.objects.create(user=other, role=from_role.role, facility_id=from_role.facility_id)
    who = Practitioner.objects.create(family=family, given="Sam")
    StaffMember.objects.create(
        practitioner=who,
        user=other,
        facility=cast.facility,
        staff_number=f"T-{name}",
        profession=first.profession,
        department_ids=first.department_ids,
    )
    cast._users.update(known | {role: user, f"{role}:{family}": other})
    return who.id
