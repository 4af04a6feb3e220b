"""Which allergy stops which medicine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.core.ids import uuid7
from salus.safety.rules import allergies as rules
from salus.safety.rules.allergies import KnownAllergy, Ordered, Substance

AMOXICILLIN = Ordered("amoxicillin", ingredients=("amoxicillin",), allergy_groups=("penicillins",), codes=("723",))
ASPIRIN = Ordered("acetylsalicylic acid", ("aspirin",), ("acetylsalicylic acid",), ("nsaids", "salicylates"))
PARACETAMOL = Ordered("paracetamol", ("acetaminophen",), ("paracetamol",))
LIST = [
    Substance(("Ibuprofen",), ("ibuprofen",), ("nsaids",)),
    Substance(("valproic acid", "valproate"), ("valproic acid",), ()),
    Substance(("co-trimoxazole", "Bactrim"), ("sulfamethoxazole", "trimethoprim"), ("sulfonamides",)),
]
SULFADIAZINE = Ordered("sulfadiazine", ingredients=("sulfadiazine",), allergy_groups=("sulfonamides",))


def an_allergy(display="", **changes):
    return KnownAllergy(id=uuid7(), display=display, **changes)


@pytest.mark.parametrize(
    ("ordered", "allergy", "by"),
    [
        (AMOXICILLIN, an_allergy("Amoxicillin", ingredients=("amoxicillin",)), "ingredient"),
        (AMOXICILLIN, an_allergy("Penicillins", allergy_groups=("penicillins",)), "group"),
        (AMOXICILLIN, an_allergy("?", code_system=rules.RXNORM, code="723"), "code"),
        (AMOXICILLIN, an_allergy("Penicillin V"), "name"),
        (AMOXICILLIN, an_allergy("Allergy to penicillin (finding)"), "name"),
        (AMOXICILLIN, an_allergy("AMOXICILLIN / clavulanate"), "name"),
        (ASPIRIN, an_allergy("Aspirin"), "name"),
        (ASPIRIN, an_allergy("ibuprofen 200 mg tablet"), "group"),
        (PARACETAMOL, an_allergy("Acetaminophen"), "name"),
        (SULFADIAZINE, an_allergy("Bactrim"), "group"),
    ],
)
def test_stops(ordered, allergy, by):
    assert [match.by for match in rules.matches(ordered, [allergy], LIST)] == [by]


@pytest.mark.parametrize(
    ("ordered", "allergy"),
    [
        (PARACETAMOL, an_allergy("Penicillins", allergy_groups=("penicillins",))),
        (PARACETAMOL, an_allergy("Latex")),
        (AMOXICILLIN, an_allergy("Peanut")),
        (AMOXICILLIN, an_allergy("?", code_system="http://snomed.info/sct", code="723")),
        (ASPIRIN, an_allergy("hyaluronic acid")),
        (AMOXICILLIN, an_allergy("")),
        # what the list says of an allergy stands; its words are not read a second time
        (AMOXICILLIN, an_allergy("Amoxicillin-free syrup", ingredients=("sucrose",))),
    ],
)
def test_lets_pass(ordered, allergy):
    assert rules.matches(ordered, [allergy], LIST) == []


def test_every_allergy_is_named_once():
    allergies = [
        an_allergy("Penicillins", ingredients=("amoxicillin",), allergy_groups=("penicillins",)),
        an_allergy("penicillin"),
    ]
    assert len(rules.matches(AMOXICILLIN, allergies, LIST)) == 2


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_words_can_be_read(display, name):
    rules.matches(Ordered(name, (name,), (name,), (name,)), [an_allergy(display)], LIST)


@given(st.lists(st.sampled_from(["a", "penicillin", "to", "allergy", "drug"]), max_size=5), st.booleans())
def test_a_name_is_found_wherever_it_stands(around, plural):
    text = " ".join([*around, "Penicillins" if plural else "penicillin", *around])
    assert rules.says(text, "penicillins")
