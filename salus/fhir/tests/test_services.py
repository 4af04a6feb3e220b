"""HealthcareService and PractitionerRole: what is offered where, who works here as what, and when: read and found."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from fhir.resources.R4B import get_fhir_model_class

from salus.encounters.tests.builders import a_consultation
from salus.fhir.checking import check
from salus.fhir.models import Source
from salus.fhir.tests.builders import imported, write
from salus.fhir.tests.conftest import Program
from salus.fhir.written import encode
from salus.scheduling.models import Schedule
from salus.scheduling.services import absences
from salus.scheduling.tests.builders import a_schedule, a_session
from salus.staff.models import StaffMember
from tests.cast import Cast
from tests.statements import at_most


@pytest.fixture
def schedule(cast: Cast) -> Schedule:
    """The doctor, a cardiologist: mornings with a break on two days, and a night at the weekend."""
    a_consultation(code="first")
    mornings = [
        a_session(weekday=day, starts=540, ends=720, breaks=((600, 620),), service_codes=("first",)) for day in (0, 2)
    ]
    made = a_schedule(cast, [*mornings, a_session(weekday=5, starts=1200, ends=1440)])
    StaffMember.objects.filter(practitioner_id=made.practitioner_id).update(specialty="cardiology")
    return made


def one_of(program: Program, kind: str, **params: Any) -> dict[str, Any]:
    (found,) = program.get(kind, params).resources
    assert check(found).problems == []
    get_fhir_model_class(kind).model_validate(json.loads(encode(found)))
    return found


def test_who_works_here_as_what_and_when(cast: Cast, program: Program, schedule: Schedule) -> None:
    doctor = f"Practitioner/{schedule.practitioner_id}"
    starts = timezone.now() + timedelta(days=3)
    admin = cast.act("administrator")
    absences.record_absence(
        admin, schedule_id=schedule.id, starts_at=starts, ends_at=starts + timedelta(days=1), reason="illness"
    )
    with at_most(15):
        found = one_of(program, "PractitionerRole", practitioner=doctor)
    assert found["practitioner"] == {"reference": doctor}
    assert found["code"][0]["coding"][0]["code"] == "doctor"
    assert found["specialty"][0]["text"] == "cardiology"
    assert found["healthcareService"] == [{"reference": f"HealthcareService/{cast.departments['opd'].id}"}]
    assert found["availableTime"] == [
        {"daysOfWeek": ["mon", "wed"], "availableStartTime": "09:00:00", "availableEndTime": "10:00:00"},
        {"daysOfWeek": ["mon", "wed"], "availableStartTime": "10:20:00", "availableEndTime": "12:00:00"},
        {"daysOfWeek": ["sat"], "availableStartTime": "20:00:00", "availableEndTime": "23:59:59"},
    ]
    assert [one["description"] for one in found["notAvailable"]] == ["Away"]  # not why
    assert program.get(f"PractitionerRole/{found['id']}").body == found
    house = f"Organization/{cast.facility.organization_id}"
    member = StaffMember.objects.get(id=found["id"])
    for params in (
        {"specialty": "cardiology"},
        {"role": "http://terminology.hl7.org/CodeSystem/practitioner-role|doctor"},
        {"identifier": member.staff_number, "active": "true", "organization": house},
        {"service": f"HealthcareService/{cast.departments['opd'].id}", "role": "doctor"},
        {"practitioner.name": "okoye"},
    ):
        assert program.get("PractitionerRole", params).ids == [found["id"]], params
    for params in ({"active": "false"}, {"specialty": "dentistry"}, {"identifier": "urn:x|1"}):
        assert program.get("PractitionerRole", params).ids == [], params
    assert program.get("PractitionerRole", {"organization:missing": "true"}).ids == []
    beside = program.get("PractitionerRole", {"practitioner": doctor, "_include": "PractitionerRole:practitioner"})
    assert [one["resourceType"] for one in beside.resources] == ["PractitionerRole", "Practitioner"]


def test_a_change_of_hours_is_another_answer(cast: Cast, program: Program, schedule: Schedule) -> None:
    """The row stays as it was; who asks with the old ETag is told what is new."""
    found = program.get("PractitionerRole", {"practitioner": f"Practitioner/{schedule.practitioner_id}"}).ids[0]
    before = program.get(f"PractitionerRole/{found}").headers["ETag"]
    assert program.get(f"PractitionerRole/{found}", **{"If-None-Match": before}).status == 304
    starts = timezone.now() + timedelta(days=1)
    absences.record_absence(
        cast.act("administrator"),
        schedule_id=schedule.id,
        starts_at=starts,
        ends_at=starts + timedelta(days=1),
        reason="leave",
    )
    assert program.get(f"PractitionerRole/{found}", **{"If-None-Match": before}).status == 200


def test_what_is_offered_where(cast: Cast, program: Program, schedule: Schedule) -> None:
    absences.declare_holiday(cast.act("administrator"), on=timezone.localdate() + timedelta(days=20), name="Feast")
    with at_most(15):
        found = one_of(program, "HealthcareService", name="General")
    assert found["id"] == str(cast.departments["opd"].id)
    assert found["providedBy"] == {"reference": f"Organization/{cast.facility.organization_id}"}
    assert (found["appointmentRequired"], found["active"]) == (True, True)
    assert found["type"][0]["coding"][0]["code"] == "first"
    assert found["notAvailable"][0]["description"] == "Feast"
    for params in ({"service-type": "first"}, {"identifier": "opd"}, {"_id": found["id"], "active": "true"}):
        assert program.get("HealthcareService", params).ids == [found["id"]], params
    assert program.get("HealthcareService", {"service-type": "other"}).ids == []
    assert one_of(program, "HealthcareService", identifier="lab")["appointmentRequired"] is False
    assert program.get("HealthcareService", {"identifier": "cash"}).ids == []  # no care is given there
    roles = program.get("HealthcareService", {"_id": found["id"], "_revinclude": "PractitionerRole:service"})
    assert {one["resourceType"] for one in roles.resources} == {"HealthcareService", "PractitionerRole"}


def test_of_other_hospitals_nothing_is_told(cast: Cast, program: Program) -> None:
    other = Cast("other")
    other.departments["opd"].save()
    theirs = other.user("doctor").staff_member
    assert program.get(f"PractitionerRole/{theirs.id}").status == 404
    assert program.get(f"HealthcareService/{other.departments['opd'].id}").status == 404
    assert str(theirs.id) not in program.get("PractitionerRole").ids


def test_what_came_from_elsewhere_can_still_be_read(cast: Cast, program: Program, tmp_path: Any) -> None:
    role = {"resourceType": "PractitionerRole", "id": "a", "active": True, "availabilityExceptions": "Never on Sundays"}
    write(tmp_path, "roles.json", {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": role}]})
    assert not imported(cast.facility, tmp_path).refusals
    answer = program.get(f"PractitionerRole/{Source.objects.get(type='PractitionerRole').id}")
    assert (answer.status, answer.body["availabilityExceptions"]) == (200, "Never on Sundays")
