"""The record of the visit: notes, problems, vaccinations, papers, forms, referrals."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.utils import timezone
from PIL import Image

from salus.care import services as care
from salus.care.models import PlanTemplate
from salus.chart import services as chart
from salus.chart.models import Condition, DocumentPage, Note
from salus.chart.queries.schedules import schedule_in_force
from salus.core.ids import uuid7
from salus.coverage import services as coverage
from salus.messaging.models import Content, Message, Subscription
from salus.questionnaires import services as questionnaires
from salus.questionnaires.drafts import FormDraft
from salus.questionnaires.loading import load_forms
from salus.questionnaires.models import Questionnaire
from salus.scheduling.services import feeds
from tests.world.shape import World, secret_of


def told(world: World) -> None:
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


def record(world: World) -> None:
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


def fill_in(world: World) -> None:
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


def refer(world: World) -> None:
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
