"""Tables of the waiting list: wishes, offers, and how a facility wants it."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.core.models import Record
from salus.patients import access
from salus.scheduling.models import BOOK

VIEW, JOIN, RANK, OFFER, SET_UP = (
    "waitlist.view",
    "waitlist.join",
    "waitlist.set_priority",
    "waitlist.offer",
    "waitlist.set_policy",
)
#: states of a wish in which the patient still waits
WAITING = ("waiting", "offered")


def is_desk(act: Act) -> bool:
    """Whether this act sees the list of the whole facility: it books and checks in, or it is the system's own."""
    return act.by == SYSTEM or (act.may(BOOK) and act.may("encounters.start_encounter"))


class WishQuerySet(models.QuerySet["Wish"]):
    def visible_to(self, act: Act) -> WishQuerySet:
        """All of the facility at the desk; else those of the act's departments, and of records that it may open; at the
        patients' own door, of those for whom it may join the list."""
        if act.stands_for:
            return self.filter(facility_id=act.here, patient_id__in=act.subjects_with(JOIN))
        if act.facility_id is None or not act.may_any(VIEW, JOIN, OFFER):
            return self.none()
        here = self.filter(facility_id=act.facility_id)
        if is_desk(act):
            return here
        return here.filter(Q(department_id__in=act.places) | Q(access.opens(act, "patient")))


class Wish(Record):
    """What a patient waits for: with whom or where, when, how soon. What is empty does not matter."""

    STATUSES = [(one, one) for one in (*WAITING, "booked", "left")]
    PRIORITIES = [("routine", _("Routine")), ("urgent", _("Urgent")), ("asap", _("As soon as possible"))]
    #: why somebody is taken off the list; the last three by the system
    REASONS = [
        ("pat", _("The patient waits no more")),
        ("better", _("The patient feels better")),
        ("elsewhere", _("The patient goes elsewhere")),
        ("unreachable", _("The patient cannot be reached")),
        ("error", _("Put on the list by mistake")),
        ("over", _("The last day of the wish is over")),
        ("deceased", _("The patient has died")),
        ("joined", _("The record was joined with another one")),
    ]
    BY_HAND = frozenset({"pat", "better", "elsewhere", "unreachable", "error", "deceased"})

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    #: with one of these schedules
    schedule_ids = ArrayField(models.UUIDField(), default=list)
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    specialty = models.TextField(blank=True, default="")
    service_code = models.TextField(blank=True, default="")
    #: at least so many minutes
    length = models.SmallIntegerField(default=0)
    first_on = models.DateField()
    last_on = models.DateField()
    #: 0 is Monday; empty is every day
    weekdays = ArrayField(models.SmallIntegerField(), default=list)
    #: minutes of the day between which it begins and ends
    wall_from = models.SmallIntegerField(default=0)
    wall_until = models.SmallIntegerField(default=1440)
    language = models.TextField(blank=True, default="")
    priority = models.TextField(choices=PRIORITIES, default="routine")
    priority_reason = models.TextField(blank=True, default="")
    short_notice = models.BooleanField(default=False)
    note = models.TextField(blank=True, default="")
    #: by which door it came: desk, phone, portal, api
    channel = models.TextField(default="desk")
    status = models.TextField(choices=STATUSES, default="waiting")
    joined_at = models.DateTimeField()
    #: how many offers were made; only that many are made by themselves as the facility says
    offers_made = models.SmallIntegerField(default=0)
    #: the later appointment that is moved when an earlier time is taken, in the same act: never both, never none
    replaces = models.ForeignKey(
        "scheduling.Appointment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: what came of it
    appointment = models.ForeignKey("scheduling.Appointment", null=True, on_delete=models.PROTECT, related_name="+")
    left_reason = models.TextField(blank=True, default="")
    left_note = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    objects = WishQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="waitlist_wish_days"),
            models.CheckConstraint(
                condition=Q(wall_from__gte=0, wall_until__lte=1440, wall_from__lt=F("wall_until")),
                name="waitlist_wish_walls",
            ),
            models.CheckConstraint(condition=Q(length__gte=0, length__lte=1440), name="waitlist_wish_length"),
            models.CheckConstraint(
                condition=~Q(schedule_ids=[]) | ~Q(specialty="") | Q(department__isnull=False),
                name="waitlist_wish_for_something",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WAITING, ended_at__isnull=True)
                | Q(status="booked", ended_at__isnull=False)
                | Q(status="left", ended_at__isnull=False) & ~Q(left_reason=""),
                name="waitlist_wish_ends",
            ),
            # The same thing once: two devices, two desks.
            models.UniqueConstraint(
                fields=["patient", "schedule_ids", "department", "specialty", "service_code"],
                condition=Q(status__in=WAITING),
                nulls_distinct=False,
                name="waitlist_wish_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "joined_at"], condition=Q(status__in=WAITING), name="waitlist_wish_waiting"
            ),
            models.Index(fields=["facility", "ended_at"], name="waitlist_wish_ended"),
            models.Index(fields=["replaces"], condition=Q(replaces__isnull=False), name="waitlist_wish_replaces"),
        ]


class Offer(Record):
    """A free time that is kept for a patient until then; the place itself is a hold of scheduling."""

    STATUSES = [(one, one) for one in ("open", "accepted", "declined", "lapsed", "withdrawn")]

    wish = models.ForeignKey(Wish, on_delete=models.PROTECT, related_name="offers")
    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    schedule = models.ForeignKey("scheduling.Schedule", on_delete=models.PROTECT, related_name="+", db_index=False)
    period = DateTimeRangeField()
    status = models.TextField(choices=STATUSES, default="open")
    #: whether somebody offered it by hand
    by_hand = models.BooleanField(default=False)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    #: by which door the answer came: desk, phone, portal
    channel = models.TextField(blank=True, default="")
    #: why it was declined or withdrawn
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__upper_inf=False, period__lower_inf=False),
                name="waitlist_offer_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True) | ~Q(status="open") & Q(ended_at__isnull=False),
                name="waitlist_offer_ends",
            ),
            models.UniqueConstraint(fields=["wish"], condition=Q(status="open"), name="waitlist_one_offer_a_wish"),
            # Nobody is asked twice about the same time.
            ExclusionConstraint(
                name="waitlist_patient_once_at_a_time",
                expressions=[("patient", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(status="open"),
            ),
        ]
        indexes = [
            models.Index(fields=["facility", "expires_at"], condition=Q(status="open"), name="waitlist_offer_open")
        ]

    @property
    def source(self) -> str:
        """What its place is kept for, in the words of scheduling."""
        return f"waitlist.offer:{self.id}"


class Policy(Record):
    """How a facility wants its waiting list; whoever offers by the list holds the row, so that one does at a time."""

    facility = models.OneToOneField("places.Facility", on_delete=models.PROTECT, related_name="+")
    #: whether freed times are offered by themselves
    is_automatic = models.BooleanField(default=True)
    #: an offered time is kept so many minutes, of those in which people are awake
    keep_minutes = models.SmallIntegerField(default=30)
    awake_from = models.SmallIntegerField(default=480)
    awake_until = models.SmallIntegerField(default=1200)
    #: so many offers are made by themselves, then the desk asks
    most_offers = models.SmallIntegerField(default=3)
    #: what begins within so many hours is only offered to who takes it at short notice
    short_hours = models.SmallIntegerField(default=24)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(awake_from__gte=0, awake_until__lte=1440, awake_from__lt=F("awake_until")),
                name="waitlist_policy_awake",
            ),
            models.CheckConstraint(
                condition=Q(keep_minutes__gte=1, keep_minutes__lte=2880), name="waitlist_policy_keeps"
            ),
            models.CheckConstraint(condition=Q(most_offers__gte=1, most_offers__lte=50), name="waitlist_policy_offers"),
            models.CheckConstraint(condition=Q(short_hours__gte=0, short_hours__lte=720), name="waitlist_policy_short"),
        ]
