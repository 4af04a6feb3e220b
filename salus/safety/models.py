"""What the checks know, what the hospital decided about it, and what was answered."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from salus.core.models import Record

#: `origin` of what ships with Salus; a facility's own lines carry its id
SHIPPED = "salus"


class Member(Record):
    """An ingredient that a group of the knowledge means."""

    group_name = models.TextField()
    ingredient = models.TextField()
    source = models.TextField(blank=True, default="")
    source_place = models.TextField(blank=True, default="")
    source_opened = models.DateField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group_name", "ingredient"], name="safety_member_once")]
        indexes = [models.Index(fields=["ingredient"], name="safety_member_ingredient")]


class Rule(Record):
    """One statement of the knowledge, by one source.

    `code` is what it is about, in words, and never changes; `about` the ingredients, `group:<name>` and `test:<loinc>`
    by which it is found; `says` what its kind needs (`rules.knowledge`). A line of a facility's own (`origin` is its id)
    stands in the place of the shipped one with the same code.
    """

    KINDS = [
        (kind, kind)
        for kind in (
            "interaction",
            "cross",
            "dose",
            "frequency",
            "reproduction",
            "age",
            "contraindication",
            "first-line",
            "test",
            "local",
            "check",
        )
    ]
    SEVERITIES = [(one, one) for one in ("contraindicated", "major", "moderate", "minor")]

    origin = models.TextField(default=SHIPPED)
    code = models.TextField()
    kind = models.TextField(choices=KINDS)
    about = ArrayField(models.TextField(), default=list)
    says = models.JSONField(default=dict)
    severity = models.TextField(choices=SEVERITIES)
    statement = models.TextField(blank=True, default="")
    source = models.TextField(blank=True, default="")
    source_place = models.TextField(blank=True, default="")
    source_opened = models.DateField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "code"], name="safety_rule_once"),
            models.CheckConstraint(
                condition=models.Q(severity__in=["contraindicated", "major", "moderate", "minor"]),
                name="safety_rule_severity",
            ),
        ]
        indexes = [
            GinIndex(fields=["about"], name="safety_rule_about", fastupdate=False),
            models.Index(fields=["kind", "code"], name="safety_rule_kind"),
        ]


class Setting(Record):
    """What a facility decided about a rule: how loudly it speaks, whether it speaks at all, who answers for it, and why.

    Each version is kept with who decided it.
    """

    TIERS = [("", "as it came"), ("stop", "stop"), ("interrupt", "interrupt"), ("note", "note"), ("badge", "badge")]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.TextField()
    tier = models.TextField(blank=True, default="", choices=TIERS)
    is_retired = models.BooleanField(default=False)
    owner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.TextField()
    decided_by_name = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "rule"], name="safety_setting_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="safety_setting_reason"),
            models.CheckConstraint(
                condition=models.Q(tier__in=["", "stop", "interrupt", "note", "badge"]), name="safety_setting_tier"
            ),
        ]


class Review(Record):
    """That somebody held a statement against its source, as it read then, and what was found; each version is kept.

    It speaks of one version of a `Rule`: what was changed since is held against its source again.
    """

    VERDICTS = [("right", "right"), ("wrong", "wrong"), ("unsure", "unsure")]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    statement = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+", db_index=False)
    statement_version = models.IntegerField()
    verdict = models.TextField(choices=VERDICTS)
    words = models.TextField(blank=True, default="")
    reviewed_by_name = models.TextField(blank=True, default="")
    reviewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "facility"], name="safety_review_once"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["right", "wrong", "unsure"]), name="safety_review_verdict"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="right") | ~models.Q(words=""), name="safety_review_says_what"
            ),
        ]


class Answer(Record):
    """Why somebody went on although an alert asked. While the order runs, the same question is not asked again."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    facility_id = models.UUIDField(null=True)
    rule = models.TextField()
    key = models.TextField()
    moment = models.TextField()
    reason = models.TextField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "key", "moment"], name="safety_answer_once")]
        indexes = [
            models.Index(fields=["patient"], name="safety_answer_patient"),
            models.Index(fields=["facility_id", "rule", "-answered_at"], name="safety_answer_rule"),
        ]
