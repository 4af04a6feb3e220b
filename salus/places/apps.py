from django.apps import AppConfig

from salus.core import rights


class PlacesConfig(AppConfig):
    name = "salus.places"

    def ready(self) -> None:
        rights.declare(
            {
                "places.manage_departments": "Create, change and retire departments, wards, rooms and beds",
            }
        )
