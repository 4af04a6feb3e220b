"""The day's close: every payment once, by method and by cashier, on the facility's day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from salus.billing import services as billing
from salus.billing.tests.builders import a_charge, a_patient, a_service, an_invoice
from salus.core.errors import NotAllowed
from salus.reports import queries
from salus.reports.services import fold_revenue
from tests.statements import at_most


def pay(cast, amount, method="cash", at=None, **changes):
    act = cast.act("cashier")
    act = replace(act, at=at or act.at, **changes)
    invoice = an_invoice(cast, amount=amount)
    reference = "X1" if method in ("mobile", "transfer") else ""
    billing.take_payment(act, invoice_id=invoice.id, method=method, amount=Decimal(amount), reference=reference)


def close(cast, day=None):
    today, _name, zone = queries.today_of(cast.act("cashier"))
    return queries.day_close(cast.act("cashier"), day=day or today, zone=zone)


def test_each_method_and_each_cashier(cast):
    pay(cast, "10")
    pay(cast, "15", by_name="Second Cashier")
    pay(cast, "7.50", "mobile")
    a_charge(cast, a_patient(cast), a_service(cast, amount="3"))
    fold_revenue(cast.almighty())
    a_charge(cast, a_patient(cast), "visit-t")
    with at_most(2):
        (one,) = close_without_setup(cast)
    assert [(line.method, line.payments, line.amount) for line in one.by_method] == [
        ("cash", 2, Decimal(25)),
        ("card", 0, Decimal(0)),
        ("transfer", 0, Decimal(0)),
        ("mobile", 1, Decimal("7.50")),
        ("online", 0, Decimal(0)),
    ]
    assert {(line.cashier, line.amount) for line in one.taken} >= {("Second Cashier", Decimal(15))}
    assert (one.received, one.payments) == (Decimal("32.50"), 3)
    assert (one.charged, one.invoices, one.invoiced) == (Decimal("38.50"), 3, Decimal("32.50"))


def close_without_setup(cast):
    return queries.day_close(cast.almighty(), day=datetime.now(UTC).date(), zone="UTC")


def test_a_day_is_that_of_the_facilitys_clock(cast):
    cast.facility.time_zone = "Pacific/Auckland"
    cast.facility.save()
    pay(cast, "10", at=datetime(2026, 3, 10, 20, 0, tzinfo=UTC))
    pay(cast, "20", at=datetime(2026, 3, 11, 10, 59, tzinfo=UTC))
    pay(cast, "40", at=datetime(2026, 3, 11, 11, 0, tzinfo=UTC))
    assert close(cast, date(2026, 3, 11))[0].received == 30
    assert close(cast, date(2026, 3, 12))[0].received == 40


def test_only_some_see_it(cast):
    with pytest.raises(NotAllowed):
        queries.day_close(cast.act("receptionist"), day=date(2026, 3, 11), zone="UTC")
    assert cast.client("receptionist").get(reverse("reports:day_close")).status_code == 403


def test_the_screen(cast):
    pay(cast, "1234.50")
    browser = cast.client("cashier")
    with at_most(6):
        page = browser.get(reverse("reports:day_close"))
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("€1,234.50", "Mobile money", cast.act("cashier").by_name):
        assert words in text
    assert "ASH" not in text
    assert "No money moved" in browser.get(reverse("reports:day_close"), {"day": "01-Jan-2020"}).content.decode()


@pytest.mark.parametrize(
    ("typed", "shown"), [("soon", "soon"), ("", ""), ("2026-02-30", "30-Feb-2026"), ("31-Dec-9999", "31-Dec-9999")]
)
def test_a_day_with_mistakes_says_what_to_mend(cast, typed, shown):
    page = cast.client("cashier").get(reverse("reports:day_close"), {"day": typed})
    assert page.status_code == 422
    assert f'value="{shown}"' in page.content.decode()
