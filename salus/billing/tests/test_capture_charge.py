"""capture_charge and price_charges: once for each source, at the price of its day, never lost."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from salus.billing import services as billing
from salus.billing.models import Charge
from salus.billing.tests.builders import a_charge, a_patient, a_price, a_service
from salus.catalog.models import Price, Service
from salus.core.errors import Invalid, NotAllowed
from salus.core.ids import uuid7
from salus.core.models import Fact
from tests.statements import at_most


def capture(cast, act=None, **changes):
    values = {
        "source": "lab.request:1",
        "patient_id": uuid7(),
        "encounter_id": None,
        "department_id": None,
        "service_code": "visit-t",
        "quantity": Decimal(1),
    }
    return billing.capture_charge(act or cast.almighty(), **(values | changes))


def test_a_charge_has_the_price_of_its_day(cast):
    ann, service = a_patient(cast), a_service(cast)
    charge = Charge.objects.get(id=a_charge(cast, ann, service, "2").id)
    assert (charge.description, charge.unit_price, charge.amount) == ("Visit-t", 25, 50)
    assert (charge.service, charge.department, charge.currency) == (service, cast.departments["opd"], "EUR")
    Price.objects.update(amount=30)
    charge.refresh_from_db()
    assert charge.amount == 50


def test_tells_what_happened(cast):
    charge = a_charge(cast, ann := a_patient(cast), a_service(cast))
    fact = Fact.objects.get(name="billing.ChargeCaptured")
    assert (fact.patient_id, fact.data["charge_id"]) == (ann.id, str(charge.id))


@pytest.mark.guarantee("H12")
def test_a_charge_arrives_once(cast):
    ann = a_patient(cast)
    a_charge(cast, ann, a_service(cast), source="lab.request:1")
    assert capture(cast, patient_id=ann.id) is None
    assert Charge.objects.count() == 1
    assert Fact.objects.filter(name="billing.ChargeCaptured").count() == 1


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        capture(cast, cast.act("cashier"))


def test_an_act_that_names_no_service_is_free(cast):
    assert capture(cast, service_code="") is None


@pytest.mark.parametrize("missing", [{"patient_id": None}, {"quantity": Decimal(0)}, {"quantity": Decimal(-1)}])
def test_what_cannot_be_charged_is_not_swallowed(cast, missing):
    with pytest.raises(Invalid):
        capture(cast, **missing)


def test_few_statements(cast):
    ann, service = a_patient(cast), a_service(cast)
    with at_most(3):
        a_charge(cast, ann, service, department=None)


@pytest.mark.parametrize("known", [True, False])
def test_a_service_without_a_price_is_not_lost(cast, known):
    ann = a_patient(cast)
    if known:
        a_service(cast, amount=None)
    charge = a_charge(cast, ann, "visit-t", "2")
    assert (charge.amount, charge.currency) == (None, "EUR")
    with pytest.raises(billing.PriceMissing):
        billing.issue_invoice(cast.act("cashier"), patient_id=ann.id)
    assert billing.price_charges(cast.almighty(), service_code="visit-t") == 0
    a_price(cast, Service.objects.get(code="visit-t") if known else a_service(cast, amount=None), "12.50")
    assert billing.price_charges(cast.almighty(), service_code="visit-t") == 1
    assert billing.price_charges(cast.almighty(), service_code="visit-t") == 0
    charge.refresh_from_db()
    assert (charge.amount, charge.service.code, charge.description) == (25, "visit-t", "Visit-t")
    assert Fact.objects.get(name="billing.ChargesPriced").data["charge_ids"] == [str(charge.id)]


@pytest.mark.parametrize(
    "change",
    ["amount = amount + 1", "quantity = 7", "occurred_at = occurred_at + '1 day'", "source = 'x'", "unit_price = 0"],
)
def test_what_a_charge_says_stays(cast, change):
    a_charge(cast, a_patient(cast), a_service(cast))
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
        cursor.execute(f"UPDATE billing_charge SET {change}")
