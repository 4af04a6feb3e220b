from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.patients import sockets as patients
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items, shell


class SchedulingConfig(AppConfig):
    name = "salus.scheduling"

    def ready(self) -> None:
        from salus.scheduling import screens  # noqa: PLC0415 - it reaches models
        from salus.scheduling.queries import choices  # noqa: PLC0415
        from salus.staff.sockets import fee_choices  # noqa: PLC0415

        rights.declare(
            {
                "scheduling.view": "See appointments",
                "scheduling.book": "Book, move and cancel appointments",
                "scheduling.overbook": "Book a time that is taken or outside of hours, with a reason",
                "scheduling.manage_schedules": "Say when doctors, rooms and devices can be booked, and the holidays",
                "scheduling.follow_visit": "Note that an appointment was kept",
            }
        )
        day, manage = "scheduling:day", "scheduling.manage_schedules"
        nav_items.append(
            NavItem(_("Appointments"), "calendar-days", day, "scheduling.view", order=5, short=_("Booked"))
        )
        nav_items.append(NavItem(_("Schedules"), "calendar-cog", "scheduling:schedules", manage, _("Office"), 15))
        commands.append(Command(_("Appointments"), "calendar-days", day, "scheduling.view", "booked day calendar"))
        commands.append(
            Command(_("New schedule"), "calendar-cog", "scheduling:add_schedule", manage, "doctor hours clinic slots")
        )
        mine = Command(
            _("My calendar elsewhere"), "calendar-sync", "scheduling:my_calendar", "scheduling.view", "feed ics"
        )
        commands.append(mine)
        shell.person_links.append(mine)
        home_worklists.append(HomeWorklist("scheduling.book", _("Appointments today"), 8, screens.render_home))
        fee_choices.append(choices.consultations)
        patients.chart_tabs.append(
            patients.ChartTab("appointments", _("Appointments"), "scheduling:of_patient", "scheduling.view", 78)
        )
        patients.patient_acts.append(
            patients.PatientAct("book", _("Book"), "calendar-plus", "scheduling:find", "scheduling.book", 15)
        )
