"""Which recorded allergy forbids which medicine: pure matching, without Django.

An allergy of our own list says what it stops: ingredients and groups. One that was written in words, or came with an
imported record, has only a code and words; there the doubt goes to the patient's safety: a medicine is stopped when the
code is one of its own, or when the words name it, one of its ingredients or its group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from uuid import UUID

By = Literal["ingredient", "group", "code", "name"]

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Substance:
    """A medicine or an entry of the allergen list, by whose names an allergy in words can be read."""

    names: tuple[str, ...]
    ingredients: tuple[str, ...]
    allergy_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownAllergy:
    """An active allergy as recorded."""

    id: UUID
    display: str
    code_system: str = ""
    code: str = ""
    ingredients: tuple[str, ...] = ()
    allergy_groups: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether it says by itself what it stops."""
        return bool(self.ingredients or self.allergy_groups)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A medicine that is about to be ordered or given."""

    name: str
    synonyms: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    allergy_groups: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Why an allergy stops a medicine: `what` is the ingredient, group, code or name that both have."""

    allergy: KnownAllergy
    by: By
    what: str


def matches(ordered: Ordered, allergies: Iterable[KnownAllergy], substances: Sequence[Substance] = ()) -> list[Match]:
    """Every allergy that stops the medicine, each once, by its strongest reason.

    :param substances: the allergen list, to read imported allergies by
    """
    found = (_match(ordered, allergy, substances) for allergy in allergies)
    return [match for match in found if match is not None]


def _match(ordered: Ordered, allergy: KnownAllergy, substances: Sequence[Substance]) -> Match | None:
    if allergy.code and allergy.code in ordered.codes and allergy.code_system in ("", RXNORM):
        return Match(allergy, "code", allergy.code)
    named = () if allergy.is_read else named_in(allergy.display, substances)
    ingredients = (*allergy.ingredients, *(one for substance in named for one in substance.ingredients))
    groups = (*allergy.allergy_groups, *(one for substance in named for one in substance.allergy_groups))
    return (
        _shared(allergy, "ingredient", ordered.ingredients, ingredients)
        or _shared(allergy, "group", ordered.allergy_groups, groups)
        or (None if allergy.is_read else _by_name(ordered, allergy))
    )


def _shared(allergy: KnownAllergy, by: By, ordered: Sequence[str], stopped: Sequence[str]) -> Match | None:
    wanted = {stem(one) for one in stopped}
    return next((Match(allergy, by, one) for one in ordered if stem(one) in wanted), None)


def _by_name(ordered: Ordered, allergy: KnownAllergy) -> Match | None:
    """The words of an imported allergy name the medicine, an ingredient or a group of it."""
    for what in (*ordered.ingredients, *ordered.allergy_groups, ordered.name, *ordered.synonyms):
        if says(allergy.display, what):
            return Match(allergy, "name", what)
    return None


def named_in(display: str, substances: Iterable[Substance]) -> list[Substance]:
    """The entries of the allergen list that the words of an imported allergy name."""
    return [one for one in substances if any(says(display, name) for name in one.names)]


def says(text: str, name: str) -> bool:
    """Whether the words of `name` stand in `text` one after the other, in singular or plural.

    >>> says("Allergy to penicillin V (substance)", "penicillins")
    True
    """
    words, wanted = words_of(text), words_of(name)
    if not wanted or wanted[0] not in words:
        return False
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[str, ...]:
    """Lower-case words without plural endings, so that `Penicillins` is `penicillin`."""
    return tuple(stem(word) for word in _WORD.findall(text.casefold()))


def stem(word: str) -> str:
    """A word, or the last word of several, in lower case and singular."""
    word = word.strip().casefold().replace("_", "-")
    if word.endswith("ies") and len(word) > 5:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 4 else word
