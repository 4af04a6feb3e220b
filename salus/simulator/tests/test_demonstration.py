"""The demonstration: the same seed and instant give the same rows, and every bill in it adds up."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from salus.accounts.queries import person_by_name
from salus.core import guards
from salus.patients.queries import emergency
from salus.simulator.demonstration import NotEmpty, make_demonstration

AS_OF = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
#: as few as leave something open at every desk
PATIENTS = 36
#: sealed with a fresh nonce, stamped by the database's clock, or counted by a sequence, which a rollback does not turn back
_BOOKKEEPING = (
    "telecom",
    "addresses",
    "value",
    "updated_at",
    "created_at",
    "planned_at",
    "mrn",
    "number",
    "accession",
    "contact",
    "said",
    # the secret of a certificate; and what stands on it repeats the record number
    "token",
    "token_key",
    "content",
    "entry_id",
)


def _make() -> None:
    make_demonstration(seed=7, as_of=AS_OF, patients=PATIENTS, password="a-demo-password", progress=lambda words: None)


def _fingerprint() -> dict[str, tuple[str, int]]:
    """One hash for each table that holds rows, without what is only bookkeeping."""
    prints = {}
    dropped = " ".join(f"- '{name}'" for name in _BOOKKEEPING)
    with connection.cursor() as cursor:
        for table in guards.record_tables():
            cursor.execute(
                f"SELECT md5(string_agg((to_jsonb(t) {dropped})::text, '' ORDER BY t.id)), count(*) FROM {table} t"
            )
            prints[table] = cursor.fetchone()
    return prints


def test_the_same_seed_gives_the_same_rows_and_only_where_nothing_is(db):
    with transaction.atomic():
        _make()
        first = _fingerprint()
        transaction.set_rollback(True)
    with transaction.atomic():
        _make()
        again = _fingerprint()
    assert first["patients_patient"][1] == PATIENTS + 1  # one of the staff is a patient, too
    assert {table for table in first if first[table] != again[table]} == set()
    _is_in_full_swing()
    _was_looked_into()
    with pytest.raises(NotEmpty):  # it is never made where a hospital is
        _make()


def _was_looked_into():
    """Each emergency says how often the record was looked at through it."""
    person = person_by_name("privacy", door="test")
    act = replace(person.act, at=AS_OF)
    found = [emergency.case(act, one.id) for one in emergency.cases_to_review(act)]
    assert sorted((one.is_open, one.looked) for one in found) == [(False, 1), (True, 1)]


def _is_in_full_swing():
    """Something is open at every desk."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT count(DISTINCT status) FROM encounters_encounter WHERE status <> 'finished'")
        assert cursor.fetchone()[0] >= 2
        for open_work in (
            "SELECT count(*) FROM lab_request WHERE status = 'resulted'",
            "SELECT count(*) FROM billing_charge WHERE invoice_id IS NULL",
            "SELECT count(*) FROM pharmacy_prescription WHERE status = 'waiting'",
            "SELECT count(*) FROM inbox_task WHERE status = 'requested'",
            "SELECT count(*) FROM inbox_communication",
            "SELECT count(*) FROM waitlist_wish WHERE status = 'waiting'",
            "SELECT count(*) FROM waitlist_offer WHERE status = 'open'",
            "SELECT count(*) FROM patients_breakglass WHERE verdict = '' AND until > timestamptz '2026-11-20 10:30Z'",
            "SELECT count(*) FROM patients_breakglass WHERE verdict = 'justified'",
            "SELECT count(*) FROM audit_alarm WHERE verdict = '' AND kind = 'colleague'",
            "SELECT count(*) FROM audit_alarm WHERE verdict = 'justified' AND kind = 'vip'",
            "SELECT count(*) FROM audit_amendment WHERE answer = ''",
        ):
            cursor.execute(open_work)
            assert cursor.fetchone()[0] > 0, open_work
