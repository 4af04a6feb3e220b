"""set_price and add_service: one price at a time, nothing charged changes, what waited is priced."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salus.catalog import services as catalog
from salus.catalog.models import Price, Service
from salus.catalog.queries import price_of, services_with_prices
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact
from tests.statements import at_most


def a_service(code="visit-t"):
    return Service.objects.create(code=code, name=code.capitalize(), kind="consultation")


def set_price(cast, service, amount, days=None, **changes):
    act = changes.pop("act", None) or cast.act("administrator")
    starts_on = None if days is None else act.at.date() + timedelta(days=days)
    return catalog.set_price(act, service_id=service.id, amount=Decimal(amount), starts_on=starts_on, **changes)


def costs(cast, days=0, code="visit-t"):
    return price_of(cast.facility.id, code, datetime.now(UTC) + timedelta(days=days)).amount


def test_a_service_gets_its_first_price(cast):
    service = a_service()
    assert costs(cast) is None
    price = set_price(cast, service, "25")
    assert (costs(cast), costs(cast, -1), price.currency) == (25, None, "EUR")


def test_a_new_price_ends_the_old(cast):
    service = a_service()
    set_price(cast, service, "25")
    set_price(cast, service, "30", days=10)
    assert [costs(cast, days) for days in (0, 9, 10, 400)] == [25, 25, 30, 30]
    set_price(cast, service, "27", days=5)
    assert [costs(cast, days) for days in (0, 5, 9, 10, 400)] == [25, 27, 27, 30, 30]
    assert Price.objects.filter(service=service).count() == 3


def test_a_planned_price_is_corrected(cast):
    service = a_service()
    set_price(cast, service, "25")
    set_price(cast, service, "300", days=10)
    set_price(cast, service, "30", days=10)
    assert [costs(cast, days) for days in (0, 10)] == [25, 30]
    assert Price.objects.filter(service=service).count() == 2


def test_a_price_from_ever_on_is_ended_too(cast):
    service = a_service()
    Price.objects.create(
        service=service, facility=cast.facility, amount=5, currency="EUR", period=DateTimeTZRange(None, None)
    )
    set_price(cast, service, "6")
    assert (costs(cast, -100), costs(cast, 1)) == (5, 6)


def test_a_day_is_that_of_the_facility(cast):
    cast.facility.time_zone = "Pacific/Auckland"
    cast.facility.save()
    act = cast.act("administrator", at=datetime(2026, 3, 10, 20, 0, tzinfo=UTC))
    set_price(cast, a_service(), "9", days=2, act=act)
    assert Price.objects.get(service__code="visit-t").period.lower == datetime(2026, 3, 11, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "days", "field"),
    [("-1", 0, "amount"), ("0.00001", 0, "amount"), ("1", -1, "starts_on"), ("1", 9000, "starts_on")],
)
def test_what_cannot_be_a_price_is_told_beside_the_field(cast, amount, days, field):
    with pytest.raises(Invalid) as told:
        set_price(cast, a_service(), amount, days)
    assert field in told.value.fields


def test_two_people_set_one_price(cast):
    service = a_service()
    set_price(cast, service, "25", version=1)
    with pytest.raises(Stale):
        set_price(cast, service, "26", version=1)
    set_price(cast, service, "26", version=2)


@pytest.mark.parametrize("role", ["receptionist", "doctor", "cashier", "pharmacist"])
def test_needs_the_right(cast, role):
    with pytest.raises(NotAllowed):
        set_price(cast, a_service(), "1", act=cast.act(role))
    with pytest.raises(NotAllowed):
        catalog.add_service(cast.act(role), code="x", name="X", kind="fee")


def test_tells_what_happened(cast):
    price = set_price(cast, a_service(), "25")
    assert Fact.objects.get(name="catalog.PriceSet").data["price_id"] == str(price.id)
    catalog.add_service(cast.act("administrator"), code="x-t", name="X", kind="fee")
    assert Fact.objects.get(name="catalog.ServiceAdded").data["service_code"] == "x-t"


def test_a_code_is_taken_once(cast):
    act = cast.act("administrator")
    catalog.add_service(act, code="x-t", name="X", kind="fee")
    with pytest.raises(catalog.CodeTaken):
        catalog.add_service(act, code="x-t", name="Y", kind="fee")
    with pytest.raises(Invalid):
        catalog.add_service(act, code="y-t", name="Y", kind="gift")


def test_few_statements(cast):
    service, act = a_service(), cast.act("administrator")
    with at_most(8):
        set_price(cast, service, "25", act=act)
    with at_most(1):
        assert any(one.code == "visit-t" and one.amount == 25 for one in services_with_prices(act))
    with at_most(1):
        price_of(cast.facility.id, "visit-t", act.at)


def test_the_database_refuses_two_prices_at_once(cast):
    service = a_service()
    set_price(cast, service, "25")
    values = {"service": service, "facility": cast.facility, "amount": 1, "currency": "EUR"}
    with pytest.raises(IntegrityError, match="one_at_a_time"), transaction.atomic():
        Price.objects.create(**values, period=DateTimeTZRange(datetime.now(UTC) + timedelta(days=3), None))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 99)), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_last_word_for_a_day_holds(cast, changes):
    """Whatever order prices are planned in: on each day holds the newest price of the nearest planned day before it."""
    planned = {}
    cast.user("administrator")
    with transaction.atomic():
        service = a_service()
        for days, amount in changes:
            set_price(cast, service, amount, days)
            planned[days] = amount
        for day in range(12):
            before = [days for days in planned if days <= day]
            assert costs(cast, day + 0.0001 if day == 0 else day) == (planned[max(before)] if before else None)
        transaction.set_rollback(True)


@pytest.mark.race
def test_fifty_prices_at_once_never_overlap(real_db, cast):
    service, act = a_service(), cast.act("administrator")
    barrier, failed = threading.Barrier(50), []

    def change(number: int) -> None:
        try:
            barrier.wait(60)
            set_price(cast, service, number + 1, number % 5, act=act)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=[n]) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert Price.objects.filter(service=service).count() == 5
