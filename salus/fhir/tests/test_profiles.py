"""Answers by HL7's own StructureDefinitions and a validator that nobody here wrote: the summary by IPS 2.0, every type by R4."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from salus.chart import services as chart
from salus.fhir.mapping import MAPPINGS
from salus.fhir.models import Source
from salus.fhir.tests.conftest import Program
from salus.fhir.tests.test_valid_answers import everything as everything  # noqa: PLC0414 - a fixture
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient
from tests.cast import Cast
from tests.peers import profiles

CORPUS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))
EXAMPLES = CORPUS / "fhir-r4-examples" / "ips"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not profiles.PACKAGE.exists(), reason="HL7's profiles are not there: `make .cache/peers/fhir` (needs Node)"
    ),
]


def test_summaries_hold_to_the_profiles_of_ips(program: Program, cast: Cast, everything: Patient) -> None:
    """Full, as received and where the rows speak; empty; and of a patient of whom it is known that there is no allergy."""
    empty = a_patient(cast.almighty(), birth_date=None)
    without = a_patient(cast.almighty())
    chart.confirm_no_allergies(cast.almighty(), patient_id=without.id)
    told = [program.get(f"Patient/{one.id}/$summary").body for one in (everything, empty, without)]
    Source.objects.update(row_version=0)
    told.append(program.get(f"Patient/{everything.id}/$summary").body)
    asked = [one for bundle in told for one in profiles.of_summary(bundle)]
    assert profiles.faults(asked) == []
    sections = [section for bundle in told for section in bundle["entry"][0]["resource"]["section"]]
    assert not any("section" in one for one in sections), "no section in a section, which the validator does not see"


def test_every_type_holds_to_r4(program: Program, everything: Patient) -> None:
    """What `$everything` and searches serve: as received, and where the rows speak for themselves."""
    whole = f"Patient/{everything.id}/$everything"
    received: list[tuple[str, Any]] = []
    spoken: list[tuple[str, Any]] = []
    for asked in (received, spoken):
        asked += [("", one) for one in program.get(whole, {"_count": "500"}).resources]
        asked += [("", one) for kind in MAPPINGS for one in program.get(kind).resources]
        asked.append(("", program.get("metadata").body))
        assert {one["resourceType"] for _profile, one in asked} >= set(MAPPINGS)
        Source.objects.update(row_version=0)
    assert profiles.faults(spoken) == []
    # served word for word: what came in without a status goes out without
    assert {one.partition(" not met")[0] for one in profiles.faults(received)} == {
        "AllergyIntolerance: AllergyIntolerance: Constraint ait-1"
    }


@pytest.mark.corpus
@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the examples of IPS are not here ({EXAMPLES})")
def test_the_measure_is_right_by_the_examples_of_ips() -> None:
    """HL7's own summaries have no fault; one of which something was taken away, or put wrong, has."""
    bundles = [json.loads(path.read_text()) for path in sorted(EXAMPLES.glob("Bundle-*.json"))]
    assert profiles.faults([one for bundle in bundles for one in profiles.of_summary(bundle)]) == []
    composition, patient = (bundles[0]["entry"][place]["resource"] for place in (0, 1))
    wrong = [
        ("Composition-uv-ips", composition | {"section": composition["section"][1:]}),
        ("Composition-uv-ips", composition | {"type": {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]}}),
        ("Patient-uv-ips", {name: value for name, value in patient.items() if name != "birthDate"}),
        ("", patient | {"gender": 1}),
    ]
    assert [one.partition(":")[0] for one in profiles.faults(wrong)] == [
        *["Composition-uv-ips"] * 2,
        "Patient-uv-ips",
        "Patient",
    ]
