"""The access log fails closed; only a broken glass goes on, with a journal that is filed exactly once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from django.db import DatabaseError, connection, transaction

from salus.core import access, journal
from salus.core.act import Act, Glass, system_act
from salus.core.models import AccessEntry, Fact
from tests.cast import form_key
from tests.world import a_world


@pytest.fixture
def act() -> Act:
    return system_act(rights=[], door="test", at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC))


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.SALUS_HOME = tmp_path


@pytest.fixture
def shut(real_db):
    """Shut the log of a database of its own (True) so that it takes no entry, or open it again."""

    def change(yes):
        verb, to = ("REVOKE", "FROM") if yes else ("GRANT", "TO")
        with real_db.connect("owner", autocommit=True) as owner:
            owner.execute(f"{verb} INSERT ON core_accessentry {to} salus_app")

    yield change
    connection.close()


def test_an_entry_says_who_what_whose_where_why(db, act):
    ann, order = uuid4(), f"order_id={uuid4()}"
    access.write_log(act, {ann: "print"}, outcome="failed:409", what=order, address="10.1.2.3")
    entry = AccessEntry.objects.get()
    assert (entry.patient_id, entry.action, entry.outcome, entry.what) == (ann, "print", "failed:409", order)
    assert (entry.happened_at, entry.address, entry.purpose, entry.late) == (act.at, "10.1.2.3", "HSYSADMIN", False)


def test_an_act_has_one_entry_for_a_patient(db, act):
    ann = uuid4()
    access.write_log(act, {ann: "read"})
    with pytest.raises(DatabaseError):
        access.write_log(act, {ann: "read"})


@pytest.mark.guarantee("B24")
def test_without_a_log_nothing_is_shown_or_done(shut, cast):
    """A page shows nobody and an act has no effect; with the log back both work."""
    with transaction.atomic():
        world = a_world(cast)
    shut(True)
    doctor = cast.client("doctor", raise_request_exception=False)
    chart = f"/chart/{world.patient.id}/"
    page = doctor.get(chart)
    assert page.status_code == 503
    assert world.patient.family not in page.content.decode()
    form = {
        "patient_id": world.patient.id,
        "allergen": "class-cephalosporins",
        "kind": "allergy",
        "verification": "confirmed",
    }
    before = Fact.objects.count()
    assert doctor.post(f"{chart}allergies/new", form_key(**form)).status_code == 503
    assert Fact.objects.count() == before
    shut(False)
    assert doctor.get(chart).status_code == 200
    assert doctor.post(f"{chart}allergies/new", form_key(**form)).status_code == 303
    assert Fact.objects.count() > before


@pytest.mark.guarantee("B24")
def test_under_break_glass_the_journal_keeps_it_and_files_it_once(shut, act):
    shut(True)
    ann, ben = uuid4(), uuid4()
    glass = Glass(patient_id=ann, until=act.at + timedelta(hours=4), reason="unconscious, no relation")
    act = replace(act, glass=(glass,))
    access.write_log(act, {ann: "read", ben: "read"}, outcome="ok")
    (kept,) = journal.waiting()
    assert str(ann).encode() not in kept.read_bytes(), "it is sealed"
    assert kept.stat().st_mode & 0o077 == 0
    with pytest.raises(DatabaseError):
        access.file_journal()
    assert journal.waiting() == [kept], "what could not be filed stays"
    shut(False)
    entries = journal.read(kept)
    assert access.file_journal() == 1
    journal.keep(act.id, entries)  # as if we were killed between the commit and the end
    access.file_journal()
    assert access.file_journal() == 0
    rows = AccessEntry.objects.order_by("purpose").values_list("patient_id", "purpose", "reason", "happened_at", "late")
    assert list(rows) == [
        (ann, "BTG", "unconscious, no relation", act.at, True),
        (ben, "HSYSADMIN", "", act.at, True),
    ]


def test_without_a_broken_glass_there_is_no_journal(shut, act):
    shut(True)
    with pytest.raises(DatabaseError):
        access.write_log(act, {uuid4(): "read"})
    assert journal.waiting() == []


def test_a_journal_that_was_altered_is_not_believed(act):
    journal.keep(act.id, [["x"]])
    (kept,) = journal.waiting()
    written = kept.read_bytes()
    kept.write_bytes(written[:-1] + bytes([written[-1] ^ 1]))
    with pytest.raises(InvalidTag):
        journal.read(kept)
