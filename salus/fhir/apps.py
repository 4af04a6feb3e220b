from django.apps import AppConfig

from salus.core import rights
from salus.patients import sockets


class FhirConfig(AppConfig):
    name = "salus.fhir"

    def ready(self) -> None:
        from salus.fhir.copying import everything_of  # noqa: PLC0415 - reaches models

        sockets.record_copies.append(everything_of)
        rights.declare(
            {
                "fhir.read": "Read records through FHIR",
                "fhir.write": "Create and change records through FHIR",
                "fhir.import": "Import records",
            }
        )
