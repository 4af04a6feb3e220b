"""What somebody types finds what they mean, first, in a few milliseconds."""

import time

import pytest

from salus.terminology.models import Allergen, Concept, Medicine
from salus.terminology.queries import search_allergens, search_conditions, search_medicines
from tests.busy import busy

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("heart attack", "I21.9"),
        ("diab type 2", "E11.9"),
        ("2 type diabetes", "E11.9"),
        ("diabetes t", "E10.9"),
        ("uti", "N39.0"),
        ("htn", "I10"),
        ("high blood pressure", "I10"),
        ("hiv", "B20"),
        ("hepatitis b", "B18.1"),
        ("anaemia", "D64.9"),
        ("diarrhoea", "R19.7"),
        ("kidney stones", "N20.0"),
        ("broken arm", "S52.90XA"),
        ("fracture of the wrist", "S52.509A"),
        ("pneumocystis carinii", "B59"),
        ("e119", "E11.9"),
        ("E11.9", "E11.9"),
        ("i1", "I10"),
    ],
)
def test_the_first_condition_is_the_one_that_is_meant(typed: str, first: str) -> None:
    assert search_conditions(typed)[0].code == first


@pytest.mark.parametrize(("typed", "code"), [("Ménière", "H81.09"), ("b12 deficiency", "D51.3")])
def test_accents_and_digits_are_found(typed: str, code: str) -> None:
    assert code in [condition.code for condition in search_conditions(typed)]


def test_a_code_finds_its_branch_in_order() -> None:
    found = search_conditions("j45.9")
    assert [condition.code for condition in found] == ["J45.901", "J45.902", "J45.909", "J45.990", "J45.991", "J45.998"]


def test_only_what_can_be_recorded_is_found_unless_groups_are_asked_for() -> None:
    assert all(condition.is_leaf for condition in search_conditions("type 2 diabetes", 100))
    groups = search_conditions("type 2 diabetes", 200, groups=True)
    assert "E11" in [condition.code for condition in groups if not condition.is_leaf]
    assert search_conditions("e11", groups=True)[0].code == "E11"


def test_the_name_that_was_typed_is_told_where_the_display_lacks_it() -> None:
    found = search_conditions("heart attack")[0]
    assert (found.display, found.synonym) == ("Acute myocardial infarction, unspecified", "heart attack")
    assert search_conditions("myocardial infarction")[0].synonym == ""


@pytest.mark.parametrize("typed", ["", "  ", "?!", "' OR 1=1 --", ":*", "a & b | !c", "qqqq", "\0", "ß", "x" * 500])
def test_anything_may_be_typed(typed: str) -> None:
    for search in (search_conditions, search_medicines, search_allergens):
        assert isinstance(search(typed.replace("\0", "")), list)


def test_what_is_retired_is_not_found() -> None:
    Concept.objects.filter(code="I10").update(is_active=False)
    assert "I10" not in [condition.code for condition in search_conditions("hypertension")]
    assert "I10" not in [condition.code for condition in search_conditions("i10")]
    Medicine.objects.filter(code="metformin").update(is_active=False)
    assert search_medicines("metformin") == []
    Allergen.objects.filter(name="Latex").update(is_active=False)
    assert search_allergens("latex") == []


@pytest.mark.parametrize("typed", ["uti", "diab type 2", "hepatitis b", "fracture", "initial encounter", "a", "s52"])
def test_conditions_are_found_in_time(typed: str) -> None:
    """15 ms on a quiet machine; the best of many is asked for less than twice that, because ours is rarely quiet."""
    took = []
    for _ in range(20):
        begun = time.perf_counter()
        search_conditions(typed)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.030 * busy()


@pytest.mark.parametrize(
    ("typed", "code", "synonym"),
    [
        ("para", "paracetamol", ""),
        ("acetaminophen", "paracetamol", "acetaminophen"),
        ("adrenaline", "epinephrine", "adrenaline"),
        ("METF", "metformin", ""),
        ("clavulanic amox", "co-amoxiclav", ""),
        ("C09AA02", "enalapril", ""),
        ("sulphamethoxazole", "co-trimoxazole", ""),
    ],
)
def test_the_first_medicine_is_the_one_that_is_meant(typed: str, code: str, synonym: str) -> None:
    found = search_medicines(typed)[0]
    assert (found.code, found.synonym) == (code, synonym)


def test_a_class_finds_its_medicines() -> None:
    assert {"enalapril", "lisinopril", "ramipril"} <= {found.code for found in search_medicines("ace inhibitor")}


@pytest.mark.parametrize(
    ("typed", "name"), [("penic", "Penicillins"), ("aspirin", "Acetylsalicylic acid"), ("dust", "House dust mite")]
)
def test_the_first_allergen_is_the_one_that_is_meant(typed: str, name: str) -> None:
    assert search_allergens(typed)[0].name == name


def test_each_search_is_one_statement(django_assert_num_queries) -> None:
    with django_assert_num_queries(3):
        search_conditions("asthma")
        search_medicines("asp")
        search_allergens("nut")
