from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.patients import sockets as patients
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items, shell


class InboxConfig(AppConfig):
    name = "salus.inbox"

    def ready(self) -> None:
        from salus.inbox import about, banner, models, screens, sockets  # noqa: PLC0415 - it reaches models

        rights.declare(
            {
                "inbox.view": "Look into one's inbox",
                "inbox.work": "Accept, acknowledge, finish and give on what stands in one's inbox",
                "inbox.give_task": "Give tasks to colleagues and departments",
                "inbox.write_message": "Write to colleagues and departments about a patient",
                "inbox.raise_flag": "Say what everybody has to know of a patient before walking in",
                "inbox.set_rules": "Say when what nobody saw to is handed on, and to whom",
                "inbox.put_task": "Put what follows from a record into an inbox (the system)",
                "inbox.escalate": "Hand on what nobody saw to (the system)",
            }
        )
        nav_items.append(NavItem(_("Inbox"), "inbox", "inbox:list", "inbox.view", order=8))
        nav_items.append(
            NavItem(_("Inbox rules"), "alarm-clock-check", "inbox:rules", "inbox.set_rules", _("Office"), 17)
        )
        commands.append(Command(_("Inbox"), "inbox", "inbox:list", "inbox.view", "tasks results messages bell"))
        commands.append(Command(_("New task"), "list-plus", "inbox:give", "inbox.give_task", "ask delegate"))
        commands.append(
            Command(_("Who stands in for me"), "user-round-cog", "inbox:cover", "inbox.view", "away deputy")
        )
        sockets.subjects["inbox.task"] = about.a_task
        sockets.labelled |= {"inbox.task": models.Task, "inbox.communication": models.Communication}
        shell.bell_route, shell.bell_part, shell.bell_right = "inbox:list", "inbox:bell", "inbox.view"
        home_worklists.append(HomeWorklist("inbox.view", _("Inbox"), 5, screens.render_home))
        patients.chart_tabs.append(patients.ChartTab("tasks", _("Tasks"), "inbox:of_patient", "inbox.view", 95))
        patients.banner_flags.append(patients.BannerFlags(banner.standing_flags, banner.look_of))
        patients.patient_acts.append(
            patients.PatientAct("task", _("New task"), "list-plus", "inbox:give_about", "inbox.give_task", 50)
        )
