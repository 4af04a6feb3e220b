from django.apps import AppConfig

from salus.core import rights


class ReportsConfig(AppConfig):
    name = "salus.reports"

    def ready(self) -> None:
        rights.declare(
            {
                "reports.view_revenue": "See what each department earns",
            }
        )
