"""Looking for what is unusual, batch after batch of the sealed log: each is read once, whatever is killed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from salus.audit import services
from salus.audit.models import Batch, Progress
from salus.audit.queries import unusual
from salus.audit.rules.tree import ids_in
from salus.audit.rules.unusual import found_in
from salus.core.act import system_act

_NAME = "unusual"
_TOGETHER = 20
#: "too many in an hour" needs the hour, so that what was sealed in it is read again; a batch is sealed a minute late
_AGAIN = timedelta(minutes=65)


def look() -> int:
    """Read the batches that nobody has read yet, and raise alarms; returns how many were raised."""
    raised = 0
    while True:
        done, more = _step()
        raised += done
        if not more:
            return raised


@transaction.atomic
def _step() -> tuple[int, bool]:
    progress, _made = Progress.objects.select_for_update().get_or_create(name=_NAME)
    fresh = list(_batches().filter(number__gt=progress.batch).order_by("number")[:_TOGETHER])
    if not fresh:
        return 0, False
    before = list(_batches().filter(number__lte=progress.batch, written_at__gt=fresh[0].written_at - _AGAIN))
    ids = [one for batch in (*before, *fresh) for one in ids_in(bytes(batch.ids))]
    raised = raise_over(ids)
    progress.batch = fresh[-1].number
    progress.save()
    return raised, len(fresh) == _TOGETHER


def raise_over(entries: Sequence[int]) -> int:
    """Judge these entries of the log together, and raise alarms; returns how many were raised."""
    raised = 0
    for facility, opened in unusual.opened_in(entries).items():
        act = system_act(rights=["audit.raise_alarm"], door="job:audit.seal_and_anchor", facility_id=facility)
        raised += services.raise_alarms(act, unusual=found_in(opened))
    return raised


def _batches() -> QuerySet[Batch]:
    return Batch.objects.filter(source="core_accessentry").only("number", "written_at", "ids")
