"""Human numbers: a wrong digit must not find another patient; an auditor's series has no gap."""

from hypothesis import given
from hypothesis import strategies as st

from salus.core.numbers import has_check_digit, next_without_gap, with_check_digit


@given(st.integers(min_value=1, max_value=10**12), st.data())
def test_one_wrong_digit_is_noticed(number, data):
    text = with_check_digit(number)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
    assert has_check_digit(text)
    assert not has_check_digit(text[:place] + other + text[place + 1 :])


def test_series_counts_without_gap(cast):
    assert [next_without_gap("invoice", cast.facility.id) for _ in range(3)] == [1, 2, 3]
