"""The rules' screens: who may decide, what is kept of it, and a hospital's own lines looked at before they hold."""

import pytest
from django.urls import reverse

from salus.chart.services.conditions import record_condition
from salus.core.models import Fact
from salus.inventory.tests.builders import a_medicine, a_presentation
from salus.orders import services as orders
from salus.orders.services import NeedsReason
from salus.orders.tests.builders import a_medicine_item, a_patient, a_visit
from salus.safety.models import Rule, Setting
from salus.safety.tests.builders import a_group, a_rule, an_interaction
from salus.terminology.models import Concept, Medicine
from tests.cast import form_key
from tests.statements import at_most

HEADER = "a,b,severity,effect,management,source,source_place,source_opened\n"
LINE = "paracetamol,amoxicillin,{},It is so.,Choose one.,Our committee,Minutes 7,2026-11-01\n"


def _at(name, *args):
    return reverse(f"safety:{name}", args=args)


def _decide(browser, rule, **typed):
    values = {"version": 0, "tier": "note", "reason": "Passed every time."} | typed
    return browser.post(_at("decide_rule", rule.id), form_key(**values))


@pytest.mark.guarantee("H6")
def test_a_decision_is_kept_with_who_and_why(cast):
    rule, admin = an_interaction(), cast.client("administrator")
    assert _decide(admin, rule, reason=" ").status_code == 422
    assert _decide(admin, rule).status_code == 303
    assert _decide(admin, rule).status_code == 409, "somebody decided since"
    assert _decide(admin, rule, version=1, tier="", is_retired="1", reason="Wrong here.").status_code == 303
    page = admin.get(_at("rule", rule.id)).content.decode()
    assert page.index("Wrong here.") < page.index("Passed every time.")
    assert "Ada Lund" in page
    assert [f.data["is_retired"] for f in Fact.objects.filter(name="safety.RuleDecided").order_by("id")] == [
        False,
        True,
    ]


@pytest.mark.guarantee("H6")
@pytest.mark.parametrize("role", ["doctor", "pharmacist", "nurse", "receptionist"])
def test_only_who_manages_rules_decides(cast, role):
    rule, browser = an_interaction(), cast.client(role)
    assert _decide(browser, rule).status_code == 403
    assert browser.get(_at("knowledge")).status_code == 403
    for name in ("compare_knowledge", "load_own_knowledge"):
        assert browser.post(_at(name), form_key(file="interactions.csv", content=HEADER)).status_code == 403
    assert not Setting.objects.exists()


def test_an_owner_decides_about_the_own_rule(cast):
    rule, doctor = an_interaction(), cast.client("doctor")
    owner = str(cast.act("doctor").practitioner_id)
    assert _decide(cast.client("administrator"), rule, tier="", owner=owner).status_code == 303
    assert _decide(doctor, rule, version=1, is_retired="1", owner="").status_code == 303
    setting = Setting.objects.get()
    assert (setting.is_retired, str(setting.owner_id)) == (True, owner), "an owner gives nothing away"
    assert _decide(doctor, an_interaction("paracetamol", "ibuprofen")).status_code == 403


def test_an_allergy_is_never_made_quieter(cast):
    rule = Rule.objects.get(code="allergy.group")
    answer = _decide(cast.client("administrator"), rule, tier="note")
    assert answer.status_code == 422
    assert _decide(cast.client("administrator"), rule, tier="", is_retired="1").status_code == 422


@pytest.mark.guarantee("H6")
def test_a_pharmacist_holds_a_statement_against_its_source(cast):
    """What was found is kept with who and when, and speaks of the statement as it read then."""
    rule, pharmacist = an_interaction(), cast.client("pharmacist")
    at, page = _at("review_rule", rule.id), _at("rule", rule.id)

    def review(browser, **typed):
        return browser.post(at, form_key(**({"version": 0, "seen": 1, "verdict": "right"} | typed)))

    assert review(cast.client("doctor")).status_code == 403
    assert review(pharmacist, verdict="").status_code == 422
    assert review(pharmacist, verdict="wrong").status_code == 422, "what is wrong is said"
    assert review(pharmacist, verdict="wrong", words="The label says avoid.").status_code == 303
    assert review(pharmacist).status_code == 409, "somebody wrote since"
    assert review(pharmacist, version=1, words="=SmPC 4.5").status_code == 303
    with at_most(15):
        told = pharmacist.get(page).content.decode()
    assert told.index("=SmPC 4.5") < told.index("The label says avoid.")
    listed = {
        state: pharmacist.get(_at("rules"), {"state": state, "words": "paracetamol"}).content.decode()
        for state in ("", "open", "reviewed", "doubted")
    }
    assert [str(rule.id) in words for words in listed.values()] == [True, False, True, False]
    table = pharmacist.get(_at("rules_file")).content.decode("utf-8-sig")
    (line,) = [one for one in table.splitlines() if one.startswith('"interaction:amoxicillin|paracetamol"')]
    assert '"A book"' in line
    assert "'=SmPC 4.5" in line, "no cell is a formula"
    rule.severity = "minor"
    rule.save()
    assert review(pharmacist, version=2).status_code == 409, "it reads otherwise than what was looked at"
    assert "Changed since" in pharmacist.get(page).content.decode()
    with at_most(15):
        found = pharmacist.get(_at("rules"), {"state": "open", "words": "paracetamol"}).content.decode()
    assert str(rule.id) in found
    facts = Fact.objects.filter(name="safety.RuleReviewed").order_by("id")
    assert [one.data["verdict"] for one in facts] == ["wrong", "right"]


def test_every_kind_of_rule_has_its_page(cast):
    rule, admin = Rule.objects.get(code="frequency:methotrexate|oral"), cast.client("administrator")
    grouped = Rule.objects.get(code="interaction:colchicine|group:inhibitors-raising-colchicine")
    assert "clarithromycin" in admin.get(_at("rule", grouped.id)).content.decode(), "what a group means is told"
    assert "methotrexate, oral" in admin.get(_at("rules"), {"kind": "frequency"}).content.decode()
    assert admin.get(_at("rule", rule.id)).status_code == 200
    aged = Rule.objects.filter(kind="age", says__age_from="P65Y").first()
    assert "65 years" in admin.get(_at("rule", aged.id)).content.decode()


def test_own_lines_are_looked_at_before_they_hold(cast):
    an_interaction(severity="minor")
    admin, patient = cast.client("administrator"), a_patient(cast)
    form = {"file": "interactions.csv", "content": HEADER + LINE.format("major")}
    page = admin.post(_at("compare_knowledge"), form_key(**form)).content.decode()
    assert "Instead of what ships" in page
    assert not Rule.objects.exclude(origin="salus").exists(), "looking changes nothing"
    items = (a_medicine_item(), a_medicine_item("amoxicillin"))
    sign = {"patient_id": patient.id, "encounter_id": None, "items": items}
    assert admin.post(_at("load_own_knowledge"), form_key(**form)).status_code == 303
    assert admin.post(_at("load_own_knowledge"), form_key(**form)).status_code == 303
    with pytest.raises(NeedsReason) as refusal:
        orders.place_orders(cast.act("doctor"), **sign)
    assert [one.source_words for one in refusal.value.alerts] == ["Our committee; Minutes 7"]
    assert Rule.objects.exclude(origin="salus").count() == 1
    wrong = admin.post(_at("compare_knowledge"), form_key(file="interactions.csv", content=HEADER + LINE.format("bad")))
    assert wrong.status_code == 422
    assert "interactions.csv:2: severity" in wrong.content.decode()
    unknown = HEADER + LINE.format("major").replace("amoxicillin", "group:nobody")
    answer = admin.post(_at("compare_knowledge"), form_key(file="interactions.csv", content=unknown))
    assert "group:nobody" in answer.content.decode()
    for content in ("\x00", "a,b\n", '"', HEADER + '"x'):
        assert (
            admin.post(_at("compare_knowledge"), form_key(file="interactions.csv", content=content)).status_code == 422
        )


def test_the_rates_count_what_was_shown_stopped_and_passed(cast):
    rule, patient = an_interaction(), a_patient(cast)
    sign = {"patient_id": patient.id, "encounter_id": None}
    orders.place_orders(cast.act("doctor"), **sign, items=[a_medicine_item()])
    item = a_medicine_item("amoxicillin", override_reason="Watched daily")
    orders.place_orders(cast.act("doctor"), **sign, items=[item])
    admin = cast.client("administrator")
    with at_most(15):
        page = admin.get(_at("rates")).content.decode()
    assert str(rule.id) in page
    assert "100 of 100" in page
    with at_most(15):
        assert "Watched daily" in admin.get(_at("rule", rule.id)).content.decode()
    assert "Watched daily" not in cast.client("doctor").get(_at("rule", rule.id)).content.decode()
    with at_most(15):
        found = admin.get(_at("rules"), {"words": "paracetamol amoxi"}).content.decode()
    assert str(rule.id) in found
    assert admin.get(_at("rules"), {"words": "xyz%("}).status_code == 200


def test_what_guidelines_take_first_is_offered_in_the_composer(cast):
    visit = a_visit(cast)
    a_presentation("paracetamol")
    says = {"medicine": "paracetamol", "conditions": ["R50"], "condition_name": "Fever", "line": "1"}
    a_rule("first-line", "fever|paracetamol", ["paracetamol"], says, severity="minor")
    record_condition(cast.act("doctor"), patient_id=visit.patient_id, code="R50.9", display="Fever, unspecified")
    doctor = cast.client("doctor")
    with at_most(15):
        page = doctor.post(_at("first_line", visit.patient_id), form_key()).content.decode()
    assert "Fever, unspecified" in page
    assert 'name="what" value="medicine:' in page
    assert "A book" in page
    assert (
        _at("first_line", visit.patient_id)
        in doctor.get(reverse("orders:compose", args=[visit.patient_id])).content.decode()
    )
    both = says | {"medicine": "clavulanic acid+amoxicillin"}
    a_rule("first-line", "fever|both", ["x"], both, severity="minor")
    pack = a_presentation("co-amoxiclav")
    Medicine.objects.filter(id=pack.medicine_id).update(ingredients=["amoxicillin", "clavulanic acid"])
    page = doctor.post(_at("first_line", visit.patient_id), form_key()).content.decode()
    assert f'value="medicine:{pack.id}"' in page, "what has both is offered"
    assert cast.client("nurse").post(_at("first_line", visit.patient_id), form_key()).status_code == 403
    a_group("proton-pumps", "aprazole", "zeprazole")
    for name, strengths in (("aprazole", 9), ("zeprazole", 1)):
        for n in range(strengths):
            a_presentation(f"{name} {n}", medicine=a_medicine(name))
    a_rule("first-line", "fever|group", ["x"], says | {"medicine": "group:proton-pumps"}, severity="minor")
    page = doctor.post(_at("first_line", visit.patient_id), form_key()).content.decode()
    assert ("zeprazole 0 500 mg" in page, "aprazole 8 500 mg" in page) == (True, False), (
        "one of each before many of one"
    )
    newer, other = {"code_system": "http://id.who.int/icd/release/11/mms", "code": "MG26"}, a_visit(cast)
    Concept.objects.create(system=newer["code_system"], code="MG26", display="Fever", maps_to="R50.9")
    record_condition(cast.act("doctor"), patient_id=other.patient_id, display="Fever by ICD-11", **newer)
    page = doctor.post(_at("first_line", other.patient_id), form_key()).content.decode()
    assert "Fever by ICD-11" in page, "its nearest category of ICD-10 counts"
