"""Reads of the reports: what each department earned, exactly as the charges stand at this moment."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

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


def usual_period(act: Act) -> tuple[date, date, str]:
    """The last days up to today by the facility's clock, and the facility's name."""
    act.require("reports.view_revenue")
    name, zone = Facility.objects.values_list("name", "time_zone").get(id=act.facility_id or NOWHERE)
    return *_days_before(act.at, zone), name


def _days_before(at: datetime, zone: str) -> tuple[date, date]:
    today = at.astimezone(ZoneInfo(zone)).date()
    return today - timedelta(days=USUAL_DAYS - 1), today
