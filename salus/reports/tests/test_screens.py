"""The screen of revenue: right, period, mistakes, statements."""

import pytest
from django.urls import reverse

from salus.reports.tests.test_revenue import a_charge, a_patient, a_service, fold


@pytest.fixture
def earned(cast):
    a_charge(cast, a_patient(cast), a_service(cast, "visit-t", "1234.50"))
    fold()
    a_charge(cast, a_patient(cast), a_service(cast, "test-t", "7.50"), "lab")


def test_the_report_is_shown(cast, earned, django_assert_max_num_queries):
    browser = cast.client("cashier")
    with django_assert_max_num_queries(6):
        page = browser.get(reverse("reports:revenue"))
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("General outpatients", "€1,234.50", "Laboratory", "€7.50", "€1,242.00"):
        assert words in text
    assert "Rashid" not in text


def test_another_period_is_chosen_in_the_address(cast, earned):
    page = cast.client("administrator").get(reverse("reports:revenue"), {"first": "01-Jan-2020", "last": "2020-01-31"})
    assert page.status_code == 200
    assert "Nothing was charged in this period" in page.content.decode()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("soon", "2026-01-01"),
        ("2026-02-02", "2026-02-01"),
        ("1900-01-01", "2026-01-01"),
        ("", ""),
        ("2026-01-01\0", "x"),
    ],
)
def test_a_period_with_mistakes_says_what_to_mend(cast, first, last):
    page = cast.client("cashier").get(reverse("reports:revenue"), {"first": first, "last": last})
    assert page.status_code == 422
    assert "field-error" in page.content.decode() or "error" in page.content.decode()


def test_a_receptionist_does_not_see_it(cast):
    assert cast.client("receptionist").get(reverse("reports:revenue")).status_code == 403
