from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items


class PharmacyConfig(AppConfig):
    name = "salus.pharmacy"

    def ready(self) -> None:
        from salus.pharmacy.views import home_panel  # noqa: PLC0415 - models are not loaded when this module is

        rights.declare(
            {
                "pharmacy.view": "See the pharmacy work",
                "pharmacy.dispense_medication": "Dispense medicines",
                "pharmacy.open_prescription": "Route prescriptions to the pharmacy",
            }
        )
        nav_items.append(NavItem(_("Pharmacy"), "pill", "pharmacy:worklist", "pharmacy.view", "", 40))
        commands.append(
            Command(_("Pharmacy worklist"), "pill", "pharmacy:worklist", "pharmacy.view", "prescriptions dispense")
        )
        home_worklists.append(HomeWorklist("pharmacy.view", _("Pharmacy"), 10, home_panel))
