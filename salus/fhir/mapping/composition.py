"""Composition <-> chart.Note: signed notes, letters and summaries; what comes in becomes a note that is read."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any
from uuid import UUID

from salus.chart.models import Note
from salus.chart.note_types import KINDS, LOINC
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    code_of,
    concept_columns,
    concept_json,
    concept_of,
    exact,
    first_instant,
    instant_text,
    json_list,
    one_code,
    reference_to,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row, target_of
from salus.fhir.written import JSON, encode_text

#: where an imported composition came from; a signed note that was written here has no source, and is locked
FILED_AS = "fhir.composition:"

#: LOINC section codes of sections that are the same in every hospital (C-CDA R2.1)
_SECTIONS = {
    "history": ("10164-2", "History of Present illness Narrative"),
    "examination": ("29545-1", "Physical findings Narrative"),
    "assessment": ("51848-0", "Evaluation note"),
    "plan": ("18776-5", "Plan of care note"),
}
_DIAGNOSES = ("29308-4", "Diagnosis")
_IDENTITY = re.compile(r"[0-9a-f-]{36}")
_BREAK = re.compile(r"<(?:br\s*/?|/p|/div|/li|/tr|/h[1-6])>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def read(resource: JSON, context: Context) -> Row:
    author = (resource.get("author") or [{}])[0]
    at = first_instant(resource.get("date"))
    parts = list(_parts(resource.get("section") or (), ""))
    if not parts:
        parts = [(resource["title"], _text(resource))]
    form = [{"name": f"s{place}", "label": label} for place, (label, _words) in enumerate(parts)]
    code = code_of(resource.get("type"))
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": "signed" if resource["status"] in ("final", "amended") else resource["status"],
        "kind": "consultation",
        "template_kind": next((kind for kind, one in KINDS.items() if one.code == code), "consultation"),
        "title": resource["title"],
        "form": json_list(form),
        "sections": encode_text({one["name"]: words for one, (_label, words) in zip(form, parts, strict=True)}),
        **concept_columns(resource.get("type")),
        "author_id": context.practitioner(author),
        "author_name": context.display(author),
        "written_at": at,
        "signed_at": at,
    }


def signers(resource: JSON) -> list[UUID]:
    """The practitioners whom it names as author or attester."""
    parties = [*resource.get("author", ()), *(one.get("party") for one in resource.get("attester", ()))]
    named = [target for one in parties if (target := target_of(one))]
    kinds = ("Practitioner", "PractitionerRole")
    return [UUID(identity) for kind, identity in named if kind in kinds and _IDENTITY.fullmatch(identity)]


def _parts(sections: Any, above: str) -> Any:
    """Sections with their words, those within others under both titles."""
    for one in sections:
        label = " – ".join(filter(None, (above, one.get("title") or code_of(one.get("code")))))
        if words := _text(one):
            yield label, words
        yield from _parts(one.get("section") or (), label)


def _text(element: JSON) -> str:
    """The words of a narrative."""
    div = (element.get("text") or {}).get("div", "")
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", div))).splitlines()
    return "\n".join(line for line in (" ".join(one.split()) for one in lines) if line)


def write(row: Note) -> JSON:
    kind = KINDS.get(row.template_kind, KINDS["consultation"])
    return without_empty(
        {
            "resourceType": "Composition",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else "final" if row.status == Note.SIGNED else row.status,
            "type": concept_of(row) or concept_json(LOINC, kind.code, kind.display),
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "date": instant_text(row.written_at),
            "author": [_author(row)],
            "title": row.title or kind.title,
            "attester": _attesters(row),
            "relatesTo": [{"code": "appends", "targetReference": reference_to("Composition", row.addendum_to_id)}]
            if row.addendum_to_id
            else [],
            "section": _sections(row),
        }
    )


def _author(row: Note) -> JSON:
    who = reference_to("Practitioner", row.author_id) or {}
    return without_empty({**who, "display": row.author_name or ("Unknown" if not who else "")})


def _attesters(row: Note) -> list[JSON]:
    signed = {"mode": "legal", "time": instant_text(row.signed_at), "party": _author(row)}
    if row.cosigned_at is None:
        return [signed]
    second = {"display": row.cosigned_by_name}
    return [signed, {"mode": "professional", "time": instant_text(row.cosigned_at), "party": second}]


def _sections(row: Note) -> list[JSON]:
    said = exact(row.sections)
    form = exact(row.form) or [{"name": name, "label": name.capitalize()} for name in said]
    found = [
        _section(one["label"], _SECTIONS.get(one["name"]), said[one["name"]]) for one in form if said.get(one["name"])
    ]
    if row.diagnoses:
        entries = [reference_to("Condition", one) for one in row.diagnoses]
        found.append({"title": "Diagnoses", "code": one_code(LOINC, _DIAGNOSES[0]), "entry": entries})
    return found


def _section(title: str, code: tuple[str, str] | None, words: str) -> JSON:
    lines = "<br/>".join(escape(line) for line in words.split("\n"))
    text = {"status": "additional", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{lines}</p></div>'}
    return without_empty({"title": title, "code": concept_json(LOINC, *code) if code else None, "text": text})


MAPPING = Mapping(
    type="Composition",
    model=Note,
    read=read,
    write=write,
    only={"kind__in": ("consultation", "addendum"), "signed_at__isnull": False},
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("author", "author_id", "Practitioner"),
        params.code("type"),
        params.string("title", "title"),
        params.instant("date", "written_at"),
    ),
)
