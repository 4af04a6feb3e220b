"""Resources that nobody wrote: of any type, right by R4, with values by chance; and the same with one thing broken."""

from __future__ import annotations

from random import Random
from typing import Any

from salus.fhir.definitions import Element, Shape, shape_of

_VALUES: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "canonical": ("http://example.org/x|1", "#x"),
    "code": ("active", "x-y", "final", "routine"),
    "date": ("2026", "2026-02", "2026-02-28", "0001-01-01", "9999-12-31"),
    "dateTime": ("2026", "2026-02-28T10:00:00Z", "2026-02-28T10:00:00+14:00", "0001-01-01T00:00:00+14:00",
                 "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z"),
    "decimal": (0, -1, 1.5, 10**17),
    "id": ("x", "a" * 64),
    "instant": ("2026-02-28T10:00:00Z", "9999-12-31T23:59:59.999Z"),
    "integer": (0, -1, 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
    "string": ("a", "Åsa 🦠", "' OR 1=1 --", "<script>alert(1)</script>", "a" * 5000),
    "markdown": ("# a", "{{7*7}}"),
    "time": ("10:00:00", "23:59:59"),
    "uri": ("urn:uuid:00000000-0000-4000-8000-000000000000", "http://loinc.org", "x"),
    "url": ("https://example.org/x",),
    "uuid": ("urn:uuid:00000000-0000-4000-8000-000000000000",),
    "oid": ("urn:oid:1.2.3",),
    "base64Binary": ("YQ==",),
    "xhtml": ('<div xmlns="http://www.w3.org/1999/xhtml">a</div>',),
}  # fmt: skip
_BROKEN: tuple[Any, ...] = (
    None, "", [], {}, [None], [[]], "\x00", "9" * 400, -1, 1e300, True, {"x": 1}, [{"reference": "x"}], {"reference": 5},
    {"coding": {}}, {"coding": [None]}, {"value": "x"}, {"start": "2027", "end": "2026"}, "Patient/", {"resourceType": "Patient"},
)  # fmt: skip
_CODINGS = (
    ("http://loinc.org", "2339-0"),
    ("http://snomed.info/sct", "44054006"),
    ("http://hl7.org/fhir/sid/icd-10", "E11"),
    ("", "x"),
)
_DEEPEST = 4
#: what ours are made of, or what would only be the same thing again, deeper
_LEFT_OUT = frozenset(
    {"id", "meta", "implicitRules", "contained", "extension", "modifierExtension", "text", "language"}
)


def a_resource(kind: str, chance: Random, patient: str, likely: float = 0.3) -> dict[str, Any]:
    """One of this type: what must be there, and of the rest so much as is likely."""
    shape = shape_of(kind)
    assert shape is not None, kind
    return {"resourceType": kind} | _filled(shape, chance, patient, likely, 0)


def broken(resource: dict[str, Any], chance: Random) -> dict[str, Any]:
    """The same with one value, at any depth, that is none."""
    place: Any = resource
    while True:
        key = chance.choice([*place] if isinstance(place, dict) else range(len(place)))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or chance.random() < 0.4:
            place[key] = chance.choice(_BROKEN)
            return resource
        place = inner


def _filled(shape: Shape, chance: Random, patient: str, likely: float, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    chosen: set[str] = set()
    for element in shape.elements.values():
        must = element.required or element.choice in shape.required_choices
        if (
            element.name in _LEFT_OUT
            or element.choice in chosen
            or not (must or chance.random() < likely / (1 + depth))
        ):
            continue
        value = _value(element, chance, patient, likely, depth)
        if value is not None:
            found[element.name] = [value] if element.many else value
            if element.choice:
                chosen.add(element.choice)
    return found


def _value(element: Element, chance: Random, patient: str, likely: float, depth: int) -> Any:  # noqa: PLR0911 - one for each kind
    if element.codes:
        return chance.choice(sorted(element.codes))
    if element.kind in _VALUES:
        return chance.choice(_VALUES[element.kind])
    if element.kind == "Reference":
        return {"reference": chance.choice((f"Patient/{patient}",) * 3 + ("Practitioner/x", "urn:uuid:x", "Group/1"))}
    if element.kind in ("CodeableConcept", "Coding"):
        system, code = chance.choice(_CODINGS)
        coding = {"code": code} | ({"system": system} if system else {})
        return coding if element.kind == "Coding" else {"coding": [coding], "text": "a"}
    shape = shape_of(element.kind)
    if shape is None or depth >= _DEEPEST:
        return None
    return _filled(shape, chance, patient, likely, depth + 1) or None
