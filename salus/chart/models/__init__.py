"""The record: what was observed, found, given, planned and written about a patient."""

from salus.chart.models.clinical import AllergyIntolerance, Condition, Procedure
from salus.chart.models.favourites import FavouriteCondition
from salus.chart.models.histories import FamilyMember
from salus.chart.models.immunizations import Immunization, ScheduledDose, Vaccine, VaccineSchedule
from salus.chart.models.notes import Note, NoteSetting, NoteTemplate
from salus.chart.models.observations import DiagnosticReport, Observation
from salus.chart.models.papers import Certificate, Document, DocumentPage
from salus.chart.models.plans import CarePlan, Goal

__all__ = [
    "AllergyIntolerance",
    "CarePlan",
    "Certificate",
    "Condition",
    "DiagnosticReport",
    "Document",
    "DocumentPage",
    "FamilyMember",
    "FavouriteCondition",
    "Goal",
    "Immunization",
    "Note",
    "NoteSetting",
    "NoteTemplate",
    "Observation",
    "Procedure",
    "ScheduledDose",
    "Vaccine",
    "VaccineSchedule",
]
