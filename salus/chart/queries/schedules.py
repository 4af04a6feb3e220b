"""The schedule by which vaccines are due."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Q

from salus.chart.models import ScheduledDose, Vaccine, VaccineSchedule
from salus.core.act import Act


def schedule_in_force(act: Act) -> list[ScheduledDose]:
    """The lines of the schedule in force, in their order, with their schedule; one statement."""
    newest = VaccineSchedule.objects.filter(Q(facility_id=act.facility_id) | Q(facility=None)).order_by(
        F("facility_id").asc(nulls_last=True), "-number"
    )
    doses = ScheduledDose.objects.filter(schedule=newest.values("id")[:1])
    return list(doses.select_related("schedule").order_by("place"))


def versions_of(act: Act) -> list[VaccineSchedule]:
    """All versions that this facility had or has, newest first; those that shipped come last."""
    rows = VaccineSchedule.objects.filter(Q(facility_id=act.facility_id) | Q(facility=None))
    return list(rows.order_by(F("facility_id").asc(nulls_last=True), "-number"))


def lines_of(act: Act, schedule_id: UUID) -> list[ScheduledDose]:
    """The lines of one version; none where it is another hospital's."""
    of_here = Q(schedule__facility_id=act.facility_id) | Q(schedule__facility=None)
    return list(
        ScheduledDose.objects.filter(of_here, schedule_id=schedule_id).select_related("schedule").order_by("place")
    )


def find_vaccines(text: str, most: int = 20) -> Sequence[Vaccine]:
    """Vaccines whose name or code holds every word that was typed, shortest names first."""
    rows = Vaccine.objects.filter(is_active=True)
    for word in text.split():
        rows = rows.filter(Q(name__icontains=word) | Q(code=word))
    return sorted(rows, key=lambda row: (len(row.name), row.name))[:most]
