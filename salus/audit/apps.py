from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.patients.sockets import PatientAct, patient_acts
from salus.ui.sockets import Command, HomeWorklist, NavItem, commands, home_worklists, nav_items


class AuditConfig(AppConfig):
    name = "salus.audit"

    def ready(self) -> None:
        from salus.audit.views import alarms  # noqa: PLC0415 - reach models
        from salus.audit.views import rights as asked  # noqa: PLC0415

        rights.declare(
            {
                "audit.view_access": "See who saw, changed or was refused what of whom",
                "audit.export_access": "Take the record of access out as a file",
                "audit.view_alarms": "See alarms of unusual access",
                "audit.review_alarm": "Give a verdict on unusual access",
                "audit.raise_alarm": "Raise alarms of unusual access (the system does)",
                "audit.view_rights": "See what a patient has asked for",
                "audit.give_copy": "Give a patient a copy of the whole record",
                "audit.take_amendment": "Keep that a patient says the record is wrong",
                "audit.answer_amendment": "Answer a patient who says the record is wrong",
                "audit.view_disclosures": "Tell a patient to whom the data was given",
            },
            far=("audit.export_access", "audit.give_copy"),
        )
        office = _("Office")
        nav_items.append(NavItem(_("Record of access"), "eye", "audit:access", "audit.view_access", office, 85))
        nav_items.append(NavItem(_("Unusual access"), "shield-alert", "audit:alarms", "audit.view_alarms", office, 86))
        words = _("audit log who viewed patient privacy")
        commands.append(Command(_("Record of access"), "eye", "audit:access", "audit.view_access", words))
        home_worklists.append(HomeWorklist("audit.view_alarms", _("Unusual access"), 5, alarms.home_panel))
        home_worklists.append(HomeWorklist("audit.view_rights", _("Requests to amend a record"), 6, asked.home_panel))
        for act in (
            PatientAct("access", _("Who viewed this patient"), "eye", "audit:of_patient", "audit.view_access", 90),
            PatientAct("rights", _("What the patient may ask for"), "scale", "audit:rights", "audit.view_rights", 91),
        ):
            patient_acts.append(act)
