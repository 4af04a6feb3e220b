"""Acts on queues: numbers are given out, called, sent on; rooms are manned; people are recognised."""

from salus.queues.numbering import AlreadyWaits
from salus.queues.services.arriving import AskAtTheDesk, check_in_booked, check_in_by_code, confirm_identity
from salus.queues.services.calling import (
    NobodyWaits,
    call_next,
    call_token,
    finish_token,
    miss_token,
    recall_token,
    return_token,
    start_token,
)
from salus.queues.services.issuing import give_token, issue_token, note_appointment
from salus.queues.services.queues import (
    close_station,
    open_queue,
    open_station,
    retire_queue,
    set_display,
)
from salus.queues.services.sending import (
    categorize_token,
    close_the_day,
    follow_visit,
    leave_token,
    put_before,
    transfer_token,
)

__all__ = [
    "AlreadyWaits",
    "AskAtTheDesk",
    "NobodyWaits",
    "call_next",
    "call_token",
    "categorize_token",
    "check_in_booked",
    "check_in_by_code",
    "close_station",
    "close_the_day",
    "confirm_identity",
    "finish_token",
    "follow_visit",
    "give_token",
    "issue_token",
    "leave_token",
    "miss_token",
    "note_appointment",
    "open_queue",
    "open_station",
    "put_before",
    "recall_token",
    "retire_queue",
    "return_token",
    "set_display",
    "start_token",
    "transfer_token",
]
