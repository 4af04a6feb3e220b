"""Reads of the reports: what each department earned, exactly as the charges stand at this moment."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from salus.billing.models import Payment
from salus.core.act import Act
from salus.places.models import Facility
from salus.reports.models import NOWHERE

#: how many days the report shows unless asked otherwise
USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Earned:
    """What one department was owed for its work in the period; `department` is empty where the charge names none."""

    department_id: UUID
    department: str
    charges: int
    without_price: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Revenue:
    """The revenue in one currency: by department, the largest first, and by day, the oldest first (every day once)."""

    currency: str
    departments: tuple[Earned, ...]
    days: tuple[tuple[date, Decimal], ...]

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.departments), Decimal(0))

    @property
    def charges(self) -> int:
        return sum(one.charges for one in self.departments)

    @property
    def without_price(self) -> int:
        return sum(one.without_price for one in self.departments)


# One statement sees one snapshot: a movement is either still here or already folded, never both and never neither.
_REVENUE = """
    SELECT revenue.*, d.name FROM (
        SELECT currency, department_id, day, sum(charges)::bigint AS charges,
               sum(without_price)::bigint AS without_price, sum(amount) AS amount
        FROM (
            SELECT currency, department_id, day, charges, without_price, amount FROM reports_dailyrevenue
            WHERE facility_id = %(facility)s AND day BETWEEN %(first)s AND %(last)s
            UNION ALL
            SELECT currency, department_id, day, charges, without_price, amount FROM reports_revenuemovement
            WHERE facility_id = %(facility)s AND day BETWEEN %(first)s AND %(last)s
        ) counted
        GROUP BY GROUPING SETS ((currency, department_id), (currency, day))
    ) revenue LEFT JOIN places_department d ON d.id = revenue.department_id
"""


def revenue_by_department(act: Act, *, first: date, last: date) -> tuple[Revenue, ...]:
    """What each department earned from the first to the last day, both included; one entry for each currency."""
    act.require("reports.view_revenue")
    with connection.cursor() as cursor:
        cursor.execute(_REVENUE, {"facility": act.facility_id, "first": first, "last": last})
        rows = cursor.fetchall()
    return tuple(_in_currency(code, rows, first, last) for code in sorted({row[0] for row in rows}))


def _in_currency(
    currency: str,
    rows: list[tuple[str, UUID | None, date | None, int, int, Decimal, str | None]],
    first: date,
    last: date,
) -> Revenue:
    departments, by_day = [], {}
    for code, department, day, charges, without_price, amount, name in rows:
        if code != currency:
            continue
        if day is not None:
            by_day[day] = amount
        elif charges or amount:
            departments.append(Earned(department or NOWHERE, name or "", charges, without_price, amount))
    departments.sort(key=lambda one: (-one.amount, one.department))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return Revenue(currency, tuple(departments), tuple((day, by_day.get(day, Decimal(0))) for day in days))


@dataclass(frozen=True, slots=True)
class Taken:
    """What one cashier took by one method of payment in a day."""

    currency: str
    method: str
    cashier: str
    payments: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DayClose:
    """A day's money in one currency: what was charged, what was invoiced, and what came in, by method and by cashier."""

    currency: str
    charged: Decimal
    invoices: int
    invoiced: Decimal
    taken: tuple[Taken, ...]

    @property
    def received(self) -> Decimal:
        return sum((one.amount for one in self.taken), Decimal(0))

    @property
    def payments(self) -> int:
        return sum(one.payments for one in self.taken)

    @property
    def by_method(self) -> tuple[Taken, ...]:
        """The same, all cashiers together, in the order in which methods are offered."""
        found = []
        for method, _label in Payment.METHODS:
            lines = [one for one in self.taken if one.method == method]
            amount = sum((one.amount for one in lines), Decimal(0))
            found.append(Taken(self.currency, method, "", sum(one.payments for one in lines), amount))
        return tuple(found)


_TAKEN = """
    SELECT currency, method, received_by_name, count(*), sum(amount) FROM billing_payment
    WHERE facility_id = %(facility)s AND received_at >= %(start)s AND received_at < %(end)s AND voided_at IS NULL
    GROUP BY currency, method, recorded_by_id, received_by_name ORDER BY received_by_name, method
"""
_OWED = """
    SELECT currency, sum(charged), sum(invoices)::bigint, sum(invoiced) FROM (
        SELECT currency, amount AS charged, 0 AS invoices, 0 AS invoiced FROM reports_dailyrevenue
        WHERE facility_id = %(facility)s AND day = %(day)s
        UNION ALL
        SELECT currency, amount, 0, 0 FROM reports_revenuemovement WHERE facility_id = %(facility)s AND day = %(day)s
        UNION ALL
        SELECT currency, 0, 1, total FROM billing_invoice
        WHERE facility_id = %(facility)s AND issued_at >= %(start)s AND issued_at < %(end)s AND voided_at IS NULL
    ) counted GROUP BY currency
"""


def day_close(act: Act, *, day: date, zone: str) -> tuple[DayClose, ...]:
    """The money of one day by the facility's clock; one entry for each currency, two statements."""
    act.require("reports.view_revenue")
    start, end = (datetime.combine(one, time(), ZoneInfo(zone)) for one in (day, day + timedelta(days=1)))
    asked = {"facility": act.facility_id, "day": day, "start": start, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, asked)
        taken = [Taken(*row) for row in cursor.fetchall()]
        cursor.execute(_OWED, asked)
        owed = {currency: (charged, invoices, invoiced) for currency, charged, invoices, invoiced in cursor.fetchall()}
    nothing = (Decimal(0), 0, Decimal(0))
    return tuple(
        DayClose(code, *owed.get(code, nothing), tuple(one for one in taken if one.currency == code))
        for code in sorted({*owed, *(one.currency for one in taken)})
    )


def today_of(act: Act) -> tuple[date, str, str]:
    """The day by the facility's clock, the facility's name and time zone."""
    act.require("reports.view_revenue")
    name, zone = Facility.objects.values_list("name", "time_zone").get(id=act.facility_id or NOWHERE)
    return act.at.astimezone(ZoneInfo(zone)).date(), name, zone


def usual_period(act: Act) -> tuple[date, date, str]:
    """The last days up to today by the facility's clock, and the facility's name."""
    act.require("reports.view_revenue")
    today, name, _zone = today_of(act)
    return today - timedelta(days=USUAL_DAYS - 1), today, name
