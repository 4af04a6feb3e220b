"""Forms in their versions, and the forms that were filled in."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from salus.chart.models.entries import Entry, EntryQuerySet
from salus.core.act import Act
from salus.core.models import Record
from salus.questionnaires.rules.items import Form, form_of
from salus.questionnaires.rules.written import JSON, decode


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    def here(self, act: Act) -> QuestionnaireQuerySet:
        """The forms of the act's facility, and those that every hospital has."""
        return self.filter(Q(facility_id=act.facility_id) | Q(facility_id=None))

    def visible_to(self, act: Act) -> QuestionnaireQuerySet:
        """A form says nothing of a patient: whoever is here may read it."""
        return self.here(act)

    def listed(self) -> QuestionnaireQuerySet:
        """Without the questions, for lists."""
        return self.defer("content")


class Questionnaire(Record):
    """One version of a form (FHIR Questionnaire); `content` is the resource as JSON text, decimals as written.

    `url` names the form through all its versions, `edition` this one (FHIR `version`), `number` counts them here. A draft is
    changed; from its activation on the content is locked by the database. A form of no facility ships with Salus.
    """

    DRAFT, ACTIVE, RETIRED = "draft", "active", "retired"
    STATUSES = [(DRAFT, _("Draft")), (ACTIVE, _("In use")), (RETIRED, _("Retired"))]

    facility = models.ForeignKey("places.Facility", null=True, on_delete=models.PROTECT, related_name="+")
    url = models.TextField()
    number = models.IntegerField(default=1)
    edition = models.TextField()
    status = models.TextField(choices=STATUSES, default=DRAFT)
    title = models.TextField()
    code_system = models.TextField(blank=True, default="")
    code = models.TextField(blank=True, default="")
    content = models.TextField()
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "url", "number"], name="questionnaires_version_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["facility", "url", "edition"], name="questionnaires_edition_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["facility", "url"],
                condition=Q(status="active"),
                name="questionnaires_one_active",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["facility", "url"],
                condition=Q(status="draft"),
                name="questionnaires_one_draft",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(activated_at__isnull=False) | Q(retired_at__isnull=False),
                name="questionnaires_status_has_time",
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="questionnaires_updated")]

    @property
    def resource(self) -> JSON:
        """The FHIR resource, as it was made or brought."""
        found: JSON = decode(self.content)
        return found

    @property
    def exported(self) -> JSON:
        """The FHIR resource with what its row says of this version."""
        of_row = {"resourceType": "Questionnaire", "id": str(self.id), "url": self.url, "version": self.edition}
        content = self.resource
        content.pop("resourceType", None)
        return of_row | {"title": self.title, "status": self.status} | content

    @property
    def form(self) -> Form:
        """Its questions."""
        return form_of(self.resource)

    @property
    def canonical(self) -> str:
        """What an answered form names it by: this version and no other."""
        return f"{self.url}|{self.edition}"

    @property
    def is_shipped(self) -> bool:
        """Whether it came with Salus: it is copied, not changed."""
        return self.facility_id is None


class ResponseQuerySet(EntryQuerySet["QuestionnaireResponse"]):
    def standing(self) -> ResponseQuerySet:
        """Of a row of amendments the last one."""
        later = QuestionnaireResponse.objects.filter(amends=OuterRef("pk"), voided_at=None)
        return self.filter(~Exists(later))


class QuestionnaireResponse(Entry):
    """A form that was filled in and signed (FHIR QuestionnaireResponse); `answers` is its `item` as JSON text.

    It points to the very version that was answered, and is locked by the database. Whoever mends it signs another, which
    `amends` it; `root` is the first of such a row, and what went on into the record is known by it.
    """

    COMPLETED, AMENDED = "completed", "amended"

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="responses")
    answers = models.TextField()
    author = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    author_name = models.TextField(blank=True, default="")
    authored_at = models.DateTimeField()
    amends = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="amendments")
    root_id = models.UUIDField()
    #: what the doer gave as the reason for mending it
    reason = models.TextField(blank=True, default="")

    objects = ResponseQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            # Two who mend the same form at once: the second reads what the first has signed, and begins there.
            models.UniqueConstraint(
                fields=["amends"],
                condition=Q(amends__isnull=False, voided_at__isnull=True),
                name="questionnaires_amended_once",
            ),
            models.CheckConstraint(
                condition=Q(status="completed", amends__isnull=True) | Q(status="amended", amends__isnull=False),
                name="questionnaires_response_status",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-authored_at"], name="questionnaires_patient"),
            models.Index(fields=["updated_at", "id"], name="questionnaires_answered"),
        ]

    @property
    def items(self) -> list[dict[str, Any]]:
        """FHIR's `item`."""
        found: list[dict[str, Any]] = decode(self.answers)
        return found
