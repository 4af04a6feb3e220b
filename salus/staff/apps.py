from django.apps import AppConfig

from salus.accounts.sockets import act_sources
from salus.core import rights


class StaffConfig(AppConfig):
    name = "salus.staff"

    def ready(self) -> None:
        rights.declare(
            {
                "staff.manage_staff": "Create, change and retire doctors and other staff",
                "staff.view": "See who works here",
            }
        )
        # Who this user is among the staff, and in which departments he or she works, reaches every act.
        act_sources.append(
            "SELECT jsonb_build_object('staff_id', s.id, 'practitioner_id', s.practitioner_id, "
            "'places', to_jsonb(s.department_ids)) FROM staff_staffmember s "
            "WHERE s.user_id = u.id AND s.retired_at IS NULL"
        )
