"""What somebody typed to find a patient: names, a number, a phone, an e-mail address, a birth date, in any mix."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from salus.patients.rules import contacts, names

LONGEST = 100
MOST_WORDS = 6
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"\b(?P<year>[12]\d{3})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})\b")
_DAY_FIRST = re.compile(
    r"\b(?P<day>\d{1,2})(?P<mark>[-/. ])(?P<month>\d{1,2}|[A-Za-z]{3,9}\.?)(?P=mark)(?P<year>[12]\d{3})\b"
)
_YEAR = re.compile(r"\b(1[89]\d{2}|20\d{2})\b")
_NUMBER = re.compile(r"[A-Za-z]{0,4}[\d\s./-]*\d[A-Za-z\d./-]*")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name: as typed in plain letters, and how else it may be written."""

    text: str
    ways: tuple[str, ...]

    @property
    def sounds(self) -> tuple[str, ...]:
        keys = {f"~{names.sound(way)}": None for way in self.ways[:3]}
        keys.update({f"={names.consonants(way)}": None for way in self.ways[:3]})
        return tuple(key for key in keys if len(key) > 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A typed search, read. `born` is a half-open range of days; `number` is compared as MRN and as identifier."""

    words: tuple[Word, ...] = ()
    number: str = ""
    phone: str = ""
    mail: str = ""
    born: tuple[date, date] | None = None

    def __bool__(self) -> bool:
        return bool(self.words or self.number or self.phone or self.mail or self.born)


def read(text: str) -> Asked:
    """Read what was typed; nothing at all gives an `Asked` that is false."""
    text = " ".join(text[:LONGEST].replace("\0", " ").split())
    if "@" in text and " " not in text:
        return Asked(mail=contacts.mail(text))
    born, rest = _birth_date(text)
    if any(one.isdigit() for one in rest) and (looks := _numbers(rest, born)):
        return looks
    if born is None:
        born, rest = _birth_year(rest)
    return Asked(words=words(rest), born=born)


def words(text: str) -> tuple[Word, ...]:
    """The words of a name to look for."""
    found = []
    for one in names.words_of(text)[:MOST_WORDS]:
        for ways in names.family_and_given(one) or [names.spellings(one)]:
            if ways:
                found.append(Word(ways[0], ways))
    return tuple(found)


def _numbers(text: str, born: tuple[date, date] | None) -> Asked | None:
    if contacts.looks_like_phone(text):
        return Asked(number=contacts.identifier(contacts.digits_of(text)), phone=text, born=born)
    bare = contacts.identifier(text)
    if bare.isdigit() and (len(bare) != 4 or born):
        return Asked(number=bare, born=born)
    if _NUMBER.fullmatch(text) and sum(one.isdigit() for one in bare) >= 3:
        return Asked(number=bare, born=born)
    return None


def _birth_date(text: str) -> tuple[tuple[date, date] | None, str]:
    for pattern in (_ISO, _DAY_FIRST):
        for match in pattern.finditer(text):
            day = _day(match["year"], match["month"], match["day"])
            if day is not None:
                return (day, day + timedelta(days=1)), (text[: match.start()] + " " + text[match.end() :]).strip()
    return None, text


def _birth_year(text: str) -> tuple[tuple[date, date] | None, str]:
    match = _YEAR.search(text)
    if match is None:
        return None, text
    year = int(match[0])
    return (date(year, 1, 1), date(year + 1, 1, 1)), text[: match.start()] + " " + text[match.end() :]


def _day(year: str, month: str, day: str) -> date | None:
    """A real day; a month above twelve means that month and day were written the other way round."""
    number = int(month) if month.isdigit() else _month(month)
    for m, d in ((number, int(day)), (int(day), number)):
        try:
            return date(int(year), m, d)
        except ValueError:
            continue
    return None


def _month(word: str) -> int:
    short = word[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0
