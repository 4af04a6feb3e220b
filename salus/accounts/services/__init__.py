"""Acts on users, roles and what opens doors: `from salus.accounts import services as accounts`."""

from salus.accounts.services.directory import link_directory, unlink_directory
from salus.accounts.services.factors import (
    add_passkey,
    agree_recovery,
    ask_recovery,
    begin_totp,
    confirm_totp,
    new_recovery_codes,
    revoke_passkey,
    revoke_pin,
    revoke_totp,
    set_pin,
    use_recovery,
)
from salus.accounts.services.patients import choose_password, name_patient_user, open_patient_user
from salus.accounts.services.programs import (
    allow_program,
    end_allowance,
    register_backend,
    register_program,
    retire_program,
)
from salus.accounts.services.roles import BuiltIn, OwnRights, change_role, clone_role
from salus.accounts.services.sessions import (
    end_other_sessions,
    end_session,
    end_sessions_of,
    lock_session,
    mark_device,
)
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
    "choose_password",
    "name_patient_user",
    "open_patient_user",
    "BuiltIn",
    "allow_program",
    "end_allowance",
    "register_backend",
    "register_program",
    "retire_program",
    "NameTaken",
    "OwnRights",
    "add_passkey",
    "agree_recovery",
    "ask_recovery",
    "begin_totp",
    "confirm_totp",
    "new_recovery_codes",
    "revoke_passkey",
    "revoke_pin",
    "revoke_totp",
    "set_pin",
    "use_recovery",
    "end_other_sessions",
    "end_session",
    "end_sessions_of",
    "link_directory",
    "lock_session",
    "unlink_directory",
    "mark_device",
    "change_password",
    "change_role",
    "clone_role",
    "create_user",
    "grant_role",
    "issue_token",
    "set_active",
    "take_role",
]
