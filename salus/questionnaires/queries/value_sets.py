"""Looking into the lists of answers that the terminology keeps."""

from collections.abc import Callable, Iterable, Mapping

from salus.questionnaires.rules.value_sets import ALLERGEN, ICD, ICD11, LOINC, MEDICINE, SNOMED, Chosen
from salus.terminology import queries as terminology
from salus.terminology.models import Allergen, Concept, Medicine


def find(word: str, text: str) -> list[Chosen]:
    """What a list offers for what was typed; nothing for a list that there is not."""
    search = _SEARCHES.get(word)
    return list(search(text)) if search else []


def displays_of(asked: Iterable[Chosen]) -> Mapping[tuple[str, str], str]:
    """The words of those codes that there are, by system and code; at most a statement for each kind of list."""
    by_system: dict[str, set[str]] = {}
    for one in asked:
        by_system.setdefault(one.system, set()).add(one.code)
    found: dict[tuple[str, str], str] = {}
    for system, codes in by_system.items():
        rows = (
            _LISTS[system].objects.filter(code__in=codes).values_list("code", "name")
            if system in _LISTS
            else Concept.objects.filter(system=system, code__in=codes).values_list("code", "display")
        )
        found |= {(system, code): display for code, display in rows}
    return found


_LISTS: Mapping[str, type[Allergen] | type[Medicine]] = {ALLERGEN: Allergen, MEDICINE: Medicine}
_SEARCHES: Mapping[str, Callable[[str], Iterable[Chosen]]] = {
    "icd": lambda text: (Chosen(ICD, one.code, one.display) for one in terminology.search_conditions(text)),
    "icd11": lambda text: (Chosen(ICD11, one.code, one.display) for one in terminology.search_icd11(text)),
    "snomed": lambda text: (Chosen(SNOMED, one.code, one.display) for one in terminology.search_snomed(text)),
    "loinc": lambda text: (Chosen(LOINC, one.code, one.display) for one in terminology.search_loinc(text)),
    "allergens": lambda text: (Chosen(ALLERGEN, one.code, one.name) for one in terminology.search_allergens(text)),
    "medicines": lambda text: (Chosen(MEDICINE, one.code, one.name) for one in terminology.search_medicines(text)),
}
