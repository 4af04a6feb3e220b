"""The laboratory's work: what is asked, the specimen, the result on its way to being final."""

from __future__ import annotations

from django.db import models

from salus.core.act import Act
from salus.core.fields import WrittenDecimalField
from salus.core.models import Voidable
from salus.patients import access


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, act: Act) -> RequestQuerySet:
        """The work of the laboratories of the act's facility; to who only collects, what was ordered where he or she works,
        and for whom he or she cares."""
        if not act.may_any("lab.view", "lab.collect_specimen", "lab.enter_result", "lab.verify_result"):
            return self.none()
        here = self.filter(facility_id=act.here, voided_at__isnull=True)
        if act.may_any("lab.view", "lab.enter_result", "lab.verify_result"):
            return here
        ordered_here = models.Q(order__department_id__in=act.places)
        return here.filter(ordered_here | models.Q(access.opens(act, "patient")))


class Specimen(Voidable):
    """What was taken from the patient, with its accession number on the label."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    accession = models.TextField(unique=True)
    kind = models.TextField()
    container = models.TextField(blank=True, default="")
    collected_at = models.DateTimeField()
    collected_by_id = models.UUIDField()
    collected_by_name = models.TextField(blank=True, default="")


class Request(Voidable):
    """One ordered test or panel in the laboratory: waiting for a specimen (or held), a result, a verification."""

    WAITING, COLLECTED, RESULTED, VERIFIED, CANCELLED = "waiting", "collected", "resulted", "verified", "cancelled"
    #: its order is on hold: nothing is taken until it is resumed
    HELD = "on-hold"
    STATUSES = [(s, s) for s in (WAITING, COLLECTED, RESULTED, VERIFIED, CANCELLED, HELD)]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="lab_request")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")
    test = models.ForeignKey("catalog.TestDefinition", on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.TextField(choices=STATUSES, default=WAITING)
    priority = models.TextField(default="routine")
    specimen = models.ForeignKey(Specimen, null=True, on_delete=models.PROTECT, related_name="requests")
    ordered_at = models.DateTimeField()
    rejected_reason = models.TextField(blank=True, default="")

    objects = RequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["facility", "status", "ordered_at"],
                condition=models.Q(status__in=["waiting", "collected", "resulted"], voided_at__isnull=True),
                name="lab_request_open",
            ),
            models.Index(fields=["patient", "-ordered_at"], name="lab_request_patient"),
        ]

    @property
    def choice(self) -> tuple[str, str]:
        """The request as a choice of a form: its id and the test's name."""
        return str(self.id), self.test.name


class Result(Voidable):
    """The value of one test: entered by one person, made final by another."""

    ENTERED, FINAL, CORRECTED = "entered", "final", "corrected"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="results")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    test = models.ForeignKey("catalog.TestDefinition", on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.TextField(default=ENTERED, choices=[(s, s) for s in (ENTERED, FINAL, CORRECTED)])
    number = WrittenDecimalField(null=True)
    comparator = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    unit = models.TextField(blank=True, default="")
    flag = models.TextField(blank=True, default="")
    low = WrittenDecimalField(null=True)
    high = WrittenDecimalField(null=True)
    reference_text = models.TextField(blank=True, default="")
    comment = models.TextField(blank=True, default="")
    entered_by_id = models.UUIDField()
    entered_by_name = models.TextField(blank=True, default="")
    entered_at = models.DateTimeField()
    verified_by_id = models.UUIDField(null=True)
    verified_by_name = models.TextField(blank=True, default="")
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "test"], condition=models.Q(voided_at__isnull=True), name="lab_result_one_each"
            ),
            models.CheckConstraint(
                condition=models.Q(verified_by_id__isnull=True) | ~models.Q(verified_by_id=models.F("entered_by_id")),
                name="lab_result_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(status="entered") | models.Q(verified_by_id__isnull=False),
                name="lab_result_final_is_verified",
            ),
        ]
        indexes = [models.Index(fields=["patient", "test", "-verified_at"], name="lab_result_previous")]
