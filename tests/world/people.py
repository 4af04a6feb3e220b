"""Who is there: the patient, the staff who sign in, who may see what, and the patients' own door."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from salus.accounts import services as accounts
from salus.accounts.models import Allowance, DirectoryLink, Role, Session
from salus.accounts.passkeys import Registered
from salus.chart.models import Observation
from salus.core.files import keep_file
from salus.core.photos import as_jpeg
from salus.inbox import services as inbox
from salus.patients import services as patients
from salus.patients.models import Patient, SensitiveCode
from salus.places.models import Location
from salus.portal.arriving import account_with
from salus.portal.contacts import contact_of
from salus.portal.linking import link
from salus.portal.models import Account, Challenge, ContactChange, Release, Setting
from salus.portal.services import desk as portal_desk
from salus.portal.services import opening
from salus.portal.tests.builders import a_proxy, act_of
from salus.staff.models import StaffMember
from tests.canaries import plant
from tests.cast import OWN_DOOR, Cast, an_account
from tests.world.shape import PHOTO, World, secret_of


def sign_in(world: World) -> None:
    """A nurse who lost her telephone, with a session and a passkey."""
    cast, nurse = world.cast, world.cast.user("nurse")
    if hasattr(cast, "signed_in"):  # a second patient of the same people
        world.ids |= cast.signed_in
        return
    cast.client("nurse")
    recovery = accounts.ask_recovery(cast.act("administrator"), user_id=nurse.id, reason="I know her.")
    key = Registered(f"credential-{cast.code}".encode(), b"no key", 0)
    program, _secret = accounts.register_program(
        cast.act("administrator"),
        name="Program",
        redirect_uris=["https://program.test/"],
        scopes=["user/*.read"],
        confidential=True,
    )
    cast.signed_in = {  # type: ignore[attr-defined]
        "user_id": nurse.id,
        "session_id": Session.objects.filter(user=nurse).latest("id").id,
        "passkey_id": accounts.add_passkey(cast.act("nurse"), made=key, name="Telephone").id,
        "recovery_id": recovery.id,
        "program_id": program.id,
        "allowance_id": Allowance.objects.create(user=nurse, program=program, scopes=["user/*.read"]).id,
        "link_id": DirectoryLink.objects.create(user=nurse, issuer="https://directory.test", subject=cast.code).id,
    }
    world.ids |= cast.signed_in  # type: ignore[attr-defined]


def register(cast: Cast, person: dict[str, Any]) -> Patient:
    who = {
        "family": "Ashdown",
        "given": "Ann",
        "gender": "female",
        "photo": PHOTO,
        "birth_date": "1964-03-14",
        "telecom": [{"system": "phone", "value": "+44 7700 900123", "use": "mobile"}],
        "identifiers": [{"kind": "national", "system": "", "value": f"N-{cast.code}-{Patient.objects.count() + 1}"}],
    }
    plant(who | person)
    return patients.register_patient(cast.act("receptionist"), **(who | person))


def places(world: World) -> None:
    opd = world.cast.departments["opd"]
    room, _ = Location.objects.get_or_create(department=opd, code="R1", defaults={"kind": "room", "name": "Room 1"})
    doctor = StaffMember.objects.get(user=world.cast.user("doctor"))
    photo = keep_file(world.cast.almighty(), as_jpeg(PHOTO), media_type="image/jpeg", patient_id=None)
    StaffMember.objects.filter(id=doctor.id).update(photo=photo)
    world.ids |= {"department_id": opd.id, "location_id": room.id, "staff_id": doctor.id}


def access(world: World) -> None:
    """The patient refuses something, is referred, was seen in an emergency; a mark, a code of the table, a role."""
    cast, of = world.cast, {"patient_id": world.patient.id}
    signed = {
        "signed_by": f"{world.patient.given} {world.patient.family}",
        "signed_as": "patient",
        "signed_how": "paper",
    }
    consent = patients.record_consent(cast.act("receptionist"), decision="permit", labels=["TBOO"], **signed, **of)
    department = cast.departments["opd"].id
    referral = patients.refer_patient(cast.act("receptionist"), kind="referral", department_id=department, **of)
    words = "Found unconscious in the corridor"
    glass = patients.break_glass(cast.act("pathologist"), reason_code="emergency", reason=words, **of)
    assert glass is not None
    code = SensitiveCode.objects.order_by("code")[0]
    world.ids |= {
        "consent_id": consent.id,
        "relation_id": referral.id,
        "glass_id": glass.id,
        "code_id": code.id,
        "role_id": _own_role(cast).id,
        "entry_kind": "problem",
        "row_id": world.ids["condition_id"],
    }


def _own_role(cast: Cast) -> Role:
    """A role of the hospital's own, which can be changed."""
    name = f"Own nurse of {cast.code}"
    return Role.objects.filter(name=name).first() or accounts.clone_role(
        cast.act("administrator"), role_id=Role.objects.get(code="nurse").id, name=name
    )


def own_door(world: World) -> None:
    """The first patient of a cast has an account, and somebody who stands for her; each has somebody else who does too, a
    result that was released, a wish about how she is reached; somebody waits at the desk."""
    cast, patient = world.cast, world.patient
    if not hasattr(cast, "at_own_door"):
        cast.at_own_door = patient.id  # type: ignore[attr-defined]
        by_user = {one.user_id: one for one in Account.objects.filter(facility=cast.facility)}
        mine, proxy = (by_user.get(cast.user(who).id) or Account.objects.get(user=cast.user(who)) for who in OWN_DOOR)
        link(cast.almighty(), mine, patient.id)
        a_proxy(proxy, patient)
    address = f"holder@{cast.code}.example"
    holder = account_with(contact_of(address)) or an_account(cast.facility.id, address)
    said = {
        "given": "Wanda",
        "family": "Waits",
        "birth_date": "1990-05-05",
        "gender": "female",
        "phone": "+447700900999",
    }
    waits = opening.keep_registration(cast.almighty(), account_id=holder.id, said=said)
    change = ContactChange(patient=patient, facility_id=cast.facility.id, said='{"phone": "+447700900555"}')
    change.save()
    seen = Observation.objects.filter(patient=patient, category="laboratory").first()
    assert seen is not None
    Release.objects.create(patient=patient, observation=seen, is_shown=True, said_at=timezone.now())
    asked = Challenge(
        facility_id=cast.facility.id, purpose="sign-in", contact=address, contact_kind="email", made_at=timezone.now()
    )
    asked.contact_key, asked.expires_at = contact_of(address).key, timezone.now() + timedelta(minutes=10)
    asked.save()
    Setting.objects.get_or_create(facility=cast.facility)
    stands = a_proxy(holder, patient)
    asks = {"subject": "My knee", "body": secret_of(patient), "department_id": cast.departments["opd"].id}
    world.ids |= {
        "challenge_id": asked.id,
        "registration_id": waits.id,
        "change_id": change.id,
        "proxy_id": stands.id,
        "question_id": inbox.ask_team(act_of(holder), patient_id=patient.id, **asks).thread_id,
        "invitation_id": portal_desk.invite(cast.almighty(), patient_id=patient.id, kind="self")[0].id,
        "observation_id": seen.id,
    }
