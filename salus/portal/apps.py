from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.accounts.sockets import act_sources, subject_scopes
from salus.core import rights
from salus.messaging.sockets import front_pages
from salus.patients.sockets import PatientAct, patient_acts
from salus.ui.addresses import url
from salus.ui.sockets import Command, NavItem, commands, nav_items

#: For whom a user stands: himself once the desk has linked him, and whoever gave him a proxy that holds now. A parent's ends on
#: the birthday that the facility says, by the facility's own calendar; without a birth date it opens nothing.
SUBJECTS = """
    SELECT jsonb_build_object('subjects', jsonb_agg(jsonb_build_array(s.patient_id, s.is_self, s.scopes)))
    FROM (
        SELECT coalesce(p.merged_into_id, p.id) AS patient_id, true AS is_self,
               ARRAY['appointments', 'record', 'questions', 'certificates', 'bills', 'self'] AS scopes
        FROM portal_account a JOIN patients_patient p ON p.id = a.patient_id
        WHERE a.user_id = u.id AND a.closed_at IS NULL AND p.voided_at IS NULL
        UNION ALL
        SELECT coalesce(p.merged_into_id, p.id), false, x.scopes
        FROM portal_account a JOIN portal_proxy x ON x.account_id = a.id JOIN patients_patient p ON p.id = x.patient_id
        JOIN places_facility f ON f.id = a.facility_id LEFT JOIN portal_setting t ON t.facility_id = f.id
        WHERE a.user_id = u.id AND a.closed_at IS NULL AND p.voided_at IS NULL AND p.facility_id = a.facility_id
          AND x.withdrawn_at IS NULL AND x.starts_at <= clock_timestamp()
          AND (x.until IS NULL OR x.until >= (clock_timestamp() AT TIME ZONE f.time_zone)::date)
          AND (x.basis <> 'parent' OR p.born_on + make_interval(years => coalesce(t.parents_until_age, 16)::int)
               > (clock_timestamp() AT TIME ZONE f.time_zone)::date)
    ) s
"""


class PortalConfig(AppConfig):
    name = "salus.portal"

    def ready(self) -> None:
        from salus.core import indexes  # noqa: PLC0415 - reaches models
        from salus.portal.contacts import kept_index  # noqa: PLC0415 - as the last one
        from salus.portal.models import Account  # noqa: PLC0415 - as the last one
        from salus.portal.scopes import RIGHTS  # noqa: PLC0415 - words in the reader's language

        indexes.register(Account, "contact_key", of="contact", make=kept_index)
        rights.declare(
            {
                "portal.use": "Come through the patients' own door",
                "portal.confirm_identity": "Confirm at the desk who somebody is who registered on the web; invite patients",
                "portal.release_result": "Say when a patient sees a result",
                "portal.manage_settings": "Say what patients may do on their own",
                "portal.arrive": "Open accounts of patients (the system does, once a code was proved)",
                "portal.send_code": "Send one-time codes (the system does)",
            }
        )
        act_sources.append(SUBJECTS)
        subject_scopes.update(RIGHTS)
        front_pages["patient"] = lambda: url("portal:home")
        office, confirm = _("Office"), "portal.confirm_identity"
        nav_items.append(NavItem(_("Patients' door"), "smartphone", "portal:requests", confirm, office, 22))
        commands.append(
            Command(_("Registrations from the web"), "smartphone", "portal:requests", confirm, "portal online register")
        )
        manage = "portal.manage_settings"
        nav_items.append(
            NavItem(_("Patients' door: rules"), "sliders-horizontal", "portal:settings", manage, office, 60)
        )
        patient_acts.append(PatientAct("portal", _("Patients' door"), "smartphone", "portal:of_patient", confirm, 80))
        release = "portal.release_result"
        patient_acts.append(PatientAct("release", _("What the patient sees"), "eye", "portal:releases", release, 81))
