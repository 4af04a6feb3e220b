"""By which route a medicine is given: drops and creams are no tablets, unless a source says that they act like them."""

import pytest
from django.urls import reverse

from salus.inventory.tests.builders import a_medicine, a_presentation
from salus.orders import services as orders
from salus.orders.models import MedicationStatement
from salus.orders.queries import alerts_on_statements
from salus.orders.services import NeedsReason
from salus.orders.tests.builders import a_medicine_item, a_patient
from salus.safety.definitions import read_shipped
from salus.safety.models import Rule, Setting
from salus.safety.rules import conditions, doses, pairs
from salus.safety.rules.findings import Setting as Decided
from salus.safety.rules.knowledge import SPARABLE, Knowledge
from salus.safety.rules.people import Person, Problem
from salus.safety.tests.builders import a_rule, proposed, said
from salus.safety.tests.test_exam import _shipped
from salus.safety.tests.test_knowledge import ICD, TODAY
from salus.terminology.formulary import LOCAL_ROUTES, read_formulary
from tests.cast import form_key
from tests.statements import at_most

EAR = said("local", "minor", ingredient="a", routes=["otic"], spares=["interaction", "contraindication", "duplicate"])
PAIR = said("interaction", a="group:g", b="b", management="")
DISEASE = said("contraindication", medicine="a", conditions=["K72"])
ILL = Person(TODAY, problems=(Problem(ICD, "K72.1", "Liver failure", TODAY),))


def _known(*more, settings=None):
    return Knowledge((PAIR, DISEASE, *more), {"a": {"g"}}, settings or {})


def _found(one, known, other=None):
    met = list(pairs.pairs([(0, one)], [other or proposed("b")]))
    return [
        finding.kind
        for finding in (
            *pairs.check_interactions(met, known),
            *pairs.check_duplicates(met, known),
            *conditions.check_conditions([(0, one)], ILL, known),
        )
    ]


@pytest.mark.guarantee("H6")
@pytest.mark.parametrize("route", ["oral", "intravenous", "ophthalmic", ""])
def test_only_the_route_that_a_line_names_is_quiet(route):
    """Another one, and one that nobody wrote, is as loud as it was."""
    assert _found(proposed("a", route=route), _known(EAR)) == ["interaction", "contraindication"]
    assert _found(proposed("a", route="otic"), _known(EAR)) == []


def test_a_line_that_a_hospital_retires_makes_the_route_loud_again():
    retired = {EAR.code: Decided(is_retired=True)}
    assert _found(proposed("a", route="otic"), _known(EAR, settings=retired)) == ["interaction", "contraindication"]


def test_only_what_a_line_spares_is_spared():
    some = said("local", "minor", ingredient="a", routes=["otic"], spares=["contraindication"])
    assert _found(proposed("a", route="otic"), _known(some)) == ["interaction"]


def test_a_statement_that_names_the_route_holds_all_the_same():
    by_ear = said("interaction", a="b", b="a", b_routes=["otic"], management="")
    disease = said("contraindication", medicine="a", routes=["otic"], conditions=["K72"])
    known = Knowledge((EAR, by_ear, disease), {"a": {"g"}})
    assert _found(proposed("a", route="otic"), known) == ["interaction", "contraindication"]
    assert _found(proposed("a", route=""), known) == ["interaction", "contraindication"], "not known: it may be"
    assert _found(proposed("a", route="oral"), known) == []


def test_of_several_ingredients_each_is_judged_by_itself():
    both = proposed("a", ingredients=("a", "c"), allergy_groups=("g",), route="otic")
    assert _found(both, _known(EAR)) == ["interaction"], "the group is told of both together"


def test_drops_beside_tablets_are_not_the_same_twice():
    drops, tablets = proposed("a", route="otic"), proposed("a")
    assert "duplicate.ingredient" not in _found(drops, _known(EAR), tablets)
    assert "duplicate.ingredient" in _found(drops, _known(EAR), proposed("a", route="otic")), "but drops twice are"
    assert "duplicate.ingredient" in _found(drops, _known(), tablets)


def test_grams_of_a_gel_are_not_grams_of_what_is_in_it():
    limit = said("dose", ingredient="a", route="cutaneous", per="day", high="320", unit="mg")
    gel = {"route": "cutaneous", "strength": "10 mg/g", "unit": "g", "dose_unit": "g"}

    def found(dose, **more):
        judged = doses.check_doses([(0, proposed("a", dose=dose, **gel | more))], (), ILL, Knowledge((limit,)))
        return [one.kind for one in judged.found]

    assert found(4) == []
    assert found(12) == ["dose.high"]
    assert found(120, dose_unit="mg") == ["dose.high"]
    assert found(1, dose_unit="application") == ["dose.unchecked"]


@pytest.mark.guarantee("H6")
def test_nothing_that_ships_makes_a_route_into_the_body_quiet():
    """Whatever the formulary has: by mouth, by vein, by the lungs, through the skin, and unsaid, it is meant as before."""
    known = _shipped()[3]
    lines = [one for one in read_shipped().rules if one.kind == "local"]
    assert len(lines) >= 12
    assert {route for one in lines for route in one.says["routes"]} <= {*LOCAL_ROUTES, "intrauterine"}
    assert all(one.source and one.source_place and one.source_opened for one in lines)
    named = {(one.says["ingredient"], route) for one in lines for route in one.says["routes"]}
    for medicine in read_formulary().medicines:
        for route in (*medicine.routes, ""):
            given = proposed(medicine.name, ingredients=medicine.ingredients, route=route)
            if {(one.casefold(), route) for one in medicine.ingredients} & named:
                continue
            for kind in SPARABLE:
                meant = known.meant(given, kind)
                assert meant.inside == meant.every, (medicine.code, route)


def _drops():
    return a_presentation("drops", medicine=a_medicine("drops", routes=["otic"]), routes=["otic"], unit="mL")


def _interaction(**changes):
    says = {"a": "drops", "b": "paracetamol", "management": "Choose one."} | changes
    return a_rule("interaction", "drops|paracetamol", ["drops", "paracetamol"], says)


def _quiet(cast):
    says = {"ingredient": "drops", "routes": ["otic"], "spares": ["interaction"]}
    return a_rule("local", "drops@otic", ["drops"], says, severity="minor", statement="Hardly any is absorbed.")


@pytest.mark.guarantee("H6")
def test_what_is_told_from_home_has_the_one_route_of_its_medicine(cast):
    patient, pack = a_patient(cast), _drops()
    _interaction()
    MedicationStatement.objects.create(
        patient=patient, medicine=pack.medicine, display="drops", status="active", recorded_by_id=cast.act("doctor").by
    )

    def sign():
        return orders.place_orders(
            cast.act("doctor"), patient_id=patient.id, encounter_id=None, items=[a_medicine_item()]
        )

    with pytest.raises(NeedsReason):
        sign()
    line = _quiet(cast)
    (order,) = sign()
    assert order.status == "active"
    Setting.objects.create(
        facility_id=patient.facility_id,
        rule=line.code,
        is_retired=True,
        reason="We look at drops too.",
        decided_at=cast.act("doctor").at,
        recorded_by_id=cast.act("doctor").by,
    )
    found = alerts_on_statements(cast.act("doctor"), patient.id)
    assert [one.rule for alerts in found.values() for one in alerts] == ["interaction:drops|paracetamol"]


def test_the_alert_says_by_which_route_it_holds(cast):
    patient, pack = a_patient(cast), _drops()
    _interaction(a_routes=["otic"])
    _quiet(cast)
    MedicationStatement.objects.create(
        patient=patient, medicine=pack.medicine, display="drops", status="active", recorded_by_id=cast.act("doctor").by
    )
    with pytest.raises(NeedsReason) as asked:
        orders.place_orders(cast.act("doctor"), patient_id=patient.id, encounter_id=None, items=[a_medicine_item()])
    assert "This holds by route (drops: otic)." in asked.value.alerts[0].detail


def test_the_rule_says_by_which_routes_it_does_not_hold(cast):
    rule, line, admin = _interaction(), _quiet(cast), cast.client("administrator")
    page, other = reverse("safety:rule", args=[rule.id]), reverse("safety:rule", args=[line.id])
    with at_most(15):
        told = admin.get(page).content.decode()
    assert "drops (otic)" in told
    assert "Hardly any is absorbed." in told
    assert other in told
    own = admin.get(other).content.decode()
    assert "Interactions" in own
    assert "drops (otic)" in own
    listed = admin.get(reverse("safety:rules"), {"kind": "local", "words": "drops"}).content.decode()
    assert "Keeps others silent" in listed
    decided = form_key(version=0, tier="", is_retired="1", reason="We look at drops too.")
    assert admin.post(reverse("safety:decide_rule", args=[line.id]), decided).status_code == 303
    assert "Retired, so it holds" in admin.get(page).content.decode()
    named = Rule.objects.get(code="interaction:group:coumarins|miconazole@oral")
    assert "miconazole (oral)" in admin.get(reverse("safety:rule", args=[named.id])).content.decode()


def test_a_hospital_brings_lines_with_routes(cast):
    admin = cast.client("administrator")
    header = "a,a_routes,b,b_routes,severity,effect,management,source,source_place,source_opened\n"
    line = "paracetamol,{},amoxicillin,,moderate,It is so.,,Our committee,Minutes 7,2026-11-01\n"

    def compare(file, content):
        return admin.post(reverse("safety:compare_knowledge"), form_key(file=file, content=content))

    found = compare("interactions.csv", header + line.format("rectal"))
    assert "by route: paracetamol: rectal" in found.content.decode()
    refused = compare("interactions.csv", header + line.format("nowhere"))
    assert (refused.status_code, "nowhere" in refused.content.decode()) == (422, True)
    local = "ingredient,routes,spares,statement,source,source_place,source_opened\n"
    said = "paracetamol,rectal,{},Little.,Our committee,Minutes 7,2026-11-01\n"
    assert compare("local_routes.csv", local + said.format("allergy")).status_code == 422, "an allergy is never spared"
    assert compare("local_routes.csv", local + said.format("")).status_code == 422
    load = form_key(file="local_routes.csv", content=local + said.format("interaction"))
    assert admin.post(reverse("safety:load_own_knowledge"), load).status_code == 303
    assert Rule.objects.get(code="local:paracetamol@rectal").says["spares"] == ["interaction"]
