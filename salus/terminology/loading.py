"""Bringing the code system of conditions and the formulary into the database, again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed, Table, bring_up_to_date
from salus.terminology import formulary, icd10cm
from salus.terminology.formulary import AllergenDefinition, Formulary, MedicineDefinition
from salus.terminology.icd10cm import SYSTEM as ICD_10_CM
from salus.terminology.icd10cm import IcdCode
from salus.terminology.models import Allergen, Concept, Medicine, Presentation
from salus.terminology.rules import fold

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CODE = (Path(__file__), Path(__file__).with_name("rules.py"))

#: the order among hits of a search: what can be recorded before what is too coarse, the usual before the rare
COMMON, PLAIN, FIRST_TREATMENT, TOO_COARSE, LATER_TREATMENT, NEVER = range(6)


def concepts_of(system: str, *more: str) -> Table:
    """Where the codes of one system go: what its new release has no more is retired."""
    return Table(
        Concept,
        key=("system", "code"),
        columns=("display", "synonyms", "is_leaf", "parent_code", "chapter", "rank", "is_active", *more),
        words=True,
        retire=True,
        within={"system": system},
        order="rank, code",
    )


_MEDICINES = Table(
    Medicine,
    key=("code",),
    columns=(
        "name",
        "tallman",
        "synonyms",
        "ingredients",
        "drug_class",
        "allergy_groups",
        "forms",
        "routes",
        "atc",
        "rxnorm",
        "is_high_alert",
        "is_controlled",
        "sources",
        "is_active",
    ),
    words=True,
    retire=True,
)
_PRESENTATIONS = Table(
    Presentation,
    key=("code",),
    columns=("medicine_id", "name", "form", "strength", "routes", "unit", "pack_size", "rxnorm", "is_active"),
    retire=True,
)
_ALLERGENS = Table(
    Allergen,
    key=("code",),
    columns=("name", "category", "ingredients", "allergy_groups", "codings", "is_active"),
    words=True,
    retire=True,
)


def load_conditions(act: Act) -> Changed:
    """Bring ICD-10-CM up to date (a few seconds the first time)."""
    act.require("terminology.load_conditions")
    common = {condition.code: condition.synonyms for condition in icd10cm.read_common_conditions()}
    changed = bring_up_to_date(
        concepts_of(ICD_10_CM), (_concept(code, common) for code in icd10cm.icd_codes()), by=act.by
    )
    with connection.cursor() as cursor:  # the planner has never seen these rows
        cursor.execute("ANALYZE terminology_concept")
    return changed


def _concept(code: IcdCode, common: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    spoken = common.get(code.code, ())
    own = tuple(dict.fromkeys(spoken + code.synonyms))
    rank = COMMON if code.code in common else _rank(code)
    findable = rank != NEVER
    return {
        "system": ICD_10_CM,
        "code": code.code,
        "display": code.display,
        "synonyms": list(own),
        "is_leaf": code.is_leaf,
        "parent_code": code.parent,
        "chapter": code.chapter,
        "rank": rank,
        "is_active": True,
        "words_a": fold(code.display) if findable else "",
        "words_b": fold(" ".join(own)) if findable else "",
        "words_c": _inherited(code.inherited) if findable else "",
        "words_d": "",
    }


@lru_cache(maxsize=256)
def _inherited(names: tuple[str, ...]) -> str:
    """Fold what a branch says once for all its leaves, which come one after the other."""
    return fold(" ".join(names))


def _rank(code: IcdCode) -> int:
    if code.is_block:
        return NEVER
    if not code.is_leaf:
        return TOO_COARSE
    if not code.is_extended:
        return PLAIN
    return FIRST_TREATMENT if code.is_first_encounter else LATER_TREATMENT


def load_formulary(act: Act) -> Changed:
    """Bring medicines, presentations and allergens up to date with the files that ship."""
    act.require("terminology.load_formulary")
    shipped = formulary.read_formulary()
    rxnorm = _rxnorm(shipped)
    medicines = (_medicine(medicine, rxnorm[medicine.code]) for medicine in shipped.medicines)
    changed = bring_up_to_date(_MEDICINES, medicines, by=act.by)
    ids = dict(Medicine.objects.values_list("code", "id"))
    changed += bring_up_to_date(_PRESENTATIONS, _presentations(shipped, ids, rxnorm), by=act.by)
    return changed + bring_up_to_date(_ALLERGENS, (_allergen(a) for a in shipped.allergens), by=act.by)


def _rxnorm(shipped: Formulary) -> Mapping[str, list[str]]:
    """Codes by which others name a medicine or a presentation, by its own code."""
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for medicine in shipped.medicines:
        codes[medicine.code] += medicine.said("rxnorm")
    for code in shipped.codes:
        if code.system == RXNORM:
            codes[code.medicine].append(code.code)
            if code.presentation:
                codes[code.presentation].append(code.code)
    return codes


def _medicine(medicine: MedicineDefinition, rxnorm: list[str]) -> dict[str, Any]:
    synonyms = list(medicine.said("synonym"))
    return {
        "code": medicine.code,
        "name": medicine.name,
        "tallman": medicine.tallman,
        "synonyms": synonyms,
        "ingredients": list(medicine.ingredients),
        "drug_class": medicine.class_name,
        "allergy_groups": list(medicine.allergy_groups),
        "forms": list(medicine.forms),
        "routes": list(medicine.routes),
        "atc": next(iter(medicine.said("atc")), ""),
        "rxnorm": rxnorm,
        "is_high_alert": medicine.is_high_alert,
        "is_controlled": medicine.is_controlled,
        "sources": [
            {
                "statement": said.statement,
                "value": said.value,
                "source": said.source,
                "place": said.source_place,
                "opened": said.source_opened.isoformat(),
            }
            for said in medicine.statements
        ],
        "is_active": True,
        "words_a": fold(f"{medicine.name} {' '.join(medicine.ingredients)}"),
        "words_b": fold(" ".join(synonyms)),
        "words_c": fold(medicine.class_name),
        "words_d": fold(" ".join(medicine.said("atc"))),
    }


def _presentations(
    shipped: Formulary, medicines: Mapping[str, UUID], rxnorm: Mapping[str, list[str]]
) -> Iterator[dict[str, Any]]:
    names = {medicine.code: medicine.name for medicine in shipped.medicines}
    for presentation in shipped.presentations:
        yield {
            "code": presentation.code,
            "medicine_id": medicines[presentation.medicine],
            "name": presentation.named(names[presentation.medicine]),
            "form": presentation.form,
            "strength": presentation.strength,
            "routes": list(presentation.routes),
            "unit": presentation.pack_unit,
            "pack_size": presentation.pack_size,
            "rxnorm": rxnorm.get(presentation.code, []),
            "is_active": True,
        }


def _allergen(allergen: AllergenDefinition) -> dict[str, Any]:
    coding = {"system": allergen.system, "code": allergen.system_code, "display": allergen.system_display}
    return {
        "code": allergen.code,
        "name": allergen.display,
        "category": allergen.category,
        "ingredients": [allergen.ingredient] if allergen.ingredient else [],
        "allergy_groups": list(allergen.allergy_groups),
        "codings": [coding] if allergen.system_code else [],
        "is_active": True,
        "words_a": fold(allergen.display),
        "words_b": fold(" ".join((*allergen.synonyms, allergen.system_display))),
        "words_c": "",
        "words_d": "",
    }


def plug_in_loaders() -> None:
    """Tell the core what this room loads."""
    plug_in(
        ReferenceLoader(
            "terminology.conditions",
            "terminology.load_conditions",
            lambda: fingerprint_of(
                *CODE, Path(icd10cm.__file__), icd10cm.COMMON, also=f"icd-10-cm {icd10cm.wheel_version()}"
            ),
            load_conditions,
        )
    )
    plug_in(
        ReferenceLoader(
            "terminology.formulary",
            "terminology.load_formulary",
            lambda: fingerprint_of(*CODE, formulary.DATA),
            load_formulary,
        )
    )
