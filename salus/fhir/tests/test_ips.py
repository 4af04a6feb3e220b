"""The summary holds to the International Patient Summary: structure, required sections, what its profiles want of each entry.

`ips.csv`: every element that the profiles of hl7.fhir.uv.ips 2.0.0 (CC0, HL7) require of the types in our sections, read from
their snapshots; `absent` is the primitive in which an unknown value says so. `|` divides the choices of one element.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salus.chart import services as chart
from salus.fhir.checking import check
from salus.fhir.models import Source
from salus.fhir.serving.everything import references_in
from salus.fhir.tests.conftest import Program
from salus.fhir.tests.test_valid_answers import assert_valid
from salus.fhir.tests.test_valid_answers import everything as everything  # noqa: PLC0414 - a fixture
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient
from tests.cast import Cast

CORPUS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))
EXAMPLES = CORPUS / "fhir-r4-examples" / "ips"
RULES = list(csv.DictReader((Path(__file__).parent / "ips.csv").read_text().splitlines()))
#: the sections that every summary has, by their LOINC code (Composition-uv-ips)
REQUIRED = {"11450-4": "Condition", "48765-2": "AllergyIntolerance", "10160-0": "Medication"}
LABORATORY = "Observation-results-laboratory-pathology-uv-ips"


def faults(bundle: dict[str, Any]) -> Iterator[str]:
    """What of a summary does not hold to IPS."""
    resources = [one["resource"] for one in bundle["entry"]]
    yield from _faults_of(bundle, "Bundle-uv-ips")
    composition = resources[0]
    if composition["resourceType"] != "Composition" or composition["type"]["coding"][0]["code"] != "60591-5":
        yield "the first entry is no patient summary"
    if [one["resourceType"] for one in resources].count("Patient") != 1:
        yield "not one patient"
    yield from _faults_of_sections(composition, {one["fullUrl"]: one["resource"] for one in bundle["entry"]})
    for one in resources:
        is_result = one["resourceType"] == "Observation" and "laboratory" in json.dumps(one.get("category"))
        yield from _faults_of(one, LABORATORY if is_result else f"{one['resourceType']}-uv-ips")


def _faults_of_sections(composition: dict[str, Any], urls: dict[str, Any]) -> Iterator[str]:
    sections = {one["code"]["coding"][0]["code"]: one for one in composition["section"]}
    yield from (f"section {code} is missing" for code in REQUIRED.keys() - sections.keys())
    for code, one in sections.items():
        if code in REQUIRED and "entry" not in one and "emptyReason" not in one:  # ips-comp-1
            yield f"section {code} says neither what nor why not"
        for entry in one.get("entry", ()):
            target = next((known for url, known in urls.items() if url.endswith(entry["reference"])), None)
            if target is None or not target["resourceType"].startswith(REQUIRED.get(code, "")):
                yield f"section {code} names what is not in the document, or of another type"


def _faults_of(resource: dict[str, Any], profile: str) -> Iterator[str]:
    for rule in (one for one in RULES if one["profile"] == profile):
        *above, name = rule["element"].split(".")
        for parent in _at(resource, above):
            found = [value for choice in name.split("|") for value in _at(parent, [choice])]
            if len(found) < int(rule["minimum"]) and rule["absent"] not in parent:
                yield f"{profile}: {rule['element']} is missing"


def _at(value: Any, path: list[str]) -> list[Any]:
    found = [value]
    for name in path:
        under = [one.get(name) for one in found if isinstance(one, dict)]
        found = [item for one in under if one is not None for item in (one if isinstance(one, list) else [one])]
    return found


@pytest.mark.parametrize("speaks", [False, True])
def test_a_full_summary_holds_to_the_profiles(program: Program, everything: Patient, speaks: bool) -> None:
    """As it was received, and where the rows speak for themselves; entries that know no date or doer say that it is unknown."""
    if speaks:
        Source.objects.update(row_version=0)
    bundle = program.get(f"Patient/{everything.id}/$summary").body
    assert list(faults(bundle)) == []
    assert check(bundle).problems == []
    for one in bundle["entry"]:
        assert_valid(one["resource"])
    here = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in bundle["entry"]}
    assert set(references_in(bundle["entry"][0]["resource"])) <= here


def test_an_empty_summary_and_one_of_a_patient_without_allergies(program: Program, cast: Cast) -> None:
    """Nothing recorded is not nothing: the reason says unavailable; that no allergy is known is an entry with its code."""
    patient = a_patient(cast.almighty(), birth_date=None)
    bundle = program.get(f"Patient/{patient.id}/$summary").body
    assert list(faults(bundle)) == []
    assert_valid(bundle)
    reasons = [one["emptyReason"]["coding"][0]["code"] for one in bundle["entry"][0]["resource"]["section"]]
    assert set(reasons) == {"unavailable"}
    chart.confirm_no_allergies(cast.almighty(), patient_id=patient.id)
    bundle = program.get(f"Patient/{patient.id}/$summary").body
    assert list(faults(bundle)) == []
    (allergy,) = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "AllergyIntolerance"]
    assert ("http://snomed.info/sct", "716186003") in [
        (one["system"], one["code"]) for one in allergy["code"]["coding"]
    ]


@pytest.mark.corpus
@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the examples of IPS are not here ({EXAMPLES})")
def test_the_measure_is_right_by_the_examples_of_ips(db: Any) -> None:
    """Their own summaries have no fault; a summary without a required section, or with an entry too bare, has."""
    bundles = [json.loads(path.read_text()) for path in sorted(EXAMPLES.glob("Bundle-*.json"))]
    assert len(bundles) >= 3
    found = {one.get("id"): list(faults(one)) for one in bundles}
    assert {name: told for name, told in found.items() if told} == {}
    worse = json.loads(json.dumps(bundles[0]))
    worse["entry"][0]["resource"]["section"] = worse["entry"][0]["resource"]["section"][1:]
    worse["entry"][1]["resource"].pop("birthDate", None)
    assert list(faults(worse))
