"""Finding conditions, medicines and allergens by what somebody types: a few milliseconds, whatever is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from salus.terminology.icd10cm import SYSTEM as ICD_10_CM
from salus.terminology.icd11 import SYSTEM as ICD_11
from salus.terminology.models import Concept
from salus.terminology.rules import code_prefix, fold, icd11_prefix, prefix_query

#: rows that are ordered for one answer; they lie in the table in the order of their rank, so the first are the best
_CANDIDATES = 1_000
#: ranks of `loading.py`: in common use; a chapter or a block
_COMMON, _NEVER = 0, 5
#: more rows than asked for, so that the closest of the common conditions is among them
_MORE = 40
_FAR = 99


@dataclass(frozen=True, slots=True)
class FoundCondition:
    """A code of ICD-10-CM; `synonym` is the name that was searched by, where the display does not have it."""

    code: str
    display: str
    is_leaf: bool
    synonym: str = ""

    system = ICD_10_CM


@dataclass(frozen=True, slots=True)
class FoundMedicine:
    """A medicine of the formulary; `synonym` is the name that was searched by, where it has another."""

    id: UUID
    code: str
    name: str
    tallman: str
    drug_class: str
    is_high_alert: bool
    synonym: str = ""


@dataclass(frozen=True, slots=True)
class FoundAllergen:
    """A substance, class, food or exposure; `category` is FHIR's."""

    id: UUID
    code: str
    name: str
    category: str


_BY_CODE = """
    SELECT code, display, is_leaf, synonyms, rank FROM terminology_concept
    WHERE system = %(system)s AND code LIKE %(code)s AND is_active AND rank < %(never)s AND (is_leaf OR %(groups)s)
    ORDER BY code LIMIT %(limit)s
"""
# Common conditions by an index of their own. Of the others, however many there are, only the first are ordered.
_BY_WORDS = """
    SELECT code, display, is_leaf, synonyms, rank FROM (
        SELECT code, display, is_leaf, synonyms, rank, words FROM terminology_concept
        WHERE rank = 0 AND system = %(system)s AND is_active AND words @@ %(query)s::tsquery
        UNION ALL (
            SELECT code, display, is_leaf, synonyms, rank, words FROM terminology_concept
            WHERE system = %(system)s AND is_active AND words @@ %(query)s::tsquery
              AND rank BETWEEN 1 AND %(never)s - 1 AND (is_leaf OR %(groups)s)
            LIMIT %(candidates)s)
    ) AS found
    ORDER BY rank, NOT words @@ %(whole)s::tsquery, NOT words @@ %(own)s::tsquery, length(display), code
    LIMIT %(limit)s
"""


def search_conditions(text: str, limit: int = 20, *, groups: bool = False) -> list[FoundCondition]:
    """Find what can be recorded as a diagnosis: by the beginning of its code, or of its words in any order.

    Common conditions first, among them the one whose name is what was typed; then what says the words itself, the
    shorter first. With `groups`, also codes that are too coarse to be recorded, after the others.
    """
    values = {"system": ICD_10_CM, "never": _NEVER, "groups": groups, "candidates": _CANDIDATES, "limit": limit}
    code = code_prefix(text)
    if code and (rows := _rows(_BY_CODE, values | {"code": f"{code}%"})):
        return [FoundCondition(*row[:3]) for row in rows]
    typed = _typed(text)
    for query in _queries(text):
        values |= {"query": query, "own": _in(query, "AB"), "whole": _in(query, "AB", begun=False)}
        if rows := _rows(_BY_WORDS, values | {"limit": limit + _MORE}):
            rows = sorted(rows, key=lambda row: (row[4], _left_over(typed, row) if row[4] == _COMMON else 0))[:limit]
            return [
                FoundCondition(code, name, leaf, _spoken(typed, name, also)) for code, name, leaf, also, _rank in rows
            ]
    return []


SNOMED_CT, LOINC = "http://snomed.info/sct", "http://loinc.org"
_LOINC_BEGUN = re.compile(r"[0-9]{2,7}(-[0-9]?)?", re.ASCII)
_CONCEPTS_BY_WORDS = """
    SELECT code, display, synonyms FROM (
        SELECT code, display, synonyms, rank, words FROM terminology_concept
        WHERE system = %(system)s AND is_active AND words @@ %(query)s::tsquery AND rank < %(never)s
        LIMIT %(candidates)s) AS found
    ORDER BY NOT words @@ %(whole)s::tsquery, rank, length(display), code LIMIT %(limit)s
"""
_CONCEPT_BY_CODE = """
    SELECT code, display, synonyms FROM terminology_concept
    WHERE system = %(system)s AND code LIKE %(code)s AND is_active AND rank < %(never)s ORDER BY rank, code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FoundConcept:
    """A concept of a system that the hospital brought; `synonym` is the name that was searched by, where the display lacks it."""

    code: str
    display: str
    synonym: str = ""
    system: str = SNOMED_CT


def search_snomed(text: str, limit: int = 20) -> list[FoundConcept]:
    """Find disorders, findings and situations of SNOMED CT, where the hospital has loaded it: by words, or by the whole code."""
    code = text.strip()
    return _search_concepts(SNOMED_CT, text, limit, code=code if code.isascii() and code.isdigit() else "")


def search_icd11(text: str, limit: int = 20) -> list[FoundConcept]:
    """Find diagnoses of ICD-11, where the hospital has loaded it: by the beginning of the code, or by words."""
    code = icd11_prefix(text)
    found = _search_concepts(ICD_11, text, limit, code=f"{code}%") if code else []
    return found or _search_concepts(ICD_11, text, limit, code="")


def nearest_of_icd10(codings: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The nearest categories of ICD-10 of those of these codes that are ICD-11's, as far as WHO's table is loaded."""
    codes = [code for system, code in codings if system == ICD_11]
    rows = Concept.objects.filter(system=ICD_11, code__in=codes).exclude(maps_to="") if codes else ()
    return {(ICD_11, one.code): one.maps_to for one in rows}


def codes_that_mean(codings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """These codes, and of ICD-11's the nearest categories of ICD-10: what rules and templates name problems by."""
    return (*(code for _system, code in codings), *nearest_of_icd10(codings).values())


def search_loinc(text: str, limit: int = 20) -> list[FoundConcept]:
    """Find codes of LOINC, where the hospital has loaded it: by words, or by the beginning of the code; usual tests first."""
    code = text.strip()
    return _search_concepts(LOINC, text, limit, code=f"{code}%" if _LOINC_BEGUN.fullmatch(code) else "")


def loinc_names(codes: Iterable[str]) -> dict[str, str]:
    """What LOINC calls these codes, where the hospital has loaded it."""
    return dict(Concept.objects.filter(system=LOINC, code__in=list(codes)).values_list("code", "display"))


def has_loinc() -> bool:
    """Whether the hospital has loaded LOINC."""
    return Concept.objects.filter(system=LOINC, is_active=True).exists()


def _search_concepts(system: str, text: str, limit: int, *, code: str) -> list[FoundConcept]:
    values = {"system": system, "never": _NEVER, "candidates": _CANDIDATES, "limit": limit, "code": code}
    if code:
        return [FoundConcept(found, name, "", system) for found, name, _also in _rows(_CONCEPT_BY_CODE, values)]
    typed = _typed(text)
    for query in _queries(text):
        asked = values | {"query": query, "whole": _in(query, "AB", begun=False)}
        if rows := _rows(_CONCEPTS_BY_WORDS, asked):
            return [FoundConcept(found, name, _spoken(typed, name, also), system) for found, name, also in rows]
    return []


_PROCEDURES_BY_WORDS = """
    SELECT code, display, synonyms FROM (
        SELECT code, display, synonyms, words FROM terminology_concept
        WHERE system = %(system)s AND is_active AND words @@ %(query)s::tsquery AND chapter IN ('procedure', 'regime/therapy')
        LIMIT %(candidates)s) AS found
    ORDER BY NOT words @@ %(whole)s::tsquery, length(display), code LIMIT %(limit)s
"""


def search_procedures(text: str, limit: int = 20) -> list[FoundConcept]:
    """Find procedures of SNOMED CT by words, where the hospital has loaded it."""
    values = {"system": SNOMED_CT, "candidates": _CANDIDATES, "limit": limit}
    typed = _typed(text)
    for query in _queries(text):
        if rows := _rows(_PROCEDURES_BY_WORDS, values | {"query": query, "whole": _in(query, "AB", begun=False)}):
            return [FoundConcept(code, name, _spoken(typed, name, also)) for code, name, also in rows]
    return []


_MEDICINES = """
    SELECT id, code, name, tallman, drug_class, is_high_alert, synonyms FROM terminology_medicine
    WHERE is_active AND words @@ %(query)s::tsquery
    ORDER BY NOT starts_with(lower(name), %(text)s), NOT words @@ %(own)s::tsquery, name LIMIT %(limit)s
"""


def search_medicines(text: str, limit: int = 20) -> list[FoundMedicine]:
    """Find medicines by the beginning of the words of their name, their other names, their class or ATC code."""
    rows = _by_words(_MEDICINES, text, limit)
    typed = _typed(text)
    return [
        FoundMedicine(key, code, name, tallman, group, alert, _spoken(typed, name, also))
        for key, code, name, tallman, group, alert, also in rows
    ]


_ALLERGENS = """
    SELECT id, code, name, category FROM terminology_allergen
    WHERE is_active AND words @@ %(query)s::tsquery
    ORDER BY NOT starts_with(lower(name), %(text)s), NOT words @@ %(own)s::tsquery, name LIMIT %(limit)s
"""


def search_allergens(text: str, limit: int = 20) -> list[FoundAllergen]:
    """Find allergens by the beginning of the words of their name or their other names."""
    return [FoundAllergen(*found) for found in _by_words(_ALLERGENS, text, limit)]


def _by_words(statement: str, text: str, limit: int) -> Sequence[Any]:
    for query in _queries(text):
        values = {"query": query, "own": _in(query, "A"), "text": " ".join(text.casefold().split()), "limit": limit}
        if rows := _rows(statement, values):
            return rows
    return []


def _queries(text: str) -> Iterable[str]:
    """What to look for, and what if that is not there: without single letters, of which more is about to come."""
    whole, without = prefix_query(text), prefix_query(text, letters=False)
    return dict.fromkeys(filter(None, (whole, without)))


def _in(query: str, weights: str, *, begun: bool = True) -> str:
    """Ask for the same words where they weigh that much; unless `begun`, for whole words."""
    words = [word.split(":") for word in query.split(" & ")]
    return " & ".join(f"{word}:{'*' if begun and star else ''}{weights}" for word, *star in words)


def _typed(text: str) -> list[str]:
    return [word.rstrip("s") for word in fold(text).split()]


def _left_over(typed: Sequence[str], row: Sequence[Any]) -> int:
    """Count what a condition's closest name says beyond what was typed: nothing, if that is its name."""
    _code, display, _leaf, names, _rank = row
    return min(
        len(words) - matched if (matched := _matched(typed, words)) >= len(typed) else _FAR
        for words in (fold(name).split() for name in (display, *names))
    )


def _spoken(typed: Sequence[str], display: str, names: Sequence[str]) -> str:
    """Answer the shortest name that has most of the typed words, unless the display has as many."""
    best = max(names, key=lambda name: (_matched(typed, fold(name).split()), -len(name)), default="")
    return best if _matched(typed, fold(best).split()) > _matched(typed, fold(display).split()) else ""


def _matched(typed: Sequence[str], words: Sequence[str]) -> int:
    return sum(any(word.startswith(part) for word in words) for part in typed)


def _rows(statement: str, values: dict[str, Any]) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: Sequence[Any] = cursor.fetchall()
        return rows
