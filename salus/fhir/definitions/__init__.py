"""What FHIR R4 says of each type: its elements, which must be there, which hold lists, which codes are allowed.

`r4.json` is made by `scripts/make_fhir_definitions.py` (content: HL7, CC0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

_FILE = Path(__file__).with_name("r4.json")

#: R4 types that R4B dropped or changed: their shape is not known here, so they are kept as they come
UNCHECKED = frozenset(
    {
        "EffectEvidenceSynthesis",
        "Evidence",
        "EvidenceVariable",
        "MedicinalProduct",
        "MedicinalProductAuthorization",
        "MedicinalProductContraindication",
        "MedicinalProductIndication",
        "MedicinalProductIngredient",
        "MedicinalProductInteraction",
        "MedicinalProductManufactured",
        "MedicinalProductPackaged",
        "MedicinalProductPharmaceutical",
        "MedicinalProductUndesirableEffect",
        "RiskEvidenceSynthesis",
        "SubstanceNucleicAcid",
        "SubstancePolymer",
        "SubstanceProtein",
        "SubstanceReferenceInformation",
        "SubstanceSourceMaterial",
        "SubstanceSpecification",
    }
)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type: the kind of its values, whether it is a list, and part of a summary."""

    name: str
    kind: str
    many: bool
    required: bool
    codes: frozenset[str]
    choice: str
    summary: bool = False

    @property
    def is_primitive(self) -> bool:
        return self.kind[0].islower()


@dataclass(frozen=True, slots=True)
class Shape:
    """The elements of a type by name, those that must be there, and the choices of which one must be there."""

    name: str
    elements: Mapping[str, Element]
    required: tuple[str, ...]
    required_choices: tuple[str, ...]


@cache
def _content() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    content: Mapping[str, Mapping[str, Mapping[str, str]]] = msgspec.json.decode(_FILE.read_bytes())
    return content


@cache
def resource_types() -> frozenset[str]:
    """The names of all resource types of R4."""
    return frozenset(_content()["resources"]) | UNCHECKED


@cache
def shape_of(name: str) -> Shape | None:
    """The shape of a resource, data type or part (`ObservationComponent`), or None where it is not known."""
    if name == "Element":
        return Shape("Element", {n: _element(n, k, {}) for n, k in _ELEMENT.items()}, (), ())
    told = _content()["types"].get(name) if name not in UNCHECKED else None
    if told is None:
        return None
    choices = {key: told[key].split() for key in told if key.startswith("[")}
    choice_of = {element: key.strip("[]!") for key, elements in choices.items() for element in elements}
    elements = {key: _element(key, told[key], choice_of) for key in told if not key.startswith("[")}
    return Shape(
        name,
        elements,
        tuple(e.name for e in elements.values() if e.required),
        tuple(key.strip("[]!") for key in choices if key.endswith("!")),
    )


#: what the `_name` beside a primitive may hold
_ELEMENT = {"id": "string", "extension": "Extension*"}


def _element(name: str, told: str, choice_of: Mapping[str, str]) -> Element:
    told, _, codes = told.partition("=")
    kind = told.rstrip("!*^")
    return Element(
        name, kind, "*" in told, "!" in told, frozenset(codes.split()), choice_of.get(name, ""), summary="^" in told
    )
