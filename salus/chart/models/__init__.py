"""The record: what was observed, found, given, planned and written about a patient."""

from salus.chart.models.clinical import AllergyIntolerance, Condition, Immunization, Procedure
from salus.chart.models.notes import Document, Note
from salus.chart.models.observations import DiagnosticReport, Observation
from salus.chart.models.plans import CarePlan, Goal

__all__ = [
    "AllergyIntolerance",
    "CarePlan",
    "Condition",
    "DiagnosticReport",
    "Document",
    "Goal",
    "Immunization",
    "Note",
    "Observation",
    "Procedure",
]
