"""What can be ordered, done and sold, and what it costs."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from salus.core.fields import WrittenDecimalField
from salus.core.models import Record


class Service(Record):
    """Something that is charged for: a consultation, a procedure, a test, a medicine's unit, a fee."""

    KINDS = [
        ("consultation", _("Consultation")),
        ("procedure", _("Procedure")),
        ("test", _("Test")),
        ("medicine", _("Medicine")),
        ("fee", _("Fee")),
    ]

    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField(choices=KINDS)
    specialty = models.TextField(blank=True, default="")
    #: how long a visit of this kind takes; one that is longer than a slot takes as many neighbouring ones. 0: one slot
    minutes = models.SmallIntegerField(default=0, db_default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__gte=0, minutes__lte=480), name="catalog_service_takes_part_of_a_day"
            )
        ]


class Price(Record):
    """What a service costs in a facility, for a time; two prices of one service never overlap."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="prices")
    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="prices", db_index=False)
    price_list = models.TextField(default="standard")
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    period = DateTimeRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="catalog_price_not_negative"),
            ExclusionConstraint(
                name="catalog_price_one_at_a_time",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    ("facility", RangeOperators.EQUAL),
                    ("price_list", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class TestDefinition(Record):
    """A laboratory test or panel that can be ordered: LOINC code, specimen, unit."""

    RESULT_KINDS = [("quantity", "Number"), ("coded", "One of a list"), ("text", "Text"), ("panel", "Panel")]

    code = models.TextField(unique=True)
    name = models.TextField()
    loinc = models.TextField(blank=True, default="")
    also_loinc = ArrayField(models.TextField(), default=list)
    result_kind = models.TextField(choices=RESULT_KINDS)
    specimen = models.TextField()
    container = models.TextField(blank=True, default="")
    unit = models.TextField(blank=True, default="")
    decimals = models.SmallIntegerField(null=True)
    choices = ArrayField(models.TextField(), default=list)
    turnaround_minutes = models.IntegerField(null=True)
    section = models.TextField(blank=True, default="")
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="tests")
    sources = models.JSONField(default=list)
    is_orderable = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    words = SearchVectorField(null=True)


class PanelMember(models.Model):
    """One test of a panel, in its place."""

    panel = models.ForeignKey(TestDefinition, on_delete=models.PROTECT, related_name="members")
    test = models.ForeignKey(TestDefinition, on_delete=models.PROTECT, related_name="panels")
    place = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["panel", "test"], name="catalog_panel_member_once")]


class ReferenceRange(Record):
    """What is usual for a sex and an age (half-open, in days): beyond it a result is flagged."""

    test = models.ForeignKey(TestDefinition, on_delete=models.PROTECT, related_name="ranges")
    sex = models.TextField(blank=True, default="")
    age_from_days = models.IntegerField(default=0)
    age_until_days = models.IntegerField(null=True)
    low = WrittenDecimalField(null=True)
    high = WrittenDecimalField(null=True)
    critical_low = WrittenDecimalField(null=True)
    critical_high = WrittenDecimalField(null=True)
    text = models.TextField(blank=True, default="")
    source = models.TextField(blank=True, default="")
    source_place = models.TextField(blank=True, default="")
    source_opened_on = models.DateField(null=True)
    critical_source = models.TextField(blank=True, default="")
    critical_source_place = models.TextField(blank=True, default="")
    critical_source_opened_on = models.DateField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["test", "sex", "age_from_days"], name="catalog_range_once")]


class VitalSign(Record):
    """A vital sign: its code and unit, the limits of what is possible and of what is usual for an adult."""

    code = models.TextField(unique=True)
    name = models.TextField()
    short_name = models.TextField()
    loinc = models.TextField(unique=True)
    unit = models.TextField()
    unit_text = models.TextField()
    decimals = models.SmallIntegerField(default=0)
    possible_low = WrittenDecimalField(null=True)
    possible_high = WrittenDecimalField(null=True)
    usual_low = WrittenDecimalField(null=True)
    usual_high = WrittenDecimalField(null=True)
    source = models.TextField(blank=True, default="")
    place = models.SmallIntegerField(default=0)


class Orderable(Record):
    """What can be ordered beside medicines and tests: an image, a procedure, a diet, nursing, a referral.

    `department_kind` is where it is done, `specialty` who takes a referral. `code_system` and `coding` are a code of
    others for it, where a source says so. It is charged as `service`, if at all.
    """

    KINDS = [
        ("image", _("Image")),
        ("procedure", _("Procedure")),
        ("diet", _("Diet")),
        ("nursing", _("Nursing")),
        ("referral", _("Referral")),
    ]

    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField(choices=KINDS)
    synonyms = ArrayField(models.TextField(), default=list)
    section = models.TextField(blank=True, default="")
    code_system = models.TextField(blank=True, default="")
    coding = models.TextField(blank=True, default="")
    department_kind = models.TextField(blank=True, default="")
    specialty = models.TextField(blank=True, default="")
    #: what whoever does it wants to know, in words: shown beside the note
    asks = models.TextField(blank=True, default="")
    #: how often a nurse does it unless told otherwise (`orders.words.OFTEN`)
    often = models.TextField(blank=True, default="")
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="orderables")
    is_active = models.BooleanField(default=True)
    words = SearchVectorField(null=True)
