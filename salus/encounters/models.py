"""The visit and its states."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.core.act import Act
from salus.core.fields import PartialDateField
from salus.core.ids import SYSTEM
from salus.core.models import Voidable
from salus.patients import access
from salus.patients.access.reading import decision_on
from salus.patients.access.scope import EntryColumns

#: States in which somebody still has to do something (FHIR EncounterStatus).
OPEN = ("planned", "arrived", "triaged", "in-progress", "onleave")


def is_desk(act: Act) -> bool:
    """Whether this act sees who comes and goes in the whole facility: it checks people in, or it is the system's own."""
    return act.may("encounters.start_encounter") or act.by == SYSTEM


def visible_sql(act: Act, alias: str) -> str:
    """`visible_to` for statements of our own: the condition on a row of visits of the act's facility under an alias."""
    if is_desk(act):
        return "TRUE"
    entry = EntryColumns(f"{alias}.labels", f"{alias}.recorded_by_id")
    mine = [f"{alias}.department_id = ANY(%(places)s::uuid[])", f"{alias}.practitioner_id = %(me_practitioner)s::uuid"]
    return (
        f"(({' OR '.join(mine)}) AND {alias}.labels = '{{}}' OR EXISTS (SELECT FROM patients_patient vp "  # noqa: S608 - only our own SQL
        f"WHERE vp.id = {alias}.patient_id AND {access.reads_sql(act, 'vp', entry)}))"
    )


class EncounterQuerySet(models.QuerySet["Encounter"]):
    def visible_to(self, act: Act) -> EncounterQuerySet:
        """The visits that this act may know of: all of its facility at the front desk; else those of its departments, its
        own, and those of records that it may open, where no label is a barrier; at the patients' own door their visits."""
        if act.stands_for:
            own = self.filter(facility_id=act.here, patient_id__in=act.subjects_with("encounters.view"))
            return own.filter(access.reads(act), voided_at__isnull=True)
        if act.facility_id is None or not act.may("encounters.view"):
            return self.none()
        here = self.filter(facility_id=act.facility_id, voided_at__isnull=True)
        if is_desk(act):
            return here
        mine = models.Q(department_id__in=act.places)
        if act.practitioner_id:
            mine |= models.Q(practitioner_id=act.practitioner_id)
        return here.filter((mine & models.Q(labels=[])) | models.Q(access.reads(act)))

    def of_patient(self, act: Act, patient_id: UUID) -> EncounterQuerySet:
        """The visits of one patient whose record is open in this act, where no label is a barrier."""
        decided = decision_on(act, patient_id)
        return self.filter(access.shown(act, decided), patient_id=patient_id, voided_at__isnull=True)

    def open(self) -> EncounterQuerySet:
        return self.filter(status__in=OPEN)


class Encounter(Voidable):
    """A visit of a patient (FHIR Encounter). `type` and `reasons` are lists of CodeableConcept."""

    STATUSES = [(s, s) for s in (*OPEN, "finished", "cancelled", "entered-in-error", "unknown")]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="encounters", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="encounters", db_index=False)
    number = models.TextField(null=True, unique=True)
    status = models.TextField(choices=STATUSES)
    class_code = models.TextField(default="AMB")
    type = models.JSONField(default=list)
    service_code = models.TextField(blank=True, default="")
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    location = models.ForeignKey(
        "places.Location", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider = models.ForeignKey(
        "places.Organization", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True, default="")
    reasons = models.JSONField(default=list)
    priority = models.TextField(blank=True, default="")
    starts = PartialDateField(null=True)
    ends = PartialDateField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    triaged_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    labels = ArrayField(models.TextField(), default=list)

    objects = EncounterQuerySet.as_manager()

    class Meta:
        constraints = [
            # One patient is at one clinic or ward once at a time: a double click on "arrive" makes one visit. What came
            # from elsewhere has no `arrived_at`; of it only visits of a clinic are held to this.
            models.UniqueConstraint(
                fields=["patient", "department"],
                condition=models.Q(status__in=OPEN, voided_at__isnull=True)
                & (models.Q(class_code="AMB") | models.Q(arrived_at__isnull=False)),
                name="encounters_one_open_visit",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-started_at"], name="encounters_patient"),
            models.Index(
                fields=["facility", "status", "arrived_at"],
                condition=models.Q(status__in=OPEN, voided_at__isnull=True),
                name="encounters_open",
            ),
            # Who came on a day, in any state: imported history has no `arrived_at` and stays out.
            models.Index(
                fields=["facility", "-arrived_at"],
                condition=models.Q(arrived_at__isnull=False, voided_at__isnull=True),
                name="encounters_arrived",
            ),
            models.Index(fields=["updated_at", "id"], name="encounters_updated"),
        ]
