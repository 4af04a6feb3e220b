from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.accounts.sockets import device_rights
from salus.core import rights
from salus.encounters import sockets as encounters
from salus.scheduling import sockets as scheduling
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items


class QueuesConfig(AppConfig):
    name = "salus.queues"

    def ready(self) -> None:
        from salus.queues import screens  # noqa: PLC0415 - it reaches models
        from salus.queues.check_in import IdentityPart  # noqa: PLC0415

        rights.declare(
            {
                "queues.view": "See who waits in the queues",
                "queues.call": "Call numbers into rooms, send people on",
                "queues.issue_token": "Give numbers to people who wait",
                "queues.order_tokens": "Say how soon somebody must be called (triage)",
                "queues.manage_queues": "Open queues and say what the wall shows",
                "queues.show_wall": "Show the numbers that are called, on a wall",
                "queues.check_in_by_code": "Check oneself in with the code of the appointment, at a kiosk",
                "queues.follow_visit": "Note what a visit means for the patient's number",
            }
        )
        device_rights.update({"wall": frozenset({"queues.show_wall"}), "kiosk": frozenset({"queues.check_in_by_code"})})
        encounters.check_in_parts.append(IdentityPart())
        encounters.after_check_in.append(screens.after_check_in)
        scheduling.check_in_routes.append("queues:check_in_booked")
        scheduling.confirmation_routes.append("queues:confirmation")
        home_worklists.append(HomeWorklist("queues.call", _("My queue"), 6, screens.render_home))
        commands.append(
            Command(_("Scan a code"), "scan-line", "queues:scan", "encounters.start_encounter", "qr check in arrive")
        )
        nav_items.append(NavItem(_("Queues"), "ticket", "queues:queues", "queues.view", order=12, short=_("Queue")))
        commands.append(Command(_("Queues"), "ticket", "queues:queues", "queues.view", "waiting token call next"))
