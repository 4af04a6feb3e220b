"""Fifty clients for one time, again and again, over HTTP: one has it, the others are told and offered what comes nearest."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from salus.accounts.models import Grant, Role, User
from salus.core.ids import uuid7
from salus.scheduling.models import Appointment, Hold
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, next_weekday
from tests.races import at_once

PEOPLE = 50
#: nobody waits longer (seconds)
LONGEST = 5


@dataclass
class Desk:
    """One of fifty receptionists, with a patient who wants each of the times."""

    url: str
    session: dict[str, str]
    patient_id: str
    browser: httpx.Client = field(init=False)
    token: str = ""

    def open(self, schedule_id, at) -> None:
        self.browser = httpx.Client(cookies=self.session, timeout=60)
        page = self.browser.get(self.address, params={"schedule": schedule_id, "at": at}).text
        self.token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

    @property
    def address(self) -> str:
        return f"{self.url}/appointments/book/{self.patient_id}"

    def book(self, schedule_id, at) -> tuple[int, float, bool]:
        """The status, how long it took, and whether something else was offered."""
        typed = {"schedule": schedule_id, "at": at, "channel": "desk", "patient_id": self.patient_id}
        began = time.monotonic()
        answer = self.browser.post(self.address, data=typed | {"_key": str(uuid7()), "csrfmiddlewaretoken": self.token})
        return answer.status_code, time.monotonic() - began, "What comes nearest" in answer.text


def fifty(cast, url) -> list[Desk]:
    cast.user("receptionist")
    role, desks = Role.objects.get(code="receptionist"), []
    for number in range(PEOPLE):
        user = User.objects.create(username=f"desk{number}", display_name=f"Desk {number}", password="!")
        Grant.objects.create(user=user, role=role, facility_id=cast.facility.id)
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        patient = a_patient(cast, given=f"Ann{number}")
        desks.append(Desk(url, {name: client.cookies[name].value}, str(patient.id)))
    return desks


@pytest.mark.race
@pytest.mark.guarantee("B7")
@pytest.mark.parametrize("rounds", [pytest.param(3, marks=pytest.mark.slow), pytest.param(100, marks=pytest.mark.long)])
def test_fifty_clients_for_one_time_again_and_again(real_db, cast, salus_server, rounds):
    schedule = a_schedule(cast, [a_session(weekday=n, starts=0, ends=1440) for n in range(7)])
    desks = fifty(cast, salus_server.url)
    slots = availability(cast.act("receptionist"), Wish(next_weekday(), 28, (schedule.id,)), most=rounds).slots
    for one in desks:
        one.open(str(schedule.id), slots[0].starts_at.isoformat())
    longest = 0.0
    for slot in slots:
        at = slot.starts_at.isoformat()
        answers = at_once(*(partial(one.book, str(schedule.id), at) for one in desks))
        assert Counter(status for status, _took, _offered in answers) == {303: 1, 409: PEOPLE - 1}
        assert all(offered for status, _took, offered in answers if status == 409)
        longest = max(longest, *(took for _status, took, _offered in answers))
    connection.close()
    print(f"{rounds} rounds of {PEOPLE}: one each, the longest answer after {longest:.2f} s")
    assert longest < LONGEST
    assert Appointment.objects.count() == Hold.objects.count() == rounds
