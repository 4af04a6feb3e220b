"""A freed time is offered to the next whom it fits, kept, taken, declined, passed on; whatever happens beside it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from salus.core.announce import run_waiting
from salus.core.errors import Invalid, NotAllowed, NotFound
from salus.core.models import Fact
from salus.patients.models import Patient
from salus.patients.tests.builders import a_consent, an_own_act
from salus.scheduling.models import Appointment, Hold
from salus.scheduling.services import absences, booking
from salus.scheduling.services.booking import CannotBook
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, an_appointment, next_weekday, when
from salus.staff.models import StaffMember
from salus.waitlist.models import Offer, Wish
from salus.waitlist.services import offers, wishes
from salus.waitlist.tests.builders import a_wish, an_offer, awake_always, list_act

ONE_SLOT = {"starts": 540, "ends": 560}


def cancelled(cast, made):
    made.refresh_from_db()
    booking.cancel_appointment(cast.act("receptionist"), appointment_id=made.id, version=made.version, reason="pat")


def state(wish):
    wish.refresh_from_db()
    return wish.status, wish.offers_made


@pytest.fixture
def full(cast):
    """A doctor with one time a week, which is booked for the two weeks to come; those who wait, wait for the first."""
    awake_always(cast)
    schedule = a_schedule(cast, **ONE_SLOT, until=next_weekday(weeks=1) + timedelta(days=1))
    first = an_appointment(cast, schedule)
    sooner = when(9, day=next_weekday(weeks=0))  # of a Monday it is this morning, or has been
    if sooner > timezone.now():
        an_appointment(cast, schedule, starts_at=sooner)
    return schedule, first


def test_what_is_cancelled_is_offered_to_the_next_and_taken(cast, full):
    schedule, made = full
    later = a_wish(cast)
    sooner = a_wish(cast, priority="urgent", priority_reason="In pain")
    run_waiting()
    assert not Offer.objects.exists()
    cancelled(cast, made)
    run_waiting()
    offer = Offer.objects.get()
    assert (offer.wish_id, offer.period.lower, offer.status) == (sooner.id, when(9), "open")
    assert state(sooner) == ("offered", 1)
    assert state(later) == ("waiting", 0)
    with pytest.raises(CannotBook):
        an_appointment(cast, schedule)  # nobody else has it meanwhile
    got = offers.accept_offer(cast.act("receptionist"), offer_id=offer.id, channel="phone")
    again = offers.accept_offer(cast.act("receptionist"), offer_id=offer.id)
    assert got.id == again.id
    assert (got.patient_id, got.period.lower, got.channel) == (sooner.patient_id, when(9), "phone")
    assert state(sooner) == ("booked", 1)
    assert list(Hold.objects.filter(released_at=None, period__startswith=when(9)).values_list("appointment_id")) == [
        (got.id,)
    ]
    run_waiting()
    told = Fact.objects.filter(name__startswith="waitlist.").order_by("id").values_list("name", flat=True)
    assert list(told) == [
        *["waitlist.WaitingListJoined"] * 2, "waitlist.PlaceOffered", "waitlist.OfferAccepted",
    ]  # fmt: skip


def test_who_waits_longest_of_equals_comes_first_and_what_is_declined_goes_to_the_next(cast, full):
    _schedule, made = full
    first = a_wish(cast, at=timezone.now() - timedelta(days=3))
    second = a_wish(cast, at=timezone.now() - timedelta(days=5))
    cancelled(cast, made)
    run_waiting()
    asked = Offer.objects.get(status="open")
    assert asked.wish_id == second.id
    for _n in range(2):  # said twice it is the same
        offers.decline_offer(cast.act("receptionist"), offer_id=asked.id, reason="Works then")
    run_waiting()
    assert Offer.objects.get(status="open").wish_id == first.id
    assert state(second) == ("waiting", 1)  # and is not asked about this time again
    offers.decline_offer(cast.act("receptionist"), offer_id=Offer.objects.get(status="open").id)
    run_waiting()
    assert not Offer.objects.filter(status="open").exists()
    assert not Hold.objects.exclude(source="").filter(released_at=None).exists()
    with pytest.raises(offers.OfferOver):
        offers.accept_offer(cast.act("receptionist"), offer_id=asked.id)


def test_what_nobody_answers_lapses_and_is_passed_on(cast, full):
    """Late, and twice: each offer ends once, and the next is asked."""
    _schedule, made = full
    first, second = a_wish(cast), a_wish(cast)
    cancelled(cast, made)
    run_waiting()
    asked = Offer.objects.get()
    assert asked.expires_at - asked.offered_at <= timedelta(minutes=31)
    assert offers.lapse_offers(list_act(cast, at=asked.expires_at - timedelta(seconds=1))) == 0
    late = list_act(cast, at=asked.expires_at)
    with pytest.raises(offers.OfferOver):  # in the very second it is over
        offers.accept_offer(cast.act("receptionist", at=asked.expires_at), offer_id=asked.id)
    assert [offers.lapse_offers(late), offers.lapse_offers(late)] == [1, 0]
    assert [offers.fill_places(late), offers.fill_places(late)] == [1, 0]
    assert state(first) == ("waiting", 1)
    assert Offer.objects.get(status="open").wish_id == second.id
    assert not Appointment.objects.filter(patient_id=first.patient_id).exists()


def test_after_so_many_offers_the_desk_calls(cast):
    awake_always(cast, most_offers=2)
    a_schedule(cast)
    wish = a_wish(cast)
    for _n in range(2):
        assert offers.fill_places(list_act(cast)) == 1
        offers.decline_offer(cast.act("receptionist"), offer_id=Offer.objects.get(wish=wish, status="open").id)
    assert offers.fill_places(list_act(cast)) == 0
    assert state(wish) == ("waiting", 2)
    offers.offer_place(
        cast.act("receptionist"), wish_id=wish.id, schedule_id=Offer.objects.first().schedule_id, starts_at=when(11)
    )
    assert state(wish) == ("offered", 3)


def test_nobody_is_offered_what_he_cannot_take(cast, full):
    """Somewhere else then; dead; does not want this doctor; already asked about another time then."""
    schedule, made = full
    nurse = a_schedule(cast, role="nurse")
    busy, dead, barring = a_patient(cast), a_patient(cast), a_patient(cast)
    an_appointment(cast, nurse, busy.id)
    a_consent(barring, decision="deny", practitioner_id=schedule.practitioner_id)
    only = {"schedule_ids": [schedule.id]}
    for one in (busy, dead, barring):
        a_wish(cast, patient=one, **only)
    Patient.objects.filter(id=dead.id).update(is_deceased=True)
    cancelled(cast, made)
    assert offers.fill_places(list_act(cast)) == 0
    twice = a_patient(cast)
    day = {"first_on": next_weekday(), "last_on": next_weekday()}
    a_wish(cast, patient=twice, schedule_ids=[nurse.id], walls=(560, 580), **day)
    a_wish(cast, patient=twice, **only)
    assert offers.fill_places(list_act(cast)) == 2
    assert Offer.objects.filter(patient=twice, status="open").count() == 2
    crossing = a_wish(cast, patient=twice, schedule_ids=[nurse.id], department_id=None, **day)
    assert offers.fill_places(list_act(cast)) == 1
    assert Offer.objects.get(wish=crossing).period.lower >= when(9, 40)


def test_who_is_booked_elsewhere_meanwhile_is_asked_no_more(cast, full):
    """Another appointment then withdraws the offer; one like the wish ends it."""
    schedule, made = full
    nurse = a_schedule(cast, role="nurse")
    wish, other = a_wish(cast, schedule_ids=[schedule.id]), a_wish(cast, schedule_ids=[nurse.id], walls=(0, 100))
    cancelled(cast, made)
    run_waiting()
    assert state(wish) == ("offered", 1)
    an_appointment(cast, nurse, wish.patient_id)
    run_waiting()
    assert state(wish) == ("waiting", 1)
    assert Offer.objects.get().reason == "elsewhere"
    an_appointment(cast, schedule, other.patient_id)
    Wish.objects.filter(id=other.id).update(schedule_ids=[schedule.id], wall_until=1440)
    run_waiting()
    assert state(other) == ("booked", 0)


def moved(cast, made, starts_at):
    made.refresh_from_db()
    booking.move_appointment(
        cast.act("receptionist"),
        appointment_id=made.id,
        version=made.version,
        schedule_id=made.schedule_id,
        starts_at=starts_at,
    )
    run_waiting()


def test_who_had_a_time_and_waits_for_an_earlier_waits_no_more_once_it_is_moved_there_and_waits_on_when_it_is_put_off(
    cast,
):
    """Protects from a second appointment for the same, and from losing the place on the list to the hospital's own delay."""
    awake_always(cast, is_automatic=False)
    schedule = a_schedule(cast)
    ann = a_patient(cast)
    has = an_appointment(cast, schedule, ann.id, starts_at=when(9, day=next_weekday(weeks=2)))
    wish = a_wish(cast, patient=ann, schedule_ids=[schedule.id], last_on=next_weekday(weeks=4))
    moved(cast, has, when(9, day=next_weekday(weeks=3)))
    assert state(wish) == ("waiting", 0)
    moved(cast, has, when(9, day=next_weekday(weeks=1)))
    assert state(wish) == ("booked", 0)
    assert wish.appointment_id == has.id


@pytest.mark.guarantee("B7")
def test_who_has_a_later_time_and_takes_an_earlier_is_moved_and_the_later_is_offered_to_the_next(cast, full):
    """At the telephone and at the own door: never both kept, never both lost; said twice it is the same."""
    schedule, made = full
    ann, ben, late = a_patient(cast), a_patient(cast, given="Ben"), next_weekday(weeks=4)
    other = a_schedule(cast, starts=540, ends=560, role="nurse", until=late + timedelta(days=1), first=late)
    later = an_appointment(cast, other, ann.id, starts_at=when(9, day=late))
    wish = a_wish(cast, patient=ann, replaces_id=later.id, schedule_ids=[schedule.id, other.id], department_id=None)
    assert (wish.last_on, wish.replaces_id) == (late, later.id)
    bens = a_wish(cast, patient=ben, schedule_ids=[other.id], department_id=None)
    assert offers.fill_places(list_act(cast)) == 0
    cancelled(cast, made)
    run_waiting()
    offer = Offer.objects.get(wish=wish)
    act = an_own_act(ann, "waitlist.join", "scheduling.book", "scheduling.view")
    got = offers.accept_offer(act, offer_id=offer.id, channel="portal")
    assert offers.accept_offer(cast.act("receptionist"), offer_id=offer.id).id == got.id == later.id
    assert Appointment.objects.get(patient=ann).period.lower == when(9)
    assert list(Hold.objects.filter(released_at=None, appointment=later).values_list("period", flat=True)) == [
        got.period
    ]
    run_waiting()
    assert state(wish) == ("booked", 1)
    assert Offer.objects.get(wish=bens).period.lower == when(9, day=late)


def test_what_replaces_a_later_time_follows_what_becomes_of_that(cast):
    """Moved to before the offer, it is offered no more; cancelled, the patient has the new time alone."""
    awake_always(cast, is_automatic=False)
    schedule, desk = a_schedule(cast), cast.act("receptionist")

    def offered(hour):
        ann = a_patient(cast)
        later = an_appointment(cast, schedule, ann.id, starts_at=when(hour, 0, next_weekday(weeks=3)))
        wish = a_wish(cast, patient=ann, replaces_id=later.id)
        assert wish.schedule_ids == []  # anybody at the outpatients
        return later, wish, offers.offer_place(desk, wish_id=wish.id, schedule_id=schedule.id, starts_at=when(hour, 20))

    later, wish, offer = offered(9)
    with pytest.raises(Invalid):
        a_wish(cast, patient=a_patient(cast), replaces_id=later.id)
    booking.move_appointment(
        desk, appointment_id=later.id, version=later.version, schedule_id=schedule.id, starts_at=when(9)
    )
    with pytest.raises(offers.OfferOver):  # before the list has heard of it
        offers.accept_offer(desk, offer_id=offer.id)
    run_waiting()
    assert state(wish)[0] == "booked"
    later, wish, offer = offered(10)
    cancelled(cast, later)
    got = offers.accept_offer(desk, offer_id=offer.id)
    assert (got.status, got.id != later.id) == ("booked", True)


def test_a_doctor_is_offered_to_who_waits_for_any_of_his_or_her_specialties(cast):
    """Protects from waiting for what the desk finds and the list never offers."""
    awake_always(cast)
    schedule = a_schedule(cast)
    StaffMember.objects.filter(practitioner_id=schedule.practitioner_id).update(more_specialties=["angiology"])
    wanted = {"specialty": "angiology", "department_id": None}
    asked, booked = a_wish(cast, **wanted), a_wish(cast, **wanted, last_on=next_weekday(weeks=4))
    assert offers.fill_places(list_act(cast)) == 2
    assert Offer.objects.get(wish=asked).schedule_id == schedule.id
    an_appointment(cast, schedule, booked.patient_id, starts_at=when(11))
    run_waiting()
    assert state(booked) == ("booked", 1)


def test_what_no_plan_keeps_any_more_is_withdrawn_and_what_comes_back_is_offered(cast, full):
    schedule, made = full
    wish = a_wish(cast)
    cancelled(cast, made)
    run_waiting()
    away = absences.record_absence(
        cast.act("administrator"), schedule_id=schedule.id, starts_at=when(0), ends_at=when(23), reason="illness"
    )
    run_waiting()
    assert state(wish) == ("waiting", 1)
    assert Offer.objects.get().reason == "no-plan"
    other = a_wish(cast)
    run_waiting()
    absences.withdraw_absence(cast.act("administrator"), absence_id=away.id, version=1)
    run_waiting()
    assert state(other) == ("offered", 1)
    holiday = absences.declare_holiday(cast.act("administrator"), on=next_weekday(), name="Feast")
    run_waiting()
    assert state(other) == ("waiting", 1)
    assert holiday.on == next_weekday()


def test_short_notice_and_the_night(cast):
    """What begins soon is for who can come soon; at night nobody's time runs."""
    today = timezone.localdate()
    days = [a_session(weekday=n, starts=0, ends=1440, slot_minutes=60) for n in range(7)]
    schedule = a_schedule(cast, days)
    awake_always(cast, short_hours=48)
    now = when(22, day=today + timedelta(days=1))
    slow = a_wish(cast, schedule_ids=[schedule.id], short_notice=False)
    quick = a_wish(cast, schedule_ids=[schedule.id])
    awake_always(cast, awake_from=480, awake_until=1200, short_hours=48)
    assert offers.fill_places(list_act(cast, at=now)) == 2
    late, early = Offer.objects.get(wish=slow), Offer.objects.get(wish=quick)
    assert late.period.lower == now + timedelta(hours=48)
    assert early.expires_at == when(8, 30, day=today + timedelta(days=2))
    assert early.period.lower == when(9, day=today + timedelta(days=2))


@pytest.mark.guarantee("S1")
def test_a_patient_joins_accepts_declines_and_leaves_for_himself_alone(cast, full):
    _schedule, made = full
    ann, ben = a_patient(cast), a_patient(cast, given="Ben")
    act = an_own_act(ann, "waitlist.join", "scheduling.book", "scheduling.view")
    department = cast.departments["opd"].id
    wish = wishes.join_waiting_list(
        act, patient_id=ann.id, department_id=department, short_notice=True, channel="portal"
    )
    with pytest.raises(NotFound):
        wishes.join_waiting_list(act, patient_id=ben.id, department_id=department)
    with pytest.raises(NotAllowed):
        wishes.join_waiting_list(act, patient_id=ann.id, specialty="cardiology", priority="asap")
    bens = a_wish(cast, patient=ben)
    cancelled(cast, made)
    run_waiting()
    offer = Offer.objects.get(wish=wish)
    with pytest.raises(NotFound):
        wishes.leave_waiting_list(act, wish_id=bens.id, reason="pat")
    with pytest.raises(NotFound):
        offers.accept_offer(an_own_act(ben, "waitlist.join", "scheduling.book"), offer_id=offer.id)
    assert offers.accept_offer(act, offer_id=offer.id, channel="portal").patient_id == ann.id
    assert list(Wish.objects.visible_to(act)) == [wish]


def test_the_list_needs_its_right(cast):
    wish = a_wish(cast)
    for role, call in (
        ("nurse", lambda act: wishes.join_waiting_list(act, patient_id=wish.patient_id, specialty="x")),
        ("nurse", lambda act: wishes.set_priority(act, wish_id=wish.id, version=1, priority="asap", reason="x")),
        ("receptionist", lambda act: offers.fill_places(act)),
        ("receptionist", lambda act: offers.lapse_offers(act)),
    ):
        with pytest.raises(NotAllowed):
            call(cast.act(role))


def test_an_offer_of_the_builder(cast):
    a_schedule(cast)
    wish = a_wish(cast)
    assert an_offer(cast, wish).status == "open"
