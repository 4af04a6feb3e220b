"""One found patient: what the right to find shows, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from salus.patients.rules.matching import similar_names
from salus.ui import formatting

#: of `patients_patient p`; read by `Candidate(*row)`
COLUMNS = (
    "p.id, p.mrn, p.family, p.given, p.title, p.gender, p.birth_date, p.born_on, p.is_deceased, p.is_active, "
    "p.sort_key, tsvector_to_array(p.name_words)"
)
#: neither recorded in error nor merged into another one
LIVE = "p.facility_id = %s AND p.voided_at IS NULL AND p.merged_into_id IS NULL"


@dataclass(frozen=True, slots=True)
class PatientLine:
    """A patient on a list: name, birth date, sex and MRN (the right to find). `birth_date` is FHIR text or empty.

    :ivar why: found by `name`, `near` (nearly so spelt), `sound`, `mrn`, `identifier`, `phone`, `phone-tail`, `mail`, `born`
    :ivar similar: another one on the same list has a name like this one
    """

    id: UUID
    mrn: str
    family: str
    given: str
    title: str
    gender: str
    birth_date: str
    born_on: date | None
    is_deceased: bool = False
    is_active: bool = True
    why: str = "name"
    similar: bool = False

    @property
    def age(self) -> str:
        """`62y`, empty for one who has died or whose birth date is unknown."""
        return "" if self.is_deceased else formatting.age(self.birth_date)

    @property
    def name(self) -> str:
        """`RASHID, Nadia (Mrs)`."""
        return formatting.full_name(self.family, self.given, self.title)


class Candidate:
    """A row that may be the one sought, with what is needed to judge how well it fits."""

    __slots__ = ("line", "sort_key", "tokens")

    def __init__(self, row: Sequence[Any], why: str = "name") -> None:
        *shown, self.sort_key, tokens = row
        shown[6] = shown[6] or ""
        self.line = PatientLine(*shown, why)  # type: ignore[call-arg]
        self.tokens: frozenset[str] = frozenset(tokens or ())


def flag_similar(lines: Sequence[PatientLine]) -> list[PatientLine]:
    """The same list, with those marked whose names are easily taken for one another."""
    alike = similar_names([(line.family, line.given) for line in lines])
    return [replace(line, similar=True) if place in alike else line for place, line in enumerate(lines)]
