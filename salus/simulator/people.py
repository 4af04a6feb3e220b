"""Two thousand invented patients: who they are and how to reach them."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from salus.core.ids import uuid7_at
from salus.core.numbers import with_check_digit
from salus.patients.loading import NewPatient
from salus.simulator.names import CULTURES

NATIONAL = "urn:salus:demo:national-number"
_STREETS = ("Harbour Road", "Mill Lane", "Station Street", "Orchard Way", "Church Hill", "Market Square", "River Walk")
_TOWNS = ("Northgate", "Eastmere", "Southwick", "Westbridge", "Oldham Cross")


@dataclass(frozen=True, slots=True)
class Somebody:
    """What a history has to know of a patient."""

    id: UUID
    born_on: date
    gender: str
    since: datetime


def make_people(chance: random.Random, at: datetime, number: int) -> tuple[list[NewPatient], list[Somebody]]:
    """Draw `number` patients; most days of birth are known to the day, a few only to the year."""
    rows, people = [], []
    for _n in range(number):
        row, somebody = _person(chance, at)
        rows.append(row)
        people.append(somebody)
    return rows, people


def _person(chance: random.Random, at: datetime) -> tuple[NewPatient, Somebody]:
    culture = chance.choice(CULTURES)
    is_female = chance.random() < 0.52
    given, family = chance.choice(culture.female if is_female else culture.male), chance.choice(culture.family)
    born = _birthday(chance, at)
    known_to_day = chance.random() < 0.97
    lifetime = max(1, min(2000, (at.date() - born).days))
    since = at - timedelta(days=chance.randint(1, lifetime), minutes=chance.randint(0, 600))
    row = NewPatient(
        id=uuid7_at(since, chance),
        at=since,
        family=family,
        given=given,
        title=_title(chance, born, at, is_female=is_female),
        names=_names(culture.script, given, family),
        gender="female" if is_female else "male",
        birth_date=born.isoformat() if known_to_day else str(born.year),
        language=culture.language,
        marital_status=chance.choice(("S", "M", "M", "D", "W")) if born.year < at.year - 20 else "S",
        telecom=[{"system": "phone", "value": f"+4420794{chance.randint(60000, 60999)}", "use": "mobile"}],
        addresses=[_address(chance)],
        identifiers=[_national(chance)] if chance.random() < 0.8 else (),
    )
    return row, Somebody(row.id, born, row.gender, since)


def _birthday(chance: random.Random, at: datetime) -> date:
    """Ages as a hospital sees them: many small children, many old people."""
    age = chance.choices((chance.uniform(0, 5), chance.uniform(5, 20), chance.uniform(20, 60), chance.uniform(60, 95)),
                         weights=(14, 14, 42, 30))[0]  # fmt: skip
    return (at - timedelta(days=age * 365.25)).date()


def _title(chance: random.Random, born: date, at: datetime, *, is_female: bool) -> str:
    if (at.date() - born).days < 18 * 365:
        return "Miss" if is_female else "Master"
    return chance.choice(("Mrs", "Ms")) if is_female else "Mr"


def _names(script: dict[str, str], given: str, family: str) -> list[dict[str, object]]:
    names: list[dict[str, object]] = [{"use": "official", "family": family, "given": [given]}]
    if given in script and family in script:
        names.append({"use": "usual", "family": script[family], "given": [script[given]]})
    return names


def _address(chance: random.Random) -> dict[str, object]:
    return {
        "line": [f"{chance.randint(1, 180)} {chance.choice(_STREETS)}"],
        "city": chance.choice(_TOWNS),
        "postalCode": f"D{chance.randint(100, 999)}",
    }


def _national(chance: random.Random) -> dict[str, str]:
    return {"kind": "national", "system": NATIONAL, "value": with_check_digit(chance.randint(10**8, 10**9 - 1))}
