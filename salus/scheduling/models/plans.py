"""Whose time can be booked, and when: schedules, their weekly patterns, absences, the facility's holidays."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    DateRangeField,
    DateTimeRangeField,
    IntegerRangeField,
    RangeOperators,
)
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.models import Record

VIEW, BOOK, OVERBOOK, MANAGE = (
    "scheduling.view",
    "scheduling.book",
    "scheduling.overbook",
    "scheduling.manage_schedules",
)


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def visible_to(self, act: Act) -> ScheduleQuerySet:
        """The schedules of the act's facility."""
        booked = act.subjects_with(BOOK)  # a patient may know whom he can come to see
        if act.facility_id is None or not (booked or act.may_any(VIEW, BOOK, MANAGE)):
            return self.none()
        return self.filter(facility_id=act.facility_id)

    def current(self) -> ScheduleQuerySet:
        return self.filter(retired_at__isnull=True)


class Schedule(Record):
    """The time of one that can be booked (FHIR Schedule): somebody, a room, a device, or a clinic as a whole.

    Rooms and devices are taken together with somebody's time; without patterns they are free whenever nobody has them.
    """

    KINDS = [
        ("practitioner", _("Person")),
        ("room", _("Room")),
        ("device", _("Device")),
        ("service", _("Clinic or service")),
    ]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="schedules")
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="schedules")
    kind = models.TextField(choices=KINDS)
    practitioner = models.ForeignKey("staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey("places.Location", null=True, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    #: how many may have a room or device at once; patterns say it for everything else
    places = models.SmallIntegerField(default=1)
    retired_at = models.DateTimeField(null=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="practitioner", practitioner__isnull=False)
                | Q(practitioner__isnull=True) & ~Q(kind="practitioner"),
                name="scheduling_schedule_has_its_actor",
            ),
            models.CheckConstraint(condition=Q(places__gte=1, places__lte=500), name="scheduling_schedule_places"),
            # One calendar for each person and room: otherwise two of them could be booked at one time.
            models.UniqueConstraint(
                fields=["facility", "practitioner"],
                condition=Q(retired_at__isnull=True, practitioner__isnull=False),
                name="scheduling_one_schedule_a_person",
            ),
            models.UniqueConstraint(
                fields=["location"],
                condition=Q(retired_at__isnull=True, kind="room", location__isnull=False),
                name="scheduling_one_schedule_a_room",
            ),
        ]


class Pattern(Record):
    """A session that comes every week: when, how long a slot is, how many places it has, what for, from when until when.

    `minutes` and `breaks` are minutes of the day on the clock of the facility; `valid` are days.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="patterns")
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey("places.Location", null=True, on_delete=models.PROTECT, related_name="+")
    weekday = models.SmallIntegerField()
    minutes = IntegerRangeField()
    slot_minutes = models.SmallIntegerField()
    places = models.SmallIntegerField(default=1)
    breaks = ArrayField(IntegerRangeField(), default=list)
    #: kinds of visit (codes of `catalog.Service`); empty takes every kind
    service_codes = ArrayField(models.TextField(), default=list)
    #: rooms and devices that each booking takes as well
    also = ArrayField(models.UUIDField(), default=list)
    valid = DateRangeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__gte=0, weekday__lte=6), name="scheduling_pattern_weekday"),
            models.CheckConstraint(
                condition=Q(minutes__startswith__gte=0, minutes__endswith__lte=1440, minutes__isempty=False),
                name="scheduling_pattern_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(slot_minutes__gte=1, slot_minutes__lte=1440), name="scheduling_pattern_slot"
            ),
            models.CheckConstraint(condition=Q(places__gte=1, places__lte=500), name="scheduling_pattern_places"),
            ExclusionConstraint(
                name="scheduling_one_pattern_at_a_time",
                expressions=[
                    ("schedule", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    ("minutes", RangeOperators.OVERLAPS),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(retired_at__isnull=True),
            ),
        ]


class Absence(Record):
    """Time in which a schedule is not kept: leave, illness, training, a room that is painted."""

    REASONS = [
        ("leave", _("Leave")),
        ("illness", _("Illness")),
        ("training", _("Training")),
        ("maintenance", _("Maintenance")),
        ("other", _("Other")),
    ]

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="absences", db_index=False)
    period = DateTimeRangeField()
    reason = models.TextField(choices=REASONS)
    note = models.TextField(blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__upper_inf=False, period__lower_inf=False),
                name="scheduling_absence_has_an_end",
            ),
            # Not to forbid an overlap (leave over leave is no harm), but said once: the same twice is a double click.
            models.UniqueConstraint(
                fields=["schedule", "period"],
                condition=Q(withdrawn_at__isnull=True),
                name="scheduling_absence_once",
            ),
        ]
        indexes = [
            models.Index(
                models.Func("period", function="upper"),
                condition=Q(withdrawn_at__isnull=True),
                name="scheduling_absence_ahead",
            ),
        ]


class Holiday(Record):
    """A day on which the facility keeps no schedule."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    name = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "on"], condition=Q(withdrawn_at__isnull=True), name="scheduling_holiday_once"
            ),
        ]
