"""What the catalogue says: what a service costs on a day."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection


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
