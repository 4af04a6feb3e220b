"""The built-in roles of `roles.py`, brought up to date in the database; a hospital's own roles stay as they are."""

from pathlib import Path

from salus.accounts.models import Role
from salus.core.act import Act
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed
from salus.workflows import roles


def load_roles(act: Act) -> Changed:
    """Write the built-in roles; one that the hospital has made its own (no longer built-in) is not touched."""
    act.require("accounts.grant_roles")
    known = {role.code: role for role in Role.objects.all()}
    added = changed = 0
    for code, (name, rights) in roles.ROLES.items():
        role = known.get(code)
        if role is None:
            Role.objects.create(code=code, name=name, rights=list(rights), is_built_in=True, recorded_by_id=act.by)
            added += 1
        elif role.is_built_in and (role.name, role.rights) != (name, list(rights)):
            role.name, role.rights = name, list(rights)
            role.save(update_fields=["name", "rights"])
            changed += 1
    return Changed(rows=len(roles.ROLES), added=added, changed=changed)


def plug_in_loaders() -> None:
    """Tell the core what this room loads."""
    files = (Path(__file__), Path(roles.__file__))
    plug_in(ReferenceLoader("roles", "accounts.grant_roles", lambda: fingerprint_of(*files), load_roles))
