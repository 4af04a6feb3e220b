"""What is asked of queues."""

from salus.queues.queries.arrivals import Prompt, check_in_code, not_seen_of, prompts_for
from salus.queues.queries.boards import Board, Row, board_of, departments_with_queues, queues_of, trail_of
from salus.queues.queries.places import PlaceInQueue, place_in_queue
from salus.queues.queries.waiting import as_waiting, waiting_in
from salus.queues.queries.walls import WallPage, wall_of

__all__ = [
    "Board",
    "PlaceInQueue",
    "Prompt",
    "Row",
    "WallPage",
    "as_waiting",
    "board_of",
    "check_in_code",
    "departments_with_queues",
    "not_seen_of",
    "place_in_queue",
    "prompts_for",
    "queues_of",
    "trail_of",
    "waiting_in",
    "wall_of",
]
