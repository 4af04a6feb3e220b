"""Where somebody stands: for the patient's own telephone and for the desk."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from salus.core.act import Act
from salus.queues import rules
from salus.queues.models import VIEW, Token
from salus.queues.queries.waiting import as_waiting, rooms_open, served_in, waiting_in


@dataclass(frozen=True, slots=True)
class PlaceInQueue:
    """Where one of a patient's numbers stands.

    :ivar status: waiting, called, serving or missed
    :ivar ahead: how many are called before; 0 for who is next or in a room
    :ivar about: about how long it takes still, as measured today; None where nothing was measured, or nobody waits
    :ivar room: where to go, once called
    """

    token_id: UUID
    label: str
    status: str
    queue: str
    department: str
    department_id: UUID
    ahead: int
    about: timedelta | None
    room: str

    @property
    def place(self) -> int:
        """The place in line, the first is 1."""
        return self.ahead + 1

    @property
    def about_minutes(self) -> int | None:
        """The wait in minutes as people are told it, in steps of five: say "about"."""
        return None if self.about is None else rules.about_minutes(self.about)


def place_in_queue(act: Act, patient_id: UUID) -> list[PlaceInQueue]:
    """Where a patient's open numbers stand, the oldest first; three statements for each.

    For who may see the queue, and at the patients' own door for who stands for the patient with that right.
    :raises NotFound: for a patient for whom the act does not stand
    :raises NotAllowed: without the right
    """
    act.require_for(patient_id, VIEW)
    act.shows(patient_id)
    open_ones = (
        Token.objects.visible_to(act).open().filter(patient_id=patient_id).select_related("queue__department", "room")
    )
    return [_place(one) for one in open_ones.order_by("issued_at", "id")]


def _place(token: Token) -> PlaceInQueue:
    ahead, about = 0, None
    if token.status == "waiting":
        line, rooms = waiting_in(token.queue_id), rooms_open(token.queue.department_id)
        ahead, calling = rules.ahead_of(as_waiting(token), line, rooms)
        about = rules.expected_wait(ahead + 1, served_in([token.queue_id])[token.queue_id], calling)
    department = token.queue.department
    return PlaceInQueue(
        token_id=token.id,
        label=token.label,
        status=token.status,
        queue=token.queue.name,
        department=department.name,
        department_id=department.id,
        ahead=ahead,
        about=about,
        room=token.room.name if token.room else "",
    )
