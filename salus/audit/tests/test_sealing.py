"""Sealing: every settled row once, in a tree that is signed, and nothing that could still change its place."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from salus.audit import anchors, jobs, keys, sealing
from salus.audit.models import Batch, Head
from salus.audit.rules.tree import BEGINNING, LAST_ID
from salus.core import access
from salus.core.act import system_act
from salus.core.ids import uuid7
from salus.core.models import AccessEntry
from tests.races import at_once
from tests.sealing import SETTLED_HERE


@pytest.fixture
def log(real_db, settings, tmp_path, monkeypatch):
    """A log of a database of its own, with keys and anchors of its own."""
    settings.SALUS_AUDIT_KEY = tmp_path / "keys" / "audit-signing.key"
    settings.SALUS_HOME = tmp_path
    monkeypatch.setattr(sealing, "SETTLED", SETTLED_HERE)
    settings.SALUS_AUDIT_ANCHORS = [str(tmp_path / "one"), str(tmp_path / "two")]
    yield real_db
    connection.close()


def entries(number: int) -> None:
    act = system_act(rights=[], door="test")
    access.write_log(act, {uuid7(): "read" for _ in range(number)})


def sealed_ids() -> list[int]:
    return [
        int.from_bytes(bytes(batch.ids)[n : n + 8], "big")
        for batch in Batch.objects.filter(source="core_accessentry").order_by("number")
        for n in range(0, len(batch.ids), 8)
    ]


def test_every_row_is_sealed_once(log, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 8)
    monkeypatch.setattr(sealing, "ROUND", 16)
    entries(50)
    sealing.seal()
    entries(3)
    sealing.seal()
    assert sealing.seal() == 0
    assert sorted(sealed_ids()) == list(AccessEntry.objects.order_by("id").values_list("id", flat=True))
    batches = list(Batch.objects.filter(source="core_accessentry").order_by("number"))
    bounds = [((b.after_xid, b.after_id), (b.upto_xid, b.upto_id)) for b in batches]
    assert bounds[0][0] == BEGINNING
    assert all(before[1] == after[0] for before, after in zip(bounds, bounds[1:], strict=False)), "no gap"
    assert bounds[-1][1][1] == LAST_ID


def test_what_is_not_settled_waits_and_comes_in_no_gap(log):
    """A transaction that began earlier and ends later: its row is neither lost nor put before what is sealed."""
    with log.connect() as slow:
        slow.execute(
            "INSERT INTO core_accessentry (act_id, action, door, purpose, reason, device, outcome) "
            "VALUES (uuidv7(), 'read', 'slow', '', '', '', 'ok')"
        )
        entries(2)
        assert sealing.seal() == 0 or not sealed_ids(), "what came after waits for what came before"
        slow.commit()
    sealing.seal()
    assert len(sealed_ids()) == 3


def test_heads_are_linked_signed_and_anchored_in_each_place(log):
    for _ in range(3):
        entries(1)
        jobs.seal_and_anchor()
    heads = list(Head.objects.order_by("number"))
    assert [head.number for head in heads] == [1, 2, 3]
    told = anchors.newest_head()
    assert keys.is_signed(told.text, told.signature)
    assert not keys.is_signed(told.text.replace("2", "3"), told.signature)
    for folder in anchors.folders():
        assert [one.number for one in anchors.anchors_in(folder)] == [1, 2, 3]
        assert anchors.last_of(folder) == told
    jobs.seal_and_anchor()
    assert len(list(anchors.anchors_in(anchors.folders()[0]))) == 3, "a head is anchored once"


def test_a_head_is_anchored_once_by_many_at_a_time(log, monkeypatch):
    """Protects from an alarm about nothing: a line that comes twice, or late, reads as an edited log."""
    last_of = anchors.last_of
    monkeypatch.setattr(anchors, "last_of", lambda folder: [last_of(folder), time.sleep(0.05)][0])
    for number in (1, 2, 3):
        entries(1)
        sealing.seal()
        assert at_once(*[anchors.anchor] * 8) == [number] * 8
    for folder in anchors.folders():
        assert [one.number for one in anchors.anchors_in(folder)] == [1, 2, 3]


def test_one_seals_at_a_time(log):
    entries(1)
    with log.connect() as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('audit.seal'))")
        assert sealing.seal() == 0
    assert sealing.seal() > 0


def test_nothing_is_sealed_over_a_head_that_is_not_ours(log):
    entries(1)
    sealing.seal()
    with log.connect("owner") as owner:
        owner.execute("ALTER TABLE audit_head DISABLE TRIGGER ALL")
        owner.execute("UPDATE audit_head SET entries = entries + 1")
    entries(1)
    with pytest.raises(sealing.SealBroken):
        sealing.seal()


@pytest.mark.guarantee("B22")
def test_an_older_database_is_not_anchored_over_a_later_one(log):
    """A backup was restored, or heads were cut off: the anchors outside know better."""
    entries(1)
    jobs.seal_and_anchor()
    with log.connect("owner") as owner:
        owner.execute("ALTER TABLE audit_head DISABLE TRIGGER ALL")
        owner.execute("ALTER TABLE audit_batch DISABLE TRIGGER ALL")
        owner.execute("DELETE FROM audit_batch")
        owner.execute("DELETE FROM audit_head")
    with pytest.raises(anchors.Older), transaction.atomic():
        anchors.anchor()


def test_of_many_who_start_together_one_makes_the_key(tmp_path):
    """The last public key is the one that signs: a key that lost the race is nowhere."""
    place, start = tmp_path / "keys" / "audit-signing.key", threading.Barrier(8)

    def begin(_n: int) -> None:
        start.wait()
        keys._make(place)

    with ThreadPoolExecutor(8) as many:
        list(many.map(begin, range(8)))
    made = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(place.read_text()))
    assert place.with_suffix(".pub").read_text().split() == [made.public_key().public_bytes_raw().hex()]
