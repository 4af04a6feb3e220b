"""What tests of forms are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from salus.chart.tests.builders import a_patient, a_visit, vital_signs
from salus.encounters.models import Encounter
from salus.questionnaires import services as questionnaires
from salus.questionnaires.drafts import FormDraft
from salus.questionnaires.models import Questionnaire, QuestionnaireResponse
from salus.questionnaires.rules.items import EXTRACT, LINK_PERIOD, ORDINAL, PREFILL, RECORDS, UNIT
from salus.questionnaires.rules.written import JSON, encode
from tests.cast import Cast

__all__ = ["WEIGHT", "a_form", "a_patient", "a_question", "a_visit", "an_answer", "sign", "vital_signs"]

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"


def a_question(link: str, kind: str = "string", **more: Any) -> JSON:
    """A question with its link as its words."""
    return {"linkId": link, "type": kind, "text": f"Question {link}"} | more


def options(*words: str, weights: Sequence[int] = ()) -> list[JSON]:
    """Answers to choose, with points where some are given."""
    made: list[JSON] = [{"valueCoding": {"system": "urn:x", "code": one.casefold(), "display": one}} for one in words]
    for one, weight in zip(made, weights, strict=False):
        one["extension"] = [{"url": ORDINAL, "valueDecimal": weight}]
    return made


def when(question: str, operator: str = "=", **answer: Any) -> JSON:
    """One condition."""
    return {"enableWhen": [{"question": question, "operator": operator} | answer]}


def coded(code: str, system: str = LOINC) -> JSON:
    return {"code": [{"system": system, "code": code, "display": f"Code {code}"}]}


def extended(**values: Any) -> JSON:
    """Extensions by the names that the builder knows them by."""
    urls = {"records": RECORDS, "prefill": PREFILL, "extract": EXTRACT, "unit": UNIT, "since": LINK_PERIOD}
    names = {"extract": "valueBoolean", "unit": "valueCoding", "since": "valueDuration"}
    return {"extension": [{"url": urls[name], names.get(name, "valueCode"): value} for name, value in values.items()]}


KG = {"system": "http://unitsofmeasure.org", "code": "kg", "display": "kg"}
WEIGHT = a_question(
    "weight", "quantity", **coded("29463-7"), **extended(unit=KG, extract=True, since={"value": 6, "code": "mo"})
)


def content(*items: JSON, **more: Any) -> JSON:
    return {"resourceType": "Questionnaire", "title": "A form", "item": list(items)} | more


def a_form(cast: Cast, *items: JSON, role: str = "administrator", **more: Any) -> Questionnaire:
    """A form in use, with these questions."""
    act = cast.act(role)
    made = questionnaires.import_form(act, text=encode(content(*(items or (a_question("a"),)), **more)))
    return questionnaires.activate_form(act, questionnaire_id=made.id, version=1)


def an_answer(form: Questionnaire, visit: Encounter, typed: Mapping[str, Any], **changes: Any) -> FormDraft:
    """What somebody has typed into a form of a visit: one text, or a list of them."""
    said = {link: [one] if isinstance(one, str) else list(one) for link, one in typed.items()}
    return FormDraft(visit.patient_id, visit.id, form.id, typed=said, **changes)


def sign(cast: Cast, draft: FormDraft, role: str = "doctor", **said: Any) -> QuestionnaireResponse:
    return questionnaires.sign_response(cast.act(role), draft=draft, **said)
