from django.apps import AppConfig

from salus.core import rights


class LabConfig(AppConfig):
    name = "salus.lab"

    def ready(self) -> None:
        rights.declare(
            {
                "lab.view": "See the laboratory work",
                "lab.collect_specimen": "Collect specimens",
                "lab.enter_result": "Enter laboratory results",
                "lab.verify_result": "Make laboratory results final",
                "lab.open_request": "Route ordered tests to the laboratory",
            }
        )
