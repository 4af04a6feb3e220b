"""Whatever is done to the record of access behind the application's back is found and named."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import psycopg
import pytest
from django.db import connection, transaction

from salus.audit import anchors, jobs, keys, proving, sealing, verifying
from salus.audit.models import Head
from salus.config import home
from salus.core import guards
from salus.core.models import AccessEntry
from tests.cast import form_key
from tests.sealing import SETTLED_HERE
from tests.tampering import ACTS, Tamperer
from tests.world import World, a_world

#: rows of these are edited in the test of a thousand acts; all tables are read in the others
RECORDS = ("chart_observation", "patients_patient", "lab_request", "chart_allergyintolerance")
SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "check_proof.py"


@pytest.fixture
def world(real_db, cast, settings, tmp_path, monkeypatch) -> World:
    """A hospital of its own whose log was sealed and anchored three times, with a correction in it."""
    settings.SALUS_AUDIT_KEY = tmp_path / "keys" / "audit-signing.key"
    settings.SALUS_AUDIT_ANCHORS = [str(tmp_path / "anchors")]
    monkeypatch.setattr(sealing, "SETTLED", SETTLED_HERE)
    with transaction.atomic():
        made = a_world(cast)
    jobs.seal_and_anchor()
    doctor, chart = cast.client("doctor"), f"/chart/{made.patient.id}/"
    for _ in range(12):
        assert doctor.get(chart).status_code == 200
    version = {"version": "1", "patient_id": made.patient.id}
    nurse = cast.client("nurse")
    nurse.post(f"{chart}allergies/{made.ids['allergy_id']}/refute", form_key(**version, void_reason="told wrongly"))
    jobs.seal_and_anchor()
    assert doctor.get(f"{chart}results").status_code == 200
    with transaction.atomic():
        made.patient.refresh_from_db()
        made.patient.given = "Anna"
        made.patient.save(update_fields=["given"])
    jobs.seal_and_anchor()
    yield made
    connection.close()


@pytest.fixture
def superuser(real_db):
    with psycopg.connect(home.superuser_dsn(real_db.name)) as one:
        yield one


def verified(cursor, tables=None) -> list[str]:
    sealed = guards.sealed_by_table()
    chosen = sealed if tables is None else {table: sealed[table] for table in tables}
    return [str(one) for one in verifying.verify(cursor, folders=anchors.folders(), sealed=chosen).findings]


@pytest.mark.slow
@pytest.mark.guarantee("B22")
@pytest.mark.guarantee("S12")
@pytest.mark.parametrize("acts", [150, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_thousand_acts_of_tampering_are_all_found_and_named(world, superuser, acts):
    """By a superuser with triggers off: edits, deletions, insertions, reordering, cut tails, rewritten heads, old backups."""
    with superuser.cursor() as cursor:
        assert verified(cursor) == []
    superuser.rollback()
    chance, missed, met = Random(20261128), [], Counter()
    superuser.execute("SET session_replication_role TO replica")
    superuser.commit()
    for number in range(acts):
        act = ACTS[number % len(ACTS)] if number < len(ACTS) * 3 else chance.choice(ACTS)
        named = act(Tamperer(superuser, chance, RECORDS))
        with superuser.cursor() as cursor:
            found = verified(cursor, RECORDS)
        if not any(name in one for name in named for one in found):
            missed.append((number, act.__name__, named, found[:3]))
        met[act.__name__] += 1
        superuser.rollback()
    assert not missed, f"{len(missed)} missed, such as {missed[:5]}"
    assert min(met.values()) >= 3


def test_what_was_not_tampered_with_is_well_in_every_table(world, real_db):
    """No false alarm: after a visit through all rooms, corrections included, every row is as it was written."""
    with transaction.atomic(), connection.cursor() as cursor:
        assert verified(cursor) == []
    assert Head.objects.count() == 3


@pytest.mark.guarantee("B22")
def test_an_anchor_that_was_edited_is_named(world):
    place = anchors.folders()[0] / "heads.jsonl"
    lines = place.read_text().splitlines()
    place.write_text(
        "\n".join([lines[0], lines[1].replace("salus.head", "salus.heap"), "nonsense", lines[2], lines[0]]) + "\n"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        found = verified(cursor, ())
    assert [one.rpartition("line ")[2] for one in found if "line" in one] == [
        "2: is not as it was signed",
        "3: is no anchor",
        "5: comes after a later one",
    ]


def test_the_command_names_what_was_edited(world, superuser, capsys, monkeypatch):
    """On two connections that share the rows between them, as on a machine with two processors."""
    from django.core.management import CommandError, call_command  # noqa: PLC0415

    call_command("audit_verify")
    assert "all is as it was sealed" in capsys.readouterr().out
    superuser.execute("SET session_replication_role TO replica")
    superuser.execute(
        "UPDATE chart_observation SET number = 999 WHERE id = (SELECT max(id::text)::uuid FROM chart_observation)"
    )
    superuser.execute("UPDATE core_accessentry SET reason = 'x' WHERE id = (SELECT min(id) FROM core_accessentry)")
    superuser.commit()
    connection.close()
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with pytest.raises(CommandError, match="2 things are not as they were sealed"):
        call_command("audit_verify")
    told = capsys.readouterr().out
    assert "differs from what was written" in told
    assert "was edited after batch" in told


@pytest.mark.guarantee("P5")
def test_a_patient_checks_a_proof_without_salus(world, tmp_path):
    """Only the standard library; an edited entry, another key and another head are refused."""
    entry = AccessEntry.objects.filter(patient_id=world.patient.id).order_by("id")[3]
    proof = proving.proof_of(entry.id)
    key = keys.public_keys()[-1].hex()

    def checked(told, key=key):
        place = tmp_path / "proof.json"
        place.write_text(json.dumps(told))
        command = [sys.executable, "-I", "-S", str(SCRIPT), str(place), "--key", key]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    good = checked(proof)
    assert good.returncode == 0, good.stderr
    assert str(world.patient.id) in good.stdout
    assert "not in its batch" in checked(proof | {"entry": proof["entry"].replace('"ok"', '"no"')}).stderr
    assert "not signed with this key" in checked(proof, key=key[:-2] + ("00" if key[-2:] != "00" else "01")).stderr
    # the year of its day, and never the same digits within a hash
    head = proof["head"] | {"text": re.sub(r"\b\d{4}-", "1999-", proof["head"]["text"])}
    assert "not signed" in checked(proof | {"head": head}).stderr
    batch = proof["batch"] | {"position": proof["batch"]["position"] + 1}
    assert checked(proof | {"batch": batch}).returncode == 1
    assert checked({}).returncode == 1


def test_an_entry_that_waits_for_the_seal_has_no_proof_yet(world, cast):
    cast.client("doctor").get(f"/chart/{world.patient.id}/")
    with pytest.raises(proving.NotSealedYet):
        proving.proof_of(AccessEntry.objects.order_by("-id")[0].id)
