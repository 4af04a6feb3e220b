from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, NavItem, commands, nav_items


class ReportsConfig(AppConfig):
    name = "salus.reports"

    def ready(self) -> None:
        right = "reports.view_revenue"
        rights.declare(
            {
                right: "See what each department earns",
                "reports.fold_revenue": "Fold revenue into daily figures (the system does)",
            }
        )
        nav_items.append(NavItem(_("Revenue"), "chart-column", "reports:revenue", right, _("Office"), 80))
        nav_items.append(NavItem(_("Day close"), "calculator", "reports:day_close", right, _("Office"), 65))
        commands.append(
            Command(_("Day close"), "calculator", "reports:day_close", right, _("cash desk payments received method"))
        )
        commands.append(
            Command(_("Revenue by department"), "chart-column", "reports:revenue", right, "report money earned income")
        )
