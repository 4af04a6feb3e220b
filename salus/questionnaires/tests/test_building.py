"""Forms that are built: drafted, changed line by line, put into use, followed by a version, retired, brought and taken along."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.core.models import Fact
from salus.questionnaires import drafting
from salus.questionnaires import services as questionnaires
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.queries.forms import forms_in_use
from salus.questionnaires.rules.items import LINK_PERIOD, ORDINAL, PLACES
from salus.questionnaires.rules.written import decode, encode
from salus.questionnaires.tests.builders import a_form, a_question, a_visit, an_answer, content, extended, sign
from tests.cast import Cast, form_key


def test_a_form_is_built_line_by_line_and_put_into_use(cast):
    admin = cast.act("administrator")
    made = questionnaires.draft_form(admin, title="Falls")
    for version, (kind, text) in enumerate((("group", "Falls"), ("boolean", "Fallen?"), ("text", "How?")), start=1):
        questionnaires.add_line(admin, questionnaire_id=made.id, version=version, kind=kind, text=text)
    with pytest.raises(Stale):  # a page that was drawn before
        questionnaires.add_line(admin, questionnaire_id=made.id, version=1, kind="text", text="Where?")
    questionnaires.move_line(admin, questionnaire_id=made.id, version=4, place=1, to="in")
    with pytest.raises(Conflict):  # nothing stands above it
        questionnaires.move_line(admin, questionnaire_id=made.id, version=5, place=0, to="up")
    questionnaires.activate_form(admin, questionnaire_id=made.id, version=5)
    row = Questionnaire.objects.get(id=made.id)
    assert [(line.item.text, line.depth) for line in row.form.lines] == [("Falls", 0), ("Fallen?", 1), ("How?", 0)]
    assert row in forms_in_use(cast.act("nurse"))
    assert row not in forms_in_use(Cast("elsewhere").act("nurse"))
    with pytest.raises(drafting.NotADraft):
        questionnaires.remove_line(admin, questionnaire_id=made.id, version=6, place=0)
    assert Fact.objects.filter(name="questionnaires.QuestionnaireActivated").count() == 1


def test_only_who_builds_forms_builds_them(cast):
    with pytest.raises(NotAllowed):
        questionnaires.draft_form(cast.act("doctor"), title="Mine")


def test_a_form_with_faults_is_not_put_into_use(cast):
    admin = cast.act("administrator")
    nowhere = a_question("b", "text", **extended(records="archive"))
    for n, faulty in enumerate((a_question("a", "choice"), nowhere)):
        made = questionnaires.import_form(admin, text=encode(content(faulty, url=f"urn:x:{n}")))
        with pytest.raises(questionnaires.NotReady):
            questionnaires.activate_form(admin, questionnaire_id=made.id, version=1)
        page = reverse("questionnaires:form", args=[made.id])
        assert cast.client("administrator").get(page).status_code == 200
    sent = {"kind": "text", "text": "More", "version": 1}
    for version, below in enumerate(("999999", "\u00b2"), start=1):  # a place that is none is the end of the form
        address = reverse("questionnaires:add_line", args=[made.id])
        more = form_key(**sent | {"version": version, "below": below})
        assert cast.client("administrator").post(address, more).status_code == 303


def test_a_new_version_takes_the_place_of_the_old_and_answers_stay_with_theirs(cast):
    admin, visit = cast.act("administrator"), a_visit(cast)
    first = a_form(cast, a_question("a"))
    answered = sign(cast, an_answer(first, visit, {"a": "Yes"}))
    second = questionnaires.draft_version(admin, questionnaire_id=first.id)
    with pytest.raises(Conflict):  # one draft at a time
        questionnaires.draft_version(admin, questionnaire_id=first.id)
    questionnaires.add_line(admin, questionnaire_id=second.id, version=1, kind="text", text="More?")
    questionnaires.activate_form(admin, questionnaire_id=second.id, version=2)
    first.refresh_from_db()
    answered.refresh_from_db()
    assert (first.status, first.edition, answered.questionnaire_id) == ("retired", "1", first.id)
    draft = an_answer(second, visit, {"a": "Begun"})
    begun = questionnaires.write_response(cast.act("doctor"), draft=draft)
    assert (second.url, Questionnaire.objects.get(id=second.id).canonical) == (first.url, f"{first.url}|2")
    with pytest.raises(Questionnaire.DoesNotExist):
        sign(cast, an_answer(first, visit, {"a": "Late"}))
    questionnaires.retire_form(admin, questionnaire_id=second.id, version=3)
    sign(cast, begun)  # what was begun is not lost


def test_a_form_goes_out_and_comes_back_the_same(cast):
    """Export and import: the same resource, what the builder does not know of it too."""
    theirs = {"url": "https://example.org/x", "valueDecimal": 1}
    text = encode(content(a_question("a", extension=[theirs]), url="https://example.org/f", version="3.1"))
    made = questionnaires.import_form(cast.act("administrator"), text=text)
    assert decode(text).items() <= made.exported.items()
    with pytest.raises(questionnaires.AlreadyHere):
        questionnaires.import_form(cast.act("administrator"), text=text)
    elsewhere = questionnaires.import_form(Cast("elsewhere").act("administrator"), text=encode(made.exported))
    assert (elsewhere.content, elsewhere.canonical) == (made.content, "https://example.org/f|3.1")


def _with(url, value):
    """A form with an extension of a value that is written as here."""
    named = f'"valueDuration": {value}' if url == LINK_PERIOD else f'"valueDecimal": {value}'
    extension = f'[{{"url": "{url}", {named}}}]'
    return (
        f'{{"resourceType": "Questionnaire", "item": [{{"linkId": "a", "type": "decimal", "extension": {extension}}}]}}'
    )


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"resourceType": "Patient"}', '{"resourceType": "Questionnaire", "item": {}}',
     '{"resourceType": "Questionnaire", "item": [{"linkId": 3}]}', "[" * 5000,
     '{"resourceType": "Questionnaire", "title": "a\\u0000b", "item": [{"linkId": "a", "type": "text", "text": "A"}]}',
     '{"resourceType": "Questionnaire", "item": [{"linkId": "a", "answerOption": [{"valueCoding": "x"}]}]}',
     '{"resourceType": "Questionnaire", "item": [{"linkId": "a", "extension": [{"url": '
     '"http://hl7.org/fhir/StructureDefinition/questionnaire-unit", "valueCoding": 3}]}]}',
     *(_with(url, value) for url, value in [
         (PLACES, "1e9999999"), (PLACES, "NaN"), (PLACES, '"NaN"'), (PLACES, "-1"), (PLACES, "2.5"),
         (ORDINAL, "1e9999999"), (ORDINAL, "1e-9999999"), (LINK_PERIOD, '{"value": 1e9999999, "code": "mo"}')])],
)  # fmt: skip
def test_what_is_no_form_is_refused_in_words(cast, text):
    with pytest.raises(Invalid) as error:
        questionnaires.import_form(cast.act("administrator"), text=text)
    assert "Questionnaire" in error.value.fields["file"]


@pytest.mark.race
@pytest.mark.guarantee("B7")
def test_fifty_begin_a_version_and_one_is_begun(real_db, cast):
    first = a_form(cast, a_question("a"))
    acts = [cast.act("administrator") for _n in range(50)]

    def begin(act):
        try:
            questionnaires.draft_version(act, questionnaire_id=first.id)
        except Conflict:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(begin, acts)) == 1
