"""Proxies: given at the desk or by the patient, ended on a birthday, on a day, at once; and registrations at the desk."""

import json
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import QuerySet

from salus.core.errors import Invalid, Stale
from salus.core.models import Fact
from salus.messaging.models import Subscription
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient
from salus.portal.contacts import contact_of
from salus.portal.linking import StandsForSomebodyElse
from salus.portal.models import Account, ContactChange, Invitation, Proxy, Registration, Setting
from salus.portal.rules.limits import came_of_age, invitation_of, new_invitation
from salus.portal.services import desk, opening
from salus.portal.tests.builders import a_proxy, act_of, an_account, own_client
from salus.scheduling.queries.feeds import reader_of
from salus.scheduling.services import feeds
from tests.cast import form_key

EAST, WEST = "Pacific/Kiritimati", "Etc/GMT+12"


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty())


@pytest.fixture
def holder(cast):
    return an_account(None, "parent@example.org", facility=cast.facility)


def today_in(zone):
    return datetime.now(ZoneInfo(zone)).date()


def born(patient, day):
    Patient.objects.filter(id=patient.id).update(born_on=day, birth_date=day.isoformat())


@pytest.mark.guarantee("S1")
@pytest.mark.parametrize("zone", [EAST, WEST])
def test_parents_stand_for_a_child_until_the_birthday_where_the_facility_is(cast, holder, zone):
    """At any instant it is another day in these two zones: the facility's own decides, on the day and not a day later."""
    facility = cast.facility
    facility.time_zone = zone
    facility.save()
    child, today = a_patient(cast.almighty(), family="Ash", given="Kim"), today_in(zone)
    a_proxy(holder, child, basis="parent", by_patient=False, document="Birth certificate")
    sixteen = came_of_age(today, -16)
    for day, stands in ((sixteen, False), (sixteen + timedelta(days=1), True), (sixteen - timedelta(days=1), False)):
        born(child, day)
        assert (child.id in act_of(holder).subjects) is stands, day
    Setting.objects.create(facility=facility, parents_until_age=18)
    assert child.id in act_of(holder).subjects
    Patient.objects.filter(id=child.id).update(born_on=None)
    assert act_of(holder).subjects == frozenset(), "whose age is not known, has no parents here"
    Proxy.objects.update(basis="guardian")
    assert child.id in act_of(holder).subjects


@pytest.mark.parametrize("day", [date(2008, 2, 29), date(2008, 2, 28), date(2008, 3, 1), date(2004, 2, 29)])
@pytest.mark.parametrize("age", [16, 17, 18])
def test_the_database_reckons_birthdays_as_the_rule_does(db, day, age):
    with connection.cursor() as cursor:
        cursor.execute("SELECT (%s::date + make_interval(years => %s))::date", [day, age])
        assert cursor.fetchone()[0] == came_of_age(day, age)


def test_a_proxy_holds_until_its_last_day_and_ends_at_once(cast, ann, holder):
    proxy = a_proxy(holder, ann, until=today_in("UTC"))
    browser = own_client(holder)
    assert ann.given in browser.get("/portal/").content.decode()
    Proxy.objects.update(until=today_in("UTC") - timedelta(days=1))
    assert act_of(holder).subjects == frozenset()
    Proxy.objects.update(until=None)
    mine = own_client(an_account(ann))
    assert mine.post(f"/portal/proxies/{proxy.id}/withdraw", form_key(patient_id=ann.id)).status_code == 303
    assert browser.get("/portal/appointments")["Location"] == "/portal/", "the next request has nobody"
    assert Fact.objects.filter(name="portal.ProxyWithdrawn", patient_id=ann.id).exists()


def test_a_proxy_does_what_its_scopes_say(cast, ann, holder):
    a_proxy(holder, ann, scopes=["bills"])
    browser = own_client(holder)
    assert browser.get("/portal/bills").status_code == 200
    for page in ("appointments", "results", "visits", "details", "proxies", "looks"):
        assert browser.get(f"/portal/{page}").status_code == 403, page
    assert "Results" not in re.sub(r"<title>.*?</title>", "", browser.get("/portal/bills").content.decode())


def test_the_patient_lets_somebody_act_for_him(cast, ann, holder):
    mine = own_client(an_account(ann))
    page = mine.post("/portal/proxies", form_key(patient_id=ann.id, scopes=["record"]))
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", page.content.decode())[0]
    assert code.replace("-", "").encode() not in bytes(Invitation.objects.get().code_mac)
    browser = own_client(holder)
    wrong = browser.post("/portal/invitation", {"code": code, "birth_date": "13-Mar-1964"})
    assert wrong.status_code == 422, "the birth date is asked, too"
    typed = code.lower().replace("-", " ")
    assert browser.post("/portal/invitation", {"code": typed, "birth_date": "14-Mar-1964"}).status_code == 303
    assert Proxy.objects.get().by_patient
    assert act_of(holder).subjects_with("portal.see_record") == {ann.id}
    assert act_of(holder).subjects_with("scheduling.book") == frozenset()
    again = browser.post("/portal/invitation", {"code": code, "birth_date": "14-Mar-1964"})
    assert again.status_code == 422, "used"
    assert "Record of" in browser.get("/portal/results").content.decode()


def test_the_desk_invites_with_a_paper_only(cast, ann, holder):
    reception = cast.client("receptionist")
    address = f"/patients-door/{ann.id}/invite-proxy"
    form = {"patient_id": ann.id, "basis": "parent", "scopes": ["appointments"]}
    assert reception.post(address, form_key(**form, document="")).status_code == 422
    assert reception.post(address, form_key(**form, document="Birth certificate")).status_code == 200
    made = Invitation.objects.get()
    assert (made.kind, made.document, made.by_patient) == ("proxy", "Birth certificate", False)
    opening.accept_invitation(act_of(holder), account_id=holder.id, invitation_id=made.id)
    with pytest.raises(opening.DoesNotFit):
        opening.accept_invitation(act_of(holder), account_id=holder.id, invitation_id=made.id)
    assert cast.client("nurse").get(f"/patients-door/{ann.id}").status_code == 403


def test_an_account_is_one_patients_and_a_patient_has_one(cast, ann):
    ben = a_patient(cast.almighty(), family="Bello", given="Ben")
    account = an_account(ann)
    desk_act = cast.act("receptionist")
    bens, _code = desk.invite(desk_act, patient_id=ben.id, kind="self")
    with pytest.raises(StandsForSomebodyElse):
        opening.accept_invitation(act_of(account), account_id=account.id, invitation_id=bens.id)
    anns, _code = desk.invite(desk_act, patient_id=ann.id, kind="self")
    other = an_account(None, "other@example.org", facility=cast.facility)
    with pytest.raises(StandsForSomebodyElse):
        opening.accept_invitation(act_of(other), account_id=other.id, invitation_id=anns.id)
    with pytest.raises(Invalid):
        desk.invite(act_of(account), patient_id=ann.id, kind="self")


SAID = {"given": "Ann", "family": "Ash", "birth_date": "1964-03-14", "gender": "female", "phone": "+447700900123"}


@pytest.fixture
def registration(cast):
    account = an_account(None, "new@example.org", facility=cast.facility)
    return opening.keep_registration(cast.almighty(), account_id=account.id, said=SAID)


@pytest.mark.guarantee("S1")
def test_the_desk_chooses_the_patient_whom_it_sees(cast, ann, registration):
    """Somebody alike is shown to the desk alone; nothing is linked until a person chose, with a paper."""
    reception = cast.client("receptionist")
    address = f"/patients-door/registrations/{registration.id}"
    page = reception.get(address).content.decode()
    assert str(ann.id) in page
    assert Account.objects.get().patient_id is None
    form = form_key(version=1, patient_id=str(ann.id), document="Identity card")
    assert reception.post(address, form | {"document": ""}).status_code == 422
    assert reception.post(address, form | form_key()).status_code == 303
    account = Account.objects.get()
    assert (account.patient_id, Registration.objects.get().state) == (ann.id, "accepted")
    assert act_of(account).subjects == {ann.id}
    assert Patient.objects.count() == 1
    assert reception.post(address, form | form_key()).status_code == 409, "decided"


def test_the_desk_registers_somebody_new(cast, registration):
    act = cast.act("receptionist")
    desk.confirm_registration(act, registration_id=registration.id, version=1, document="Passport")
    made = Patient.objects.get()
    assert (made.family, made.given, str(made.birth_date), made.gender) == ("Ash", "Ann", "1964-03-14", "female")
    assert json.loads(made.telecom) == [{"system": "phone", "value": "+447700900123"}]
    assert Account.objects.get().patient_id == made.id


def test_what_is_refused_is_linked_to_nobody(cast, registration):
    desk.refuse_registration(cast.act("receptionist"), registration_id=registration.id, version=1)
    account = Account.objects.get()
    assert account.patient_id is None
    assert "could not confirm" in own_client(account).get("/portal/").content.decode()


@pytest.mark.guarantee("S1")
def test_how_one_is_reached_changes_when_the_desk_says_so(cast, ann):
    """With it the contact that signs in: the old number may be somebody else's. Nobody has two accounts' contact."""
    account = an_account(ann, "+447700900111")
    browser = own_client(account)
    form = {"patient_id": ann.id, "phone": "+44 7700 900777", "email": "", "address": ""}
    assert browser.post("/portal/details", form_key(**form)).status_code == 303
    assert browser.post("/portal/details", form_key(**form | {"phone": "seven"})).status_code == 422
    assert browser.post("/portal/details", form_key(**form | {"phone": ""})).status_code == 422
    row = ContactChange.objects.get()
    assert Patient.objects.get(id=ann.id).telecom == ""
    reception = cast.client("receptionist")
    assert "+447700900777" in reception.get("/patients-door/").content.decode()
    answer = reception.post(
        f"/patients-door/changes/{row.id}", form_key(version=row.version, patient_id=ann.id, decision="accept")
    )
    assert answer.status_code == 303
    assert json.loads(Patient.objects.get(id=ann.id).telecom) == [{"system": "phone", "value": "+447700900777"}]
    account.refresh_from_db()
    assert (account.contact, bytes(account.contact_key)) == ("+447700900777", contact_of("+447700900777").key)
    an_account(None, "+447700900888", facility=cast.facility)
    assert browser.post("/portal/details", form_key(**form | {"phone": "+447700900888"})).status_code == 303
    asked = ContactChange.objects.get(state="asked")
    with pytest.raises(desk.ContactTaken):
        desk.decide_change(cast.act("receptionist"), change_id=asked.id, version=asked.version, is_accepted=True)


def test_a_closed_account_opens_nothing(cast, ann):
    account = an_account(ann)
    browser = own_client(account)
    assert (
        cast.client("receptionist").post(f"/patients-door/{ann.id}/close", form_key(patient_id=ann.id)).status_code
        == 303
    )
    assert browser.get("/portal/results").status_code == 302
    assert act_of(account).subjects == frozenset()
    assert an_account(ann).id != account.id, "the contact and the patient are free again"


@pytest.mark.guarantee("S1")
def test_a_closed_account_leaves_no_key_behind(cast, ann, holder):
    """Whoever was linked by mistake has a calendar, a browser that is told, codes and proxies given: all of it ends."""
    account = an_account(ann)
    mine = act_of(account)
    secret = feeds.make_feed_of_patient(mine, patient_id=ann.id)
    told = {"endpoint": "https://push.example", "keys": "p a", "endpoint_key": b"k"}
    Subscription.objects.create(recipient_kind="patient", recipient_id=ann.id, **told)
    desks, _code = desk.invite(cast.act("receptionist"), patient_id=ann.id, kind="self")
    given, _code = desk.invite(mine, patient_id=ann.id, kind="proxy", basis="carer", scopes=["record"])
    opening.accept_invitation(act_of(holder), account_id=holder.id, invitation_id=given.id)
    open_one, _code = desk.invite(mine, patient_id=ann.id, kind="proxy", basis="carer", scopes=["record"])
    parent = an_account(None, "mother@example.org", facility=cast.facility)
    a_proxy(parent, ann, by_patient=False, document="Court order")
    assert reader_of(secret) is not None
    desk.close_account(cast.act("receptionist"), account_id=account.id)
    assert reader_of(secret) is None
    assert not Subscription.objects.exists()
    assert act_of(holder).subjects == frozenset()
    assert act_of(parent).subjects == {ann.id}, "what the desk has seen a paper for holds"
    other = an_account(None, "other@example.org", facility=cast.facility)
    with pytest.raises(opening.DoesNotFit):
        opening.accept_invitation(act_of(other), account_id=other.id, invitation_id=open_one.id)
    assert Invitation.objects.get(id=desks.id).withdrawn_at is None


def test_a_code_that_was_told_to_the_wrong_one_is_taken_back(cast, ann, holder):
    """By the desk and by the patient; a newer code for the patient ends the older one by itself."""
    act = cast.act("receptionist")
    first, _code = desk.invite(act, patient_id=ann.id, kind="self")
    second, code = desk.invite(act, patient_id=ann.id, kind="self")
    assert Invitation.objects.get(id=first.id).withdrawn_at is not None
    reception, page = cast.client("receptionist"), f"/patients-door/{ann.id}"
    address = f"{page}/invitations/{second.id}/withdraw"
    assert address in reception.get(page).content.decode()
    ben = a_patient(cast.almighty(), family="Bello", given="Ben")
    foreign = f"/patients-door/{ben.id}/invitations/{second.id}/withdraw"
    assert reception.post(foreign, form_key(patient_id=ben.id)).status_code == 404
    for _time in range(2):
        assert reception.post(address, form_key(patient_id=ann.id)).status_code == 303
    assert address not in reception.get(page).content.decode()
    answer = own_client(holder).post("/portal/invitation", {"code": code, "birth_date": "14-Mar-1964"})
    assert answer.status_code == 422
    account = an_account(ann)
    given, _code = desk.invite(act_of(account), patient_id=ann.id, kind="proxy", basis="carer", scopes=["record"])
    mine, address = own_client(account), f"/portal/invitations/{given.id}/withdraw"
    assert address in mine.get("/portal/proxies").content.decode()
    assert own_client(an_account(ben, "b@example.org")).post(address, form_key(patient_id=ben.id)).status_code == 404
    assert mine.post(address, form_key(patient_id=ann.id)).status_code == 303
    with pytest.raises(opening.DoesNotFit):
        opening.accept_invitation(act_of(holder), account_id=holder.id, invitation_id=given.id)
    assert Fact.objects.filter(name="portal.InvitationWithdrawn", patient_id=ann.id).count() == 3


@pytest.mark.parametrize("born", ["", "1964", "1964-03"])
def test_nobody_is_invited_whose_birth_date_cannot_be_asked(cast, ann, born):
    Patient.objects.filter(id=ann.id).update(birth_date=born or None)
    answer = cast.client("receptionist").post(
        f"/patients-door/{ann.id}/invite", form_key(patient_id=ann.id), follow=True
    )
    assert "whole birth date" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_two_who_say_the_first_word_at_once(cast, ann, monkeypatch):
    """Neither finds a row to lock; the second is told so, and that is no error of ours."""
    act = cast.act("administrator")
    Setting.objects.create(facility=cast.facility)
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "first", lambda _self: None)
        with pytest.raises(Stale):
            desk.change_settings(act, version=0, release_days=3)
    assert Setting.objects.get().release_days == 2


def test_invitations_are_told_apart_however_they_are_typed():
    for _one in range(50):
        code = new_invitation()
        assert invitation_of(f" {code.lower().replace('-', ' ')} ") == invitation_of(code) == code.replace("-", "")
        assert not set(code) & set("01OILUV")


def test_facts_say_who_and_never_a_name(cast, ann, holder):
    a_proxy(holder, ann)
    facts = Fact.objects.filter(name__startswith="portal.").values_list("data", flat=True)
    told = json.dumps(list(facts))
    assert "Ash" not in told and "example.org" not in told  # noqa: PT018
