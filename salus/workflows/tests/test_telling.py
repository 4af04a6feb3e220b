"""What patients are told of their appointments: each thing once, what is true now, and no more than a message may say."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from icalendar import Calendar

from salus.chart.models import Observation
from salus.core.act import system_act
from salus.core.announce import announce, run_waiting
from salus.core.ids import uuid7
from salus.lab import services as lab
from salus.lab.tests.builders import a_request, entered
from salus.messaging import sending
from salus.messaging.models import Content, Message
from salus.messaging.services import settling
from salus.orders.models import Order
from salus.portal.facts import ResultReleased
from salus.portal.models import Release
from salus.portal.services import desk, opening
from salus.portal.tests.builders import an_account
from salus.portal.tests.test_what_is_shown import a_result
from salus.queues.codes import code_of
from salus.scheduling.rules.reminders import reminder_due
from salus.scheduling.services import booking
from salus.scheduling.tests.builders import a_patient, a_schedule, an_appointment, next_weekday, when
from salus.ui.printing import qr_png
from salus.waitlist.services import offers
from salus.waitlist.tests.builders import a_wish, an_offer
from salus.workflows import jobs, telling


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SALUS_DEMONSTRATION = True


@pytest.fixture
def booked(cast):
    patient = a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]', language="es")
    return an_appointment(cast, a_schedule(cast), patient.id, reason="Itching that is nobody's business")


def told() -> list[str]:
    run_waiting()
    return list(Message.objects.order_by("number").values_list("template", flat=True))


def bodies() -> str:
    return "\n".join(one.body + one.subject for one in Content.objects.all())


def test_a_confirmation_in_the_language_of_the_patient(cast, booked):
    assert told() == ["appointment-booked"]
    message = Message.objects.get()
    assert (message.channel, message.language, message.recipient_id) == ("email", "es", booked.patient_id)
    assert "Su cita" in bodies()
    assert "9:00" in bodies()


def test_nothing_of_the_record_leaves_the_house(cast, booked):
    """Protects what somebody is treated for: neither reason nor, where the specialty tells, doctor and place."""
    told()
    said = bodies()
    for secret in ("Itching", "Okoye", "outpatients"):
        assert secret.casefold() not in said.casefold()
    booked.department.specialty = "general-practice"
    booked.department.save(update_fields=["specialty"])
    move(cast, booked, 10)
    told()
    assert "Okoye" in bodies()
    assert "Itching" not in bodies()


def test_a_change_says_both_times_and_a_move_back_is_told_again(cast, booked):
    told()
    moved = move(cast, booked, 10)
    assert told()[1:] == ["appointment-moved"]
    assert "10:00" in bodies()
    move(cast, moved, 9)
    assert told()[2:] == ["appointment-moved"]


def test_two_moves_before_anything_was_told_are_told_as_what_is_true_now(cast, booked):
    move(cast, move(cast, booked, 10), 11)
    assert told() == ["appointment-moved"]
    assert "11:00" in bodies()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("pat", ["appointment-cancelled"]), ("prov", ["appointment-cancelled-by-us"]), ("deceased", [])],
)
def test_a_cancellation_says_who_cancelled_and_the_dead_are_not_written_to(cast, booked, reason, expected):
    told()
    booking.cancel_appointment(
        cast.act("receptionist"), appointment_id=booked.id, version=fresh(booked).version, reason=reason
    )
    assert told()[1:] == expected


def test_who_cannot_be_reached_stands_in_the_log(cast):
    an_appointment(cast, a_schedule(cast), a_patient(cast, telecom="").id)
    told()
    assert Message.objects.get().status == "unreachable"


def test_what_is_told_late_does_not_tell_what_is_over(cast, booked):
    act = cast.act("receptionist", at=when(9) + timedelta(hours=1))
    run_waiting(at=act.at)
    assert not Message.objects.exists()


def fresh(appointment):
    return type(appointment).objects.get(id=appointment.id)


def move(cast, appointment, hour):
    return booking.move_appointment(
        cast.act("receptionist"),
        appointment_id=appointment.id,
        version=fresh(appointment).version,
        schedule_id=appointment.schedule_id,
        starts_at=when(hour),
    )


# ---------------------------------------------------------------- the calendar file


def file_of(message):
    content = Content.objects.get(id=message.id)
    file = sending.files_of(content)[0]
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    return file, Calendar.from_ical(file.content), event


def test_the_calendar_file_is_read_back_and_says_when_and_where_alone(cast, booked):
    told()
    file, calendar, event = file_of(Message.objects.get())
    assert file.media_type.startswith("text/calendar; method=REQUEST")
    assert calendar["METHOD"] == "REQUEST"
    assert event.decoded("DTSTART") == when(9)
    assert event["ATTENDEE"] == "mailto:ann@example.org"
    assert event["SUMMARY"] == "Cita: Test hospital"
    assert set(event) == {
        *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "CLASS", "LOCATION"),
        *("ORGANIZER", "ATTENDEE"),
    }
    for secret in (b"Itching", b"Okoye", b"outpatients", b"Ashdown"):
        assert secret.lower() not in file.content.lower()
    (code,) = sending.files_of(Content.objects.get())[1:]
    assert (code.media_type, code.content) == ("image/png", qr_png(code_of(booked.id)))


def test_a_calendar_follows_what_becomes_of_the_appointment(cast, booked):
    """One UID all along, and a sequence that grows: the calendar moves the event, and takes it out at the end."""
    told()
    move(cast, booked, 10)
    told()
    booking.cancel_appointment(
        cast.act("receptionist"), appointment_id=booked.id, version=fresh(booked).version, reason="pat"
    )
    told()
    events = [file_of(one)[1:] for one in Message.objects.order_by("number")]
    assert [str(calendar["METHOD"]) for calendar, _ in events] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({str(event["UID"]) for _, event in events}) == 1
    sequences = [event["SEQUENCE"] for _, event in events]
    assert sequences == sorted(set(sequences))
    assert events[-1][1]["STATUS"] == "CANCELLED"
    assert [len(sending.files_of(one)) for one in Content.objects.order_by("id__number")] == [2, 2, 1]


# ---------------------------------------------------------------- reminders


def reminders() -> list[tuple[str, str]]:
    found = Message.objects.filter(template="appointment-reminder").order_by("number")
    return [(one.source.partition("#")[2].partition("@")[0], one.status) for one in found]


def test_each_reminder_is_sent_once_however_often_the_clock_looks(cast, booked):
    start = when(9)
    for before in (60, 48, 47.9, 47, 30, 3, 2.9, 2.8, 0.5, 0, -1):
        jobs.remind(at=start - timedelta(hours=before))
        jobs.remind(at=start - timedelta(hours=before))
    assert [which for which, _ in reminders()] == ["reminder-48", "reminder-3"]


@pytest.mark.race
def test_two_clocks_at_once_remind_once(real_db, cast, settings):
    """50 workers look at the same moment: protects patients from fifty messages."""
    patient = a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]')
    an_appointment(cast, a_schedule(cast), patient.id)

    def look(_n: int) -> None:
        try:
            jobs.remind(at=when(9) - timedelta(hours=40))
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as many:
        list(many.map(look, range(20)))
    assert reminders() == [("reminder-48", "waiting")]


def test_nobody_is_reminded_of_the_old_time(cast, booked):
    jobs.remind(at=when(9) - timedelta(hours=47))
    assert reminders() == [("reminder-48", "waiting")]
    moved = booking.move_appointment(
        cast.act("receptionist"),
        appointment_id=booked.id,
        version=fresh(booked).version,
        schedule_id=booked.schedule_id,
        starts_at=when(9, day=next_weekday(weeks=2)),
    )
    told()
    assert reminders() == [("reminder-48", "withdrawn")]
    jobs.remind(at=when(9) - timedelta(hours=2))
    assert len(reminders()) == 1
    jobs.remind(at=moved.period.lower - timedelta(hours=47))
    assert reminders()[1:] == [("reminder-48", "waiting")]


def test_a_long_name_keeps_nobody_from_being_told(cast, booked):
    booked.patient.given = "Maximiliana " * 14
    booked.patient.save()
    another = an_appointment(cast, a_schedule(cast, role="nurse"), reachable(cast, "ben@example.org").id)
    jobs.remind(at=when(9) - timedelta(hours=47))
    assert len(reminders()) == 2
    assert another


def test_what_goes_wrong_with_one_reminder_is_no_matter_of_the_others(cast, booked, monkeypatch):
    an_appointment(cast, a_schedule(cast, role="nurse"), reachable(cast, "ben@example.org").id)
    tell, asked = telling.remind, []

    def stumble(act, coming, due):
        asked.append(coming.id)
        if len(asked) == 1:
            raise ValueError("something nobody thought of")
        tell(act, coming, due)

    monkeypatch.setattr(telling, "remind", stumble)
    assert jobs.remind(at=when(9) - timedelta(hours=47)) == 1
    assert len(reminders()) == 1


def reachable(cast, address):
    return a_patient(cast, telecom=json.dumps([{"system": "email", "value": address}]))


@pytest.mark.parametrize("status", ["failed", "unknown"])
def test_a_reminder_of_the_old_time_is_not_sent_again_by_hand(cast, booked, status):
    jobs.remind(at=when(9) - timedelta(hours=47))
    Message.objects.filter(template="appointment-reminder").update(status=status)
    booking.cancel_appointment(
        cast.act("receptionist"), appointment_id=booked.id, version=fresh(booked).version, reason="pat"
    )
    told()
    message = Message.objects.get(template="appointment-reminder")
    with pytest.raises((settling.NotParked, settling.TooLate)):
        settling.send_again(cast.almighty(), message_id=message.id, version=message.version)


def test_a_cancelled_appointment_is_not_reminded_of(cast, booked):
    jobs.remind(at=when(9) - timedelta(hours=47))
    booking.cancel_appointment(
        cast.act("receptionist"), appointment_id=booked.id, version=fresh(booked).version, reason="pat"
    )
    told()
    jobs.remind(at=when(9) - timedelta(hours=2))
    assert reminders() == [("reminder-48", "withdrawn")]


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        (100, 49, None),
        (100, 48, 48),
        (100, 4, 48),
        (100, 3, 3),
        (100, 0, None),
        (30, 29, None),  # booked when the first reminder's time was over: the confirmation has just said it
        (30, 3, 3),
        (2, 1, None),
    ],
)
def test_which_reminder_is_due(known, now, expected):
    start = when(9)
    due = reminder_due(start, start - timedelta(hours=known), start - timedelta(hours=now), [48, 3])
    assert (due.hours if due else None) == expected


# ---------------------------------------------------------------- offers, tests that are due, staff


def test_an_offer_is_told_and_taken_back_when_it_is_over(cast):
    a_schedule(cast)
    patient = a_patient(cast, telecom='[{"system": "phone", "value": "+447700900123", "use": "mobile"}]')
    offer = an_offer(cast, a_wish(cast, patient=patient))
    told()
    message = Message.objects.get(template="place-offered")
    assert (message.recipient_id, message.expires_at) == (patient.id, offer.expires_at)
    offers.decline_offer(cast.act("receptionist"), offer_id=offer.id)
    told()
    message.refresh_from_db()
    assert message.status == "withdrawn"


def test_who_said_yes_on_the_telephone_is_not_asked_by_message_any_more(cast):
    a_schedule(cast)
    patient = a_patient(cast, telecom='[{"system": "phone", "value": "+447700900123", "use": "mobile"}]')
    offer = an_offer(cast, a_wish(cast, patient=patient))
    told()
    assert Message.objects.get(template="place-offered").status == "waiting"
    offers.accept_offer(cast.act("receptionist"), offer_id=offer.id, channel="phone")
    told()
    assert Message.objects.get(template="place-offered").status == "withdrawn"


def test_a_test_that_nobody_came_for_is_told_of_once_and_not_which(cast):
    patient = a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]')
    request = a_request(cast, patient)
    for days in (1, 4, 5, 40):
        jobs.remind_of_tests(at=request.ordered_at + timedelta(days=days))
    message = Message.objects.get()
    assert message.template == "visit-due"
    assert request.test.name.casefold() not in bodies().casefold()


def test_a_critical_result_calls_who_ordered_it_and_says_of_nobody(cast):
    practitioner = cast.user("doctor").staff_member.practitioner
    practitioner.telecom = [{"system": "email", "value": "okoye@hospital.example"}]
    practitioner.save(update_fields=["telecom"])
    request = a_request(cast)
    Order.objects.filter(id=request.order_id).update(requester=practitioner)
    request = entered(cast, request, "1.2")
    lab.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)
    told()
    message = Message.objects.get(template="staff-urgent")
    assert (message.recipient_id, message.is_urgent) == (cast.user("doctor").id, True)
    assert "Rashid" not in bodies()


def test_a_released_result_is_news_and_one_that_is_held_back_is_not(cast):
    patient = a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]')
    observation = uuid7()
    for is_shown in (False, True, True):
        with transaction.atomic():
            announce(
                cast.act("doctor"),
                ResultReleased(patient_id=patient.id, observation_id=observation, is_shown=is_shown),
            )
    assert told() == ["news"]
    assert "/portal/" in bodies()


@pytest.mark.guarantee("S9")
def test_the_patient_is_told_whoever_was_let_into_the_record(cast):
    """The desk gives the codes of invitations, and could keep one: the patient at least hears that it was used."""
    patient = a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]', birth_date="1964-03-14")
    for kind, more in (("self", {}), ("proxy", {"basis": "carer", "scopes": ["record"], "document": "Passport"})):
        account = an_account(None, f"{kind}@example.net", facility=cast.facility)
        one, _code = desk.invite(cast.act("receptionist"), patient_id=patient.id, kind=kind, **more)
        act = system_act(rights={opening.ARRIVE}, door="test", facility_id=cast.facility.id)
        opening.accept_invitation(act, account_id=account.id, invitation_id=one.id)
        run_waiting()
        assert told().count("access-given") == (1 if kind == "self" else 2)
    assert {one.purpose for one in Message.objects.all()} == {"access"}
    assert "tell us at once" in bodies()


def test_who_comes_here_is_told_once_of_what_time_alone_came_to_show(cast):
    """Results of an hour are one message; nothing of what is held back, critical, marked, corrected since or told by hand."""
    ann = a_patient(cast)
    now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)

    def told(at=now):
        jobs.tell_of_results(at=at)
        return list(Message.objects.order_by("number").values_list("template", "recipient_id"))

    released = {"source": "lab.result:1", "issued_at": now - timedelta(days=2, hours=1)}
    shown = [a_result(ann, **released | {"source": f"lab.result:{n}"}) for n in range(3)]
    a_result(ann, **released | {"source": "lab.result:8", "flag": "HH", "issued_at": now - timedelta(days=2, hours=3)})
    a_result(ann, issued_at=now - timedelta(days=2, hours=4))  # brought from elsewhere
    assert told() == [], "who does not come through this door reads nothing there"
    an_account(ann)
    held = a_result(ann, **released | {"source": "lab.result:9", "issued_at": now - timedelta(days=2, hours=5)})
    Release.objects.create(observation=held, patient=ann, is_shown=False, said_at=now)
    assert told(now - timedelta(hours=1)) == [], "it is not shown yet"
    assert told() == told() == told(now + timedelta(hours=9)) == [("news", ann.id)]
    Observation.objects.filter(id=shown[0].id).update(issued_at=now, status="corrected")
    assert told(now + timedelta(days=2, hours=1)) == [("news", ann.id)] * 2
