from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.patients import sockets as patients
from salus.patients.sockets import ChartTab, PatientAct
from salus.ui.sockets import Command, NavItem, commands, nav_items

FILL, MANAGE = "questionnaires.fill_form", "questionnaires.manage_forms"


class QuestionnairesConfig(AppConfig):
    name = "salus.questionnaires"

    def ready(self) -> None:
        from salus.questionnaires import in_chart, loading, timeline  # noqa: PLC0415 - they reach models

        rights.declare(
            {
                FILL: "Fill in and sign forms",
                MANAGE: "Build forms and put them into use",
                "questionnaires.load_forms": "Load the forms that ship with Salus",
            }
        )
        loading.plug_in_loader()
        in_chart.plug_in()
        patients.chart_tabs.append(ChartTab("forms", _("Forms"), "questionnaires:of_patient", "patients.open", 55))
        patients.patient_acts.append(
            PatientAct("form", _("Fill in a form"), "clipboard-pen", "questionnaires:of_patient", FILL, 35)
        )
        patients.timeline_sources.append(timeline.events)
        item = NavItem(_("Forms"), "clipboard-pen", "questionnaires:forms", MANAGE, _("Office"), 75)
        nav_items.append(item)
        commands.append(Command(item.label, item.icon, item.route, item.right, _("questionnaire builder score")))
