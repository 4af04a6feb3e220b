"""Roles as a hospital makes them its own: cloned from a built-in one, their rights changed, without any code."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext as _

from salus.accounts.facts import RoleChanged, RoleCloned
from salus.accounts.models import Grant, Role
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.rights import all_rights


class BuiltIn(Conflict):
    """A built-in role is kept up to date by each release and is not changed. Clone it, and change the clone."""


class OwnRights(Conflict):
    """Nobody changes his or her own rights. Ask a colleague who may give roles."""


@transaction.atomic
def clone_role(act: Act, *, role_id: UUID, name: str) -> Role:
    """Make a role of the hospital's own with the rights of another one.

    :raises Invalid: for a name that another role has
    """
    act.require("accounts.grant_roles")
    act.require_fresh()
    role = _role(role_id)
    clone = Role(name=_free_name(name), rights=sorted(role.rights), recorded_by_id=act.by)
    clone.code = _free_code(clone.name)
    clone.save(force_insert=True)
    announce(act, RoleCloned(role_code=clone.code, of=role.code))
    return clone


@transaction.atomic
def change_role(act: Act, *, role_id: UUID, version: int, name: str, rights: Iterable[str]) -> Role:
    """Give a role of the hospital's own another name or other rights; whoever has it has them at once.

    :raises BuiltIn: for a role that each release brings up to date
    :raises OwnRights: if the doer has this role
    :raises Stale: if somebody changed it since it was read
    :raises Invalid: for a right that does not exist
    """
    act.require("accounts.grant_roles")
    act.require_fresh()
    role = _role(role_id, lock=True)
    if role.is_built_in:
        raise BuiltIn
    if Grant.objects.filter(role=role, user_id=act.by, ended_at=None).exists():
        raise OwnRights
    if role.version != version:
        raise Stale
    wanted = set(rights)
    if unknown := wanted - all_rights().keys():
        raise Invalid(rights=_("There is no right “%(right)s”.") % {"right": min(unknown)})
    before = set(role.rights)
    role.name = name.strip() if name.strip() == role.name else _free_name(name)
    role.rights = sorted(wanted)
    role.save(update_fields=["name", "rights"])
    added, removed = tuple(sorted(wanted - before)), tuple(sorted(before - wanted))
    announce(act, RoleChanged(role_code=role.code, added=added, removed=removed))
    return role


def _role(role_id: UUID, *, lock: bool = False) -> Role:
    rows = Role.objects.select_for_update() if lock else Role.objects.all()
    role = rows.filter(id=role_id).first()
    if role is None:
        raise NotFound
    return role


def _free_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 80 or not name.isprintable():
        raise Invalid(name=_("Write a name of at most 80 letters."))
    if Role.objects.annotate(low=Lower("name")).filter(low=name.lower()).exists():
        raise Invalid(name=_("Another role has this name."))
    return name


def _free_code(name: str) -> str:
    """A code made from the name; a number behind it where it is in use."""
    begin = f"own-{slugify(name) or 'role'}"
    used = set(Role.objects.filter(code__startswith=begin).values_list("code", flat=True))
    return next(code for n in range(1, len(used) + 2) if (code := begin if n == 1 else f"{begin}-{n}") not in used)
