"""The catalogue in the database is what the files say, and loading it again changes nothing."""

from decimal import Decimal

import pytest

from salus.catalog.loading import load_catalogue, load_demonstration_prices
from salus.catalog.models import PanelMember, Price, ReferenceRange, Service, TestDefinition, VitalSign
from salus.core.act import system_act
from salus.core.errors import NotAllowed

LOADER = system_act(rights={"catalog.load_catalogue"}, door="test")


@pytest.mark.django_db
def test_load_catalogue() -> None:
    load_catalogue(LOADER)
    potassium = TestDefinition.objects.get(code="k")
    assert (potassium.loinc, potassium.unit, potassium.decimals) == ("2823-3", "mmol/L", 1)
    assert potassium.service is not None
    assert (potassium.service.code, potassium.service.kind) == ("test:k", "test")
    adult = ReferenceRange.objects.get(test=potassium, age_from_days=6575)
    assert [adult.critical_low, adult.low, adult.high, adult.critical_high] == [
        Decimal("2.8"),
        Decimal("3.5"),
        Decimal("5.0"),
        Decimal("6.2"),
    ]
    assert str(adult.high) == "5.0"
    assert adult.critical_source.startswith("University of Iowa")
    assert VitalSign.objects.get(loinc="8480-6").possible_high == 400


@pytest.mark.django_db
def test_a_panel_has_its_members_in_order() -> None:
    load_catalogue(LOADER)
    lipid = TestDefinition.objects.get(code="lipid")
    stray = TestDefinition.objects.get(code="k")
    PanelMember.objects.create(panel=lipid, test=stray, place=9)
    load_catalogue(LOADER)
    members = PanelMember.objects.filter(panel=lipid).order_by("place")
    assert [member.test.code for member in members.select_related("test")] == ["chol", "trig", "hdl", "ldl"]


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    load_catalogue(LOADER)
    again = load_catalogue(LOADER)
    assert (again.added, again.changed, again.retired) == (0, 0, 0)


@pytest.mark.django_db
def test_no_two_services_have_one_code() -> None:
    load_catalogue(LOADER)
    assert set(Service.objects.values_list("kind", flat=True)) >= {
        "consultation",
        "procedure",
        "fee",
        "test",
        "medicine",
    }


@pytest.mark.django_db
def test_demonstration_prices_are_given_once(cast) -> None:
    load_catalogue(LOADER)
    act = cast.almighty()
    assert load_demonstration_prices(act) == Service.objects.count()
    assert load_demonstration_prices(act) == 0
    price = Price.objects.get(service__code="test:fbc")
    assert (price.amount, price.currency, price.period.lower) == (Decimal("9.00"), "EUR", None)


@pytest.mark.django_db
def test_loading_needs_the_right() -> None:
    with pytest.raises(NotAllowed):
        load_catalogue(system_act(rights=(), door="test"))
