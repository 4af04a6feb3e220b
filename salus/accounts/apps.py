from django.apps import AppConfig

from salus.core import rights


class AccountsConfig(AppConfig):
    name = "salus.accounts"

    def ready(self) -> None:
        from salus.accounts import shell, signing_again  # noqa: PLC0415 - they reach models

        rights.declare(
            {
                "accounts.manage_users": "Create and retire users",
                "accounts.grant_roles": "Give roles to users and take them away",
                "accounts.issue_tokens": "Issue tokens to other programs",
                "accounts.manage_devices": "Say which browsers are shared workstations or kiosks",
                "accounts.view_failures": "See work that failed in the background, and have it tried again",
            }
        )
        shell.plug_in()
        signing_again.plug_in()
