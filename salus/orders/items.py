"""What is asked for with a signature, and the order that it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from salus.catalog.models import Orderable, TestDefinition
from salus.orders import rules
from salus.orders.models import Order
from salus.orders.rules import Step as Step
from salus.terminology.models import Presentation

#: by kind of order, the right that ordering it takes
ORDER_RIGHTS = {
    "medicine": "orders.order_medicine",
    "test": "orders.order_test",
    "image": "orders.order_service",
    "procedure": "orders.order_service",
    "referral": "orders.order_service",
    "diet": "orders.order_care",
    "nursing": "orders.order_care",
}
#: the code system of what only this house has a code for
OURS = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineItem:
    """A medicine to order: `dose` `dose_unit` by `route`, `frequency` times in `period` `period_unit`.

    `dose_unit` is one of `rules.dose_units`; `quantity` is what to give out, in the presentation's unit, reckoned from
    the dose and the duration where it is None. With `steps` the schedule has several, the first of which is repeated in
    the plain fields (`rules.Step`); `pattern` is `taper` or `alternate`. `override_reason` answers an interruptive alert.
    `replaces_id` is the order that this one stands in for.
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
    most_per_day: int | None = None
    pattern: str = ""
    steps: Sequence[Step] = ()
    dose_per_kg: Decimal | None = None
    weight_kg: Decimal | None = None
    repeats: int = 0
    expires_on: date | None = None
    priority: str = "routine"
    note: str = ""
    override_reason: str = ""
    replaces_id: UUID | None = None

    @property
    def kind(self) -> str:
        return "medicine"

    @property
    def all_steps(self) -> Sequence[Step]:
        """The schedule, step by step; a plain one has one step."""
        return self.steps or (Step(self.dose, self.frequency, self.period, self.period_unit, self.duration_days or 0),)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestItem:
    """A laboratory test or panel to order."""

    test_id: UUID
    priority: str = "routine"
    note: str = ""
    override_reason: str = ""
    replaces_id: UUID | None = None

    @property
    def kind(self) -> str:
        return "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceItem:
    """An image, a procedure, a diet, nursing or a referral to order; `performer_id` is the department asked to do it."""

    orderable_id: UUID
    kind: str
    frequency: int | None = None
    period: Decimal | None = None
    period_unit: str = ""
    duration_days: int | None = None
    performer_id: UUID | None = None
    reason: str = ""
    priority: str = "routine"
    note: str = ""
    override_reason: str = ""
    replaces_id: UUID | None = None


OrderItem = MedicineItem | TestItem | ServiceItem


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


def draw_up_service(item: ServiceItem, what: Orderable) -> Order:
    """The order of anything that is no medicine and no test, not saved yet."""
    return Order(
        kind=item.kind,
        status="active",
        priority=item.priority,
        note=item.note.strip(),
        override_reason=item.override_reason.strip(),
        orderable=what,
        code_system=what.code_system if what.coding else OURS,
        code=what.coding or what.code,
        display=what.name,
        frequency=item.frequency,
        period=item.period,
        period_unit=item.period_unit,
        duration_days=item.duration_days,
        performer_id=item.performer_id,
        reasons=[{"text": item.reason.strip()}] if item.reason.strip() else [],
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
        most_per_day=item.most_per_day if item.as_needed else None,
        duration_days=item.duration_days,
        pattern=item.pattern,
        steps=rules.written(item.steps),
        dose_per_kg=item.dose_per_kg,
        weight_kg=item.weight_kg,
        repeats=item.repeats,
        expires_on=item.expires_on,
        quantity=reckon_quantity(item, pack) if item.quantity is None else item.quantity,
        quantity_unit=pack.unit,
    )


def reckon_quantity(item: MedicineItem, pack: Presentation) -> Decimal | None:
    """What the dose and the duration amount to, in the pack's unit; None where that cannot be said."""
    if item.duration_days is None and not item.steps:
        return None
    return rules.quantity_of_steps(
        rules.in_force(item.pattern, item.all_steps, item.duration_days),
        dose_unit=item.dose_unit,
        unit=pack.unit,
        strength=pack.strength,
        most_per_day=item.most_per_day if item.as_needed else None,
    )


def mistakes_in(item: MedicineItem, pack: Presentation, quantity: Decimal | None) -> dict[str, str]:
    """What has to be mended before a medicine can be signed, by field."""
    wrong = {}
    if any(one.dose <= 0 for one in item.all_steps):
        wrong["dose"] = _("Write a dose above 0.")
    if item.dose_unit not in rules.dose_units(pack.unit, pack.strength, pack.routes):
        wrong["dose_unit"] = _("This medicine is not dosed in that unit.")
    if item.route not in (pack.routes or pack.medicine.routes):
        wrong["route"] = _("This medicine is not given by that route.")
    if not all(_is_frequency(one) for one in item.all_steps):
        wrong["times"] = _("Choose how often it is given.")
    if item.duration_days is not None and not 1 <= item.duration_days <= 365:
        wrong["duration_days"] = _("Write 1 to 365 days.")
    if quantity is None and not wrong:
        wrong["quantity"] = _("Write how much is to be given out.")
    elif quantity is not None and (quantity <= 0 or not rules.is_whole(quantity, pack.unit)):
        wrong["quantity"] = _("Write a whole number above 0.")
    return wrong | _mistakes_in_schedule(item)


def _is_frequency(step: Step) -> bool:
    return 1 <= step.frequency <= 24 and step.period > 0 and step.period_unit in rules.DAYS_IN


def _mistakes_in_schedule(item: MedicineItem) -> dict[str, str]:
    wrong = {}
    if item.steps and (item.pattern not in ("taper", "alternate") or len(item.steps) < 2):
        wrong["steps"] = _("A schedule in steps has at least two.")
    elif item.pattern == "taper" and any(one.days < 1 for one in item.steps):
        wrong["steps"] = _("Write for how many days each step is taken.")
    if item.most_per_day is not None and not (item.as_needed and 1 <= item.most_per_day <= 24):
        wrong["most_per_day"] = _("Write 1 to 24 doses a day, for a medicine as needed.")
    if not 0 <= item.repeats <= 12:
        wrong["repeats"] = _("Write 0 to 12 repeats.")
    if (item.dose_per_kg is None) != (item.weight_kg is None):
        wrong["dose_per_kg"] = _("A dose by weight needs the weight.")
    return wrong
