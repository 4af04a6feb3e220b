"""Acts on users, roles and what opens doors: `from salus.accounts import services as accounts`."""

from salus.accounts.services.users import (
    NameTaken,
    change_password,
    create_user,
    grant_role,
    issue_token,
    set_active,
    take_role,
)

__all__ = [
    "NameTaken",
    "change_password",
    "create_user",
    "grant_role",
    "issue_token",
    "set_active",
    "take_role",
]
