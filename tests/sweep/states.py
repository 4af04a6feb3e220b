"""What comes first at the doors of `beside`: each makes what its door needs, in the world, and says which ids are meant."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from salus.accounts import services as accounts
from salus.accounts.models import Device, Session, Totp, User
from salus.accounts.queries import hash_of
from salus.care import services as care
from salus.care.models import Session as CourseSession
from salus.care.services.referrals import Receiver
from salus.catalog.models import Orderable
from salus.chart import services as chart
from salus.encounters import services as encounters
from salus.inbox import services as inbox
from salus.messaging import services as messaging
from salus.messaging.models import Subscription
from salus.orders import services as orders
from salus.patients import services as patients
from salus.questionnaires import services as questionnaires
from salus.questionnaires.drafts import FormDraft
from salus.questionnaires.models import Questionnaire
from salus.queues import services as queues
from salus.queues.models import Token
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.services import booking
from salus.staff import services as staff
from salus.waitlist.services import wishes as waiting
from tests.cast import own_session
from tests.world import PHOTO, World, a_medicine

Typed = Mapping[str, Any]
#: one line of a hospital's own knowledge
OWN_LINES = {
    "file": "interactions.csv",
    "content": "a,b,severity,effect,management,source,source_place,source_opened\n"
    "paracetamol,amoxicillin,major,It is so.,Choose one.,Our committee,Minutes 7,2026-11-01\n",
}


def practitioner(world: World, role: str) -> Any:
    member = world.cast.user(role).staff_member
    assert member is not None
    return member.practitioner_id


def _of(world: World) -> dict[str, Any]:
    return {"patient_id": world.patient.id}


def whom(world: World) -> str:
    return f"d:{world.cast.departments['opd'].id}"


# ---------------------------------------------------------------- inbox


def accepted(world: World) -> Typed:
    inbox.accept_task(world.cast.act("nurse"), task_id=world.ids["task_id"])
    return {}


# ---------------------------------------------------------------- who comes


def newcomer(world: World) -> Typed:
    """Somebody who is not here, and of whom nothing is written down."""
    who = {"family": "Beside", "given": "Bea", "gender": "female", "birth_date": "1990-01-02"}
    return {"patient_id": patients.register_patient(world.cast.act("receptionist"), **who).id}


def newcomer_here(world: World) -> Typed:
    of = newcomer(world)
    opd = world.cast.departments["opd"].id
    visit = encounters.start_encounter(world.cast.act("receptionist"), department_id=opd, service_code="", **of)
    return {**of, "encounter_id": visit.id}


def booked_now(world: World) -> Typed:
    """A time that began a moment ago."""
    began = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=2)
    made = booking.book_appointment(
        world.cast.act("doctor"), schedule_id=world.ids["schedule_id"], starts_at=began, overbook_reason="At once.", **_of(world)
    )  # fmt: skip
    return {"appointment_id": made.id, "version": made.version}


def wishes(world: World) -> Typed:
    """Waits, and nothing was offered yet."""
    with_whom = [world.ids["schedule_id"]]
    return {
        "wish_id": waiting.join_waiting_list(
            world.cast.act("receptionist"), schedule_ids=with_whom, **newcomer(world)
        ).id
    }


def called_in(world: World) -> Typed:
    """Somebody whom nobody has recognised yet stands in the line with a number."""
    of = newcomer_here(world)
    return {**of, "token_id": Token.objects.filter(encounter_id=of["encounter_id"]).latest("id").id}


def free(world: World) -> Typed:
    wish = Wish(timezone.localdate() + timedelta(days=9), 1, (world.ids["schedule_id"],))
    slot = availability(world.cast.act("receptionist"), wish).slots[0]
    return {"at": slot.starts_at.isoformat().replace("+", "%2B"), **_of(world)}


# ---------------------------------------------------------------- staff and sign-in

SECRET = "a-long-secret-of-ones-own"


def hired(world: World) -> Typed:
    opd = world.cast.departments["opd"].id
    who = {"family": "Fresh", "given": "Fay", "staff_number": "N-77", "profession": "nurse", "department_ids": [opd]}
    return {"staff_id": staff.hire_staff(world.cast.act("administrator"), **who).id}


def with_secret(role: str) -> Callable[[World], Typed]:
    def first(world: World) -> Typed:
        user = User.objects.get(id=world.cast.user(role).id)
        user.set_password(SECRET)
        user.save()
        world.cast._users[role] = user
        return {}

    return first


def pinned(world: World) -> Typed:
    accounts.set_pin(world.cast.act("nurse"), pin="274913")
    return {}


def with_app(world: World) -> Typed:
    accounts.begin_totp(world.cast.act("nurse"))
    Totp.objects.filter(user=world.cast.user("nurse")).update(confirmed_at=timezone.now())
    return {}


def at_a_device(world: World) -> Client:
    """A browser of the administrator that is known again."""
    secret = "secret-of-a-browser-at-the-desk"
    Device.objects.create(hash=hash_of(secret))
    browser = world.cast.client("administrator", raise_request_exception=False)
    browser.cookies[settings.DEVICE_COOKIE_NAME] = secret
    return browser


def other_session(world: World) -> Typed:
    own_session(Client(), world.cast.user("patient"))
    return {"session_id": Session.objects.filter(user=world.cast.user("patient")).latest("id").id}


# ---------------------------------------------------------------- orders, notes, care


def verbal(world: World) -> Typed:
    told_by = practitioner(world, "doctor")
    placed = orders.place_orders(
        world.cast.act("nurse"), encounter_id=world.encounter_id, items=[a_medicine("5")], told_by=told_by, **_of(world)
    )
    return {"order": str(placed[0].id)}


def held(world: World) -> Typed:
    order = orders.place_orders(
        world.cast.act("doctor"), encounter_id=world.encounter_id, items=[a_medicine("5")], **_of(world)
    )[0]
    orders.hold_order(world.cast.act("doctor"), order_id=order.id, reason="Vomiting.")
    return {"order_id": order.id}


def drafted(world: World) -> Typed:
    said = {"sections": {"history": "Cough."}, "version": ""}
    chart.write_note(world.cast.act("doctor"), encounter_id=world.encounter_id, **said, **_of(world))
    return {}


def to_cosign(world: World) -> Typed:
    """A note of the nurse that waits for the doctor."""
    asked = chart.Asked(cosigner_id=practitioner(world, "doctor"))
    return noted(world, asked=asked)


def noted(world: World, **more: Any) -> Typed:
    said: dict[str, Any] = {"version": "", "sections": {"observed": "Sleeps."}, "note_type": "nursing"}
    made = chart.sign_note(world.cast.act("nurse"), encounter_id=world.encounter_id, **said, **_of(world), **more)
    return {"note_id": made.id}


def half_filled(world: World) -> Typed:
    asked = world.ids["questionnaire_id"]
    draft = FormDraft(world.patient.id, world.encounter_id, asked, typed={})
    questionnaires.write_response(world.cast.act("doctor"), draft=draft)
    return {}


def in_use(world: World) -> Typed:
    row = Questionnaire.objects.get(id=world.ids["form_id"])
    questionnaires.activate_form(world.cast.act("administrator"), questionnaire_id=row.id, version=row.version)
    return {}


def reworded(world: World) -> Typed:
    of = {one: world.ids[one] for one in ("template", "language", "channel")}
    messaging.change_wording(world.cast.act("administrator"), body="We expect you on {day}.", **of)
    return {}


def treated(world: World) -> Typed:
    act, opd = world.cast.act("doctor"), world.cast.departments["opd"].id
    course = care.start_treatment(
        act, what="Exercises", sessions=2, first_on=timezone.localdate(), every_days=7, department_id=opd, **_of(world)
    )
    session = CourseSession.objects.filter(treatment=course).order_by("number")[0]
    care.give_session(world.cast.act("nurse"), session_id=session.id)
    return {"course_session_id": session.id, "treatment_id": course.id}


def _referred(world: World, outside: str = "") -> Any:
    kind = a_kind()
    to = Receiver(outside=outside) if outside else Receiver(department_id=world.cast.departments["opd"].id)
    return care.send_referral(
        world.cast.act("doctor"),
        encounter_id=world.encounter_id,
        orderable_id=kind.id,
        to=to,
        question="Seen?",
        **_of(world),
    )


def declined(world: World) -> Typed:
    sent = _referred(world)
    care.decline_referral(world.cast.act("doctor"), referral_id=sent.id, version=1, reason="Not ours.")
    return {"referral_id": sent.id}


def answered(world: World) -> Typed:
    sent = _referred(world)
    care.answer_referral(world.cast.act("doctor"), referral_id=sent.id, version=1, answer="Nothing found.")
    return {"referral_id": sent.id}


# ---------------------------------------------------------------- queues, messages


def told(world: World) -> Typed:
    """A browser of the patient that is told of what comes."""
    who = {"recipient_kind": "patient", "recipient_id": world.patient.id}
    row = Subscription(endpoint="https://y", keys="a b", endpoint_key=b"beside", **who)
    row.save()
    return {"subscription_id": row.id}


def an_empty_queue(world: World) -> Typed:
    of = {"department_id": world.cast.departments["lab"].id, "kind": "sample", "name": "Beside", "prefix": "Z"}
    return {"queue_id": queues.open_queue(world.cast.act("administrator"), **of).id}


def doctor(world: World) -> str:
    return f"p:{practitioner(world, 'doctor')}"


def whose(ids: Typed) -> Typed:
    return {"patient_id": ids["patient_id"]}


def passwords(_world: World, _ids: Typed) -> Typed:
    return {"old": SECRET, "new": f"{SECRET}-two"}


def file() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", PHOTO, "image/png")


def soon() -> str:
    return (timezone.localdate() + timedelta(days=9)).isoformat()


def sessions(world: World, _ids: Typed) -> Typed:
    return {
        "what": "Exercises",
        "sessions": "3",
        "first_on": soon(),
        "every_days": "7",
        "department": world.cast.departments["opd"].id,
    }


def a_kind() -> Orderable:
    return Orderable.objects.filter(kind="referral", is_active=True).order_by("code")[0]
