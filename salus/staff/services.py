"""Acts on practitioners and staff."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from salus.accounts import services as accounts
from salus.accounts.models import User
from salus.core import files
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Stale
from salus.core.photos import as_jpeg
from salus.places.models import Department
from salus.staff.facts import StaffMemberChanged
from salus.staff.models import Practitioner, StaffMember

OWN = "staff.change_own_profile"


class NumberTaken(Conflict):
    """Another member of staff has this number."""


class RegistrationTaken(Conflict):
    """Another member of staff has this registration."""


@transaction.atomic
def hire_staff(
    act: Act,
    *,
    family: str,
    given: str,
    title: str = "",
    gender: str = "",
    staff_number: str,
    profession: str,
    specialty: str = "",
    registration_number: str = "",
    registration_body: str = "",
    languages: Sequence[str] = (),
    more_specialties: Sequence[str] = (),
    fee_codes: Sequence[str] = (),
    department_ids: Sequence[UUID] = (),
    started_on: date | None = None,
) -> StaffMember:
    """Take somebody on: a practitioner who works here from now on.

    :raises NumberTaken: if the staff number is in use
    :raises RegistrationTaken: if the registration is somebody else's
    """
    act.require("staff.manage_staff")
    practitioner = Practitioner.objects.create(
        family=family, given=given, title=title, gender=gender, recorded_by_id=act.by
    )
    member = StaffMember(
        practitioner=practitioner,
        facility_id=act.here,
        staff_number=staff_number,
        profession=profession,
        specialty=specialty,
        registration_number=registration_number,
        registration_body=registration_body,
        languages=list(languages),
        more_specialties=list(more_specialties),
        fee_codes=list(fee_codes),
        department_ids=_departments(act, department_ids),
        started_on=started_on,
        recorded_by_id=act.by,
    )
    _save(member, new=True)
    announce(act, StaffMemberChanged(staff_id=member.id, change="hired"))
    return member


@transaction.atomic
def change_staff(
    act: Act,
    *,
    staff_id: UUID,
    version: int,
    family: str,
    given: str,
    title: str = "",
    gender: str = "",
    staff_number: str,
    profession: str,
    specialty: str = "",
    registration_number: str = "",
    registration_body: str = "",
    languages: Sequence[str] = (),
    more_specialties: Sequence[str] = (),
    fee_codes: Sequence[str] = (),
    department_ids: Sequence[UUID] = (),
    started_on: date | None = None,
) -> StaffMember:
    """Change a profile.

    :raises Stale: if somebody changed it since it was read
    """
    act.require("staff.manage_staff")
    member = _locked(act, staff_id, version)
    person = member.practitioner
    person.family, person.given, person.title, person.gender = family, given, title, gender
    person.save(update_fields=["family", "given", "title", "gender"])
    member.staff_number, member.profession, member.specialty = staff_number, profession, specialty
    member.registration_number, member.registration_body = registration_number, registration_body
    member.languages, member.started_on = list(languages), started_on
    member.more_specialties, member.fee_codes = list(more_specialties), list(fee_codes)
    places = _departments(act, department_ids)
    if set(places) != set(member.department_ids):
        act.require_fresh()  # whoever works in a department may open the records of its patients
    member.department_ids = places
    _save(member)
    announce(act, StaffMemberChanged(staff_id=member.id, change="changed"))
    return member


@transaction.atomic
def change_profile(
    act: Act,
    *,
    staff_id: UUID,
    version: int,
    qualifications: Sequence[str],
    languages: Sequence[str],
    photo: bytes | None = None,
    photo_away: bool = False,
) -> StaffMember:
    """Change what somebody says of himself or herself; what the hospital vouches for is `change_staff`.

    :param photo: whatever was sent; kept as a small JPEG of our own making
    :raises BadPhoto: if it is none
    :raises Stale: if somebody changed it since it was read
    """
    act.require(OWN)
    if act.staff_id != staff_id:
        act.require("staff.manage_staff")
    member = _locked(act, staff_id, version)
    member.qualifications, member.languages = list(qualifications), list(languages)
    if photo:
        member.photo = files.keep_file(act, as_jpeg(photo), media_type="image/jpeg", patient_id=None)
    elif photo_away:
        member.photo = None
    member.save(update_fields=["qualifications", "languages", "photo"])
    announce(act, StaffMemberChanged(staff_id=member.id, change="profile"))
    return member


@transaction.atomic
def retire_staff(act: Act, *, staff_id: UUID, version: int) -> StaffMember:
    """Somebody leaves: the sign-in ends at once, the name stays in every record."""
    act.require("staff.manage_staff")
    member = _locked(act, staff_id, version)
    if member.user_id:
        accounts.set_active(act, user_id=member.user_id, active=False)
    if member.retired_at is None:
        member.retired_at = act.at
        member.practitioner.is_active = False
        member.practitioner.save(update_fields=["is_active"])
        _save(member)
        announce(act, StaffMemberChanged(staff_id=member.id, change="retired"))
    return member


@transaction.atomic
def give_sign_in(
    act: Act, *, staff_id: UUID, version: int, username: str, password: str, role_codes: Sequence[str]
) -> User:
    """Let a member of staff sign in, with these roles in the act's facility.

    :raises Conflict: if he or she can sign in already
    """
    act.require("accounts.manage_users")
    act.require_fresh()
    member = _locked(act, staff_id, version)
    if member.user_id:
        raise Conflict("This person can sign in already.")
    person = member.practitioner
    user = accounts.create_user(
        act, username=username, display_name=f"{person.given} {person.family}".strip(), password=password
    )
    set_roles(act, user_id=user.id, role_codes=role_codes)
    member.user = user
    _save(member)
    announce(act, StaffMemberChanged(staff_id=member.id, change="sign-in-given"))
    return user


@transaction.atomic
def set_roles(act: Act, *, user_id: UUID, role_codes: Sequence[str], seen: Collection[str] = ()) -> None:
    """Make these the roles of a user in the act's facility.

    :param seen: the roles that the user had when they were chosen
    :raises Stale: if somebody changed them since
    """
    act.require("accounts.grant_roles")
    act.require_fresh()
    assert act.facility_id is not None
    user = User.objects.select_for_update().get(id=user_id)
    held = set(user.grants.filter(facility_id=act.facility_id, ended_at=None).values_list("role__code", flat=True))
    if held != set(seen):
        raise Stale
    for code in sorted(set(role_codes) - held):
        accounts.grant_role(act, user_id=user_id, role_code=code, facility_id=act.facility_id)
    for code in sorted(held - set(role_codes)):
        accounts.take_role(act, user_id=user_id, role_code=code, facility_id=act.facility_id)


def _departments(act: Act, wanted: Sequence[UUID]) -> list[UUID]:
    """Only departments of this facility, in their own order."""
    known = Department.objects.filter(id__in=wanted, facility_id=act.here)
    return list(known.order_by("name").values_list("id", flat=True))


def _locked(act: Act, staff_id: UUID, version: int) -> StaffMember:
    known = StaffMember.objects.select_for_update(of=("self",)).select_related("practitioner")
    member = known.get(id=staff_id, facility_id=act.here)
    if member.version != version:
        raise Stale
    return member


def _save(member: StaffMember, *, new: bool = False) -> None:
    try:
        with transaction.atomic():
            member.save(force_insert=new)
    except IntegrityError as error:
        if "staff_member_one_registration" in str(error):
            raise RegistrationTaken(registration_number=RegistrationTaken.__doc__ or "") from error
        if "staff_number" in str(error):
            raise NumberTaken(staff_number=NumberTaken.__doc__ or "") from error
        raise
