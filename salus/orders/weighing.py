"""The patient's weight, for doses by weight: the newest that was measured, with its age."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from salus.chart.models import Observation
from salus.core.act import Act
from salus.orders import rules
from salus.orders.drafts import Line
from salus.terminology.models import Presentation

BODY_WEIGHT = "29463-7"
#: what a weight may be measured in, and how many kilograms that is
_KG = {"kg": Decimal(1), "g": Decimal("0.001"), "[lb_av]": Decimal("0.45359237")}
#: the power of ten beyond which no patient weighs
_LARGEST = 6
#: an older weight is shown, never taken by itself: a child has grown out of it
RECENT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight in kilograms, and when it was measured."""

    kg: Decimal
    at: datetime
    is_recent: bool


def newest_weight(act: Act, patient_id: UUID) -> Weight | None:
    """The newest weight that was measured, or None; one statement."""
    rows = (
        Observation.objects.of_patient(act, patient_id).valid().filter(code=BODY_WEIGHT, number__gt=0, at__lte=act.at)
    )
    row = rows.exclude(status="entered-in-error").order_by("-at").values("number", "unit_code", "at").first()
    if row is None or row["unit_code"] not in _KG or row["number"] is None or row["at"] is None:
        return None
    if row["number"].adjusted() > _LARGEST:  # no patient's: a program's mistake breaks no order
        return None
    kg = (row["number"] * _KG[row["unit_code"]]).quantize(Decimal("0.01")).normalize()
    return Weight(Decimal(f"{kg:f}"), row["at"], act.at - row["at"] <= RECENT)


def weighed(line: Line, kg: Decimal | None, pack: Presentation | None) -> Line:
    """A line with its dose for each kilogram reckoned; without a weight it keeps none, and cannot be signed yet."""
    if not line.per_kg or kg is None or pack is None:
        return line
    reckoned = rules.dose_by_weight(Decimal(line.per_kg), kg, line.dose_unit, pack.unit, pack.strength)
    return replace(line, weight=str(kg), dose=str(reckoned.given)) if reckoned else line
