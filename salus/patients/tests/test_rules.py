"""Names, numbers and dates as people write them: what must hold for any of them."""

import string
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.patients.rules import asked, contacts, matching, names

LATIN = st.text(string.ascii_letters, min_size=1, max_size=15)
NAMES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)
DAYS = st.dates(min_value=date(1880, 1, 1), max_value=date(2090, 12, 31))


@given(NAMES)
def test_a_token_is_safe_in_a_tsquery_and_in_a_copy(text):
    for token in names.name_tokens([text]):
        assert token.lstrip("~=").isalnum()
        assert token.isascii()
        assert 0 < len(token) <= 41


@given(NAMES, NAMES)
def test_what_is_typed_is_found_among_the_tokens_of_the_same_name(family, given):
    tokens = frozenset(names.name_tokens([family, given]))
    words = asked.words(f"{given} {family}")
    if words and len(tokens) < names.MOST_TOKENS:
        assert all(matching.word_score(word, tokens) > 0 for word in words)


@given(LATIN)
def test_one_typing_error_is_found_by_the_variants(word):
    token = word.lower()
    less = set(names.with_one_letter_less(token))
    for place in range(len(token)):
        wrong = token[:place] + "x" + token[place + 1 :]
        swapped = token[:place] + token[place : place + 2][::-1] + token[place + 2 :]
        for typed in (wrong, swapped, token[:place] + "x" + token[place:], token[:place] + token[place + 1 :]):
            if min(len(typed), len(token)) >= 3:
                near = {typed, *names.with_one_letter_less(typed)}
                assert near & (less | {token}), typed


@given(NAMES)
def test_plain_names_sort_and_compare_in_c(text):
    shown = names.plain(text)
    assert shown == shown.strip().lower()
    assert set(shown) <= set(string.ascii_lowercase + string.digits + " ")
    assert names.plain(shown) == shown


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Mueller"),
        ("Łukasz", "lukasz"),
        ("O’Brien", "OBrien"),
        ("McDonald", "MacDonald"),
        ("Юлия", "Iuliia"),
        ("Мохаммед", "Mohammed"),
        ("Παπαδόπουλος", "Papadopoulos"),
        ("김", "Kim"),
        ("陳", "Chan"),
        ("Straße", "Strasse"),
        ("Nguyễn", "nguyen"),
        ("ヤマダ", "yamada"),
        ("José", "JOSE"),
    ],
)
def test_two_spellings_of_one_name(one, other):
    assert set(names.spellings(one)) & set(names.spellings(other))


@pytest.mark.parametrize(
    ("one", "other"), [("محمد", "Mohammed"), ("فاطمة", "Fatima"), ("כהן", "Cohen"), ("أحمد", "Ahmed")]
)
def test_scripts_without_vowels_meet_by_their_consonants(one, other):
    assert names.consonants(names.spellings(one)[0]) == names.consonants(names.spellings(other)[0])


@given(NAMES)
def test_any_typed_text_is_read(text):
    what = asked.read(text)
    assert len(what.words) <= asked.MOST_WORDS * 2
    if what.born:
        assert what.born[0] < what.born[1]


@given(DAYS)
def test_a_birth_date_is_read_in_every_notation(day):
    whole = (day, day + timedelta(days=1))
    month = day.strftime("%b")
    notations = [
        day.isoformat(),
        f"{day.day:02d}-{month}-{day.year}",
        f"{day.day} {month} {day.year}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day:02d}.{day.month:02d}.{day.year}",
    ]
    for text in notations:
        assert asked.read(text).born == whole, text
        both = asked.read(f"Ash {text}")
        assert (both.born, [word.text for word in both.words]) == (whole, ["ash"]), text


@pytest.mark.parametrize(
    ("text", "region", "found"),
    [
        ("+44 7700 900123", "", "+447700900123"),
        ("07700 900123", "GB", "+447700900123"),
        ("0044 7700 900123", "GB", "+447700900123"),
        ("(0)7700/900-123", "GB", "+447700900123"),
        ("٠٧٧٠٠٩٠٠١٢٣", "GB", "+447700900123"),
        ("07700 900123", "", "7700900123"),
        ("+49 (0)30 1234567", "", "+49301234567"),
        ("12", "", ""),
        ("no phone", "GB", ""),
    ],
)
def test_a_phone_number_is_compared_in_one_form(text, region, found):
    assert contacts.phone(text, region) == found


@given(st.from_regex(r"\+[1-9][0-9]{7,13}", fullmatch=True))
def test_a_phone_meets_itself_without_its_country(text):
    national = "0" + text[3:]
    if len(text) > 11:
        assert contacts.phone_tail(text) == contacts.phone_tail(national)


@given(
    st.lists(st.fixed_dictionaries({}, optional={"system": st.sampled_from(["phone", "email", "url"]), "value": NAMES}))
)
def test_any_contact_points_have_keys(telecom):
    assert all(value for _kind, value in contacts.contact_texts(telecom))


@given(DAYS)
def test_slips_of_the_hand_are_among_the_days_looked_at(born):
    near = matching.near_days(born)
    assert near[0] == born
    assert len(near) < 60
    for other in near:
        assert matching.birth_date_score(born.isoformat(), other.isoformat())[0] >= 0
    if born.day <= 12:
        assert date(born.year, born.day, born.month) in near


@given(DAYS, DAYS)
def test_birth_dates_are_compared_both_ways_alike(one, other):
    there = matching.birth_date_score(one.isoformat(), other.isoformat())
    assert there == matching.birth_date_score(other.isoformat(), one.isoformat())
    assert (there[0] == 1.0) == (one == other)


def _like(family, given, born, known, **more):
    words = asked.words(f"{given} {family}")
    tokens = frozenset(names.name_tokens([known[0], known[1]]))
    values = {"shared": "", "other_names": len(f"{known[0]} {known[1]}".split())}
    return matching.likeness(words=words, born=born, tokens=tokens, other_born=known[2], **(values | more))


ANN = ("Ash", "Ann Marie", "1964-03-04")


@pytest.mark.parametrize(
    ("family", "given", "born", "more"),
    [
        ("Ash", "Ann", "1964-03-04", {}),
        ("Ashe", "Anne Marie", "1964-03-04", {}),
        ("Ash", "Ann Marie", "1964-04-03", {}),
        ("Ash", "Ann Marie", "1965-03-04", {}),
        ("Ash", "Ann Marie", "1946-03-04", {}),
        ("Ash", "Ann Marie", "1964", {}),
        ("Ash", "Ann Marie", "", {}),
        ("Аш", "Анна", "1964-03-04", {}),
        ("Ann", "Ash", "1964-03-04", {}),
        ("Oak", "Ann", "1964-03-04", {"shared": "phone"}),
        ("Oak", "Ben", "1990-01-01", {"shared": "number"}),
        ("Ash", "Ann Marie", "1990-01-01", {"shared": "phone"}),
    ],
)
@pytest.mark.guarantee("H2")
def test_who_is_likely_the_same_person(family, given, born, more):
    like = _like(family, given, born, ANN, **more)
    assert like.score >= matching.LIKELY
    assert like.reasons


@pytest.mark.parametrize(
    ("family", "given", "born", "more"),
    [
        ("Ash", "Ben", "1990-01-01", {}),
        ("Ash", "Ann Marie", "1990-11-21", {}),
        ("Oak", "Ben", "1964-03-04", {}),
        ("Oak", "Ann", "1964-03-04", {}),
        ("Ash", "Ben", "1990-01-01", {"shared": "phone"}),
        ("Bello", "Chidi", "", {}),
    ],
)
def test_who_is_likely_somebody_else(family, given, born, more):
    assert _like(family, given, born, ANN, **more).score < matching.LIKELY


@pytest.mark.guarantee("H2")
@settings(max_examples=50)
@given(LATIN, LATIN, DAYS)
def test_the_same_name_and_day_is_always_asked_about(family, given, born):
    known = (family, given, born.isoformat())
    if len(family) > 1 and len(given) > 1:
        assert _like(given, family, born.isoformat(), known).score >= matching.LIKELY


@pytest.mark.parametrize(
    ("people", "alike"),
    [
        ([("Singh", "Harpreet"), ("Singh", "Harpreet")], {0, 1}),
        ([("Smith", "John"), ("Smyth", "Jon"), ("Smith", "Zoe")], {0, 1}),
        ([("Müller", "Anna"), ("Mueller", "Anne"), ("Miller", "Xi")], {0, 1}),
        ([("Ash", "Ann"), ("Oak", "Ben")], set()),
        ([("Ash", "Ann"), ("Ash", "")], {0, 1}),
        ([], set()),
    ],
)
def test_similar_names_on_one_list(people, alike):
    assert matching.similar_names(people) == alike


def test_letters_with_marks_stand_where_people_look_for_them():
    people = [
        ("Zúñiga", "Ana"),
        ("Öztürk", "Eva"),
        ("MĄDRY", "Jan"),
        ("Müller", "Ida"),
        ("Okoye", "Chidi"),
        ("Çelik", "Ali"),
    ]
    found = [family for family, _given in sorted(people, key=lambda one: names.by_name(*one))]
    assert found == ["Çelik", "MĄDRY", "Müller", "Okoye", "Öztürk", "Zúñiga"]
