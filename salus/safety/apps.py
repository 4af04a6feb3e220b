from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, NavItem, commands, nav_items


class SafetyConfig(AppConfig):
    name = "salus.safety"

    def ready(self) -> None:
        from salus.orders import sockets  # noqa: PLC0415 - models are not loaded when this module is
        from salus.safety import checks, loading, services  # noqa: PLC0415

        rights.declare(
            {
                "safety.recheck_orders": "Look again at what was ordered before",
                "safety.load_knowledge": "Load the knowledge of the safety checks",
                "safety.view_rules": "See the safety rules and how often they spoke",
                "safety.review_rules": "Hold safety rules against their sources, and say what was found",
                "safety.manage_rules": "Decide about safety rules, and bring lines of the hospital's own",
            }
        )
        item = NavItem(_("Safety rules"), "shield-check", "safety:rules", "safety.view_rules", _("Office"), 75)
        nav_items.append(item)
        commands.append(Command(item.label, item.icon, item.route, item.right, _("alert interaction dose limit check")))
        loading.plug_in_loader()
        sockets.order_checks.append(checks.check_orders)
        sockets.alert_seen.append(services.note_alert)
        first = _("What guidelines take first for these problems")
        sockets.composer_aids.append(sockets.ComposerAid(first, "safety:first_line", "orders.order_medicine"))
