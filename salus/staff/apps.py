from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.accounts.sockets import act_sources
from salus.core import rights
from salus.ui.sockets import Command, NavItem, commands, nav_items


class StaffConfig(AppConfig):
    name = "salus.staff"

    def ready(self) -> None:
        rights.declare(
            {
                "staff.manage_staff": "Create, change and retire doctors and other staff",
                "staff.view": "See who works here",
                "staff.change_own_profile": "Change one's own qualifications, languages and photo",
            }
        )
        # Who this user is among the staff, and in which departments he or she works, reaches every act.
        act_sources.append(
            "SELECT jsonb_build_object('staff_id', s.id, 'practitioner_id', s.practitioner_id, "
            "'places', to_jsonb(s.department_ids)) FROM staff_staffmember s "
            "WHERE s.user_id = u.id AND s.retired_at IS NULL"
        )
        nav_items.append(NavItem(_("Staff"), "id-card", "staff:list", "staff.view", _("Office"), 20))
        commands.append(
            Command(_("New member of staff"), "plus", "staff:hire", "staff.manage_staff", "doctor nurse hire")
        )
