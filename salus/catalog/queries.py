"""What the catalogue says: what a service costs on a day, and the list of all prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Q

from salus.catalog.models import Price, Service
from salus.core.act import Act
from salus.places.models import Facility


@dataclass(frozen=True, slots=True)
class PriceFound:
    """A service and its price; `amount` is None where it has none, `service_id` where nobody knows the code."""

    service_id: UUID | None
    name: str
    amount: Decimal | None
    currency: str


_PRICE = """
    SELECT s.id, coalesce(s.name, ''), p.amount, coalesce(p.currency, f.currency)
    FROM places_facility f
    LEFT JOIN catalog_service s ON s.code = %s
    LEFT JOIN catalog_price p ON p.service_id = s.id AND p.facility_id = f.id AND p.price_list = 'standard'
        AND p.period @> %s::timestamptz
    WHERE f.id = %s
"""


def price_of(facility_id: UUID, service_code: str, at: datetime) -> PriceFound:
    """The price of a service in a facility at an instant, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PRICE, [service_code, at, facility_id])
        return PriceFound(*cursor.fetchone())


_PRICES = """
    SELECT s.id, s.name, p.amount, coalesce(p.currency, f.currency)
    FROM catalog_service s JOIN places_facility f ON f.id = %s
    LEFT JOIN catalog_price p ON p.service_id = s.id AND p.facility_id = f.id AND p.price_list = 'standard'
        AND p.period @> %s::timestamptz
    WHERE s.code = ANY(%s) AND s.is_active ORDER BY s.name
"""


def prices_at(facility_id: UUID, service_codes: Sequence[str], at: datetime) -> list[PriceFound]:
    """The prices of some services in a facility at an instant, by name, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PRICES, [facility_id, at, list(service_codes)])
        return [PriceFound(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class PricedService:
    """A service, what it costs now, and the next change that is planned."""

    id: UUID
    code: str
    name: str
    kind: str
    is_active: bool
    amount: Decimal | None
    currency: str
    next_amount: Decimal | None
    next_from: datetime | None


_SERVICES = """
    SELECT s.id, s.code, s.name, s.kind, s.is_active, now.amount, coalesce(now.currency, f.currency),
           next.amount, lower(next.period)
    FROM catalog_service s
    JOIN places_facility f ON f.id = %(facility)s
    LEFT JOIN catalog_price now ON now.service_id = s.id AND now.facility_id = f.id AND now.price_list = 'standard'
        AND now.period @> %(at)s::timestamptz
    LEFT JOIN LATERAL (
        SELECT p.amount, p.period FROM catalog_price p
        WHERE p.service_id = s.id AND p.facility_id = f.id AND p.price_list = 'standard'
            AND lower(p.period) > %(at)s::timestamptz
        ORDER BY lower(p.period) LIMIT 1
    ) next ON true
    WHERE s.is_active
    ORDER BY s.name, s.code
"""


def services_with_prices(act: Act) -> list[PricedService]:
    """Everything that is charged for, with its price now and the next one: some hundreds, in one statement."""
    act.require("catalog.view")
    with connection.cursor() as cursor:
        cursor.execute(_SERVICES, {"facility": act.facility_id, "at": act.at})
        return [PricedService(*row) for row in cursor.fetchall()]


def prices_of(act: Act, service_id: UUID) -> list[Price]:
    """All prices of a service in the act's facility, the newest first."""
    act.require("catalog.view")
    assert act.facility_id is not None
    found = Price.objects.filter(service_id=service_id, facility_id=act.facility_id, price_list="standard")
    return list(found.order_by("-period"))


def currency_of(act: Act) -> str:
    """What prices of the act's facility are written in."""
    act.require("catalog.view")
    assert act.facility_id is not None
    return Facility.objects.values_list("currency", flat=True).get(id=act.facility_id)


def services_named(act: Act, text: str, limit: int = 6) -> list[Service]:
    """Services whose name or code holds every word of a text."""
    act.require("catalog.view")
    found = Service.objects.filter(is_active=True)
    for word in text.split()[:6]:
        found = found.filter(Q(name__icontains=word) | Q(code__icontains=word))
    return list(found.order_by("name")[:limit])
