"""Words of the record that a note, a summary or a letter begins with: what stands in braces in a template's default words."""

import re
from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart.models import Condition
from salus.chart.note_types import NoteType
from salus.chart.queries.allergies import allergy_list, reaction_of
from salus.chart.queries.results import results_of
from salus.chart.queries.vitals import vital_series
from salus.chart.sockets import Phrase, offer_phrases, phrases
from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.ui import formatting

_PHRASE = re.compile(r"\{([a-z_]+)\}")
_TESTS = 12


def filled(act: Act, patient_id: UUID, encounter_id: UUID | None, one: NoteType) -> dict[str, str]:
    """What stands in the sections of a new note of this type: its default words, with those of the record."""
    wanted = {code for section in one.sections for code in _PHRASE.findall(section.default)}
    said: dict[str, str] = {}
    for code in sorted(wanted & phrases.keys()):
        phrase = phrases[code]
        lines = phrase.load(act, patient_id, encounter_id) if act.may(phrase.right) else []
        said[code] = "\n".join(lines)
    put: Callable[[re.Match[str]], str] = lambda found: said.get(found[1], found[0])  # noqa: E731
    return {section.name: _PHRASE.sub(put, section.default).strip() for section in one.sections if section.default}


def plug_in() -> None:
    """Offer this room's own phrases."""
    offer_phrases(
        Phrase("diagnoses", lazy("Diagnoses of this visit"), "patients.open", _diagnoses),
        Phrase(
            "vital_signs", lazy("Latest vital signs, of this visit in a note about one"), "patients.open", _vital_signs
        ),
        Phrase("allergies", lazy("Allergies"), "patients.open", _allergies),
        Phrase("results", lazy("Latest results"), "patients.open", _results),
    )


def _diagnoses(act: Act, patient_id: UUID, encounter_id: UUID | None) -> list[str]:
    rows = Condition.objects.of_patient(act, patient_id).valid().filter(status__in=("active", "recurrence", "relapse"))
    rows = rows.exclude(verification="refuted")  # a letter names no illness that the patient proved not to have
    rows = rows.filter(encounter_id=encounter_id) if encounter_id else rows
    return list(dict.fromkeys(rows.order_by("recorded_at").values_list("display", flat=True)[:20]))


def _vital_signs(act: Act, patient_id: UUID, encounter_id: UUID | None) -> list[str]:
    """The newest ones, each with its day; in a note about a visit none from before it, for they were not found there."""
    latest = [(one.short_name, one.latest) for one in vital_series(act, patient_id, 1)]
    newest = max((reading.at for _name, reading in latest), default=None)
    begin = _day_of_arrival(patient_id, encounter_id)
    return [
        f"{name}: {reading.shown} {reading.unit}".strip() + f" ({formatting.day(reading.at)})"
        for name, reading in latest
        if newest and (newest - reading.at).days < 1 and (begin is None or formatting.local(reading.at).date() >= begin)
    ]


def _day_of_arrival(patient_id: UUID, encounter_id: UUID | None) -> date | None:
    rows = Encounter.objects.filter(id=encounter_id, patient_id=patient_id) if encounter_id else ()
    began = [at for one in rows if (at := one.arrived_at or one.started_at)]
    return formatting.local(began[0]).date() if began else None


def _allergies(act: Act, patient_id: UUID, encounter_id: UUID | None) -> list[str]:
    known = allergy_list(act, patient_id)
    if known.state == "none_known":
        return [_("No known allergies.")]
    return [": ".join(part for part in (row.display, reaction_of(row)) if part) for row in known.rows]


def _results(act: Act, patient_id: UUID, encounter_id: UUID | None) -> list[str]:
    found = results_of(act, patient_id, tests=_TESTS, values=1)
    return [
        f"{one.name}: {one.latest.shown} {one.latest.unit} {one.latest.flag}".strip()
        + f" ({formatting.day(one.latest.at)})"
        for one in found
    ]
