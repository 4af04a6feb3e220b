from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, NavItem, commands, finders, nav_items


class CatalogConfig(AppConfig):
    name = "salus.catalog"

    def ready(self) -> None:
        from salus.catalog import loading, screens  # noqa: PLC0415 - models are not loaded when this module is

        rights.declare(
            {
                "catalog.view": "See the catalogue of services, tests and prices",
                "catalog.manage_prices": "Change the catalogue and its prices",
                "catalog.load_catalogue": "Load the catalogue of tests and services",
            }
        )
        loading.plug_in_loaders()
        item = NavItem(_("Prices"), "tags", "catalog:services", "catalog.view", _("Office"), 70)
        nav_items.append(item)
        finders.append(screens.find_services)
        commands.append(Command(item.label, item.icon, item.route, item.right, _("catalogue service cost charge")))
