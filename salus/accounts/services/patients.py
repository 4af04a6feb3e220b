"""Users of the patients' own door: they have no name to guess, one role, and a password only if they choose one."""

from uuid import UUID

from django.db import transaction

from salus.accounts.facts import PasswordChanged, RoleGranted, UserCreated
from salus.accounts.models import Grant, Role, User
from salus.accounts.strength import check_strength
from salus.core.act import OWN_DOOR, Act
from salus.core.announce import announce
from salus.core.ids import uuid7

PATIENT_ROLE = "patient"


@transaction.atomic
def open_patient_user(act: Act, *, display_name: str, facility_id: UUID) -> User:
    """Somebody who may come through the patients' own door of a facility, and through no other."""
    act.require("accounts.open_patient_user")
    made = uuid7()
    user = User(id=made, username=f"portal-{made}", display_name=display_name, kind=User.PATIENT)
    user.set_unusable_password()
    user.save(force_insert=True)
    role = Role.objects.get(code=PATIENT_ROLE)
    Grant.objects.create(user=user, role=role, facility_id=facility_id, recorded_by_id=act.by)
    announce(act, UserCreated(user_id=user.id))
    announce(act, RoleGranted(user_id=user.id, role_code=PATIENT_ROLE))
    return user


def name_patient_user(act: Act, *, user_id: UUID, display_name: str) -> None:
    """Call somebody at the patients' own door by the name that the hospital has written down."""
    act.require("accounts.open_patient_user")
    User.objects.filter(id=user_id, kind=User.PATIENT).exclude(display_name=display_name).update(
        display_name=display_name
    )


@transaction.atomic
def choose_password(act: Act, *, new: str) -> User:
    """A password of one's own at the patients' own door, beside the one-time codes; whoever just signed in may choose it.

    :raises SignAgain: if that was longer ago
    :raises Invalid: if it is too weak
    """
    act.require(OWN_DOOR)
    act.require_self()
    act.require_fresh()
    user = User.objects.select_for_update().get(id=act.by)
    check_strength(user, new, "new")
    user.choose_password(new)
    announce(act, PasswordChanged(user_id=user.id))
    return user
