"""The demonstration's children grow along the curves of WHO, and somebody writes down a sheet of observations."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from salus.chart import growth
from salus.chart import services as chart
from salus.chart.loading import a_quantity, load_entries
from salus.chart.models import Condition, Observation
from salus.chart.services.flowsheets import Column, Reading
from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.encounters.models import Encounter
from salus.simulator.people import Somebody

_CHILDREN, _SHEETS = 40, 3
#: months at which a child is measured
_MONTHS = (0, 1, 2, 4, 6, 9, 12, 18, 24, 36, 48)
_WHAT = (
    (growth.WEIGHT, "29463-7", "Body weight", "kg", "0.01"),
    (growth.HEIGHT, "8302-2", "Body height", "cm", "0.1"),
    (growth.HEAD, "9843-4", "Head circumference", "cm", "0.1"),
)


def let_grow(chance: random.Random, everybody: Sequence[Somebody], at: datetime) -> None:
    """Some children under five were measured from birth on; two were born early."""
    small = [one for one in everybody if (at.date() - one.born_on).days < 1_800 and one.gender in ("male", "female")]
    rows = []
    for place, child in enumerate(small[:_CHILDREN]):
        of: dict[str, Any] = {"patient_id": child.id, "encounter_id": None, "category": "vital-signs"}
        born = at.replace(hour=10, minute=0) - timedelta(days=(at.date() - child.born_on).days)
        tracks = [chance.gauss(0, 1) for _one in _WHAT]
        if place < 2:
            weeks: dict[str, Any] = {"number": Decimal(31 + place), "unit": "wk", "unit_code": "wk"}
            rows.append(a_quantity(**of, code="76516-4", display="Gestational age at birth", at=born, **weeks))
        for months in _MONTHS:
            days = round(months * 30.4375)
            if born + timedelta(days=days) >= at:
                break
            for (indicator, code, name, unit, step), track in zip(_WHAT, tracks, strict=True):
                lms = growth.lms_at("who", indicator, child.gender, days=days)
                if lms is None:
                    continue
                z = Decimal(round(track + chance.gauss(0, 0.2), 2)).quantize(Decimal("0.01"))
                number = lms.at(z).quantize(Decimal(step))
                when = born + timedelta(days=days)
                rows.append(
                    a_quantity(**of, code=code, display=name, number=number, unit=unit, unit_code=unit, at=when)
                )
    load_entries(Observation, rows, recorded_by_id=SYSTEM, at=at)


def write_down(as_: Callable[[str], Act]) -> None:
    """Today's sheets, with a glucose by its LOINC code, a pulse that was misread; a principal problem, and favourites."""
    here = Encounter.objects.filter(status="in-progress", department__code="opd").order_by("started_at", "id")
    for visit in here[:_SHEETS]:
        nurse = as_("nurse")
        of: dict[str, Any] = {"patient_id": visit.patient_id}
        earlier = Column(nurse.at - timedelta(minutes=20), {"pulse": Decimal(88), "temperature": Decimal("37.4")})
        glucose = Reading("14749-6", "Glucose", Decimal("6.1"), "mmol/L")
        later = Column(nurse.at - timedelta(minutes=5), {"pulse": Decimal(48)}, others=[glucose])
        rows = chart.record_flowsheet(nurse, **of, encounter_id=visit.id, columns=[earlier, later])
        pulse = next(row for row in rows if row.number == 48)
        chart.correct_observation(
            as_("nurse"), **of, observation_id=pulse.id, version=1, number=Decimal(84), reason="Misread"
        )
        seen = Condition.objects.visible_to(as_("doctor")).valid().filter(**of, status="active")
        problem = seen.order_by("recorded_at", "id").first()
        if problem is not None:
            known: dict[str, Any] = {"condition_id": problem.id, "version": problem.version}
            chart.amend_condition(as_("doctor"), **of, **known, is_principal=True, course="chronic")
            chart.add_favourite(as_("doctor"), code_system=problem.code_system, code=problem.code)
