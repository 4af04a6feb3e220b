"""What a patient does with appointments on his own, within what the facility says."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from salus.core.errors import NotFound
from salus.core.models import AccessEntry
from salus.encounters.models import Encounter
from salus.patients.tests.builders import a_patient
from salus.portal.models import Setting
from salus.portal.services import own
from salus.portal.tests.builders import a_proxy, act_of, an_account, own_client
from salus.scheduling.models import Appointment
from salus.scheduling.services.booking import TooManyBooked
from salus.scheduling.tests.builders import a_schedule, a_session, an_appointment, next_weekday, when
from salus.waitlist.models import Wish
from salus.waitlist.tests.builders import an_offer
from tests.cast import form_key
from tests.races import at_once
from tests.statements import at_most

_LATE = next_weekday(weeks=3)


@pytest.fixture
def schedule(cast):
    """Every day of the week, all day, twenty minutes each."""
    return a_schedule(cast, [a_session(weekday=n, starts=0, ends=1440) for n in range(7)])


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty())


def times(schedule, hour=9, **more):
    return {"schedule_id": schedule.id, "starts_at": when(hour)} | more


def test_one_books_by_the_screen_and_twice_is_once(schedule, ann):
    browser = own_client(an_account(ann))
    found = browser.post("/portal/appointments/find", form_key(patient_id=ann.id, day="", time=""))
    assert schedule.name in found.content.decode()
    said = {"schedule_id": schedule.id, "starts_at": when(9).isoformat(), "service": "", "patient_id": ann.id}
    with at_most(15):
        assert browser.post("/portal/appointments/time", form_key(**said)).status_code == 200
    form = form_key(**said, reason="Cough")
    with at_most(15):
        answers = [browser.post("/portal/appointments/book", form)]
    answers.append(browser.post("/portal/appointments/book", form))
    assert [one.status_code for one in answers] == [303, 303]
    made = Appointment.objects.get()
    assert (made.channel, made.reason, made.recorded_by_id) == ("portal", "Cough", act_of_browser(made))
    taken = browser.post("/portal/appointments/book", form_key(**said))
    assert taken.status_code == 409
    assert "There is another appointment at that time" in taken.content.decode()


@pytest.mark.parametrize("day", ["9999-12-31T10:00+0000", "0001-01-01T10:00+0000", "2999-01-01T10:00+0000"])
@pytest.mark.parametrize("door", ["time", "book"])
def test_a_day_beyond_the_calendar_is_refused_in_words(schedule, ann, day, door):
    browser = own_client(an_account(ann))
    form = form_key(schedule_id=schedule.id, starts_at=day, service="", patient_id=ann.id)
    assert browser.post(f"/portal/appointments/{door}", form).status_code == 422
    assert not Appointment.objects.exists()


def act_of_browser(made):
    return AccessEntry.objects.filter(patient_id=made.patient_id, action="write").latest("id").by_id


def test_nobody_hoards_appointments(cast, schedule, ann):
    act = lambda: act_of(account)  # noqa: E731
    account = an_account(ann)
    for hour in (8, 9, 10):
        own.book(act(), patient_id=ann.id, service_code="", **times(schedule, hour))
    with pytest.raises(TooManyBooked):
        own.book(act(), patient_id=ann.id, service_code="", **times(schedule, 11))
    Setting.objects.create(facility=cast.facility, open_bookings=4, days_ahead=2)
    with pytest.raises(own.TooFarAhead):
        own.book(act(), patient_id=ann.id, service_code="", **times(schedule, 11))


def test_an_appointment_is_moved_and_cancelled_until_the_deadline(cast, schedule, ann):
    account = an_account(ann)
    made = an_appointment(cast, schedule, ann.id)
    browser = own_client(account)
    page = browser.get(f"/portal/appointments/{made.id}").content.decode()
    assert "Cancel this appointment" in page
    form = form_key(version=1, patient_id=ann.id, schedule_id=schedule.id, starts_at=when(14).isoformat(), service="")
    with at_most(15):
        assert browser.post(f"/portal/appointments/{made.id}/move", form).status_code == 303
    assert Appointment.objects.get().period.lower == when(14)
    Setting.objects.create(facility=cast.facility, cancel_hours=240)
    assert "Cancel this appointment" not in browser.get(f"/portal/appointments/{made.id}").content.decode()
    version = Appointment.objects.get().version
    cancel = f"/portal/appointments/{made.id}/cancel"
    late = browser.post(cancel, form_key(version=version, patient_id=ann.id))
    assert (late.status_code, "Until 240 hours before" in late.content.decode()) == (409, True)
    Setting.objects.update(cancel_hours=24)
    assert browser.post(cancel, form_key(version=version, patient_id=ann.id)).status_code == 303
    assert Appointment.objects.get().cancel_reason == "pat"


def test_one_checks_in_shortly_before_and_no_earlier(cast, schedule, ann):
    account = an_account(ann)
    soon = timezone.now().replace(second=0, microsecond=0)
    soon += timedelta(minutes=20 - soon.minute % 20)
    far = an_appointment(cast, schedule, ann.id)
    near = an_appointment(cast, schedule, ann.id, starts_at=soon)
    with pytest.raises(own.NotHereYet):
        own.check_in(act_of(account), appointment_id=far.id, version=1)
    browser = own_client(account)
    assert "I am here" in browser.get("/portal/").content.decode()
    answer = browser.post(f"/portal/appointments/{near.id}/check-in", form_key(version=1, patient_id=ann.id))
    if timezone.localdate(soon) == timezone.localdate():
        assert answer.status_code == 303
        assert Encounter.objects.get().patient_id == ann.id


@pytest.mark.guarantee("H1", "S1")
def test_a_tab_left_open_on_one_person_does_nothing_for_another(cast, schedule, ann):
    """The form says for whom it was drawn; whoever changed the person meanwhile is told."""
    kid = a_patient(cast.almighty(), family="Ash", given="Kim", birth_date="2020-01-01")
    account = an_account(ann)
    a_proxy(account, kid)
    browser = own_client(account)
    browser.post(f"/portal/whose/{kid.id}", form_key(patient_id=kid.id))
    assert "Record of" in browser.get("/portal/appointments").content.decode()
    said = {"schedule_id": schedule.id, "starts_at": when(9).isoformat(), "service": ""}
    assert browser.post("/portal/appointments/book", form_key(**said, patient_id=ann.id)).status_code == 409
    assert not Appointment.objects.exists()
    assert browser.post("/portal/appointments/book", form_key(**said, patient_id=kid.id)).status_code == 303
    entry = AccessEntry.objects.filter(patient_id=kid.id, action="write").latest("id")
    assert (entry.by_id, entry.on_behalf_of, entry.purpose) == (account.user_id, kid.id, "PATRQT")


def test_nobody_reaches_another_patients_appointment(cast, schedule, ann):
    bens = an_appointment(cast, schedule, a_patient(cast.almighty(), family="Bello", given="Ben").id)
    account = an_account(ann)
    browser = own_client(account)
    assert browser.get(f"/portal/appointments/{bens.id}").status_code == 404
    for act in ("move", "cancel", "check-in"):
        form = form_key(
            version=1, patient_id=ann.id, schedule_id=schedule.id, starts_at=when(10).isoformat(), service=""
        )
        assert browser.post(f"/portal/appointments/{bens.id}/{act}", form).status_code == 404
    with pytest.raises(NotFound):
        own.cancel(act_of(account), appointment_id=bens.id, version=1)


def test_one_joins_and_leaves_the_waiting_list(schedule, ann):
    browser = own_client(an_account(ann))
    form = form_key(patient_id=ann.id, schedule_id=str(schedule.id), short_notice="1")
    assert browser.post("/portal/waiting-list", form).status_code == 303
    wish = Wish.objects.get()
    assert (wish.channel, wish.short_notice, wish.schedule_ids) == ("portal", True, [schedule.id])
    assert browser.post("/portal/waiting-list", form | form_key()).status_code == 422, "once is enough"
    assert schedule.name in browser.get("/portal/waiting-list").content.decode()
    assert browser.post(f"/portal/waiting-list/{wish.id}/leave", form_key(patient_id=ann.id)).status_code == 303
    assert Wish.objects.get().status == "left"


def test_one_who_has_a_later_time_takes_an_earlier_and_has_that_alone(cast, schedule, ann):
    browser, later = own_client(an_account(ann)), an_appointment(cast, schedule, ann.id, starts_at=when(9, day=_LATE))
    page = browser.get(f"/portal/appointments/{later.id}").content.decode()
    assert "Tell me of an earlier time" in page
    assert browser.post("/portal/waiting-list", form_key(patient_id=ann.id, replaces=later.id)).status_code == 303
    offer = an_offer(cast, Wish.objects.get())
    assert "is moved there" in browser.get("/portal/waiting-list").content.decode()
    with at_most(15):
        answer = browser.post(f"/portal/offers/{offer.id}/accept", form_key(patient_id=ann.id))
    assert answer["Location"] == f"/portal/appointments/{later.id}"
    assert Appointment.objects.get().period.lower == offer.period.lower < when(9, day=_LATE)


@pytest.mark.guarantee("B7")
@pytest.mark.race
def test_fifty_requests_of_one_patient_hoard_nothing(cast, real_db, schedule, ann):
    """From as many tabs and phones at one moment: so many are booked as the facility allows, the others are told."""
    account, slots = an_account(ann), [when(hour, minute) for hour in range(17) for minute in (0, 20, 40)][:50]

    def book(at):
        values = {"schedule_id": schedule.id, "starts_at": at, "service_code": ""}
        return own.book(act_of(account), patient_id=ann.id, **values).id

    said = at_once(*[partial(book, one) for one in slots])
    refused = [one for one in said if isinstance(one, BaseException)]
    assert len(said) - len(refused) == 3
    assert {type(error) for error in refused} == {TooManyBooked}
    assert Appointment.objects.count() == 3
