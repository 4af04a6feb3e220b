"""Parts of a resource: chosen elements (`_elements`), a summary, the text alone, or all but the text (`_summary`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from salus.fhir.definitions import Element, shape_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON

#: what a part of a resource is marked with (hl7.org/fhir/R4/search.html#summary): it is never written back
SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "subsetted",
}
SUMMARIES = frozenset({"true", "text", "data", "count", "false"})
_ALWAYS = frozenset({"resourceType", "id", "meta"})
#: elements at the top of R4's types that change what the others mean: none is left out
_MODIFIERS = frozenset(
    {
        *(
            "implicitRules",
            "modifierExtension",
            "status",
            "active",
            "intent",
            "use",
            "doNotPerform",
            "notGiven",
            "mode",
        ),
        *("clinicalStatus", "verificationStatus", "lifecycleStatus", "deceasedBoolean", "deceasedDateTime", "link"),
    }
)


@dataclass(frozen=True, slots=True)
class Cut:
    """Which part of each resource is wanted; nothing said is all of it."""

    elements: frozenset[str] = field(default_factory=frozenset)
    summary: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.elements and self.summary in ("", "false", "count")


def cut_of(pairs: Sequence[tuple[str, str]]) -> Cut:
    """The part that the parameters ask for.

    :raises FhirError: 400 for what cannot be read, or both at once
    """
    elements: list[str] = []
    summary = ""
    for name, value in pairs:
        if name == "_elements":
            elements += value.split(",")
        elif name == "_summary":
            if value not in SUMMARIES:
                raise FhirError(400, "_summary is true, text, data, count or false.", expression="_summary")
            summary = value
    if any(not re.fullmatch(r"[a-zA-Z]{1,64}", one) for one in elements):
        raise FhirError(400, "_elements names elements at the top of the resource.", expression="_elements")
    cut = Cut(frozenset(elements), summary)
    if cut.elements and summary in ("true", "text", "data"):
        raise FhirError(400, "_elements or _summary, not both.", expression="_elements")
    return cut


def unknown_elements(cut: Cut, kind: str) -> list[str]:
    """Those of the elements that the type does not have."""
    shape = shape_of(kind)
    if shape is None:
        return []
    known = {*shape.elements, *(one.choice for one in shape.elements.values())}
    return sorted(cut.elements - known - _ALWAYS)


def narrowed(cut: Cut, resource: JSON, *, is_beside: bool = False) -> JSON:
    """The part of a resource that is wanted, marked as a part.

    :param is_beside: whether it only comes with what was searched for: `_elements` says nothing of that
    """
    shape = shape_of(resource["resourceType"])
    if cut.is_whole or is_beside and cut.elements or shape is None:
        return resource
    found = {name: value for name, value in resource.items() if _stays(cut, name.removeprefix("_"), shape.elements)}
    if found.keys() == resource.keys():
        return resource
    meta = resource.get("meta", {})
    return found | {"meta": meta | {"tag": [*meta.get("tag", ()), SUBSETTED]}}


def _stays(cut: Cut, name: str, elements: Mapping[str, Element]) -> bool:
    element = elements.get(name)
    if name in _ALWAYS:
        return True
    if cut.summary == "data":
        return name != "text"
    if element is None:
        return False
    if element.required or name in _MODIFIERS and cut.summary != "text":
        return True
    if cut.summary == "text":
        return name == "text"
    if cut.summary == "true":
        return element.summary
    return name in cut.elements or element.choice in cut.elements


def is_part(resource: JSON) -> bool:
    """Whether a resource says of itself that it is only a part of one."""
    tags = (resource.get("meta") or {}).get("tag") or []
    return any(one.get("code") == SUBSETTED["code"] and one.get("system") == SUBSETTED["system"] for one in tags)
