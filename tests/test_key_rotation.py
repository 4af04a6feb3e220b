"""Keys are changed while the hospital works: nobody notices, a kill in the middle is no harm, and nothing stays behind.

Of the keys that seal, and of the keys of blind indexes: whoever is looked for by number or phone is found throughout."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import httpx
import pytest
from django.db import connection, transaction

from salus.accounts.services import issue_token
from salus.audit import verifying
from salus.chart import drafts
from salus.core import crypto, files, guards, indexes, resealing
from salus.core.models import File
from salus.coverage.models import Coverage
from salus.coverage.services import record_coverage
from salus.patients.models import Identifier, Patient
from salus.patients.services import IdentifierTaken, update_patient
from salus.patients.tests.builders import a_patient
from tests.cast import Cast

pytestmark = [pytest.mark.slow, pytest.mark.guarantee("B56")]
PATIENTS = 120
SEALED = [("patients_patient", "telecom"), ("patients_patient", "addresses"), ("patients_identifier", "value"),
          ("coverage_coverage", "member_number")]  # fmt: skip


class Load:
    """Programs that read, look for and register patients over HTTP, all the time, and keep what went wrong."""

    def __init__(self, url: str, token: str, patients: list[Any]) -> None:
        self.url, self.patients = f"{url}/fhir/Patient", patients
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        self.answers: Counter[Any] = Counter()
        self.stopping = threading.Event()
        self.crowd = [threading.Thread(target=self._go, args=(self._read,)) for _ in range(2)]
        self.crowd += [threading.Thread(target=self._go, args=(act,)) for act in (self._find, self._register)]

    def __enter__(self) -> "Load":
        for one in self.crowd:
            one.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stopping.set()
        for one in self.crowd:
            one.join()

    def _go(self, act: Callable[[httpx.Client, int], Any]) -> None:
        with httpx.Client(headers=self.headers, timeout=30) as program:
            turn = 0
            while not self.stopping.is_set():
                turn += 1
                self.answers[act(program, turn)] += 1
                time.sleep(0.01)

    def _read(self, program: httpx.Client, turn: int) -> Any:
        which = turn % len(self.patients)
        answer = program.get(f"{self.url}/{self.patients[which]}")
        return answer.status_code if f"+44 7700 {which:06}" in answer.text else ("wrong", answer.status_code)

    def _find(self, program: httpx.Client, turn: int) -> Any:
        """By number: an index of one key or of the other, or of one just now."""
        which = turn % len(self.patients)
        answer = program.get(self.url, params={"identifier": f"AB {which:06}"})
        found = [one["resource"]["id"] for one in answer.json().get("entry", [])]
        return answer.status_code if found == [str(self.patients[which])] else ("not found", answer.status_code)

    def _register(self, program: httpx.Client, turn: int) -> Any:
        phone = [{"system": "phone", "value": f"+44 7800 {turn:06}"}]
        sent = {"resourceType": "Patient", "name": [{"family": "New", "given": [f"N{turn}"]}], "telecom": phone}
        answer = program.post(self.url, json=sent)
        if answer.status_code != 201:
            return ("not registered", answer.status_code)
        read = program.get(f"{self.url}/{answer.json()['id']}")
        return read.status_code if phone[0]["value"] in read.text else ("not as registered", read.status_code)


def test_keys_are_rotated_under_load_and_across_a_kill(own_keys, real_db, cast, salus_server) -> None:
    _ = cast.departments
    patients = a_hospital(cast)
    before, indexed = state(), {bytes(row.value_key) for row in Identifier.objects.all()} | {an_index_in_history()}
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    with Load(salus_server.url, token, patients) as load:
        kill_in_the_middle(salus_server.start)
        assert set(resealing.counts()) == {1, 2}, "killed when there was something of both"
        assert indexes.left() > 0
        a_number_is_written_once(cast)
        done = real_db.salus("keys", "rotate", "--batch", "50")
        assert done.returncode == 0, done.stderr
        assert "seals from now on" not in done.stdout, "it goes on with the key of the killed one"
    assert set(load.answers) == {200}, load.answers
    assert load.answers[200] > 100
    assert set(resealing.counts()) == {2}
    assert indexes.left() == 0
    assert {bytes(row.value_key) for row in Identifier.objects.all()}.isdisjoint(indexed), "each has another index"
    assert an_index_in_history() not in indexed
    with transaction.atomic(), connection.cursor() as cursor:
        tables = guards.sealed_by_table()
        sealed = {table: tables[table] for table in ("patients_patient", "patients_identifier")}
        assert verifying.verify(cursor, folders=[], sealed=sealed).findings == [], "no edit in the eyes of the seal"
    assert state() == before, "no version, no time, no history row has changed"
    everything_opens(cast, patients)
    assert "retired" in (told := real_db.salus("keys", "status").stdout)
    assert "index key 2   makes indexes" in told
    nothing_is_forgotten_too_early(real_db, patients[0])
    everything_opens(cast, patients)


@pytest.mark.race
@pytest.mark.guarantee("H2")
def test_of_two_who_write_one_number_while_the_key_changes_one_does(own_keys, real_db, cast, monkeypatch) -> None:
    """Two processes at the same instant, of which one knows the next step of the rotation already and the other not yet."""
    ring, act = crypto.keyring(anew=True), cast.act("receptionist")
    both = {1: ring.index[1], 2: b"2" * 32}
    looking = replace(ring, index=both)
    writing = replace(looking, index_writes=2)
    after = replace(ring, index={2: both[2]}, index_retired={1: both[1]}, index_writes=2)
    steps, mine = [ring, looking, writing, after], threading.local()
    monkeypatch.setattr(crypto, "keyring", lambda **_: getattr(mine, "ring", ring))

    def register(step: Any, number: str, start: threading.Barrier) -> str:
        mine.ring = step
        start.wait()
        try:
            a_patient(act, given="Twin", identifiers=[{"kind": "national", "system": "GB", "value": number}])
        except IdentifierTaken:
            return "told"
        finally:
            connection.close()
        return "written"

    def together(*pair: Any, number: str) -> list[str]:
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as crowd:
            return sorted(crowd.map(lambda step: register(step, number, start), pair))

    for step, (one, other) in enumerate(pairwise(steps)):
        for turn in range(8):
            assert together(one, other, number=f"N {step}{turn}") == ["told", "written"], f"step {step}, turn {turn}"
            assert together(other, other, number=f"M {step}{turn}") == ["told", "written"], f"step {step}, turn {turn}"
    alone = threading.Barrier(1)
    assert [register(step, "X 1", alone) for step in (writing, ring)] == ["written", "written"], (
        "two steps apart nothing would hold: this is why the rotation waits until everybody knows a step"
    )


def a_hospital(cast: Cast) -> list[Any]:
    """Patients with all that is sealed, half of them with a history."""
    act, ids = cast.almighty(), []
    for n in range(PATIENTS):
        phone = [{"system": "phone", "value": f"+44 7700 {n:06}"}]
        place = [{"text": f"{n} Canary Row"}]
        number = [{"kind": "national", "system": "GB", "value": f"AB {n:06}"}]
        patient = a_patient(act, given=f"P{n}", telecom=phone, addresses=place, identifiers=number)
        if n % 2:
            update_patient(act, patient_id=patient.id, version=1, addresses=[{"text": f"{n} Other Row"}])
        ids.append(patient.id)
    record_coverage(act, patient_id=ids[0], payer_name="Fund", member_number="M-1", kind="PUBLICPOL")
    files.keep_file(act, b"a picture", media_type="image/png", patient_id=ids[0])
    doctor = cast.act("doctor")
    drafts.keep(doctor, drafts.NoteDraft(ids[0], None, sections={"history": "A draft."}), leaving=True)
    return ids


def state() -> Any:
    """What a clinical change would change, of the patients that were there before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.version, p.updated_at, count(h.id), max(h.valid_until) FROM patients_patient p "
            "LEFT JOIN patients_patient_history h ON h.row_id = p.id WHERE p.family <> 'New' GROUP BY 1 ORDER BY 1"
        )
        return cursor.fetchall()


def _indexes_are_moving() -> bool:
    """Something of both keys, of what is indexed and of what is sealed."""
    ring = crypto.keyring(anew=True)
    return ring.index_writes == 2 and 0 < indexes.left() < 2 * PATIENTS


def an_index_in_history() -> bytes:
    """The index of a phone in an older version of a patient."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row->'contact_keys'->>0 FROM patients_patient_history WHERE row_id = %s", [_one_changed()]
        )
        return bytes.fromhex(cursor.fetchone()[0][2:])


def _one_changed() -> Any:
    return Patient.objects.get(given="P1", family="Ash").id


def a_number_is_written_once(cast: Cast) -> None:
    """Indexes of both keys stand there, and the constraint knows each alone: a number that somebody has is still refused."""
    crypto.keyring(anew=True)
    for n in (0, 7, 60, PATIENTS - 1):
        number = [{"kind": "national", "system": "GB", "value": f"ab{n:06}"}]
        with pytest.raises(IdentifierTaken), transaction.atomic():
            a_patient(cast.almighty(), given="Twin", identifiers=number)


def kill_in_the_middle(start: Callable[..., Any]) -> None:
    rotation = start("keys", "rotate", "--batch", "20", "--pause", "0.05")
    until = time.monotonic() + 60
    while not _indexes_are_moving():
        assert rotation.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.05)
    rotation.send_signal(signal.SIGKILL)
    rotation.wait()


def everything_opens(cast: Cast, patients: list[Any]) -> None:
    crypto.keyring(anew=True)
    rows = {row.id: row for row in Patient.objects.filter(id__in=patients)}
    for n, one in enumerate(patients):
        assert f"+44 7700 {n:06}" in rows[one].telecom
        assert ("Other" if n % 2 else "Canary") in rows[one].addresses
    assert {row.value for row in Identifier.objects.all()} == {f"AB {n:06}" for n in range(PATIENTS)}
    assert Coverage.objects.get().member_number == "M-1"
    assert files.read_file(File.objects.get()) == b"a picture"
    assert drafts.draft_of(cast.act("doctor"), patients[0], None).sections == {"history": "A draft."}
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_id, row->>'addresses' FROM patients_patient_history WHERE row->>'family' = 'Ash'")
        for row, sealed in cursor.fetchall():
            said = crypto.open_sealed("patients_patient", "addresses", row, bytes.fromhex(sealed[2:]))
            assert "Canary Row" in said


def nothing_is_forgotten_too_early(real_db: Any, patient: Any) -> None:
    """A value that comes back with the old key (from a backup, say) keeps the key from being deleted."""
    ring = crypto.keyring(anew=True)
    where = crypto.place("patients_patient", "telecom", patient)
    kept = Patient.objects.get(id=patient).telecom
    old = crypto.AESGCM(ring.retired[1])
    with real_db.connect("owner") as owner:
        owner.execute("SET LOCAL salus.resealing = 'on'")
        sealed = b"\x01" + b"n" * 12 + old.encrypt(b"n" * 12, kept.encode(), where)
        owner.execute("UPDATE patients_patient SET telecom = %s WHERE id = %s", [sealed, patient])
    refused = real_db.salus("keys", "forget", "1")
    assert refused.returncode == 1
    assert "1 values and files are sealed with key 1" in refused.stderr
    assert real_db.salus("keys", "rotate").returncode == 0
    for index in ((), ("--index",)):
        done = real_db.salus("keys", "forget", "1", *index)
        assert done.returncode == 0, done.stderr
