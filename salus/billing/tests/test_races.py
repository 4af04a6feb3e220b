"""Fifty at once: one payment, one invoice, one charge; numbers without gaps or repeats."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from salus.billing import services as billing
from salus.billing.models import Charge, Invoice, Payment
from salus.billing.tests.builders import a_charge, a_patient, a_service, an_invoice
from salus.core.errors import Conflict

pytestmark = [pytest.mark.race, pytest.mark.guarantee("B8")]
FIFTY = 50


class Abandoned(Exception):
    """The cashier's browser went away: the act is rolled back."""


def at_once(act: Callable[[int], Any]) -> tuple[list[Any], list[Exception]]:
    """Run `act(n)` fifty times, each in a thread and a connection of its own; what was done, what was refused."""
    done: list[Any] = []
    refused: list[Exception] = []
    barrier = threading.Barrier(FIFTY)

    def run(number: int) -> None:
        try:
            barrier.wait(60)
            done.append(act(number))
        except Exception as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(FIFTY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, refused


def test_fifty_cashiers_take_one_payment(real_db, cast):
    invoice, act = an_invoice(cast), cast.act("cashier")
    done, refused = at_once(
        lambda n: billing.take_payment(act, invoice_id=invoice.id, method="cash", amount=Decimal(25))
    )
    assert len(done) == 1
    assert {type(error) for error in refused} == {billing.NotPayable}
    assert (Invoice.objects.get().paid, Payment.objects.count()) == (25, 1)


def test_fifty_part_payments_pay_what_is_owed_and_no_more(real_db, cast):
    invoice, act = an_invoice(cast, amount="30"), cast.act("cashier")
    done, _refused = at_once(
        lambda n: billing.take_payment(act, invoice_id=invoice.id, method="card", amount=Decimal(1))
    )
    assert (len(done), Invoice.objects.get().paid) == (30, 30)
    assert sorted(int(p.receipt_number[-6:]) for p in done) == list(range(1, 31))


def test_fifty_cashiers_issue_one_invoice(real_db, cast):
    ann, service, act = a_patient(cast), a_service(cast), cast.act("cashier")
    for _n in range(5):
        a_charge(cast, ann, service)
    done, refused = at_once(lambda n: billing.issue_invoice(act, patient_id=ann.id))
    assert len(done) == 1
    assert {type(error) for error in refused} == {billing.NothingToBill}
    assert (Invoice.objects.get().total, Invoice.objects.get().lines.count()) == (125, 5)


def test_invoice_numbers_have_no_gap_though_every_third_is_rolled_back(real_db, cast):
    service, act = a_service(cast), cast.act("cashier")
    patients = [a_patient(cast, given=f"Ann{n}") for n in range(FIFTY)]
    for patient in patients:
        a_charge(cast, patient, service)

    def issue(number: int) -> str:
        with transaction.atomic():
            invoice = billing.issue_invoice(act, patient_id=patients[number].id)
            if number % 3 == 0:
                raise Abandoned
            return invoice.number

    done, refused = at_once(issue)
    assert {type(error) for error in refused} == {Abandoned}
    numbers = sorted(int(number[-6:]) for number in done)
    assert numbers == list(range(1, len(done) + 1))
    assert sorted(Invoice.objects.values_list("number", flat=True)) == sorted(done)
    assert Charge.objects.filter(invoice=None).count() == len(refused)


def test_fifty_workers_charge_one_source_once(real_db, cast):
    ann, service, act = a_patient(cast), a_service(cast), cast.almighty()

    def capture(number: int) -> Charge | None:
        return billing.capture_charge(
            act,
            source="lab.request:1",
            patient_id=ann.id,
            encounter_id=None,
            department_id=None,
            service_code=service.code,
            quantity=Decimal(1),
        )

    done, refused = at_once(capture)
    assert not refused
    assert len([one for one in done if one is not None]) == 1
    assert Charge.objects.count() == 1


def test_issuing_while_a_charge_arrives_loses_none(real_db, cast):
    """Whatever the order, each charge is on one invoice or open."""
    ann, service, act = a_patient(cast), a_service(cast), cast.act("cashier")

    def mixed(number: int) -> None:
        if number % 2:
            a_charge(cast, ann, service)
        else:
            billing.issue_invoice(act, patient_id=ann.id)

    _done, refused = at_once(mixed)
    assert all(isinstance(error, Conflict) for error in refused), refused
    assert Charge.objects.count() == FIFTY // 2
    billed = sum(invoice.total for invoice in Invoice.objects.all())
    still_open = 25 * Charge.objects.filter(invoice=None).count()
    assert billed + still_open == 25 * Charge.objects.count()
