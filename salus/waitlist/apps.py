from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.patients import sockets as patients
from salus.scheduling import sockets as scheduling
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items


class WaitlistConfig(AppConfig):
    name = "salus.waitlist"

    def ready(self) -> None:
        from salus.waitlist import screens  # noqa: PLC0415 - it reaches models

        rights.declare(
            {
                "waitlist.view": "See who waits for an appointment",
                "waitlist.join": "Put patients on the waiting list, answer offers for them, take them off",
                "waitlist.set_priority": "Say who on the waiting list comes sooner",
                "waitlist.offer": "Offer freed times to those who wait",
                "waitlist.set_policy": "Say how long an offered time is kept, and how often one patient is asked",
            }
        )
        page, label = "waitlist:list", _("Waiting list")
        nav_items.append(NavItem(label, "hourglass", page, "waitlist.view", order=25, short=_("Waiting")))
        nav_items.append(
            NavItem(_("Waiting list rules"), "timer", "waitlist:policy", "waitlist.set_policy", _("Office"), 16)
        )
        commands.append(Command(label, "hourglass", page, "waitlist.view", "wish offer freed place"))
        home_worklists.append(HomeWorklist("encounters.start_encounter", label, 9, screens.render_home))
        scheduling.when_nothing_fits.append(
            scheduling.Instead(label, "list-plus", "waitlist.join", screens.join_instead)
        )
        patients.patient_acts.append(
            patients.PatientAct("wait", label, "list-plus", "waitlist:of_patient", "waitlist.join", 16)
        )
