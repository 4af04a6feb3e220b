"""Certificates: signed, numbered without gaps, proved by what stands on the paper and nothing else, withdrawn."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from salus.chart import services as chart
from salus.chart.codes import in_groups
from salus.chart.composing import Birth, Death
from salus.chart.models import Certificate, FamilyMember
from salus.chart.services import AlreadyCertified
from salus.chart.tests.builders import a_patient
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import AccessEntry
from salus.patients.models import Patient
from tests.cast import form_key
from tests.statements import at_most


def today():
    return timezone.localdate()


def sick(cast, patient, role="doctor", **changes):
    values = {"valid_from": today(), "valid_until": today() + timedelta(days=3)} | changes
    return chart.issue_sick_note(cast.act(role), patient_id=patient.id, **values)


DEATH = Death(
    on=timezone.now().date().isoformat(), causes=[("Myocardial infarction", "hours"), ("Coronary disease", "")]
)


def test_a_sick_note_is_numbered_and_says_what_was_signed(cast):
    ann = a_patient(cast)
    first, second = sick(cast, ann), sick(cast, ann, diagnosis="Influenza")
    year = today().year
    assert [first.number, second.number] == [f"{year}-000001", f"{year}-000002"]
    assert "Influenza" not in str(first.content)
    assert ["Diagnosis", "Influenza"] in second.content["facts"]
    Patient.objects.filter(id=ann.id).update(family="Married")
    first.refresh_from_db()
    assert first.content["patient"]["name"].startswith("ASHDOWN"), "what was signed is frozen"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_until": timedelta(days=-1)}, "valid_until"),
        ({"valid_until": timedelta(days=400)}, "valid_until"),
        ({"valid_from": timedelta(days=-40)}, "valid_from"),
    ],
)
def test_refuses_days_that_cannot_be(cast, changes, field):
    with pytest.raises(Invalid) as refused:
        sick(cast, a_patient(cast), **{name: today() + span for name, span in changes.items()})
    assert field in refused.value.fields


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        sick(cast, a_patient(cast), role="nurse")


def test_a_birth_relates_mother_and_child(cast):
    """From then on the mother stands among the child's relatives; withdrawn, she does not."""
    ann, doctor = a_patient(cast), cast.act("doctor")
    child = a_patient(cast, family="Ashdown", given="Baby", birth_date=today().isoformat(), born_on=today())
    birth = Birth(at=timezone.now())
    row = chart.issue_birth_certificate(doctor, patient_id=child.id, mother_id=ann.id, birth=birth)
    assert FamilyMember.objects.get(patient=child).relative_id == ann.id
    with pytest.raises(AlreadyCertified):
        chart.issue_birth_certificate(doctor, patient_id=child.id, mother_id=ann.id, birth=birth)
    with pytest.raises(Invalid):
        chart.issue_birth_certificate(doctor, patient_id=ann.id, mother_id=child.id, birth=birth)
    chart.withdraw_certificate(doctor, patient_id=child.id, certificate_id=row.id, version=1, reason="Another mother")
    assert not FamilyMember.objects.filter(patient=child, voided_at__isnull=True).exists()
    chart.issue_birth_certificate(doctor, patient_id=child.id, mother_id=ann.id, birth=birth)


def test_a_death_marks_the_patient_in_the_same_act(cast):
    ann, doctor = a_patient(cast), cast.act("doctor")
    with pytest.raises(Invalid):
        chart.issue_death_certificate(doctor, patient_id=ann.id, death=Death(on=DEATH.on, causes=[(" ", "")]))
    row = chart.issue_death_certificate(doctor, patient_id=ann.id, death=DEATH)
    ann.refresh_from_db()
    assert (ann.is_deceased, str(ann.deceased)) == (True, DEATH.on)
    with pytest.raises(AlreadyCertified):
        chart.issue_death_certificate(doctor, patient_id=ann.id, death=DEATH)
    whose = {"patient_id": ann.id, "certificate_id": row.id, "reason": "Another patient"}
    chart.withdraw_certificate(doctor, **whose, version=1, is_alive=True)
    ann.refresh_from_db()
    assert (ann.is_deceased, ann.deceased) == (False, None)
    with pytest.raises(Stale):
        chart.withdraw_certificate(doctor, **whose, version=2)


@pytest.mark.race
def test_fifty_at_once_have_fifty_numbers_without_a_gap(cast, real_db):
    ann, act = a_patient(cast), cast.act("doctor")
    values = {"patient_id": ann.id, "valid_from": today(), "valid_until": today()}

    def one(_n):
        try:
            return chart.issue_sick_note(act, **values).number
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        numbers = sorted(pool.map(one, range(50)))
    assert numbers == [f"{today().year}-{n:06d}" for n in range(1, 51)]


# ---------------------------------------------------------------- screens


def test_it_is_signed_printed_proved_and_withdrawn(cast, client):
    """The walk of a sick note: the paper's code answers anybody, with initials and year, until it is withdrawn."""
    ann, doctor = a_patient(cast), cast.client("doctor")
    address = reverse("chart:issue_certificate", args=[ann.id, "sick"])
    assert doctor.get(address).status_code == 200
    fields = {"patient_id": ann.id, "valid_from": "1-Jan-1999", "valid_until": "2-Jan-1999", "extent": "work"}
    assert doctor.post(address, form_key(**fields)).status_code == 422
    last = today() + timedelta(days=2)
    fields |= {"valid_from": today().isoformat(), "valid_until": last.isoformat()}
    with at_most(26):
        assert doctor.post(address, form_key(**fields)).status_code == 303
    row = Certificate.objects.get()
    paper = doctor.get(reverse("chart:certificate_paper", args=[ann.id, row.id]))
    assert paper.content.startswith(b"%PDF")
    assert AccessEntry.objects.filter(patient_id=ann.id, action="print").exists()
    proved = client.get(reverse("chart:proof", args=[row.token]))
    words = proved.content.decode()
    assert (proved.status_code, proved["Cache-Control"]) == (200, "no-store")
    assert row.number in words
    assert "AA, 1964" in words
    assert not any(secret in words for secret in ("Ashdown", "ASHDOWN", "Ann", ann.mrn, "14-Mar"))
    assert AccessEntry.objects.filter(patient_id=ann.id, door="chart:proof", address="127.0.0.1").exists()
    typed = client.post(reverse("chart:prove"), {"code": in_groups(row.token).lower()})
    assert row.number in typed.content.decode()
    withdraw = reverse("chart:withdraw_certificate", args=[ann.id, row.id])
    assert doctor.get(withdraw).status_code == 200
    done = doctor.post(withdraw, form_key(patient_id=ann.id, version=1, reason="Never examined"))
    assert done.status_code == 303
    assert "was withdrawn on" in client.get(reverse("chart:proof", args=[row.token])).content.decode()
    with at_most(15):
        assert "Never examined" in doctor.get(reverse("chart:documents", args=[ann.id])).content.decode()


@pytest.mark.guarantee("B52")
def test_a_wrong_code_tells_nothing_and_is_slowed_down(cast, client):
    """Whoever guesses is answered alike, whatever he asks for, and soon waits."""
    row = sick(cast, a_patient(cast))
    guesses = [row.token[:-1] + ("A" if row.token[-1] != "A" else "B"), "A" * 24, row.number, "x", "%00"]
    answers = [client.get(reverse("chart:proof", args=[guess])).content.decode() for guess in guesses]
    assert len({answer.split("<main", 1)[1].split("csrf")[0] for answer in answers}) == 1
    codes = [client.get(reverse("chart:proof", args=["WRONG"])).status_code for _n in range(40)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_the_forms_of_birth_and_death(cast):
    ann, doctor = a_patient(cast), cast.client("doctor")
    child = a_patient(cast, given="Baby", birth_date=today().isoformat(), born_on=today())
    address = reverse("chart:issue_certificate", args=[child.id, "birth"])
    assert "Nobody" in doctor.post(reverse("chart:find_mother"), {"q": "Nemo"}).content.decode()
    fields = {"patient_id": child.id, "born_at": "00:01", "mother": str(ann.id), "plurality": "single"}
    assert "with a point" in doctor.post(address, form_key(**fields, length="50,5")).content.decode()
    assert doctor.post(address, form_key(**fields, weight="3400", length="51")).status_code == 303
    address = reverse("chart:issue_certificate", args=[ann.id, "death"])
    fields = {"patient_id": ann.id, "died": today().isoformat(), "cause_1": "Sepsis", "manner": "natural"}
    assert doctor.post(address, form_key(**fields)).status_code == 303
    assert Patient.objects.get(id=ann.id).is_deceased
    assert doctor.get(reverse("chart:issue_certificate", args=[ann.id, "marriage"])).status_code == 404
