"""What waits for somebody, and everything that became of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.core.models import AppendOnly, Record
from salus.inbox.rules import BY_HAND, ENDED, KINDS, MARKS, OPEN, PRIORITIES
from salus.patients import access
from salus.patients.access.decision import FINDING, MAY_OPEN
from salus.patients.access.reading import decision_on

VIEW, WORK, GIVE, WRITE, SET_UP = (
    "inbox.view",
    "inbox.work",
    "inbox.give_task",
    "inbox.write_message",
    "inbox.set_rules",
)
FLAG = "inbox.raise_flag"
#: what only the system does: put what follows from a fact, and hand on by the clock
PUT, ESCALATE = "inbox.put_task", "inbox.escalate"


def inboxes(act: Act) -> list[UUID]:
    """The inboxes in which this act looks: the person's own, and those of the departments where he or she works."""
    return [*([act.practitioner_id] if act.practitioner_id else []), *sorted(act.places)]


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, act: Act) -> TaskQuerySet:
        """What stands in the act's inboxes, what it has given, and what is about patients whose record it may open.

        That it is there: what it says of a patient is `readable_by`.
        """
        if act.facility_id is None or act.stands_for or not act.may(VIEW):
            return self.none()
        here = self.filter(facility_id=act.facility_id)
        if act.by == SYSTEM:
            return here
        return here.filter(_mine(act) | Q(access.opens(act, "patient")))

    def readable_by(self, act: Act) -> TaskQuerySet:
        """Of what is visible, what this act may also read."""
        return self.visible_to(act).filter(reads(act))

    def waiting_for(self, act: Act) -> TaskQuerySet:
        """What is open in the act's own inboxes: somebody of them has to see to it."""
        return self.filter(facility_id=act.here, status__in=OPEN, holders__overlap=inboxes(act))

    def of_patient(self, act: Act, patient_id: UUID) -> TaskQuerySet:
        """What is about one patient: all of it with the record open, else what this act was given or has given."""
        about = self.filter(patient_id=patient_id, facility_id=act.here)
        decided = decision_on(act, patient_id)
        if act.stands_for or not act.may(VIEW):
            return self.none()
        return about.filter(access.shown(act, decided)) if decided.allows else about.filter(_mine(act), reads(act))


def _mine(act: Act) -> Q:
    mine = inboxes(act)
    return Q(holders__overlap=mine) | Q(watchers__overlap=mine)


def reads(act: Act) -> Q:
    """Whether this act may read what a task says: of an open record all; a desk, which opens none, what was written for it."""
    if act.by == SYSTEM:
        return Q()
    said = Q(patient__isnull=True) | Q(access.reads(act, "patient"))
    if not act.may(MAY_OPEN) and act.may_any(*FINDING):
        said |= Q(kind__in=BY_HAND, route="", labels=[])
    return said


class Task(Record):
    """One thing that somebody has to see to (FHIR Task). It ends only by being done, or cancelled with a reason.

    `holders` are those in whose inbox it stands: the owner or a department, and whoever was called since. `watchers` gave
    it on and see it until it ends. Both hold ids of practitioners and of departments.
    """

    STATUSES = [(one, one) for one in (*OPEN, *ENDED)]
    KIND_WORDS = [
        ("result", _("Result")),
        ("cosign", _("Co-signature")),
        ("countersign", _("Countersignature")),
        ("missing", _("Missing in the record")),
        ("message", _("Message")),
        ("task", _("Task")),
        ("follow-up", _("Follow-up")),
        ("referral", _("Referral")),
    ]
    PRIORITY_WORDS = [("routine", _("Routine")), ("urgent", _("Urgent")), ("asap", _("Soon")), ("stat", _("At once"))]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    #: what it comes of, once: `lab.request:<id>`
    source = models.TextField(unique=True)
    kind = models.TextField(choices=KIND_WORDS)
    #: of a result: abnormal, critical
    mark = models.TextField(blank=True, default="")
    #: what was said before was wrong
    is_corrected = models.BooleanField(default=False)
    subject = models.TextField()
    note = models.TextField(blank=True, default="")
    #: the entry of the record that it is about, as a source: `chart.note:<id>`
    about = models.TextField(blank=True, default="", db_default="")
    #: everything that it is about, as a source, with the sensitivity labels that it has now (the trigger `carry_labels`)
    marks = models.JSONField(default=dict)
    #: all of those together, and those that it was given by hand
    labels = ArrayField(models.TextField(), default=list)
    own_labels = ArrayField(models.TextField(), default=list, db_default=[])
    patient = models.ForeignKey(
        "patients.Patient", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    holders = ArrayField(models.UUIDField())
    watchers = ArrayField(models.UUIDField(), default=list)
    #: the page on which it is seen to; a filter of a list may stand after a question mark
    route = models.TextField(blank=True, default="")
    route_args = models.JSONField(default=dict)
    priority = models.TextField(choices=PRIORITY_WORDS, default="routine")
    status = models.TextField(choices=STATUSES, default="requested")
    put_at = models.DateTimeField()
    due_at = models.DateTimeField()
    #: who gave it; nobody where it follows from a fact
    requester = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    requester_name = models.TextField(blank=True, default="")
    #: from when on the rungs of the ladder count, how many were climbed, when the next one is
    counted_from = models.DateTimeField()
    climbed = models.SmallIntegerField(default=0)
    escalates_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.UUIDField(null=True)
    ended_by_name = models.TextField(blank=True, default="")
    end_reason = models.TextField(blank=True, default="")
    #: the task from which it follows
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by", db_index=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="inbox_task_kind"),
            models.CheckConstraint(condition=Q(mark__in=MARKS), name="inbox_task_mark"),
            models.CheckConstraint(condition=Q(priority__in=PRIORITIES), name="inbox_task_priority"),
            models.CheckConstraint(condition=~Q(subject=""), name="inbox_task_says_what"),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(department__isnull=False), name="inbox_task_has_somebody"
            ),
            # In no inbox it would be lost.
            models.CheckConstraint(condition=Q(holders__len__gt=0), name="inbox_task_stands_somewhere"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, ended_at__isnull=True)
                | Q(status="completed", ended_at__isnull=False, ended_by_id__isnull=False)
                | (Q(status="cancelled", ended_at__isnull=False, ended_by_id__isnull=False) & ~Q(end_reason="")),
                name="inbox_task_ends",
            ),
        ]
        indexes = [
            GinIndex(fields=["holders"], condition=Q(status__in=OPEN), name="inbox_task_holders"),
            GinIndex(fields=["watchers"], condition=Q(status__in=OPEN), name="inbox_task_watchers"),
            models.Index(
                fields=["facility", "escalates_at"], condition=Q(status__in=OPEN), name="inbox_task_escalates"
            ),
            models.Index(
                fields=["ended_by_id", "-ended_at"], condition=Q(status__in=ENDED), name="inbox_task_ended_by"
            ),
            models.Index(fields=["requester", "-ended_at"], condition=Q(status__in=ENDED), name="inbox_task_asked_by"),
            models.Index(fields=["patient", "-put_at"], name="inbox_task_patient"),
            models.Index(fields=["updated_at", "id"], name="inbox_task_updated"),
            models.Index(fields=["about"], condition=~Q(about=""), name="inbox_task_about"),
            GinIndex(fields=["marks"], name="inbox_task_marks"),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class Step(AppendOnly):
    """One thing that became of a task: put, accepted, delegated, commented, escalated, completed, cancelled."""

    KINDS = [
        ("put", _("Put in the inbox")),
        ("accepted", _("Accepted")),
        ("started", _("Begun")),
        ("delegated", _("Given on")),
        ("commented", _("Comment")),
        ("escalated", _("Not seen to in time")),
        ("completed", _("Done")),
        ("cancelled", _("Cancelled")),
    ]

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="steps")
    kind = models.TextField(choices=KINDS)
    happened_at = models.DateTimeField()
    by_id = models.UUIDField()
    by_name = models.TextField(blank=True, default="")
    #: whom it went to, and by which rung
    to_ids = ArrayField(models.UUIDField(), default=list)
    to_names = models.TextField(blank=True, default="")
    words = models.TextField(blank=True, default="")
