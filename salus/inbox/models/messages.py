"""What people and departments write to each other about a patient (FHIR Communication)."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from salus.core.act import Act
from salus.core.models import AppendOnly, Record
from salus.inbox.models.tasks import VIEW
from salus.patients import access
from salus.patients.access.reading import decision_on

#: at the patients' own door: write to those who care for one, and read what they answer
ASK = "inbox.ask_team"


class Thread(Record):
    """What is written about one matter of one patient, in order."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    subject = models.TextField()
    #: the entry of the record that it is about, as a source: `chart.note:<id>`
    about = models.TextField(blank=True, default="", db_default="")
    #: sensitivity labels that somebody gave it by hand, beside those of what it is about
    labels = ArrayField(models.TextField(), default=list, db_default=[])
    #: practitioners and departments who write or are written to
    parties = ArrayField(models.UUIDField(), default=list)
    #: begun by the patient, or who stands for him, with the first of the parties: whatever is written in it is read by them
    is_with_patient = models.BooleanField(default=False, db_default=False)
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(subject=""), name="inbox_thread_says_what")]
        indexes = [models.Index(fields=["about"], condition=~Q(about=""), name="inbox_thread_about")]


class CommunicationQuerySet(models.QuerySet["Communication"]):
    #: `visible_to` shows nothing of a record that is not open
    opens_records = True

    def visible_to(self, act: Act) -> CommunicationQuerySet:
        """What was written about patients whose record this act may open, as far as its labels are no barrier."""
        if act.facility_id is None or act.stands_for or not act.may(VIEW):
            return self.none()
        return self.filter(access.reads(act, "patient"))

    def of_patient(self, act: Act, patient_id: UUID) -> CommunicationQuerySet:
        """What was written about one patient that this act may read; nothing where the record is not open."""
        if act.stands_for or not act.may(VIEW):
            return self.none()
        return self.filter(access.shown(act, decision_on(act, patient_id)), patient_id=patient_id)

    def own(self, act: Act, patient_id: UUID) -> CommunicationQuerySet:
        """At the patients' own door: what the patient and the care team wrote to each other. Who stands for the patient reads
        nothing that is marked.

        :raises NotFound: for a patient for whom the act does not stand
        :raises NotAllowed: without the right
        """
        act.require_for(patient_id, ASK)
        rows = self.filter(facility_id=act.here, patient_id=patient_id, thread__is_with_patient=True)
        whose = act.subject(patient_id)
        return rows if whose is not None and whose.is_self else rows.filter(labels=[])


class Communication(Record):
    """One message: what was sent stays as it was sent (a trigger holds it)."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="communications")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    sender = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sender_name = models.TextField(blank=True, default="")
    to_practitioners = ArrayField(models.UUIDField(), default=list)
    to_departments = ArrayField(models.UUIDField(), default=list)
    is_from_patient = models.BooleanField(default=False, db_default=False)
    is_to_patient = models.BooleanField(default=False, db_default=False)
    body = models.TextField()
    #: sensitivity labels of what it is about
    labels = ArrayField(models.TextField(), default=list, db_default=[])
    priority = models.TextField(default="routine")
    sent_at = models.DateTimeField()
    answers = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="answered_by", db_index=False)
    #: an answer is asked for, by then
    answer_by = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    objects = CommunicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(body=""), name="inbox_communication_says_something"),
            models.CheckConstraint(
                condition=Q(to_practitioners__len__gt=0) | Q(to_departments__len__gt=0) | Q(is_to_patient=True),
                name="inbox_communication_to_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-sent_at"], name="inbox_communication_patient"),
            models.Index(fields=["updated_at", "id"], name="inbox_communication_updated"),
        ]


class Receipt(AppendOnly):
    """Who has read a message, and who has acknowledged it, when: each once."""

    READ, ACKNOWLEDGED = "read", "acknowledged"

    communication = models.ForeignKey(Communication, on_delete=models.PROTECT, related_name="receipts", db_index=False)
    kind = models.TextField(choices=[(READ, READ), (ACKNOWLEDGED, ACKNOWLEDGED)])
    by_id = models.UUIDField()
    by_name = models.TextField(blank=True, default="")
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["communication", "by_id", "kind"], name="inbox_receipt_once")]
