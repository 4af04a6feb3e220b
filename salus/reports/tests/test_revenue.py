"""Revenue is what the charges say, at every moment: before a fold, after it, and beside it."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from psycopg.types.range import TimestamptzRange

from salus.billing import services as billing
from salus.billing.models import Charge, Invoice
from salus.catalog.models import Price, Service
from salus.core.act import system_act
from salus.core.errors import NotAllowed
from salus.core.ids import uuid7
from salus.patients.models import Patient
from salus.reports import jobs, queries, services
from salus.reports.models import DailyRevenue, RevenueMovement

FOLDS = ["reports.fold_revenue"]


def a_patient(cast):
    return Patient.objects.create(facility=cast.facility, mrn=str(uuid7()), family="Rashid", given="Ann")


def a_service(cast, code, amount):
    service = Service.objects.create(code=code, name=code.capitalize(), kind="consultation")
    if amount is not None:
        period = TimestamptzRange(datetime(2020, 1, 1, tzinfo=UTC), None)
        Price.objects.create(
            service=service, facility=cast.facility, amount=Decimal(amount), currency="EUR", period=period
        )
    return service


def a_charge(cast, patient, service, department="opd", quantity="1", at=None):
    act = system_act(
        rights=["billing.capture_charge"], door="test", facility_id=cast.facility.id, at=at or datetime.now(UTC)
    )
    return billing.capture_charge(
        act,
        source=f"test:{uuid7()}",
        patient_id=patient.id,
        encounter_id=None,
        department_id=cast.departments[department].id if department else None,
        service_code=service.code,
        quantity=Decimal(quantity),
    )


def fold():
    return services.fold_revenue(system_act(rights=FOLDS, door="test"))


def report(cast, days=40):
    today = datetime.now(UTC).date()
    return queries.revenue_by_department(cast.act("cashier"), first=today - timedelta(days=days), last=today)


def total(cast):
    return sum((one.amount for one in report(cast)), Decimal(0))


def test_departments_are_summed_the_largest_first(cast):
    patient, visit, test = a_patient(cast), a_service(cast, "visit-t", "25"), a_service(cast, "test-t", "7.50")
    a_charge(cast, patient, visit)
    a_charge(cast, patient, test, "lab", quantity="2")
    a_charge(cast, patient, visit, at=datetime.now(UTC) - timedelta(days=3))
    a_charge(cast, patient, a_service(cast, "free-t", None), None)
    for _time in range(2):
        (one,) = report(cast)
        shown = [(row.department, row.charges, row.without_price, row.amount) for row in one.departments]
        assert shown == [
            ("General outpatients", 2, 0, Decimal(50)),
            ("Laboratory", 1, 0, Decimal(15)),
            ("", 1, 1, Decimal(0)),
        ]
        assert (one.currency, one.charges, one.amount, one.without_price) == ("EUR", 4, Decimal(65), 1)
        assert [amount for _day, amount in one.days if amount] == [Decimal(25), Decimal(40)]
        fold()
    assert RevenueMovement.objects.count() == 0


def test_a_day_is_that_of_the_facilitys_clock(cast):
    cast.facility.time_zone = "Pacific/Auckland"
    cast.facility.save()
    at = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)
    a_charge(cast, a_patient(cast), a_service(cast, "visit-t", "25"), at=at)
    assert str(RevenueMovement.objects.get().day) == "2026-03-11"


def test_the_fold_is_safe_twice(cast):
    a_charge(cast, a_patient(cast), a_service(cast, "visit-t", "25"))
    assert (jobs.fold_revenue(0), jobs.fold_revenue(0)) == (1, 0)
    assert DailyRevenue.objects.aggregate(Sum("amount"))["amount__sum"] == total(cast) == Decimal(25)


def test_assigning_an_invoice_moves_nothing(cast):
    patient = a_patient(cast)
    a_charge(cast, patient, a_service(cast, "visit-t", "25"))
    before = RevenueMovement.objects.count()
    billing.issue_invoice(cast.act("cashier"), patient_id=patient.id)
    assert RevenueMovement.objects.count() == before


@pytest.mark.parametrize("role", ["receptionist", "nurse", "doctor", "pharmacist"])
def test_only_some_see_what_is_earned(cast, role):
    day = datetime.now(UTC).date()
    with pytest.raises(NotAllowed):
        queries.revenue_by_department(cast.act(role), first=day, last=day)
    with pytest.raises(NotAllowed):
        services.fold_revenue(cast.act(role))


class CashDesk(RuleBasedStateMachine):
    """Charges are captured, priced, voided, issued and paid in any order; folds come whenever they like."""

    cast = None

    def __init__(self):
        super().__init__()
        self.point = transaction.atomic()
        self.point.__enter__()
        self.patients = [a_patient(self.cast) for _n in range(2)]
        self.services = [a_service(self.cast, f"s{n}", price) for n, price in enumerate(("25", "0.035", None))]

    def teardown(self):
        transaction.set_rollback(True)
        self.point.__exit__(None, None, None)

    @rule(
        who=st.integers(0, 1),
        what=st.integers(0, 2),
        where=st.sampled_from(["opd", "lab", None]),
        quantity=st.integers(1, 40),
        ago=st.integers(0, 3),
    )
    def capture(self, who, what, where, quantity, ago):
        at = datetime.now(UTC) - timedelta(days=ago)
        a_charge(self.cast, self.patients[who], self.services[what], where, str(quantity), at)

    @rule(who=st.integers(0, 1))
    def issue(self, who):
        try:
            with transaction.atomic():
                billing.issue_invoice(self.cast.act("cashier"), patient_id=self.patients[who].id)
        except (billing.NothingToBill, billing.PriceMissing):
            pass

    @rule()
    def pay(self):
        owed = Invoice.objects.filter(status="issued").first()
        if owed and owed.total:
            billing.take_payment(self.cast.act("cashier"), invoice_id=owed.id, method="card", amount=owed.total)

    @rule()
    def void(self):
        charge = Charge.objects.filter(invoice=None, voided_at=None).order_by("id").first()
        if charge:
            charge.voided_at, charge.void_reason = datetime.now(UTC), "done twice"
            charge.save(update_fields=["voided_at", "void_reason"])

    @rule(amount=st.decimals("0.01", "100", places=2))
    def price(self, amount):
        charge = Charge.objects.filter(amount=None, voided_at=None).order_by("id").first()
        if charge:
            charge.unit_price = charge.amount = amount
            charge.save(update_fields=["unit_price", "amount"])

    @rule()
    def fold(self):
        fold()

    @invariant()
    def the_report_is_the_sum_of_the_charges(self):
        standing = Charge.objects.filter(voided_at=None)
        charged = standing.aggregate(s=Sum("amount"))["s"] or Decimal(0)
        opened = standing.filter(invoice=None).aggregate(s=Sum("amount"))["s"] or Decimal(0)
        issued = Invoice.objects.aggregate(s=Sum("total"))["s"] or Decimal(0)
        found = report(self.cast)
        assert sum((one.amount for one in found), Decimal(0)) == charged == issued + opened
        assert sum(amount for one in found for _day, amount in one.days) == charged
        assert sum(one.charges for one in found) == standing.count()


@pytest.mark.guarantee("H12")
def test_the_report_is_the_sum_of_the_charges_whatever_happens(cast):
    cast.act("cashier")
    CashDesk.cast = cast
    quiet = settings(
        max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(CashDesk, settings=quiet)


def _until(stop, act):
    while not stop.is_set():
        act()
    connection.close()


@pytest.mark.race
def test_fifty_charge_while_others_fold_and_read(cast, real_db):
    patient, service = a_patient(cast), a_service(cast, "visit-t", "1")
    cast.act("cashier"), cast.departments
    stop, seen = threading.Event(), []

    def capture():
        for _n in range(5):
            a_charge(cast, patient, service)
        connection.close()

    acts = (fold, fold, lambda: seen.append(total(cast)))
    beside = [threading.Thread(target=_until, args=(stop, act)) for act in acts]
    cashiers = [threading.Thread(target=capture) for _n in range(50)]
    for thread in beside + cashiers:
        thread.start()
    for thread in cashiers:
        thread.join()
    stop.set()
    for thread in beside:
        thread.join()
    assert seen == sorted(seen), "a charge that was in the report left it"
    assert total(cast) == Decimal(250) == Charge.objects.aggregate(s=Sum("amount"))["s"]
    fold()
    assert total(cast) == Decimal(250)
    assert RevenueMovement.objects.count() == 0
