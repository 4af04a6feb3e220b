"""The log of messages: for whom it is, what it shows of whom, and what it says."""

import pytest
from django.urls import reverse

from salus.messaging import sending
from salus.messaging.tests.builders import Clock, a_message, somebody
from salus.patients.models import Patient
from salus.patients.queries.reaching import recipient_of
from tests.cast import Cast
from tests.statements import at_most


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
