"""HL7's own definitions as a peer: the profiles of the International Patient Summary (`hl7.fhir.uv.ips`), R4's, and a validator
that reads them (`@medplum/core`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from salus.fhir.written import encode

_MODULES = Path(__file__).resolve().parents[2] / ".cache" / "peers" / "fhir" / "node_modules"
#: what has to be there
PACKAGE = _MODULES / "hl7.fhir.uv.ips" / "StructureDefinition-Bundle-uv-ips.json"
LABORATORY = "Observation-results-laboratory-pathology-uv-ips"


def faults(asked: Sequence[tuple[str, Any]]) -> list[str]:
    """What is wrong with resources by a profile of IPS each, or by R4 where it is empty."""
    script = Path(__file__).with_suffix(".mjs")
    done = subprocess.run(["node", script, _MODULES], input=encode(list(asked)), capture_output=True, check=False)  # noqa: S607
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found = json.loads(done.stdout)
    return [f"{asked[place][0] or asked[place][1]['resourceType']}: {words}" for place, words in found]


def of_summary(bundle: dict[str, Any]) -> list[tuple[str, Any]]:
    """Each resource of a summary with the profile that IPS has for it, and the whole."""
    entries = [one["resource"] for one in bundle["entry"]]
    return [
        ("Bundle-uv-ips", bundle),
        ("", bundle),
        *((_profile(one), one) for one in entries),
        *(("", one) for one in entries),
    ]


def _profile(resource: dict[str, Any]) -> str:
    if resource["resourceType"] == "Observation" and "laboratory" in json.dumps(resource.get("category", "")):
        return LABORATORY
    name = f"{resource['resourceType']}-uv-ips"
    return name if (PACKAGE.parent / f"StructureDefinition-{name}.json").exists() else ""
