"""What comes out of an imported record means the same as what went in: every resource of the shared bundles.

First as it was received; then with the received resource taken away, so that each row has to speak for itself.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from salus.core.dates import PartialDate
from salus.fhir.importing.keys import UUID_SOURCE
from salus.fhir.mapping import MAPPINGS, served
from salus.fhir.models import Link, Source
from salus.fhir.tests.builders import imported, totals
from salus.fhir.tests.conftest import Program
from salus.fhir.written import decode, encode, encode_sorted
from tests.cast import Cast

CORPUS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))
BUNDLES = CORPUS / "fhir-synthea-r4"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not BUNDLES.is_dir(), reason=f"the shared bundles are not here ({BUNDLES})"),
]

#: what each room models, as paths of leaves in the received resource (a path stands for all below it)
MODELLED = {
    "Patient": "name identifier[].system identifier[].value telecom gender birthDate deceasedDateTime address "
    "maritalStatus.coding[].code communication[].language.coding[].code",
    "Practitioner": "name[].family name[].given name[].prefix identifier address gender active",
    "Organization": "name identifier telecom address active type[].coding[].code",
    "Encounter": "status class.code type subject participant[].individual period reasonCode serviceProvider",
    "Condition": "clinicalStatus.coding[].code verificationStatus.coding[].code code subject encounter onsetDateTime "
    "abatementDateTime recordedDate",
    "AllergyIntolerance": "clinicalStatus.coding[].code verificationStatus.coding[].code type category criticality code "
    "patient recordedDate",
    "Observation": "status category[].coding[].code code subject encounter effectiveDateTime issued valueQuantity "
    "valueCodeableConcept component",
    "DiagnosticReport": "status category[].coding[].code code subject encounter effectiveDateTime issued result[].reference",
    "MedicationRequest": "status intent medicationCodeableConcept subject encounter authoredOn requester "
    "reasonReference[].reference dosageInstruction[].asNeededBoolean dosageInstruction[].timing "
    "dosageInstruction[].doseAndRate[].doseQuantity",
    "Procedure": "status code subject encounter performedPeriod",
    "Immunization": "status vaccineCode patient encounter occurrenceDateTime",
    "CarePlan": "status intent category subject encounter period addresses goal activity",
    "Goal": "lifecycleStatus achievementStatus.coding[].code description subject",
    "ImagingStudy": "identifier[].value status subject encounter started series numberOfSeries numberOfInstances",
}  # fmt: skip
#: each third bundle in `make test`, all in `make sweep`
SHARE = [3, pytest.param(1, marks=pytest.mark.long, id="all")]
#: resources as they were received, by type and id
Originals = dict[tuple[str, str], set[bytes]]
#: instants are kept as instants: 14:17:56.123-04:00 comes out as 18:17:56.123+00:00
INSTANTS = {"Observation.issued", "DiagnosticReport.issued"}


def bundles(share: int) -> tuple[Path, ...]:
    """Each n-th bundle."""
    return tuple(sorted(BUNDLES.glob("*.json.gz"))[::share])


@cache
def received(paths: tuple[Path, ...]) -> Originals:
    """Every resource of these bundles by type and id: those that come several times in all their words."""
    found: Originals = {}
    for path in paths:
        for entry in decode(gzip.decompress(path.read_bytes()))["entry"]:
            one = entry["resource"]
            found.setdefault((one["resourceType"], one["id"]), set()).add(encode_sorted(one))
    return found


def everything(program: Program, kind: str) -> Iterator[dict[str, Any]]:
    answer = program.get(kind, {"_count": "500"})
    while True:
        assert answer.status == 200, answer.body
        yield from answer.resources
        link = answer.link("next")
        if not link:
            return
        answer = program.get(link)


@pytest.mark.parametrize("share", SHARE)
def test_every_resource_comes_out_as_it_went_in(program: Program, cast: Cast, share: int) -> None:
    """Whole while it is as received, sent twice or not; then out of its row alone."""
    paths = bundles(share)
    first = totals(imported(cast.facility, *paths))
    assert "rejected" not in first
    theirs, originals = _their_ids(), received(paths)
    _come_out_as_received(program, cast, theirs, originals)
    assert totals(imported(cast.facility, *paths)) == {"unchanged": sum(first.values())}
    _rows_speak_for_themselves(program, cast, theirs, originals)


def _come_out_as_received(program: Program, cast: Cast, theirs: dict[str, str], originals: Originals) -> None:
    seen: Counter[str] = Counter()
    for mapping in served():
        for resource in everything(program, mapping.type) if Source.objects.filter(type=mapping.type).exists() else ():
            if resource["id"] not in theirs:
                continue  # born here: the hospital itself and its staff
            seen[mapping.type] += 1
            back = _as_received(resource, theirs, cast.facility.id)
            assert encode_sorted(back) in originals[mapping.type, theirs[resource["id"]]], resource["id"]
    assert dict(seen) == dict(Counter(kind for kind, _ in originals))


def _rows_speak_for_themselves(program: Program, cast: Cast, theirs: dict[str, str], originals: Originals) -> None:
    Source.objects.update(row_version=0)
    lost: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for kind in MODELLED:
        for resource in everything(program, kind):
            if resource["id"] not in theirs:
                continue
            out = Counter(_leaves(_as_received(resource, theirs, cast.facility.id), kind))
            best = min(
                (_differences(out, decode(one), kind) for one in originals[kind, theirs[resource["id"]]]), key=len
            )
            for what, leaf in best:
                (lost if what == "lost" else wrong)[leaf[0]] += 1
    assert (dict(lost), dict(wrong)) == ({}, {})


def test_every_room_is_compared() -> None:
    # the bundles hold none of these
    without = {"Coverage", "ServiceRequest", "Composition", "MedicationStatement", "MedicationAdministration"}
    assert set(MAPPINGS) - set(MODELLED) == without | {"FamilyMemberHistory", "DocumentReference"}


# ---------------------------------------------------------------- how two resources are held against each other

Leaf = tuple[str, str]


def _their_ids() -> dict[str, str]:
    """Their id by ours: every resource of the bundles has a UUID; a business identifier is a link besides."""
    links = Link.objects.filter(source=UUID_SOURCE).values_list("external_id", "row_id")
    return {str(row): external for external, row in links}


def _differences(out: Counter[Leaf], original: Any, kind: str) -> list[tuple[str, Leaf]]:
    """What is modelled and did not come out; and what came out that was never said (words and systems of codes may)."""
    said = Counter(_leaves(original, kind))
    paths = [f"{kind}.{path}" for path in MODELLED[kind].split()]
    wanted = [leaf for leaf in said if any(leaf[0] == p or leaf[0].startswith((f"{p}.", f"{p}[")) for p in paths)]
    missing = [("lost", leaf) for leaf in wanted if out[leaf] < said[leaf]]
    known = set(said)
    return missing + [("wrong", leaf) for leaf in out if leaf not in known and not _harmless(leaf[0])]


def _harmless(path: str) -> bool:
    return path.endswith((".system", ".display", ".use", ".resourceType")) or path in (
        "MedicationRequest.priority",
        "Patient.active",
        "ImagingStudy.modality[].code",  # of the study what its series say
    )


def _leaves(value: Any, path: str) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{path}[]")
    elif path in INSTANTS:
        yield path, str(PartialDate.parse(value).start)
    else:
        yield path, encode(value).decode()


def _as_received(resource: dict[str, Any], theirs: dict[str, str], facility: Any) -> dict[str, Any]:
    """With their ids and references again, and without what we tell of it ourselves."""
    back: dict[str, Any] = _mapped(resource, lambda text: _their_name(text, theirs))
    back["id"] = theirs[resource["id"]]
    back["meta"] = {key: item for key, item in back["meta"].items() if key not in ("versionId", "lastUpdated")}
    if not back["meta"]:
        del back["meta"]
    if back["resourceType"] == "Patient":
        back["identifier"] = [one for one in back["identifier"] if one["system"] != f"urn:uuid:{facility}"]
    return back


def _mapped(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _mapped(item, change, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change, key) for item in value]
    return change(value) if key == "reference" else value


def _their_name(text: str, theirs: dict[str, str]) -> str:
    kind, _, identity = text.partition("/")
    return f"urn:uuid:{theirs[identity]}" if identity in theirs else text
