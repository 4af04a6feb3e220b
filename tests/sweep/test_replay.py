"""One request, one effect: every form that changes something is sent again with its key, and with another body (B10); and
whoever sends a form that was drawn before somebody else's change loses neither that change nor his own words (B9).

And one entry for each patient, whatever the answer (B20): the witness judges after each request of every sweep; what is not
asked elsewhere is asked here."""

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseNotFound
from django.test import Client

from salus.care import services as care
from salus.care.services.referrals import Receiver
from salus.catalog.models import Orderable
from salus.chart import services as chart
from salus.chart.models import Observation
from salus.core import access
from salus.scheduling.services import schedules
from tests.cast import form_key
from tests.sweep.beside import BESIDE, NOWHERE, Beside
from tests.sweep.conftest import Found
from tests.sweep.routes import Form, Route, forms_on, routes
from tests.sweep.sender import Sender, shape
from tests.sweep.witness import Witness
from tests.world import World

#: what a form of the world lacks to be sent with an effect, by the pattern of its route
TYPED: dict[str, dict[str, str]] = {
    "patients/new": {"family": "Newcomer", "given": "Ben", "gender": "male", "birth_date": "2-Feb-1970"},
    "patients/<patient_id>/edit": {"preferred_name": "Annie"},
    "encounters/start/<patient_id>": {"reason": "Again."},
    "coverage/<patient_id>/new": {"coverage-payer_text": "Another fund", "coverage-member_number": "X-77"},
    "coverage/<coverage_id>/change": {"coverage-member_number": "X-78"},
    "coverage/<coverage_id>/end": {"ends": "1-Jan-2030"},
    "coverage/<coverage_id>/void": {"reason": "Recorded for another patient."},
    "chart/<patient_id>/vitals": {"systolic": "121", "diastolic": "79", "pulse": "70"},
    "chart/<patient_id>/problems/new": {"condition": "J45.909", "condition_text": "Asthma"},
    "chart/<patient_id>/problems/<condition_id>/void": {"reason": "Another patient's."},
    "chart/<patient_id>/problems/<condition_id>/edit": {"note": "Seen again.", "course": "chronic"},
    "chart/<patient_id>/flowsheet/new": {"v-pulse-0": "70"},
    "chart/<patient_id>/observations/<observation_id>/correct": {"number": "71", "reason": "Misread."},
    "chart/<patient_id>/observations/<observation_id>/void": {"reason": "Another patient's."},
    "chart/favourites/add": {"condition": "J45.909", "condition_text": "Asthma"},
    "chart/<patient_id>/allergies/<allergy_id>/resolve": {"reason": "Outgrown."},
    "chart/<patient_id>/allergies/new": {"allergen": "class-sulfonamides", "allergen_text": "Sulfonamides"},
    "chart/<patient_id>/allergies/<allergy_id>": {"reaction": "Hives"},
    "chart/<patient_id>/allergies/<allergy_id>/refute": {"reason": "Tolerated since."},
    "chart/<patient_id>/allergies/<allergy_id>/void": {"reason": "Another patient's."},
    "chart/<patient_id>/histories/relatives/new": {"relationship": "MTH", "illness_1": "Asthma"},
    "chart/<patient_id>/histories/relatives/<relative_id>": {"illness_1": "Gout of the toe"},
    "chart/<patient_id>/histories/relatives/<relative_id>/void": {"reason": "Another patient's."},
    "chart/<patient_id>/histories/social/new": {"smoking": "never"},
    "chart/<patient_id>/documents/<document_id>/describe": {"title": "Another title"},
    "chart/<patient_id>/documents/<document_id>/void": {"reason": "Another patient's."},
    "chart/<patient_id>/certify/<certificate_kind>": {"remark": "Again."},
    "chart/<patient_id>/certificates/<certificate_id>/withdraw": {"reason": "Another patient's."},
    "chart/<patient_id>/vaccinations/new": {
        "vaccine": "33",
        "vaccine_text": "PPSV23",
        "lot_number": "L-8",
        "how": "here",
    },
    "chart/<patient_id>/vaccinations/<immunization_id>/void": {"reason": "Another patient's."},
    "chart/vaccinations/schedule/<vaccine_schedule_id>/change": {
        "group": "hpv",
        "dose": "1",
        "age": "9 years",
        "why": "So.",
    },
    "chart/vaccinations/schedule/<vaccine_schedule_id>/drop": {"group": "hpv", "why": "So."},
    "chart/<patient_id>/note/draft": {"history": "Cough."},
    "chart/<patient_id>/note/sign": {"history": "Cough again.", "plan": "Rest."},
    "chart/<patient_id>/notes/<note_id>/addendum": {"text": "Better now."},
    "chart/<patient_id>/notes/<note_id>/void": {"reason": "Another patient's."},
    "chart/note-types/add": {"title": "Our own round"},
    "chart/<patient_id>/told": {"past_illnesses": "Measles."},
    "forms/new": {"title": "Own form"},
    "forms/import": {"pasted": '{"resourceType": "Questionnaire", "title": "Brought", "item": []}'},
    "forms/<form_id>/lines": {"text": "Third?", "kind": "string"},
    "forms/<form_id>/lines/<place>": {"text": "Other words?", "records": "", "prefill": "", "when_question": ""},
    "forms/of/<patient_id>/fill/<questionnaire_id>/sign": {"reason": "Misread."},
    "forms/of/<patient_id>/signed/<response_id>/void": {"reason": "Another patient's."},
    "inbox/of/<patient_id>/flags": {"words": "Falls at night"},
    "inbox/tasks/<task_id>/cancel": {"reason": "Weighed already."},
    "inbox/tasks/<task_id>/comment": {"words": "She is asleep."},
    "inbox/messages/<communication_id>/answer": {"body": "Thank you."},
    "care/sessions/<course_session_id>/skip": {"reason": "Did not feel well."},
    "care/treatments/<treatment_id>/stop": {"reason": "Well again."},
    "care/plans/<plan_id>/goals": {"text": "Sleep through"},
    "care/plans/<plan_id>/activities": {"text": "Call the family"},
    "care/of/<patient_id>/plan": {"title": "Own plan"},
    "care/templates/new/<template_kind>": {"title": "Own template", "activities": "Walk"},
    "care/templates/<plan_template_id>": {"note": "Changed.", "activities": "Walk"},
    "care/plans/<plan_id>/keep": {"title": "A kept plan"},
    "care/treatments/<treatment_id>/keep": {"title": "A kept treatment"},
    "care/of/<patient_id>/procedure": {"procedure_text": "Biopsy", "performed": "2020-01-02"},
    "care/of/<patient_id>/team": {"name": "A neighbour", "role": "family"},
    "care/follow-ups/<follow_up_id>/cancel": {"reason": "Moved away."},
    "care/referrals/<referral_id>/decline": {"reason": "Not our field."},
    "care/referrals/<referral_id>/answer": {"answer": "Nothing found."},
    "care/referrals/<referral_id>/cancel": {"reason": "Already known."},
    "orders/order/<order_id>/stop": {"reason": "Not needed."},
    "orders/order/<order_id>/hold": {"reason": "Vomiting."},
    "orders/performed/<performance_id>/void": {"reason": "Another patient's."},
    "orders/<patient_id>/medicines/from-outside": {"medicine_text": "Garlic capsules"},
    "orders/statement/<statement_id>/end": {"reason": "Finished."},
    "orders/<patient_id>/new/keep-set": {"name": "Another set"},
    "messages/parked/settle": {"fate": "given-up"},
    "messages/templates/quiet-hours": {"since": "22:00", "until": "07:00"},
    "messages/templates/<template>/<language>/<channel>": {"body": "We expect you on {day}."},
    "messages/mine/subscribe": {
        "endpoint": "https://fcm.googleapis.com/fcm/send/x",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
    "patients/<patient_id>/messages/preferences": {"wanted": "news:sms"},
    "safety/rules/<rule_id>/review": {"verdict": "right"},
    "safety/rules/<rule_id>/decide": {"tier": "badge", "reason": "Passed every time."},
    "lab/requests/<request_id>/reject": {"reason": "clotted"},
    "lab/results/<result_id>/correct": {"value": "5", "reason": "Misread."},
    "billing/invoices/<invoice_id>/pay": {"method": "card", "amount": "1.00"},
    "catalog/services/new": {"code": "own-service", "name": "Own service", "amount": "3.00"},
    "catalog/services/<service_id>/price": {"amount": "13.00"},
    "catalog/services/<service_id>/length": {"minutes": "40"},
    "inventory/receive": {"lot_number": "L-77", "quantity": "10", "expires_on": "1-Jan-2099"},
    "inventory/lots/<lot_id>/discard": {"quantity": "1", "reason": "Broken."},
    "places/departments/new": {"code": "new", "name": "New department"},
    "places/departments/<department_id>/change": {"name": "Other name"},
    "places/departments/<department_id>/locations": {"code": "R9", "name": "Room 9"},
    "staff/new": {"family": "Newhand", "given": "Noor", "staff_number": "N-9"},
    "staff/<staff_id>/change": {"title": "Dr"},
    "staff/<staff_id>/profile": {"qualifications": "MD, Nairobi 2009"},
    "patients/<patient_id>/consents/new": {"signed_by": "Ann Ashdown", "reason": "I do not want that."},
    "patients/<patient_id>/consents/<consent_id>/withdraw": {"signed_by": "Ann Ashdown"},
    "patients/<patient_id>/emergency": {"reason": "Found unconscious in the corridor."},
    "patients/emergency/<glass_id>": {"words": "The patient was found unconscious."},
    "patients/sensitive-codes": {"system": "http://loinc.org", "code": "1234-5", "display": "A test"},
    "roles/<role_id>/change": {"name": "Our own nurse"},
    "roles/<role_id>/clone": {"name": "Our own nurse"},
    "security/pin": {"pin": "274913"},
    "appointments/<appointment_id>/cancel": {"reason": "pat"},
    "appointments/holidays": {"on": "25-Dec-2031", "name": "Christmas Day"},
    "appointments/schedules/<schedule_id>/retire": {"accept_touched": "1"},
    "appointments/schedules/new": {"kind": "device", "name": "Ultrasound"},
    "appointments/schedules/<schedule_id>/sessions/new": {
        "weekdays": "6",
        "starts": "20:00",
        "ends": "21:00",
        "first": "1-Jan-2030",
    },
    "appointments/schedules/<schedule_id>/absences/new": {"first_on": "3-Mar-2031"},
    "appointments/sessions/<pattern_id>": {"starts": "06:00", "accept_touched": "1"},
    "appointments/sessions/<pattern_id>/end": {"last_on": "1-Jan-2031"},
    "waiting-list/join/<patient_id>": {"note": "Cough."},
    "waiting-list/<wish_id>/priority": {"reason": "Worse."},
    "waiting-list/<wish_id>/leave": {"reason": "better"},
    "patients-door/registrations/<registration_id>": {"document": "Passport"},
    "patients-door/<patient_id>/invite-proxy": {"document": "Court order"},
    "portal/questions/new": {"subject": "My knee", "body": "May I run?"},
    "portal/questions/<question_id>": {"body": "And swim?"},
    "portal/details": {"phone": "+44 7700 900777"},
    "queues/tokens/<token_id>/before": {"reason": "In pain."},
    "queues/manage/open": {"kind": "sample", "name": "Samples", "letters": "S"},
    "users/<user_id>/recovery": {"reason": "I know him."},
    "audit/alarms/<alarm_id>/review": {"remark": "Asked her: a cousin."},
    "audit/rights/<patient_id>/<amendment_id>/answer": {"answer_text": "The note says what was told."},
    "audit/rights/<patient_id>/ask": {"wish": "I never smoked."},
}
#: doors that no test of this file sends -> why, and the test that sends them twice
WITHOUT = {
    "queues/kiosk": "asked by a device, where nobody is signed in: salus/queues/tests/test_devices.py",
    "directory/link": "needs a directory of the hospital's that answers: salus/accounts/tests/test_directory.py",
    "portal/bills/<invoice_id>/pay": "needs a gateway that takes money: salus/portal/tests/test_paying.py",
}
#: forms that change a row without its version -> why nobody's change is overwritten unseen
_STEP = "a step that can be taken once: who comes second finds it taken"
_OWN_THING = "one's own, and nobody else's"
_ADDS = "adds something; what is there stays as it is"
_WHOLE = "says itself what it saw: another set is refused"
_LAST = "a switch: whoever says it last has said it, and both stand in the history"
UNSEEN = {
    **dict.fromkeys(
        (
            "appointments/to-move/<act_id>/back", "audit/rights/<patient_id>/<amendment_id>/answer",
            "billing/patients/<patient_id>/issue", "care/sessions/<course_session_id>/give",
            "care/sessions/<course_session_id>/skip", "care/treatments/<treatment_id>/stop",
            "care/templates/<plan_template_id>/retire",
            "directory/links/<link_id>/unlink", "inbox/acknowledge", "inbox/cover/<deputy_row_id>/end",
            "inbox/flags/<flag_id>/end", "inbox/tasks/<task_id>/accept", "inbox/tasks/<task_id>/finish",
            "lab/collect/<patient_id>", "messages/parked/again", "messages/parked/settle",
            "orders/order/<order_id>/perform", "orders/performed/<performance_id>/void", "orders/sets/<set_id>/retire",
            "patients-door/<patient_id>/close", "patients-door/<patient_id>/invitations/<invitation_id>/withdraw",
            "patients-door/<patient_id>/proxies/<proxy_id>/end", "patients/<patient_id>/emergency/end",
            "portal/invitations/<invitation_id>/withdraw", "portal/offers/<offer_id>/accept",
            "portal/offers/<offer_id>/decline", "portal/proxies/<proxy_id>/withdraw", "portal/waiting-list/<wish_id>/leave",
            "programs/<program_id>/retire", "programs/mine/<allowance_id>/end", "queues/of/<department_id>/leave",
            "queues/of/<department_id>/next", "security/passkeys/<passkey_id>/revoke", "waiting-list/<wish_id>/leave",
            "waiting-list/offers/<offer_id>/accept", "waiting-list/offers/<offer_id>/decline",
            "inbox/tasks/<task_id>/start", "orders/open/countersign", "waiting-list/<wish_id>/offer",
            "care/sessions/<course_session_id>/void",
        ),
        _STEP,
    ),
    **dict.fromkeys(
        (
            "appointments/my-calendar/revoke", "chart/favourites/<kept_id>/remove", "orders/favourites/<favourite_id>/drop",
            "security/app/revoke", "security/pin/revoke",
        ),
        _OWN_THING,
    ),
    **dict.fromkeys(("staff/<staff_id>/roles", "chart/<patient_id>/problems/order", "inbox/threads/<thread_id>/labels"), _WHOLE),
    **dict.fromkeys(
        (
            "patients/sensitive-codes/<code_id>", "patients-door/<patient_id>/results/<observation_id>",
            "messages/templates/<template>/<language>/<channel>/reset", "portal/details",
        ),
        _LAST,
    ),
    **dict.fromkeys(("inbox/messages/<communication_id>/answer", "portal/questions/<question_id>"), _ADDS),
}  # fmt: skip
#: so many doors may be newer than TYPED before the build stops
NEWER = 5


def changing() -> list[Route]:
    """Every route on which a person's form has an effect."""
    return [one for one in routes() if one.changes and not one.api and not one.is_public]


def route_of(address: str) -> Route | None:
    """The changing route that an address belongs to."""
    return next((one for one in changing() if re.fullmatch(_as_pattern(one), address)), None)


def _as_pattern(route: Route) -> str:
    return "/" + re.sub(r"<\w+>", "[^/]+", route.pattern)


def typed(form: Form, **more: Any) -> dict[str, Any]:
    """The form with what it lacks."""
    route = route_of(form.action)
    return form.fields | TYPED.get(route.pattern if route else "", {}) | form_key() | more


def effects() -> tuple[int, ...]:
    """What an act leaves: facts, jobs, new and changed rows of records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM core_fact), (SELECT count(*) FROM procrastinate_jobs), "
            "(SELECT count(*) FROM core_rowversion), (SELECT count(*) FROM core_draft)"
        )
        return tuple(cursor.fetchone())


def newest_version() -> int:
    """The last version of a row that was written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM core_rowversion")
        return int(cursor.fetchone()[0])


def changed_since(last: int) -> set[str]:
    """The tables of which a row was changed since, that was there before."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT "table" FROM core_rowversion GROUP BY "table", row_id HAVING max(id) > %s AND min(id) <= %s',
            [last, last],
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture(scope="module")
def world(world: World) -> World:
    """With what the pages of one visit do not offer: a value that somebody typed in, a second problem, a referral that nobody
    has answered yet, a schedule with free hours."""
    cast, of, opd = world.cast, {"patient_id": world.patient.id}, world.cast.departments["opd"].id
    doctor = cast.act("doctor")
    typed_in = Observation.objects.filter(source=None, number__isnull=False, voided_at=None, **of)[0]
    chart.record_condition(doctor, code="M54.50", display="Low back pain", **of)
    asked = Orderable.objects.filter(kind="referral", is_active=True)[0].id
    sent = care.send_referral(
        doctor,
        encounter_id=world.encounter_id,
        orderable_id=asked,
        to=Receiver(department_id=opd),
        question="Seen?",
        **of,
    )
    free = schedules.add_schedule(cast.act("administrator"), kind="device", name="Doppler", department_id=opd)
    world.further += [
        ("doctor", f"/chart/{world.patient.id}/observations/{typed_in.id}"),
        ("doctor", f"/care/referrals/{sent.id}"),
        ("doctor", f"/chart/vaccinations/schedule/{world.ids['vaccine_schedule_id']}/change?line=hpv-1"),
        ("administrator", f"/appointments/schedules/{free.id}/sessions/new"),
    ]
    return world


@pytest.fixture
def effective(forms: list[Found], browsers: dict[str, Client]) -> list[tuple[Client, Form, dict[str, Any]]]:
    """Each form that has an effect when it is sent, with somebody who may send it."""
    found: dict[str, tuple[Client, Form, dict[str, Any]]] = {}
    for role, form in forms:
        if route_of(form.action) is None or shape(form.action) in found:
            continue
        data = typed(form)
        with taken_back():
            answer = browsers[role].post(form.action, data)
        if answer.status_code < 400:
            found[shape(form.action)] = (browsers[role], form, data)
    return list(found.values())


class taken_back:  # noqa: N801 - used as a statement
    """What happens inside is taken back."""

    def __enter__(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()

    def __exit__(self, *raised: Any) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(*raised)


def sent_again(
    browser: Client, form: Form, data: Callable[[], dict[str, Any]], unseen: dict[str, set[str]]
) -> Iterator[str]:
    """Send it, and again, and with another body, and a step once more by itself; what is wrong with what became of it."""
    before, where, said = newest_version(), shape(form.action), data()
    first = browser.post(form.action, said)
    after = effects()
    if "version" not in said and (changed := changed_since(before)):
        unseen[route_of(form.action).pattern] = changed
    again = browser.post(form.action, data())
    other = browser.post(form.action, data() | {"another": "body"})
    if first.status_code >= 400:
        yield f"{where}: {first.status_code}, and nothing done: {mistakes(first)}"
    if (again.status_code, again.content) != (first.status_code, first.content):
        yield f"{where}: {first.status_code}, then {again.status_code}"
    if again.headers.get("Location") != first.headers.get("Location"):
        yield f"{where}: led elsewhere"
    if other.status_code != 422:
        yield f"{where}: {other.status_code} for another body with the same key"
    if effects() != after:
        yield f"{where}: {after} became {effects()}"
    if UNSEEN.get(route_of(form.action).pattern) == _STEP:
        before = newest_version()
        late = browser.post(form.action, data() | form_key())
        if newest_version() != before:
            yield f"{where}: {late.status_code}, and a step that was taken is taken again by who comes second"


def mistakes(answer: HttpResponse) -> list[str]:
    """What a page says is to be mended, or what page it is."""
    text = answer.content.decode()
    said = re.findall(r"<li>(?:<a[^>]*>)?([^<]+)", text.partition("data-error-summary")[2])[:8]
    return said or re.findall(r"<(?:title|h1)[^>]*>([^<]+)", text)


@pytest.mark.guarantee("B10")
def test_doors_that_need_a_state_of_their_own_are_sent_again_too(world, browsers) -> None:
    """The same of what the pages of one visit do not offer: each door begins from the world, and its effects are taken back."""
    wrong: list[str] = []
    unseen: dict[str, set[str]] = {}
    for pattern, one in BESIDE.items():
        people = dict(world.cast._users)
        with taken_back():
            ids = world.ids | one.first(world)
            browser = one.browser(world) if one.browser else copied(browsers[one.role])
            forms = list(drawn(browser, pattern, one, ids))
            if forms:
                sent = forms[0].fields | form_key()
                wrong += sent_again(
                    browser, forms[0], lambda one=one, ids=ids, sent=sent: sent | one.typed(world, ids), unseen
                )
            else:
                wrong.append(f"/{pattern}: its form is not on the page")
        world.cast._users = people
    assert not wrong, "\n".join(wrong)
    assert unseen.keys() <= UNSEEN.keys(), f"a form that changes a row says which version it saw: {unseen}"


def drawn(browser: Client, pattern: str, one: Beside, ids: Mapping[str, Any]) -> Iterator[Form]:
    """The door's forms on the page where they stand."""
    if one.page == NOWHERE:
        yield Form(addressed(pattern, ids))
        return
    page = addressed(one.page or pattern, ids)
    yield from (form for form in forms_on(browser.get(page).content.decode(), page) if is_of(pattern, form.action, ids))


def addressed(pattern: str, ids: Mapping[str, Any]) -> str:
    return "/" + re.sub(r"<(\w+)>", lambda found: str(ids[found[1]]), pattern)


def is_of(pattern: str, action: str, ids: Mapping[str, Any]) -> bool:
    """Whether a form is sent to this door, for the ids that are meant where there are such."""
    names = re.findall(r"<(\w+)>", pattern)
    found = re.fullmatch("/" + re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", pattern), action)
    return bool(found) and all(str(ids[name]) == found[name] for name in names if name in ids)


def copied(browser: Client) -> Client:
    """A browser with the same session; what comes to pass in it stays there."""
    other = Client(raise_request_exception=False)
    other.cookies = copy.deepcopy(browser.cookies)
    return other


@pytest.mark.guarantee("B10", "H3")
def test_every_form_sent_again_has_one_effect(effective) -> None:
    """The same key and body: the same answer and nothing new; another body: refused, and nothing new."""
    tried, wrong, unseen = set(), [], {}
    for browser, form, data in effective:
        with taken_back():
            wrong += sent_again(browser, form, lambda data=data: data, unseen)
        tried.add(route_of(form.action).pattern)
    assert wrong == []
    assert unseen.keys() <= UNSEEN.keys(), f"a form that changes a row says which version it saw: {unseen}"
    assert len(tried) >= 50, "most doors of the house are tried"
    assert not tried & (WITHOUT.keys() | BESIDE.keys()), (
        f"{sorted(tried & (WITHOUT.keys() | BESIDE))} can be sent by itself"
    )
    untried = sorted({one.pattern for one in changing()} - tried - WITHOUT.keys() - BESIDE.keys())
    assert len(untried) <= NEWER, f"teach TYPED to send {untried}"


@pytest.mark.guarantee("B10")
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_every_write_of_a_program_sent_again_has_one_effect(programs, world, method) -> None:
    address = "/fhir/Patient" if method == "POST" else f"/fhir/Patient/{world.patient.id}"
    body = {"resourceType": "Patient", "id": str(world.patient.id), "name": [{"family": "Twice", "given": ["Ann"]}]}
    headers = {"Idempotency-Key": "a-key-of-a-program"}
    with taken_back():
        sheet = programs["integration"].get(f"/fhir/Patient/{world.patient.id}")
        headers |= {"If-Match": sheet.headers["ETag"]} if method == "PUT" else {}
        sent = {"content_type": "application/fhir+json", "headers": headers}
        send = getattr(programs["integration"], method.lower())
        first = send(address, body, **sent)
        assert first.status_code in (200, 201), first.content
        after = effects()
        again = send(address, body, **sent)
        assert (again.status_code, again.content, again["ETag"]) == (first.status_code, first.content, first["ETag"])
        other = send(address, body | {"gender": "other"}, **sent)
        assert other.status_code == 422
        assert effects() == after


CANARY = "words that took long to type"


@pytest.mark.guarantee("B9", "H10")
def test_a_form_drawn_before_anothers_change_is_refused_and_keeps_what_was_typed(forms, browsers) -> None:
    """Every form with a version, sent as if somebody had changed the row since: no effect, and the words come back."""
    tried: Counter[str] = Counter()
    wrong: list[str] = []
    for role, form in forms:
        if (
            "version" not in form.fields
            or not str(form.fields["version"][0]).isdigit()
            or route_of(form.action) is None
            or form.fields["version"][0] == "0"  # what nobody has decided yet: nothing is older
        ):
            continue
        stale = str(int(form.fields["version"][0]) - 1)
        words = dict.fromkeys(_free_text(form), CANARY)
        with taken_back():
            before = effects()
            answer = browsers[role].post(form.action, typed(form, **words, version=stale))
            where = f"{shape(form.action)} {sorted(words)}"
            if answer.status_code not in (409, 412, 422):
                wrong.append(f"{where}: {answer.status_code} for a stale version")
            elif words and answer.status_code != 422 and CANARY not in answer.content.decode():
                wrong.append(f"{where}: {answer.status_code} and the words are lost")
            if effects() != before:
                wrong.append(f"{where}: it had an effect")
        tried[shape(form.action)] += 1
    assert wrong == []
    assert len(tried) >= 8, tried


def _free_text(form: Form) -> Iterator[str]:
    """The fields in which somebody writes sentences."""
    return (name for name in form.names if name in ("reason", "note", "text", "reaction", "preferred_name", "title"))


@pytest.mark.guarantee("B20", "B57")
def test_every_act_on_a_patient_leaves_one_entry(world, foreign, browsers, programs, forms, witness, sender):
    """Pages by whoever may see them and every form (both sent to find the forms), then forms by somebody who may not, and the
    FHIR interface; pages by everybody are asked for where doors are tried."""
    for _role, form in forms:
        sender.send(browsers["cashier"], "POST", form.action, data=form.fields | form_key(), note="cashier")
    for route in routes():
        if route.api:
            for ids in (world.ids, foreign.ids):
                sender.send(programs["doctor"], "GET", route.address(ids), note="program")
    assert witness.seen["shown"] > 40, witness.seen
    assert witness.seen["changed"] > 20, witness.seen
    assert witness.seen["named in the address"] > 100, witness.seen
    assert witness.seen["a page of an error"] > 50, witness.seen
    assert witness.seen["a job"] > 10, witness.seen


def test_the_witness_would_see_a_door_that_keeps_silent(world, browsers, monkeypatch):
    """The check can fail: without the log each page of the patient is complained about."""
    monkeypatch.setattr(access, "write_log", lambda *args, **kwargs: None)
    sender = Sender(Witness(world))
    sender.send(browsers["doctor"], "GET", f"/chart/{world.patient.id}/")
    sender.send(browsers["doctor"], "GET", "/encounters/")
    sender.send(browsers["cashier"], "GET", f"/chart/{world.patient.id}/")
    assert len([what for what in sender.wrong if "entry" in what]) >= 2, sender.wrong
    page = HttpResponseNotFound(f"There is no {world.patient.family}.")
    assert list(Witness(world).told(page, "")) == ["a page of an error says who a patient is"]
