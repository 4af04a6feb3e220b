"""Acts on the catalogue: what is charged for, and what it costs from when on."""

from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from salus.catalog.facts import PriceSet, ServiceAdded, ServiceChanged
from salus.catalog.models import Price, Service
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.places.models import Facility

#: prices are kept to four decimals: a tablet may cost less than a coin
_FINEST = Decimal("0.0001")
#: minutes of a visit
LONGEST = 480
#: how many years ahead a price may be planned
_AHEAD = 10


class CodeTaken(Conflict):
    """This code is in use already. Choose another."""


@transaction.atomic
def add_service(
    act: Act, *, code: str, name: str, kind: str, specialty: str = "", minutes: int | None = None
) -> Service:
    """Add something that the hospital charges for; it has no price yet.

    :param minutes: how long a visit of this kind takes; one slot unless said
    :raises CodeTaken: if another service has this code
    """
    act.require("catalog.manage_prices")
    if kind not in dict(Service.KINDS):
        raise Invalid(kind=_("Choose what kind of service it is."))
    service = Service(code=code.strip(), name=name.strip(), kind=kind, specialty=specialty, recorded_by_id=act.by)
    service.minutes = _length(minutes)
    try:
        with transaction.atomic():
            service.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken from error
    announce(act, ServiceAdded(service_id=service.id, service_code=service.code))
    return service


@transaction.atomic
def set_length(act: Act, *, service_id: UUID, version: int, minutes: int | None) -> Service:
    """Say how long a visit of this kind takes: one that is longer than a slot takes as many neighbouring ones, from the next
    booking on.

    :param minutes: none is one slot, however long
    :raises Stale: if somebody changed it since it was read
    """
    act.require("catalog.manage_prices")
    service = Service.objects.select_for_update().get(id=service_id)
    if version != service.version:
        raise Stale
    service.minutes = _length(minutes)
    service.save(update_fields=["minutes"])
    announce(act, ServiceChanged(service_id=service.id, service_code=service.code))
    return service


def _length(minutes: int | None) -> int:
    if not 0 <= (minutes or 0) <= LONGEST:
        raise Invalid(minutes=_("A visit takes at most eight hours."))
    return minutes or 0


@transaction.atomic
def set_price(
    act: Act, *, service_id: UUID, amount: Decimal, starts_on: date | None = None, version: int | None = None
) -> Price:
    """Say what a service costs from a day on (None: from now): the price before it ends there, one planned later stays.

    What was charged already keeps its price. A change that begins at the instant of a planned one takes its place.

    :param version: of the service that was on the screen; each price counts as a change of it
    :raises Stale: if somebody set a price since it was read
    :raises Invalid: for a day in the past, or an amount that is none
    """
    act.require("catalog.manage_prices")
    assert act.facility_id is not None
    service = Service.objects.select_for_update().get(id=service_id)
    if version is not None and version != service.version:
        raise Stale
    if amount < 0 or amount != amount.quantize(_FINEST):
        raise Invalid(amount=_("Write an amount of at most four decimals."))
    facility = Facility.objects.get(id=act.facility_id)
    start = _start(act.at, starts_on, facility.time_zone)
    prices = list(Price.objects.filter(service=service, facility=facility, price_list="standard").order_by("period"))
    price = _fit(prices, start, amount) or Price(
        service=service,
        facility=facility,
        amount=amount,
        currency=facility.currency,
        period=DateTimeTZRange(start, _end(prices, start)),
        recorded_by_id=act.by,
    )
    if price._state.adding:
        price.save(force_insert=True)
    service.save(update_fields=["is_active"])
    announce(act, PriceSet(service_id=service.id, service_code=service.code, price_id=price.id))
    return price


def _start(now: datetime, starts_on: date | None, zone: str) -> datetime:
    """Now, or the first instant of the day in the facility."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if starts_on is not None and starts_on < today:
        raise Invalid(starts_on=_("A price begins today or later: what was charged already keeps its price."))
    if starts_on is not None and starts_on.year > today.year + _AHEAD:
        raise Invalid(starts_on=_("This is too far ahead. Check the year."))
    if starts_on is None or starts_on == today:
        return now
    return datetime.combine(starts_on, time(), ZoneInfo(zone))


def _fit(prices: list[Price], start: datetime, amount: Decimal) -> Price | None:
    """End the price that holds at `start`, or change the one that begins there; gives that one."""
    for price in prices:
        if price.period.lower == start:
            price.amount = amount
            price.save(update_fields=["amount"])
            return price
        if start in price.period:
            price.period = DateTimeTZRange(price.period.lower, start)
            price.save(update_fields=["period"])
    return None


def _end(prices: list[Price], start: datetime) -> datetime | None:
    """When the next planned price begins."""
    return min((one.period.lower for one in prices if one.period.lower and one.period.lower > start), default=None)
