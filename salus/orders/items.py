"""What is asked for with a signature, and the order that it becomes."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from salus.catalog.models import TestDefinition
from salus.orders import rules
from salus.orders.models import Order
from salus.terminology.models import Presentation


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineItem:
    """A medicine to order: `dose` `dose_unit` by `route`, `frequency` times in `period` `period_unit`.

    `dose_unit` is one of `rules.dose_units`; `quantity` is what to give out, in the presentation's unit, reckoned from
    the dose and the duration where it is None. `override_reason` answers an interruptive alert.
    """

    presentation_id: UUID
    dose: Decimal
    dose_unit: str
    route: str
    frequency: int = 1
    period: Decimal = Decimal(1)
    period_unit: str = "d"
    duration_days: int | None = None
    quantity: Decimal | None = None
    as_needed: bool = False
    as_needed_for: str = ""
    priority: str = "routine"
    note: str = ""
    override_reason: str = ""

    @property
    def kind(self) -> str:
        return "medicine"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestItem:
    """A laboratory test or panel to order."""

    test_id: UUID
    priority: str = "routine"
    note: str = ""
    override_reason: str = ""

    @property
    def kind(self) -> str:
        return "test"


OrderItem = MedicineItem | TestItem


def draw_up_test(item: TestItem, test: TestDefinition) -> Order:
    """The order of a test, not saved yet."""
    return Order(
        kind=item.kind,
        status="active",
        priority=item.priority,
        note=item.note.strip(),
        override_reason=item.override_reason.strip(),
        test=test,
        code_system="http://loinc.org" if test.loinc else "",
        code=test.loinc or test.code,
        display=test.name,
    )


def draw_up_medicine(item: MedicineItem, pack: Presentation) -> Order:
    """The order of a medicine, not saved yet; `quantity` is None where it cannot be reckoned."""
    return Order(
        kind=item.kind,
        status="active",
        priority=item.priority,
        note=item.note.strip(),
        override_reason=item.override_reason.strip(),
        medicine=pack.medicine,
        presentation=pack,
        code_system="http://www.whocc.no/atc" if pack.medicine.atc else "",
        code=pack.medicine.atc or pack.code,
        display=pack.name,
        dose=item.dose,
        dose_unit=item.dose_unit,
        route=item.route,
        frequency=item.frequency,
        period=item.period,
        period_unit=item.period_unit,
        as_needed=item.as_needed,
        as_needed_for=item.as_needed_for.strip(),
        duration_days=item.duration_days,
        quantity=reckon_quantity(item, pack) if item.quantity is None else item.quantity,
        quantity_unit=pack.unit,
    )


def reckon_quantity(item: MedicineItem, pack: Presentation) -> Decimal | None:
    """What the dose and the duration amount to, in the pack's unit; None where that cannot be said."""
    if item.duration_days is None:
        return None
    return rules.quantity_to_dispense(
        dose=item.dose,
        dose_unit=item.dose_unit,
        unit=pack.unit,
        strength=pack.strength,
        frequency=item.frequency,
        period=item.period,
        period_unit=item.period_unit,
        days=item.duration_days,
    )


def mistakes_in(item: MedicineItem, pack: Presentation, quantity: Decimal | None) -> dict[str, str]:
    """What has to be mended before a medicine can be signed, by field."""
    wrong = {}
    if item.dose <= 0:
        wrong["dose"] = _("Write a dose above 0.")
    if item.dose_unit not in rules.dose_units(pack.unit, pack.strength):
        wrong["dose_unit"] = _("This medicine is not dosed in that unit.")
    if item.route not in (pack.routes or pack.medicine.routes):
        wrong["route"] = _("This medicine is not given by that route.")
    if not 1 <= item.frequency <= 24 or item.period <= 0 or item.period_unit not in rules.DAYS_IN:
        wrong["times"] = _("Choose how often it is given.")
    if item.duration_days is not None and not 1 <= item.duration_days <= 365:
        wrong["duration_days"] = _("Write 1 to 365 days.")
    if quantity is None and not wrong:
        wrong["quantity"] = _("Write how much is to be given out.")
    elif quantity is not None and (quantity <= 0 or not rules.is_whole(quantity, pack.unit)):
        wrong["quantity"] = _("Write a whole number above 0.")
    return wrong
