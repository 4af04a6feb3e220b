"""Forms that were filled in, as they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from salus.chart.models import AllergyIntolerance, Condition, Observation
from salus.core.act import Act
from salus.questionnaires.handover import source_of
from salus.questionnaires.models import QuestionnaireResponse
from salus.questionnaires.rules.filling import Filled, Score, fill
from salus.questionnaires.rules.items import Form, Line
from salus.questionnaires.rules.responses import NotThisForm, typed_of
from salus.questionnaires.words import said

_LIST = 50
#: where an answer goes on to -> the rows there
_ENTRIES: dict[str, Any] = {"observation": Observation, "problem": Condition, "allergy": AllergyIntolerance}


@dataclass(frozen=True, slots=True)
class Answered:
    """One line of a filled form: a heading, or a question with its answer; `kept` where the answer stands in the record."""

    line: Line
    answer: str
    score: Score | None = None
    kept: str = ""


@dataclass(frozen=True, slots=True)
class ResponseView:
    """A filled form with what it amends and what amends it."""

    response: QuestionnaireResponse
    filled: Filled
    lines: Sequence[Answered]
    amended_by: QuestionnaireResponse | None

    @property
    def form(self) -> Form:
        """The form as it was filled in."""
        return self.filled.form

    @property
    def stands(self) -> bool:
        """Whether it is the last word: neither mended nor marked as wrong."""
        return self.amended_by is None and self.response.voided_at is None


def responses_of(act: Act, patient_id: UUID, limit: int = _LIST) -> list[QuestionnaireResponse]:
    """The patient's filled forms, newest first; of a row of amendments the last one."""
    rows = QuestionnaireResponse.objects.of_patient(act, patient_id).standing().defer("answers")
    named = rows.select_related("questionnaire").defer("answers", "questionnaire__content")
    return list(named.order_by("-authored_at", "-id")[:limit])


def response_of(act: Act, patient_id: UUID, response_id: UUID) -> ResponseView:
    """One filled form.

    :raises QuestionnaireResponse.DoesNotExist: if it is none of this patient's
    """
    rows = QuestionnaireResponse.objects.of_patient(act, patient_id).select_related("questionnaire", "amends")
    row = rows.get(id=response_id)
    filled = filled_of(row.questionnaire.form, row)
    form = filled.form
    by = rows.valid().filter(amends=row).first()
    return ResponseView(row, filled, _lines(form, filled, row, _kept(act, row, form)), by)


def filled_of(form: Form, row: QuestionnaireResponse) -> Filled:
    """The answers of a filled form, read by the version that was answered."""
    try:
        return fill(form, typed_of(form, row.items))
    except NotThisForm:  # the database holds what was checked when it was signed
        return fill(form, {})


def _lines(form: Form, filled: Filled, row: QuestionnaireResponse, kept: Mapping[str, Sequence[str]]) -> list[Answered]:
    found = []
    for line in form.lines:
        item = line.item
        if item.link not in filled.shown or item.type == "display":
            continue
        answer = said(item, filled.values.get(item.link, ()))
        if item.type == "group" or answer:
            here = source_of(row, item.link)
            is_kept = any(one == here or one.startswith((f"{here}/", f"{here}@")) for one in kept.get(item.records, ()))
            found.append(Answered(line, answer, filled.scores.get(item.link), item.records if is_kept else ""))
    return found


def _kept(act: Act, row: QuestionnaireResponse, form: Form) -> dict[str, list[str]]:
    """The sources of what stands in the record now by this form, by kind: a statement for each kind that it records."""
    kinds = {line.item.records for line in form.lines} & _ENTRIES.keys()
    return {
        kind: [
            str(source)
            for source in _ENTRIES[kind]
            .objects.of_patient(act, row.patient_id)
            .valid()
            .filter(source__startswith=source_of(row, ""))
            .values_list("source", flat=True)
        ]
        for kind in kinds
    }
