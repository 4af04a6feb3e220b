from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, HomeWorklist, commands, home_worklists


class PaymentsConfig(AppConfig):
    name = "salus.payments"

    def ready(self) -> None:
        from salus.payments import screens  # noqa: PLC0415 - reaches models

        rights.declare(
            {
                "payments.pay": "Pay a bill online",
                "payments.settle": "Apply to bills what was paid online",
            }
        )
        commands.append(
            Command(_("Online payments"), "credit-card", "payments:worklist", "billing.view", "card stripe refund")
        )
        home_worklists.append(HomeWorklist("billing.view", _("To be returned"), 9, screens.home_panel))
