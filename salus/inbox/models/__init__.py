"""Tables of the inbox."""

from salus.inbox.models.covering import Deputy, Head, Ladder
from salus.inbox.models.flags import Flag
from salus.inbox.models.messages import ASK, Communication, Receipt, Thread
from salus.inbox.models.tasks import (
    ESCALATE,
    FLAG,
    GIVE,
    PUT,
    SET_UP,
    VIEW,
    WORK,
    WRITE,
    Step,
    Task,
    inboxes,
    reads,
)

__all__ = [
    "ASK",
    "ESCALATE",
    "FLAG",
    "GIVE",
    "PUT",
    "SET_UP",
    "VIEW",
    "WORK",
    "WRITE",
    "Communication",
    "Deputy",
    "Flag",
    "Head",
    "Ladder",
    "Receipt",
    "Step",
    "Task",
    "Thread",
    "inboxes",
    "reads",
]
