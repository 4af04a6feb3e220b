"""Walk a resource once: hold it against the shape of its type, and note every reference that it makes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from salus.fhir.checking.invariants import INVARIANTS, Invariant
from salus.fhir.checking.primitives import CHECKS
from salus.fhir.definitions import UNCHECKED, Element, resource_types, shape_of
from salus.fhir.written import JSON

#: of one resource; one that has more mistakes is as hopeless
_PROBLEMS = 10
#: FHIR nests without limit (extensions, contained items); nobody's record does
_DEPTH = 60

#: a place as the place around it and one step, so that walking on costs no copy: `(("Observation", "component"), 1)`
_Path = Any


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: `Observation.component[1].code`."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(slots=True)
class Checked:
    """What the walk found. `references` are the Reference objects, `links` places of URIs that name another entry (`urn:`)."""

    problems: list[Problem] = field(default_factory=list)
    references: list[JSON] = field(default_factory=list)
    links: list[tuple[JSON, str]] = field(default_factory=list)
    _fragments: list[tuple[_Path, str]] = field(default_factory=list)

    def add(self, path: _Path, reason: str) -> None:
        if len(self.problems) < _PROBLEMS:
            self.problems.append(Problem(_words(path), reason))


def check(resource: Any) -> Checked:
    """Hold a resource against FHIR R4; what is wrong is in `problems` (at most ten)."""
    found = Checked()
    if type(resource) is not dict:
        found.add("", "is no JSON object")
        return found
    name = resource.get("resourceType")
    if type(name) is not str or name not in resource_types():
        found.add("", "has no resourceType that FHIR R4 knows")
        return found
    try:
        _resource(found, resource, name, 0)
    except RecursionError:
        found.add(name, "is nested too deeply")
    _fragments(found, resource)
    return found


def _resource(found: Checked, resource: JSON, path: _Path, depth: int) -> None:
    if type(path) is tuple and path[1] == "resource":  # an entry of a bundle: what it contains is its own
        inner = check(resource)
        found.references += inner.references
        for problem in inner.problems:
            found.add((path, problem.place.partition(".")[2]), problem.reason)
        return
    name = resource.get("resourceType")
    if type(name) is not str or name not in resource_types():
        found.add(path, "has no resourceType that FHIR R4 knows")
    elif name not in UNCHECKED:
        _walk(found, resource, name, path, depth)


#: per element: whether a list, the check of a primitive or None, the name of the type, its choice, what is allowed, is it a URI
_Plan = dict[str, tuple[bool, Callable[[Any], bool] | None, str, str, str, bool]]


@cache
def _plan(name: str) -> tuple[_Plan, tuple[str, ...], tuple[str, ...], Invariant | None]:
    shape = shape_of(name)
    if shape is None:
        raise LookupError(name)
    plan: _Plan = {
        e.name: (e.many, _check_of(e), e.kind, e.choice, _allowed(e), e.kind in ("uri", "url", "canonical"))
        for e in shape.elements.values()
    }
    return plan, shape.required, shape.required_choices, INVARIANTS.get(name)


def _check_of(element: Element) -> Callable[[Any], bool] | None:
    if not element.is_primitive:
        return None
    codes = element.codes
    return (lambda value: type(value) is str and value in codes) if codes else CHECKS[element.kind]


def _allowed(element: Element) -> str:
    return f"is none of {' | '.join(sorted(element.codes))}" if element.codes else f"is no {element.kind}"


def _walk(found: Checked, value: JSON, name: str, path: _Path, depth: int) -> None:  # noqa: C901 - the hot loop of the import
    plan, required, required_choices, rule = _plan(name)
    if depth > _DEPTH:
        found.add(path, "is nested too deeply")
        return
    chosen: dict[str, str] = {}
    for key, item in value.items():
        told = plan.get(key)
        if told is None:
            _beside(found, value, key, plan, path, depth)
            continue
        many, is_valid, kind, choice, allowed, is_uri = told
        if choice and chosen.setdefault(choice, key) != key:
            found.add((path, key), f"stands beside {chosen[choice]}: only one of {choice}[x] may be given")
        if many:
            _list(found, value, key, told, path, depth)
        elif is_valid is not None:
            if not is_valid(item):
                found.add((path, key), allowed)
            elif is_uri and item.startswith("urn:"):
                found.links.append((value, key))
        elif type(item) is dict:
            _complex(found, item, kind, (path, key), depth)
        else:
            found.add((path, key), "is no JSON object")
    for key in required:
        if key not in value and f"_{key}" not in value:
            found.add((path, key), "is required and missing")
    for choice in required_choices:
        if choice not in chosen:
            found.add((path, f"{choice}[x]"), "is required and missing")
    if rule is not None:
        broken = rule(value)
        if broken:
            found.add(path, broken)


def _list(found: Checked, value: JSON, key: str, told: Any, path: _Path, depth: int) -> None:
    items, (_, is_valid, kind, _, allowed, _) = value[key], told
    if type(items) is not list or not items:
        found.add((path, key), "is no list, or an empty one")
        return
    for place, item in enumerate(items):
        if is_valid is not None:
            if item is None and f"_{key}" in value:
                continue  # a list of primitives is filled up with null where only an extension stands
            if not is_valid(item):
                found.add(((path, key), place), allowed)
        elif type(item) is dict:
            _complex(found, item, kind, ((path, key), place), depth)
        else:
            found.add(((path, key), place), "is no JSON object")


def _complex(found: Checked, item: JSON, kind: str, path: _Path, depth: int) -> None:
    if not item:
        found.add(path, "is empty")
    elif kind == "Resource":
        _resource(found, item, path, depth + 1)
    else:
        if kind == "Reference":
            _reference(found, item, path)
        _walk(found, item, kind, path, depth + 1)


def _beside(found: Checked, value: JSON, key: str, plan: _Plan, path: _Path, depth: int) -> None:
    """An element that is none of the type's own: `resourceType`, `_name` beside a primitive, or a mistake."""
    item = value[key]
    if key == "resourceType" and "implicitRules" in plan:
        return  # of a resource; no other type has it
    told = plan.get(key[1:]) if key.startswith("_") else None
    if told is None or told[1] is None:
        found.add((path, key), "is no element of FHIR R4 here")
        return
    items = item if told[0] and type(item) is list else [item]
    for place, one in enumerate(items):
        if one is None and told[0]:
            continue
        if type(one) is dict and one:
            _walk(found, one, "Element", ((path, key), place) if told[0] else (path, key), depth + 1)
        else:
            found.add((path, key), "is no JSON object")


_is_reference = re.compile(
    r"(?:#[A-Za-z0-9\-.]*|"
    r"(?:https?://\S+/)?(?P<type>[A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?|"
    r"(?P<search>[A-Z][A-Za-z]+)\?\S+|"
    r"urn:\S+|https?://\S+)(?:#\S+)?"
).fullmatch


def _reference(found: Checked, item: JSON, path: _Path) -> None:
    text = item.get("reference")
    if text is None:
        return
    match = _is_reference(text) if type(text) is str else None
    if match is None:
        found.add((path, "reference"), "is no reference")
        return
    target = match["type"] or match["search"]
    if target and not text.startswith("http") and target not in resource_types():
        found.add((path, "reference"), "leads to a type that FHIR R4 does not know")
    elif text.startswith("#"):
        found._fragments.append((path, text))
    else:
        found.references.append(item)


def _fragments(found: Checked, resource: JSON) -> None:
    """What a reference names in the resource itself must be contained there (invariant ref-1)."""
    if not found._fragments:
        return
    contained = resource.get("contained")
    known = {one.get("id") for one in contained if type(one) is dict} if type(contained) is list else set()
    for path, text in found._fragments:
        if text != "#" and text[1:] not in known:
            found.add((path, "reference"), "names a contained resource that is not there")


def _words(path: _Path) -> str:
    steps: list[Any] = []
    while type(path) is tuple:
        path, step = path
        steps.append(step)
    words = str(path)
    for step in reversed(steps):
        words += f"[{step}]" if type(step) is int else f".{step}" if words else str(step)
    return words
