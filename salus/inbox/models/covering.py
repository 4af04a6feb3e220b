"""Who is told when nobody sees to a thing: ladders, deputies, heads of departments."""

from django.db import models
from django.db.models import F, Q

from salus.core.models import Record
from salus.inbox import rules
from salus.inbox.rules import KINDS, MARKS


class Ladder(Record):
    """What a facility says of one kind of task, in minutes; without a row, what `rules.DEFAULTS` says."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    mark = models.TextField(blank=True, default="")
    due = models.IntegerField()
    deputy = models.IntegerField(null=True)
    head = models.IntegerField(null=True)
    #: in the end the whole department is told, always
    department = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "kind", "mark"], name="inbox_ladder_once"),
            models.CheckConstraint(condition=Q(kind__in=KINDS, mark__in=MARKS), name="inbox_ladder_kind"),
            models.CheckConstraint(
                condition=Q(due__gte=1, due__lte=525600)
                & (Q(deputy__isnull=True) | Q(deputy__gte=0, deputy__lte=525600))
                & (Q(head__isnull=True) | Q(head__gte=0, head__lte=525600))
                & Q(department__gte=0, department__lte=525600),
                name="inbox_ladder_minutes",
            ),
            # A critical result that nobody acknowledged is known to the whole department within two hours, whatever is set.
            models.CheckConstraint(
                condition=~Q(mark="critical") | Q(due__lte=60, department__lte=60), name="inbox_ladder_critical"
            ),
        ]

    def as_rule(self) -> rules.Ladder:
        """As the pure rules take it."""
        return rules.Ladder(self.due, self.deputy, self.head, self.department)


class Deputy(Record):
    """Who stands in for whom: always, or while he or she is away (half-open)."""

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    practitioner = models.ForeignKey("staff.Practitioner", on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey("staff.Practitioner", on_delete=models.PROTECT, related_name="+", db_index=False)
    away_from = models.DateTimeField(null=True)
    away_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(practitioner=F("deputy")), name="inbox_deputy_is_another"),
            models.CheckConstraint(
                condition=Q(away_from__isnull=True, away_until__isnull=True) | Q(away_until__gt=F("away_from")),
                name="inbox_deputy_period",
            ),
            models.UniqueConstraint(
                fields=["facility", "practitioner"],
                condition=Q(ended_at__isnull=True, away_from__isnull=True),
                name="inbox_deputy_one_always",
            ),
        ]


class Head(Record):
    """Who heads a department, for what nobody in it saw to."""

    department = models.OneToOneField("places.Department", on_delete=models.PROTECT, related_name="+")
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
