from django.apps import AppConfig

from salus.core import rights


class EncountersConfig(AppConfig):
    name = "salus.encounters"

    def ready(self) -> None:
        rights.declare(
            {
                "encounters.view": "See who is here and waiting",
                "encounters.start_encounter": "Check patients in",
                "encounters.move_encounter": "Call, see and finish visits",
            }
        )
