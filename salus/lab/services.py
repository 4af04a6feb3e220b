"""Acts of the laboratory: route, collect, enter, verify, correct."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from salus.chart import observing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.core.ids import uuid7
from salus.core.numbers import next_in_sequence
from salus.lab import handover, rules
from salus.lab.facts import ResultCorrected, ResultEntered, ResultVerified, SpecimenCollected, SpecimenRejected
from salus.lab.models import Request, Result, Specimen
from salus.lab.queries import TestToFill, results_of, tests_to_fill

_ENTERED = [
    *("number", "comparator", "text", "unit", "flag", "low", "high", "reference_text", "comment"),
    *("entered_by_id", "entered_by_name", "entered_at"),
]


# One statement for all the orders of a signature; the laboratory is the facility's first.
_OPEN = """
    INSERT INTO lab_request (id, version, recorded_by_id, void_reason, facility_id, department_id, order_id, patient_id,
        encounter_id, test_id, status, priority, ordered_at, rejected_reason)
    SELECT fresh.id, 1, %(by)s, '', patient.facility_id, (
            SELECT id FROM places_department
            WHERE facility_id = patient.facility_id AND kind = 'laboratory' AND retired_at IS NULL
            ORDER BY code LIMIT 1),
        ordered.id, ordered.patient_id, ordered.encounter_id, ordered.test_id, 'waiting', ordered.priority,
        coalesce(ordered.authored_at, %(at)s), ''
    FROM unnest(%(ids)s::uuid[], %(orders)s::uuid[]) AS fresh (id, order_id)
    JOIN orders_order ordered ON ordered.id = fresh.order_id JOIN patients_patient patient ON patient.id = ordered.patient_id
    WHERE ordered.kind = 'test' AND ordered.test_id IS NOT NULL
    ON CONFLICT (order_id) DO NOTHING
"""


class NotCollectable(Conflict):
    """A specimen was already taken for this, or the order was stopped."""


class NotEnterable(Conflict):
    """Values can be entered only after the specimen is taken and before the result is final."""


class NotVerifiable(Conflict):
    """This is not waiting for verification."""


class NeedsSecondPerson(Conflict):
    """Whoever entered a value cannot verify it. A second person has to."""


@transaction.atomic
def open_requests(act: Act, *, order_ids: Sequence[UUID]) -> None:
    """Put ordered tests on the laboratory's worklist; an order that is there already stays as it is."""
    act.require("lab.open_request")
    values: dict[str, Any] = {
        "by": act.on_behalf_of or act.by,
        "at": act.at,
        "orders": list(order_ids),
        "ids": [uuid7() for _ in order_ids],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)


@transaction.atomic
def cancel_request(act: Act, *, order_id: UUID) -> None:
    """Take a stopped order off the worklist.

    :raises NotCollectable: when its specimen is already under way
    """
    act.require("lab.open_request")
    request = Request.objects.select_for_update().filter(order_id=order_id).first()
    if request is None or request.status == Request.CANCELLED:
        return
    if request.status not in (Request.WAITING, Request.HELD):
        raise NotCollectable("The laboratory already has the specimen for this test.")
    request.status = Request.CANCELLED
    request.save(update_fields=["status"])


@transaction.atomic
def hold_request(act: Act, *, order_id: UUID) -> None:
    """Let a test wait: no specimen is taken for it until its order is resumed.

    :raises NotCollectable: when its specimen is already under way
    """
    act.require("lab.open_request")
    request = Request.objects.select_for_update().filter(order_id=order_id).first()
    if request is None or request.status in (Request.CANCELLED, Request.HELD):
        return
    if request.status != Request.WAITING:
        raise NotCollectable("The laboratory already has the specimen for this test.")
    request.status = Request.HELD
    request.save(update_fields=["status"])


@transaction.atomic
def release_request(act: Act, *, order_id: UUID) -> None:
    """Put a test that was held back on the list of what waits for a specimen."""
    act.require("lab.open_request")
    request = Request.objects.select_for_update().filter(order_id=order_id, status=Request.HELD).first()
    if request is not None:
        request.status = Request.WAITING
        request.save(update_fields=["status"])


@transaction.atomic
def collect_specimen(act: Act, *, patient_id: UUID, request_ids: Sequence[UUID]) -> Specimen:
    """Take one specimen for tests of one patient that share a container; its accession number goes on the label.

    :raises NotCollectable: if one of them no longer waits for a specimen
    :raises Invalid: if the tests need different specimens
    """
    act.require("lab.collect_specimen")
    requests = list(
        Request.objects.visible_to(act)
        .select_for_update(of=("self",))
        .filter(id__in=request_ids, patient_id=patient_id)
        .select_related("test")
        .order_by("id")
    )
    if not requests or len(requests) != len(set(request_ids)):
        raise NotCollectable
    if any(r.status != Request.WAITING for r in requests):
        raise NotCollectable
    if len({(r.test.specimen, r.test.container) for r in requests}) > 1:
        raise Invalid("These tests need different specimens. Collect each specimen by itself.")
    specimen = Specimen.objects.create(
        facility_id=act.here,
        patient_id=patient_id,
        accession=f"{act.at:%y}L{next_in_sequence('lab_accession_seq')}",
        kind=requests[0].test.specimen,
        container=requests[0].test.container,
        collected_at=act.at,
        collected_by_id=act.by,
        collected_by_name=act.by_name,
        recorded_by_id=act.by,
    )
    Request.objects.filter(id__in=[r.id for r in requests]).update(status=Request.COLLECTED, specimen=specimen)
    announce(
        act,
        SpecimenCollected(specimen_id=specimen.id, patient_id=patient_id, request_ids=tuple(r.id for r in requests)),
    )
    return specimen


@transaction.atomic
def reject_specimen(act: Act, *, request_id: UUID, version: int, reason: str) -> Request:
    """Send a test back to wait for a new specimen (haemolysed, clotted, too little).

    :raises NotEnterable: if it has no specimen, or its result is final
    """
    act.require("lab.enter_result")
    if not reason.strip():
        raise Invalid(reason="Say why the specimen cannot be used.")
    request = _locked(act, request_id, version)
    if request.status not in (Request.COLLECTED, Request.RESULTED):
        raise NotEnterable
    Result.objects.filter(request=request, voided_at=None).update(
        voided_at=act.at, voided_by_id=act.by, void_reason=reason
    )
    request.status, request.specimen, request.rejected_reason = Request.WAITING, None, reason.strip()
    request.save(update_fields=["status", "specimen", "rejected_reason"])
    announce(act, SpecimenRejected(request_id=request.id, patient_id=request.patient_id, reason="unusable"))
    return request


@transaction.atomic
def enter_results(act: Act, *, request_id: UUID, version: int, values: Mapping[str, str], comment: str = "") -> Request:
    """Keep the values of a test or of a panel's tests, each with its range and flag; a second person verifies them.

    `values` is test code -> what was typed; an empty one is not yet known. When all are known the request is ready.

    :raises Invalid: with a message beside each value that could be misread
    :raises NotEnterable: without a specimen, or when the result is final
    """
    act.require("lab.enter_result")
    request = _locked(act, request_id, version)
    if request.status not in (Request.COLLECTED, Request.RESULTED):
        raise NotEnterable
    fill = tests_to_fill(request)
    read = _read_all(fill, values)
    if not read:
        raise Invalid("Enter at least one value.")
    _keep_values(act, request, read, comment)
    request.status = Request.RESULTED if len(read) == len(fill) else Request.COLLECTED
    request.save(update_fields=["status"])
    announce(act, ResultEntered(request_id=request.id, patient_id=request.patient_id))
    return request


@transaction.atomic
def verify_results(act: Act, *, request_id: UUID, version: int) -> Request:
    """Make the results of a request final, so that clinicians may act on them.

    :raises NotVerifiable: if it is not waiting for verification
    :raises NeedsSecondPerson: if the doer entered one of the values
    :raises Stale: if somebody changed it since it was read
    """
    act.require("lab.verify_result")
    request = _locked(act, request_id, version)
    if request.status != Request.RESULTED:
        raise NotVerifiable
    results = list(Result.objects.filter(request=request, voided_at=None).select_related("test").order_by("id"))
    if any(result.entered_by_id == act.by for result in results):
        raise NeedsSecondPerson
    Result.objects.filter(id__in=[r.id for r in results]).update(
        status=Result.FINAL, verified_by_id=act.by, verified_by_name=act.by_name, verified_at=act.at
    )
    request.status = Request.VERIFIED
    request.save(update_fields=["status"])
    observing.record_observations(act, handover.observations_of(act, request, results))
    announce(
        act,
        ResultVerified(
            request_id=request.id,
            patient_id=request.patient_id,
            order_id=request.order_id,
            test_code=request.test.code,
            service_code=request.test.service.code if request.test.service else "",
            encounter_id=request.encounter_id,
            department_id=request.department_id,
            is_critical=any(r.flag in rules.CRITICAL for r in results),
        ),
    )
    return request


@transaction.atomic
def correct_result(act: Act, *, result_id: UUID, version: int, value: str, reason: str) -> Result:
    """Correct a final value: the chart shows the new one, with the old one struck; the history keeps both.

    :raises NotVerifiable: if the value is not final yet (enter it again instead)
    :raises NeedsSecondPerson: if the doer entered the value
    """
    act.require("lab.verify_result")
    if not reason.strip():
        raise Invalid(reason="Say why the result is corrected.")
    work = Request.objects.visible_to(act).values("id")
    known = Result.objects.filter(id=result_id, voided_at=None, request_id__in=work)
    result = known.select_for_update(of=("self",)).select_related("test", "request__test", "request__patient").get()
    if result.version != version:
        raise Stale
    if result.status == Result.ENTERED:
        raise NotVerifiable
    if result.entered_by_id == act.by:
        raise NeedsSecondPerson
    test = next(t for t in tests_to_fill(result.request) if t.id == result.test_id)
    read = _read_all([test], {test.code: value})
    if not read:
        raise Invalid(**{test.code: "Enter the corrected value."})
    _apply(result, test, read[0][1])
    result.status, result.comment = Result.CORRECTED, reason.strip()
    result.verified_by_id, result.verified_by_name, result.verified_at = act.by, act.by_name, act.at
    result.save()
    observing.record_observations(act, handover.observations_of(act, result.request, [result]))
    announce(act, ResultCorrected(request_id=result.request_id, result_id=result.id, patient_id=result.patient_id))
    return result


def _locked(act: Act, request_id: UUID, version: int) -> Request:
    request = (
        Request.objects.visible_to(act)
        .select_for_update(of=("self",))
        .select_related("test__service", "patient", "specimen", "order")
        .get(id=request_id)
    )
    if request.version != version:
        raise Stale
    return request


def _read_all(fill: Sequence[TestToFill], values: Mapping[str, str]) -> list[tuple[TestToFill, rules.Value]]:
    """Read what was typed; all mistakes are told at once."""
    read, wrong = [], {}
    for test in fill:
        typed = values.get(test.code, "").strip()
        if not typed:
            continue
        try:
            read.append((test, rules.read_value(typed, kind=test.kind, choices=test.choices, decimals=test.decimals)))
        except rules.NotAValue as error:
            wrong[test.code] = str(error)
    if wrong:
        raise Invalid(**wrong)
    return read


def _keep_values(act: Act, request: Request, read: Sequence[tuple[TestToFill, rules.Value]], comment: str) -> None:
    """One row for each test: a value that was entered before is replaced (its history stays)."""
    known = results_of(request)
    fresh: list[Result] = []
    changed: list[Result] = []
    for test, value in read:
        result = known.get(test.id) or Result(
            request=request, patient_id=request.patient_id, test_id=test.id, recorded_by_id=act.by
        )
        _apply(result, test, value)
        result.comment = comment.strip()
        result.entered_by_id, result.entered_by_name, result.entered_at = act.by, act.by_name, act.at
        (changed if test.id in known else fresh).append(result)
    if fresh:
        Result.objects.bulk_create(fresh)
    if changed:
        Result.objects.bulk_update(changed, _ENTERED)


def _apply(result: Result, test: TestToFill, value: rules.Value) -> None:
    result.number, result.comparator, result.text = value.number, value.comparator, value.text
    result.unit = test.unit
    result.flag = rules.flag_of(value, test.range)
    result.low = test.range.low if test.range else None
    result.high = test.range.high if test.range else None
    result.reference_text = rules.range_text(test.range)
