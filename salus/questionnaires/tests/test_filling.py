"""Forms that are filled in: typed, signed once, handed over to the record, mended, marked as wrong."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from salus.chart import services as chart
from salus.chart.models import AllergyIntolerance, Condition, Observation
from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from salus.core.models import Draft, Fact
from salus.patients.models import SensitiveCode
from salus.questionnaires import drafts
from salus.questionnaires import services as questionnaires
from salus.questionnaires.in_chart import forms_then
from salus.questionnaires.models import QuestionnaireResponse
from salus.questionnaires.queries.prefill import known_beforehand
from salus.questionnaires.queries.responses import response_of, responses_of
from salus.questionnaires.rules.items import ADDS, form_of
from salus.questionnaires.tests.builders import (
    WEIGHT,
    a_form,
    a_question,
    a_visit,
    an_answer,
    coded,
    content,
    extended,
    options,
    sign,
    vital_signs,
    when,
)
from tests.cast import Cast, form_key

WEIGHT_SINCE = {"value": 6, "code": "mo"}
SMOKES = a_question("smokes", "boolean", required=True)
MANY = a_question("many", "integer", required=True, **when("smokes", answerBoolean=True))
DIABETES = a_question(
    "diabetes", "boolean", **coded("E11.9", "http://hl7.org/fhir/sid/icd-10-cm"), **extended(records="problem")
)
ALLERGIES = a_question("allergic", "text", **extended(records="allergy"))


@pytest.fixture
def visit(cast):
    vital_signs()
    return a_visit(cast)


def test_a_draft_is_kept_for_its_author_alone_and_sealed(cast, visit):
    form = a_form(cast, SMOKES, MANY)
    draft = questionnaires.write_response(
        cast.act("doctor"), draft=an_answer(form, visit, {"smokes": "true", "many": "13"})
    )
    again = drafts.draft_of(cast.act("doctor"), an_answer(form, visit, {}))
    assert (again.typed, again.version) == ({"smokes": ["true"], "many": ["13"]}, draft.version)
    assert b"13" not in bytes(Draft.objects.get().content)
    assert drafts.drafts_of(cast.act("nurse"), visit.patient_id) == []
    with pytest.raises(Stale):  # another window, which has not seen that save
        questionnaires.write_response(cast.act("doctor"), draft=an_answer(form, visit, {"smokes": "false"}))


@pytest.mark.guarantee("H9")
def test_a_signed_form_points_to_its_version_and_is_locked_by_the_database(cast, visit):
    form = a_form(cast, SMOKES, MANY)
    made = sign(cast, an_answer(form, visit, {"smokes": "true", "many": "13"}))
    assert (made.status, made.questionnaire_id, made.author_name) == ("completed", form.id, "Chidi Okoye")
    assert [one["linkId"] for one in made.items] == ["smokes", "many"]
    fact = Fact.objects.get(name="questionnaires.ResponseSigned")
    assert (fact.patient_id, fact.data["questionnaire_id"]) == (visit.patient_id, str(form.id))
    assert set(fact.data) == {"patient_id", "response_id", "questionnaire_id", "encounter_id", "amends"}  # no answer
    made.answers = "[]"
    with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
        made.save(update_fields=["answers"])
    form.refresh_from_db()
    form.content = "{}"
    with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
        form.save(update_fields=["content"])


def test_conditions_are_enforced_on_the_server(cast, visit):
    """What a page sent of a question that is not asked is not kept; one that is asked has to be answered."""
    form = a_form(cast, SMOKES, MANY)
    made = sign(cast, an_answer(form, visit, {"smokes": "false", "many": "13"}))
    assert [one["linkId"] for one in made.items] == ["smokes"]
    with pytest.raises(Invalid) as error:
        sign(cast, an_answer(form, visit, {"smokes": "true", "many": "a few"}))
    assert set(error.value.fields) == {"many"}
    with pytest.raises(Invalid) as error:
        sign(cast, an_answer(form, visit, {}))
    assert set(error.value.fields) == {"smokes"}
    assert QuestionnaireResponse.objects.count() == 1


def test_who_may_not_fill_in_or_open_cannot_sign(cast, visit):
    form = a_form(cast, SMOKES)
    draft = an_answer(form, visit, {"smokes": "true"})
    with pytest.raises(NotAllowed):
        sign(cast, draft, role="receptionist")
    with pytest.raises(NotFound):
        questionnaires.sign_response(cast.act("nurse", facility_id=Cast("elsewhere").facility.id), draft=draft)


@pytest.mark.guarantee("H3")
def test_a_form_is_signed_once(cast, visit):
    """The same draft sent twice: the second finds it taken."""
    form = a_form(cast, SMOKES)
    kept = questionnaires.write_response(cast.act("doctor"), draft=an_answer(form, visit, {"smokes": "true"}))
    sign(cast, kept)
    with pytest.raises(Stale):
        sign(cast, kept)
    assert (QuestionnaireResponse.objects.count(), Draft.objects.count()) == (1, 0)


def test_what_is_signed_goes_on_into_the_record(cast, visit):
    """A weight among the vital signs, a score among the observations, a problem and an allergy on their lists."""
    form = a_form(cast, WEIGHT, DIABETES, ALLERGIES)
    made = sign(cast, an_answer(form, visit, {"weight": "70.50", "diabetes": "true", "allergic": "Bananas"}))
    weight = Observation.objects.get(code="29463-7")
    assert (str(weight.number), weight.unit_code, weight.category) == ("70.50", "kg", "vital-signs")
    assert (weight.source, weight.encounter_id) == (f"questionnaires.response:{made.id}#weight", visit.id)
    assert Condition.objects.get().code == "E11.9"
    assert AllergyIntolerance.objects.get().display == "Bananas"
    kept = {one.line.item.link: one.kept for one in response_of(cast.act("doctor"), visit.patient_id, made.id).lines}
    assert kept == {"weight": "observation", "diabetes": "problem", "allergic": "allergy"}


def test_what_a_sensitive_form_puts_into_the_record_is_as_sensitive(cast, visit):
    """The total of a form says as much as its answers; the weight that was asked along says nothing of it."""
    SensitiveCode.objects.create(system="http://loinc.org", code="44249-1", label="PSY")
    sad = a_question("sad", "integer", **coded("44250-9"), **extended(extract=True))
    form = a_form(cast, WEIGHT, sad, DIABETES, **coded("44249-1"))
    made = sign(cast, an_answer(form, visit, {"weight": "70", "sad": "3", "diabetes": "true"}))
    again = sign(cast, an_answer(form, visit, {"sad": "2"}, amends=made.id), reason="Misread")
    assert {one.id: one.labels for one in QuestionnaireResponse.objects.all()} == {made.id: ["PSY"], again.id: ["PSY"]}
    said = {one.code: one.labels for one in Observation.objects.all()}
    assert said == {"29463-7": [], "44250-9": ["PSY"]}
    assert Condition.objects.get().labels == ["PSY"]


def test_a_form_that_somebody_marks_is_marked_with_all_that_says_the_same(cast, visit):
    """Its other versions, and what it put into the record; unmarked, all of it is open again."""
    sad = a_question("sad", "integer", **coded("44250-9"), **extended(extract=True))
    form = a_form(cast, WEIGHT, sad, DIABETES)
    made = sign(cast, an_answer(form, visit, {"weight": "70", "sad": "3", "diabetes": "true"}))
    again = sign(cast, an_answer(form, visit, {"sad": "2", "diabetes": "true"}, amends=made.id), reason="Misread")
    doctor = cast.client("doctor")
    own = reverse("questionnaires:response", args=[visit.patient_id, again.id])
    mark = reverse("chart:labels", args=[visit.patient_id, "form", again.id])
    assert mark in doctor.get(own).content.decode()
    for labels in (["PSY"], []):
        said = {"labels": labels, "version": QuestionnaireResponse.objects.get(id=again.id).version}
        answer = doctor.post(mark, said | {"patient_id": visit.patient_id} | form_key())
        assert (answer.status_code, answer["Location"]) == (303, own)
        assert {tuple(one.labels) for one in QuestionnaireResponse.objects.all()} == {tuple(labels)}
        assert {one.code: one.labels for one in Observation.objects.all()} == {"29463-7": [], "44250-9": labels}
        assert Condition.objects.get().labels == labels
    assert Fact.objects.filter(name="chart.EntryLabelled").count() == 8


def test_a_sum_of_half_points_is_served_as_it_is(cast, visit):
    half = a_question("half", "decimal")
    total = {"linkId": "sum", "type": "integer", "text": "Sum", "readOnly": True}
    total["extension"] = [{"url": ADDS, "valueString": "half"}]
    made = sign(cast, an_answer(a_form(cast, half, total), visit, {"half": "2.5"}))
    assert str(made.items[1]["answer"][0]["valueDecimal"]) == "2.5"


def test_a_problem_that_is_listed_is_not_listed_twice(cast, visit):
    form = a_form(cast, DIABETES)
    for _again in range(2):
        sign(cast, an_answer(form, visit, {"diabetes": "true"}))
    assert Condition.objects.count() == 1


@pytest.mark.guarantee("H9")
def test_mending_corrects_the_record_and_keeps_what_it_said(cast, visit):
    """The weight is corrected in its row, what is no longer said is taken back, what is said again comes again."""
    form = a_form(cast, WEIGHT, DIABETES)
    first = sign(cast, an_answer(form, visit, {"weight": "70", "diabetes": "true"}))
    with pytest.raises(Invalid):  # without a reason
        sign(cast, an_answer(form, visit, {"weight": "7.5"}, amends=first.id))
    second = sign(cast, an_answer(form, visit, {"weight": "71"}, amends=first.id), reason="Misread")
    weight, problem = Observation.objects.get(), Condition.objects.get()
    assert weight.at == first.authored_at  # it was measured then, however late it is mended
    assert (str(weight.number), weight.status, weight.version) == ("71", "amended", 2)
    assert problem.voided_at is not None
    third = sign(cast, an_answer(form, visit, {"diabetes": "true"}, amends=second.id), reason="Asked again")
    weight.refresh_from_db()
    assert (weight.voided_at is not None, weight.status) == (True, "entered-in-error")
    assert Condition.objects.valid().count() == 1
    assert [one.id for one in responses_of(cast.act("doctor"), visit.patient_id)] == [third.id]
    with pytest.raises(questionnaires.AlreadyAmended):
        sign(cast, an_answer(form, visit, {"weight": "70"}, amends=first.id), reason="Late")
    voided = {"patient_id": visit.patient_id, "response_id": third.id, "version": 1, "reason": "Another patient's"}
    made = [one.created_at for one in QuestionnaireResponse.objects.order_by("created_at")]
    stood = [*made, datetime.now(UTC)]
    questionnaires.void_response(cast.act("doctor"), **voided)
    then = [[one.id for one in forms_then(cast.act("doctor"), visit.patient_id, at)] for at in stood]
    assert then == [[first.id], [second.id], [third.id], [third.id]], "the chart as it was shows what stood then"
    assert [one.id for one in forms_then(cast.act("doctor"), visit.patient_id, datetime.now(UTC))] == [second.id]


def test_only_its_author_marks_a_form_as_wrong_and_the_record_takes_it_back(cast, visit):
    made = sign(cast, an_answer(a_form(cast, WEIGHT), visit, {"weight": "70"}))
    said = {"patient_id": visit.patient_id, "response_id": made.id, "version": 1, "reason": "Another patient's"}
    with pytest.raises(NotAllowed):
        questionnaires.void_response(cast.act("nurse"), **said)
    questionnaires.void_response(cast.act("doctor"), **said)
    assert Observation.objects.valid().count() == 0
    assert Fact.objects.filter(name="questionnaires.ResponseVoided").count() == 1


@pytest.mark.guarantee("H4")
def test_a_weight_that_no_living_patient_has_is_refused(cast, visit):
    with pytest.raises(Invalid) as error:
        sign(cast, an_answer(a_form(cast, WEIGHT), visit, {"weight": "7050"}))
    assert "weight" in error.value.fields


def test_what_the_record_knows_is_there_beforehand(cast, visit):
    """The latest weight not too old and in the same unit; age, sex and allergies of the patient."""
    chart.record_vitals(cast.act("nurse"), patient_id=visit.patient_id, values={"weight": Decimal("70.5")})
    chart.record_allergy(cast.act("nurse"), patient_id=visit.patient_id, display="Bananas")
    asked = [a_question(one, kind, **extended(prefill=one), **more) for one, kind, more in (
        ("age", "integer", {}), ("sex", "choice", {"answerOption": options("Male", "Female")}), ("allergies", "text", {}),
    )]  # fmt: skip
    form = form_of(content(WEIGHT, *asked))
    known = known_beforehand(cast.act("doctor"), visit.patient, form)
    assert {link: one.typed for link, one in known.items() if link != "age"} == {
        "weight": ("70.5",),
        "sex": (visit.patient.gender,),
        "allergies": ("Bananas",),
    }
    Observation.objects.update(unit_code="[lb_av]", unit="lb")
    pounds = known_beforehand(cast.act("doctor"), visit.patient, form)["weight"]
    assert pounds.typed == ()
    assert "another unit" in pounds.where_from
    # a number is no number of kilograms where the question says no unit, and less than 5 is not 5
    bare = form_of(content(a_question("weight", "decimal", **coded("29463-7"), **extended(since=WEIGHT_SINCE))))
    assert known_beforehand(cast.act("doctor"), visit.patient, bare)["weight"].typed == ()
    Observation.objects.update(unit_code="kg", unit="kg", comparator="<")
    less = known_beforehand(cast.act("doctor"), visit.patient, form)["weight"]
    assert (less.typed, less.where_from[:9]) == ((), "< 70.5 kg")


@pytest.mark.race
@pytest.mark.guarantee("B9")
def test_fifty_mend_one_form_and_one_stands(real_db, cast):
    vital_signs()
    visit = a_visit(cast)
    form = a_form(cast, WEIGHT)
    first = sign(cast, an_answer(form, visit, {"weight": "70"}))
    acts = [cast.act("doctor" if n % 2 else "nurse") for n in range(50)]

    def mend(n):
        try:
            draft = an_answer(form, visit, {"weight": f"{60 + n}"}, amends=first.id, writer=str(n))
            questionnaires.sign_response(acts[n], draft=draft, reason="Misread")
        except (questionnaires.AlreadyAmended, Stale):
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(mend, range(50))) == 1
    assert QuestionnaireResponse.objects.filter(amends=first).count() == 1
    (answered,) = QuestionnaireResponse.objects.get(amends=first).items
    assert Observation.objects.get().number == answered["answer"][0]["valueQuantity"]["value"]
