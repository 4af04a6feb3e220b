from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.ui.sockets import HomeWorklist, NavItem, home_worklists, nav_items


class WorkflowsConfig(AppConfig):
    name = "salus.workflows"

    def ready(self) -> None:
        from salus.accounts import sockets as accounts  # noqa: PLC0415
        from salus.core import clock, consequences  # noqa: PLC0415 - handlers reach models, which are not loaded before
        from salus.inbox import sockets as inbox  # noqa: PLC0415
        from salus.simulator import sockets as simulator  # noqa: PLC0415
        from salus.workflows import away, loading  # noqa: PLC0415
        from salus.workflows.demonstrating import open_the_patients_door  # noqa: PLC0415
        from salus.workflows.sample_access import fill_the_privacy_office  # noqa: PLC0415
        from salus.workflows.sample_messages import tell_of_what_comes  # noqa: PLC0415
        from salus.workflows.scopes import SCOPES  # noqa: PLC0415
        from salus.workflows.table import CLOCK, WHEN  # noqa: PLC0415
        from salus.workflows.views import home_panel  # noqa: PLC0415

        accounts.scopes.update(SCOPES)
        consequences.install(WHEN)
        clock.install(CLOCK)
        loading.plug_in_loaders()
        inbox.away.append(away.who_is_away)
        simulator.guests.extend((open_the_patients_door, fill_the_privacy_office, tell_of_what_comes))
        right = "accounts.view_failures"
        nav_items.append(NavItem(_("Failed work"), "triangle-alert", "workflows:failures", right, _("Office"), 90))
        home_worklists.append(HomeWorklist(right, _("Work that failed"), 10, home_panel))
