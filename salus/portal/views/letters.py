"""Letters and summaries of visits, for the patient."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from salus.chart import letters as paper
from salus.chart.queries.notes import NoteView
from salus.core.door import door
from salus.core.errors import NotFound
from salus.portal.doors import Own, of_patient, page
from salus.portal.queries import letters as reads
from salus.portal.queries.record import SEE

USE = "portal.use"


@door(USE)
@of_patient(SEE)
def letters(request: Any, own: Own) -> HttpResponse:
    """Letters and summaries that were shown."""
    return page(request, "letters.html", own, rows=reads.letters_of(own.act, own.patient_id))


@door(USE)
@of_patient(SEE)
def letter(request: Any, own: Own, letter_id: UUID) -> HttpResponse:
    """One of them."""
    return page(request, "letter.html", own, view=_one(own, letter_id))


@door(USE)
@of_patient(SEE)
def letter_pdf(request: Any, own: Own, letter_id: UUID) -> HttpResponse:
    """One of them on paper."""
    view = _one(own, letter_id)
    own.act.shows(own.patient_id, action="print")
    made = paper.printed(own.act, view, by=own.act.by_name)
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": "inline"})


def _one(own: Own, letter_id: UUID) -> NoteView:
    view = reads.letter_of(own.act, own.patient_id, letter_id)
    if view is None:
        raise NotFound
    return view
