"""What is read from the record: `from salus.chart import queries as chart`."""

from salus.chart.queries.allergies import AllergyList, active_allergies, allergy_list

__all__ = ["AllergyList", "active_allergies", "allergy_list"]
