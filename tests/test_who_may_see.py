"""Who opens a record on the screens and through the interface: relation, consent, protection, marks; and what is offered."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from salus.accounts.models import Role
from salus.accounts.services import issue_token
from salus.chart.models import Condition, Note, Observation
from salus.chart.queries.entries import entry_to_label
from salus.chart.services import record_condition
from salus.chart.services.labels import set_labels
from salus.chart.tests.builders import a_code
from salus.core.errors import Barred, NotFound, Stale
from salus.core.ids import uuid7
from salus.core.models import AccessEntry
from salus.encounters import services as encounters
from salus.encounters.tests.builders import a_consultation
from salus.inbox import services as inbox
from salus.inbox.models import Communication, Task
from salus.patients import services as patients
from salus.patients.models import BreakGlass, CareRelation, SensitiveCode
from salus.patients.tests.builders import a_consent, a_patient
from tests.cast import Cast, form_key
from tests.statements import at_most

CANARY = "Zyxwcanary"
PAGES = (
    "summary",
    "timeline",
    "results",
    "observations",
    "notes",
    "problems",
    "allergies",
    "immunizations",
    "documents",
)


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty(), is_open=False)


def _comes(cast, ann):
    """Ann comes to the outpatients."""
    return encounters.start_encounter(
        cast.act("receptionist"),
        patient_id=ann.id,
        department_id=cast.departments["opd"].id,
        service_code=a_consultation().code,
    )


@pytest.mark.guarantee("S1", "S10")
def test_a_record_opens_when_the_patient_comes_and_closes_three_days_after(cast, ann):
    nurse = cast.client("nurse")
    page = reverse("chart:summary", args=[ann.id])
    assert nurse.get(page).status_code == 303
    visit = _comes(cast, ann)
    assert nurse.get(page).status_code == 200
    relation = CareRelation.objects.get()
    patients.end_care_relation(cast.almighty(), patient_id=ann.id, source=relation.source)
    assert nurse.get(page).status_code == 200
    CareRelation.objects.update(ended_at=visit.started_at - timedelta(hours=73))
    assert nurse.get(page).status_code == 303


@pytest.mark.guarantee("B6", "S1")
@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_open_looks_as_if_it_were_not_there(cast, ann, page):
    """But to who may break the glass it is offered, in the same facility only."""
    _role_without_glass(cast, "nurse")
    nurse, doctor = cast.client("nurse"), cast.client("doctor")
    closed = nurse.get(reverse(f"chart:{page}", args=[ann.id]))
    missing = nurse.get(reverse(f"chart:{page}", args=[uuid7()]))
    assert (closed.status_code, missing.status_code) == (404, 404)
    assert _words(closed) == _words(missing)
    offered = doctor.get(reverse(f"chart:{page}", args=[ann.id]))
    assert (offered.status_code, offered["Location"]) == (303, reverse("patients:break_glass", args=[ann.id]))
    elsewhere = a_patient(Cast("other").almighty(), is_open=False)
    assert doctor.get(reverse(f"chart:{page}", args=[elsewhere.id])).status_code == 404
    entry = AccessEntry.objects.filter(patient_id=ann.id, action="refused").first()
    assert entry.outcome == "refused:relation"


def _role_without_glass(cast, role):
    cast.user(role)
    row = Role.objects.get(code=role)
    row.rights = [right for right in row.rights if right != "patients.break_glass"]
    row.save()


def _words(answer):
    text = answer.content.decode()
    start = text.index("<main")
    return text[start : text.index("</main>")].replace(str(answer["X-Request-Id"]), "")


def test_what_reaches_into_a_closed_record_writes_nothing(cast, ann):
    a_code()
    with pytest.raises(Barred):
        record_condition(cast.act("doctor"), patient_id=ann.id, code="I10", display="", onset="")
    assert not Condition.objects.exists()


@pytest.mark.guarantee("S11", "B3")
def test_marked_entries_leak_nowhere(cast, ann):
    """A canary in entries with a mark is in no page, count, search or answer of whom they are not for."""
    _comes(cast, ann)
    whole = {"patient": ann, "labels": ["PSY"], "display": CANARY, "code": CANARY}
    row = Condition.objects.create(**whole, status="active", category="problem-list-item")
    now = cast.act("nurse").at
    Observation.objects.create(**whole, status="final", category="laboratory", at=now, text=CANARY)
    Observation.objects.create(**whole, status="final", category="vital-signs", at=now, text=CANARY)
    sections = {"assessment": CANARY, "history": CANARY}
    Note.objects.create(
        patient=ann,
        labels=["PSY"],
        status="signed",
        sections=sections,
        written_at=now,
        signed_at=now,
        author_name=CANARY,
    )
    nurse = cast.client("nurse")
    for page in PAGES:
        answer = nurse.get(reverse(f"chart:{page}", args=[ann.id]))
        assert answer.status_code == 200
        assert CANARY not in answer.content.decode(), page
    summary = nurse.get(reverse("chart:summary", args=[ann.id])).content.decode()
    assert "No problems" in summary
    with pytest.raises(NotFound):
        entry_to_label(cast.act("nurse"), ann.id, "problem", row.id)
    doctor = cast.act("doctor")
    assert not Condition.objects.visible_to(doctor).exists(), "by place is not by name"
    patients.start_care_relation(
        cast.almighty(), patient_id=ann.id, kind="referral", source="x", practitioner_id=doctor.practitioner_id
    )
    assert Condition.objects.visible_to(cast.act("doctor")).get() == row
    pages = [cast.client("doctor").get(reverse(f"chart:{page}", args=[ann.id])).content.decode() for page in PAGES]
    assert sum(CANARY in page for page in pages) >= 4, "who treats her by name reads them"


@pytest.mark.guarantee("S11", "B3")
def test_what_is_written_about_a_marked_entry_is_marked(cast, ann):
    """Messages and tasks have the labels of what they are about, also those that it gets later; the desk of a department
    is told that something waits, and nothing of what it says."""
    _comes(cast, ann)
    of, doctor, opd = {"patient_id": ann.id}, cast.act("doctor"), [cast.departments["opd"].id]
    patients.start_care_relation(
        cast.almighty(), **of, kind="referral", source="x", practitioner_id=doctor.practitioner_id
    )
    whole = {"patient": ann, "display": CANARY, "status": "active", "recorded_by_id": doctor.by}
    marked, later = Condition.objects.create(**whole, labels=["PSY"]), Condition.objects.create(**whole)
    doctor, said = cast.act("doctor"), {"subject": CANARY, "body": CANARY, "department_ids": opd}
    sent = [inbox.send_message(doctor, **of, **said, about=f"chart.problem:{row.id}") for row in (marked, later)]
    answer = inbox.answer_message(doctor, communication_id=sent[0].id, body=CANARY)
    tasks = [
        inbox.give_task(
            doctor, **of, subject=CANARY, note=CANARY, department_id=opd[0], about=f"chart.problem:{row.id}"
        )
        for row in (marked, later)
    ]
    hand = {"subject": CANARY, "department_id": opd[0], "about": f"chart.problem:{later.id}", "labels": ["SDV"]}
    by_hand = inbox.give_task(doctor, **of, **hand)
    for row in tasks[1:]:
        inbox.cancel_task(doctor, task_id=row.id, reason=CANARY)  # what is over is marked too
    assert Communication.objects.visible_to(cast.act("nurse")).get() == sent[1], "of what is not marked yet"
    set_labels(cast.act("doctor"), **of, kind="problem", entry_id=later.id, version=1, labels=["HIV"])
    by_hand.refresh_from_db()
    assert by_hand.labels == ["HIV", "SDV"]
    nurse, act = cast.client("nurse"), cast.act("nurse")
    assert not Communication.objects.visible_to(act).exists()
    assert not Task.objects.readable_by(act).filter(patient=ann, kind__in=("message", "task")).exists()
    pages = [("inbox:list", ()), ("inbox:of_patient", (ann.id,)), *(("inbox:show", (row.id,)) for row in tasks)]
    for name, args in pages:
        page = nurse.get(reverse(name, args=args))
        assert (page.status_code, CANARY in page.content.decode()) == (200, False), name
    barred = [reverse("inbox:thread", args=[one.thread_id]) for one in sent]
    unread = ("problem", marked.id), ("task", tasks[0].id), ("problem", ann.id), ("x", ann.id), ("note", answer.id)
    barred += [reverse("inbox:write_about", args=[ann.id, *one]) for one in unread]
    assert [nurse.get(one).status_code for one in barred] == [404] * len(barred)
    with pytest.raises(NotFound):
        inbox.send_message(act, **of, **said, about=f"chart.problem:{marked.id}")
    read = cast.client("doctor").get(reverse("inbox:thread", args=[sent[0].thread_id]))
    assert CANARY in read.content.decode(), "who treats her by name reads it"
    own = inbox.send_message(cast.act("doctor"), **of, **said)  # about nothing: what it says of itself is said by hand
    assert Communication.objects.visible_to(act).get() == own
    for thread in (own.thread_id, sent[1].thread_id):
        inbox.mark_thread(cast.act("doctor"), thread_id=thread, labels=["SDV"], seen=[])
        with pytest.raises(Stale):  # another window, from before: the mark is not taken away unseen
            inbox.mark_thread(cast.act("doctor"), thread_id=thread, labels=[], seen=[])
    assert not Communication.objects.visible_to(cast.act("nurse")).exists()
    assert not Task.objects.readable_by(cast.act("nurse")).filter(patient=ann, kind="message").exists()
    with pytest.raises(NotFound):
        inbox.mark_thread(cast.act("nurse"), thread_id=own.thread_id, labels=[])
    set_labels(cast.act("doctor"), **of, kind="problem", entry_id=later.id, version=2, labels=[])
    sent[1].refresh_from_db()
    by_hand.refresh_from_db()
    assert sent[1].labels == by_hand.labels == ["SDV"], "what was given by hand stays"


@pytest.mark.guarantee("S11", "B3")
def test_marked_entries_leak_to_no_program_that_may_not_read_them(cast, ann):
    cast.user("integration")
    role = Role.objects.get(code="integration")
    role.rights = [right for right in role.rights if right != "patients.open_sensitive"]
    role.save()
    Condition.objects.create(patient=ann, labels=["HIV"], display=CANARY, status="active")
    act = cast.act("integration")
    assert not Condition.objects.visible_to(act).exists()
    assert ann in type(ann).objects.open_to(act)
    a_consent(ann, decision="deny")
    assert ann not in type(ann).objects.open_to(cast.act("integration")), (
        "what a patient refuses is refused to programs"
    )


def test_a_code_of_the_hospitals_table_marks_what_is_written_with_it(cast, ann):
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    SensitiveCode.objects.get_or_create(system=system, code="F32", label="PSY")
    by_code = Condition.objects.create(patient=ann, code_system=system, code="F32.1", display="x")
    codings = {"coding": [{"system": "x", "code": "1"}, {"system": system, "code": "F32.9"}]}
    by_coding = Condition.objects.create(patient=ann, code_system="x", code="1", codings=codings, labels=["TBOO"])
    other = Condition.objects.create(patient=ann, code_system=system, code="I10")
    rows = dict(Condition.objects.values_list("id", "labels"))
    assert rows == {by_code.id: ["PSY"], by_coding.id: ["PSY", "TBOO"], other.id: []}
    SensitiveCode.objects.update(is_active=False)
    assert Condition.objects.create(patient=ann, code_system=system, code="F32.1").labels == []


def test_a_clinician_marks_an_entry_and_it_is_told(cast, ann):
    _comes(cast, ann)
    row = Condition.objects.create(patient=ann, display="A thing", status="active")
    address = reverse("chart:labels", args=[ann.id, "problem", row.id])
    nurse = cast.client("nurse")
    assert nurse.get(address).status_code == 200
    form = form_key(patient_id=str(ann.id), version="1", labels=["SDV"])
    assert nurse.post(address, form).status_code == 303
    assert Condition.objects.get().labels == ["SDV"]
    assert nurse.get(address).status_code == 404, "now it is not for her"


@pytest.mark.guarantee("B29", "S9")
def test_breaking_the_glass_takes_three_steps_and_opens_one_patient_for_four_hours(cast, ann):
    ben = a_patient(cast.almighty(), is_open=False, family="Bello", given="Ben")
    doctor, page = cast.client("doctor"), reverse("chart:summary", args=[ann.id])
    offer = doctor.get(page, follow=True)
    assert b"privacy officer" in offer.content
    address = reverse("patients:break_glass", args=[ann.id])
    wrong = doctor.post(address, form_key(patient_id=str(ann.id), reason_code="emergency", reason=""))
    assert wrong.status_code == 422
    form = form_key(patient_id=str(ann.id), reason_code="emergency", reason="Unconscious in the corridor")
    with at_most(15):
        answer = doctor.post(address, form)
    assert (answer.status_code, answer["Location"]) == (303, page)
    with at_most(15):
        opened = doctor.get(page)
    assert (opened.status_code, b"End now" in opened.content) == (200, True)
    assert doctor.get(reverse("chart:summary", args=[ben.id])).status_code == 303, "no other patient"
    assert cast.client("pathologist").get(page).status_code == 303, "nobody else"
    entry = AccessEntry.objects.filter(patient_id=ann.id, door="chart:summary", action="read").last()
    assert (entry.purpose, entry.reason) == ("BTG", "emergency: Unconscious in the corridor")
    doctor.post(address, form | {"_key": str(uuid7())})
    assert BreakGlass.objects.count() == 1, "it is broken once"
    BreakGlass.objects.update(until=cast.act("doctor").at)
    assert doctor.get(page).status_code == 303


def test_the_glass_is_ended_before_its_time(cast, ann):
    _break(cast, ann)
    doctor = cast.client("doctor")
    assert doctor.get(reverse("chart:summary", args=[ann.id])).status_code == 200
    doctor.post(reverse("patients:end_glass", args=[ann.id]), form_key(patient_id=str(ann.id)))
    assert doctor.get(reverse("chart:summary", args=[ann.id])).status_code == 303


def _break(cast, ann, role="doctor"):
    return patients.break_glass(
        cast.act(role), patient_id=ann.id, reason_code="emergency", reason="Found in the corridor"
    )


@pytest.mark.guarantee("S9")
@pytest.mark.parametrize("barrier", ["a refusal for ever", "the own record", "another facility", "no right"])
def test_what_cannot_be_passed_is_never_offered(cast, ann, barrier):
    role = "doctor"
    if barrier == "a refusal for ever":
        a_consent(ann, decision="deny", in_emergency=True)
    elif barrier == "the own record":
        ann.staff_member = cast.user("doctor").staff_member
        ann.save()
    elif barrier == "another facility":
        ann = a_patient(Cast("other").almighty(), is_open=False)
    else:
        role = "laboratory-technician"
    client = cast.client(role)
    assert client.get(reverse("chart:summary", args=[ann.id])).status_code in (403, 404)
    form = form_key(patient_id=str(ann.id), reason_code="emergency", reason="Found in the corridor")
    assert client.post(reverse("patients:break_glass", args=[ann.id]), form).status_code in (403, 404)
    assert not BreakGlass.objects.exists()


@pytest.mark.guarantee("S9")
def test_the_privacy_officer_sees_it_at_once_and_gives_a_verdict(cast, ann):
    glass = _break(cast, ann)
    officer = cast.client("privacy-officer")
    with at_most(15):
        home = officer.get("/").content.decode()
    assert "Chidi Okoye" in home and ann.family.upper() in home  # noqa: PT018
    BreakGlass.objects.update(opened_at=glass.opened_at - timedelta(hours=73))
    assert "Late" in officer.get("/").content.decode()
    address = reverse("patients:review_glass", args=[glass.id])
    case = officer.get(address)
    assert reverse("audit:of_patient", args=[ann.id]) in case.content.decode(), "from the case to what was seen"
    cast.client("doctor").get(reverse("chart:summary", args=[ann.id]))
    seen = officer.get(reverse("audit:of_patient", args=[ann.id])).content.decode()
    assert "Emergency: life or health is in danger: Found in the corridor" in seen
    assert "Emergency: life or health is in danger: Found" in seen or "Found in the corridor" not in seen
    version = BreakGlass.objects.get().version
    assert officer.post(address, form_key(version=version, verdict="justified", words=" ")).status_code == 422
    assert (
        officer.post(address, form_key(version=version, verdict="justified", words="An emergency")).status_code == 303
    )
    again = officer.post(address, form_key(version=version + 1, verdict="unclear", words="Hm"))
    assert again.status_code == 409
    assert "Nothing to review" in officer.get("/").content.decode()
    assert "Justified" in officer.get(reverse("patients:cases") + "?state=reviewed").content.decode()
    assert cast.client("doctor").get(reverse("patients:cases")).status_code == 403


def test_nobody_reviews_the_own_case(cast, ann):
    glass = _break(cast, ann)
    act = cast.act("doctor", rights=frozenset({"patients.review_access"}))
    with pytest.raises(patients.OwnCase):
        patients.review_glass(act, glass_id=glass.id, version=1, verdict="justified", words="Me")


def test_a_program_is_told_nothing_of_a_closed_record(cast, ann):
    """FHIR answers 404 whatever stands in the way, and finds nobody."""
    headers = {"Authorization": f"Bearer {issue_token(cast.almighty(), user_id=cast.user('doctor').id)}"}
    client = Client(headers=headers)
    assert client.get(f"/fhir/Patient/{ann.id}").status_code == 404
    found = json.loads(client.get("/fhir/Patient").content)
    assert "entry" not in found
