from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.patients import sockets as patients
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items


class EncountersConfig(AppConfig):
    name = "salus.encounters"

    def ready(self) -> None:
        from salus.encounters import queries, screens, timeline  # noqa: PLC0415 - they reach models

        rights.declare(
            {
                "encounters.view": "See who is here and waiting",
                "encounters.start_encounter": "Check patients in",
                "encounters.move_encounter": "Call, see and finish visits",
            }
        )
        queue = "encounters:queue"
        nav_items.append(
            NavItem(_("Visits today"), "calendar-check", queue, "encounters.view", order=10, short=_("Today"))
        )
        commands.append(
            Command(_("Visits today"), "calendar-check", queue, "encounters.view", "queue waiting worklist")
        )
        home = _("Visits today")
        home_worklists.append(HomeWorklist("encounters.start_encounter", home, 10, screens.render_home))
        home_worklists.append(HomeWorklist("encounters.move_encounter", home, 11, screens.render_home_of_movers))
        patients.patient_acts.append(
            patients.PatientAct(
                "check-in", _("Check in"), "log-in", "encounters:start", "encounters.start_encounter", 10, primary=True
            )
        )
        patients.chart_tabs.append(patients.ChartTab("visits", _("Visits"), "encounters:visits", "patients.open", 80))
        patients.current_place.append(queries.current_place)
        patients.timeline_sources.append(timeline.visits)
