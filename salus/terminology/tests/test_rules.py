import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.terminology.rules import code_prefix, fold, prefix_query


def test_words_are_folded() -> None:
    assert fold("Ménière's disease (H81.0)") == "meniere s disease h81 0"


def test_words_are_searched_by_their_beginning_in_any_order() -> None:
    assert prefix_query("diab TYPE 2") == "diab:* & type:* & 2"
    assert prefix_query("kidney stones") == "kidney:* & stone:*"
    assert prefix_query("loss") == "loss:*"
    assert prefix_query(" -- ") == ""


def test_small_words_tell_nothing_apart() -> None:
    assert prefix_query("Fracture of the wrist") == "fracture:* & wrist:*"
    assert prefix_query("of the") == "of:* & the:*"


def test_a_letter_is_a_word_or_the_beginning_of_the_next() -> None:
    assert prefix_query("hepatitis b") == "hepatiti:* & b"
    assert prefix_query("diabetes t", letters=False) == "diabete:*"
    assert prefix_query("t", letters=False) == ""


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("anaemia", "anemia"),
        ("haemorrhage", "hemorrhage"),
        ("diarrhoea", "diarrhea"),
        ("dyspnoea", "dyspnea"),
        ("oesophagitis", "esophagitis"),
        ("tumours", "tumors"),
        ("paediatric", "pediatric"),
        ("coeliac", "celiac"),
        ("immunisation", "immunization"),
    ],
)
def test_spellings_are_one(british: str, american: str) -> None:
    assert fold(british) == fold(american) == american


def test_other_words_keep_their_letters() -> None:
    assert fold("toe hour aerobic") == "toe hour aerobic"


def test_codes_are_written_with_their_dot() -> None:
    assert code_prefix("e119") == "E11.9"
    assert code_prefix("E11.") == "E11"
    assert code_prefix("s52.501a") == "S52.501A"
    assert code_prefix("c7a.0") == "C7A.0"
    assert code_prefix("diabetes") == ""
    assert code_prefix("b12") == "B12"
    assert code_prefix("e1") == "E1"
    assert code_prefix("e1.9") == ""


@given(st.text())
def test_nothing_typed_makes_a_query_that_postgresql_refuses(text: str) -> None:
    assert set(prefix_query(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789:*& ")


@given(st.text())
def test_folded_words_are_plain(text: str) -> None:
    assert set(fold(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert "  " not in fold(text)
