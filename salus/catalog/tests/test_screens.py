"""The price list, one service, a new one."""

import pytest
from django.urls import reverse

from salus.catalog.models import Price, Service
from salus.core.ids import uuid7
from tests.cast import form_key
from tests.statements import at_most


def a_service(code="visit-t"):
    return Service.objects.create(code=code, name=code.capitalize(), kind="consultation")


def send(client, service, **changes):
    values = {"amount": "25.00", "starts_on": "", "version": service.version} | changes
    return client.post(reverse("catalog:set_price", args=[service.id]), form_key(**values))


def test_the_administrator_sets_a_price(cast):
    service, client = a_service(), cast.client("administrator")
    with at_most(15):
        page = client.get(reverse("catalog:service", args=[service.id]))
    assert "This service has no price now" in page.content.decode()
    with at_most(15):
        answer = send(client, service)
    assert (answer.status_code, answer["Location"]) == (303, reverse("catalog:service", args=[service.id]))
    assert "€25.00" in client.get(answer["Location"]).content.decode()
    with at_most(15):
        listed = client.get(reverse("catalog:services")).content.decode()
    assert "Visit-t" in listed


@pytest.mark.parametrize("kind", ["medicine", "unpriced", "nonsense", ""])
def test_the_list_by_kind(cast, kind):
    a_service()
    page = cast.client("administrator").get(f"{reverse('catalog:services')}?kind={kind}")
    assert page.status_code == 200


def test_a_form_with_mistakes_comes_back_with_what_was_typed(cast):
    service, client = a_service(), cast.client("administrator")
    answer = send(client, service, amount="1,500", starts_on="tomorrow")
    assert answer.status_code == 422
    assert "1,500" in answer.content.decode()
    assert "tomorrow" in answer.content.decode()
    assert "id_amount_error" in answer.content.decode()
    assert send(client, service, starts_on="01-Jan-2020").status_code == 422
    assert not Price.objects.filter(service=service).exists()


def test_the_second_of_two_is_told(cast):
    service, client = a_service(), cast.client("administrator")
    assert send(client, service).status_code == 303
    assert send(client, service, amount="30").status_code == 409


def test_the_same_form_twice_sets_one_price(cast):
    service, client, key = a_service(), cast.client("administrator"), str(uuid7())
    assert [send(client, service, _key=key).status_code for _n in range(2)] == [303, 303]
    assert Price.objects.filter(service=service).count() == 1


@pytest.mark.parametrize("role", ["receptionist", "doctor", "cashier"])
def test_only_the_administrator(cast, role):
    client = cast.client(role)
    assert client.get(reverse("catalog:services")).status_code == 403
    assert send(client, a_service()).status_code == 403


def test_a_service_of_our_own(cast):
    client = cast.client("administrator")
    page = client.get(f"{reverse('catalog:add_service')}?code=ambulance-t")
    assert "ambulance-t" in page.content.decode()
    values = {"code": "ambulance-t", "name": "Ambulance", "kind": "fee"}
    answer = client.post(reverse("catalog:add_service"), form_key(**values))
    assert answer.status_code == 303
    assert client.post(reverse("catalog:add_service"), form_key(**values)).status_code == 422
    assert client.post(reverse("catalog:add_service"), form_key(**values | {"code": "a b"})).status_code == 422


def test_a_service_is_found_by_its_name(cast):
    service = a_service()
    found = cast.client("administrator").post(reverse("ui:find"), {"q": "visit-T"}).content.decode()
    assert reverse("catalog:service", args=[service.id]) in found
    assert "catalog" not in cast.client("cashier").post(reverse("ui:find"), {"q": "visit-T"}).content.decode()
