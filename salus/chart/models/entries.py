"""What every entry of the record has in common."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from salus.core.act import Act
from salus.core.models import Voidable

_E = TypeVar("_E", bound="Entry", covariant=True)


class EntryQuerySet(models.QuerySet[_E]):
    def visible_to(self, act: Act) -> Self:
        """Entries of patients of the act's facility, for those who may open a record."""
        if not act.may("patients.open"):
            return self.none()
        return self.filter(patient__facility_id=act.facility_id)

    def valid(self) -> Self:
        """Without what proved wrong."""
        return self.filter(voided_at__isnull=True)


class Entry(Voidable):
    """An entry of the record: whose, in which visit, in which words, and where it came from.

    `code_system`, `code`, `display` are the coding to search and show by; `codings` the whole CodeableConcept where it
    says more. `source` makes what is handed over repeatable (`lab.result:<id>`).
    """

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.TextField(blank=True, default="")
    code_system = models.TextField(blank=True, default="")
    code = models.TextField(blank=True, default="")
    display = models.TextField(blank=True, default="")
    codings = models.JSONField(null=True)
    note = models.TextField(blank=True, default="")
    source = models.TextField(null=True, unique=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True
