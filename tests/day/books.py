"""What must hold at every moment of the day, and at its end: read from the database, not from what the players remember."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from salus.messaging.models import Message
from salus.scheduling.models import Appointment

#: what is wrong -> the rows that show it, in one snapshot
ALWAYS = {
    "a room has two patients": """SELECT room_id FROM queues_token WHERE status IN ('called', 'serving') AND room_id IS NOT NULL
        GROUP BY room_id HAVING count(*) > 1""",
    "a patient is in two rooms": """SELECT patient_id FROM queues_token WHERE status IN ('called', 'serving')
        GROUP BY patient_id HAVING count(*) > 1""",
    "a number is open twice": """SELECT label FROM queues_token WHERE ended_at IS NULL GROUP BY label, day HAVING count(*) > 1""",
    "somebody waits and stands in no list": """SELECT e.id FROM encounters_encounter e
        WHERE e.status IN ('arrived', 'triaged') AND NOT EXISTS (
            SELECT FROM queues_token t WHERE t.encounter_id = e.id AND t.ended_at IS NULL)""",
    "a place of the calendar is taken twice": """SELECT a.id FROM scheduling_hold a JOIN scheduling_hold b
        ON a.schedule_id = b.schedule_id AND a.place = b.place AND a.id < b.id AND a.period && b.period
        WHERE a.released_at IS NULL AND b.released_at IS NULL""",
    "a patient is booked twice at one time": """SELECT a.id FROM scheduling_appointment a JOIN scheduling_appointment b
        ON a.patient_id = b.patient_id AND a.id < b.id AND a.period && b.period
        WHERE a.status IN ('booked', 'arrived') AND b.status IN ('booked', 'arrived')""",
    "who did not come waits": """SELECT a.id FROM scheduling_appointment a JOIN queues_token t ON t.appointment_id = a.id
        WHERE a.status IN ('noshow', 'cancelled') AND t.ended_at IS NULL""",
    "a message is queued twice": "SELECT source FROM messaging_message GROUP BY source HAVING count(*) > 1",
}
AT_THE_END = {
    "a number is still open": "SELECT label FROM queues_token WHERE ended_at IS NULL",
    "a visit is still open": "SELECT id FROM encounters_encounter WHERE status NOT IN ('finished', 'cancelled')",
    "a visit has no number": """SELECT e.id FROM encounters_encounter e
        WHERE NOT EXISTS (SELECT FROM queues_token t WHERE t.encounter_id = e.id)""",
    "somebody was sent on and did not arrive": """SELECT id FROM queues_token t WHERE status = 'transferred'
        AND NOT EXISTS (SELECT FROM queues_token n WHERE n.came_from_id = t.id)""",
    "numbers have gaps": """SELECT numbered_by_id FROM queues_token WHERE came_from_id IS NULL
        GROUP BY numbered_by_id, day HAVING max(number) <> count(*)""",
    "a number was told twice or not": """SELECT t.id FROM queues_token t WHERE t.came_from_id IS NULL AND 1 <> (
        SELECT count(*) FROM core_fact f WHERE f.patient_id = t.patient_id AND f.name = 'queues.TokenIssued'
        AND f.data->>'token_id' = t.id::text)""",
    "an appointment is left over": """SELECT id FROM scheduling_appointment
        WHERE status NOT IN ('fulfilled', 'noshow') AND lower(period) < %(over)s""",
    "a visit and its appointment differ": """SELECT a.id FROM scheduling_appointment a
        LEFT JOIN encounters_encounter e ON e.id = a.encounter_id
        WHERE (a.status = 'fulfilled') <> (coalesce(e.status, '') = 'finished')""",
    "a job is left over": """SELECT id FROM procrastinate_jobs WHERE task_name = 'core.run_consequence'
        AND status IN ('todo', 'failed')""",
    "somebody was recognised by less than two things": """SELECT e.id FROM encounters_encounter e WHERE 1 <> (
        SELECT count(*) FROM queues_identitycheck i WHERE i.encounter_id = e.id AND cardinality(i.identifiers) >= 2)""",
}


def broken_now() -> list[str]:
    """What does not hold at this moment."""
    return list(_broken(ALWAYS))


def broken_at_the_end(delivered: Iterable[Any], over: datetime) -> list[str]:
    """What does not hold when the day is over.

    :param over: who had a time until then was seen, or did not come
    :param delivered: the ids of the messages that came out of the wire, in order
    """
    wrong = [*_broken(ALWAYS), *_broken(AT_THE_END, over)]
    came = list(delivered)
    if len(came) != len(set(came)):
        wrong.append("a message went out twice")
    booked = Appointment.objects.count()
    sent = Message.objects.filter(template="appointment-booked", status="sent").count()
    if not booked == sent == len(came):
        wrong.append(f"{booked} were booked, {sent} confirmations are sent, {len(came)} came out")
    return wrong


def _broken(rules: dict[str, str], over: datetime | None = None) -> Iterable[str]:
    with connection.cursor() as cursor:
        for what, rows in rules.items():
            cursor.execute(f"SELECT count(*) FROM ({rows}) wrong", {"over": over})  # noqa: S608 - our own
            if count := cursor.fetchone()[0]:
                yield f"{what}: {count}"
