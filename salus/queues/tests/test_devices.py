"""A wall and a kiosk work without anybody signed in, on a device that an administrator has marked, and open nothing else."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from salus.accounts import services as accounts
from salus.accounts.models import Device
from salus.accounts.queries import hash_of
from salus.core.models import AccessEntry
from salus.encounters.tests.builders import a_consultation
from salus.patients.models import Consent
from salus.queues import services as queues
from salus.queues.codes import appointment_of, code_of
from salus.queues.models import IdentityCheck, Token
from salus.queues.tests.builders import a_patient, a_queue, a_room, a_token, an_appointment_today
from salus.queues.words import KIOSK
from salus.scheduling.models import Appointment
from tests.cast import Cast, form_key
from tests.statements import at_most


def a_device(cast: Cast, kind: str) -> Client:
    """A browser that an administrator has marked and in which nobody is signed in."""
    secret = f"secret-of-a-{kind}-in-the-waiting-room-{cast.code}"
    device = Device.objects.create(hash=hash_of(secret))
    accounts.mark_device(cast.act("administrator"), device_id=device.id, version=1, kind=kind, name=f"Our {kind}")
    browser = Client()
    browser.cookies[settings.DEVICE_COOKIE_NAME] = secret
    return browser


def wall(cast):
    return reverse("queues:wall", args=[cast.departments["opd"].id])


@pytest.mark.guarantee("B2")
def test_a_wall_needs_nobody_and_opens_nothing_else(cast):
    a_token(cast)
    browser = a_device(cast, "wall")
    assert browser.get(wall(cast)).status_code == 200
    for address in ("/", reverse("queues:board", args=[cast.departments["opd"].id]), reverse("patients:search")):
        assert "/sign-in" in browser.get(address)["Location"]
    assert Client().get(wall(cast)).status_code == 302
    assert a_device(cast, "kiosk").get(wall(cast)).status_code == 302
    assert a_device(cast, "private").get(wall(cast)).status_code == 302
    assert browser.post(reverse("queues:manage"), form_key()).status_code in (401, 405)


def test_a_wall_of_another_hospital_shows_nothing_of_this_one(cast):
    a_token(cast)
    other = Cast("other")
    a_token(other)
    assert a_device(other, "wall").get(wall(cast)).status_code == 404


def test_whom_a_wall_names_stands_in_the_log_once_however_often_it_asks(cast):
    token = a_token(cast)
    opd = cast.departments["opd"].id
    queues.set_display(
        cast.act("administrator"), department_id=opd, shows_names=True, has_chime=False, languages=["en"]
    )
    queues.call_next(cast.act("doctor"), queue_id=token.queue_id, room_id=a_room(cast).id)
    browser = a_device(cast, "wall")
    for _ in range(3):
        browser.get(wall(cast), headers={"HX-Request": "true", "X-Salus-Unattended": "1"})
    entries = AccessEntry.objects.filter(patient_id=token.patient_id, door="queues:wall")
    assert entries.count() == 1
    assert Device.objects.get(kind="wall").id == entries.get().by_id
    browser.get(wall(cast))
    assert entries.count() == 2


@pytest.mark.guarantee("B2")
def test_a_kiosk_checks_in_by_code_and_date_of_birth(cast):
    """The code alone is not enough; guesses are counted; the answer never says what was wrong, nor who it is."""
    booked, browser, page = an_appointment_today(cast), a_device(cast, "kiosk"), reverse("queues:kiosk")
    code = code_of(booked.id)
    for lang, words in KIOSK.items():
        assert words.how in browser.get(page, {"lang": lang}).content.decode()
        empty = browser.post(page, form_key(lang=lang, code="", birth_date="1964-02-31")).content.decode()
        assert empty.count(words.check) >= 2
    other = code[:30] + ("B" if code[30] != "B" else "C") + code[31:]
    for wrong in ({"code": code, "birth_date": "15-Mar-1964"}, {"code": other, "birth_date": "14-Mar-1964"}):
        answer = browser.post(page, form_key(**wrong))
        assert (answer.status_code, b"ask at the desk" in answer.content) == (422, True)
        assert b"ashdown" not in answer.content.lower()
    said = form_key(code=f" {code[:20]}-{code[20:].lower()} ", birth_date="14-Mar-1964", lang="de")
    answer = browser.post(page, said)
    assert "Ihre Nummer" in answer.content.decode()
    assert (answer.status_code, b"A1" in answer.content) == (200, True)
    assert b"ashdown" not in answer.content.lower()
    check = IdentityCheck.objects.get()
    assert (check.identifiers, Appointment.objects.get(id=booked.id).status) == (["birth_date", "code"], "arrived")
    assert browser.post(page, said).content == answer.content
    assert browser.post(page, form_key(code=code, birth_date="14-Mar-1964")).status_code == 422


def test_a_kiosk_stops_guessing(cast):
    booked, browser = an_appointment_today(cast), a_device(cast, "kiosk")
    for day in range(1, 6):
        wrong = form_key(code=code_of(booked.id), birth_date=f"{day}-Jan-1964")
        assert browser.post(reverse("queues:kiosk"), wrong).status_code == 422
    right = form_key(code=code_of(booked.id), birth_date="14-Mar-1964")
    assert browser.post(reverse("queues:kiosk"), right).status_code == 422
    assert Appointment.objects.get(id=booked.id).status == "booked"


def test_a_code_is_ours_and_says_nothing(cast):
    booked = an_appointment_today(cast)
    code = code_of(booked.id)
    assert appointment_of(code) == booked.id
    for other in ("", "A" * 42, "%" * 42, code[1:], code + "AAAAAA", "B" + code[1:], "é" * 42, "A" * 5000):
        assert appointment_of(other) is None
    assert code.isalnum()


def test_the_desk_scans_confirms_two_things_and_is_told_what_is_missing(cast):
    booked, desk = an_appointment_today(cast), cast.client("receptionist")
    Consent.objects.update(voided_at=booked.created_at)
    assert desk.post(reverse("queues:scan"), form_key(code="none")).status_code == 422
    address = desk.post(reverse("queues:scan"), form_key(code=code_of(booked.id)))["Location"]
    assert address == reverse("queues:check_in_booked", args=[booked.id])
    with at_most(15):
        page = desk.get(address).content
    assert b"No consent yet" in page
    assert b"No cover" in page
    fields = {"version": booked.version, "patient_id": booked.patient_id}
    assert desk.post(address, form_key(identifiers=["name"], **fields)).status_code == 422
    assert desk.post(address, form_key(identifiers=["name", "birth_date"], **fields)).status_code == 303
    token = Token.objects.get()
    assert IdentityCheck.objects.get(encounter_id=token.encounter_id).by_id == cast.user("receptionist").id
    slip = desk.get(reverse("queues:slip", args=[token.id]))
    assert (slip.status_code, slip.content[:4]) == (200, b"%PDF")
    assert desk.get(reverse("queues:confirmation", args=[booked.id])).status_code == 404


def test_a_confirmation_is_printed_with_its_code(cast):
    booked = an_appointment_today(cast)
    paper = cast.client("receptionist").get(reverse("queues:confirmation", args=[booked.id]))
    shown = cast.client("receptionist").get(reverse("scheduling:show", args=[booked.id]))
    assert reverse("queues:confirmation", args=[booked.id]) in shown.content.decode()
    assert (paper.status_code, paper.content[:4]) == (200, b"%PDF")


def test_who_could_not_be_recognised_is_marked_until_somebody_does(cast):
    """The check-in without an appointment has the same question; an answer of one thing is none."""
    a_queue(cast)
    desk, patient = cast.client("receptionist"), a_patient(cast)
    start = reverse("encounters:start", args=[patient.id])
    opd = cast.departments["opd"].id
    fields = {"department": opd, "service": a_consultation().code, "patient_id": patient.id, "reason": "Cough"}
    assert desk.post(start, form_key(identifiers=["mrn"], **fields)).status_code == 422
    answer = desk.post(start, form_key(**fields))
    token = Token.objects.get()
    assert desk.get(answer["Location"])["Location"] == reverse("queues:token", args=[token.id])
    board = reverse("queues:board", args=[opd])
    assert b"Not recognised yet" in desk.get(board).content
    confirm = reverse("queues:confirm_identity", args=[token.id])
    nurse = cast.client("nurse")
    assert nurse.post(confirm, form_key(identifiers=["name"], patient_id=patient.id)).status_code == 422
    assert nurse.post(confirm, form_key(identifiers=["name", "photo"], patient_id=patient.id)).status_code == 303
    assert b"Not recognised yet" not in desk.get(board).content
