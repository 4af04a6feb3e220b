"""Vaccinations, the vaccines that there are, and the schedule by which they are due."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.chart.models.entries import Entry
from salus.core.fields import PartialDateField, WrittenDecimalField
from salus.core.models import Record


class Immunization(Entry):
    """A vaccination (FHIR Immunization): given, or not given (`status` not-done) and why.

    What a person here gives is primary; what others gave is told, or copied from a paper (`is_primary` is False, and
    `origin` says from where). What it counts for says its vaccine (`Vaccine.groups`).
    """

    COMPLETED, NOT_DONE = "completed", "not-done"

    occurrence = PartialDateField(null=True)
    occurrence_text = models.TextField(blank=True, default="")
    at = models.DateTimeField(null=True)
    lot_number = models.TextField(blank=True, default="")
    expires_on = models.DateField(null=True)
    manufacturer = models.TextField(blank=True, default="")
    dose = WrittenDecimalField(null=True)
    dose_unit = models.TextField(blank=True, default="")
    #: which dose of its series the one who gave it counted
    dose_number = models.SmallIntegerField(null=True)
    site = models.TextField(blank=True, default="")
    route = models.TextField(blank=True, default="")
    performer = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    performer_name = models.TextField(blank=True, default="")
    is_primary = models.BooleanField(default=True)
    origin = models.TextField(blank=True, default="")
    #: why it was not given: a code of FHIR's value set, and words
    reason_code = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(dose_number__isnull=True) | models.Q(dose_number__gt=0),
                name="chart_immunization_counts_from_one",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-at"], name="chart_immunization_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_immunization_updated"),
        ]


class Vaccine(Record):
    """A vaccine that can be recorded: its CVX code, and the groups of the schedule that a dose of it counts for."""

    code = models.TextField(unique=True)
    name = models.TextField()
    groups = ArrayField(models.TextField(), default=list)
    is_active = models.BooleanField(default=True)
    source = models.TextField(blank=True, default="")
    source_place = models.TextField(blank=True, default="")
    source_opened = models.DateField(null=True)


class VaccineSchedule(Record):
    """One version of a schedule. The one in force is the newest of the facility, else the newest that ships with Salus.

    A version is never edited: a change makes the next one, so that what was due by which rule can be shown again.
    """

    facility = models.ForeignKey("places.Facility", null=True, on_delete=models.PROTECT, related_name="+")
    number = models.IntegerField()
    name = models.TextField()
    change = models.TextField(blank=True, default="")
    #: it speaks of people below this age (ISO 8601 duration)
    until_age = models.TextField(blank=True, default="")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "number"], name="chart_schedule_number", nulls_distinct=False),
        ]


class ScheduledDose(Record):
    """A line of a schedule: when one dose of one vaccine group is due, as ISO 8601 durations (`P12M-4D` has a grace).

    `valid_*` is from when a dose that was given counts, `min_*` from when one may be given, `age` and `interval` when it is
    recommended, `late_*` from when it is overdue, `max_age` from when it is given no more. Intervals are from the dose
    before, `*_from_first` from the first. From the age `skip_from` on it is left out, from `completes_from` on it is the last
    one that is needed; at `start_before` the series is begun no more. The source speaks of people of the ages from
    `people_from` until `people_until`. The last dose comes again so long after it was given (`again`), or in the next season,
    which begins on a day of the year (`season`, as 07-01).

    A group may stand instead of another (`instead_of`): of such series the one counts that the patient has come furthest in.
    Where not every vaccine of a group will do for a dose, `vaccines` says which (CVX). The source may speak of who was born
    from a day on (`born_from`). Beginnings of ICD-10 or SNOMED codes: with a diagnosis of `immune_by`, now or ever, nobody is
    asked for a dose; with an active one of `not_with` somebody asks first (a live vaccine and a pregnancy).
    """

    DURATIONS = (
        "valid_age", "min_age", "age", "late_age", "max_age", "valid_interval", "min_interval", "interval",
        "late_interval", "valid_from_first", "min_from_first", "from_first", "skip_from", "start_before",
        "completes_from", "people_from", "people_until", "again",
    )  # fmt: skip

    schedule = models.ForeignKey(VaccineSchedule, on_delete=models.PROTECT, related_name="doses")
    group = models.TextField()
    group_name = models.TextField()
    dose = models.SmallIntegerField()
    valid_age = models.TextField(blank=True, default="")
    min_age = models.TextField(blank=True, default="")
    age = models.TextField(blank=True, default="")
    late_age = models.TextField(blank=True, default="")
    max_age = models.TextField(blank=True, default="")
    valid_interval = models.TextField(blank=True, default="")
    min_interval = models.TextField(blank=True, default="")
    interval = models.TextField(blank=True, default="")
    late_interval = models.TextField(blank=True, default="")
    valid_from_first = models.TextField(blank=True, default="")
    min_from_first = models.TextField(blank=True, default="")
    from_first = models.TextField(blank=True, default="", db_default="")
    skip_from = models.TextField(blank=True, default="")
    start_before = models.TextField(blank=True, default="")
    completes_from = models.TextField(blank=True, default="")
    people_from = models.TextField(blank=True, default="", db_default="")
    people_until = models.TextField(blank=True, default="", db_default="")
    again = models.TextField(blank=True, default="", db_default="")
    season = models.TextField(blank=True, default="", db_default="")
    instead_of = models.TextField(blank=True, default="", db_default="")
    vaccines = ArrayField(models.TextField(), default=list, db_default=[])
    born_from = models.DateField(null=True)
    immune_by = ArrayField(models.TextField(), default=list, db_default=[])
    not_with = ArrayField(models.TextField(), default=list, db_default=[])
    place = models.SmallIntegerField(default=0)
    source = models.TextField(blank=True, default="")
    source_place = models.TextField(blank=True, default="")
    source_opened = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "group", "dose"], name="chart_scheduled_dose_once"),
            models.CheckConstraint(condition=models.Q(dose__gt=0), name="chart_scheduled_dose_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(season="") | models.Q(season__regex=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$"),
                name="chart_scheduled_dose_season",
            ),
        ]
