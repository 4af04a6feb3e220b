"""Coming in at the patients' own door: a one-time code or a password, and the session that opens.

Nobody is signed in yet, so that there is no act to take. Known and unknown contacts ask the same of the database and hear the
same words: whether somebody has a contact is found out by the job that sends the code.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from salus.accounts import devices, limits, proofs
from salus.accounts.facts import SignInRefused
from salus.accounts.limits import Measure
from salus.accounts.models import User
from salus.accounts.rules import limits as measures
from salus.core import crypto
from salus.core.act import Act, system_act
from salus.core.announce import announce
from salus.core.clients import source_of
from salus.portal.contacts import Contact
from salus.portal.facts import CodeAsked
from salus.portal.models import Account, Challenge
from salus.portal.rules import limits as rules

#: the key of the session under which the challenge of this browser stands
CHALLENGE = "challenge"
_WORDS = _("That was asked for too often. Wait a few minutes, then try once more.")
_GUESS = """
    UPDATE portal_challenge SET tries = tries + 1
    WHERE id = %s::uuid AND used_at IS NULL AND expires_at > %s AND tries < %s
    RETURNING code_mac
"""


def door_act(request: Any, facility_id: UUID | None, *rights: str) -> Act:
    """The act of the system while somebody comes in."""
    return system_act(rights=rights, door=request.resolver_match.view_name or "", facility_id=facility_id)


def ask_code(
    request: Any,
    *,
    purpose: str,
    contact: Contact,
    facility_id: UUID | None,
    said: Mapping[str, str] | None = None,
    invitation_id: UUID | None = None,
) -> None:
    """Have a code sent to a contact, to be typed in this browser; the earlier one of this browser is forgotten.

    :raises TooMany: if too many were asked for
    """
    known = account_with(contact)
    _measure(request, contact, known, facility_id if purpose == "register" else None)
    now = datetime.now(UTC)
    with transaction.atomic():
        challenge = Challenge(
            facility_id=facility_id,
            purpose=purpose,
            contact=contact.value,
            contact_kind=contact.kind,
            contact_key=contact.key,
            language=get_language() or "",
            said=json.dumps(said) if said else "",
            invitation_id=invitation_id,
            made_at=now,
            expires_at=now + rules.CODE_LIVES,
        )
        challenge.save(force_insert=True)
        announce(door_act(request, facility_id), CodeAsked(challenge_id=challenge.id))
    request.session[CHALLENGE] = str(challenge.id)
    # The session began with an earlier code, and would end with that one.
    request.session.change(ends_at=challenge.expires_at)


def _measure(request: Any, contact: Contact, known: Account | None, newcomers_of: UUID | None) -> None:
    device = devices.device_of(request)
    taken = [Measure("codes from", source_of(request), measures.CODES_FROM_ADDRESS)]
    if devices.knows(device, known.user_id if known else None) and device:
        taken.append(Measure("codes known", f"{contact.key.hex()} {device.id}", measures.CODES_KNOWN_DEVICE))
    else:
        taken.append(Measure("codes to", contact.key.hex(), measures.CODES_TO_CONTACT))
        taken.append(Measure("codes to, a day", contact.key.hex(), measures.CODES_TO_CONTACT_A_DAY))
    if newcomers_of is not None:
        taken.append(Measure("codes to newcomers", str(newcomers_of), measures.CODES_TO_NEWCOMERS))
    limits.take(taken, _WORDS)


def account_with(contact: Contact) -> Account | None:
    """The open account with this contact, or None."""
    found = Account.objects.filter(contact_key__in=contact.indexes, closed_at=None, user__is_active=True)
    return found.select_related("user").first()


def code_mac(challenge_id: UUID, code: str) -> bytes:
    """What is kept of a code: a keyed hash, so that a copy of the database does not tell six digits."""
    return crypto.blind_index(_code_of(challenge_id), code)


def _code_of(challenge_id: UUID) -> str:
    return f"portal-code:{challenge_id}"


def challenge_here(request: Any) -> Challenge | None:
    """The code that this browser waits for, or None where there is none any more."""
    told = request.session.get(CHALLENGE)
    if not told:
        return None
    return Challenge.objects.filter(id=told, used_at=None, expires_at__gt=datetime.now(UTC)).first()


def proved(request: Any, typed: str) -> Challenge | None:
    """The challenge of this browser whose code this is, taken once; None for any other code. Every guess is counted.

    Only a guess at a code that still could be guessed is written down: five for each code, however often somebody tries.
    :raises TooMany: if too many guesses from this address before this one did not fit
    """
    told = request.session.get(CHALLENGE)
    if not told:
        return None
    limits.take([measure := Measure("codes typed", source_of(request), measures.OTHER_WAYS)], _WORDS)
    with connection.cursor() as cursor:
        cursor.execute(_GUESS, [told, datetime.now(UTC), rules.TRIES])
        row = cursor.fetchone()
    macs = crypto.blind_indexes(_code_of(UUID(told)), rules.digits_of(typed))
    kept = bytes(row[0]) if row and row[0] else b""
    if not any(constant_time_compare(mac, kept) for mac in macs):
        if row:
            _refuse(request, None, "code")
        return None
    limits.give_back([measure])
    if not Challenge.objects.filter(id=told, used_at=None).update(used_at=datetime.now(UTC)):
        return None
    return Challenge.objects.get(id=told)


def account_with_password(request: Any, *, contact: Contact, password: str) -> Account | None:
    """Whose contact and password these are, or None; an unknown contact and a wrong password take as long and look alike.

    :raises TooMany: if too many guesses before this one did not fit
    """
    account = account_with(contact)
    user: User | None = account.user if account else None
    device, address = devices.device_of(request), source_of(request)
    name = contact.key.hex()
    if devices.knows(device, user.id if user else None) and device:
        taken = [Measure("known", f"{name} {device.id}", measures.KNOWN_DEVICE)]
    else:
        taken = [
            Measure("account+address", f"{name} {address}", measures.ACCOUNT_AND_ADDRESS),
            Measure("account", name, measures.ACCOUNT),
            Measure("address", address, measures.ADDRESS),
        ]
    limits.take(taken, _WORDS)
    if not (user.check_password(password) if user else proofs.password_fits(None, password)):
        _refuse(request, user.id if user else None, "password")
        return None
    limits.give_back(taken)
    return account


def _refuse(request: Any, user_id: UUID | None, how: str) -> None:
    """Write down that a guess did not fit: by the same statements, whoever it was for."""
    with transaction.atomic():
        announce(door_act(request, None), SignInRefused(user_id=user_id, how=how))
