"""The screens: a board, the own list, one number, the wall; what they show to whom, and in how many statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_consultation
from salus.patients.models import Patient
from salus.queues import queries
from salus.queues import services as queues
from salus.queues.models import Display, Queue, Token
from salus.queues.queries import boards
from salus.queues.tests.builders import a_patient, a_queue, a_room, a_token, state_of
from tests.cast import form_key
from tests.statements import at_most


def board(cast):
    return reverse("queues:board", args=[cast.departments["opd"].id])


def press(browser, route, token, **fields):
    token.refresh_from_db()
    return browser.post(
        reverse(f"queues:{route}", args=[token.id]),
        form_key(version=token.version, patient_id=token.patient_id, **fields),
    )


def test_a_day_of_a_number_by_buttons(cast):
    """Checked in at the desk; the doctor sits down, calls, starts, is done: each by one button, and the board says so."""
    token = a_token(cast)
    room, doctor = a_room(cast), cast.client("doctor")
    department = cast.departments["opd"].id
    doctor.post(reverse("queues:open_station", args=[department]), form_key(room_id=room.id))
    call = form_key(queue_id=token.queue_id, room_id=room.id, finishes="0")
    assert doctor.post(reverse("queues:call_next", args=[department]), call).status_code == 303
    assert b"A1 is called" in doctor.get(board(cast)).content
    for route, state in (
        ("recall_token", "called"),
        ("miss_token", "missed"),
        ("return_token", "waiting"),
    ):
        assert press(doctor, route, token).status_code == 303
        assert state_of(token) == state
    assert press(doctor, "call_token", token, room_id=room.id).status_code == 303
    assert press(doctor, "start_token", token, back="mine")["Location"] == reverse("queues:mine")
    assert b"in the room since" in doctor.get(reverse("queues:mine")).content
    assert press(doctor, "finish_token", token).status_code == 303
    assert state_of(token) == "done"


def test_a_check_in_that_gives_a_number_asks_few_statements(cast):
    a_queue(cast)
    ann, service, desk = a_patient(cast), a_consultation().code, cast.client("receptionist")
    values = {"department": cast.departments["opd"].id, "service": service, "patient_id": ann.id}
    with at_most(15):
        answer = desk.post(reverse("encounters:start", args=[ann.id]), form_key(**values))
    assert answer.status_code == 303
    assert Token.objects.get().patient_id == ann.id


def test_pages_ask_few_statements(cast):
    department = cast.departments["opd"].id
    for n in range(4):
        a_token(cast, patient_id=a_patient(cast, family=f"Family{n}").id)
        a_room(cast, n)
    token = Token.objects.earliest("number")
    cast.client("doctor").get(board(cast))
    for role, address in (
        ("doctor", board(cast)),
        ("doctor", reverse("queues:mine")),
        ("nurse", reverse("queues:token", args=[token.id])),
        ("receptionist", board(cast)),
        ("receptionist", reverse("queues:wall", args=[department])),
        ("administrator", reverse("queues:manage")),
        ("receptionist", reverse("queues:queues") + "?all=1"),
    ):
        browser = cast.client(role)
        with at_most(15):
            assert browser.get(address).status_code == 200, address


def test_who_was_recognised_is_looked_up_by_the_patient(cast):
    """There is one check for each check-in there ever was, and every board asks again at every change."""
    a_token(cast)
    with CaptureQueriesContext(connection) as asked:
        boards.rows_of(cast.act("nurse"), Token.objects.all())
    (sql,) = [one["sql"] for one in asked.captured_queries if "queues_identitycheck" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "queues_identity_patient" in plan
    assert "Seq Scan on queues_identitycheck" not in plan


def test_a_live_part_is_drawn_alone(cast):
    a_token(cast)
    answer = cast.client("nurse").get(board(cast), headers={"HX-Request": "true"}).content.decode()
    assert answer.lstrip().startswith("<section")
    assert 'data-live="queue:' in answer


def test_a_name_is_shown_only_to_who_may_know_it(cast):
    """A labelled visit is a number to the department; the desk knows who comes; other departments see nothing."""
    token = a_token(cast)
    assert b"ASHDOWN" in cast.client("nurse").get(board(cast)).content
    Encounter.objects.filter(id=token.encounter_id).update(labels=["PSY"])
    nurse, desk = cast.client("nurse").get(board(cast)), cast.client("receptionist").get(board(cast))
    assert b"ASHDOWN" not in nurse.content
    assert b"A1" in nurse.content
    assert b"ASHDOWN" in desk.content
    assert b"A1<" not in cast.client("cashier").get(board(cast)).content
    page = cast.client("nurse").get(reverse("queues:token", args=[token.id]))
    assert b"ASHDOWN" not in page.content
    assert cast.client("cashier").get(reverse("queues:token", args=[token.id])).status_code == 404


def test_the_wall_shows_numbers_and_names_only_where_the_facility_wants_them(cast):
    token, room = a_token(cast), a_room(cast)
    queues.call_next(cast.act("doctor"), queue_id=token.queue_id, room_id=room.id)
    wall, browser = reverse("queues:wall", args=[cast.departments["opd"].id]), cast.client("receptionist")
    page = browser.get(wall).content.decode()
    assert "A1" in page
    assert "Room 1" in page
    assert "Ann" not in page
    values = {"department_id": cast.departments["opd"].id, "has_chime": True, "languages": ["en", "ar"]}
    queues.set_display(cast.act("administrator"), shows_names=True, **values)
    page = browser.get(wall).content.decode()
    assert "Ann A." in page
    assert "ASHDOWN" not in page.upper()
    assert 'dir="rtl"' in page


@pytest.mark.parametrize("sought", ["vip", "staff", "label"])
def test_a_wall_that_shows_names_hides_whom_somebody_may_look_for(cast, sought):
    """A prominent patient, a colleague, a visit with a label: the number alone, whatever the facility wants of others."""
    token = a_token(cast)
    queues.call_next(cast.act("doctor"), queue_id=token.queue_id, room_id=a_room(cast).id)
    values = {"department_id": cast.departments["opd"].id, "has_chime": False, "languages": ["en"]}
    queues.set_display(cast.act("administrator"), shows_names=True, **values)
    if sought == "label":
        Encounter.objects.filter(id=token.encounter_id).update(labels=["PSY"])
    else:
        protected = {"is_vip": True} if sought == "vip" else {"staff_member": cast.user("pharmacist").staff_member}
        Patient.objects.filter(id=token.patient_id).update(**protected)
    (shown,) = queries.wall_of(cast.act("receptionist"), token.queue.department_id).calls
    assert (shown.label, shown.name) == ("A1", "")


def test_an_administrator_opens_and_closes_queues_and_says_what_the_wall_shows(cast):
    admin, opd = cast.client("administrator"), cast.departments["opd"].id
    values = {"department": str(opd), "kind": "triage", "name": "Triage", "letters": "t"}
    assert admin.post(reverse("queues:open_queue"), form_key(**values)).status_code == 303
    again = admin.post(reverse("queues:open_queue"), form_key(**values))
    assert again.status_code == 422
    queue = Queue.objects.get(kind="triage")
    assert queue.prefix == "T"
    wall = reverse("queues:set_display", args=[opd])
    assert admin.post(wall, form_key(languages=["de"], shows_names="on")).status_code == 303
    assert Display.objects.get().languages == ["de"]
    assert admin.post(wall, form_key(languages=["xx"])).status_code == 422
    waits = queues.issue_token(cast.act("receptionist"), queue_id=queue.id)
    retire = reverse("queues:retire_queue", args=[queue.id])
    assert admin.post(retire, form_key(version=queue.version)).status_code == 409
    queues.leave_token(cast.act("receptionist"), token_id=waits.id, version=1)
    assert admin.post(retire, form_key(version=queue.version)).status_code == 303


def test_somebody_who_is_not_registered_gets_a_number_at_the_desk(cast):
    queue = a_queue(cast)
    give = reverse("queues:issue_token", args=[queue.department_id])
    desk = cast.client("receptionist")
    assert desk.get(give).status_code == 200
    assert desk.post(give, form_key(queue=str(queue.id), category="priority")).status_code == 303
    token = Token.objects.get()
    assert (token.patient_id, token.category) == (None, "priority")
    assert b"Number only" in cast.client("nurse").get(board(cast)).content
    assert desk.post(give, form_key(queue="none", category="priority")).status_code == 422


def test_where_somebody_stands(cast):
    first, second = a_token(cast), a_token(cast)
    act = cast.act("receptionist")
    (place,) = queries.place_in_queue(act, second.patient_id)
    assert (place.label, place.place, place.ahead, place.about_minutes) == ("A2", 2, 1, None)
    called = queues.call_next(cast.act("doctor"), queue_id=first.queue_id, room_id=a_room(cast).id)
    called = queues.start_token(cast.act("doctor"), token_id=called.id, version=called.version)
    queues.finish_token(cast.act("doctor"), token_id=called.id, version=called.version)
    (place,) = queries.place_in_queue(act, second.patient_id)
    assert (place.ahead, place.about_minutes) == (0, 5)
    third = a_token(cast)
    Token.objects.filter(id=third.id).update(category="urgent")  # is called before
    Token.objects.filter(status="done").update(ended_at=F("started_at") + timedelta(minutes=12))
    wall = queries.wall_of(act, first.queue.department_id)
    assert [(one.label, one.about) for one in wall.waiting] == [(third.label, 10), ("A2", 25)]
    assert [one.about_minutes for one in queries.place_in_queue(act, second.patient_id)] == [25], "as on his telephone"
    desk = cast.client("receptionist")
    with at_most(8):
        page = desk.get(reverse("queues:wall", args=[first.queue.department_id])).content.decode()
    assert ">25 min<" in page
