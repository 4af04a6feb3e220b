from hypothesis import given
from hypothesis import strategies as st

from salus.terminology.rules import code_prefix, fold, prefix_query


def test_words_are_folded() -> None:
    assert fold("Ménière's disease (H81.0)") == "meniere s disease h81 0"


def test_words_are_searched_by_their_beginning_in_any_order() -> None:
    assert prefix_query("diab TYPE 2") == "diab:* & type:* & 2:*"
    assert prefix_query("kidney stones") == "kidney:* & stone:*"
    assert prefix_query("loss") == "loss:*"
    assert prefix_query(" -- ") == ""


def test_codes_are_written_with_their_dot() -> None:
    assert code_prefix("e119") == "E11.9"
    assert code_prefix("E11.") == "E11"
    assert code_prefix("s52.501a") == "S52.501A"
    assert code_prefix("c7a.0") == "C7A.0"
    assert code_prefix("diabetes") == ""
    assert code_prefix("b12") == "B12"


@given(st.text())
def test_nothing_typed_makes_a_query_that_postgresql_refuses(text: str) -> None:
    assert set(prefix_query(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789:*& ")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
