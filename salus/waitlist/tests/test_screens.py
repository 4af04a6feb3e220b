"""The doors: the desk sees who waits, adds, ranks, offers, answers by telephone, takes off."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from salus.core.models import AccessEntry
from salus.scheduling.models import Appointment
from salus.scheduling.tests.builders import a_patient, a_schedule, an_appointment, next_weekday, when
from salus.waitlist.models import Offer, Policy, Wish
from salus.waitlist.queries.wishes import Filters, waiting_list
from salus.waitlist.tests.builders import a_wish, an_offer
from tests.cast import form_key
from tests.statements import at_most


def wished(cast, patient, **changes):
    values = {"patient_id": patient.id, "department": cast.departments["opd"].id, "channel": "phone", "note": "Cough"}
    return form_key(**(values | changes))


def test_the_desk_puts_a_patient_on_the_list_and_sees_who_waits(cast):
    a_schedule(cast)
    ann, desk = a_patient(cast), cast.client("receptionist")
    with at_most(15):
        page = desk.get(reverse("waitlist:join", args=[ann.id])).content.decode()
    assert 'name="priority"' in page
    address = reverse("waitlist:join", args=[ann.id])
    assert desk.post(address, wished(cast, ann, department="")).status_code == 422
    assert desk.post(address, wished(cast, ann, priority="asap")).status_code == 422  # says not why
    sent = wished(cast, ann, priority="urgent", priority_reason="In pain", weekdays=["0", "2"], wall_from="09:00")
    answers = [desk.post(address, sent) for _n in range(2)]
    wish = Wish.objects.get()
    assert [(one.status_code, one["Location"]) for one in answers] == [
        (303, reverse("waitlist:show", args=[wish.id]))
    ] * 2
    assert (wish.priority, wish.weekdays, wish.wall_from, wish.channel) == ("urgent", [0, 2], 540, "phone")
    assert desk.post(address, wished(cast, ann)).status_code == 409  # waits for that already
    with at_most(15):
        page = desk.get(reverse("waitlist:list")).content.decode()
    assert "ASHDOWN" in page
    assert "Urgent" in page
    assert AccessEntry.objects.filter(patient_id=ann.id, door__contains="waitlist").exists()
    with at_most(15):
        assert b"General outpatients" in desk.get(reverse("waitlist:of_patient", args=[ann.id])).content


def test_counting_reads_no_wishes_that_were_over_long_ago(cast):
    """Protects the desk's home page, and each live change of the list, from years of wishes."""
    was = a_wish(cast)
    ended_at = timezone.now() - timedelta(days=400)
    Wish.objects.filter(id=was.id).update(status="left", left_reason="pat", ended_at=ended_at)
    columns = ", ".join(one.column for one in Wish._meta.local_fields if one.column != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO waitlist_wish (id, {columns}) "
            f"SELECT gen_random_uuid(), {columns} FROM waitlist_wish, generate_series(1, 3000)"
        )
    with CaptureQueriesContext(connection) as asked:
        waiting_list(cast.act("receptionist"), Filters(), Policy())
    counted = next(one["sql"] for one in asked if "FILTER" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE waitlist_wish")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {counted}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    # of 3,000; an index also counts the rows that other tests have rolled back
    assert max(float(rows) for rows in re.findall(r"actual rows=([\d.]+)", plan)) < 1000, plan
    assert "Rows Removed by Filter" not in plan, plan


def test_filters_counts_and_pages(cast):
    a_schedule(cast)
    for n in range(52):
        a_wish(cast, patient=a_patient(cast, family=f"Waiter{n:02d}"), at=timezone.now() - timedelta(days=100 - n))
    soon = a_wish(cast, patient=a_patient(cast, family="Sooner"), priority="asap", priority_reason="Growing")
    desk = cast.client("receptionist")
    with at_most(15):
        page = desk.get(reverse("waitlist:list")).content.decode()
    assert page.index("SOONER") < page.index("WAITER00") < page.index("WAITER01")
    assert "WAITER51" not in page
    assert "50 of 53 shown" in page
    assert "WAITER51" in desk.get(reverse("waitlist:list"), {"page": 2}).content.decode()
    page = desk.get(reverse("waitlist:list"), {"priority": "asap"}).content.decode()
    assert "1 of 1 shown" in page
    assert "Show only: As soon as possible" in page
    assert str(soon.id) in page
    for asked in ({"show": "left"}, {"specialty": "nothing"}, {"page": "9" * 40, "schedule": "x"}, {"show": "\1"}):
        assert b"0 of" in desk.get(reverse("waitlist:list"), asked).content
    rows = desk.get(reverse("waitlist:rows")).content.decode()
    assert "<html" not in rows
    assert 'id="waiting"' in rows


def test_an_offer_is_shown_with_its_time_and_answered_by_telephone(cast):
    a_schedule(cast)
    wish = a_wish(cast)
    offer = an_offer(cast, wish)
    desk = cast.client("receptionist")
    page = desk.get(reverse("waitlist:list"), {"show": "offered"}).content.decode()
    assert "kept until" in page
    assert "min left" in page
    with at_most(15):
        page = desk.get(reverse("waitlist:show", args=[wish.id])).content.decode()
    assert "Nobody else has it meanwhile" in page
    assert "kept until" in desk.get("/").content.decode()
    accept = reverse("waitlist:accept", args=[offer.id])
    stray = form_key(patient_id=a_patient(cast).id)
    assert desk.post(accept, stray).status_code == 409
    sent = form_key(patient_id=wish.patient_id, channel="phone")
    with at_most(15):
        first = desk.post(accept, sent)
    again = desk.post(accept, form_key(patient_id=wish.patient_id, channel="phone"))  # the other device
    made = Appointment.objects.get()
    assert {one["Location"] for one in (first, again)} == {reverse("scheduling:show", args=[made.id])}
    assert made.channel == "phone"
    decline = reverse("waitlist:decline", args=[offer.id])
    refused = desk.post(decline, form_key(patient_id=wish.patient_id))
    assert refused.status_code == 409
    assert b"This offer is over" in refused.content


def test_an_earlier_time_for_who_has_a_later_one_is_wished_from_its_page_and_moves_it(cast):
    schedule, ann, desk = a_schedule(cast), a_patient(cast), cast.client("receptionist")
    later = an_appointment(cast, schedule, ann.id, starts_at=when(9, day=next_weekday(weeks=3)))
    page = desk.get(reverse("scheduling:show", args=[later.id])).content.decode()
    link = re.search(r'href="([^"]+)"[^>]*>(?:(?!</a>).)*Wait for an earlier time', page, re.DOTALL)
    join = desk.get(unescape(link[1])).content.decode()
    assert f'<option value="{later.id}" selected>' in join
    sent = form_key(patient_id=ann.id, schedule=schedule.id, replaces=later.id, short_notice="on", channel="desk")
    assert desk.post(reverse("waitlist:join", args=[ann.id]), sent).status_code == 303
    wish = Wish.objects.get()
    offer = an_offer(cast, wish)
    assert "instead of" in desk.get(reverse("waitlist:list")).content.decode()
    with at_most(15):
        answer = desk.post(reverse("waitlist:accept", args=[offer.id]), form_key(patient_id=ann.id, channel="phone"))
    assert answer["Location"] == reverse("scheduling:show", args=[later.id])
    assert Appointment.objects.get().period.lower == offer.period.lower


def test_by_hand_what_is_free_is_offered_and_declined(cast):
    schedule = a_schedule(cast)
    wish = a_wish(cast)
    desk = cast.client("receptionist")
    page = desk.get(reverse("waitlist:show", args=[wish.id])).content.decode()
    assert "Free times that fit" in page
    assert schedule.name in page
    address = reverse("waitlist:offer", args=[wish.id])
    sent = {"patient_id": wish.patient_id, "schedule": schedule.id, "at": when(9, 20).isoformat()}
    assert desk.post(address, form_key(**sent)).status_code == 303
    offer = Offer.objects.get()
    assert (offer.by_hand, offer.period.lower) == (True, when(9, 20))
    assert desk.post(address, form_key(**sent)).status_code == 409
    assert desk.post(address, form_key(**(sent | {"at": "x"}))).status_code == 422
    other = a_wish(cast)
    taken = form_key(**(sent | {"patient_id": other.patient_id}))
    assert desk.post(reverse("waitlist:offer", args=[other.id]), taken).status_code == 409
    answer = desk.post(reverse("waitlist:decline", args=[offer.id]), form_key(patient_id=wish.patient_id))
    assert answer.status_code == 303
    wish.refresh_from_db()
    assert (wish.status, wish.offers_made) == ("waiting", 1)
    assert b"Not taken" in desk.get(reverse("waitlist:show", args=[wish.id])).content


def test_priority_and_leaving_ask_for_a_reason(cast):
    wish = a_wish(cast)
    desk, page = cast.client("receptionist"), reverse("waitlist:show", args=[wish.id])
    rank = reverse("waitlist:set_priority", args=[wish.id])
    said = {"patient_id": wish.patient_id, "version": 1, "priority": "asap"}
    assert desk.post(rank, form_key(**said)).status_code == 422
    assert desk.post(rank, form_key(**said, reason="Worse")).status_code == 303
    assert desk.post(rank, form_key(**said, reason="Worse")).status_code == 409  # stale
    assert b"As soon as possible: Worse" in desk.get(page).content
    leave = reverse("waitlist:leave", args=[wish.id])
    assert desk.post(leave, form_key(patient_id=wish.patient_id)).status_code == 422
    for _n in range(2):
        assert desk.post(leave, form_key(patient_id=wish.patient_id, reason="better")).status_code == 303
    wish.refresh_from_db()
    assert (wish.status, wish.left_reason) == ("left", "better")
    assert b"Take off the list" not in desk.get(page).content


def test_a_nurse_looks_and_the_administrator_sets_the_rules(cast):
    wish = a_wish(cast)
    nurse, admin = cast.client("nurse"), cast.client("administrator")
    page = nurse.get(reverse("waitlist:show", args=[wish.id])).content.decode()
    assert "Take off the list" not in page
    assert nurse.post(reverse("waitlist:leave", args=[wish.id]), form_key()).status_code == 403
    rules = reverse("waitlist:policy")
    assert b'name="keep_minutes"' in admin.get(rules).content
    said = {"keep_minutes": 45, "awake_from": "07:00", "awake_until": "21:00", "most_offers": 5, "short_hours": 12}
    assert admin.post(rules, form_key(version=1, **(said | {"awake_until": "06:00"}))).status_code == 422
    assert admin.post(rules, form_key(version=1, **said)).status_code == 303
    kept = Policy.objects.get()
    assert (kept.is_automatic, kept.keep_minutes, kept.awake_from, kept.most_offers) == (False, 45, 420, 5)
    assert admin.post(rules, form_key(version=1, **said)).status_code == 409


def test_where_no_time_fits_the_list_is_offered_with_what_was_looked_for(cast):
    """On the page that finds a time, and on one that cannot be had; not to who may not put anybody on the list."""
    schedule, ann = a_schedule(cast), a_patient(cast)
    an_appointment(cast, schedule)
    desk, join = cast.client("receptionist"), reverse("waitlist:join", args=[ann.id])
    asked = {"schedule": schedule.id, "part": "evening"}
    page = desk.get(reverse("scheduling:find", args=[ann.id]), asked).content.decode()
    assert f'href="{join}?schedule={schedule.id}"' in page
    time = {"schedule": schedule.id, "at": when(9).isoformat()}
    assert join in desk.get(reverse("scheduling:book", args=[ann.id]), time).content.decode()
    page = desk.get(join, {"schedule": schedule.id, "specialty": "\1"}).content.decode()
    assert f'<option value="{schedule.id}" selected>' in page
    program = cast.client("integration")
    assert join not in program.get(reverse("scheduling:find", args=[ann.id]), asked).content.decode()


@pytest.mark.parametrize("role", ["cashier", "laboratory-technician", "pharmacist", "administrator"])
def test_who_has_nothing_to_do_with_the_list_sees_nothing(cast, role):
    wish = a_wish(cast)
    browser = cast.client(role)
    for name, args in (("list", []), ("show", [wish.id]), ("of_patient", [wish.patient_id])):
        assert browser.get(reverse(f"waitlist:{name}", args=args)).status_code == 403


def test_a_day_of_the_week_and_of_the_year_as_it_was_typed(cast):
    a_schedule(cast)
    ann = a_patient(cast)
    day = next_weekday(2)
    sent = wished(cast, ann, first_on=f"{day:%d-%b-%Y}", last_on=f"{day:%d-%b-%Y}", short_notice="1")
    assert cast.client("receptionist").post(reverse("waitlist:join", args=[ann.id]), sent).status_code == 303
    wish = Wish.objects.get()
    assert (wish.first_on, wish.last_on, wish.short_notice) == (day, day, True)
