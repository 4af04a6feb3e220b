"""The last two tablets and fifty pharmacists, over HTTP: exactly the stock is given, and nobody sees an error page."""

import re
import threading
from collections import Counter

import httpx
import pytest
from django.conf import settings
from django.db.models import Sum

from salus.core.ids import uuid7
from salus.inventory.models import Lot
from salus.inventory.tests.builders import a_lot, a_presentation, an_item
from salus.orders.tests.builders import a_medicine_item, sign
from salus.pharmacy.models import Dispense, Prescription

PEOPLE = 50


@pytest.mark.guarantee("B8")
@pytest.mark.race
@pytest.mark.guarantee("H13")
def test_fifty_pharmacists_and_the_last_two_tablets(real_db, cast, salus_server):
    _ = cast.departments
    item = an_item(a_presentation())
    a_lot(cast, item, quantity=2)
    sign(cast, *[a_medicine_item(override_reason="One for each pharmacist") for _one in range(PEOPLE)])
    scripts = list(Prescription.objects.values_list("id", "version", "patient_id"))
    name = settings.SESSION_COOKIE_NAME
    session = {name: cast.client("pharmacist").cookies[name].value}
    answers: list[httpx.Response] = []
    barrier = threading.Barrier(PEOPLE)

    def give(prescription_id, version, patient_id) -> None:
        address = f"{salus_server.url}/pharmacy/{prescription_id}/dispense"
        with httpx.Client(cookies=session, timeout=60) as browser:
            page = browser.get(address).text
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
            typed = {"item_id": str(item.id), "quantity": "1", "version": str(version), "_key": str(uuid7())}
            typed["patient_id"] = str(patient_id)
            barrier.wait()
            answers.append(browser.post(address, data=typed | {"csrfmiddlewaretoken": token}))

    people = [threading.Thread(target=give, args=one) for one in scripts]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert Counter(answer.status_code for answer in answers) == {303: 2, 409: PEOPLE - 2}
    assert all("in stock" in answer.text for answer in answers if answer.status_code == 409)
    assert Lot.objects.get().on_hand == 0
    assert Dispense.objects.aggregate(n=Sum("quantity"))["n"] == 2
