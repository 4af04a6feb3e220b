from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.accounts.sockets import act_sources
from salus.core import rights
from salus.ui import sockets


class PatientsConfig(AppConfig):
    name = "salus.patients"

    def ready(self) -> None:
        from salus.core import indexes  # noqa: PLC0415 - as the last one
        from salus.messaging import sockets as messaging  # noqa: PLC0415 - as the last one
        from salus.patients import sensitive  # noqa: PLC0415 - as the last one
        from salus.patients.models import Identifier, Patient  # noqa: PLC0415 - they are loaded by now
        from salus.patients.queries import identity, reaching  # noqa: PLC0415 - as the last one
        from salus.patients.screens import find_patients, patients_of  # noqa: PLC0415 - reaches models, which are not loaded before
        from salus.patients.sockets import ChartTab, chart_tabs  # noqa: PLC0415 - as the last one
        from salus.patients.views.emergency import home_panel  # noqa: PLC0415 - as the last one
        from salus.staff.sockets import ProfilePanel, profile_panels  # noqa: PLC0415 - as the next one

        rights.declare(
            {
                "patients.find": "Find patients by name, birth date, phone or number",
                "patients.open": "Open a patient's record",
                "patients.register_patient": "Register patients",
                "patients.relate": "Write down who cares for a patient",
                "patients.refer_patient": "Refer a patient to a colleague or a department, and name the own doctor",
                "patients.open_all": "Open records without caring for the patient: other programs, coders, registries",
                "patients.open_vip": "Open protected records (VIPs, staff who are patients) without caring for them now",
                "patients.open_sensitive": "Read what is marked as sensitive of patients whom one treats by name",
                "patients.break_glass": "Break the glass: open any record of the facility with a reason that is reviewed",
                "patients.review_access": "Review emergency access, and see why somebody may open a record",
                "patients.record_consent": "Record what patients permit and refuse, and its withdrawal",
                "patients.set_labels": "Mark entries of the record as sensitive",
                "patients.protect_patient": "Protect the record of a VIP, or of staff who are patients",
                "patients.manage_sensitive_codes": "Say which codes make an entry sensitive",
                "patients.update_patient": "Change who a patient is and how to reach him or her",
            },
            far=("patients.break_glass", "patients.manage_sensitive_codes"),
        )
        # The glass that somebody has broken reaches every act of his or hers, in the statement that makes it.
        act_sources.append(
            "SELECT jsonb_build_object('glass', jsonb_agg(jsonb_build_array("
            "g.patient_id, g.until, g.reason_code || ': ' || g.reason))) "
            "FROM patients_breakglass g WHERE g.by_id = u.id AND g.until > clock_timestamp()"
        )
        chart_tabs.append(ChartTab("messages", _("Messages"), "patients:messages", "messaging.view", 90))
        messaging.places.append(reaching.facility_named)
        messaging.people.append(reaching.recipients_named)
        messaging.scopes.append(reaching.recipients_seen)
        sensitive.plug_in_loader()
        indexes.register(Identifier, "value_key", of="value", make=identity.identifier_key)
        indexes.register(Patient, "contact_keys", of="telecom", make=identity.indexes_of_contacts)
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
        review = "patients.review_access"
        sockets.nav_items.append(
            sockets.NavItem(_("Emergency access"), "siren", "patients:cases", review, _("Office"), 40)
        )
        codes = sockets.NavItem(
            _("Sensitive codes"), "eye-off", "patients:sensitive_codes", sensitive.RIGHT, _("Office"), 50
        )
        sockets.nav_items.append(codes)
        sockets.home_worklists.append(sockets.HomeWorklist(review, _("Emergency access to review"), 5, home_panel))
        profile_panels.append(ProfilePanel(10, "patients/_patients_of.html", patients_of))
