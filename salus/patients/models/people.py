"""People who are cared for: who they are, and by which numbers and names they are found."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from salus.core.act import Act
from salus.core.fields import BlindIndexField, EncryptedField, PartialDateField
from salus.core.models import Voidable
from salus.patients import access


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, act: Act) -> PatientQuerySet:
        """The patients that this act may find (name, birth date, sex, MRN): of its facility, with a right to find; at the
        patients' own door those for whom it stands."""
        if act.stands_for:
            return self.filter(facility_id=act.here, id__in=act.subjects)
        if act.facility_id is None or not act.may_any(*access.FINDING):
            return self.none()
        return self.filter(facility_id=act.facility_id)

    def open_to(self, act: Act) -> PatientQuerySet:
        """The patients whose record this act may open."""
        return self.filter(access.opens(act))

    def identified_to(self, act: Act) -> PatientQuerySet:
        """The patients of whom this act may see more than the right to find shows: numbers, phone, address."""
        return self.filter(access.identifies(act))

    def live(self) -> PatientQuerySet:
        """Without those recorded in error or merged into another one."""
        return self.filter(voided_at__isnull=True, merged_into__isnull=True)


class NextMrn(models.Func):
    """The next record number with its check digit, given by the database while the row is inserted."""

    function = "patients_next_mrn"
    template = "%(function)s()"
    output_field = models.TextField()


class PatientSearchArray(models.Func):
    """Search tokens as they are, without a text parser: `array_to_tsvector`."""

    function = "array_to_tsvector"
    output_field = SearchVectorField()


class Patient(Voidable):
    """A person who is cared for (FHIR Patient).

    `names`, `telecom` and `addresses` are lists of FHIR HumanName, ContactPoint and Address; the last two are sealed
    JSON text. `family`, `given`, `title` are the name to show. `contact_keys` are blind indexes of phones and
    e-mails, `name_words` the search tokens of all names in all scripts, `sort_key` and `given_key` the name in plain
    Latin letters, family name first and given name first. `born_on` is the first day that `birth_date` may mean.
    """

    GENDERS = [("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown")]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="patients", db_index=False)
    mrn = models.TextField(unique=True, db_default=NextMrn())
    family = models.TextField()
    given = models.TextField(blank=True, default="")
    title = models.TextField(blank=True, default="")
    preferred_name = models.TextField(blank=True, default="")
    names = models.JSONField(default=list)
    gender = models.TextField(choices=GENDERS, default="unknown")
    birth_date = PartialDateField(null=True)
    born_on = models.DateField(null=True)
    deceased = PartialDateField(null=True)
    is_deceased = models.BooleanField(default=False)
    language = models.TextField(blank=True, default="")
    marital_status = models.TextField(blank=True, default="")
    telecom = EncryptedField(null=True)
    addresses = EncryptedField(null=True)
    contact_keys = ArrayField(BlindIndexField(), default=list)
    name_words = SearchVectorField(null=True)
    sort_key = models.TextField(db_collation="C", blank=True, default="")
    given_key = models.TextField(db_collation="C", blank=True, default="")
    photo = models.ForeignKey("core.File", null=True, on_delete=models.PROTECT, related_name="+")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    is_active = models.BooleanField(default=True)
    #: somebody whom curiosity would seek out: only who cares for him now opens the record (FHIR security label VIP)
    is_vip = models.BooleanField(default=False, db_default=False)
    #: one of the staff who is cared for here himself
    staff_member = models.ForeignKey(
        "staff.StaffMember", null=True, on_delete=models.PROTECT, related_name="as_patient", db_index=False
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(fields=["name_words"], name="patients_patient_words", fastupdate=False),
            GinIndex(fields=["contact_keys"], name="patients_patient_contacts", fastupdate=False),
            models.Index(fields=["facility", "sort_key"], name="patients_patient_sort"),
            models.Index(fields=["facility", "given_key"], name="patients_patient_given"),
            models.Index(fields=["born_on", "family"], name="patients_patient_born"),
            models.Index(fields=["updated_at", "id"], name="patients_patient_updated"),
        ]


class Identifier(Voidable):
    """A number by which somebody else knows the patient. The value is sealed and found by its blind index."""

    KINDS = [
        ("national", "National number"),
        ("passport", "Passport"),
        ("insurance", "Insurance number"),
        ("driver", "Driving licence"),
        ("record", "Number of another record"),
        ("other", "Other"),
    ]

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.TextField(choices=KINDS)
    system = models.TextField(blank=True, default="")
    value = EncryptedField(null=True)
    value_key = BlindIndexField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "value_key"],
                condition=models.Q(voided_at__isnull=True),
                name="patients_identifier_one_patient",
            )
        ]
        indexes = [models.Index(fields=["value_key"], name="patients_identifier_value")]


class NameToken(models.Model):
    """The vocabulary of search tokens: what a misspelt word may have meant."""

    token = models.TextField(primary_key=True)


class NameVariant(models.Model):
    """A token with one letter left out, leading back to the token."""

    pk = models.CompositePrimaryKey("variant", "token")
    variant = models.TextField()
    token = models.TextField()
