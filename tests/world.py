"""A world for tests of every route at once: one visit of one patient through all rooms, and the ids that routes ask for.

`a_world(cast)` walks a visit through the real services in the facility of a cast, so that there is one of everything: a
draft, a waiting test, a value to verify, a final result, something to dispense, an invoice paid in part, an open charge.
"""

import base64
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from PIL import Image

from salus.accounts import services as accounts
from salus.accounts.models import Allowance, DirectoryLink, Role, Session
from salus.accounts.passkeys import Registered
from salus.audit import services as audit
from salus.audit.models import Alarm
from salus.audit.rules.unusual import Unusual
from salus.billing import services as billing
from salus.billing.models import Charge
from salus.care import services as care
from salus.care.models import PlanTemplate
from salus.catalog.models import Orderable, Price, Service, TestDefinition
from salus.chart import services as chart
from salus.chart.models import Condition, DocumentPage, Note, Observation
from salus.chart.queries.schedules import schedule_in_force
from salus.chart.services.templates import change_note_settings
from salus.core.access import write_log
from salus.core.announce import run_waiting
from salus.core.files import keep_file
from salus.core.ids import uuid7
from salus.core.models import AccessEntry
from salus.core.photos import as_jpeg
from salus.coverage import services as coverage
from salus.encounters import services as encounters
from salus.inbox import services as inbox
from salus.inventory import services as inventory
from salus.inventory.models import Item, Lot
from salus.lab import services as lab
from salus.lab.models import Request, Result
from salus.messaging.models import Content, Message, Subscription
from salus.orders import drafts
from salus.orders import services as orders
from salus.orders.drafts import Line
from salus.orders.models import OrderSet
from salus.orders.services import MedicineItem, ServiceItem, TestItem
from salus.patients import services as patients
from salus.patients.models import Patient, SensitiveCode
from salus.payments.models import Checkout
from salus.pharmacy import services as pharmacy
from salus.pharmacy.models import Prescription
from salus.places.models import Location
from salus.portal.arriving import account_with
from salus.portal.contacts import contact_of
from salus.portal.linking import link
from salus.portal.models import Account, Challenge, ContactChange, Release, Setting
from salus.portal.services import desk as portal_desk
from salus.portal.services import opening
from salus.portal.tests.builders import a_proxy, act_of
from salus.questionnaires import services as questionnaires
from salus.questionnaires.drafts import FormDraft
from salus.questionnaires.loading import load_forms
from salus.questionnaires.models import Questionnaire
from salus.queues import services as queues
from salus.queues.models import Queue, Token
from salus.safety import services as safety
from salus.safety.models import Rule
from salus.safety.models import Setting as RuleSetting
from salus.scheduling.models import Absence, Holiday, Pattern, Schedule
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.services import absences, booking, feeds, schedules
from salus.scheduling.services.schedules import Session as WeeklySession
from salus.staff.models import StaffMember
from salus.terminology.models import Presentation
from salus.waitlist.services import offers
from salus.waitlist.services import wishes as waiting
from tests.canaries import plant
from tests.cast import OWN_DOOR, Cast, an_account

#: one grey point
PHOTO = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
MEDICINE = "paracetamol-500-mg-tablet"
TESTS = ("na", "k", "creat", "glu")


@dataclass
class World:
    """One facility with one visit in it. `ids` has one id for each name that a route may ask for.

    `further`: role and address of pages that offer what the pages of `ids` do not, in their state.
    """

    cast: Cast
    patient: Patient
    encounter_id: UUID
    ids: dict[str, Any] = field(default_factory=dict)
    further: list[tuple[str, str]] = field(default_factory=list)


def a_world(cast: Cast, **person: Any) -> World:
    """Walk one visit through all rooms; `person` changes who the patient is."""
    cast.departments  # noqa: B018 - the rooms of the house must exist to be routed to
    patient = _register(cast, person)
    prices(cast)
    queue = _queue(cast)
    visit = encounters.start_encounter(
        cast.act("receptionist"),
        patient_id=patient.id,
        department_id=cast.departments["opd"].id,
        service_code="consultation-general-practice-first",
        reason=f"Cough of {patient.family}.",
    )
    world = World(cast, patient, visit.id, {"patient_id": patient.id, "encounter_id": visit.id})
    _places(world)
    _told(world)
    _record(world)
    _access(world)
    _fill_in(world)
    _order(world)
    _refer(world)
    _test(world)
    _dispense(world)
    _bill(world)
    _sign_in(world)
    _ask(world)
    _appoint(world)
    _wait(world)
    _queue_up(world, queue)
    _own_door(world)
    _inbox(world)
    return world


def _sign_in(world: World) -> None:
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


def _register(cast: Cast, person: dict[str, Any]) -> Patient:
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


def prices(cast: Cast, amount: str = "12.50") -> None:
    """Every service of the catalogue costs the same here."""
    if Price.objects.filter(facility=cast.facility).exists():
        return
    period = DateTimeTZRange(timezone.now() - timedelta(days=30), None)
    rows = [
        Price(service=one, facility=cast.facility, amount=Decimal(amount), currency="EUR", period=period)
        for one in Service.objects.all()
    ]
    Price.objects.bulk_create(rows)


def stock(cast: Cast, quantity: str = "100") -> Lot:
    """So many tablets of the medicine in the pharmacy."""
    return inventory.receive_stock(
        cast.almighty(),
        item_id=Item.objects.filter(presentation__code=MEDICINE).order_by("code")[0].id,
        department_id=cast.departments["pharmacy"].id,
        lot_number=f"L-{Lot.objects.count() + 1}",
        expires_on=timezone.localdate() + timedelta(days=365),
        quantity=Decimal(quantity),
        source=f"delivery:{Lot.objects.count() + 1}",
    )


def a_medicine(quantity: str = "10") -> MedicineItem:
    """So many tablets, one three times a day."""
    presentation = Presentation.objects.get(code=MEDICINE)
    return MedicineItem(
        presentation_id=presentation.id,
        dose=Decimal(1),
        dose_unit="tablet",
        route="oral",
        frequency=3,
        duration_days=5,
        quantity=Decimal(quantity),
        override_reason="Both are needed.",
    )


def _places(world: World) -> None:
    opd = world.cast.departments["opd"]
    room, _ = Location.objects.get_or_create(department=opd, code="R1", defaults={"kind": "room", "name": "Room 1"})
    doctor = StaffMember.objects.get(user=world.cast.user("doctor"))
    photo = keep_file(world.cast.almighty(), as_jpeg(PHOTO), media_type="image/jpeg", patient_id=None)
    StaffMember.objects.filter(id=doctor.id).update(photo=photo)
    world.ids |= {"department_id": opd.id, "location_id": room.id, "staff_id": doctor.id}


def _told(world: World) -> None:
    """A message to the patient, in the log."""
    message = Message(
        facility_id=world.cast.facility.id,
        source=f"test:{world.patient.id}#reminder",
        template="appointment-reminder",
        purpose="reminders",
        language="en",
        channel="sms",
        recipient_kind="patient",
        recipient_id=world.patient.id,
        patient_id=world.patient.id,
        status="failed",
        problem="http-400",
        due_at=timezone.now(),
    )
    message.save()
    Content.objects.create(id=message, address="+447700900123", body="We expect you on Thursday.")
    nurse = world.cast.user("nurse").id
    key = uuid7().bytes
    browser = Subscription(
        recipient_kind="user", recipient_id=nurse, endpoint="https://x", keys="a b", endpoint_key=key
    )
    browser.save()
    world.ids |= {"message_id": message.id, "subscription_id": browser.id}
    secret = feeds.make_own_feed(world.cast.act("doctor"))
    world.ids |= {"secret": secret, "template": message.template, "language": "en", "channel": "sms"}


def secret_of(patient: Patient) -> str:
    """A word that stands in the record of this patient alone: nobody sees it who may not open the record."""
    return f"told-in-confidence-{patient.mrn}"


def _record(world: World) -> None:
    cast, of = world.cast, {"patient_id": world.patient.id}
    cover = coverage.record_coverage(
        cast.act("receptionist"), payer_name="Northern Health Fund", member_number="NHF 1", kind="PUBLICPOL", **of
    )
    values = {"systolic": Decimal(120), "diastolic": Decimal(80), "pulse": Decimal(72)}
    observed = chart.record_vitals(cast.act("nurse"), encounter_id=world.encounter_id, values=values, **of)
    allergy = chart.record_allergy(cast.act("nurse"), allergen_code="class-penicillins", **of)
    note = chart.sign_note(
        cast.act("doctor"),
        encounter_id=world.encounter_id,
        version="",
        sections={"history": f"Cough for two days. {secret_of(world.patient)}", "plan": "Rest."},
        diagnoses=["J20.9"],
        **of,
    )
    condition = Condition.objects.get(patient=world.patient)
    _vaccinate(world)
    _file(world)
    world.ids |= {
        "coverage_id": cover.id,
        "allergy_id": allergy.id,
        "note_id": note.id,
        "note_type": "ward-round",
        "letter_id": _letter(world).id,
        "condition_id": condition.id,
        "observation_id": next(row.id for row in observed if row.number is not None),
        "kept_id": chart.add_favourite(cast.act("doctor"), code_system=condition.code_system, code=condition.code).id,
    }


def _vaccinate(world: World) -> None:
    """A dose, and a schedule of the hospital's own."""
    cast, today = world.cast, timezone.localdate().isoformat()
    given = chart.Given(lot_number="L-4711", site="LA")
    row = chart.record_immunization(cast.act("nurse"), patient_id=world.patient.id, code="52", on=today, given=given)
    doctor = cast.act("doctor")
    line = schedule_in_force(doctor)[0]
    if line.schedule.facility_id is None:
        values = {"age": "10 years", "min_age": "9 years"}
        own = {"schedule_id": line.schedule_id, "group": "hpv", "dose": 1, "why": "By the council's advice"}
        chart.change_scheduled_dose(doctor, values=values, **own)
    own_schedule = schedule_in_force(doctor)[0].schedule_id
    world.ids |= {"immunization_id": row.id, "vaccine_schedule_id": own_schedule}


def _fill_in(world: World) -> None:
    """A form that ships was signed, another can be filled in, and the hospital builds one of its own."""
    cast, shipped = world.cast, Questionnaire.objects.filter(facility=None, status="active")
    if not shipped.exists():
        load_forms(cast.almighty())
    asked, built = shipped.get(url="salus:form/nursing-admission"), Questionnaire.objects.filter(facility=cast.facility)
    typed = {"72514-3": "3", "pain-where": secret_of(world.patient), "smoking": "266919005", "fall": "false"}
    draft = FormDraft(
        world.patient.id, world.encounter_id, asked.id, typed={link: [one] for link, one in typed.items()}
    )
    signed = questionnaires.sign_response(cast.act("doctor"), draft=draft)
    own = built.first() or questionnaires.draft_form(cast.act("administrator"), title=f"Form of {cast.code}")
    for text in ("First?", "Second?") if own.version == 1 else ():
        version = Questionnaire.objects.get(id=own.id).version
        questionnaires.add_line(
            cast.act("administrator"), questionnaire_id=own.id, version=version, kind="string", text=text
        )
    world.ids |= {
        "response_id": signed.id,
        "questionnaire_id": shipped.get(url="salus:form/gad-7", status="active").id,
        "value_set": "allergens",
        "form_id": own.id,
        "place": 0,
    }


def _letter(world: World) -> Note:
    """A summary of the visit that the patient reads at his own door."""
    now = timezone.now()
    letter = Note(
        patient=world.patient,
        encounter_id=world.encounter_id,
        status=Note.SIGNED,
        template="visit-summary",
        template_kind="visit-summary",
        title="Visit summary",
        form=[{"name": "plan", "label": "Next steps"}],
        sections={"plan": f"Rest. {secret_of(world.patient)}"},
        audience="patient",
        written_at=now,
        signed_at=now,
        shown_at=now,
    )
    letter.save()
    return letter


def _file(world: World) -> None:
    """A letter in words, with a page that was scanned; a sick note; a relative."""
    cast, of = world.cast, {"patient_id": world.patient.id}
    nurse, today = cast.act("nurse"), timezone.localdate()
    about = chart.About(title=f"Letter. {secret_of(world.patient)}")
    words, scanned = f"Dear colleague. {world.patient.id}".encode(), BytesIO()
    Image.new("L", (8, 8)).save(scanned, "TIFF")
    letter = chart.keep_document(nurse, about=about, contents=[words, scanned.getvalue()], **of)
    note = chart.issue_sick_note(cast.act("doctor"), valid_from=today, valid_until=today, **of)
    father = chart.Relative(relationship="FTH", illnesses=[chart.Illness(display="Gout")])
    relative = chart.record_relative(nurse, relative=father, **of)
    world.ids |= {
        "document_id": letter.id,
        "binary_id": DocumentPage.objects.get(document=letter, number=1).file_id,
        "number": 1,
        "drawn": 2,
        "sheet": 1,
        "certificate_id": note.id,
        "certificate_kind": "sick",
        "token": note.token,
        "relative_id": relative.id,
    }


def _refer(world: World) -> None:
    """The patient was sent from outside, to be seen in outpatients."""
    made = care.register_referral(
        world.cast.act("doctor"),
        patient_id=world.patient.id,
        from_whom="Dr Pea, Village",
        department_id=world.cast.departments["opd"].id,
        question=f"What of {secret_of(world.patient)}?",
    )
    planned = care.plan_follow_up(
        world.cast.act("doctor"),
        patient_id=world.patient.id,
        encounter_id=world.encounter_id,
        reason=f"See {secret_of(world.patient)}.",
        due_on=timezone.now().date() + timedelta(days=7),
        department_id=world.cast.departments["opd"].id,
    )
    world.ids |= {"referral_id": made.id, "follow_up_id": planned.id}
    doctor, of = world.cast.act("doctor"), {"patient_id": world.patient.id}
    course = care.start_treatment(
        doctor,
        what=f"Physiotherapy for {secret_of(world.patient)}",
        sessions=2,
        first_on=timezone.now().date(),
        every_days=7,
        department_id=world.cast.departments["opd"].id,
        **of,
    )
    plan = care.draft_plan(doctor, title=f"Plan for {secret_of(world.patient)}", **of)
    goal = care.add_goal(doctor, plan_id=plan.id, version=1, text="Walk to the shop")
    care.add_activity(doctor, plan_id=plan.id, version=2, text="Walk every day")
    written = care.Written(title=f"Template {PlanTemplate.objects.count()}", activities=["Walk every day"])
    kept = care.keep_template(doctor, kind="plan", written=written)
    course_kept = care.keep_template(
        doctor, kind="treatment", written=replace(written, activities=(), sessions=2, every_days=7)
    )
    member = care.add_member(doctor, role="family", name=f"Friend {secret_of(world.patient)}", **of)
    world.ids |= {
        "treatment_id": course.id,
        "course_session_id": course.sessions.get(number=1).id,
        "plan_id": plan.id,
        "goal_id": goal.id,
        "member_id": member.id,
        "plan_template_id": kept.id,
        "treatment_template_id": course_kept.id,
        "template_kind": "plan",
    }


def _access(world: World) -> None:
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


def _decided(cast: Cast) -> UUID:
    """A safety rule about which the hospital has decided, as it has about dictation and letters."""
    rule = Rule.objects.get(code="duplicate.class")
    # a hospital has more worlds than one
    if not RuleSetting.objects.filter(facility=cast.facility, rule=rule.code).exists():
        change_note_settings(cast.act("administrator"), version=0, dictation=True, letters_are_shown=True)
        safety.decide_rule(cast.act("administrator"), rule_id=rule.id, version=0, tier="note", reason="Said often.")
    return rule.id


def _order(world: World) -> None:
    tests = {one.code: one for one in TestDefinition.objects.filter(code__in=TESTS)}
    assert tests.keys() == set(TESTS), f"the test catalogue lacks {set(TESTS) - tests.keys()}"
    items: list[Any] = [TestItem(test_id=tests[code].id) for code in TESTS]
    care_for = Orderable.objects.filter(kind="nursing", is_active=True).order_by("code")[0]
    items.append(ServiceItem(orderable_id=care_for.id, kind="nursing"))
    placed = orders.place_orders(
        world.cast.act("doctor"),
        patient_id=world.patient.id,
        encounter_id=world.encounter_id,
        items=[*items, a_medicine(), a_medicine("20")],
    )
    world.ids["order_id"] = placed[-1].id
    refused = orders.administer_medication(
        world.cast.act("nurse"),
        order_id=placed[-1].id,
        number=1,
        wristband=world.patient.mrn,
        status="not-done",
        reason_code="refused",
    )
    world.ids["performance_id"] = refused.id
    not_signed = Line(key="a", kind="test", subject=tests[TESTS[0]].id)
    doctor = world.cast.act("doctor")
    drafts.add(doctor, world.patient.id, [not_signed])
    told = orders.record_statement(
        doctor, patient_id=world.patient.id, display=f"Herbs {secret_of(world.patient)}", informant="patient"
    )
    kept = orders.keep_set(doctor, name=f"Set {OrderSet.objects.count()}", description="", lines=[not_signed])
    world.ids |= {
        "statement_id": told.id,
        "set_id": kept.id,
        "set_item_id": kept.items.get().id,
        "favourite_id": orders.keep_favourite(doctor, line=not_signed, name="Sodium").id,
    }


def _test(world: World) -> None:
    """One test waits, one is collected, one is to be verified, one is final."""
    cast = world.cast
    waiting = list(Request.objects.filter(patient=world.patient).order_by("id"))
    for steps, request in enumerate(waiting):
        if steps >= 1:
            made = lab.collect_specimen(cast.act("nurse"), patient_id=world.patient.id, request_ids=[request.id])
            world.ids["specimen_id"] = made.id
        if steps >= 2:
            request.refresh_from_db()
            values = {request.test.code: "4"}
            lab.enter_results(
                cast.act("laboratory-technician"), request_id=request.id, version=request.version, values=values
            )
        if steps == 3:
            request.refresh_from_db()
            lab.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)
    world.ids |= {"request_id": waiting[1].id, "to_verify": waiting[2].id}
    world.ids["result_id"] = Result.objects.get(request=waiting[3]).id


def _dispense(world: World) -> None:
    lot = stock(world.cast)
    first, second = Prescription.objects.filter(patient=world.patient).order_by("quantity")
    given = pharmacy.dispense_medication(
        world.cast.act("pharmacist"), prescription_id=first.id, item_id=lot.item_id, quantity=first.quantity
    )
    world.ids |= {
        "prescription_id": second.id,
        "dispense_id": given.id,
        "lot_id": lot.id,
        "item_id": lot.item_id,
    }


def _bill(world: World) -> None:
    run_waiting()
    charges = list(Charge.objects.filter(patient=world.patient).order_by("id"))
    invoice = billing.issue_invoice(
        world.cast.act("cashier"), patient_id=world.patient.id, charge_ids=[one.id for one in charges[:-1]]
    )
    payment = billing.take_payment(
        world.cast.act("cashier"), invoice_id=invoice.id, method="card", amount=Decimal("5.00")
    )
    invoice.refresh_from_db()
    on_its_way = Checkout.objects.create(
        facility=invoice.facility, patient=invoice.patient, invoice=invoice, amount=invoice.total - invoice.paid,
        currency=invoice.currency, gateway="pretended", opened_at=timezone.now(),
        expires_at=timezone.now() + timedelta(minutes=45),
    )  # fmt: skip
    world.ids |= {
        "invoice_id": invoice.id,
        "payment_id": payment.id,
        "checkout_id": on_its_way.id,
        # a gateway's page, and who takes the money: of no gateway that is set up here
        "reference": uuid7(),
        "gateway": "stripe",
        "charge_id": charges[-1].id,
        "rule_id": _decided(world.cast),
        "service_id": Service.objects.order_by("code")[0].id,
        "job_id": _a_failed_job(),
        # FHIR: a type of resource, an id of it, an address that is none
        "kind": "Patient",
        "identity": world.patient.id,
        "path": "no/such/thing",
    }


def _ask(world: World) -> None:
    """The patient says that something is wrong; an alarm of unusual access waits; somebody has an entry in the log."""
    cast, doctor = world.cast, world.cast.user("doctor")
    wish = audit.ask_amendment(
        cast.act("privacy-officer"), patient_id=world.patient.id, asked_on=timezone.localdate(), wish="I never smoked."
    )
    act = cast.act("doctor", door="chart:summary")
    write_log(act, {world.patient.id: "read"}, what="patient")
    entry = AccessEntry.objects.get(act_id=act.id)
    seen = Unusual("family", doctor.id, world.patient.id, entry.id, act.at)
    audit.raise_alarms(cast.almighty(), unusual=[seen])
    world.ids |= {
        "amendment_id": wish.id,
        "alarm_id": Alarm.objects.get(by_id=doctor.id, patient_id=world.patient.id).id,
        "entry_id": entry.id,
        "user_id": doctor.id,
    }


def _appoint(world: World) -> None:
    """The doctor has a schedule, is away in two years, and the patient has a time next week, which was moved."""
    cast, admin = world.cast, world.cast.act("administrator")
    doctor = cast.user("doctor").staff_member
    schedule = Schedule.objects.filter(practitioner=doctor.practitioner_id, retired_at=None).first()
    today = timezone.localdate()
    if schedule is None:
        schedule = schedules.add_schedule(
            admin, kind="practitioner", practitioner_id=doctor.practitioner_id, department_id=doctor.department_ids[0]
        )
        each = [WeeklySession(weekday=n, starts=0, ends=1440, slot_minutes=20, first=today) for n in range(7)]
        schedules.add_sessions(admin, schedule_id=schedule.id, sessions=each)
        later = timezone.now() + timedelta(days=700)
        absences.record_absence(
            admin, schedule_id=schedule.id, starts_at=later, ends_at=later + timedelta(days=1), reason="leave"
        )
        if not Holiday.objects.filter(facility=cast.facility).exists():
            absences.declare_holiday(admin, on=today + timedelta(days=710), name="Feast")
    slots = availability(cast.act("receptionist"), Wish(today + timedelta(days=7), 1, (schedule.id,))).slots
    made = booking.book_appointment(
        cast.act("receptionist"), patient_id=world.patient.id, schedule_id=schedule.id, starts_at=slots[0].starts_at
    )
    desk, there = cast.act("receptionist"), {"schedule_id": schedule.id, "starts_at": slots[1].starts_at}
    booking.move_appointment(desk, appointment_id=made.id, version=made.version, **there)
    world.ids |= {
        "act_id": desk.id,
        "schedule_id": schedule.id,
        "pattern_id": Pattern.objects.filter(schedule=schedule).latest("id").id,
        "absence_id": Absence.objects.filter(schedule=schedule).latest("id").id,
        "holiday_id": Holiday.objects.filter(facility=cast.facility).latest("id").id,
        "appointment_id": made.id,
    }


def _wait(world: World) -> None:
    """The patient waits for the doctor, and is offered a time; and waits for another clinic, of which nothing is free."""
    cast = world.cast
    desk, of = cast.act("receptionist"), {"patient_id": world.patient.id}
    wish = waiting.join_waiting_list(desk, schedule_ids=[world.ids["schedule_id"]], short_notice=True, **of)
    waiting.join_waiting_list(desk, specialty="cardiology", **of)
    slots = availability(desk, Wish(timezone.localdate() + timedelta(days=8), 1, (world.ids["schedule_id"],))).slots
    offer = offers.offer_place(
        desk, wish_id=wish.id, schedule_id=world.ids["schedule_id"], starts_at=slots[0].starts_at
    )
    world.ids |= {"wish_id": wish.id, "offer_id": offer.id}


def _inbox(world: World) -> None:
    """Somebody of the clinic shall weigh the patient; a result waits for the doctor, who wrote to the clinic about it."""
    cast, of, doctor = world.cast, {"patient_id": world.patient.id}, world.cast.user("doctor").staff_member
    opd, secret, act = cast.departments["opd"].id, secret_of(world.patient), cast.act("doctor")
    task = inbox.give_task(act, subject="Weigh the patient", department_id=opd, **of)
    inbox.put_task(
        cast.almighty(), source=f"test:{world.patient.id}", kind="result", subject=f"Potassium {secret}", route="chart:results",
        route_args={"patient_id": str(world.patient.id)}, owner_id=doctor.practitioner_id, department_id=opd, **of,
    )  # fmt: skip
    sent = inbox.send_message(act, subject=f"About {secret}", body=secret, department_ids=[opd], **of)
    deputy = cast.user("pathologist").staff_member.practitioner_id
    row = inbox.name_deputy(act, deputy_id=deputy)
    flag = inbox.raise_flag(act, category="safety", words=f"Falls {secret}", **of)
    world.ids |= {
        "flag_id": flag.id,
        "task_id": task.id,
        "thread_id": sent.thread_id,
        "communication_id": sent.id,
        "deputy_row_id": row.id,
        "ladder": "task",
    }


def _queue(cast: Cast) -> Queue:
    """The line for the doctor, in which a visit waits."""
    here = Queue.objects.filter(department=cast.departments["opd"], retired_at=None).first()
    return here or queues.open_queue(
        cast.act("administrator"),
        department_id=cast.departments["opd"].id,
        kind="consultation",
        name=f"Doctor of {cast.code}",
        prefix="ABC"[Queue.objects.count() % 3],
    )


def _queue_up(world: World, queue: Queue) -> None:
    """The patient waits once more; of four who are numbers only one waits, too, one is called, one is in a room, one missed."""
    desk, nurse, opd = world.cast.act("receptionist"), world.cast.act("nurse"), world.cast.departments["opd"]
    waits = queues.issue_token(desk, queue_id=queue.id, patient_id=world.patient.id)
    world.ids |= {"queue_id": queue.id, "token_id": waits.id}
    if Token.objects.filter(queue=queue, room__isnull=False, status="called").exists():
        return
    rooms = [Location.objects.create(department=opd, code=f"Q{n}", kind="room", name=f"Desk {n}") for n in range(4)]
    queues.open_station(world.cast.act("doctor"), room_id=rooms[3].id)
    for room in rooms[:3]:
        number = queues.issue_token(desk, queue_id=queue.id)
        called = queues.call_token(nurse, token_id=number.id, version=1, room_id=room.id)
        if room is rooms[1]:
            queues.start_token(nurse, token_id=number.id, version=called.version)
        elif room is rooms[2]:
            queues.miss_token(nurse, token_id=number.id, version=called.version)
    queues.issue_token(desk, queue_id=queue.id)


def _own_door(world: World) -> None:
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


def _a_failed_job() -> int:
    """A consequence that failed for good."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) "
            "VALUES ('consequences', 'core.run_consequence', '{\"fact_id\": 1, \"handler\": \"x.y\"}', 'failed', 8) "
            "RETURNING id"
        )
        number: int = cursor.fetchone()[0]
    return number
