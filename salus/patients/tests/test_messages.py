"""The log of messages: for whom it is, what it shows of whom, and what it says."""

import re

import pytest
from django.urls import reverse

from salus.messaging import sending
from salus.messaging.models import Decline, Subscription
from salus.messaging.tests.builders import Clock, a_message, somebody
from salus.patients.models import Patient
from salus.patients.queries.reaching import recipient_of
from tests.cast import Cast, form_key
from tests.statements import at_most
from tests.sweep.routes import forms_on


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SALUS_DEMONSTRATION = True


@pytest.fixture
def told(cast):
    telecom = '[{"system": "phone", "value": "+447700900123", "use": "mobile"}]'
    who = {"facility": cast.facility, "family": "Ashdown", "given": "Ann", "gender": "female"}
    patient = Patient.objects.create(**who, telecom=telecom)
    return a_message(cast, recipient_of(cast.almighty(), patient.id))


def test_the_desk_sees_what_was_sent_to_whom(cast, told):
    sending.send_all_due(Clock())
    client = cast.client("receptionist")
    client.get("/")
    with at_most(15):
        page = client.get(reverse("messaging:log"), {"show": "sent"}).content.decode()
    assert "ASHDOWN" in page
    assert "Reminder of an appointment" in page


def test_a_message_is_read_by_who_may(cast, told):
    page = cast.client("receptionist").get(reverse("messaging:message", args=[told.id])).content.decode()
    assert "We expect you" in page
    assert "+447700900123" in page


def test_who_minds_the_queue_sees_what_became_of_it_and_of_nobody(cast, told):
    admin = cast.client("administrator")
    page = admin.get(reverse("messaging:log")).content.decode()
    assert "Reminder of an appointment" in page
    assert "ASHDOWN" not in page
    assert admin.get(reverse("messaging:message", args=[told.id])).status_code == 404


def test_another_hospital_sees_nothing_of_it(cast, told):
    elsewhere = Cast("other").client("receptionist")
    assert elsewhere.get(reverse("messaging:message", args=[told.id])).status_code == 404
    assert "Reminder" not in elsewhere.get(reverse("messaging:log")).content.decode()


def test_a_code_is_read_by_nobody_but_in_the_demonstration(cast, settings):
    message = a_message(cast, somebody(kind="user", id=cast.user("doctor").id), template="code",
                        values={"code": "471108", "minutes": "10"}, urgent=True)  # fmt: skip
    address = reverse("messaging:message", args=[message.id])
    assert "471108" in cast.client("receptionist").get(address).content.decode()
    settings.SALUS_DEMONSTRATION = False
    assert "471108" not in cast.client("receptionist").get(address).content.decode()


def test_a_nurse_does_not_see_the_log(cast, told):
    assert cast.client("nurse").get(reverse("messaging:log")).status_code == 403


def test_who_minds_the_queue_decides_without_knowing_of_whom(cast, told):
    told.status = "unknown"
    told.save(update_fields=["status"])
    admin = cast.client("administrator")
    page = admin.get(reverse("messaging:parked")).content.decode()
    assert "ASHDOWN" not in page
    (form,) = [one for one in forms_on(page, "/messages/parked") if one.action.endswith("/again")]
    assert admin.post(form.action, form.fields).status_code == 303
    told.refresh_from_db()
    assert told.status == "waiting"
    other = form.fields | form_key(which="forged")
    assert admin.post(form.action, other).status_code == 422


def test_the_words_of_a_template_are_changed_with_a_preview(cast, told):
    admin = cast.client("administrator")
    address = reverse("messaging:change_wording", args=["appointment-reminder", "en", "sms"])
    assert "We expect you on Thursday, March 4, 2027" in admin.get(address).content.decode()
    shown = admin.post(address + "/preview", form_key(body="On {day} we wait for you")).content.decode()
    assert "On Thursday, March 4, 2027 we wait for you" in shown
    refused = admin.post(address, form_key(body="Your {diagnosis}"))
    assert refused.status_code == 422
    assert "{diagnosis}" in refused.content.decode()
    assert admin.post(address, form_key(body="On {day} we wait for you")).status_code == 303
    with at_most(15):
        page = admin.get(reverse("messaging:templates")).content.decode()
    assert "Own" in page


def test_a_patient_wants_no_reminders_by_sms(cast, told):
    desk = cast.client("receptionist")
    address = reverse("patients:messages", args=[told.recipient_id])
    desk.get("/")
    with at_most(15):
        page = desk.get(address).content.decode()
    assert "Reminder of an appointment" in page
    (form,) = [one for one in forms_on(page, address) if one.action.endswith("/preferences")]
    ticked = re.findall(r'name="wanted" value="([^"]+)" checked', page)
    wanted = [one for one in ticked if one != "reminders:sms"]
    assert len(wanted) == len(ticked) - 1
    assert desk.post(form.action, form.fields | {"wanted": wanted}).status_code == 303
    row = Decline.objects.get()
    assert (row.purpose, row.channel, row.recipient_id) == ("reminders", "sms", told.recipient_id)


def test_my_own_browsers(cast):
    nurse = cast.client("nurse")
    page = nurse.get(reverse("messaging:mine")).content.decode()
    assert "data-push=" in page
    assert (
        nurse.post(reverse("messaging:subscribe_to_push"), form_key(endpoint="https://127.0.0.1/")).status_code == 303
    )
    assert not Subscription.objects.exists()
