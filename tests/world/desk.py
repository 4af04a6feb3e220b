"""Appointments, the waiting list, queues and the inbox."""

from datetime import timedelta

from django.utils import timezone

from salus.audit import services as audit
from salus.audit.models import Alarm
from salus.audit.rules.unusual import Unusual
from salus.core.access import write_log
from salus.core.models import AccessEntry
from salus.inbox import services as inbox
from salus.places.models import Location
from salus.queues import services as queues
from salus.queues.models import Queue, Token
from salus.scheduling.models import Absence, Holiday, Pattern, Schedule
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.services import absences, booking, schedules
from salus.scheduling.services.schedules import Session as WeeklySession
from salus.waitlist.services import offers
from salus.waitlist.services import wishes as waiting
from tests.cast import Cast
from tests.world.shape import World, secret_of


def ask(world: World) -> None:
    """The patient says that something is wrong; an alarm of unusual access waits; somebody has an entry in the log."""
    cast, doctor = world.cast, world.cast.user("doctor")
    wish = audit.ask_amendment(
        cast.act("privacy-officer"), patient_id=world.patient.id, asked_on=timezone.localdate(), wish="I never smoked."
    )
    act = cast.act("doctor", door="chart:summary")
    write_log(act, {world.patient.id: "read"}, what="patient")
    entry = AccessEntry.objects.get(act_id=act.id)
    seen = Unusual("family", doctor.id, world.patient.id, entry.id, act.at)
    audit.raise_alarms(cast.almighty(), unusual=[seen])
    world.ids |= {
        "amendment_id": wish.id,
        "alarm_id": Alarm.objects.get(by_id=doctor.id, patient_id=world.patient.id).id,
        "entry_id": entry.id,
        "user_id": doctor.id,
    }


def appoint(world: World) -> None:
    """The doctor has a schedule, is away in two years, and the patient has a time next week, which was moved."""
    cast, admin = world.cast, world.cast.act("administrator")
    doctor = cast.user("doctor").staff_member
    schedule = Schedule.objects.filter(practitioner=doctor.practitioner_id, retired_at=None).first()
    today = timezone.localdate()
    if schedule is None:
        schedule = schedules.add_schedule(
            admin, kind="practitioner", practitioner_id=doctor.practitioner_id, department_id=doctor.department_ids[0]
        )
        each = [WeeklySession(weekday=n, starts=0, ends=1440, slot_minutes=20, first=today) for n in range(7)]
        schedules.add_sessions(admin, schedule_id=schedule.id, sessions=each)
        later = timezone.now() + timedelta(days=700)
        absences.record_absence(
            admin, schedule_id=schedule.id, starts_at=later, ends_at=later + timedelta(days=1), reason="leave"
        )
        if not Holiday.objects.filter(facility=cast.facility).exists():
            absences.declare_holiday(admin, on=today + timedelta(days=710), name="Feast")
    slots = availability(cast.act("receptionist"), Wish(today + timedelta(days=7), 1, (schedule.id,))).slots
    made = booking.book_appointment(
        cast.act("receptionist"), patient_id=world.patient.id, schedule_id=schedule.id, starts_at=slots[0].starts_at
    )
    desk, there = cast.act("receptionist"), {"schedule_id": schedule.id, "starts_at": slots[1].starts_at}
    booking.move_appointment(desk, appointment_id=made.id, version=made.version, **there)
    world.ids |= {
        "act_id": desk.id,
        "schedule_id": schedule.id,
        "pattern_id": Pattern.objects.filter(schedule=schedule).latest("id").id,
        "absence_id": Absence.objects.filter(schedule=schedule).latest("id").id,
        "holiday_id": Holiday.objects.filter(facility=cast.facility).latest("id").id,
        "appointment_id": made.id,
    }


def wait(world: World) -> None:
    """The patient waits for the doctor, and is offered a time; and waits for another clinic, of which nothing is free."""
    cast = world.cast
    desk, of = cast.act("receptionist"), {"patient_id": world.patient.id}
    wish = waiting.join_waiting_list(desk, schedule_ids=[world.ids["schedule_id"]], short_notice=True, **of)
    waiting.join_waiting_list(desk, specialty="cardiology", **of)
    slots = availability(desk, Wish(timezone.localdate() + timedelta(days=8), 1, (world.ids["schedule_id"],))).slots
    offer = offers.offer_place(
        desk, wish_id=wish.id, schedule_id=world.ids["schedule_id"], starts_at=slots[0].starts_at
    )
    world.ids |= {"wish_id": wish.id, "offer_id": offer.id}


def fill_inboxes(world: World) -> None:
    """Somebody of the clinic shall weigh the patient; a result waits for the doctor, who wrote to the clinic about it."""
    cast, of, doctor = world.cast, {"patient_id": world.patient.id}, world.cast.user("doctor").staff_member
    opd, secret, act = cast.departments["opd"].id, secret_of(world.patient), cast.act("doctor")
    task = inbox.give_task(act, subject="Weigh the patient", department_id=opd, **of)
    inbox.put_task(
        cast.almighty(), source=f"test:{world.patient.id}", kind="result", subject=f"Potassium {secret}", route="chart:results",
        route_args={"patient_id": str(world.patient.id)}, owner_id=doctor.practitioner_id, department_id=opd, **of,
    )  # fmt: skip
    sent = inbox.send_message(act, subject=f"About {secret}", body=secret, department_ids=[opd], **of)
    deputy = cast.user("pathologist").staff_member.practitioner_id
    row = inbox.name_deputy(act, deputy_id=deputy)
    flag = inbox.raise_flag(act, category="safety", words=f"Falls {secret}", **of)
    world.ids |= {
        "flag_id": flag.id,
        "task_id": task.id,
        "thread_id": sent.thread_id,
        "communication_id": sent.id,
        "deputy_row_id": row.id,
        "ladder": "task",
    }


def queue(cast: Cast) -> Queue:
    """The line for the doctor, in which a visit waits."""
    here = Queue.objects.filter(department=cast.departments["opd"], retired_at=None).first()
    return here or queues.open_queue(
        cast.act("administrator"),
        department_id=cast.departments["opd"].id,
        kind="consultation",
        name=f"Doctor of {cast.code}",
        prefix="ABC"[Queue.objects.count() % 3],
    )


def queue_up(world: World, queue: Queue) -> None:
    """The patient waits once more; of four who are numbers only one waits, too, one is called, one is in a room, one missed."""
    desk, nurse, opd = world.cast.act("receptionist"), world.cast.act("nurse"), world.cast.departments["opd"]
    waits = queues.issue_token(desk, queue_id=queue.id, patient_id=world.patient.id)
    world.ids |= {"queue_id": queue.id, "token_id": waits.id}
    if Token.objects.filter(queue=queue, room__isnull=False, status="called").exists():
        return
    rooms = [Location.objects.create(department=opd, code=f"Q{n}", kind="room", name=f"Desk {n}") for n in range(4)]
    queues.open_station(world.cast.act("doctor"), room_id=rooms[3].id)
    for room in rooms[:3]:
        number = queues.issue_token(desk, queue_id=queue.id)
        called = queues.call_token(nurse, token_id=number.id, version=1, room_id=room.id)
        if room is rooms[1]:
            queues.start_token(nurse, token_id=number.id, version=called.version)
        elif room is rooms[2]:
            queues.miss_token(nurse, token_id=number.id, version=called.version)
    queues.issue_token(desk, queue_id=queue.id)
