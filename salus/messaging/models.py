"""The queue and log of messages, their words, who does not want them, and which browsers are told."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.fields import BlindIndexField, EncryptedField, SealedField
from salus.core.ids import uuid7
from salus.core.models import Record
from salus.messaging import sockets

SEND, VIEW, READ, MANAGE, PREFER = (
    "messaging.send",
    "messaging.view",
    "messaging.read",
    "messaging.manage",
    "messaging.set_preferences",
)
#: still to be sent, and being sent just now
OPEN = ("waiting", "sending")
CHANNELS = [("email", _("E-mail")), ("sms", _("SMS")), ("push", _("Push"))]
KINDS = [("patient", _("Patient")), ("user", _("Staff"))]


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, act: Act) -> MessageQuerySet:
        """Of the act's facility, to people whom the act may see."""
        if act.facility_id is None or not act.may(VIEW):
            return self.none()
        here = self.filter(facility_id=act.facility_id)
        return here.filter(sockets.scopes[0](act)) if sockets.scopes else here.none()

    def tended_by(self, act: Act) -> MessageQuerySet:
        """The same, and for who minds the queue all of the facility: what became of them, without a name."""
        return self.filter(facility_id=act.here) if act.may(MANAGE) else self.visible_to(act)


class NextNumber(models.Func):
    """Messages are counted by the database: to one recipient they go out in this order."""

    function = "nextval"
    template = "nextval('messaging_message_number')"
    output_field = models.BigIntegerField()


class Message(Record):
    """One thing that is told to one person by one channel, and what became of it (FHIR Communication); its text is apart.

    Its history holds every attempt: each changes the row.
    """

    STATUSES = [
        ("waiting", _("Waiting")),
        ("sending", _("Being sent")),
        ("sent", _("Sent")),
        ("failed", _("Failed")),
        ("unknown", _("Fate unknown")),
        ("expired", _("Too late")),
        ("declined", _("Declined")),
        ("unreachable", _("No way to reach")),
        ("withdrawn", _("Withdrawn")),
        ("given-up", _("Given up")),
        ("passed-on", _("Tried another way")),
    ]

    number = models.BigIntegerField(db_default=NextNumber(), editable=False)
    facility_id = models.UUIDField()
    #: what it is about and which of its messages: `scheduling.appointment:<id>#booked@<time>`; a repeat queues nothing
    source = models.TextField(unique=True)
    template = models.TextField()
    purpose = models.TextField()
    language = models.TextField()
    channel = models.TextField(choices=CHANNELS, blank=True)
    recipient_kind = models.TextField(choices=KINDS)
    recipient_id = models.UUIDField()
    #: whom it is about
    patient_id = models.UUIDField(null=True)
    is_urgent = models.BooleanField(default=False)
    status = models.TextField(choices=STATUSES)
    #: why it stands so, as a code (`rules.problems` says it in words)
    problem = models.TextField(blank=True, default="")
    #: which way it went out: smtp, http, push, demonstration
    way = models.TextField(blank=True, default="")
    #: what the gateway calls it
    receipt = models.TextField(blank=True, default="")
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    #: which sender has it, and until when it may talk
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sending", lease__isnull=False, lease_until__isnull=False)
                | (~Q(status="sending") & Q(lease__isnull=True)),
                name="messaging_message_leased_while_sent",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="messaging_message_sent_at",
            ),
            models.CheckConstraint(
                condition=~Q(channel="") | Q(status__in=("unreachable", "declined")),
                name="messaging_message_has_a_channel",
            ),
        ]
        indexes = [
            # What is still to be done, and its order for each recipient.
            models.Index(
                fields=["recipient_id", "channel", "number"],
                condition=Q(status__in=OPEN),
                name="messaging_message_open",
            ),
            models.Index(fields=["facility_id", "-number"], name="messaging_message_log"),
            models.Index(fields=["recipient_id", "-number"], name="messaging_message_to"),
            models.Index(
                fields=["facility_id", "status"],
                condition=Q(status__in=("failed", "unknown")),
                name="messaging_message_parked",
            ),
        ]


class Content(models.Model):
    """Where a message goes and what it says, sealed; forgotten long before the message is."""

    id = models.OneToOneField(
        Message, primary_key=True, db_column="id", on_delete=models.PROTECT, related_name="content"
    )
    address = EncryptedField(null=True)
    subject = EncryptedField(null=True)
    body = EncryptedField(null=True)
    #: a JSON list of name, media type and base64 content
    files = SealedField(null=True)
    #: the second way, if the first fails for good: a JSON object (`rules.packing.Other`)
    other = SealedField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="messaging_content_made")]


class Wording(Record):
    """The hospital's own words of a template, in one language by one channel; without a row those of Salus are said."""

    facility_id = models.UUIDField()
    template = models.TextField()
    language = models.TextField()
    channel = models.TextField(choices=CHANNELS[:2])
    subject = models.TextField(blank=True, default="")
    body = models.TextField()
    reset_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["facility_id", "template", "language", "channel"],
                condition=Q(reset_at__isnull=True),
                name="messaging_wording_once",
            )
        ]


class QuietHours(Record):
    """When the facility's messages do not ring (SMS, push): wall time there; the same twice where there are none."""

    SINCE, UNTIL = time(21), time(8)

    facility_id = models.UUIDField(unique=True)
    since = models.TimeField(default=SINCE)
    until = models.TimeField(default=UNTIL)


class Decline(Record):
    """Somebody does not want messages of one purpose by one channel, until it is ended."""

    recipient_kind = models.TextField(choices=KINDS)
    recipient_id = models.UUIDField()
    channel = models.TextField(choices=CHANNELS)
    purpose = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient_id", "channel", "purpose"],
                condition=Q(ended_at__isnull=True),
                name="messaging_decline_once",
            )
        ]


class Subscription(models.Model):
    """A browser that is told when there is something (Push API); gone as soon as its push service says so."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient_kind = models.TextField(choices=KINDS)
    recipient_id = models.UUIDField()
    #: which browser it is, as its owner knows it
    device = models.TextField(blank=True, default="")
    endpoint = EncryptedField()
    #: the browser's public key and secret, base64url as the browser gave them, with a space between
    keys = EncryptedField()
    endpoint_key = BlindIndexField(unique=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["recipient_id"], name="messaging_subscription_of")]


class Peer(models.Model):
    """How the other side of a channel does: one that cannot be reached is left alone for a while, for all messages at once."""

    channel = models.TextField(primary_key=True)
    failures = models.SmallIntegerField(default=0)
    problem = models.TextField(blank=True, default="")
    paused_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
