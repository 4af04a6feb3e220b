"""Organisations, facilities, departments, wards, rooms and beds."""

from django.db import models

from salus.core.models import Record


class Organization(Record):
    """An organisation named in a record (FHIR Organization): this hospital, another one, an insurer, a supplier."""

    name = models.TextField()
    kind = models.TextField(blank=True, default="")
    identifiers = models.JSONField(default=list)
    telecom = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    part_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["name"], name="places_organization_name")]


class Facility(Record):
    """A hospital or clinic that uses this system: it has its own time zone, currency and number series."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="facilities")
    code = models.TextField(unique=True)
    name = models.TextField()
    time_zone = models.TextField(default="UTC")
    currency = models.CharField(max_length=3, default="EUR")


class Department(Record):
    """Where work is done and money is earned: a clinic, the laboratory, the pharmacy, the cash desk."""

    KINDS = [
        ("clinic", "Clinic"),
        ("ward", "Ward"),
        ("emergency", "Emergency"),
        ("laboratory", "Laboratory"),
        ("imaging", "Imaging"),
        ("pharmacy", "Pharmacy"),
        ("cash", "Cash desk"),
        ("administration", "Administration"),
    ]

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="departments")
    code = models.TextField()
    name = models.TextField()
    kind = models.TextField(choices=KINDS)
    specialty = models.TextField(blank=True, default="")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facility", "code"], name="places_department_one_code")]


class Location(Record):
    """A ward, a room, a bed, a desk: a place inside a department (FHIR Location)."""

    KINDS = [("ward", "Ward"), ("room", "Room"), ("bed", "Bed"), ("desk", "Desk"), ("store", "Store")]

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="locations")
    part_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    kind = models.TextField(choices=KINDS)
    code = models.TextField()
    name = models.TextField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "code"], name="places_location_one_code")]
