from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.patients.sockets import ChartTab, chart_tabs
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, finders, home_worklists, nav_items


class BillingConfig(AppConfig):
    name = "salus.billing"

    def ready(self) -> None:
        from salus.billing import screens  # noqa: PLC0415 - reaches models

        rights.declare(
            {
                "billing.view": "See bills",
                "billing.capture_charge": "Put charges on a bill",
                "billing.issue_invoice": "Issue invoices",
                "billing.take_payment": "Take payments and print receipts",
            }
        )
        nav_items.append(NavItem(_("Cash desk"), "receipt-text", "billing:worklist", "billing.view", "", 60))
        commands.append(Command(_("Cash desk"), "receipt-text", "billing:worklist", "billing.view", "bill pay invoice"))
        home_worklists.append(HomeWorklist("billing.view", _("Cash desk"), 10, screens.home_panel))
        unpriced = HomeWorklist("catalog.manage_prices", _("Prices missing"), 20, screens.unpriced_panel)
        home_worklists.append(unpriced)
        finders.append(screens.find_papers)
        chart_tabs.append(ChartTab("bill", _("Bill"), "billing:bill", "billing.view", 90))
