"""Appointments, the places that they hold, and what became of them."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.core.models import AppendOnly, Record, Voidable
from salus.patients import access
from salus.scheduling.models.plans import BOOK, VIEW, Schedule

#: states in which a patient is still awaited or here (FHIR AppointmentStatus)
AWAITED = ("booked", "arrived")


def is_desk(act: Act) -> bool:
    """Whether this act sees the appointments of the whole facility: it books and checks in, or it is the system's own."""
    return act.by == SYSTEM or (act.may(BOOK) and act.may("encounters.start_encounter"))


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, act: Act) -> AppointmentQuerySet:
        """All of the facility at the desk; else those of the act's departments, its own, and of records that it may open,
        where no label of the visit that came of it is a barrier; at the patients' own door, of those for whom it books."""
        if act.stands_for:
            own = self.filter(facility_id=act.here, voided_at__isnull=True, patient_id__in=act.subjects_with(VIEW))
            bare = Q(encounter__isnull=True) | Q(encounter__labels=[])
            return own.filter(bare | Q(access.reads(act, entry="encounter")))
        if act.facility_id is None or not act.may_any(VIEW, BOOK):
            return self.none()
        here = self.filter(facility_id=act.facility_id, voided_at__isnull=True)
        if is_desk(act):
            return here
        mine = Q(department_id__in=act.places)
        if act.practitioner_id:
            mine |= Q(practitioner_id=act.practitioner_id)
        bare = Q(encounter__isnull=True) | Q(encounter__labels=[])
        return here.filter(bare & (mine | Q(access.opens(act, "patient"))) | Q(access.reads(act, entry="encounter")))

    def between(self, since: object, until: object) -> AppointmentQuerySet:
        """Those that begin in a half-open time."""
        return self.filter(period__startswith__gte=since, period__startswith__lt=until)


class Appointment(Voidable):
    """A time that a patient has with somebody (FHIR Appointment); `schedule` is whom the patient comes to see."""

    STATUSES = [(s, s) for s in (*AWAITED, "fulfilled", "cancelled", "noshow", "entered-in-error")]
    REASONS = [
        ("pat", _("The patient cannot come")),
        ("prov", _("The doctor or the clinic cannot")),
        ("better", _("The patient feels better")),
        ("elsewhere", _("The patient goes elsewhere")),
        ("deceased", _("The patient has died")),
        ("error", _("Booked by mistake")),
    ]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="appointments", db_index=False
    )
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="appointments", db_index=False)
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(
        "places.Location", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.TextField(choices=STATUSES, default="booked")
    period = DateTimeRangeField()
    service_code = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    #: by which door it came: desk, telephone, portal, api
    channel = models.TextField(default="desk")
    #: those that were booked together, one after another, have the same
    series_id = models.UUIDField(null=True)
    #: why it was booked beyond the places that there are; empty for all others
    overbooked_reason = models.TextField(blank=True, default="")
    #: whether it was booked where no session is: then no end of a session touches it
    is_outside = models.BooleanField(default=False)
    #: when this time was given: what was said of the plan before is no news to it
    planned_at = models.DateTimeField(db_default=Now())
    cancel_reason = models.TextField(blank=True, default="")
    cancel_note = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__upper_inf=False, period__lower_inf=False),
                name="scheduling_appointment_has_an_end",
            ),
            # Nobody is at two places at one time.
            ExclusionConstraint(
                name="scheduling_patient_once_at_a_time",
                expressions=[("patient", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(status__in=AWAITED, voided_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "updated_at"], name="scheduling_appt_patient"),
            models.Index(F("facility"), models.Func("period", function="lower"), name="scheduling_appt_day"),
            models.Index(
                F("facility"),
                models.Func("period", function="upper"),
                condition=Q(status="booked"),
                name="scheduling_appt_awaited",
            ),
            models.Index(fields=["updated_at", "id"], name="scheduling_appt_updated"),
            # Whom a change of plan touches is looked for from the change on.
            models.Index(
                fields=["schedule", "planned_at"], condition=Q(status="booked"), name="scheduling_appt_planned"
            ),
            models.Index(fields=["department"], condition=Q(status="booked"), name="scheduling_appt_booked_in"),
        ]


class Hold(Record):
    """A numbered place of a schedule's time that an appointment has: a slot for four has the places 0 to 3.

    The database gives each place once at a time. Who is booked beyond them has a higher number, and says so. A place that is
    kept for something of an upper room, until it is booked or given back, has a `source` in place of an appointment.
    """

    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="holds")
    source = models.TextField(blank=True, default="")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="holds", db_index=False)
    period = DateTimeRangeField()
    #: minutes since 1970, and how many: availability adds up whole numbers
    begins = models.GeneratedField(
        expression=Func("period", template="(extract(epoch FROM lower(%(expressions)s) AT TIME ZONE 'UTC') / 60)::int"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    minutes = models.GeneratedField(
        expression=Func(
            "period", template="(extract(epoch FROM upper(%(expressions)s) - lower(%(expressions)s)) / 60)::int"
        ),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    place = models.SmallIntegerField()
    #: how many places there were when it was booked
    places = models.SmallIntegerField()
    is_overbooked = models.BooleanField(default=False)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(place__gte=0) & (Q(place__lt=F("places")) | Q(is_overbooked=True)),
                name="scheduling_hold_within_places",
            ),
            # What reaches into a day began on it or on the day before.
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=1440), name="scheduling_hold_within_a_day"),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, source="") | Q(appointment__isnull=True) & ~Q(source=""),
                name="scheduling_hold_is_for_something",
            ),
            ExclusionConstraint(
                name="scheduling_no_double_booking",
                expressions=[
                    ("schedule", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(released_at__isnull=True),
            ),
        ]
        indexes = [
            # Availability reads what is booked from here alone.
            models.Index(
                fields=["schedule", "begins"],
                condition=Q(released_at__isnull=True),
                include=["minutes", "place"],
                name="scheduling_hold_begins",
            ),
            models.Index(
                fields=["source"], condition=~Q(source="") & Q(released_at__isnull=True), name="scheduling_hold_kept"
            ),
        ]


class Change(AppendOnly):
    """What happened to an appointment, in the order in which it happened."""

    appointment_id = models.UUIDField()
    act_id = models.UUIDField()
    by_id = models.UUIDField()
    happened_at = models.DateTimeField()
    #: booked, moved, cancelled, missed, arrived, fulfilled, waiting
    what = models.TextField()
    period = DateTimeRangeField()
    schedule_id = models.UUIDField()
    note = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["appointment_id", "id"], name="scheduling_change_of"),
            # What one act moved can be put back.
            models.Index(fields=["act_id"], condition=Q(what="moved"), name="scheduling_change_moved"),
        ]


def note_change(act: Act, appointment: Appointment, what: str, note: str = "") -> None:
    """Add a line to the history of an appointment, as it stands now."""
    Change.objects.create(
        appointment_id=appointment.id,
        act_id=act.id,
        by_id=act.by,
        happened_at=act.at,
        what=what,
        period=appointment.period,
        schedule_id=appointment.schedule_id,
        note=note,
    )
