"""A copy of the record: as a FHIR bundle for a program, and in sections for a person to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as lazy

from salus.core.ids import uuid7

Resource = dict[str, Any]

#: a number is shown with the digits that it was written with
_decoder = msgspec.json.Decoder(Resource, float_hook=str)

#: what a copy shows first; every other type follows under its own name
_TITLES = {
    "Patient": lazy("Person"),
    "AllergyIntolerance": lazy("Allergies"),
    "Condition": lazy("Diagnoses and problems"),
    "MedicationRequest": lazy("Medicines"),
    "Observation": lazy("Results and measurements"),
    "DiagnosticReport": lazy("Reports"),
    "Immunization": lazy("Immunisations"),
    "Procedure": lazy("Procedures"),
    "Encounter": lazy("Visits"),
    "ServiceRequest": lazy("Orders"),
    "Coverage": lazy("Cover"),
}
#: elements that say nothing to a person
_UNSAID = frozenset({"resourceType", "id", "meta", "text", "contained", "extension", "implicitRules", "identifier", "subject",
                     "patient", "beneficiary", "encounter", "reference", "system", "url", "language"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """What the record holds of one kind: for each thing its lines, as pairs of an element's name and words."""

    title: str
    things: list[list[tuple[str, str]]]


def as_bundle(resources: Sequence[bytes], at: datetime) -> bytes:
    """A FHIR R4 bundle of type `collection`; each resource byte by byte as it was given."""
    bundle = {
        "resourceType": "Bundle",
        "id": str(uuid7()),
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": [{"fullUrl": f"urn:uuid:{_id_of(one)}", "resource": msgspec.Raw(one)} for one in resources],
    }
    return msgspec.json.encode(bundle)


class _Named(msgspec.Struct):
    id: str


def _id_of(resource: bytes) -> str:
    return msgspec.json.decode(resource, type=_Named).id


def in_sections(resources: Iterable[bytes]) -> list[Section]:
    """The same for a person: nothing that the record says is left out, only codes and links."""
    by_type: dict[str, list[Resource]] = defaultdict(list)
    for one in resources:
        told = _decoder.decode(one)
        by_type[told["resourceType"]].append(told)
    order = [*_TITLES, *sorted(by_type.keys() - _TITLES.keys())]
    return [
        Section(str(_TITLES.get(kind, kind)), [list(_lines(one)) for one in by_type[kind]])
        for kind in order
        if by_type[kind]
    ]


def _lines(resource: Resource) -> Iterator[tuple[str, str]]:
    for name, value in resource.items():
        if name not in _UNSAID and (words := _words(value)):
            yield _spaced(name), words


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return _of_element(value)
    if isinstance(value, list):
        return "; ".join(filter(None, map(_words, value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value is not None else ""


def _of_element(value: dict[str, Any]) -> str:
    """A concept by its text, a quantity with its unit; anything else by all that it says."""
    if "coding" in value or isinstance(value.get("text"), str):
        said = value.get("text") or next((c.get("display") or c.get("code") for c in value["coding"]), "")
        return str(said or "")
    if "value" in value and ("unit" in value or "code" in value):
        return f"{value.get('comparator', '')}{value['value']} {value.get('unit') or value.get('code')}"
    if "display" in value:
        return str(value["display"])
    return ", ".join(filter(None, (_words(part) for name, part in value.items() if name not in _UNSAID)))


def _spaced(name: str) -> str:
    text = "".join(f" {c.lower()}" if c.isupper() else c for c in name)
    return text[:1].upper() + text[1:]
