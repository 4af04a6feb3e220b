from django.apps import AppConfig

from salus.core import rights


class CatalogConfig(AppConfig):
    name = "salus.catalog"

    def ready(self) -> None:
        from salus.catalog import loading  # noqa: PLC0415 - models are not loaded when this module is

        rights.declare(
            {
                "catalog.view": "See the catalogue of services, tests and prices",
                "catalog.manage_prices": "Change the catalogue and its prices",
                "catalog.load_catalogue": "Load the catalogue of tests and services",
            }
        )
        loading.plug_in_loaders()
