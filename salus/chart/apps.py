from django.apps import AppConfig

from salus.core import rights


class ChartConfig(AppConfig):
    name = "salus.chart"

    def ready(self) -> None:
        rights.declare(
            {
                "chart.record_vitals": "Record vital signs",
                "chart.record_observation": "File final results and readings in the record",
                "chart.record_condition": "Record problems and diagnoses",
                "chart.record_allergy": "Record allergies",
                "chart.write_note": "Write and sign notes",
                "chart.record_told_history": "Record the history that the patient tells",
            }
        )
