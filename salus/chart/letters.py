"""Signed notes, summaries and letters on A4."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from salus.chart.models import Note
from salus.chart.queries.notes import NoteView, parts_of
from salus.core.act import Act
from salus.patients.models import Patient
from salus.patients.papers import identity, letterhead
from salus.places.models import Facility
from salus.ui import formatting
from salus.ui.printing import document

_TYPST = Path(__file__).parent / "typst" / "note.typ"


def paper(act: Act, note: Note) -> bytes:
    """A letter as PDF: to whom, what it says, who signed."""
    return printed(act, NoteView(note))


def printed(act: Act, view: NoteView, *, by: str = "") -> bytes:
    """A signed note as PDF, with its diagnoses and what was added to it.

    :param by: who prints, for the foot of each page
    """
    note = view.note
    patient = Patient.objects.get(id=note.patient_id)
    facility = Facility.objects.select_related("organization").get(id=patient.facility_id)
    return document(_TYPST, _data(view, patient, facility), printed_by=by, printed_at=act.at)


def _data(view: NoteView, patient: Patient, facility: Facility) -> dict[str, Any]:
    note = view.note
    who = identity(patient)
    parts = [[part.label, _struck(note, part.text)] for part in parts_of(note)]
    return {
        "title": view.title or _("Note"),
        "organisation": letterhead(facility),
        "patient": who,
        "to": note.addressee or (who["name"] if note.audience == "patient" else ""),
        "facts": [[_("Date"), formatting.day(note.written_at)]],
        "parts": parts,
        "diagnoses_title": _("Diagnoses"),
        "diagnoses": [_diagnosis(one) for one in view.diagnoses],
        "addenda": [
            [
                _("Addendum of %(at)s, %(by)s") % {"at": formatting.instant(one.written_at), "by": one.author_name},
                one.sections.get("text", ""),
            ]
            for one in view.addenda
        ],
        "signatures": _signatures(note),
    }


def _diagnosis(one: Mapping[str, Any]) -> str:
    words = f"{one['display']} ({one['code']})" if one["code"] else str(one["display"])
    return f"{words} {_('[entered in error]')}" if one["voided_at"] else words


def _struck(note: Note, text: str) -> str:
    return _("[written in error]") + "\n" + text if note.voided_at else text


def _signatures(note: Note) -> Sequence[str]:
    at = formatting.instant(note.signed_at)
    lines = [_("Signed electronically by %(by)s, %(at)s") % {"by": note.author_name, "at": at}]
    if note.cosigned_at:
        second = {"by": note.cosigned_by_name, "at": formatting.instant(note.cosigned_at)}
        lines.append(_("Signed too by %(by)s, %(at)s") % second)
    elif note.waits_for_cosign:
        lines.append(_("A second signature is still missing."))
    return lines
