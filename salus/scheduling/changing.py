"""What every change of a plan begins and ends with: the schedule locked, and no booked patient left without a time unseen."""

from collections.abc import Sequence
from uuid import UUID

from salus.core.act import Act
from salus.core.errors import Conflict, NotFound, Stale
from salus.scheduling.models import Schedule
from salus.scheduling.queries.touched import Touched, touched, touched_ids


class TouchesPatients(Conflict):
    """Patients are booked in this time. Look at who they are, then save it again."""

    def __init__(self, patients: Sequence[Touched], count: int) -> None:
        super().__init__()
        self.patients = list(patients)
        #: of whom `patients` are the first
        self.count = count


def refuse_if_touched(act: Act, schedule_id: UUID | None, before: set[UUID], is_accepted: bool) -> None:
    """Refuse what leaves booked patients without a time, unless that was seen and accepted."""
    if not is_accepted:
        found = touched_ids(act, schedule_id) - before
        if found:
            raise TouchesPatients(touched(act, schedule_id, only=found), len(found))


def schedule_locked(act: Act, schedule_id: UUID, version: int | None = None) -> Schedule:
    rows = Schedule.objects.visible_to(act).current().select_related("department")
    schedule = rows.select_for_update(of=("self",)).filter(id=schedule_id).first()
    if schedule is None:
        raise NotFound
    if version is not None and schedule.version != version:
        raise Stale
    return schedule
