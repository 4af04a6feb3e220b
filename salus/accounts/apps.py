from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.ui.sockets import NavItem, nav_items


class AccountsConfig(AppConfig):
    name = "salus.accounts"

    def ready(self) -> None:
        from salus.accounts import shell, signing_again  # noqa: PLC0415 - they reach models

        rights.declare(
            {
                "accounts.manage_users": "Create and retire users",
                "accounts.open_patient_user": "Let somebody in at the patients' own door (the system does)",
                "accounts.grant_roles": "Give roles to users and take them away",
                "accounts.issue_tokens": "Issue tokens to other programs",
                "accounts.manage_programs": "Register other programs, and retire them",
                "accounts.manage_devices": "Say which browsers are shared workstations or kiosks",
                "accounts.view_failures": "See work that failed in the background, and have it tried again",
            },
            far=(
                "accounts.manage_users",
                "accounts.grant_roles",
                "accounts.issue_tokens",
                "accounts.manage_programs",
                "accounts.manage_devices",
            ),
        )
        nav_items.append(NavItem(_("Roles"), "user-cog", "accounts:roles", "accounts.grant_roles", _("Office"), 30))
        shell.plug_in()
        signing_again.plug_in()
