"""Who may be registered already: read in one statement before a registration is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from salus.core import crypto
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.patients.queries.identity import identifier_indexes
from salus.patients.queries.lines import COLUMNS, LIVE, Candidate, PatientLine
from salus.patients.rules import asked, contacts, matching
from salus.patients.rules.asked import Word

MOST_SHOWN = 6

REASONS: dict[matching.Reason, Any] = {
    "same name": _("same name"),
    "similar name": _("name spelt nearly alike"),
    "same-sounding name": _("name sounds alike"),
    "same birth date": _("same birth date"),
    "day and month swapped": _("birth date with day and month swapped"),
    "year differs": _("birth date alike but for the year"),
    "one digit differs": _("birth date differs by one digit"),
    "birth date unknown": _("birth date not known on both sides"),
    "birth date partly known": _("birth date fits as far as it is known"),
    "same phone": _("same phone"),
    "same number": _("same number of a card or passport"),
}

#: `near`: a family name like these, by spelling, sound or consonants (given names are too common to search by, and all of
#: the very day are read anyway); `same`: all of the words in any of these ways
_CANDIDATES = f"""
    WITH q AS MATERIALIZED (
        SELECT %s::tsquery AS near, %s::tsquery AS same
    ), reached AS MATERIALIZED (
        SELECT {COLUMNS}, 'phone' FROM patients_patient p WHERE p.contact_keys && %s::bytea[] AND {LIVE}
    )
    SELECT DISTINCT ON (id) * FROM (
        (SELECT {COLUMNS}, 'number' FROM patients_identifier i JOIN patients_patient p ON p.id = i.patient_id
         WHERE i.value_key = ANY(%s::bytea[]) AND i.voided_at IS NULL AND {LIVE} LIMIT 20)
        UNION ALL
        (SELECT {COLUMNS}, '' FROM patients_patient p
         WHERE p.born_on = ANY(%s::date[]) AND p.name_words @@ (SELECT near FROM q) AND {LIVE} LIMIT 300)
        UNION ALL
        (SELECT {COLUMNS}, '' FROM patients_patient p WHERE p.born_on = %s AND {LIVE} LIMIT 150)
        UNION ALL
        (SELECT * FROM reached LIMIT 50)
        UNION ALL
        (SELECT {COLUMNS}, '' FROM patients_patient p
         WHERE p.name_words @@ (SELECT same FROM q) AND (p.born_on IS NULL OR p.born_on >= %s AND p.born_on < %s) AND {LIVE}
         LIMIT 100)
    ) AS found (id, mrn, family, given, title, gender, birth_date, born_on, is_deceased, is_active, sort_key, tokens, shared)
    ORDER BY id, shared DESC
"""  # noqa: S608 - only constants of this module


@dataclass(frozen=True, slots=True)
class LikelyDuplicate:
    """Somebody already known who may be the person at the desk, how likely (0 to 1), and why (codes of `rules.matching`)."""

    line: PatientLine
    score: float
    reasons: tuple[matching.Reason, ...]

    @property
    def why(self) -> str:
        """The reasons in words: `same name, day and month swapped, same phone`."""
        return ", ".join(str(REASONS[reason]) for reason in self.reasons)


def likely_duplicates(
    act: Act,
    *,
    family: str,
    given: str,
    birth_date: str | None,
    phone: str = "",
    phones: Sequence[str] = (),
    names_too: Sequence[Mapping[str, Any]] = (),
    numbers: Sequence[str] = (),
    but: UUID | None = None,
) -> list[LikelyDuplicate]:
    """Known patients who may be this person, the likeliest first; at most six; one statement.

    :param birth_date: FHIR date text, perhaps partial
    :param phones: more numbers beside `phone`, in any notation
    :param names_too: further FHIR HumanNames (another script, a former name)
    :param numbers: numbers of cards and passports, whoever gave them
    :param but: a patient who is not asked about (the one being changed)
    """
    act.require_any("patients.find", "patients.open")
    ways = [words for words in map(asked.words, _callings(family, given, names_too)) if words]
    if not ways:
        return []
    families = asked.words(" ".join([family, *(str(one.get("family") or one.get("text") or "") for one in names_too)]))
    reach = _Reach([phone, *phones], numbers)
    found = _candidates(act, ways, families or ways[0], birth_date or "", reach)
    likely = []
    for one, shared in found:
        if one.line.id == but:
            continue
        like = max((_weigh(words, birth_date or "", one, shared) for words in ways), key=lambda it: it.score)
        if like.score >= matching.LIKELY:
            likely.append(LikelyDuplicate(one.line, like.score, like.reasons))
    likely.sort(key=lambda one: (-one.score, one.line.name))
    act.shows(*(one.line.id for one in likely[:MOST_SHOWN]), action="search")
    return likely[:MOST_SHOWN]


def _callings(family: str, given: str, more: Sequence[Mapping[str, Any]]) -> list[str]:
    texts = [f"{given} {family}"]
    for name in more:
        texts.append(" ".join([*name.get("given", ()), name.get("family", "")]).strip() or name.get("text", ""))
    return list(dict.fromkeys(texts))


def _weigh(words: Sequence[Word], born: str, one: Candidate, shared: str) -> matching.Likeness:
    return matching.likeness(
        words=words,
        born=born,
        shared=shared,
        tokens=one.tokens,
        other_born=one.line.birth_date,
        other_names=len(one.sort_key.split()),
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    phones: Sequence[str]
    numbers: Sequence[str]

    def contact_keys(self) -> list[bytes]:
        texts = (one for text in self.phones if text for one in contacts.phone_texts(text, settings.SALUS_REGION))
        return [key for kind, value in texts for key in crypto.blind_indexes(kind, value)]

    def number_keys(self) -> list[bytes]:
        return [key for number in self.numbers if number for key in identifier_indexes(number)]


def _candidates(
    act: Act, ways: Sequence[Sequence[Word]], families: Sequence[Word], born: str, reach: _Reach
) -> list[tuple[Candidate, str]]:
    exact = PartialDate.parse(born) if born else None
    days = []
    if exact:
        days = [*matching.near_days(exact.day), exact.day.replace(day=1), exact.day.replace(month=1, day=1)]
    near = " | ".join(_any_spelling(word) for word in families)
    same = " | ".join("(" + " & ".join(_any_spelling(word) for word in one) + ")" for one in ways)
    facility = act.facility_id
    values = [near, same, reach.contact_keys(), facility, reach.number_keys(), facility]
    by_date = [days, facility, exact.day if exact else None, facility, *_whole(exact), facility]
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, [*values, *by_date])
        return [(Candidate(row[:-1]), row[-1]) for row in cursor.fetchall()]


def _whole(born: PartialDate | None) -> tuple[date, date]:
    """The days among which people of the same name count: all of a year or month that is all that is known, or any day."""
    if born is None:
        return date.min, date.max
    return (born.day, born.end.date()) if born.precision != "day" else (born.day, born.day)


def _any_spelling(word: Word) -> str:
    return "(" + " | ".join(f"'{way}'" for way in dict.fromkeys((*word.ways, *word.sounds))) + ")"
