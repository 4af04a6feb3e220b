"""The record as its patient reads it: visits, released results, prescriptions."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from salus.core.door import door
from salus.core.errors import NotFound
from salus.portal.doors import Own, of_patient, page
from salus.portal.queries import record as reads

USE = "portal.use"


@door(USE)
@of_patient(reads.SEE)
def visits(request: Any, own: Own) -> HttpResponse:
    """One's own visits."""
    rows = reads.visits_of(own.act, own.patient_id)
    return page(request, "visits.html", own, rows=rows, names=reads.names_of(rows))


@door(USE)
@of_patient(reads.SEE)
def results(request: Any, own: Own) -> HttpResponse:
    """Results that were released."""
    return page(request, "results.html", own, rows=reads.results_of(own.act, own.patient_id))


@door(USE)
@of_patient(reads.SEE)
def result(request: Any, own: Own, observation_id: UUID) -> HttpResponse:
    """One result, with the earlier ones of the same test."""
    one = reads.result_of(own.act, own.patient_id, observation_id)
    if one is None:
        raise NotFound
    return page(request, "result.html", own, one=one, earlier=reads.earlier_of(own.act, one))


@door(USE)
@of_patient(reads.SEE)
def prescriptions(request: Any, own: Own) -> HttpResponse:
    """Medicines that were prescribed."""
    return page(request, "prescriptions.html", own, rows=reads.prescriptions_of(own.act, own.patient_id))
