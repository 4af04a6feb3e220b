"""Many at once, and a power cut at every statement: each place is had once, each offer ends once, nothing is lost."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from salus.core.announce import run_waiting
from salus.scheduling.models import Appointment, Hold
from salus.scheduling.services import booking
from salus.scheduling.services.booking import CannotBook
from salus.scheduling.tests.builders import a_patient, a_schedule, an_appointment, next_weekday, when
from salus.waitlist.models import Offer, Wish
from salus.waitlist.services import offers, wishes
from salus.waitlist.tests.builders import a_wish, awake_always, list_act
from tests.races import at_once

FIFTY = 50


def is_whole():
    """What is kept is offered, what is offered is kept, and nobody has a time who was not given it."""
    kept = set(Hold.objects.filter(released_at=None, appointment=None).values_list("source", "period"))
    assert kept == {(one.source, one.period) for one in Offer.objects.filter(status="open")}
    assert {one.wish_id for one in Offer.objects.filter(status="open")} == set(
        Wish.objects.filter(status="offered").values_list("id", flat=True)
    )
    for wish in Wish.objects.filter(status="booked"):
        assert wish.appointment is not None
        assert wish.appointment.status == "booked"


@pytest.fixture
def one_place(cast):
    """One time of one doctor on one day, in a hospital that never sleeps."""
    awake_always(cast)
    day = next_weekday()
    return a_schedule(cast, starts=540, ends=560, first=day, until=day + timedelta(days=1))


@pytest.mark.guarantee("B7", "H11")
@pytest.mark.race
def test_fifty_race_for_the_one_freed_place(cast, real_db, one_place):
    """Half of them at the desk, the list offering it meanwhile from many workers: one has it."""
    made = an_appointment(cast, one_place)
    waiting = [a_wish(cast) for _n in range(25)]
    strangers = [a_patient(cast).id for _n in range(20)]
    booking.cancel_appointment(cast.act("receptionist"), appointment_id=made.id, version=1, reason="pat")
    desk = cast.act("receptionist")

    def book(patient):
        return lambda: booking.book_appointment(desk, patient_id=patient, schedule_id=one_place.id, starts_at=when(9))

    said = at_once(*[lambda: offers.fill_places(list_act(cast)) for _n in range(5)], *map(book, strangers))
    booked = [one for one in said if isinstance(one, Appointment)]
    offered = Offer.objects.filter(status="open").count()
    assert len(booked) + offered == 1
    assert {type(one) for one in said if isinstance(one, Exception)} <= {CannotBook}
    assert Hold.objects.filter(released_at=None).count() == 1
    assert offered == 0 or Offer.objects.get().wish_id == waiting[0].id
    is_whole()


@pytest.mark.guarantee("B7", "B10")
@pytest.mark.race
def test_fifty_answers_to_one_offer_have_one_outcome(cast, real_db, one_place):
    """Accepted on many devices, declined, lapsed, taken off the list, all in one moment."""
    wish = a_wish(cast)
    assert offers.fill_places(list_act(cast)) == 1
    offer = Offer.objects.get()
    desk, late = cast.act("receptionist"), list_act(cast, at=offer.expires_at)
    calls = [lambda: offers.accept_offer(desk, offer_id=offer.id)] * 25
    calls += [lambda: offers.decline_offer(desk, offer_id=offer.id)] * 15
    calls += [lambda: offers.lapse_offers(late)] * 5
    calls += [lambda: wishes.leave_waiting_list(desk, wish_id=wish.id, reason="pat")] * 5
    said = at_once(*calls)
    offer.refresh_from_db()
    wish.refresh_from_db()
    known = (offers.OfferOver, wishes.NotWaiting)
    assert all(isinstance(one, known) for one in said if isinstance(one, Exception)), said
    got = {one.id for one in said if isinstance(one, Appointment)}
    if offer.status == "accepted":
        assert got == {wish.appointment_id}
        assert wish.status == "booked"
    else:
        assert got == set()
        assert not Appointment.objects.exists()
    is_whole()


@pytest.mark.guarantee("B7")
def test_a_power_cut_at_any_statement_loses_nothing(cast, one_place):
    """Cut off after each statement of each act, what stands is whole, and the next round ends as if nothing had happened."""
    made = an_appointment(cast, one_place)
    first = a_wish(cast)
    a_wish(cast)
    run_waiting()
    booking.cancel_appointment(cast.act("receptionist"), appointment_id=made.id, version=1, reason="pat")
    cuts = cut_everywhere(lambda: offers.fill_places(list_act(cast)))
    offer = Offer.objects.get(status="open")
    assert offer.wish_id == first.id
    with transaction.atomic():  # one way it goes on
        cuts += cut_everywhere(lambda: offers.lapse_offers(list_act(cast, at=offer.expires_at)))
        assert offers.fill_places(list_act(cast, at=offer.expires_at)) == 1
        is_whole()
        transaction.set_rollback(True)
    cuts += cut_everywhere(lambda: offers.accept_offer(cast.act("receptionist"), offer_id=offer.id))
    assert Appointment.objects.get(status="booked").patient_id == first.patient_id
    assert cuts > 40


class Cut(Exception):
    """The power is gone."""


def cut_everywhere(act):
    """Run an act once for each of its statements, and cut it off there; then let it be. Returns how often it was cut."""
    for cuts in range(200):
        left = cuts

        def count(execute, sql, params, many, context):
            nonlocal left
            if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                if left == 0:
                    raise Cut
                left -= 1
            return execute(sql, params, many, context)

        try:
            with transaction.atomic(), connection.execute_wrapper(count):
                act()
        except Cut:
            is_whole()
            continue
        is_whole()
        return cuts
    raise AssertionError("it never ends")
