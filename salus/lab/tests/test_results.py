"""From the order to the final result: each act works, needs its right, refuses a bad state and is safe twice."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from salus.chart.models import Observation
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact
from salus.lab import services
from salus.lab.models import Request, Result
from salus.lab.tests.builders import a_panel, a_request, a_test, collected, entered, verified


def test_an_ordered_test_waits_once(cast):
    request = a_request(cast)
    services.open_requests(cast.almighty(), order_ids=[request.order_id])
    assert Request.objects.filter(order=request.order_id).count() == 1
    assert request.department == cast.departments["lab"]


def test_collecting_gives_one_accession_number(cast):
    request = collected(cast, a_request(cast))
    assert request.status == Request.COLLECTED
    assert request.specimen.accession
    with pytest.raises(services.NotCollectable):
        collected(cast, request)
    assert Fact.objects.filter(name="lab.SpecimenCollected").count() == 1


@pytest.mark.guarantee("H8")
def test_a_specimen_is_never_taken_for_another_patients_test(cast):
    request, other = a_request(cast), a_request(cast)
    with pytest.raises(services.NotCollectable):
        services.collect_specimen(cast.act("nurse"), patient_id=request.patient_id, request_ids=[other.id])


def test_entering_flags_and_keeps_the_digits(cast):
    request = entered(cast, a_request(cast), "5.4")
    result = Result.objects.get(request=request)
    assert (str(result.number), result.flag, result.reference_text, result.unit) == ("5.4", "H", "3.5 to 5.3", "mmol/L")
    assert request.status == Request.RESULTED


def test_mistakes_are_told_beside_each_value_and_nothing_is_kept(cast):
    one, two = a_test("one-t"), a_test("two-t")
    request = collected(cast, a_request(cast, test=a_panel(one, two)))
    with pytest.raises(Invalid) as told:
        services.enter_results(
            cast.act("laboratory-technician"),
            request_id=request.id,
            version=request.version,
            values={"one-t": "4,2", "two-t": "4.2"},
        )
    assert set(told.value.fields) == {"one-t"}
    assert not Result.objects.filter(request=request).exists()


def test_a_panel_is_ready_when_all_is_known(cast):
    request = collected(cast, a_request(cast, test=a_panel(a_test("one-t"), a_test("two-t"))))
    act = cast.act("laboratory-technician")
    request = services.enter_results(act, request_id=request.id, version=request.version, values={"one-t": "4.0"})
    assert request.status == Request.COLLECTED
    request.refresh_from_db()
    both = {"one-t": "4.0", "two-t": "5.0"}
    request = services.enter_results(act, request_id=request.id, version=request.version, values=both)
    assert request.status == Request.RESULTED


def test_verifying_files_the_value_in_the_record(cast):
    request = verified(cast, a_request(cast))
    filed = Observation.objects.get(patient=request.patient_id)
    assert (filed.code, str(filed.number), filed.unit, filed.status) == ("2823-3", "4.2", "mmol/L", "final")
    assert (filed.low, filed.high, filed.category) == (Decimal("3.5"), Decimal("5.3"), "laboratory")
    fact = Fact.objects.get(name="lab.ResultVerified")
    assert fact.data["service_code"] == request.test.service.code
    assert fact.data["is_critical"] is False


def test_nobody_verifies_his_own_entry(cast):
    request = collected(cast, a_request(cast))
    act = cast.act("pathologist")
    services.enter_results(act, request_id=request.id, version=request.version, values={request.test.code: "4.2"})
    request.refresh_from_db()
    with pytest.raises(services.NeedsSecondPerson):
        services.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)


def test_the_database_too_wants_a_second_person(cast):
    request = entered(cast, a_request(cast))
    result = Result.objects.get(request=request)
    with pytest.raises(IntegrityError, match="lab_result_second_person"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lab_result SET verified_by_id = entered_by_id, status = 'final' WHERE id = %s", [result.id]
        )


def test_verifying_twice_is_refused_and_files_once(cast):
    request = verified(cast, a_request(cast))
    with pytest.raises(services.NotVerifiable):
        services.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)
    assert Observation.objects.filter(patient=request.patient_id).count() == 1


def test_an_old_page_changes_nothing(cast):
    request = entered(cast, a_request(cast))
    with pytest.raises(Stale):
        services.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version - 1)


@pytest.mark.guarantee("H9")
def test_a_correction_keeps_the_old_value(cast):
    request = verified(cast, a_request(cast))
    result = Result.objects.get(request=request)
    services.correct_result(
        cast.act("pathologist"), result_id=result.id, version=result.version, value="6.6", reason="wrong tube"
    )
    filed = Observation.objects.get(patient=request.patient_id)
    assert (str(filed.number), filed.flag, filed.status) == ("6.6", "HH", "corrected")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row->>'number' FROM chart_observation_history WHERE row_id = %s", [filed.id])
        assert cursor.fetchall() == [("4.2",)]


def test_an_unusable_specimen_sends_the_test_back(cast):
    request = entered(cast, a_request(cast))
    services.reject_specimen(
        cast.act("laboratory-technician"), request_id=request.id, version=request.version, reason="haemolysed"
    )
    request.refresh_from_db()
    assert (request.status, request.specimen) == (Request.WAITING, None)
    assert entered(cast, request).status == Request.RESULTED


def test_a_stopped_order_leaves_the_list_only_before_the_specimen(cast):
    request, taken = a_request(cast), collected(cast, a_request(cast))
    services.cancel_request(cast.almighty(), order_id=request.order_id)
    request.refresh_from_db()
    assert request.status == Request.CANCELLED
    with pytest.raises(services.NotCollectable):
        services.cancel_request(cast.almighty(), order_id=taken.order_id)


@pytest.mark.parametrize(
    ("role", "act"),
    [
        ("receptionist", lambda a, r: services.collect_specimen(a, patient_id=r.patient_id, request_ids=[r.id])),
        ("nurse", lambda a, r: services.enter_results(a, request_id=r.id, version=1, values={})),
        ("laboratory-technician", lambda a, r: services.verify_results(a, request_id=r.id, version=1)),
        ("nurse", lambda a, r: services.reject_specimen(a, request_id=r.id, version=1, reason="x")),
        ("nurse", lambda a, r: services.open_requests(a, order_ids=[r.order_id])),
    ],
)
def test_each_act_needs_its_right(cast, role, act):
    with pytest.raises(NotAllowed):
        act(cast.act(role), a_request(cast))
