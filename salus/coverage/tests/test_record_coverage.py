from datetime import date
from threading import Thread

import pytest
from django.db import connection

from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.coverage.models import Coverage
from salus.coverage.queries import coverages_of, payers
from salus.coverage.services import CoverageKnown, end_coverage, record_coverage, update_coverage, void_coverage
from salus.coverage.tests.builders import a_coverage
from salus.patients.tests.builders import a_patient
from salus.places.models import Organization


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty())


def test_a_recorded_cover_counts_today(cast, ann):
    act = cast.act("receptionist")
    a_coverage(act, ann.id, starts="2020")
    lines = coverages_of(act, ann.id)
    assert [(line.payer, line.counts) for line in lines] == [("Northern Health Fund", True)]
    assert lines[0].coverage.member_number == "NHF 1"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c)::text FROM coverage_coverage c")
        assert "NHF 1" not in cursor.fetchone()[0]


def test_a_payer_of_the_list(cast, ann):
    insurer = Organization.objects.create(name="Southern Mutual", kind="ins")
    Organization.objects.create(name="Southern Hospital", kind="prov")
    act = cast.act("receptionist")
    assert [one.name for one in payers(act, "south")] == ["Southern Mutual", "Southern Hospital"]
    a_coverage(act, ann.id, payer_id=insurer.id, payer_name="ignored")
    assert coverages_of(act, ann.id)[0].payer == "Southern Mutual"


def test_payers_are_asked_in_the_order_of_recording(cast, ann):
    act = cast.act("receptionist")
    assert [a_coverage(act, ann.id, member_number=str(n)).place for n in range(3)] == [1, 2, 3]


def test_it_needs_the_right(cast, ann):
    with pytest.raises(NotAllowed):
        a_coverage(cast.act("nurse"), ann.id)
    with pytest.raises(NotAllowed):
        coverages_of(cast.act("nurse"), ann.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"payer_name": ""}, "payer"),
        ({"payer_id": uuid7()}, "payer"),
        ({"starts": "2026-05", "ends": "2026-04-30"}, "ends"),
        ({"starts": "yesterday"}, "starts"),
    ],
)
def test_it_refuses_what_cannot_be(cast, ann, changes, field):
    with pytest.raises(Invalid) as refusal:
        a_coverage(cast.act("receptionist"), ann.id, **changes)
    assert field in refusal.value.fields


def test_a_patient_who_is_not_here_has_no_cover(cast, ann):
    with pytest.raises(NotFound):
        a_coverage(cast.act("receptionist"), uuid7())
    with pytest.raises(NotFound):
        a_coverage(cast.act("receptionist", facility_id=uuid7()), ann.id)


def test_the_same_card_twice_is_told(cast, ann):
    act = cast.act("receptionist")
    a_coverage(act, ann.id)
    with pytest.raises(CoverageKnown):
        a_coverage(act, ann.id, member_number="nhf-1")


def test_it_tells_what_happened(cast, ann):
    act = cast.act("receptionist")
    row = a_coverage(act, ann.id)
    end_coverage(act, coverage_id=row.id, version=1, ends=date(2026, 1, 1))
    names = Fact.objects.filter(name__startswith="coverage").order_by("id").values_list("name", "data__change")
    assert list(names) == [("coverage.CoverageRecorded", None), ("coverage.CoverageChanged", "ended")]


def test_changing_ending_and_taking_back(cast, ann):
    act = cast.act("receptionist")
    row = a_coverage(act, ann.id)
    update_coverage(act, coverage_id=row.id, version=1, plan="Gold", payer_id=None)
    assert coverages_of(act, ann.id)[0].coverage.plan == "Gold"
    assert coverages_of(act, ann.id)[0].coverage.member_number == "NHF 1"
    end_coverage(act, coverage_id=row.id, version=2, ends=date(2026, 1, 1))
    assert not coverages_of(act, ann.id)[0].counts
    with pytest.raises(Invalid):
        void_coverage(act, coverage_id=row.id, version=3, reason=" ")
    void_coverage(act, coverage_id=row.id, version=3, reason="another patient's card")
    assert coverages_of(act, ann.id) == []


def test_the_second_of_two_is_told(cast, ann):
    act = cast.act("receptionist")
    row = a_coverage(act, ann.id)
    update_coverage(act, coverage_id=row.id, version=1, plan="Gold")
    for late in (
        lambda: update_coverage(act, coverage_id=row.id, version=1, plan="Silver"),
        lambda: end_coverage(act, coverage_id=row.id, version=1, ends=date(2026, 1, 1)),
        lambda: void_coverage(act, coverage_id=row.id, version=1, reason="x"),
    ):
        with pytest.raises(Stale):
            late()


@pytest.mark.race
def test_of_twenty_desks_with_one_card_one_records_it(cast, real_db):
    ann, act = a_patient(cast.almighty()), cast.act("receptionist")
    errors = []

    def one():
        try:
            record_coverage(act, patient_id=ann.id, payer_name="Fund", member_number="1")
        except Exception as error:
            errors.append(type(error))
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == [CoverageKnown] * 19
    assert Coverage.objects.count() == 1
