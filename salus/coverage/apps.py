from django.apps import AppConfig

from salus.core import rights


class CoverageConfig(AppConfig):
    name = "salus.coverage"

    def ready(self) -> None:
        rights.declare(
            {
                "coverage.record_coverage": "Record who pays for a patient",
            }
        )
