"""What every entry of the record has in common."""

from __future__ import annotations

from typing import Self, TypeVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.core.act import Act
from salus.core.models import Voidable
from salus.patients import access
from salus.patients.access.labels import words_of
from salus.patients.access.reading import decision_on

_E = TypeVar("_E", bound="Entry", covariant=True)


class EntryQuerySet(models.QuerySet[_E]):
    #: `visible_to` shows nothing of a record that is not open
    opens_records = True

    def visible_to(self, act: Act) -> Self:
        """Entries that this act may read: of records that it may open, and whose labels are no barrier."""
        return self.filter(access.reads(act))

    def of_patient(self, act: Act, patient_id: UUID) -> Self:
        """The entries of one patient that this act may read: the patient is decided about once in an act."""
        return self.filter(access.shown(act, decision_on(act, patient_id)), patient_id=patient_id)

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
    #: sensitivity (`patients.access.labels`): from the hospital's code tables, and from whoever writes
    labels = ArrayField(models.TextField(), default=list)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def labels_shown(self) -> str:
        """Its labels in words."""
        return words_of(self.labels)
