"""Roles in words: what each one may do, who has it, and what one person may do and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salus.accounts.models import Grant, Role, User
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.core.rights import all_rights

#: rooms in the words of the hospital; one that is not here stands under its own name
ROOMS: dict[str, str | Promise] = {
    "accounts": _("Users and roles"),
    "audit": _("The record of access"),
    "billing": _("Bills and payments"),
    "catalog": _("Services and prices"),
    "chart": _("The record"),
    "core": _("The system"),
    "coverage": _("Who pays"),
    "encounters": _("Visits"),
    "fhir": _("Other programs"),
    "inventory": _("Stock"),
    "lab": _("Laboratory"),
    "orders": _("Orders"),
    "patients": _("Patients"),
    "pharmacy": _("Pharmacy"),
    "places": _("Departments and places"),
    "reports": _("Reports"),
    "safety": _("Safety"),
    "staff": _("Staff"),
    "terminology": _("Code systems"),
}

#: rights that only consequences and loaders of the system have: no role gives them
_OF_THE_SYSTEM = ("load_", "open_request", "open_prescription", "capture_charge", "complete_order", "recheck_orders")


@dataclass(frozen=True, slots=True)
class RightLine:
    """One right: its code, its sentence, whether it is given, and by which roles."""

    code: str
    sentence: str
    is_given: bool = True
    by: str = ""


@dataclass(frozen=True, slots=True)
class RoomOfRights:
    """The rights of one room."""

    name: str
    rights: list[RightLine]


def roles_of(act: Act) -> list[Role]:
    """All roles with how many people have each (`holders`), the built-in ones first."""
    act.require("accounts.grant_roles")
    here = Q(grants__ended_at=None, grants__facility_id=act.facility_id)
    return list(Role.objects.annotate(holders=Count("grants", filter=here)).order_by("-is_built_in", "name"))


def role_of(act: Act, role_id: UUID) -> Role:
    """One role.

    :raises NotFound: if there is none
    """
    act.require("accounts.grant_roles")
    role = Role.objects.filter(id=role_id).first()
    if role is None:
        raise NotFound
    return role


def holders_of(act: Act, role: Role) -> list[User]:
    """Who has a role in this facility."""
    act.require("accounts.grant_roles")
    here = {"grants__role": role, "grants__ended_at": None, "grants__facility_id": act.facility_id}
    return list(User.objects.filter(**here).order_by("display_name"))


def in_words(given: Iterable[str], *, all_of_them: bool = False) -> list[RoomOfRights]:
    """Rights by room, each with its sentence; with `all_of_them` also those that are not given (to choose from)."""
    given = set(given)
    rooms: dict[str, list[RightLine]] = {}
    for code, sentence in all_rights().items():
        room, _dot, act = code.partition(".")
        offered = all_of_them and not act.startswith(_OF_THE_SYSTEM)
        if code in given or offered:
            rooms.setdefault(room, []).append(RightLine(code, sentence, code in given))
    named = [RoomOfRights(str(ROOMS.get(room, room.capitalize())), lines) for room, lines in rooms.items()]
    return sorted(named, key=lambda one: one.name)


@dataclass(frozen=True, slots=True)
class Effective:
    """What one person may do here, by room, and which role gives each right."""

    user: User
    roles: list[Role]
    rooms: list[RoomOfRights]


def effective_rights(act: Act, user_id: UUID) -> Effective:
    """What a person may do in the act's facility, and which role gives it.

    :raises NotFound: if nobody of that id has or had a role here
    """
    act.require("accounts.grant_roles")
    user = User.objects.filter(id=user_id, grants__facility_id=act.here).first()
    if user is None:
        raise NotFound
    grants = Grant.objects.filter(user=user, facility_id=act.here, ended_at=None).select_related("role")
    roles = [grant.role for grant in grants.order_by("role__name")]
    giving: dict[str, list[str]] = {}
    for role in roles:
        for right in role.rights:
            giving.setdefault(right, []).append(role.name)
    rooms = [
        RoomOfRights(room.name, [RightLine(r.code, r.sentence, by=", ".join(giving[r.code])) for r in room.rights])
        for room in in_words(giving)
    ]
    return Effective(user, roles, rooms)
