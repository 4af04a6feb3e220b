"""`salus import fhir` and `salus token issue`, as a person runs them."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command

from salus.fhir.models import Link, Source
from salus.fhir.tests.builders import a_patient, a_visit, write
from salus.places.models import Facility
from tests.cast import Cast


@pytest.mark.slow
def test_an_import_by_two_processes(real_db: Any, tmp_path: Path) -> None:
    doctor = {
        "resourceType": "Practitioner",
        "id": "0190b5c2-0000-7000-8000-000000000001",
        "name": [{"family": "Okoye"}],
    }
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(12):
        bundle = a_visit()
        bundle["entry"].append({
            "fullUrl": f"urn:uuid:{doctor['id']}", "resource": doctor,
            "request": {"method": "POST", "url": "Practitioner"},
        })  # fmt: skip
        write(folder, f"{number}.json.gz", bundle)
    write(folder, "broken.json", b"{")
    done = real_db.salus("import", "fhir", str(folder), "--rejected", str(tmp_path / "rejected.jsonl"))
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line[:1].isalpha()}
    assert lines["Observation"] == ["24", "24", "0", "0", "0"]
    assert lines["Practitioner"] == ["12", "1", "0", "11", "0"]
    assert lines["all"] == ["73", "61", "0", "11", "1"]
    assert Facility.objects.get().code == "main"  # the hospital had none yet
    (refusal,) = map(msgspec.json.decode, (tmp_path / "rejected.jsonl").read_bytes().splitlines())
    assert (refusal["file"], refusal["reason"][:7]) == (str(folder / "broken.json"), "Input d")
    assert stat.S_IMODE((tmp_path / "rejected.jsonl").stat().st_mode) == 0o600
    before = (Source.objects.count(), Link.objects.count())
    again = real_db.salus("import", "fhir", str(folder))
    assert [line for line in again.stdout.splitlines() if line.startswith("all")][0].split()[2] == "0"
    assert (Source.objects.count(), Link.objects.count()) == before


def test_exit_codes(real_db: Any, tmp_path: Path) -> None:
    write(tmp_path, "a.json", a_patient(gender="many"))
    assert real_db.salus("import", "fhir", str(tmp_path)).returncode == 0
    strict = real_db.salus("import", "fhir", str(tmp_path), "--strict")
    assert strict.returncode != 0
    assert "refusals" in strict.stderr
    (tmp_path / "b.json.gz").write_bytes(b"no gzip")
    unreadable = real_db.salus("import", "fhir", str(tmp_path))
    assert unreadable.returncode == 1
    assert "could not be read" in unreadable.stderr
    assert real_db.salus("import", "fhir", str(tmp_path / "nowhere")).returncode != 0
    with pytest.raises(CommandError, match="there is no facility nowhere"):
        call_command("import_fhir", str(tmp_path), facility="nowhere")


def test_a_token_is_printed_alone(real_db: Any, cast: Cast) -> None:
    cast.user("integration")
    done = real_db.salus("token", "issue", "--user", "program", "--days", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("salus_")
    assert len(done.stdout.split()) == 1
    assert real_db.salus("token", "issue", "--user", "nobody").returncode == 1
    with pytest.raises(CommandError):
        call_command("issue_token", user="program", days=1000)
