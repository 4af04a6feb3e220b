from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items


class LabConfig(AppConfig):
    name = "salus.lab"

    def ready(self) -> None:
        from salus.lab.home import render_to_collect, render_work  # noqa: PLC0415 - reaches models

        rights.declare(
            {
                "lab.view": "See the laboratory work",
                "lab.collect_specimen": "Collect specimens",
                "lab.enter_result": "Enter laboratory results",
                "lab.verify_result": "Make laboratory results final",
                "lab.open_request": "Route ordered tests to the laboratory",
            }
        )
        nav_items.append(NavItem(_("Laboratory"), "flask-conical", "lab:worklist", "lab.view", "", 30))
        nav_items.append(NavItem(_("Specimens"), "test-tube", "lab:to_collect", "lab.collect_specimen", "", 35))
        commands.append(Command(_("Laboratory worklist"), "flask-conical", "lab:worklist", "lab.view", "tests results"))
        commands.append(Command(_("Specimens to take"), "test-tube", "lab:to_collect", "lab.collect_specimen", "blood"))
        home_worklists.append(HomeWorklist("lab.view", _("Laboratory"), 10, render_work))
        home_worklists.append(HomeWorklist("lab.collect_specimen", _("Specimens to take"), 30, render_to_collect))
