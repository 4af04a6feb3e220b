"""Who is at the door: user, rights and assignments in one statement."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, QuerySet

from salus.accounts.models import Grant, User
from salus.accounts.sockets import act_sources, scopes, subject_scopes
from salus.core.act import OWN_DOOR, Act, Glass, Subject
from salus.core.engine import prepared
from salus.core.rights import all_rights

_QUERY = """
    SELECT u.id, u.username, u.display_name, u.password, u.kind, g.facility_id, g.rights, g.roles,
           (SELECT f.time_zone FROM places_facility f WHERE f.id = g.facility_id), ({sources})::text
    FROM accounts_user u
    LEFT JOIN LATERAL (
        SELECT g.facility_id, array_agg(DISTINCT r.name) AS roles, array_agg(DISTINCT right_code) AS rights
        FROM accounts_grant g
        JOIN accounts_role r ON r.id = g.role_id
        LEFT JOIN LATERAL unnest(r.rights) AS right_code ON true
        WHERE g.user_id = u.id AND g.ended_at IS NULL
        GROUP BY g.facility_id ORDER BY g.facility_id LIMIT 1
    ) g ON true
    WHERE u.is_active AND {which}
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the screens show it."""

    id: UUID
    username: str
    display_name: str
    password: str
    role_names: tuple[str, ...]
    act: Act


def person_by_id(user_id: str, *, door: str, device: str = "") -> Person | None:
    """The active user with this id and the act for this request, or None."""
    return _person("u.id = %s::uuid", [user_id], door, device)


def person_by_name(username: str, *, door: str) -> Person | None:
    """The active user of that name (commands use it), or None."""
    return _person("lower(u.username) = lower(%s)", [username], door, "")


def person_by_token(token: str, *, door: str, device: str = "") -> Person | None:
    """The user whose unexpired, unrevoked token this is, or None."""
    which = (
        "u.id = (SELECT t.user_id FROM accounts_token t "
        "WHERE t.hash = %s AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp())"
    )
    told = "jsonb_build_object('scopes', (SELECT t.scopes FROM accounts_token t WHERE t.hash = %s))"
    return _person(which, [hash_of(token)] * 2, door, device, told)


def users_here(act: Act) -> QuerySet[User]:
    """The users who have, or had, a role in the act's facility."""
    return User.objects.filter(Exists(Grant.objects.filter(user_id=OuterRef("id"), facility_id=act.here)))


def hash_of(token: str) -> bytes:
    """What is kept of a token, or of a key. They are random (165 bits at least): a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


def _person(which: str, values: list[Any], door: str, device: str, told: str = "'{}'::jsonb") -> Person | None:
    sources = " || ".join([told, *(f"coalesce(({source}), '{{}}'::jsonb)" for source in act_sources)])
    with prepared() as cursor:
        cursor.execute(_QUERY.format(sources=sources, which=which), values)
        row = cursor.fetchone()
    if row is None:
        return None
    user_id, username, name, password, kind, facility, rights, roles, zone, told = row
    extra = msgspec.json.decode(told)
    # A role may still name a right of a room that is gone; and nobody is a member of the staff at the patients' own door.
    held = frozenset(rights or ()) & all_rights().keys()
    held = held & {OWN_DOOR} if kind == User.PATIENT else held - {OWN_DOOR}
    act = Act(
        by=user_id,
        by_name=name,
        facility_id=facility,
        zone=zone or "",
        rights=_within(extra.get("scopes"), held),
        staff_id=_uuid(extra.get("staff_id")),
        practitioner_id=_uuid(extra.get("practitioner_id")),
        places=frozenset(UUID(place) for place in extra.get("places") or ()),
        glass=tuple(Glass(UUID(of), datetime.fromisoformat(until), why) for of, until, why in extra.get("glass") or ()),
        stands_for=_subjects(extra.get("subjects") or ()) if OWN_DOOR in held else (),
        purpose=_purpose(held),
        door=door,
        device=device,
    )
    return Person(user_id, username, name, password, tuple(roles or ()), act)


#: what somebody is there for, by the first of these rights that he has: HL7's codes for the purpose of use
_PURPOSES = ((OWN_DOOR, "PATRQT"), ("patients.open", "TREAT"), ("audit.view_access", "HCOMPL"))


def _purpose(held: Collection[str]) -> str:
    return next((code for right, code in _PURPOSES if right in held), "HOPERAT")


def _subjects(told: Iterable[tuple[str, bool, list[str]]]) -> tuple[Subject, ...]:
    """For whom somebody stands at the patients' own door, with the rights that the matters in which he does open."""
    return tuple(
        Subject(UUID(patient), frozenset().union(*(subject_scopes[one] for one in scopes)), is_self=is_self)
        for patient, is_self, scopes in told
    )


def _within(allowed: list[str] | None, rights: frozenset[str]) -> frozenset[str]:
    """The rights that a token's scopes open; all of them where it has none (one that an administrator issued)."""
    if allowed is None:
        return rights
    return rights & frozenset().union(*(scopes[one].rights for one in allowed if one in scopes))


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
