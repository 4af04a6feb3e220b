"""Who comes through the patients' own door, for whom, and what is still to be confirmed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.fields import BlindIndexField, EncryptedField
from salus.core.ids import uuid7
from salus.core.models import Record
from salus.portal.scopes import SCOPES

#: how somebody is reached: what one-time codes go to, and what signs in
CONTACTS = [("phone", _("Phone")), ("email", _("E-mail"))]


class Account(Record):
    """Somebody at the patients' own door: a patient (linked once the desk has seen who he is), a parent, a carer."""

    user = models.OneToOneField("accounts.User", on_delete=models.PROTECT, related_name="+")
    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")
    contact = EncryptedField(null=True)
    contact_kind = models.TextField(choices=CONTACTS)
    contact_key = BlindIndexField()
    language = models.TextField(blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_key"], condition=Q(closed_at__isnull=True), name="portal_account_one_contact"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(closed_at__isnull=True), name="portal_account_one_patient"
            ),
        ]
        indexes = [models.Index(fields=["facility", "-created_at"], name="portal_account_facility")]


class Challenge(models.Model):
    """A one-time code that was asked for in one browser; forgotten a day later. `said` is what a newcomer wrote (JSON)."""

    PURPOSES = [("sign-in", "Sign in"), ("register", "Register"), ("invitation", "Accept an invitation")]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility_id = models.UUIDField(null=True)
    purpose = models.TextField(choices=PURPOSES)
    contact = EncryptedField(null=True)
    contact_kind = models.TextField(choices=CONTACTS)
    contact_key = models.BinaryField()
    language = models.TextField(blank=True, default="")
    said = EncryptedField(null=True)
    invitation_id = models.UUIDField(null=True)
    code_mac = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="portal_challenge_expires")]


class OfFacility(models.QuerySet["Registration"]):
    def visible_to(self, act: Act) -> OfFacility:
        """What waits for the desk of the act's facility."""
        return self.filter(facility_id=act.here) if act.may("portal.confirm_identity") else self.none()


class Registration(Record):
    """What somebody wrote about himself on the web: no patient, and linked to none, until the desk has seen who it is."""

    PENDING, ACCEPTED, REFUSED = "pending", "accepted", "refused"
    STATES = [(PENDING, _("Waits for the desk")), (ACCEPTED, _("Confirmed")), (REFUSED, _("Refused"))]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="registrations")
    #: what the person tells at the counter
    number = models.TextField()
    #: family, given, birth_date, gender, phone, email (JSON)
    said = EncryptedField(null=True)
    state = models.TextField(choices=STATES, default=PENDING)
    patient = models.ForeignKey("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")
    document = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.TextField(blank=True, default="")

    objects = OfFacility.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True) | Q(decided_at__isnull=False),
                name="portal_registration_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | (Q(patient__isnull=False) & ~Q(document="")),
                name="portal_registration_shown_who",
            ),
            models.UniqueConstraint(fields=["facility", "number"], name="portal_registration_one_number"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="pending"), name="portal_registration_one_each"
            ),
        ]
        indexes = [models.Index(fields=["facility", "state", "created_at"], name="portal_registration_waits")]


class Invitation(Record):
    """A code that the desk gave an existing patient, or that makes somebody a proxy; good once."""

    KINDS = [("self", _("The patient")), ("proxy", _("Somebody for the patient"))]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=KINDS)
    code_mac = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    #: of a proxy
    basis = models.TextField(blank=True, default="")
    scopes = ArrayField(models.TextField(), default=list)
    until = models.DateField(null=True)
    document = models.TextField(blank=True, default="")
    by_patient = models.BooleanField(default=False)
    made_by_name = models.TextField(blank=True, default="")
    used_at = models.DateTimeField(null=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scopes__contained_by=list(SCOPES)), name="portal_invitation_scopes"),
            models.CheckConstraint(
                condition=Q(kind="self") | Q(by_patient=True) | ~Q(document=""), name="portal_invitation_document"
            ),
        ]


class Proxy(Record):
    """Somebody may act for a patient, in some matters, from then until he may no longer; withdrawn at once."""

    BASES = [
        ("parent", _("Parent")),
        ("guardian", _("Guardian")),
        ("carer", _("Carer, with the patient's consent")),
        ("attorney", _("Power of attorney")),
    ]

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="proxies")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    #: a parent's ends at the age that the facility says
    basis = models.TextField(choices=BASES)
    scopes = ArrayField(models.TextField())
    starts_at = models.DateTimeField()
    #: the last day, where the facility is
    until = models.DateField(null=True)
    document = models.TextField(blank=True, default="")
    by_patient = models.BooleanField(default=False)
    granted_by_name = models.TextField(blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_name = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "patient"], condition=Q(withdrawn_at__isnull=True), name="portal_proxy_once"
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(SCOPES)) & ~Q(scopes=[]), name="portal_proxy_scopes"
            ),
            models.CheckConstraint(condition=Q(by_patient=True) | ~Q(document=""), name="portal_proxy_document"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("starts_at")), name="portal_proxy_period"
            ),
        ]
