from django.apps import AppConfig

from salus.core import rights


class InventoryConfig(AppConfig):
    name = "salus.inventory"

    def ready(self) -> None:
        from salus.inventory import loading  # noqa: PLC0415 - models are not loaded when this module is

        rights.declare(
            {
                "inventory.view": "See what is in stock",
                "inventory.receive_stock": "Take stock in",
                "inventory.issue_stock": "Take stock out",
                "inventory.load_items": "Load the items that can be kept in stock",
            }
        )
        loading.plug_in_loaders()
