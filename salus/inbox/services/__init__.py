"""Acts of the inbox: put, give, accept, acknowledge, hand on, write to each other, hand on by the clock."""

from salus.inbox.keeping import Ended, NotYours
from salus.inbox.services.asking import TooManyQuestions, ask_team
from salus.inbox.services.covering import change_ladder, end_deputy, name_deputy, name_head
from salus.inbox.services.escalating import escalate_tasks, hand_on_tasks_of
from salus.inbox.services.flags import FlagOver, end_flag, raise_flag
from salus.inbox.services.marking import mark_thread
from salus.inbox.services.messages import answer_message, mark_read, send_message
from salus.inbox.services.putting import complete_task, give_task, put_task, replace_task
from salus.inbox.services.working import (
    EndsElsewhere,
    FollowUp,
    accept_task,
    acknowledge_tasks,
    cancel_task,
    comment_on_task,
    delegate_task,
    finish_task,
    start_task,
)

__all__ = [
    "Ended",
    "EndsElsewhere",
    "FlagOver",
    "FollowUp",
    "NotYours",
    "TooManyQuestions",
    "accept_task",
    "acknowledge_tasks",
    "answer_message",
    "ask_team",
    "cancel_task",
    "change_ladder",
    "comment_on_task",
    "complete_task",
    "delegate_task",
    "end_deputy",
    "end_flag",
    "escalate_tasks",
    "finish_task",
    "give_task",
    "hand_on_tasks_of",
    "mark_read",
    "mark_thread",
    "name_deputy",
    "name_head",
    "put_task",
    "raise_flag",
    "replace_task",
    "send_message",
    "start_task",
]
