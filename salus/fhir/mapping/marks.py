"""Sensitivity labels as FHIR carries them: codings of `meta.security`.

What comes in with a label is kept with it; what is served says each label of its row, whoever gave it: the hospital's tables, a
clinician, the sender. A program adds labels and takes none away: what it does not repeat it may never have been told.
"""

from __future__ import annotations

from collections.abc import Iterable

from salus.fhir.written import JSON
from salus.patients.access.labels import LABELS, SYSTEM, known


def labels_in(resource: JSON) -> list[str]:
    """The labels that a resource says it has."""
    return known(one["code"] for one in _security(resource.get("meta", {})) if is_label(one))


def labelled(meta: JSON, labels: Iterable[str]) -> JSON:
    """The `meta` of a resource with the labels of its row, beside what it says itself."""
    said = _security(meta)
    there = {one["code"] for one in said if is_label(one)}
    more = [{"system": SYSTEM, "code": code} for code in known(labels) if code not in there]
    return {**meta, "security": [*said, *more]} if more else meta


def unlabelled(meta: JSON) -> JSON:
    """The `meta` without the labels, which stand in the row."""
    rest = [one for one in _security(meta) if not is_label(one)]
    bare = {key: value for key, value in meta.items() if key != "security"}
    return bare | ({"security": rest} if rest else {})


def is_label(coding: JSON) -> bool:
    """Whether a coding is one of the labels that the rule knows."""
    return coding.get("system") == SYSTEM and coding.get("code") in LABELS


def _security(meta: JSON) -> list[JSON]:
    said: list[JSON] = meta.get("security", [])
    return said
