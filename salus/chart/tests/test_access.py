"""The rule of who may see what: the list and the decision never disagree, whatever the world is like."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from salus.chart.models import Condition
from salus.core.act import Act, Glass, Subject
from salus.core.ids import SYSTEM, uuid7
from salus.patients import access
from salus.patients.access.labels import CODES
from salus.patients.access.reading import about, decision_on, told
from salus.patients.models import CareRelation, Consent, Patient
from salus.patients.tests.builders import a_patient
from salus.places.models import Department, Facility
from salus.staff.models import Practitioner, StaffMember

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIGHTS = (
    *("patients.find", "patients.open", "patients.update_patient", "patients.open_all", "patients.open_vip"),
    *("patients.open_sensitive", "patients.break_glass"),
)
HOURS = st.sampled_from([-200, -73, -72, -71, -1, 0, 1, 100])
LABELS = st.lists(st.sampled_from(CODES[:4]), unique=True, max_size=2)


@dataclass
class House:
    """What all worlds share: two facilities, two departments, two practitioners of whom one may be the patient himself."""

    facilities: list[Facility]
    departments: list[Department]
    practitioners: list[Practitioner]
    staff: list[StaffMember]
    patient: Patient
    entry: Condition


@pytest.fixture
def house(cast):
    here = cast.facility
    there = Facility.objects.create(organization=here.organization, code="there", name="There")
    people = [Practitioner.objects.create(family=name) for name in ("Ade", "Bo")]
    staff = [
        StaffMember.objects.create(practitioner=p, facility=here, staff_number=p.family, profession="doctor")
        for p in people
    ]
    patient = a_patient(cast.almighty(), is_open=False)
    entry = Condition.objects.create(patient=patient, display="A thing", recorded_by_id=SYSTEM)
    return House([here, there], list(cast.departments.values())[:2], people, staff, patient, entry)


def instants() -> st.SearchStrategy[datetime]:
    return HOURS.map(lambda hours: NOW + timedelta(hours=hours))


@st.composite
def relations(draw: st.DrawFn, house: House) -> dict:
    by_name, by_place = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    start = draw(st.sampled_from([-300, -100, 0, 1]))
    return {
        "kind": "encounter",
        "source": str(uuid7()),
        "practitioner": draw(st.sampled_from(house.practitioners)) if by_name else None,
        "department": draw(st.sampled_from(house.departments)) if by_place else None,
        "started_at": NOW + timedelta(hours=start),
        "ended_at": draw(st.none() | instants()),
        "voided_at": draw(st.sampled_from([None, None, None, NOW])),
    }


@st.composite
def consents(draw: st.DrawFn, house: House) -> dict:
    decision = draw(st.sampled_from(["permit", "deny"]))
    grantee = draw(st.sampled_from(["practitioner", "department", ""]))
    starts = draw(st.sampled_from([-300, 0, 1]))
    ends = draw(st.sampled_from([None, None, 0, 2]))
    withdrawn = draw(st.sampled_from([None, None, None, -1, 0, 1]))
    return {
        "decision": decision,
        "practitioner": draw(st.sampled_from(house.practitioners)) if grantee == "practitioner" else None,
        "department": draw(st.sampled_from(house.departments)) if grantee == "department" else None,
        "labels": draw(LABELS),
        "in_emergency": decision == "deny" and draw(st.booleans()),
        "starts_at": NOW + timedelta(hours=starts),
        "ends_at": NOW + timedelta(hours=ends) if ends is not None and ends > starts else None,
        "withdrawn_at": NOW + timedelta(hours=withdrawn) if withdrawn is not None else None,
        "withdrawn_by": "Ann",
        **{"signed_by": "Ann", "signed_as": "patient", "signed_how": "paper", "signed_at": NOW},
        "voided_at": draw(st.sampled_from([None, None, None, NOW])),
    }


@st.composite
def subjects(draw: st.DrawFn, house: House) -> tuple[Subject, ...]:
    """For whom somebody at the patients' own door stands: the patient or another, himself or not, in which matters."""
    opens = st.sampled_from([frozenset({"patients.open"})] * 3 + [frozenset({"scheduling.book"})])
    of = [house.patient.id, draw(st.sampled_from([uuid7(), house.patient.id]))]
    ids = draw(st.permutations(list(dict.fromkeys(of))))[: draw(st.integers(1, 2))]
    return tuple(Subject(one, draw(opens), is_self=draw(st.booleans())) for one in ids)


@st.composite
def acts(draw: st.DrawFn, house: House) -> Act:
    n = draw(st.sampled_from([0, 0, 0, 1, None]))
    rights = draw(st.sampled_from([frozenset({"patients.find", "patients.open"}), None]))
    if rights is None:
        rights = frozenset(draw(st.lists(st.sampled_from(RIGHTS), unique=True)))
    facility = draw(st.sampled_from([house.facilities[0].id] * 5 + [house.facilities[1].id, None]))
    stands_for = draw(st.sampled_from([(), (), draw(subjects(house))])) if facility else ()
    glass_until = draw(st.sampled_from([None, None, -1, 0, 1]))
    glass_on = draw(st.sampled_from([house.patient.id, uuid7()]))
    return Act(
        by=draw(st.sampled_from([uuid7(), uuid7(), SYSTEM])),
        facility_id=facility,
        rights=rights if not stands_for else frozenset({"portal.use"}),
        stands_for=stands_for,
        at=NOW,
        practitioner_id=house.practitioners[n].id if n is not None else None,
        staff_id=house.staff[n].id if n is not None else None,
        places=frozenset(one.id for one in draw(st.lists(st.sampled_from(house.departments), max_size=2))),
        glass=(Glass(glass_on, NOW + timedelta(hours=glass_until), "x"),) if glass_until is not None else (),
    )


@pytest.mark.guarantee("S1", "S10", "S11")
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_row_is_in_the_list_if_and_only_if_the_decision_allows_it(house, data):
    """The heart: `row in visible_to(act)` <=> `decide(act, ...)` allows, for finding, identifying, opening and each entry."""
    patient, entry = _world(house, data)
    act = data.draw(acts(house))
    entry_by = data.draw(st.sampled_from([act.by, uuid7()]))
    Condition.objects.filter(id=entry.id).update(recorded_by_id=entry_by)
    row = Patient.objects.annotate(t=told(act.at)).get(id=patient.id)
    whole = about(row, row.t)
    of_entry = replace(whole, labels=frozenset(Condition.objects.get(id=entry.id).labels), recorded_by_id=entry_by)
    note(f"{act}\n{of_entry}")
    me = Patient.objects.filter(id=patient.id)
    lists = {
        access.FIND: me.visible_to(act).exists(),
        access.IDENTIFY: me.identified_to(act).exists(),
        access.OPEN: me.open_to(act).exists(),
    }
    assert lists == {action: access.decide(act, action, whole).allows for action in access.ACTIONS}
    assert me.open_to(act).filter(access.within_reach(act, "id")).exists() == lists[access.OPEN]
    reads = access.decide(act, access.OPEN, of_entry).allows
    assert Condition.objects.visible_to(act).filter(id=entry.id).exists() == reads
    fresh = replace(act, trace=type(act.trace)())
    assert Condition.objects.of_patient(fresh, patient.id).exists() == reads
    assert decision_on(fresh, patient.id).reads(of_entry.labels, is_own=entry_by == act.by) == reads


def _world(house: House, data: st.DataObject) -> tuple[Patient, Condition]:
    """A new patient with whatever relations and consents, and one entry with whatever labels."""
    patient = Patient.objects.create(
        facility=house.facilities[0],
        family="Ash",
        mrn=str(uuid7()),
        is_vip=data.draw(st.sampled_from([False, False, True])),
        staff_member=data.draw(st.sampled_from([None, None, None, *house.staff])),
    )
    for values in data.draw(st.lists(relations(house), max_size=3)):
        CareRelation.objects.create(patient=patient, **values)
    for values in data.draw(st.lists(consents(house), max_size=3)):
        Consent.objects.create(patient=patient, **values)
    house.patient = patient
    return patient, Condition.objects.create(patient=patient, display="A thing", labels=data.draw(LABELS))
