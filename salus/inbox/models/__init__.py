"""Tables of the inbox."""

from salus.inbox.models.covering import Deputy, Head, Ladder
from salus.inbox.models.messages import Communication, Receipt, Thread
from salus.inbox.models.tasks import (
    ESCALATE,
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
    "ESCALATE",
    "GIVE",
    "PUT",
    "SET_UP",
    "VIEW",
    "WORK",
    "WRITE",
    "Communication",
    "Deputy",
    "Head",
    "Ladder",
    "Receipt",
    "Step",
    "Task",
    "Thread",
    "inboxes",
    "reads",
]
