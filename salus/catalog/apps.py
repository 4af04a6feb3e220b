from django.apps import AppConfig

from salus.core import rights


class CatalogConfig(AppConfig):
    name = "salus.catalog"

    def ready(self) -> None:
        rights.declare(
            {
                "catalog.view": "See the catalogue of services, tests and prices",
                "catalog.manage_prices": "Change the catalogue and its prices",
            }
        )
