"""Sealed values: they open in their own place alone, only the owner seals anew, and a keyring that is another's is noticed."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.db import IntegrityError, connection, transaction

from salus.core import crypto, keyring, keys, resealing
from salus.core.ids import uuid7
from salus.core.keyring import KeyLost
from salus.core.models import SealingKey
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient

PHONE = [{"system": "phone", "value": "+44 7700 900777"}]


@pytest.mark.guarantee("S14")
def test_what_is_sealed_opens_in_its_own_place_alone() -> None:
    """Protects from a sealed value that is moved to another row, column or table in the database."""
    row = uuid7()
    sealed = crypto.seal("a_table", "phone", row, "+44 7700 900777")
    assert crypto.open_sealed("a_table", "phone", row, sealed) == "+44 7700 900777"
    for other in [("a_table", "phone", uuid7()), ("a_table", "mail", row), ("b_table", "phone", row)]:
        with pytest.raises(InvalidTag):
            crypto.open_sealed(*other, sealed)
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises((InvalidTag, KeyLost)):
            crypto.open_sealed("a_table", "phone", row, altered)


@pytest.mark.usefixtures("db")
def test_every_sealed_column_binds_its_row(cast) -> None:
    one, two = (a_patient(cast.almighty(), given=name, telecom=PHONE) for name in ("Ann", "Ben"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET telecom = (SELECT telecom FROM patients_patient WHERE id = %s) "
                       "WHERE id = %s", [one.id, two.id])  # fmt: skip
    assert PHONE[0]["value"] in Patient.objects.get(id=one.id).telecom
    with pytest.raises(InvalidTag):
        _ = Patient.objects.get(id=two.id).telecom


def test_every_sealed_column_is_found(db) -> None:
    """Protects from a column that a rotation leaves out: every `bytea` is one of a few kinds, and each kind is known."""
    found = {(one.table, one.column) for one in resealing.places()}
    assert {("patients_patient", "telecom"), ("patients_patient", "addresses"), ("patients_identifier", "value"),
            ("coverage_coverage", "member_number"), ("fhir_source", "sealed"), ("fhir_quarantine", "content"),
            ("core_draft", "content"), ("core_idempotencykey", "body")} <= found  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns "
                       "WHERE table_schema = 'public' AND data_type = 'bytea'")  # fmt: skip
        others = set(cursor.fetchall()) - found
    hashes = {
        "hash",
        "key_hash",
        "former_hash",
        "secret_hash",
        "credential",
        "credential_id",
        "key",
        "sha256",
        "request_hash",
        "digest",
        "value_key",
        "contact_key",
        "endpoint_key",
        "token_key",
        "code_mac",
        "fingerprint",
    }
    left = {column for table, column in others if not table.startswith("audit_")}  # hashes and signatures of the log
    assert left <= hashes, others


class TestTheDatabase:
    """Sealing anew leaves version and history alone: only for the owner, and only for sealed columns."""

    def test_lets_the_owner_change_a_sealed_column_alone(self, real_db: Any, cast) -> None:
        patient = a_patient(cast.almighty(), telecom=PHONE)
        with real_db.connect("owner") as owner:
            owner.execute("SET LOCAL salus.resealing = 'on'")
            owner.execute("UPDATE patients_patient SET telecom = '\\x0102' WHERE id = %s", [patient.id])
        row = Patient.objects.values("version", "updated_at").get(id=patient.id)
        assert row == {"version": 1, "updated_at": patient.updated_at}

    @pytest.mark.parametrize("change", ["family = 'Other', telecom = '\\x01'", "version = 2", "updated_at = now()"])
    def test_refuses_all_else(self, real_db: Any, cast, change: str) -> None:
        a_patient(cast.almighty(), telecom=PHONE)
        with real_db.connect("owner") as owner:
            owner.execute("SET LOCAL salus.resealing = 'on'")
            with pytest.raises(Exception, match="sealed columns alone"):
                owner.execute(f"UPDATE patients_patient SET {change}")

    def test_refuses_history_but_for_what_is_sealed_in_it(self, real_db: Any, cast) -> None:
        patient = a_patient(cast.almighty(), telecom=PHONE)
        Patient.objects.filter(id=patient.id).update(family="Ashe")
        with real_db.connect("owner", autocommit=True) as owner:
            owner.execute("SET salus.resealing = 'on'")
            for change in (
                "row = jsonb_set(row, '{family}', '\"Other\"')",
                "version = 9",
                "row_id = gen_random_uuid()",
            ):
                with pytest.raises(Exception, match="sealed columns alone"):
                    owner.execute(f"UPDATE patients_patient_history SET {change}")
            with pytest.raises(Exception, match="refused"):
                owner.execute("DELETE FROM patients_patient_history")
            with pytest.raises(Exception, match="sealed columns alone"):
                owner.execute("UPDATE core_fact SET name = 'x'")
            with pytest.raises(Exception, match="sealed columns alone"):
                owner.execute("UPDATE places_facility SET name = 'x'")

    def test_refuses_the_application(self, cast) -> None:
        a_patient(cast.almighty(), telecom=PHONE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL salus.resealing = 'on'")
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute("UPDATE patients_patient SET telecom = '\\x0102'")


# ---------------------------------------------------------------- the keyring


def test_a_new_key_seals_and_the_old_one_opens(own_keys: Path) -> None:
    before = crypto.seal("t", "c", "1", "before")
    assert keyring.add_key(own_keys) == 2
    after = crypto.seal_bytes(b"x", b"after")  # perhaps still with the key of a second ago
    crypto.keyring(anew=True)
    assert crypto.seal_bytes(b"x", b"after")[0] == 2
    keyring.retire_key(own_keys, 1)
    assert crypto.open_sealed("t", "c", "1", before) == "before"
    assert crypto.open_bytes(b"x", after) == b"after"
    keyring.forget_key(own_keys, 1)
    crypto.keyring(anew=True)
    with pytest.raises(KeyLost):
        crypto.open_sealed("t", "c", "1", before)
    assert own_keys.stat().st_mode & 0o777 == 0o600


def test_the_key_that_seals_is_never_retired(own_keys: Path) -> None:
    with pytest.raises(ValueError, match="cannot be retired"):
        keyring.retire_key(own_keys, 1)


@pytest.mark.guarantee("B56")
@pytest.mark.parametrize("loss", ["gone", "another's", "one key less"])
def test_a_lost_key_is_noticed_before_anything_is_sealed(db, own_keys: Path, loss: str) -> None:
    """Protects from going on with a keyring that does not fit: no key is made, replaced or deleted then."""
    assert keys.lost() == ""
    if loss == "gone":
        own_keys.unlink()
    else:
        stored = json.loads(own_keys.read_text())
        stored["data"] = {"1": "00" * 32} if loss == "another's" else {"2": "11" * 32}
        own_keys.write_text(json.dumps(stored))
    assert "bring back the copy" in keys.lost()
    for attempt in (keys.prepare, lambda: keys.rotate(tell=print), lambda: keys.forget(1)):
        with pytest.raises((keys.KeyTrouble, keyring.KeyringMissing)):
            attempt()
    assert not own_keys.exists() or json.loads(own_keys.read_text()).get("retired", {}) == {}


def test_the_database_knows_its_keys_and_not_what_they_are(db) -> None:
    known = dict(SealingKey.objects.values_list("number", "fingerprint"))
    assert {0, 1} <= known.keys()
    assert all(len(mark) == 8 for mark in known.values())
