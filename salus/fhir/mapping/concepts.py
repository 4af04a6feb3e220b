"""CodeableConcepts and other small data types: FHIR's shape to columns, and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import timezone

from salus.core.dates import PartialDate
from salus.fhir.mapping.context import Row, words_of
from salus.fhir.written import JSON, decode, encode_text, plain, same

#: in the place of what must be there and nobody knows (hl7.org/fhir/R4/extension-data-absent-reason.html)
UNKNOWN: JSON = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}
UCUM = "http://unitsofmeasure.org"
CLINICAL = "http://terminology.hl7.org/CodeSystem/"


# ---------------------------------------------------------------- concepts


def concept_columns(concept: Any) -> Row:
    """`code_system`, `code`, `display` of the first coding; `codings` the whole where that says less than was written."""
    concept = concept if isinstance(concept, dict) else {}
    codings: list[JSON] = concept.get("coding", [])
    coding = next((c for c in codings if c.get("code")), codings[0] if codings else {})
    row: Row = {
        "code_system": coding.get("system", ""),
        "code": coding.get("code", ""),
        "display": concept.get("text") or coding.get("display", ""),
    }
    whole = concept_json(row["code_system"], row["code"], row["display"])
    row["codings"] = encode_text(concept) if concept and not same(whole, concept) else None
    return row


def concept_of(row: Any) -> JSON:
    """The CodeableConcept of a row."""
    if row.codings:
        whole: JSON = exact(row.codings) if isinstance(row.codings, str) else row.codings
        return {"coding": whole} if isinstance(whole, list) else whole
    return concept_json(row.code_system, row.code, row.display)


def concept_json(system: str, code: str, display: str) -> JSON:
    """A CodeableConcept with one coding; its words stand with the coding and as text."""
    coding = without_empty({"system": system, "code": code, "display": display if code else ""})
    return without_empty({"coding": [coding] if code else [], "text": display})


def one_code(system: str, code: str) -> JSON:
    """A CodeableConcept of a code whose words everybody knows."""
    return {"coding": [{"system": system, "code": code}]}


def code_of(concept: Any) -> str:
    """The first code of a CodeableConcept, or its words where it has no code."""
    if isinstance(concept, list):
        concept = concept[0] if concept else {}
    if not isinstance(concept, dict):
        return ""
    code = next((c["code"] for c in concept.get("coding", ()) if c.get("code")), "")
    return str(code or words_of(concept))


def codes_of(concepts: Any) -> list[str]:
    """The first code of each of several CodeableConcepts."""
    return [code for one in concepts or () if (code := code_of(one))]


# ---------------------------------------------------------------- dates


@lru_cache(maxsize=65536)
def first_instant(text: str | None) -> datetime | None:
    """The first instant that a date or dateTime may mean; a bare day is one of the hospital's own days."""
    return PartialDate.parse(text, timezone.get_default_timezone()).start if text else None


def period_of(start: Any, end: Any) -> JSON | None:
    """A Period of two dates as written."""
    return without_empty({"start": text_or_none(start), "end": text_or_none(end)}) or None


def text_or_none(value: Any) -> str | None:
    return str(value) if value is not None and str(value) else None


def instant_text(at: datetime | None) -> str | None:
    """An instant as FHIR writes it."""
    return at.isoformat(timespec="milliseconds") if at else None


# ---------------------------------------------------------------- numbers


def positive(value: Any) -> Decimal | None:
    """A number for a column that only holds what is more than nothing."""
    return Decimal(value) if value is not None and value > 0 else None


def number_or_none(value: Any) -> Decimal | None:
    return Decimal(value) if value is not None else None


def plain_or_none(value: Decimal | None) -> Decimal | None:
    return plain(value) if value is not None else None


def quantity_json(number: Decimal | None, unit: str, code: str, comparator: str = "") -> JSON:
    """A Quantity; a coded unit is UCUM's."""
    return without_empty(
        {
            "value": plain(number) if number is not None else None,
            "comparator": comparator,
            "unit": unit,
            "system": UCUM if code else "",
            "code": code,
        }
    )


# ---------------------------------------------------------------- the rest


def reference_to(kind: str, row_id: Any) -> JSON | None:
    return {"reference": f"{kind}/{row_id}"} if row_id else None


def notes_text(notes: Any) -> str:
    """The words of annotations, one on a line."""
    return "\n".join(note["text"] for note in notes or () if note.get("text"))


def notes_json(text: str) -> list[JSON]:
    return [{"text": text}] if text else []


def without_empty(value: JSON) -> JSON:
    """Without what is not there: FHIR has no empty elements."""
    return {key: item for key, item in value.items() if item is not None and item != "" and item != [] and item != {}}


def exact(text: Any) -> Any:
    """JSON of a column, decimals as written."""
    return decode(text) if isinstance(text, str) else text


def json_or_none(value: Any) -> str | None:
    return encode_text(value) if value else None


def json_list(value: Any) -> str:
    """A list for a JSON column."""
    return encode_text(list(value or ()))


def texts(value: Any) -> Iterable[str]:
    return [one for one in value or () if isinstance(one, str)]
