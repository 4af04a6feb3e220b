"""The CapabilityStatement is true: what it lists works, what works is listed, and FHIR defines it so."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from salus.fhir.mapping import MAPPINGS
from salus.fhir.tests.conftest import Program
from salus.fhir.written import decode, encode
from salus.patients.models import Patient
from salus.version import VERSION

CORPUS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))
DEFINITIONS = CORPUS / "fhir-definitions" / "r4" / "search-parameters.json.gz"


def statement(program: Program) -> dict[str, Any]:
    answer = program.get("metadata")
    assert answer.status == 200
    return answer.body


def test_anybody_may_ask_what_it_can_do(nobody: Program, db: Any) -> None:
    body = statement(nobody)
    assert (body["resourceType"], body["fhirVersion"], body["software"]["version"]) == (
        "CapabilityStatement",
        "4.0.1",
        VERSION,
    )
    assert body["implementation"]["url"] == "http://testserver/fhir"
    types = {one["type"]: one for one in body["rest"][0]["resource"]}
    assert set(MAPPINGS) <= set(types)
    assert {"Claim", "ExplanationOfBenefit"} <= set(types)
    writable = {name for name, one in types.items() if {"code": "create"} in one["interaction"]}
    orders = {"MedicationRequest", "ServiceRequest", "MedicationStatement"}
    assert writable == orders | {
        "Patient",
        "Observation",
        "Condition",
        "AllergyIntolerance",
        "Immunization",
        "FamilyMemberHistory",
        "DocumentReference",
        *("Procedure", "CarePlan", "Goal", "CareTeam", "Flag", "Composition", "ClinicalImpression"),
        "Appointment",
        "Task",
        "Communication",
        "Questionnaire",
        "QuestionnaireResponse",
    }


def test_every_listed_parameter_and_include_works(program: Program, ann: Patient) -> None:
    for one in statement(program)["rest"][0]["resource"]:
        kind = one["type"]
        for param in one["searchParam"]:
            value = {"date": "2020", "quantity": "1", "reference": str(ann.id)}.get(param["type"], "true")
            answer = program.get(kind, {param["name"]: value})
            assert answer.status == 200, (kind, param, answer.body)
        for name in one.get("searchInclude", ()):
            assert program.get(kind, {"_include": name}).status == 200, (kind, name)
        if kind in MAPPINGS:
            for name in one.get("searchRevInclude", ()):
                assert program.get(kind, {"_revinclude": name}).status == 200, (kind, name)


def test_it_is_valid_fhir(program: Program, db: Any) -> None:
    from fhir.resources.R4B.capabilitystatement import CapabilityStatement  # noqa: PLC0415

    CapabilityStatement.model_validate_json(encode(statement(program)))


@pytest.mark.corpus
@pytest.mark.skipif(
    not DEFINITIONS.exists(), reason=f"the definitions of FHIR's search parameters are not here ({DEFINITIONS})"
)
def test_fhir_defines_every_parameter_so(program: Program, db: Any) -> None:
    defined: dict[tuple[str, str], str] = {}
    for entry in decode(gzip.decompress(DEFINITIONS.read_bytes()))["entry"]:
        one = entry["resource"]
        defined |= {(base, one["code"]): one["type"] for base in one["base"]}
    for one in statement(program)["rest"][0]["resource"]:
        for param in one["searchParam"]:
            base = "Resource" if param["name"].startswith("_") else one["type"]
            assert defined.get((base, param["name"])) == param["type"], (one["type"], param)
