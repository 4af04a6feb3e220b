"""Lists of answers that are kept elsewhere (FHIR `answerValueSet`): the code systems of this hospital, whole.

The canonical addresses are those of FHIR (an implicit value set of all codes of a system: hl7.org/fhir/R4/snomedct.html,
hl7.org/fhir/R4/loinc.html) and of our own lists. What was chosen is typed as its system, code and words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ICD, SNOMED, LOINC = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct", "http://loinc.org"
ICD11 = "http://id.who.int/icd/release/11/mms"
ALLERGEN, MEDICINE = "salus:allergen", "salus:medicine"

#: canonical address -> the word in our own addresses, and the system of its codes
KNOWN = {
    f"{ICD}?fhir_vs": ("icd", ICD),
    f"{ICD11}?fhir_vs": ("icd11", ICD11),
    f"{SNOMED}?fhir_vs": ("snomed", SNOMED),
    f"{LOINC}/vs": ("loinc", LOINC),
    "salus:allergens": ("allergens", ALLERGEN),
    "salus:medicines": ("medicines", MEDICINE),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A code of such a list."""

    system: str
    code: str
    display: str

    @property
    def typed(self) -> str:
        """As a field carries it."""
        return "|".join((self.system, self.code, self.display))


def word_of(value_set: str) -> str:
    """How our own addresses call a list; empty for one that is not known."""
    return KNOWN.get(value_set.partition("|")[0] if value_set not in KNOWN else value_set, ("", ""))[0]


def system_of(value_set: str) -> str:
    """The code system of a list."""
    return KNOWN.get(value_set.partition("|")[0] if value_set not in KNOWN else value_set, ("", ""))[1]


def chosen(value_set: str, said: str) -> Chosen | None:
    """What a field says, where it is a code of this list."""
    system, _bar, rest = said.partition("|")
    code, _bar, display = rest.partition("|")
    if not system or not code or system != system_of(value_set):
        return None
    return Chosen(system, code, display or code)


def coding_in(value_set: str, said: Any) -> Chosen | None:
    """What an answer of FHIR says, where it is a coding of this list."""
    if not isinstance(said, dict) or not isinstance(said.get("code"), str):
        return None
    return chosen(value_set, "|".join((str(said.get("system", "")), said["code"], str(said.get("display", "")))))
