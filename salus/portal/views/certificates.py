"""Sick notes, for the patient: seen, and on paper with the code that proves it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from salus.chart import papers
from salus.core.door import door
from salus.core.errors import NotFound
from salus.portal.doors import Own, of_patient, page
from salus.portal.queries import certificates as reads
from salus.portal.queries.certificates import SEE

USE = "portal.use"


@door(USE)
@of_patient(SEE)
def certificates(request: Any, own: Own) -> HttpResponse:
    """Sick notes that were signed."""
    return page(request, "certificates.html", own, rows=reads.certificates_of(own.act, own.patient_id))


@door(USE)
@of_patient(SEE)
def certificate_pdf(request: Any, own: Own, certificate_id: UUID) -> HttpResponse:
    """One of them on paper."""
    row = reads.certificate_of(own.act, own.patient_id, certificate_id)
    if row is None:
        raise NotFound
    own.act.shows(own.patient_id, action="print")
    made = papers.certificate(row, printed_by=own.act.by_name, printed_at=own.act.at)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": "inline"})
