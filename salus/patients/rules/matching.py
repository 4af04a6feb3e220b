"""How well a name fits, and how likely two records are one person."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import OSA

from salus.patients.rules import names
from salus.patients.rules.asked import Word

EXACT, OTHER_SPELLING, PREFIX, MISSPELT, SOUND, CONSONANTS = 1.0, 0.97, 0.9, 0.75, 0.55, 0.5
#: a name fits from here on
FITS = 0.5

Reason = Literal[
    "same name", "similar name", "same-sounding name", "same birth date", "day and month swapped", "year differs",
    "one digit differs", "birth date unknown", "birth date partly known", "same phone", "same number",
]  # fmt: skip


@lru_cache(maxsize=20_000)
def errors_allowed(length: int) -> int:
    """How many typing errors a word of this length may have."""
    return 0 if length < 3 else 1 if length < 8 else 2


@lru_cache(maxsize=50_000)
def typing_errors(one: str, other: str) -> int:
    """Letters wrong, missing, too many or swapped with the next; 3 stands for three or more."""
    return min(OSA.distance(one, other, score_cutoff=2), 3)


def word_score(word: Word, tokens: Collection[str]) -> float:
    """How well one typed word fits a person's tokens, from 0 to 1."""
    if word.text in tokens:
        return EXACT
    if any(way in tokens for way in word.ways):
        return OTHER_SPELLING
    best = max((_near(word.text, token) for token in tokens if names.is_word(token)), default=0.0)
    if best:
        return best
    for sound in word.sounds:
        if sound in tokens:
            return SOUND if sound[0] == "~" else CONSONANTS
    return 0.0


@lru_cache(maxsize=50_000)
def _near(text: str, token: str) -> float:
    """How well a typed word fits a token that it is not: its beginning, or a misspelling of it."""
    if token.startswith(text):
        return PREFIX + 0.05 * len(text) / len(token)
    wrong = typing_errors(text, token)
    if wrong > errors_allowed(len(text)):
        return 0.0
    return MISSPELT + 0.1 * (1 - wrong / len(text)) - (0 if token[0] == text[0] else 0.05)


def search_score(words: Sequence[Word], tokens: Collection[str], sort_key: str) -> float:
    """How well a typed name fits a person; the first family name and the first given name count a little more."""
    if not words:
        return FITS
    fit = sum(word_score(word, tokens) for word in words) / len(words)
    for first in sort_key.split(" ", 2)[:2]:
        if any(first in word.ways or _near(word.text, first) for word in words):
            fit += 0.02
    typed = [word.text for word in words]
    in_order = sort_key.startswith(" ".join(typed)) or sort_key.startswith(" ".join([typed[-1], *typed[:-1]]))
    return fit + 0.02 if in_order else fit


def near_days(born: date) -> list[date]:
    """The day itself and what a slip of the hand makes of it: swapped day and month, one digit, the year before or after."""
    days = {born: None}
    for year, month, day in _slips(born):
        try:
            days[date(year, month, day)] = None
        except ValueError:
            continue
    return list(days)


def _slips(born: date) -> Iterable[tuple[int, int, int]]:
    year, month, day = born.year, born.month, born.day
    yield year, day, month
    for step in (1, 2, 10, 100):
        yield year + step, month, day
        yield year - step, month, day
    tens, ones = divmod(year % 100, 10)
    yield year - year % 100 + ones * 10 + tens, month, day
    for other in range(1, 13):
        yield year, other, day
    for step in range(1, 10):
        yield year, month, day // 10 * 10 + step
        yield year, month, step // 3 * 10 + day % 10
    yield year, month, day % 10 * 10 + day // 10
    yield year, month, day // 10 * 10


def birth_date_score(one: str, other: str) -> tuple[float, Reason | None]:
    """How near two birth dates (FHIR texts, perhaps partial or empty) are, and why.

    :return: 1 for the same day, 0 for another
    """
    if not one or not other:
        return 0.5, "birth date unknown"
    if len(one) < 10 or len(other) < 10:
        short = min(len(one), len(other))
        return (0.8, "birth date partly known") if one[:short] == other[:short] else (0.0, None)
    first, second = date.fromisoformat(one[:10]), date.fromisoformat(other[:10])
    if first == second:
        return 1.0, "same birth date"
    if (first.year, first.month, first.day) == (second.year, second.day, second.month):
        return 0.85, "day and month swapped"
    if (first.month, first.day) == (second.month, second.day) and abs(first.year - second.year) in (1, 10, 100):
        return 0.8, "year differs"
    wrong = typing_errors(one[:10].replace("-", ""), other[:10].replace("-", ""))
    return (0.75, "one digit differs") if wrong == 1 else (0.0, None)


def name_fit(words: Sequence[Word], tokens: Collection[str]) -> tuple[float, Reason | None]:
    """How near a name is to a person's tokens: the worst-fitting word counts as much as all the others."""
    if not words:
        return 0.0, None
    scores = [word_score(word, tokens) for word in words]
    fit = (sum(scores) / len(scores) + min(scores)) / 2 if min(scores) else sum(scores) / len(scores) * 0.6
    if min(scores) >= OTHER_SPELLING:
        return fit, "same name"
    if min(scores) >= MISSPELT - 0.1:
        return fit, "similar name"
    return (fit, "same-sounding name") if min(scores) > 0 else (fit, None)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two records are one person (0 to 1), and why."""

    score: float
    reasons: tuple[Reason, ...]


#: from here on the person at the desk is asked
LIKELY = 0.72


def likeness(
    *, words: Sequence[Word], born: str, shared: str, tokens: Collection[str], other_born: str, other_names: int
) -> Likeness:
    """Weigh name, birth date and phone of somebody who is being registered against one known patient.

    :param shared: what else they share: `phone`, `number` (of a card or passport), or nothing
    :param other_names: how many words the known patient's name has: `Ann` alone is not `Ann Marie Smith`
    """
    fit, why = name_fit(words, tokens)
    if len(words) < 2 <= other_names:
        fit *= 0.8
    near, when = birth_date_score(born, other_born)
    score = 0.55 * fit + 0.45 * near
    if near == 0:
        score = 0.5 * fit
    if shared == "number":
        score = max(score, LIKELY) + 0.1
    elif shared:
        score += 0.25 if near > 0 or fit > MISSPELT else 0.1
    also: Reason | None = "same number" if shared == "number" else "same phone" if shared else None
    reasons: list[Reason | None] = [why if fit >= FITS else None, when, also]
    return Likeness(min(score, 1.0), tuple(reason for reason in reasons if reason))


def similar_names(people: Sequence[tuple[str, str]]) -> set[int]:
    """Which of a list of `(family, given)` sound or look like another one on it (their places in the list).

    Same-sounding family names with the same-sounding, or equally beginning, given names.
    """
    by_sound: dict[str, list[int]] = {}
    plain = [(names.plain(family), names.plain(given)) for family, given in people]
    for place, (family, _given) in enumerate(plain):
        for key in {
            names.sound(family.replace(" ", "")) or family,
            names.consonants(family.replace(" ", "")) or family,
        }:
            by_sound.setdefault(key, []).append(place)
    found: set[int] = set()
    for places in by_sound.values():
        for at, one in enumerate(places):
            for other in places[at + 1 :]:
                if _alike(plain[one][1], plain[other][1]):
                    found.update((one, other))
    return found


def _alike(one: str, other: str) -> bool:
    if not one or not other or one == other:
        return True
    first, second = one.split()[0], other.split()[0]
    near = typing_errors(first, second) <= errors_allowed(min(len(first), len(second)))
    sounds = names.sound(first)
    return first[0] == second[0] and (
        near or (bool(sounds) and sounds == names.sound(second)) or 1 in (len(first), len(second))
    )
