"""Who may see what of a patient beyond rights and facility: who cares, what the patient consented to, emergencies."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salus.core.models import Record, Voidable
from salus.patients.access.labels import CODES, LABELS


class CareRelation(Voidable):
    """Who is treating whom, why, from when until when. The grantee is a practitioner or a department."""

    KINDS = [
        ("encounter", _("Visit")),
        ("order", _("Order")),
        ("appointment", _("Appointment")),
        ("general-practitioner", _("Own doctor")),
        ("referral", _("Referral")),
    ]

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="care_relations", db_index=False
    )
    kind = models.TextField(choices=KINDS)
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    source = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False) | Q(department__isnull=False),
                name="patients_relation_has_grantee",
            ),
            models.UniqueConstraint(
                fields=["source", "practitioner", "department"], nulls_distinct=False, name="patients_relation_once"
            ),
        ]
        indexes = [
            models.Index(fields=["practitioner", "ended_at"], name="patients_relation_practitioner"),
            models.Index(fields=["patient", "ended_at"], name="patients_relation_patient"),
        ]


class Consent(Voidable):
    """What a patient permits or refuses (FHIR Consent): of which part of the record, to whom, from when until when.

    Without `labels` it is about the whole record, else about the entries with one of these sensitivity labels. Without a
    practitioner and a department it is about everybody. One with `in_emergency` holds even against breaking the glass.
    """

    PERMIT, DENY = "permit", "deny"
    DECISIONS = [(PERMIT, _("permits")), (DENY, _("refuses"))]
    SIGNERS = [
        ("patient", _("The patient")),
        ("guardian", _("Parent or guardian")),
        ("proxy", _("Health care proxy")),
    ]
    WAYS = [("paper", _("On paper, which is kept")), ("screen", _("Here, before the person who records it"))]

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="consents")
    decision = models.TextField(choices=DECISIONS)
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    labels = ArrayField(models.TextField(), default=list)
    in_emergency = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")
    signed_by = models.TextField()
    signed_as = models.TextField(choices=SIGNERS)
    signed_how = models.TextField(choices=WAYS)
    signed_at = models.DateTimeField()
    recorded_by_name = models.TextField(blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(blank=True, default="")
    withdrawn_as = models.TextField(choices=SIGNERS, blank=True, default="")
    withdrawn_how = models.TextField(choices=WAYS, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~(Q(practitioner__isnull=False) & Q(department__isnull=False)),
                name="patients_consent_one_grantee",
            ),
            models.CheckConstraint(condition=Q(labels__contained_by=CODES), name="patients_consent_labels"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="patients_consent_period"
            ),
            models.CheckConstraint(
                condition=Q(in_emergency=False) | Q(decision="deny"), name="patients_consent_emergency_denies"
            ),
            models.CheckConstraint(condition=~Q(signed_by=""), name="patients_consent_signed"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_by=""), name="patients_consent_withdrawal_signed"
            ),
        ]


class BreakGlass(Record):
    """Four hours in which one clinician may see one patient against relation or consent, with the reason and a review."""

    REASONS = [
        ("emergency", _("Emergency: life or health is in danger")),
        ("cover", _("I stand in for whoever treats this patient")),
        ("question", _("The patient, or whoever treats him or her, asked me")),
        ("safety", _("To avert harm to somebody else")),
        ("other", _("Another reason")),
    ]
    VERDICTS = [
        ("justified", _("Justified")),
        ("not-justified", _("Not justified")),
        ("unclear", _("Not clear: asked back")),
    ]
    #: verdicts after which somebody still has to look
    UNDECIDED = ("", "unclear")

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    facility_id = models.UUIDField()
    by_id = models.UUIDField()
    by_name = models.TextField()
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    barrier = models.TextField()
    reason_code = models.TextField(choices=REASONS)
    reason = models.TextField()
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    verdict = models.TextField(choices=VERDICTS, blank=True, default="")
    verdict_words = models.TextField(blank=True, default="")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by_id = models.UUIDField(null=True)
    reviewed_by_name = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="patients_glass_reason"),
            models.CheckConstraint(
                condition=Q(verdict="") | (Q(reviewed_at__isnull=False) & ~Q(verdict_words="")),
                name="patients_glass_verdict_has_words",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by_id__isnull=True) | ~Q(reviewed_by_id=F("by_id")),
                name="patients_glass_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["by_id", "until"], name="patients_glass_by"),
            models.Index(
                fields=["facility_id", "opened_at"],
                condition=Q(verdict__in=("", "unclear")),
                name="patients_glass_to_review",
            ),
        ]


class SensitiveCode(Record):
    """A code of the hospital's tables whose entries are sensitive: they get this label when they are written.

    An ICD-10 code stands for itself and for all codes that begin with it, every other one for itself.
    """

    system = models.TextField()
    code = models.TextField()
    label = models.TextField(choices=list(LABELS.items()))
    display = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "code", "label"], name="patients_sensitive_once")]
