from django.apps import AppConfig

from salus.core import rights


class FhirConfig(AppConfig):
    name = "salus.fhir"

    def ready(self) -> None:
        rights.declare(
            {
                "fhir.read": "Read records through FHIR",
                "fhir.write": "Create and change records through FHIR",
                "fhir.import": "Import records",
            }
        )
