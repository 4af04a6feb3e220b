"""The order composer as a browser meets it."""

import re

import pytest
from django.urls import reverse

from salus.catalog.models import Orderable
from salus.core.models import AccessEntry, Draft
from salus.inventory.tests.builders import a_medicine, a_presentation
from salus.orders import sockets
from salus.orders.models import Order
from salus.orders.sockets import Alert
from salus.orders.tests.builders import a_patient, a_test, a_visit
from tests.cast import form_key
from tests.statements import at_most
from tests.sweep.routes import forms_on


@pytest.fixture
def visit(cast):
    a_presentation(), a_presentation("amoxicillin"), a_test()
    return a_visit(cast)


@pytest.fixture
def doctor(cast):
    return cast.client("doctor")


def _at(name, visit):
    return reverse(f"orders:{name}", args=[visit.patient_id])


def _medicine(name="paracetamol", **changes):
    typed = {
        "what": f"medicine:{a_presentation(name).id}",
        "dose": "500",
        "dose_unit": "mg",
        "route": "oral",
        "times": "3/d",
        "duration_days": "5",
        "priority": "routine",
    }
    return typed | changes


def _add(doctor, visit, **typed):
    return doctor.post(_at("add", visit), form_key(patient_id=visit.patient_id, **typed))


def _sign_form(doctor, visit):
    """The fields of the page's own form for signing."""
    page = doctor.get(_at("compose", visit)).content.decode()
    form = page[page.index('id="sign-form"') :]
    form = form[: form.index("</form>")]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    data = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return data


def test_put_together_and_signed(doctor, visit):
    assert _add(doctor, visit, **_medicine()).status_code == 303
    assert _add(doctor, visit, what=f"test:{a_test().id}", priority="urgent").status_code == 303
    page = doctor.get(_at("compose", visit)).content.decode()
    assert "Sign 2 orders" in page
    assert "15" in page  # to give out
    answer = doctor.post(_at("sign", visit), _sign_form(doctor, visit))
    assert answer.status_code == 303
    assert {order.kind: order.encounter_id for order in Order.objects.all()} == {"medicine": visit.id, "test": visit.id}
    assert not Draft.objects.exists()
    assert "2 orders signed" in doctor.get(answer["Location"]).content.decode()


def test_a_controlled_medicine_asks_who_is_at_the_screen_and_loses_nothing(cast, visit):
    user = cast.user("doctor")
    user.set_password("correct horse battery")
    user.save()
    browser = cast.client("doctor", fresh=False)
    medicine = a_medicine("controlled", is_controlled=True)
    assert medicine.is_controlled
    _add(browser, visit, **_medicine("controlled"))
    assert "Controlled" in browser.get(_at("compose", visit)).content.decode()
    asked = browser.post(_at("sign", visit), _sign_form(browser, visit))
    assert (asked.status_code, Order.objects.count()) == (403, 0)
    kept = next(one for one in forms_on(asked.content.decode(), "") if one.action == _at("sign", visit))
    assert browser.post(kept.action, kept.fields | {"_again_password": "correct horse battery"}).status_code == 303
    assert Order.objects.count() == 1
    assert not Draft.objects.exists()


@pytest.mark.guarantee("H3")
def test_a_second_click_and_a_second_window_make_no_second_order(doctor, visit):
    _add(doctor, visit, **_medicine())
    first, second = _sign_form(doctor, visit), _sign_form(doctor, visit)
    assert doctor.post(_at("sign", visit), first).status_code == 303
    again = doctor.post(_at("sign", visit), first)
    assert (again.status_code, again["Idempotency-Replayed"]) == (303, "true")
    other = doctor.post(_at("sign", visit), second)
    assert other.status_code == 409
    assert "another window" in other.content.decode()
    assert Order.objects.count() == 1


@pytest.mark.guarantee("H1")
def test_a_form_of_another_patient_changes_nothing(cast, doctor, visit):
    other = a_visit(cast, a_patient(cast, family="Bird", given="Ben"))
    assert doctor.post(_at("add", other), form_key(patient_id=visit.patient_id, **_medicine())).status_code == 409
    _add(doctor, visit, **_medicine())
    assert doctor.post(_at("sign", other), _sign_form(doctor, visit)).status_code == 409
    assert not Order.objects.exists()


def test_mistakes_come_back_with_what_was_typed(doctor, visit):
    answer = _add(doctor, visit, **_medicine(dose="1,5", duration_days="400"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="1,5"' in page
    assert "1.5, not 1,5" in page
    assert not Draft.objects.exists()


def test_what_cannot_be_reckoned_is_asked(doctor, visit):
    answer = _add(doctor, visit, **_medicine(duration_days=""))
    assert answer.status_code == 422
    assert "Write for how many days, or how much is to be given out." in answer.content.decode()
    reckoned = doctor.post(_at("reckon", visit), _medicine(times="2/d"))
    assert "10" in reckoned.content.decode()


def test_a_line_is_changed_in_its_place_and_taken_out(doctor, visit):
    _add(doctor, visit, **_medicine())
    _add(doctor, visit, **_medicine("amoxicillin"))
    key = _sign_form(doctor, visit)["line"][0]
    picked = doctor.post(_at("pick", visit), {"line": key}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="composer"' in picked
    assert "<html" not in picked
    assert 'value="500"' in picked
    _add(doctor, visit, line=key, **_medicine(dose="1000"))
    page = doctor.get(_at("compose", visit)).content.decode()
    assert page.index("1000\u00a0mg") < page.index(">amoxicillin<")
    key = _sign_form(doctor, visit)["line"][0]
    doctor.post(_at("remove", visit), form_key(patient_id=visit.patient_id, line=key))
    assert len(_sign_form(doctor, visit)["line"]) == 1


def test_a_line_that_is_changed_is_no_second_order_beside_itself(doctor, visit, monkeypatch):
    """Whoever changes paracetamol was told that paracetamol stands in the same draft already."""

    def twice(act, proposed, moment, quantity):
        names = [one.name for one in proposed]
        said = {"tier": "interrupt", "title": "Twice", "detail": "It is in the draft."}
        return [Alert(rule="t", place=n, **said) for n, one in enumerate(names) if names.count(one) > 1]

    monkeypatch.setattr(sockets, "order_checks", [twice])
    _add(doctor, visit, **_medicine("amoxicillin"))
    _add(doctor, visit, **_medicine())
    key = _sign_form(doctor, visit)["line"][0]
    page = doctor.post(_at("pick", visit), {"line": key}, headers={"HX-Request": "true"}).content.decode()
    assert 'value="500"' in page
    assert "It is in the draft." not in page
    again = doctor.post(_at("pick", visit), {"what": _medicine()["what"]}, headers={"HX-Request": "true"})
    assert "It is in the draft." in again.content.decode(), "a second one is told of"


def test_a_stop_is_shown_on_its_line_and_keeps_it_from_the_signature(doctor, visit, monkeypatch):
    def check(act, proposed, moment, quantity):
        return [
            Alert(rule="t", tier="stop", title="Penicillin allergy", detail="", instead="Choose another.", place=n)
            for n, one in enumerate(proposed)
            if one.name == "amoxicillin"
        ]

    seen = []
    monkeypatch.setattr(sockets, "order_checks", [check])
    monkeypatch.setattr(sockets, "alert_seen", [lambda act, one, alert, moment, outcome: seen.append(outcome)])
    _add(doctor, visit, **_medicine("amoxicillin"))
    _add(doctor, visit, **_medicine())
    page = doctor.get(_at("compose", visit)).content.decode()
    assert 'data-alert="stop"' in page
    assert "Choose another." in page
    assert "Sign 1 order" in page
    form = _sign_form(doctor, visit)
    stopped = re.search(r'id="draft-(\w+)" data-stopped', page)[1]
    refused = doctor.post(_at("sign", visit), form | {"line": [*form["line"], stopped]})
    assert refused.status_code == 422
    assert not Order.objects.exists()
    assert doctor.post(_at("sign", visit), _sign_form(doctor, visit)).status_code == 303
    assert [order.display for order in Order.objects.all()] == ["paracetamol 500 mg tablet"]
    assert seen == ["shown", "stopped"]
    assert "Penicillin allergy" in doctor.get(_at("compose", visit)).content.decode()


def test_an_interruption_asks_why(doctor, visit, monkeypatch):
    asks = Alert(rule="t", tier="interrupt", title="Sure?", detail="", place=0)
    monkeypatch.setattr(sockets, "order_checks", [lambda *_: [asks]])
    _add(doctor, visit, **_medicine())
    form = _sign_form(doctor, visit)
    refused = doctor.post(_at("sign", visit), form)
    assert refused.status_code == 422
    reason = {f"reason_{form['line'][0]}": "Tolerated before"}
    assert doctor.post(_at("sign", visit), _sign_form(doctor, visit) | reason).status_code == 303
    assert Order.objects.get().override_reason == "Tolerated before"


def test_the_box_finds_medicines_and_tests(doctor, visit):
    def found(text):
        return doctor.post(_at("search", visit), {"q": text}).content.decode()

    assert "amoxicillin 500 mg tablet" in found("amox tab")
    assert "Potassium" in found("pota")
    assert "Nothing" in found("xyz(")
    assert "paracetamol" not in found("mox")
    assert "Nothing" in found("東京")
    medicine = a_medicine("omegasal", synonyms=["Alphapirin"], words="omegasal edema")
    a_presentation("omegasal", medicine=medicine)
    for text in ("alphapir 500", "\u00f6mega", "oedem tablet", "OMEGASAL 500 mg"):
        assert "omegasal 500 mg tablet" in found(text), text


@pytest.mark.guarantee("H4")
def test_enter_takes_what_was_typed_whole_and_never_the_deadly_before_the_harmless(doctor, visit):
    """Whoever types "potassium" and Enter orders the test, not the concentrate for infusion."""
    a_presentation("potassium aa", medicine=a_medicine("potassium aa", is_high_alert=True, words="potassium"))
    a_presentation("potassium zz", medicine=a_medicine("potassium zz", words="potassium"))
    names = ("Potassium<", "potassium zz 500 mg", "potassium aa 500 mg")
    for text, order in (("potassium", names), ("potass", (names[1], names[2], names[0]))):
        page = doctor.post(_at("search", visit), {"q": text}).content.decode()
        places = [page.find(name) for name in order]
        assert -1 not in places, (text, page)
        assert places == sorted(places), (text, page)


def test_a_strength_beside_the_name_does_not_hide_a_medicine_from_outside(doctor):
    """What is kept in free words is checked against nothing: "metformin 850 mg tablets" is metformin."""
    a_medicine("metformaz")

    def found(text):
        return doctor.post(reverse("orders:find_medicine"), {"q": text}).content.decode()

    for text in ("metformaz 850", "Metformaz 850mg", "metformaz 850 mg tablets"):
        assert "metformaz" in found(text), text
    for text in ("metformaz tea", "850 mg"):
        assert "Not in the formulary" in found(text), text


def test_a_whole_word_goes_before_the_beginning_of_another(doctor, visit):
    """Whoever types "diet" means a diet, and not the slimming tablet that is also called diethylpropion."""
    a_presentation("omegasal", medicine=a_medicine("omegasal", synonyms=["Dietalpha"], words="omegasal dietalpha"))
    Orderable.objects.create(code="t-low-salt", name="Low salt diet", kind="diet")
    page = doctor.post(_at("search", visit), {"q": "diet"}).content.decode()
    assert -1 < page.find("Low salt diet") < page.find("omegasal")


@pytest.mark.parametrize("name", ["compose", "search", "pick", "add", "remove", "sign"])
def test_needs_the_right(cast, visit, name):
    browser = cast.client("receptionist")
    method = browser.get if name == "compose" else browser.post
    assert method(_at(name, visit), form_key(patient_id=visit.patient_id)).status_code == 403


def test_few_statements(doctor, visit):
    _add(doctor, visit, **_medicine())
    _add(doctor, visit, what=f"test:{a_test().id}", priority="urgent")
    with at_most(15):
        doctor.get(_at("compose", visit))
    line = _medicine("amoxicillin")
    with at_most(15):
        _add(doctor, visit, **line)
    form = _sign_form(doctor, visit)
    with at_most(15):
        assert doctor.post(_at("sign", visit), form).status_code == 303


def test_the_record_knows_who_looked(doctor, visit):
    doctor.get(_at("compose", visit))
    assert AccessEntry.objects.filter(patient_id=visit.patient_id, door="orders:compose").count() == 1
