from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, NavItem, commands, nav_items


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
        nav_items.append(NavItem(_("Stock"), "package", "inventory:stock", "inventory.view", "", 45))
        commands.append(Command(_("Stock"), "package", "inventory:stock", "inventory.view", "inventory lots expiry"))
        receive = Command(
            _("Take stock in"), "package-plus", "inventory:receive", "inventory.receive_stock", "delivery"
        )
        commands.append(receive)
