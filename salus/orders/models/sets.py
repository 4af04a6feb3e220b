"""What is ordered again and again: favourites of one person or of a department, and order sets. No patient is in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.core.models import Record


class Favourite(Record):
    """One order as it is usually written: of a practitioner, or of everybody in a department.

    `line` is a line of a draft (`drafts.Line`) without its key.
    """

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.TextField()
    line = models.JSONField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(practitioner__isnull=True, department__isnull=False)
                | models.Q(practitioner__isnull=False, department__isnull=True),
                name="orders_favourite_of_one",
            ),
            models.UniqueConstraint(
                fields=["facility", "practitioner", "department", "name"],
                condition=models.Q(is_active=True),
                nulls_distinct=False,
                name="orders_favourite_once",
            ),
        ]


class OrderSet(Record):
    """What is ordered together for one purpose (FHIR PlanDefinition); `description` says for whom."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.TextField()
    description = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "name"], condition=models.Q(is_active=True), name="orders_set_once"
            ),
        ]


class OrderSetItem(Record):
    """One order of a set, and for whom it is meant: sex, age (half-open, in months), one of these problems.

    `problems` are codes: ICD-10 ones by their beginning (`E11`), SNOMED ones whole; empty: whatever the patient has.
    """

    SEXES = [("", "any"), ("female", "female"), ("male", "male")]

    order_set = models.ForeignKey(OrderSet, on_delete=models.PROTECT, related_name="items")
    place = models.SmallIntegerField()
    line = models.JSONField()
    sex = models.TextField(choices=SEXES, blank=True, default="")
    age_from_months = models.SmallIntegerField(null=True)
    age_until_months = models.SmallIntegerField(null=True)
    problems = ArrayField(models.TextField(), default=list)
    #: whether it is ticked where it fits
    is_chosen = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(age_from_months__isnull=True)
                | models.Q(age_until_months__isnull=True)
                | models.Q(age_from_months__lt=models.F("age_until_months")),
                name="orders_set_item_ages",
            ),
            models.UniqueConstraint(
                fields=["order_set", "place"], condition=models.Q(is_active=True), name="orders_set_item_place"
            ),
        ]

    @property
    def from_typed(self) -> str:
        """The age from which, as it is typed."""
        return _typed(self.age_from_months)

    @property
    def until_typed(self) -> str:
        """The age until which, as it is typed."""
        return _typed(self.age_until_months)


def _typed(months: int | None) -> str:
    if months is None:
        return ""
    return f"{months} m" if months % 12 else str(months // 12)
