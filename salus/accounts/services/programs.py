"""Acts on other programs: registering them, and allowing them something."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from salus.accounts import tokens
from salus.accounts.facts import ProgramAllowed, ProgramRegistered, ProgramRetired, UserCreated, UserRetired
from salus.accounts.models import Allowance, AuthorizationCode, Program, Role, Token, User
from salus.accounts.queries import hash_of
from salus.accounts.rules import assertions
from salus.accounts.rules import oauth as rules
from salus.accounts.services.users import grant_role
from salus.accounts.sockets import scopes as known_scopes
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid


@transaction.atomic
def register_program(
    act: Act, *, name: str, redirect_uris: Sequence[str], scopes: Sequence[str], confidential: bool
) -> tuple[Program, str]:
    """Let people here allow a program something. Its secret is told once; a public program has none (empty).

    :raises Invalid: for an address to which no answer may be sent, or a scope that does not exist
    """
    act.require("accounts.manage_programs")
    act.require_fresh()
    if not redirect_uris or not all(map(rules.may_be_registered, redirect_uris)):
        raise Invalid(redirect_uris="Each is https, this machine (http://127.0.0.1/...), or an app's own scheme.")
    _check_scopes(scopes, of_a_system=False)
    secret = secrets.token_urlsafe(40) if confidential else ""
    program = Program.objects.create(
        facility_id=act.here,
        client_id=secrets.token_urlsafe(15),
        secret_hash=hash_of(secret) if secret else None,
        name=name.strip(),
        redirect_uris=list(redirect_uris),
        scopes=sorted(set(scopes)),
        recorded_by_id=act.by,
    )
    announce(act, ProgramRegistered(program_id=program.id))
    return program, secret


@transaction.atomic
def register_backend(act: Act, *, name: str, keys: Mapping[str, Any], scopes: Sequence[str], role_code: str) -> Program:
    """Let a program act for itself: it signs who it is with one of its keys, and has the rights of a role within scopes.

    :param keys: a JSON Web Key Set of public keys
    :raises Invalid: for keys that are private or weak, scopes that are a person's, or a role that does not exist
    """
    act.require("accounts.manage_programs")
    act.require_fresh()
    act.require("accounts.grant_roles")
    _check_scopes(scopes, of_a_system=True)
    if not Role.objects.filter(code=role_code).exists():
        raise Invalid(role_code="Choose a role.")
    try:
        known = assertions.public_keys(keys)
    except ValueError as error:
        raise Invalid(keys=str(error)) from error
    client_id = secrets.token_urlsafe(15)
    user = User(username=f"program:{client_id}", display_name=name.strip(), kind=User.MACHINE)
    user.set_unusable_password()
    user.save(force_insert=True)
    announce(act, UserCreated(user_id=user.id))
    grant_role(act, user_id=user.id, role_code=role_code, facility_id=act.here)
    program = Program.objects.create(
        facility_id=act.here,
        client_id=client_id,
        name=name.strip(),
        redirect_uris=[],
        scopes=sorted(set(scopes)),
        keys=known,
        user=user,
        recorded_by_id=act.by,
    )
    announce(act, ProgramRegistered(program_id=program.id))
    return program


def _check_scopes(scopes: Sequence[str], *, of_a_system: bool) -> None:
    known = {one for one in known_scopes if one.startswith(rules.SYSTEM) is of_a_system}
    if not scopes or not set(scopes) <= known:
        raise Invalid(scopes="Choose at least one.")


@transaction.atomic
def retire_program(act: Act, *, program_id: UUID) -> None:
    """The program is let in no longer; whatever anybody allowed it has ended."""
    act.require("accounts.manage_programs")
    act.require_fresh()
    program = Program.objects.select_for_update().get(id=program_id, facility_id=act.here)
    if program.retired_at is not None:
        return
    program.retired_at = act.at
    program.save(update_fields=["retired_at"])
    for one in Allowance.objects.select_for_update().filter(program=program, ended_at=None).order_by("id"):
        tokens.end(act, one)
    if program.user_id is not None:
        User.objects.filter(id=program.user_id).update(is_active=False)
        Token.objects.filter(user_id=program.user_id, revoked_at=None).update(revoked_at=act.at)
        announce(act, UserRetired(user_id=program.user_id))
    announce(act, ProgramRetired(program_id=program.id))


@transaction.atomic
def allow_program(act: Act, *, program_id: UUID, scopes: Sequence[str], redirect_uri: str, challenge: str) -> str:
    """Allow a program to act for oneself within these scopes: the code that it exchanges for tokens.

    :raises Conflict: if the program was retired meanwhile
    :raises Invalid: if it asks for more than it is registered for
    """
    act.require_self()
    act.require_fresh()
    program = Program.objects.select_for_update().get(id=program_id, facility_id=act.here)
    if program.retired_at is not None:
        raise Conflict
    if not scopes or not set(scopes) <= set(program.scopes):
        raise Invalid("The program asks for more than it is registered for.")
    allowance = Allowance.objects.create(
        user_id=act.by, program=program, scopes=sorted(set(scopes)), recorded_by_id=act.by
    )
    code = secrets.token_urlsafe(32)
    AuthorizationCode.objects.create(
        hash=hash_of(code),
        allowance=allowance,
        redirect_uri=redirect_uri,
        challenge=challenge,
        expires_at=act.at + rules.CODE_LIVES,
    )
    announce(act, ProgramAllowed(user_id=act.by, program_id=program.id))
    return code


@transaction.atomic
def end_allowance(act: Act, *, allowance_id: UUID) -> None:
    """Allow it no longer; its tokens stop at once."""
    act.require_self()
    tokens.end(act, Allowance.objects.select_for_update().get(id=allowance_id, user_id=act.by))
