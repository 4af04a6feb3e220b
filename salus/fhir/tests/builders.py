"""Small FHIR resources and bundles, and imports of them."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

from salus.fhir.importing.files import files_in
from salus.fhir.importing.run import Report, import_files
from salus.fhir.written import decode, encode

LOINC = "http://loinc.org"


def a_patient(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [
            {
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "SS"}]},
                "system": "http://hl7.org/fhir/sid/us-ssn",
                "value": str(uuid4().int)[:9],
            }
        ],
        "name": [{"use": "official", "family": "Nyström", "given": ["Ann", "Åsa"], "prefix": ["Ms."]}],
        "telecom": [{"system": "phone", "value": "+46 8 123 456 78", "use": "home"}],
        "gender": "female",
        "birthDate": "1964-03",
        "address": [{"line": ["Storgatan 1"], "city": "Uppsala", "postalCode": "75320", "country": "SE"}],
        **changes,
    }


def an_encounter(patient: str, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": patient},
        "period": {"start": "2019-03-04T10:15:00+01:00", "end": "2019-03-04T10:45:00+01:00"},
        **changes,
    }


def an_observation(patient: str, value: str = "7.20", **changes: Any) -> dict[str, Any]:
    resource: dict[str, Any] = decode(
        f"""{{"resourceType": "Observation", "status": "final",
        "category": [{{"coding": [{{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                                  "code": "laboratory"}}]}}],
        "code": {{"coding": [{{"system": "{LOINC}", "code": "2339-0", "display": "Glucose"}}], "text": "Glucose"}},
        "subject": {{"reference": "{patient}"}}, "effectiveDateTime": "2019-03-04T10:20:00+01:00",
        "issued": "2019-03-04T10:20:00.123+01:00",
        "valueQuantity": {{"value": {value}, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}}
        }}"""
    )
    return {key: item for key, item in (resource | changes).items() if item is not None}


def a_transaction(*resources: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    """A bundle whose entries have `urn:uuid:` URLs: each resource's id, or a new one."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            {
                "fullUrl": f"urn:uuid:{one.get('id') or uuid4()}",
                "resource": one,
                "request": {"method": "POST", "url": one["resourceType"]},
            }
            for one in resources
        ],
    }


def a_visit(**changes: Any) -> dict[str, Any]:
    """A transaction: a patient, a visit, two observations, a problem."""
    patient, visit = str(uuid4()), str(uuid4())
    at, there = f"urn:uuid:{patient}", {"encounter": {"reference": f"urn:uuid:{visit}"}}
    problem = {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "44054006", "display": "Diabetes"}]},
        "subject": {"reference": at},
        "onsetDateTime": "2019",
        **there,
    }
    return a_transaction(
        a_patient(id=patient, **changes),
        an_encounter(at, id=visit),
        an_observation(at, id=str(uuid4()), **there),
        an_observation(at, "1.0e1", id=str(uuid4()), **there),
        {**problem, "id": str(uuid4())},
    )


def write(folder: Path, name: str, content: Any) -> Path:
    """A file with this JSON (or these bytes); `.gz` is packed."""
    data = content if isinstance(content, bytes) else encode(content)
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def imported(facility: Any, *paths: Path, source: str | None = None, workers: int = 1) -> Report:
    """Import files; gives what became of them."""
    total = Report()

    def tell(report: Report) -> None:
        if not report.waiting:
            total.add(report)

    for _ in import_files(files_in(paths, source), facility_id=facility.id, workers=workers, tell=tell):
        pass
    return total


def totals(report: Report) -> dict[str, int]:
    """How many were stored, updated, unchanged, rejected."""
    counted: Counter[str] = Counter()
    for (_, what), number in report.counts.items():
        counted[what] += number
    return dict(counted)
