"""What the catalogue says about money: services that are billed, and the demonstration's invented prices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from salus.core.reference_data import Row, read, refuse_repeats

DATA = Path(__file__).parent / "data"
SERVICE_KINDS = frozenset({"consultation", "procedure", "fee"})
#: what a price line can be for, and how the code of its service begins
CHARGED_AS = {"test": "test:", "medicine": "med:"}
DEPARTMENT_KINDS = frozenset(
    {"clinic", "ward", "emergency", "laboratory", "imaging", "pharmacy", "cash", "administration"}
)


@dataclass(frozen=True, slots=True)
class BilledService:
    """A consultation, procedure or fee, with its demonstration price."""

    code: str
    name: str
    kind: str
    specialty: str
    department_kind: str
    price: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class PriceLine:
    """The demonstration price of a test, or of one unit of a medicine's presentation."""

    kind: str
    code: str
    unit: str
    price: Decimal
    currency: str

    @property
    def service_code(self) -> str:
        """Answer the code of the service that this is the price of."""
        return CHARGED_AS[self.kind] + self.code


def read_services(path: Path = DATA / "services.csv") -> tuple[BilledService, ...]:
    """Read the consultations, procedures and fees."""
    columns: tuple[str, ...] = ("code", "name", "kind", "specialty", "department_kind", "price", "currency")
    services = read(path, columns, _service)
    refuse_repeats(path, ((service.code,) for service in services))
    return services


def _service(row: Row) -> BilledService:
    return BilledService(
        code=row.needed("code"),
        name=row.needed("name"),
        kind=row.one_of("kind", SERVICE_KINDS),
        specialty=row.text("specialty"),
        department_kind=row.one_of("department_kind", DEPARTMENT_KINDS),
        price=_price(row),
        currency=_currency(row),
    )


def read_prices(path: Path = DATA / "prices.csv") -> tuple[PriceLine, ...]:
    """Read the demonstration prices of tests and of medicines by the unit."""
    prices = read(path, ("kind", "code", "unit", "price", "currency"), _price_line)
    refuse_repeats(path, ((line.kind, line.code) for line in prices))
    return prices


def _price_line(row: Row) -> PriceLine:
    return PriceLine(
        kind=row.one_of("kind", frozenset(CHARGED_AS)),
        code=row.needed("code"),
        unit=row.needed("unit"),
        price=_price(row),
        currency=_currency(row),
    )


def _price(row: Row) -> Decimal:
    price = row.decimal("price")
    if price is None or price < 0 or price.as_tuple().exponent != -2:
        row.note("price", f"{row.text('price')!r} is not an amount with two decimals")
    return price or Decimal(0)


def _currency(row: Row) -> str:
    currency = row.needed("currency")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        row.note("currency", f"{currency!r} is not a currency code")
    return currency
