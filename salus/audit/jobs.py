"""By the clock: every minute the journal is filed, what is settled is sealed, anchored outside, and looked through."""

from django.core.management import call_command
from procrastinate.contrib.django import app

from salus.audit import anchors, looking, sealing
from salus.core import access


@app.task(name="audit.seal_and_anchor", queueing_lock="audit.seal_and_anchor")
def seal_and_anchor(timestamp: int = 0) -> int:
    """Seal what is settled, anchor it outside and look for what is unusual; returns how many rows were sealed.

    May run twice or beside another: one seals, and a head is anchored once.
    """
    access.file_journal()
    sealed = sealing.seal()
    anchors.anchor()
    looking.look()
    return sealed


@app.task(name="audit.verify", queueing_lock="audit.verify")
def verify(timestamp: int = 0) -> None:
    """Every hour everything is read again; what differs fails this job, which the administrator is shown.

    :raises CommandError: if anything is not as it was sealed; what it is stands in the worker's log
    """
    call_command("audit_verify")
