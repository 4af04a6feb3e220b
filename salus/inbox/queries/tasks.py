"""What became of one task."""

from collections.abc import Sequence
from uuid import UUID

from salus.core.act import Act
from salus.inbox.models import VIEW, Step


def steps_of(act: Act, task_id: UUID) -> Sequence[Step]:
    """Everything that became of a task which the act may read, in order."""
    act.require(VIEW)
    return list(Step.objects.filter(task_id=task_id).order_by("id"))
