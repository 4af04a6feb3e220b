"""What becomes of each of the shared FHIR examples: brought in by an import, and handed over through the interface.

`docs/examples.md` holds every count and every reason. `make examples` holds it against what happens now;
`WRITE_EXAMPLES=1 make examples` writes it anew.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from salus.accounts.models import Role
from salus.catalog.models import Orderable
from salus.core.rights import all_rights
from salus.fhir.mapping import MADE_HERE, MAPPINGS
from salus.fhir.models import Link, Source
from salus.fhir.serving.writing import WRITABLE
from salus.fhir.tests.builders import a_patient, imported, write
from salus.fhir.tests.conftest import Answer, Program
from salus.fhir.written import decode
from salus.orders.tests.builders import a_test
from tests.cast import Cast

CORPUS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))
EXAMPLES = CORPUS / "fhir-r4-examples"
PAGE = Path(__file__).resolve().parents[3] / "docs" / "examples.md"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.long,
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"the shared FHIR examples are not here ({EXAMPLES})"),
]
#: the clinical record, in the order in which one names the other
TYPES = (
    *("Condition", "AllergyIntolerance", "Observation", "Procedure", "Immunization", "FamilyMemberHistory"),
    *("DocumentReference", "Composition", "Goal", "CarePlan", "CareTeam", "MedicationRequest", "MedicationStatement"),
    *("MedicationAdministration", "ServiceRequest", "Questionnaire", "QuestionnaireResponse", "ClinicalImpression"),
    *("Communication", "Task", "Flag", "Provenance"),
)
IMPORT, API = "import", "interface"
#: type, way, outcome, reason
Counted = Counter[tuple[str, str, str, str]]


def test_what_becomes_of_the_examples(program: Program, cast: Cast, tmp_path: Path) -> None:
    Role.objects.filter(code="integration").update(rights=sorted(all_rights()))
    with transaction.atomic():
        counted = _imported(cast, tmp_path / "all")
        transaction.set_rollback(True)
    counted += _handed_over(program, cast, tmp_path / "others")
    if os.environ.get("WRITE_EXAMPLES"):
        PAGE.write_text(_page(counted))
    assert PAGE.read_text() == _page(counted)


# ---------------------------------------------------------------- brought in


def _imported(cast: Cast, folder: Path) -> Counted:
    counted: Counted = Counter()
    read: Counter[str] = Counter()
    for source in _sources():
        _patients_named(source, folder / source.name)
        for path in (folder / source.name, source):
            report = imported(cast.facility, path, source=source.name)
            read += Counter({kind: number for (kind, what), number in report.counts.items() if what != "rejected"})
            for one in report.refusals:
                counted[one.type, IMPORT, "refused", _plain(one.reason)] += 1
            # of a transaction that is refused whole, the entries without a mistake of their own have no line
            alone = Counter(one.type for one in report.refusals)
            for (kind, what), number in report.counts.items():
                if what == "rejected" and number > alone[kind]:
                    counted[kind, IMPORT, "refused", "with the transaction that it came in"] += number - alone[kind]
    for kind in TYPES:
        ids = list(Source.objects.filter(type=kind).values_list("id", flat=True))
        in_room = MAPPINGS[kind].model._default_manager.filter(id__in=ids).count() if kind in MAPPINGS else 0
        counted[kind, IMPORT, "in its room", ""] = in_room
        counted[kind, IMPORT, "kept whole", ""] = len(ids) - in_room
        counted[kind, IMPORT, "again, or in new words", ""] = read[kind] - len(ids)
    return Counter({key: number for key, number in counted.items() if number and key[0] in TYPES})


def _sources() -> list[Path]:
    return sorted(one for one in EXAMPLES.iterdir() if one.is_dir())


def _examples(source: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(source.glob("*.json")):
        one = decode(path.read_bytes())
        if one.get("resourceType"):
            yield one


def _patients_named(source: Path, folder: Path) -> None:
    """Patients whom the examples are about and who are not among them."""
    folder.mkdir(parents=True)
    texts = [path.read_text() for path in source.glob("*.json")]
    named = {found for text in texts for found in re.findall(r'"reference"\s*:\s*"Patient/([A-Za-z0-9.-]+)"', text)}
    there = {one["id"] for one in _examples(source) if one["resourceType"] == "Patient"}
    for identity in sorted(named - there):
        made = {name: value for name, value in a_patient(id=identity).items() if name != "identifier"}
        write(folder, f"{identity}.json", made)


def _plain(reason: str) -> str:
    """Without the place in a file, which is another one each time."""
    text = re.sub(r"^[^:]*: ", "", reason.split("; ")[0])
    text = re.sub(r"(entry|item|performer)\[\d+\]", r"\1", text)
    return re.sub(r" \(a transaction.*| \(also .*", "", text)


# ---------------------------------------------------------------- handed over


def _handed_over(program: Program, cast: Cast, folder: Path) -> Counted:
    counted: Counted = Counter()
    for source in _sources():
        _patients_named(source, folder / source.name)
        listed = list(_examples(source))
        _catalogue(listed)
        for place, one in enumerate(one for one in listed if one["resourceType"] not in {*TYPES, "Bundle"}):
            write(folder / source.name, f"other{place}.json", one)
        imported(cast.facility, folder / source.name, source=source.name)
        links = {
            f"{kind}/{external}": f"{kind}/{row}"
            for kind, external, row in Link.objects.filter(source__in=(source.name, "uuid")).values_list(
                "type", "external_id", "row_id"
            )
        }
        for kind in (one for one in TYPES if one in WRITABLE):
            for one in (one for one in listed if one["resourceType"] == kind):
                answer = program.post(kind, _ours(one, links))
                counted[kind, API, *_told(answer)] += 1
                if answer.status == 201 and "id" in one:
                    links[f"{kind}/{one['id']}"] = f"{kind}/{answer.body['id']}"
    return counted


def _catalogue(listed: list[dict[str, Any]]) -> None:
    """What the examples order, as far as it has a code: a laboratory's tests, and procedures for the rest."""
    for one in (one for one in listed if one["resourceType"] == "ServiceRequest"):
        for coding in one.get("code", {}).get("coding", ()):
            name, code = coding.get("display", coding["code"]), f"e-{coding['code']}"
            if coding.get("system") == "http://loinc.org":
                a_test(code, name=name, loinc=coding["code"])
            else:
                what = {"name": name, "kind": "procedure", "code_system": coding["system"], "coding": coding["code"]}
                Orderable.objects.get_or_create(code=code, defaults=what)


def _ours(value: Any, links: Mapping[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _ours(item, links, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_ours(item, links, key) for item in value]
    return links.get(value, value) if key == "reference" else value


def _told(answer: Answer) -> tuple[str, str]:
    if answer.status == 201:
        return "created", ""
    assert answer.status < 500, answer.body
    reasons = {re.sub(r"\[\d+\]", "", one["diagnostics"]) for one in answer.body["issue"]}
    return f"refused ({answer.status})", min(reasons)


# ---------------------------------------------------------------- the page


def _page(counted: Counted) -> str:
    lines = [
        "# What becomes of the shared FHIR examples",
        "",
        "Made by `WRITE_EXAMPLES=1 make examples` from the 773 examples of HL7, IPS, US Core and ABDM. Patients whom an example",
        "names and who are not among them are made up. *In*: by `salus import fhir`, those inside bundles too; *again* is the",
        "same, or the same id in new words. *Handed over*: each single example as a `POST` by a program with every right; what",
        "it names and was refused itself is missing. The catalogue knows every code of a ServiceRequest, the formulary none.",
        "",
        "| type | in: in its room | kept whole | again | refused | handed over: created | refused |",
        "| :-- | --: | --: | --: | --: | --: | --: |",
    ]
    for kind in sorted(TYPES):
        here = Counter[str]()
        for (one, way, outcome, _why), number in counted.items():
            if one == kind:
                here[f"{way}: {outcome.partition(' (')[0]}"] += number
        names = ("in its room", "kept whole", "again, or in new words", "refused")
        cells = [str(here[f"{IMPORT}: {name}"] or "") for name in names]
        api = (
            [str(here[f"{API}: {name}"] or "") for name in ("created", "refused")]
            if kind in WRITABLE
            else ["only read", ""]
        )
        room = kind if kind in MAPPINGS else f"{kind} ({'made here' if kind in MADE_HERE else 'no room'})"
        lines.append(f"| {' | '.join([room, *cells, *api])} |")
    lines += ["", "## Why", ""]
    for (kind, way, outcome, reason), number in sorted(counted.items()):
        if reason:
            lines.append(f"- {kind}, {way}, {outcome}, {number}: {reason}")
    return "\n".join(lines) + "\n"
