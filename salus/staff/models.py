"""Practitioners (anyone named in a record) and staff members (who work here)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.core.models import Record


class Practitioner(Record):
    """Anyone who is named in a record as having treated (FHIR Practitioner)."""

    family = models.TextField(blank=True, default="")
    given = models.TextField(blank=True, default="")
    title = models.TextField(blank=True, default="")
    gender = models.TextField(blank=True, default="")
    identifiers = models.JSONField(default=list)
    telecom = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["family", "given"], name="staff_practitioner_name")]


class StaffMember(Record):
    """Someone who works here: the profile, what he or she may practise, and the user who signs in."""

    PROFESSIONS = [
        ("doctor", "Doctor"),
        ("nurse", "Nurse"),
        ("laboratory-technician", "Laboratory technician"),
        ("pathologist", "Pathologist"),
        ("pharmacist", "Pharmacist"),
        ("receptionist", "Receptionist"),
        ("cashier", "Cashier"),
        ("administrator", "Administrator"),
        ("other", "Other"),
    ]

    practitioner = models.OneToOneField(Practitioner, on_delete=models.PROTECT, related_name="staff_member")
    user = models.OneToOneField("accounts.User", null=True, on_delete=models.PROTECT, related_name="staff_member")
    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="staff")
    staff_number = models.TextField(unique=True)
    profession = models.TextField(choices=PROFESSIONS)
    specialty = models.TextField(blank=True, default="")
    registration_number = models.TextField(blank=True, default="")
    registration_body = models.TextField(blank=True, default="")
    #: beside `specialty`, in which he or she is found first
    more_specialties = ArrayField(models.TextField(), default=list)
    qualifications = ArrayField(models.TextField(), default=list)
    #: what a visit to this one is charged as (codes of the catalogue, which has the prices)
    fee_codes = ArrayField(models.TextField(), default=list)
    photo = models.ForeignKey("core.File", null=True, on_delete=models.PROTECT, related_name="+")
    languages = ArrayField(models.TextField(), default=list)
    department_ids = ArrayField(models.UUIDField(), default=list)
    started_on = models.DateField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration_body", "registration_number"],
                condition=~models.Q(registration_number=""),
                name="staff_member_one_registration",
            )
        ]
