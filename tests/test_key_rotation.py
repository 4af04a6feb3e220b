"""Keys are changed while the hospital works: nobody notices, a kill in the middle is no harm, and nothing stays behind."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import connection

from salus.accounts.services import issue_token
from salus.chart import drafts
from salus.core import crypto, files, resealing
from salus.core.models import File
from salus.coverage.models import Coverage
from salus.coverage.services import record_coverage
from salus.patients.models import Identifier, Patient
from salus.patients.services import update_patient
from salus.patients.tests.builders import a_patient
from tests.cast import Cast

pytestmark = [pytest.mark.slow, pytest.mark.guarantee("B56")]
PATIENTS = 120
SEALED = [("patients_patient", "telecom"), ("patients_patient", "addresses"), ("patients_identifier", "value"),
          ("coverage_coverage", "member_number")]  # fmt: skip


class Load:
    """Programs that read and register patients over HTTP, all the time, and keep what went wrong."""

    def __init__(self, url: str, token: str, patients: list[Any]) -> None:
        self.url, self.patients = f"{url}/fhir/Patient", patients
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        self.answers: Counter[Any] = Counter()
        self.stopping = threading.Event()
        self.crowd = [threading.Thread(target=self._go, args=(self._read,)) for _ in range(2)]
        self.crowd.append(threading.Thread(target=self._go, args=(self._register,)))

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
    before = state()
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    with Load(salus_server.url, token, patients) as load:
        kill_in_the_middle(salus_server.start)
        assert set(resealing.counts()) == {1, 2}, "killed when there was something of both"
        done = real_db.salus("keys", "rotate", "--batch", "50")
        assert done.returncode == 0, done.stderr
        assert "seals from now on" not in done.stdout, "it goes on with the key of the killed one"
    assert set(load.answers) == {200}, load.answers
    assert load.answers[200] > 100
    assert set(resealing.counts()) == {2}
    assert state() == before, "no version, no time, no history row has changed"
    everything_opens(cast, patients)
    assert "retired" in real_db.salus("keys", "status").stdout
    nothing_is_forgotten_too_early(real_db, patients[0])
    everything_opens(cast, patients)


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
    drafts.keep(doctor, drafts.NoteDraft(ids[0], None, sections={"history": "A draft."}))
    return ids


def state() -> Any:
    """What a clinical change would change, of the patients that were there before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.version, p.updated_at, count(h.id), max(h.valid_until) FROM patients_patient p "
            "LEFT JOIN patients_patient_history h ON h.row_id = p.id WHERE p.family <> 'New' GROUP BY 1 ORDER BY 1"
        )
        return cursor.fetchall()


def kill_in_the_middle(start: Callable[..., Any]) -> None:
    rotation = start("keys", "rotate", "--batch", "10", "--pause", "0.1")
    until = time.monotonic() + 60
    while resealing.counts().get(2, 0) < 30:
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
    done = real_db.salus("keys", "forget", "1")
    assert done.returncode == 0, done.stderr
