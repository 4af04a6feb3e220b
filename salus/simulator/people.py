"""Two thousand invented patients: who they are and how to reach them."""

import json
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from salus.core import crypto
from salus.core.dates import PartialDate
from salus.core.ids import uuid7_at
from salus.core.numbers import with_check_digit
from salus.patients.models import Identifier, Patient
from salus.places.models import Facility
from salus.simulator.names import CULTURES

NATIONAL = "urn:salus:demo:national-number"
_STREETS = ("Harbour Road", "Mill Lane", "Station Street", "Orchard Way", "Church Hill", "Market Square", "River Walk")
_TOWNS = ("Northgate", "Eastmere", "Southwick", "Westbridge", "Oldham Cross")


@dataclass(frozen=True, slots=True)
class People:
    """The patients and the numbers by which others know them."""

    patients: list[Patient]
    identifiers: list[Identifier]


def make_people(chance: random.Random, at: datetime, facility: Facility, number: int, first_mrn: int) -> People:
    """Draw `number` patients; most days of birth are known to the day, a few only to the year."""
    patients, identifiers = [], []
    for place in range(number):
        patient, national = _person(chance, at, facility, first_mrn + place)
        patients.append(patient)
        if national:
            identifiers.append(national)
    return People(patients, identifiers)


def _person(chance: random.Random, at: datetime, facility: Facility, mrn: int) -> tuple[Patient, Identifier | None]:
    culture = chance.choice(CULTURES)
    is_female = chance.random() < 0.52
    given, family = chance.choice(culture.female if is_female else culture.male), chance.choice(culture.family)
    born = _birthday(chance, at)
    known_to_day = chance.random() < 0.97
    registered = at - timedelta(days=chance.randint(1, 2000), minutes=chance.randint(0, 600))
    patient = Patient(
        id=uuid7_at(registered, chance),
        facility=facility,
        mrn=with_check_digit(mrn),
        family=family,
        given=given,
        title=_title(chance, born, at, is_female=is_female),
        names=_names(culture.script, given, family),
        gender="female" if is_female else "male",
        birth_date=PartialDate.parse(born.isoformat() if known_to_day else str(born.year)),
        born_on=born if known_to_day else date(born.year, 1, 1),
        language=culture.language,
        marital_status=chance.choice(("S", "M", "M", "D", "W")) if born.year < at.year - 20 else "S",
        created_at=registered,
        updated_at=registered,
    )
    phone = f"+4420794{chance.randint(60000, 60999)}"
    patient.telecom = json.dumps([{"system": "phone", "value": phone, "use": "mobile"}])
    patient.contact_keys = [crypto.blind_index("phone", phone)]
    patient.addresses = json.dumps([_address(chance)])
    return patient, _national(chance, patient) if chance.random() < 0.8 else None


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


def _national(chance: random.Random, patient: Patient) -> Identifier:
    number = with_check_digit(chance.randint(10**8, 10**9 - 1))
    row = Identifier(patient=patient, kind="national", system=NATIONAL, id=uuid7_at(patient.created_at, chance))
    row.value = number
    row.value_key = crypto.blind_index(f"identifier:{NATIONAL}", number)
    return row
