from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui import sockets


class PatientsConfig(AppConfig):
    name = "salus.patients"

    def ready(self) -> None:
        from salus.patients.screens import find_patients, patients_of  # noqa: PLC0415 - reaches models, which are not loaded before
        from salus.staff.sockets import ProfilePanel, profile_panels  # noqa: PLC0415 - as the next one

        rights.declare(
            {
                "patients.find": "Find patients by name, birth date, phone or number",
                "patients.open": "Open a patient's record",
                "patients.register_patient": "Register patients",
                "patients.relate": "Write down who cares for a patient",
                "patients.update_patient": "Change who a patient is and how to reach him or her",
            }
        )
        sockets.nav_items.append(
            sockets.NavItem(_("Patients"), "users", "patients:search", "patients.find", order=20, short=_("Patients"))
        )
        sockets.commands.append(
            sockets.Command(
                _("Register a patient"),
                "user-plus",
                "patients:register",
                "patients.register_patient",
                "new admit person",
            )
        )
        sockets.commands.append(
            sockets.Command(_("Find a patient"), "search", "patients:search", "patients.find", "search look patients")
        )
        sockets.finders.append(find_patients)
        profile_panels.append(ProfilePanel(10, "patients/_patients_of.html", patients_of))
