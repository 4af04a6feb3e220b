"""When the list is looked at: once for all who ask at a time, in one facility whatever happens in another."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from salus.core.announce import run_waiting
from salus.scheduling.tests.builders import a_schedule, an_appointment, next_weekday, when
from salus.waitlist import jobs
from salus.waitlist.models import Offer
from salus.waitlist.services import offers
from salus.waitlist.tests.builders import a_wish, awake_always, list_act
from salus.waitlist.tests.test_offers import cancelled


def looks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'waitlist.look' AND status = 'todo'")
        return cursor.fetchone()[0]


def test_many_who_cancel_at_once_are_one_matching(cast, monkeypatch):
    """Protects what else follows: charges and care relations do not stand behind one matching for each of two hundred."""
    awake_always(cast)
    day = next_weekday()
    schedule = a_schedule(cast, starts=540, ends=600, first=day, until=day + timedelta(days=1))
    made = [an_appointment(cast, schedule, starts_at=when(9, 20 * n)) for n in range(3)]
    a_wish(cast)
    run_waiting()
    for one in made:
        cancelled(cast, one)
    matched = []
    fill = offers.fill_places
    monkeypatch.setattr(offers, "fill_places", lambda act, **said: matched.append(fill(act, **said)) or matched[-1])
    run_waiting()
    assert matched == [1, 0]  # one that offers, one that finds nothing more


def test_the_clock_has_each_facility_looked_at_by_a_job_of_its_own(cast):
    awake_always(cast)
    a_schedule(cast)
    a_wish(cast)
    run_waiting()
    offer = Offer.objects.get()
    for _n in range(2):
        jobs.pass_on(0)
    assert looks() == 1
    run_waiting(at=offer.expires_at)
    offer.refresh_from_db()
    assert offer.status == "lapsed"


@pytest.mark.race
def test_a_job_does_not_wait_for_who_gives_times_away_and_comes_back(cast, real_db):
    """Protects the worker's few threads: one that works and one that waits for it would be all of them."""
    awake_always(cast)
    a_schedule(cast)
    wish = a_wish(cast)
    held, may_end = threading.Event(), threading.Event()

    def give() -> None:
        with transaction.atomic():
            offers.policy_locked(list_act(cast))
            held.set()
            may_end.wait(30)
        connection.close()

    other = threading.Thread(target=give)
    other.start()
    assert held.wait(30)
    try:
        jobs.look(str(cast.facility.id))
        assert looks() == 1
        assert not Offer.objects.exists()
    finally:
        may_end.set()
        other.join()
    jobs.look(str(cast.facility.id))
    assert Offer.objects.get().wish_id == wish.id
