"""Acts on users, roles and tokens."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from salus.accounts import tokens
from salus.accounts.facts import PasswordChanged, RoleGranted, RoleTaken, TokenIssued, UserCreated, UserRetired
from salus.accounts.models import Grant, Role, Session, Token, User
from salus.accounts.strength import check_strength
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid

TOKEN_DAYS_AT_MOST = 90


class NameTaken(Conflict):
    """Somebody else signs in with this name already."""


@transaction.atomic
def create_user(act: Act, *, username: str, display_name: str, password: str, kind: str = User.PERSON) -> User:
    """Give somebody a name and a password to sign in with; the first thing that opens is the page to choose another one.

    :raises NameTaken: if the name is in use
    :raises Invalid: if the password is too weak
    """
    act.require("accounts.manage_users")
    act.require_fresh()
    if User.objects.filter(username__iexact=username).exists():
        raise NameTaken(username=NameTaken.__doc__ or "")
    user = User(username=username.strip(), display_name=display_name, kind=kind, password_is_given=True)
    check_strength(user, password, "password")
    user.set_password(password)
    user.save(force_insert=True)
    announce(act, UserCreated(user_id=user.id))
    return user


@transaction.atomic
def set_active(act: Act, *, user_id: UUID, active: bool) -> User:
    """Let a user sign in again, or no longer; a retired user's sessions and tokens end at once, for good."""
    act.require("accounts.manage_users")
    act.require_fresh()
    user = User.objects.select_for_update().get(id=user_id)
    if user.id == act.by:
        raise Conflict("You cannot retire yourself.")
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        _end_all(act, user)
        announce(act, UserRetired(user_id=user.id))
    return user


def _end_all(act: Act, user: User) -> None:
    """What was open must not stand there again on the day on which the person comes back."""
    Session.objects.filter(user_id=user.id, ended_at=None).update(ended_at=act.at)
    tokens.end_all_of(act, user.id)
    Token.objects.filter(user_id=user.id, revoked_at=None).update(revoked_at=act.at)


@transaction.atomic
def change_password(act: Act, *, old: str, new: str) -> User:
    """Change one's own password; whoever is signed in needs no right for it, but must know the old one.

    :raises Invalid: if the old one does not fit, or the new one is too weak or the old one again
    """
    act.require_self()
    user = User.objects.select_for_update().get(id=act.by)
    if not user.check_password(old):
        raise Invalid(old="This is not your password.")
    if new == old:
        raise Invalid(new="This is the password that you have already.")
    check_strength(user, new, "new")
    user.choose_password(new)
    announce(act, PasswordChanged(user_id=user.id))
    return user


@transaction.atomic
def grant_role(act: Act, *, user_id: UUID, role_code: str, facility_id: UUID) -> Grant:
    """Give a role in a facility; giving it twice changes nothing.

    :raises Conflict: if somebody gives a role to himself
    """
    act.require("accounts.grant_roles")
    act.require_fresh()
    if user_id == act.by:
        raise Conflict("Nobody gives a role to himself.")
    role = Role.objects.get(code=role_code)
    grant, made = Grant.objects.get_or_create(
        user_id=user_id, role=role, facility_id=facility_id, ended_at=None, defaults={"recorded_by_id": act.by}
    )
    if made:
        announce(act, RoleGranted(user_id=user_id, role_code=role_code))
    return grant


@transaction.atomic
def take_role(act: Act, *, user_id: UUID, role_code: str, facility_id: UUID) -> None:
    """End a role in a facility; where it was not given nothing happens."""
    act.require("accounts.grant_roles")
    act.require_fresh()
    if user_id == act.by:
        raise Conflict("Nobody takes a role from himself.")
    grants = Grant.objects.filter(user_id=user_id, role__code=role_code, facility_id=facility_id, ended_at=None)
    if grants.update(ended_at=act.at):
        announce(act, RoleTaken(user_id=user_id, role_code=role_code))


@transaction.atomic
def issue_token(act: Act, *, user_id: UUID, days: int = 30) -> str:
    """A bearer token for a program that acts with this user's rights; it is told once and only its hash is kept.

    :raises Invalid: for a life of less than a day or more than 90 days
    """
    act.require("accounts.issue_tokens")
    act.require_fresh()
    if not 1 <= days <= TOKEN_DAYS_AT_MOST:
        raise Invalid(f"A token lives from 1 to {TOKEN_DAYS_AT_MOST} days.")
    secret = tokens.issue(user_id=user_id, expires_at=act.at + timedelta(days=days), recorded_by_id=act.by)
    announce(act, TokenIssued(user_id=user_id))
    return secret
