from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, NavItem, commands, nav_items


class OrdersConfig(AppConfig):
    name = "salus.orders"

    def ready(self) -> None:
        from salus.inbox.sockets import labelled  # noqa: PLC0415
        from salus.orders import checks, in_notes, models, panels, queries  # noqa: PLC0415 - models are not loaded when this module is
        from salus.orders.sockets import order_checks  # noqa: PLC0415
        from salus.patients import sockets  # noqa: PLC0415
        from salus.patients.sockets import ChartTab, PatientAct, SummaryPanel  # noqa: PLC0415

        rights.declare(
            {
                "orders.view": "See orders",
                "orders.order_medicine": "Prescribe medicines",
                "orders.order_test": "Order laboratory tests",
                "orders.order_service": "Order images, procedures and referrals",
                "orders.order_care": "Order diets and nursing",
                "orders.take_verbal_order": "Write down orders that a doctor gives by word of mouth",
                "orders.countersign_order": "Countersign orders",
                "orders.stop_order": "Stop, hold and resume orders",
                "orders.hand_over_orders": "Hand open orders over",
                "orders.record_statement": "Write down medicines from outside",
                "orders.reconcile_medicines": "Go through a patient's medicines at a transition",
                "orders.manage_sets": "Keep order sets and the department's favourites",
                "orders.perform_order": "Write down that diets, nursing orders, procedures and images were done",
                "orders.administer_medicine": "Write down doses that were given",
                "orders.complete_order": "Mark orders as done",
            }
        )
        sockets.chart_tabs.append(ChartTab("medicines", _("Medicines"), "orders:medicines", "orders.view", 40))
        sockets.chart_tabs.append(ChartTab("orders", _("Orders"), "orders:orders", "orders.view", 50))
        act = PatientAct("order", _("New order"), "clipboard-plus", "orders:compose", "orders.order_medicine", 30)
        sockets.patient_acts.append(act)
        in_use, pending = "orders/_medicines_panel.html", "orders/_pending_panel.html"
        sockets.summary_panels.append(
            SummaryPanel("medicines", "orders.view", 1, 30, in_use, queries.current_medicines)
        )
        sockets.summary_panels.append(SummaryPanel("orders", "orders.view", 3, 20, pending, queries.pending_orders))
        order_checks += [checks.check_goes_on, checks.check_not_twice]
        in_notes.plug_in()
        kinds = {"order": models.Order, "performance": models.Performance, "statement": models.MedicationStatement}
        labelled.update({f"orders.{kind}": model for kind, model in kinds.items()})
        to_do = NavItem(_("To do for patients"), "list-checks", "orders:to_do", "orders.perform_order", "", 44)
        nav_items.append(to_do)
        commands.append(Command(to_do.label, to_do.icon, to_do.route, to_do.right, _("nursing diet procedure done")))
        nav_items.append(NavItem(_("Open orders"), "clipboard-list", "orders:open", "orders.view", "", 45))
        commands.append(
            Command(_("Open orders"), "clipboard-list", "orders:open", "orders.view", "countersign hand over")
        )
        commands.append(
            Command(_("Order sets and favourites"), "layers", "orders:sets", "orders.order_care", "order set")
        )
        sockets.timeline_sources.append(panels.timeline)
