"""Private calendars: a link that nobody guesses, that is taken back, and that tells times and nothing else."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from salus.core.act import Subject
from salus.core.errors import NotAllowed, NotFound
from salus.core.models import AccessEntry
from salus.scheduling.models import Feed
from salus.scheduling.rules.limits import FEED_MISSES, FEED_READS
from salus.scheduling.services import booking, feeds
from salus.scheduling.tests.builders import a_patient, a_schedule, an_appointment, when
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def booked(cast):
    return an_appointment(cast, a_schedule(cast), reason="Itching that is nobody's business")


def patients_act(cast, patient_id):
    stands = (Subject(patient_id, frozenset({"scheduling.view"}), is_self=True),)
    return replace(cast.act("receptionist"), rights=frozenset({"portal.use"}), stands_for=stands)


def read(secret):
    return Client().get(reverse("scheduling:calendar", args=[secret]))


def events(answer):
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_doctors_calendar_has_the_times_and_no_patient(cast, booked):
    secret = feeds.make_own_feed(cast.act("doctor"))
    with at_most(6):
        answer = read(secret)
    (event,) = events(answer)
    assert event.decoded("DTSTART") == when(9)
    assert answer["Content-Type"].startswith("text/calendar")
    for told in ("ASHDOWN", "Ashdown", "Ann", "Itching", booked.patient.mrn, str(booked.patient_id)):
        assert told not in answer.content.decode()


def test_a_patients_calendar_has_his_own_times_without_what_for_and_is_logged(cast, booked):
    an_appointment(cast, booked.schedule, a_patient(cast).id, starts_at=when(10))
    secret = feeds.make_feed_of_patient(patients_act(cast, booked.patient_id), patient_id=booked.patient_id)
    answer = read(secret)
    (event,) = events(answer)
    assert str(event["SUMMARY"]) == "Appointment: Test hospital"
    for told in ("Itching", "Okoye", "outpatients", "Ashdown"):
        assert told.casefold() not in answer.content.decode().casefold()
    entry = AccessEntry.objects.get(door="scheduling:calendar")
    assert (entry.patient_id, entry.action) == (booked.patient_id, "read")


def test_what_becomes_of_an_appointment_shows_in_the_calendar(cast, booked):
    secret = feeds.make_own_feed(cast.act("doctor"))
    (before,) = events(read(secret))
    booking.cancel_appointment(cast.act("receptionist"), appointment_id=booked.id, version=booked.version, reason="pat")
    (after,) = events(read(secret))
    assert str(after["UID"]) == str(before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["STATUS"] == "CANCELLED"


def test_a_new_link_takes_the_place_of_the_old_one_and_is_taken_back(cast, booked):
    first = feeds.make_own_feed(cast.act("doctor"))
    second = feeds.make_own_feed(cast.act("doctor"))
    assert (read(first).status_code, read(second).status_code) == (404, 200)
    feeds.revoke_own_feed(cast.act("doctor"))
    assert read(second).status_code == 404


def test_only_the_hash_of_the_secret_is_kept(cast, booked):
    secret = feeds.make_own_feed(cast.act("doctor"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(to_jsonb(f)::text, ' ') FROM scheduling_feed f")
        assert secret not in cursor.fetchone()[0]
    assert Feed.objects.get().hash


def test_the_link_of_who_left_or_died_leads_nowhere(cast, booked):
    secret = feeds.make_feed_of_patient(patients_act(cast, booked.patient_id), patient_id=booked.patient_id)
    own = feeds.make_own_feed(cast.act("doctor"))
    booked.patient.is_deceased = True
    booked.patient.save(update_fields=["is_deceased"])
    member = cast.user("doctor").staff_member
    member.retired_at = when(8)
    member.save(update_fields=["retired_at"])
    assert (read(secret).status_code, read(own).status_code) == (404, 404)


def test_a_patients_link_is_the_patients_own_to_make(cast, booked):
    with pytest.raises(NotAllowed):
        feeds.make_feed_of_patient(cast.act("doctor"), patient_id=booked.patient_id)
    with pytest.raises(NotFound):
        feeds.make_feed_of_patient(patients_act(cast, a_patient(cast).id), patient_id=booked.patient_id)


def test_guessing_and_hammering_are_measured(cast, booked):
    for _ in range(FEED_MISSES.burst):
        assert read("no-such-secret" + str(_)).status_code == 404
    assert read("another").status_code == 429
    secret = feeds.make_own_feed(cast.act("doctor"))
    answers = [read(secret).status_code for _ in range(FEED_READS.burst + 1)]
    assert answers == [200] * FEED_READS.burst + [429]


def test_the_page_shows_the_link_once(cast, booked):
    doctor = cast.client("doctor")
    page = doctor.get(reverse("scheduling:my_calendar")).content.decode()
    assert "There is none" in page
    made = doctor.post(reverse("scheduling:make_feed"), form_key()).content.decode()
    assert "/appointments/calendar/" in made
    again = doctor.get(reverse("scheduling:my_calendar")).content.decode()
    assert "/appointments/calendar/" not in again
