from django.apps import AppConfig

from salus.core import rights


class InventoryConfig(AppConfig):
    name = "salus.inventory"

    def ready(self) -> None:
        rights.declare(
            {
                "inventory.view": "See what is in stock",
                "inventory.receive_stock": "Take stock in",
                "inventory.issue_stock": "Take stock out",
            }
        )
