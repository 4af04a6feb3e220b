"""The demonstration's forms: a nurse's assessments, the doctor's questions on mood, and a form that the house is building."""

import random
from collections.abc import Callable

from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.questionnaires import services as questionnaires
from salus.questionnaires.drafts import FormDraft
from salus.questionnaires.models import Questionnaire

_ASSESSED, _MOODS = 6, 3
_SMOKING = ("266919005", "8517006", "77176002")


def ask_a_few(as_: Callable[[str], Act], chance: random.Random) -> None:
    """Some of those who are here were asked; nothing is where the forms are not loaded."""
    forms = {one.url: one for one in Questionnaire.objects.filter(facility=None, status=Questionnaire.ACTIVE)}
    admission, mood = forms.get("salus:form/nursing-admission"), forms.get("salus:form/phq-9")
    here = Encounter.objects.filter(status="in-progress", department__code="opd").order_by("started_at", "id")
    for visit in here[:_ASSESSED] if admission else ():
        assert admission is not None
        _sign(as_("nurse"), visit, admission, _assessment(chance))
    for visit in here[:_MOODS] if mood else ():
        assert mood is not None
        often = {one.link: [chance.choice(one.options).key] for one in mood.form.questions if one.required}
        _sign(as_("doctor"), visit, mood, often)
    _build(as_("admin"))


def _assessment(chance: random.Random) -> dict[str, list[str]]:
    pain = chance.randint(0, 8)
    said = {
        "29463-7": str(chance.randint(52, 98)),
        "8302-2": str(chance.randint(152, 192)),
        "72514-3": str(pain),
        "pain-where": "Back" if pain else "",
        "smoking": chance.choice(_SMOKING),
        "fall": "false",
    }
    return {link: [words] for link, words in said.items() if words}


def _sign(act: Act, visit: Encounter, form: Questionnaire, typed: dict[str, list[str]]) -> None:
    draft = FormDraft(visit.patient_id, visit.id, form.id, typed=typed)
    questionnaires.sign_response(act, draft=draft)


def _build(admin: Act) -> None:
    """A draft that is half built."""
    made = questionnaires.draft_form(
        admin, title="Call after discharge", description="Asked by telephone after two days."
    )
    lines = (
        ("boolean", "Does the patient feel better?"),
        ("boolean", "Could all medicines be had?"),
        ("text", "What is missing?"),
    )
    for version, (kind, text) in enumerate(lines, start=1):
        questionnaires.add_line(admin, questionnaire_id=made.id, version=version, kind=kind, text=text)
