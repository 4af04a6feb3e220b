"""What a patient reads of his own record: visits, results that were released, prescriptions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from salus.chart.models import Observation
from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.orders.models import Order
from salus.portal.models import Account, Release
from salus.portal.queries.settings import settings_of

SEE = "portal.see_record"
#: HL7 v3 ObservationInterpretation: critically low and high, critically abnormal
CRITICAL = ("LL", "HH", "AA")
_FINAL = ("final", "amended", "corrected")
PAGE = 60


def visits_of(act: Act, patient_id: UUID) -> list[Encounter]:
    """The visits of a patient, the newest first; for who stands for him in matters of the record."""
    act.require_for(patient_id, SEE)
    rows = Encounter.objects.visible_to(act).filter(patient_id=patient_id).exclude(status="entered-in-error")
    act.shows(patient_id)
    return list(rows.select_related("department", "practitioner", "provider").order_by("-started_at", "-id")[:PAGE])


def _released(act: Act) -> Q:
    """By a clinician, or by time: without a mark, not critical, as old as the facility says, and held back by nobody.

    A clinician's word to show is about the value that he saw: a correction is the same row, issued anew, and waits again.
    """
    said = Release.objects.filter(observation_id=OuterRef("id"))
    shown = said.filter(is_shown=True)
    by_hand = Exists(shown.filter(said_at__gte=OuterRef("issued_at"))) | Q(Exists(shown), issued_at=None)
    held = Exists(said.filter(is_shown=False))
    old = act.at - timedelta(days=settings_of(act).release_days)
    by_time = Q(labels=[], issued_at__lte=old) & ~Q(flag__in=CRITICAL) & ~Q(held)
    return by_hand | by_time


def shown_by_time(act: Act, *, since: datetime, until: datetime) -> set[tuple[UUID, datetime]]:
    """(patient, hour in which they were issued) of results of the house that the facility's days alone came to show within a
    half-open time, of patients who come through this door; who was told of by hand is not among them. Two statements."""
    act.require("portal.release_result")
    days = timedelta(days=settings_of(act).release_days)
    said = Release.objects.filter(
        Q(is_shown=False) | Q(said_at__gte=OuterRef("issued_at")), observation_id=OuterRef("id")
    )
    comes = Account.objects.filter(patient_id=OuterRef("patient_id"), closed_at=None)
    # What was issued since then was written since then: that has an index.
    rows = Observation.objects.filter(
        updated_at__gte=since - days, issued_at__gte=since - days, issued_at__lt=until - days
    )
    rows = rows.filter(category="laboratory", source__startswith="lab.result:", status__in=_FINAL, labels=[])
    rows = rows.filter(patient__facility_id=act.here, voided_at=None).exclude(flag__in=CRITICAL)
    found = rows.filter(~Exists(said), Exists(comes)).values_list("patient_id", "issued_at")
    return {(patient, issued.replace(minute=0, second=0, microsecond=0)) for patient, issued in found if issued}


def results_of(act: Act, patient_id: UUID) -> list[Observation]:
    """The laboratory results of a patient that were released, the newest first.

    Of a corrected result the correction alone, and only once it is released itself.
    """
    act.require_for(patient_id, SEE)
    rows = Observation.objects.of_patient(act, patient_id).valid().filter(_released(act))
    rows = rows.filter(category="laboratory", status__in=_FINAL).select_related("performer")
    act.shows(patient_id)
    return list(rows.order_by("-at", "display", "id")[: 3 * PAGE])


def result_of(act: Act, patient_id: UUID, observation_id: UUID) -> Observation | None:
    """One released result, or None: what is not released looks as if it were not there."""
    act.require_for(patient_id, SEE)
    rows = Observation.objects.of_patient(act, patient_id).valid().filter(_released(act), category="laboratory")
    act.shows(patient_id)
    return rows.filter(id=observation_id, status__in=_FINAL).select_related("performer").first()


def earlier_of(act: Act, one: Observation) -> list[Observation]:
    """Earlier released results of the same test, the newest first."""
    act.require_for(one.patient_id, SEE)
    rows = Observation.objects.of_patient(act, one.patient_id).valid().filter(_released(act), category="laboratory")
    same = rows.filter(code_system=one.code_system, code=one.code, status__in=_FINAL).exclude(id=one.id)
    return list(same.order_by("-at")[:8])


def prescriptions_of(act: Act, patient_id: UUID) -> list[Order]:
    """The medicines that were prescribed, those that are taken now first."""
    act.require_for(patient_id, SEE)
    rows = Order.objects.of_patient(act, patient_id).filter(kind="medicine", voided_at=None)
    rows = rows.exclude(status__in=("draft", "entered-in-error")).select_related("medicine", "requester")
    act.shows(patient_id)
    found = list(rows.order_by("-authored_at", "-id")[:PAGE])
    return sorted(found, key=lambda one: one.status != "active")


@dataclass(frozen=True, slots=True)
class ToRelease:
    """A result as the clinician decides about it."""

    row: Observation
    said: Release | None
    is_critical: bool
    shown_at: datetime | None

    @property
    def is_shown(self) -> bool:
        return self.shown_at is not None


def results_to_release(act: Act, patient_id: UUID) -> list[ToRelease]:
    """The final results of a patient and whether he sees them, the newest first; for a clinician who may open the record."""
    act.require("portal.release_result")
    rows = Observation.objects.of_patient(act, patient_id).valid()
    found = list(rows.filter(category="laboratory", status__in=_FINAL).order_by("-at", "display", "id")[:PAGE])
    said = {one.observation_id: one for one in Release.objects.filter(observation_id__in=[one.id for one in found])}
    days = timedelta(days=settings_of(act).release_days)
    return [_to_release(one, said.get(one.id), days, act.at) for one in found]


def _to_release(row: Observation, said: Release | None, days: timedelta, now: datetime) -> ToRelease:
    is_critical = row.flag in CRITICAL
    shown: datetime | None = None
    if said is not None and said.is_shown and row.issued_at and said.said_at < row.issued_at:
        said = None  # said of what was corrected since
    if said is not None:
        shown = said.said_at if said.is_shown else None
    elif row.issued_at and not is_critical and not row.labels and row.issued_at + days <= now:
        shown = row.issued_at + days
    return ToRelease(row, said, is_critical, shown)


def names_of(rows: Iterable[Any]) -> dict[UUID, str]:
    """Practitioner -> name as patients read it: `Dr Chidi Okoye`."""
    return {
        one.practitioner_id: " ".join(
            part for part in (one.practitioner.title, one.practitioner.given, one.practitioner.family) if part
        )
        for one in rows
        if one.practitioner_id
    }
