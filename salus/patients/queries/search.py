"""Patient search: exact numbers first, then names by prefix, then misspellings by the vocabulary, sounds last.

Every step reads a bounded set of candidates through an index; how well each fits is judged here (`rules.matching`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, permutations, product
from typing import Any

from django.conf import settings
from django.db import connection

from salus.core import crypto
from salus.core.act import Act
from salus.patients.queries.identity import identifier_indexes
from salus.patients.queries.lines import COLUMNS, LIVE, Candidate, PatientLine, flag_similar
from salus.patients.rules import asked, contacts, matching, names
from salus.patients.rules.asked import Asked, Word

MOST_CANDIDATES = 150
MOST_CORRECTIONS = 8
MOST_SHOWN = 50
MOST_OF_A_DAY = 300
_BY_ORDER = 20
_SHORTEST_MISSPELT = 3

# What is reached by phone or e-mail is read without a LIMIT: the planner has no idea how few they are, and with one it
# would rather read the table from its beginning.
_REACHED = f"""
    WITH reached AS MATERIALIZED (
        SELECT {COLUMNS}, CASE WHEN %s THEN 'mail' WHEN p.contact_keys && %s::bytea[] THEN 'phone' ELSE 'phone-tail' END
        FROM patients_patient p WHERE p.contact_keys && %s::bytea[] AND {LIVE}
    )
    SELECT {COLUMNS}, 'mrn' FROM patients_patient p WHERE {LIVE} AND p.mrn = %s
    UNION ALL
    SELECT {COLUMNS}, 'identifier' FROM patients_identifier i JOIN patients_patient p ON p.id = i.patient_id
    WHERE i.value_key = ANY(%s::bytea[]) AND i.voided_at IS NULL AND {LIVE}
    UNION ALL
    (SELECT * FROM reached LIMIT 50)
"""  # noqa: S608 - only constants of this module
_BORN = f"SELECT {COLUMNS}, 'born' FROM patients_patient p WHERE {{born}} AND {LIVE} ORDER BY p.sort_key LIMIT %s"  # noqa: S608 - constants

_IN_ORDER = f"""
    SELECT found.* FROM unnest(%s::text[], %s::text[]) AS range (low, high), LATERAL (
        SELECT {COLUMNS} FROM patients_patient p
        WHERE {LIVE} AND p.{{key}} >= range.low AND p.{{key}} < range.high {{born}}
        ORDER BY p.{{key}} LIMIT {_BY_ORDER}) AS found
"""  # noqa: S608 - only constants of this module
_BY_TOKENS = f"""
    (SELECT {COLUMNS} FROM patients_patient p WHERE p.name_words @@ %s::tsquery AND {LIVE} {{more}} LIMIT {MOST_CANDIDATES})
"""  # noqa: S608 - only constants of this module
_VOCABULARY = """
    SELECT token FROM patients_namevariant WHERE variant = ANY(%s)
    UNION SELECT token FROM patients_nametoken WHERE token = ANY(%s)
    LIMIT 2000
"""


def search_patients(act: Act, text: str, limit: int = 20) -> list[PatientLine]:
    """The patients whom a typed text may mean, best first, with similar names flagged; one entry in the access log.

    :param text: a name in any script, order and spelling, MRN, another number, phone, e-mail, birth date, in any mix
    :raises NotAllowed: without a right to find or to open patients
    """
    act.require_any("patients.find", "patients.open")
    what = asked.read(text)
    if not what:
        return []
    act.shows(None, action="search")
    if what.words:
        found = _by_name(act, what, limit)
    elif what.number or what.phone or what.mail:
        found = _by_number(act, what)
    else:
        condition, days = _born(what.born, alone=True)
        found = _read(_BORN.format(born=condition), [*days, act.facility_id, limit], with_why=True)
    return flag_similar([one.line for one in found[:limit]])


def _by_number(act: Act, what: Asked) -> list[Candidate]:
    texts = contacts.phone_texts(what.phone, settings.SALUS_REGION) if what.phone else []
    told = texts or ([("email", what.mail)] if what.mail else [])
    keys = [crypto.blind_indexes(kind, value) for kind, value in told]
    facility = act.facility_id
    reached = [bool(what.mail), keys[0] if keys else [b""], [key for some in keys for key in some], facility]
    found = _read(_REACHED, [*reached, facility, what.number, identifier_indexes(what.number), facility], with_why=True)
    if what.born:
        found = [one for one in found if one.line.born_on and what.born[0] <= one.line.born_on < what.born[1]]
    rank = ("mrn", "identifier", "mail", "phone", "phone-tail")
    found.sort(key=lambda one: (rank.index(one.line.why), one.sort_key))
    return _once(found)


def _by_name(act: Act, what: Asked, limit: int) -> list[Candidate]:
    """Widen the net step by step, until the list is good: as typed, then misspelt, then by sound."""
    if what.born and what.born[1] - what.born[0] == timedelta(days=1):
        return _rank(what.words, _read(*_of_a_day(act, what)))
    found = _read(*_as_typed(act, what))
    ranked = _rank(what.words, found)
    if _is_good(what.words, ranked, limit):
        return ranked
    if more := _beginning_so(act, what):
        found += _read(*more)
        ranked = _rank(what.words, found)
        if _is_good(what.words, ranked, limit):
            return ranked
    corrections = _corrections(what.words)
    found += _read(*_corrected(act, what, corrections))
    ranked = _rank(what.words, found)
    if ranked and matching.search_score(what.words, ranked[0].tokens, "") >= matching.MISSPELT:
        return ranked
    if all(word.sounds for word in what.words):
        condition, days = _born(what.born)
        values = [_tsquery([word.sounds for word in what.words], prefix=False), act.facility_id, *days]
        found += _read(_BY_TOKENS.format(more=condition), values)
    return _rank(what.words, found)


def _of_a_day(act: Act, what: Asked) -> tuple[str, list[Any]]:
    """Who was born on that day: the names are judged here, however they are spelt. First those whose name is like it."""
    condition, days = _born(what.born)
    like = _tsquery([[token for word in what.words for token in (*word.ways, *word.sounds)]], prefix=False)
    everybody = _BORN.format(born=condition.removeprefix("AND ")).replace(", 'born' FROM", " FROM")
    statement = f"{_BY_TOKENS.format(more=condition)} UNION ALL ({everybody})"
    return statement, [like, act.facility_id, *days, *days, act.facility_id, MOST_OF_A_DAY]


def _as_typed(act: Act, what: Asked) -> tuple[str, list[Any]]:
    """Names that begin as typed, family or given name first, and those to whom all words belong as a whole.

    Whole tokens are met in the index at once; the beginnings of tokens are gathered first, which costs ten times as much:
    they come second.
    """
    condition, days = _born(what.born)
    texts = [word.text for word in what.words]
    orders = [" ".join(order) for order in _orders(texts)] if len(texts) > 1 else list(what.words[0].ways)
    parts: list[str] = []
    values: list[Any] = []
    for key in ("sort_key", "given_key"):
        parts.append(_IN_ORDER.format(key=key, born=condition))
        values += [*_ranges(orders), act.facility_id, *days]
    if len(texts) > 1:
        parts.append(_BY_TOKENS.format(more=condition))
        values += [_tsquery([word.ways for word in what.words], prefix=False), act.facility_id, *days]
    return " UNION ALL ".join(parts), values


def _beginning_so(act: Act, what: Asked) -> tuple[str, list[Any]] | None:
    """Anybody who has names that begin like these, in any order: short words begin many, so this comes second."""
    condition, days = _born(what.born)
    ways = [word.ways for word in what.words if len(word.text) > 1]
    if not ways:
        return None
    return _BY_TOKENS.format(more=condition), [_tsquery(ways), act.facility_id, *days]


def _corrected(act: Act, what: Asked, corrections: Sequence[list[str]]) -> tuple[str, list[Any]]:
    """What the words may have meant: each word as typed or as a token of the vocabulary that is nearly spelt so."""
    condition, days = _born(what.born)
    ways = [[word.text, *near] for word, near in zip(what.words, corrections, strict=True)]
    if len(ways) == 1:
        ways = [list(dict.fromkeys((*what.words[0].ways, *ways[0])))]
    orders = (order for chosen in product(*(one[:4] for one in ways)) for order in _orders(list(chosen)))
    parts = [_IN_ORDER.format(key="sort_key", born=condition)]
    values: list[Any] = _ranges([" ".join(order) for order in islice(orders, 40)]) + [act.facility_id, *days]
    if len(ways) == 1:
        parts.append(_IN_ORDER.format(key="given_key", born=condition))
        values += _ranges(ways[0][:6]) + [act.facility_id, *days]
    parts.append(_BY_TOKENS.format(more=condition))
    values += [_tsquery(ways, prefix=False), act.facility_id, *days]
    return " UNION ALL ".join(parts), values


def _corrections(words: Sequence[Word]) -> list[list[str]]:
    """Tokens of the vocabulary at one or two typing errors from each word, the nearest first; one statement."""
    wanted = [word.text for word in words if len(word.text) >= _SHORTEST_MISSPELT]
    if not wanted:
        return [[] for _ in words]
    less = [variant for text in wanted for variant in names.with_one_letter_less(text)]
    with connection.cursor() as cursor:
        cursor.execute(_VOCABULARY, [[*less, *wanted], less])
        tokens = [row[0] for row in cursor.fetchall()]
    return [_nearest(word.text, tokens) for word in words]


def _nearest(text: str, tokens: Iterable[str]) -> list[str]:
    near = []
    for token in tokens:
        wrong = matching.typing_errors(text, token)
        if 0 < wrong <= matching.errors_allowed(len(text)):
            near.append((wrong, token[0] != text[0], abs(len(token) - len(text)), token))
    return [one[-1] for one in sorted(near)[:MOST_CORRECTIONS]]


def _rank(words: Sequence[Word], found: Iterable[Candidate]) -> list[Candidate]:
    scored = []
    for one in _once(found):
        score = matching.search_score(words, one.tokens, one.sort_key)
        if score >= matching.FITS - 0.1:
            scored.append((-round(score, 3), one.sort_key, one.line.birth_date, one))
    scored.sort(key=lambda entry: entry[:3])
    ranked = [entry[3] for entry in scored]
    for one in ranked[:MOST_SHOWN]:
        worst = min(matching.word_score(word, one.tokens) for word in words)
        if worst < matching.PREFIX:
            one.line = replace(one.line, why="sound" if worst <= matching.SOUND else "near")
    return ranked


def _is_good(words: Sequence[Word], ranked: Sequence[Candidate], limit: int) -> bool:
    """Whether the words as typed found enough: a full list, or a person to whom every word belongs as a whole."""
    if not ranked:
        return False
    fits = [one for one in ranked[:limit] if min(matching.word_score(w, one.tokens) for w in words) >= matching.PREFIX]
    return len(fits) >= min(limit, 10) or any(
        min(matching.word_score(w, one.tokens) for w in words) >= matching.OTHER_SPELLING for one in fits[:1]
    )


def _orders(texts: list[str]) -> list[list[str]]:
    """The words in the orders that a name may have: as typed, and the last as the family name."""
    if len(texts) <= 3:
        return [list(order) for order in permutations(texts)]
    return [texts, [texts[-1], *texts[:-1]], [*texts[1:], texts[0]]]


def _ranges(prefixes: Sequence[str]) -> list[list[str]]:
    """Half-open ranges of a C-collated column for all that begins with these plain prefixes."""
    prefixes = list(dict.fromkeys(one for one in prefixes if one))
    return [prefixes, [one[:-1] + chr(ord(one[-1]) + 1) for one in prefixes]]


def _tsquery(words: Sequence[Sequence[str]], *, prefix: bool = True) -> str:
    """All words, each in any of its ways. Tokens hold nothing but letters, digits and our marks: nothing to escape."""
    end = ":*" if prefix else ""
    return " & ".join("(" + " | ".join(f"'{way}'{end}" for way in ways) + ")" for ways in words)


def _born(born: tuple[date, date] | None, *, alone: bool = False) -> tuple[str, list[date]]:
    if born is None:
        return "", []
    return ("" if alone else "AND ") + "p.born_on >= %s AND p.born_on < %s", list(born)


def _read(statement: str, values: list[Any], *, with_why: bool = False) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [Candidate(row[:-1], row[-1]) for row in rows] if with_why else [Candidate(row) for row in rows]


def _once(found: Iterable[Candidate]) -> list[Candidate]:
    return list({one.line.id: one for one in reversed(list(found))}.values())[::-1]
