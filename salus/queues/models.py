"""Queues of a department, the tokens in them, who sits in which room, and who was recognised by what."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.core.models import AppendOnly, Record
from salus.patients import access
from salus.queues.rules import CATEGORIES, IN_ROOM, OPEN

VIEW, CALL, ISSUE, ORDER, MANAGE = (
    "queues.view",
    "queues.call",
    "queues.issue_token",
    "queues.order_tokens",
    "queues.manage_queues",
)
#: kinds of queues in which a visit begins and is seen; what comes after (cash, pharmacy, samples) goes on without it
OF_THE_VISIT = ("registration", "triage", "consultation")
FOLLOW, SHOW, SCAN = "queues.follow_visit", "queues.show_wall", "queues.check_in_by_code"


def is_desk(act: Act) -> bool:
    """Whether this act sees the queues of the whole facility: it checks people in, or it is the system's own."""
    return act.by == SYSTEM or act.may("encounters.start_encounter")


class QueueQuerySet(models.QuerySet["Queue"]):
    def here(self, act: Act) -> QueueQuerySet:
        """The queues of the act's facility that are open."""
        return self.filter(Q(facility_id=act.facility_id), retired_at__isnull=True)

    def worked_by(self, act: Act) -> QueueQuerySet:
        """Those from which this act may call: its departments'; at the desk all."""
        here = self.here(act)
        return here if is_desk(act) else here.filter(department_id__in=act.places)


class Queue(Record):
    """Where people wait for one thing at a department; its sub-queues are for a doctor or a room."""

    KINDS = [
        ("registration", _("Registration")),
        ("triage", _("Triage")),
        ("consultation", _("Consultation")),
        ("sample", _("Sample collection")),
        ("imaging", _("Imaging")),
        ("pharmacy", _("Pharmacy")),
        ("cash", _("Cash desk")),
    ]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=KINDS)
    name = models.TextField()
    #: the letters before the number
    prefix = models.TextField()
    retired_at = models.DateTimeField(null=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(prefix__regex=r"^[A-Z]{1,3}$"), name="queues_queue_prefix_is_letters"),
            # A number is heard in the whole house: two queues never give the same one.
            models.UniqueConstraint(
                fields=["facility", "prefix"], condition=Q(retired_at__isnull=True), name="queues_queue_own_prefix"
            ),
            models.UniqueConstraint(
                fields=["department", "kind"], condition=Q(retired_at__isnull=True), name="queues_queue_one_of_a_kind"
            ),
        ]


class Display(Record):
    """What the wall of a department shows: no names unless the facility wants them."""

    department = models.OneToOneField("places.Department", on_delete=models.PROTECT, related_name="+")
    shows_names = models.BooleanField(default=False)
    has_chime = models.BooleanField(default=False)
    languages = ArrayField(models.TextField(), default=list)


class Station(Record):
    """Somebody sits in a room and calls from there, until it is closed."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    room = models.ForeignKey("places.Location", on_delete=models.PROTECT, related_name="stations", db_index=False)
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room"], condition=Q(closed_at__isnull=True), name="queues_station_one_of_a_room"
            ),
            models.UniqueConstraint(
                fields=["practitioner"], condition=Q(closed_at__isnull=True), name="queues_station_one_of_a_person"
            ),
        ]


class TokenQuerySet(models.QuerySet["Token"]):
    def visible_to(self, act: Act) -> TokenQuerySet:
        """The tokens that this act may know of: of its departments, its own, of records that it may open; at the desk all; at
        the patients' own door theirs, of whose visit no label is a barrier."""
        if act.stands_for:
            theirs = self.filter(facility_id=act.here, patient_id__in=act.subjects_with(VIEW))
            return theirs.filter(_bare() | Q(access.reads(act, entry="encounter")))
        if act.facility_id is None or not act.may(VIEW):
            return self.none()
        here = self.filter(facility_id=act.facility_id)
        if is_desk(act):
            return here
        return here.filter(_mine(act) | Q(access.opens(act, "patient")))

    def named_to(self, act: Act) -> Q:
        """Of those that an act may know of: where it may also know who waits, as no label of the visit is a barrier."""
        if is_desk(act):
            return Q(patient__isnull=False)
        return (_bare() & Q(patient__isnull=False)) | Q(access.reads(act, entry="encounter"))

    def open(self) -> TokenQuerySet:
        return self.filter(status__in=OPEN)


def _bare() -> Q:
    return Q(encounter__isnull=True) | Q(encounter__labels=[])


def _mine(act: Act) -> Q:
    mine = Q(queue__department_id__in=act.places)
    return mine | Q(practitioner_id=act.practitioner_id) if act.practitioner_id else mine


class Token(Record):
    """A place in a queue with a number that can be called."""

    STATUSES = [(s, s) for s in (*OPEN, "done", "transferred", "left")]
    CATEGORIES = [
        ("emergency", _("Emergency")),
        ("urgent", _("Urgent")),
        ("priority", _("Priority")),
        ("routine", _("Routine")),
    ]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    #: the queue whose counter gave the number: who is sent on keeps it
    numbered_by = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    number = models.IntegerField()
    #: prefix and number, as it is printed and called
    label = models.TextField()
    patient = models.ForeignKey(
        "patients.Patient", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    encounter = models.ForeignKey(
        "encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    appointment = models.ForeignKey(
        "scheduling.Appointment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.TextField(choices=STATUSES, default="waiting")
    category = models.TextField(choices=CATEGORIES, default="routine")
    #: for whom by name, and for which room: None waits for whoever is free
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    for_room = models.ForeignKey(
        "places.Location", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: the room that has called
    room = models.ForeignKey("places.Location", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    came_from = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="went_to")
    issued_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    put_at = models.DateTimeField(null=True)
    put_why = models.TextField(blank=True, default="")
    calls = models.SmallIntegerField(default=0)
    called_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    back_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["numbered_by", "day", "number"],
                condition=Q(came_from__isnull=True),
                name="queues_token_number_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["facility", "day", "label"], condition=Q(status__in=OPEN), name="queues_token_label_once"
            ),
            # A room has one patient, and a patient one room.
            models.UniqueConstraint(
                fields=["room"], condition=Q(status__in=IN_ROOM), name="queues_token_one_in_a_room"
            ),
            models.UniqueConstraint(
                fields=["encounter", "queue"], condition=Q(status__in=OPEN), name="queues_token_once_of_a_visit"
            ),
            models.UniqueConstraint(
                fields=["patient", "queue"],
                condition=Q(status__in=OPEN, encounter__isnull=True),
                name="queues_token_once_of_a_patient",
            ),
            models.CheckConstraint(
                condition=~Q(status="called") | Q(room__isnull=False), name="queues_token_called_from_a_room"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("waiting", "missed")) | Q(room__isnull=True),
                name="queues_token_waits_in_no_room",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, ended_at__isnull=True) | (~Q(status__in=OPEN) & Q(ended_at__isnull=False)),
                name="queues_token_ends_once",
            ),
            models.CheckConstraint(condition=Q(category__in=CATEGORIES), name="queues_token_category"),
            models.CheckConstraint(
                condition=Q(encounter__isnull=True) | Q(patient__isnull=False), name="queues_token_visit_has_patient"
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "status"], condition=Q(status__in=OPEN), name="queues_token_open"),
            models.Index(fields=["patient", "-issued_at"], name="queues_token_patient"),
            models.Index(fields=["encounter"], name="queues_token_encounter"),
            # how long the last ones took
            models.Index(F("queue"), F("ended_at").desc(), condition=Q(status="done"), name="queues_token_served"),
        ]


class IdentityCheck(AppendOnly):
    """By what somebody was recognised at a check-in: two identifiers or more, each of which agreed."""

    IDENTIFIERS = [
        ("name", _("Name")),
        ("birth_date", _("Date of birth")),
        ("mrn", _("Medical record number")),
        ("address", _("Address")),
        ("document", _("Identity document")),
        ("photo", _("Photo")),
        ("code", _("Code of the appointment")),
        ("told_by_other", _("Told by who came along")),
    ]

    encounter_id = models.UUIDField()
    patient_id = models.UUIDField()
    identifiers = ArrayField(models.TextField())
    act_id = models.UUIDField()
    by_id = models.UUIDField()
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(identifiers__len__gte=2), name="queues_identity_two_identifiers"),
        ]
        indexes = [models.Index(fields=["patient_id", "-id"], name="queues_identity_patient")]
