"""Fifty at once: each order is replaced, countersigned and given once, each draft signed once; nobody sees an error page."""

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from salus.core.errors import SalusError
from salus.core.models import Fact
from salus.inventory.tests.builders import a_medicine
from salus.orders import drafts
from salus.orders import services as orders
from salus.orders.lines import item_of
from salus.orders.models import Order, Performance
from salus.orders.services import ServiceItem
from salus.orders.tests.builders import a_medicine_item, a_test, an_order, sign
from salus.orders.tests.test_screens import an_orderable

PEOPLE = 50


def _at_once(what) -> Counter:
    """What became of fifty tries: the name of the refusal, or `done`."""
    barrier, seen = threading.Barrier(PEOPLE), []

    def run() -> None:
        try:
            barrier.wait()
            with transaction.atomic():
                what()
            seen.append("done")
        except SalusError as refusal:
            seen.append(type(refusal).__name__)
        finally:
            connection.close()

    people = [threading.Thread(target=run) for _one in range(PEOPLE)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return Counter(seen)


@pytest.mark.race
@pytest.mark.guarantee("H3", "B8")
def test_fifty_who_change_countersign_and_sign_the_same(real_db, cast):
    old = an_order(cast)
    where = {"patient_id": old.patient_id, "encounter_id": old.encounter_id}
    changed = a_medicine_item(duration_days=7, replaces_id=old.id)
    acts = iter([cast.act("doctor") for _one in range(PEOPLE)])
    came = _at_once(lambda: orders.place_orders(next(acts), items=[changed], **where))
    assert came == {"done": 1, "NotReplaceable": PEOPLE - 1}
    assert Order.objects.filter(replaces=old).count() == 1

    a_medicine("heparin", is_high_alert=True)
    dangerous = sign(cast, a_medicine_item("heparin"))[0]
    signers = iter([cast.act("pharmacist") for _one in range(PEOPLE)])
    assert _at_once(lambda: orders.countersign_orders(next(signers), order_ids=[dangerous.id])) == {"done": PEOPLE}
    assert Fact.objects.filter(name="orders.OrderCountersigned").count() == 1

    dose = {"order_id": dangerous.id, "number": 1, "wristband": dangerous.patient.mrn}
    nurses = iter([cast.act("nurse") for _one in range(PEOPLE)])
    came = _at_once(lambda: orders.administer_medication(next(nurses), **dose))
    assert came == {"done": 1, "WrittenDown": PEOPLE - 1}
    assert Performance.objects.filter(order=dangerous).count() == 1

    for kind in ("nursing", "diet"):  # done once by fifty nurses: one of them did it
        what = an_orderable(f"o-{kind}", kind=kind)
        asked = sign(cast, ServiceItem(orderable_id=what.id, kind=kind))[0]
        once = {"order_id": asked.id, "number": 1, "ends": True}
        nurses = iter([cast.act("nurse") for _one in range(PEOPLE)])
        came = _at_once(lambda: orders.perform_order(next(nurses), **once))  # noqa: B023 - called before the next
        assert came["done"] == 1
        assert came["WrittenDown"] + came["NotDoable"] == PEOPLE - 1
        assert Performance.objects.filter(order=asked).count() == 1
        assert Order.objects.get(id=asked.id).status == "completed"

    line = drafts.Line(key="k", kind="test", subject=a_test().id)
    drafts.keep(cast.act("doctor"), old.patient_id, [line])
    doctors = iter([cast.act("doctor") for _one in range(PEOPLE)])

    def signs() -> None:
        act = next(doctors)
        taken = drafts.take(act, old.patient_id, ["k"])
        orders.place_orders(act, items=[item_of(one) for one in taken], **where)

    assert _at_once(signs) == {"done": 1, "Stale": PEOPLE - 1}
    assert Order.objects.filter(kind="test").count() == 1
