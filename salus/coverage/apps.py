from django.apps import AppConfig

from salus.core import rights
from salus.patients import sockets


class CoverageConfig(AppConfig):
    name = "salus.coverage"

    def ready(self) -> None:
        from salus.coverage.queries import coverages_of  # noqa: PLC0415 - reach models, which are not loaded before
        from salus.coverage.registration import InsurancePart  # noqa: PLC0415

        rights.declare(
            {
                "coverage.record_coverage": "Record who pays for a patient",
                "coverage.view": "See who pays for a patient",
            }
        )
        sockets.registration_parts.append(InsurancePart())
        sockets.identity_panels.append(
            sockets.SummaryPanel("coverage", "coverage.view", 2, 10, "coverage/_panel.html", coverages_of)
        )
