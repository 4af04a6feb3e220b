"""What the screens of queues show to whom: the board, the room that one sits in, the panel of the home page."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from markupsafe import Markup

from salus.core.act import Act
from salus.encounters import rules as visits
from salus.patients.screens import landing
from salus.places.models import Location
from salus.queues import rules
from salus.queues.live import topic
from salus.queues.models import CALL, ORDER, VIEW, Queue, is_desk
from salus.queues.queries import boards
from salus.queues.queries.boards import Board, Room, Row
from salus.ui.addresses import url

#: so many of the line at home
_AT_HOME = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A number with where its patient's name leads and how its wait is shown."""

    row: Row
    href: str
    tone: str
    may_call: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A room with whom it has, and whom it may call from."""

    room: Room
    line: Line | None
    is_mine: bool


def board_page(act: Act, board: Board, queue_id: UUID | None) -> dict[str, Any]:
    """The context of a department's board; notes whom it shows."""
    act.shows(*(row.patient_id for row in board.rows if row.patient_id))
    mine = next(
        (room for room in board.rooms if room.practitioner_id and room.practitioner_id == act.practitioner_id), None
    )
    works_here = is_desk(act) or board.department.id in act.places
    may_call = act.may(CALL) and works_here
    waiting = board.of("waiting", queue_id=queue_id)
    cards = [Card(room, _line(act, room.row) if room.row else None, room is mine) for room in board.rooms]
    return {
        "board": board,
        "department": board.department,
        "topic": topic(board.department.id),
        "queue_id": queue_id,
        "counts": _counts(board, queue_id),
        "cards": sorted(cards, key=lambda card: not card.is_mine),
        "mine": mine,
        "may_call": may_call,
        "may_order": act.may(ORDER) and works_here,
        "waiting": [_line(act, row, mine) for row in waiting],
        "missed": [_line(act, row, mine) for row in board.of("missed", queue_id=queue_id)],
        "elsewhere": [_line(act, row) for row in board.of("serving", queue_id=queue_id) if row.room_id is None],
        "callable": [one for one in board.queues if queue_id in (None, one.id)],
    }


def _line(act: Act, row: Row, mine: Room | None = None) -> Line:
    may_call = mine is not None and mine.row is None
    href = landing(act, row.patient_id) if row.patient_id else ""
    return Line(row, href, visits.wait_tone(row.waits(act.at)), may_call)


def _counts(board: Board, queue_id: UUID | None) -> list[dict[str, Any]]:
    address = url("queues:board", board.department.id)
    found = [
        {"label": _("Waiting here"), "count": len(board.of("waiting")), "href": address, "current": queue_id is None}
    ]
    if len(board.queues) > 1:
        found += [
            {
                "label": one.name,
                "count": len(board.of("waiting", queue_id=one.id)),
                "href": f"{address}?queue={one.id}",
                "current": one.id == queue_id,
            }
            for one in board.queues
        ]
    return found


def my_page(act: Act) -> dict[str, Any] | None:
    """The doctor's own list: the room, whom it has, who is next; None where no queue of the own departments is open."""
    queue = _own_queue(act)
    if queue is None:
        return None
    board = boards.board_of(act, queue.department_id)
    if board is None:
        return None
    mine = next((room for room in board.rooms if room.practitioner_id == act.practitioner_id), None)
    for_me = [
        row
        for row in board.of("waiting", queue_id=queue.id)
        if rules.may_serve(row.waiting, practitioner_id=act.practitioner_id, room_id=mine.id if mine else None)
    ]
    order = rules.in_turn(
        (row.waiting for row in for_me), practitioner_id=act.practitioner_id, room_id=mine.id if mine else None
    )
    by_id = {row.id: row for row in for_me}
    line = [_line(act, by_id[one.id], mine) for one in order]
    has = _line(act, mine.row) if mine and mine.row else None
    shown = line[:_AT_HOME]
    act.shows(*(one.row.patient_id for one in (*shown, *([has] if has else ())) if one.row.patient_id))
    return {
        "queue": queue,
        "topic": topic(queue.department_id),
        "mine": mine,
        "has": has,
        "line": shown,
        "total": len(line),
        "rooms": board.rooms,
    }


def _own_queue(act: Act) -> Queue | None:
    """Where this person calls from: of the own departments the line for the doctor, or that for triage for who does it."""
    rows = list(Queue.objects.here(act).filter(department_id__in=act.places).order_by("name"))
    first = "triage" if act.may(ORDER) else "consultation"
    return min(rows, key=lambda one: (one.kind != first, one.kind != "consultation"), default=None)


def render_home(request: Any) -> str:
    """The own list on the home page, for who calls; nothing where the department has no queue."""
    page = my_page(request.act)
    if page is None:
        return ""
    return Markup(render_to_string("queues/_mine.html", page, request=request))  # noqa: S704 - ours


def after_check_in(act: Act, encounter_id: UUID) -> str:
    """Where a check-in leads who may see queues: to the number that it gave."""
    return url("queues:of_visit", encounter_id) if act.may(VIEW) else ""


def rooms_to_choose(act: Act, department_id: UUID) -> list[tuple[str, str]]:
    """The rooms and desks of a department, as choices."""
    rooms = Location.objects.filter(
        department_id=department_id, department__facility_id=act.here, kind__in=("room", "desk"), retired_at=None
    )
    return [(str(one.id), one.name) for one in rooms.order_by("name")]
