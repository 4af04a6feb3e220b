"""What came out of a test, for whoever has to be told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import ngettext

from salus.chart.models import Observation
from salus.chart.rules import shown_unit
from salus.core.act import Act
from salus.lab.models import Result
from salus.lab.rules import CRITICAL


@dataclass(frozen=True, slots=True)
class Reported:
    """A final result: who ordered it where, of which test, how far it is from what is usual, when it became final.

    :ivar values: what came out, in one line: "6.8 mmol/L HH"
    :ivar about: the order and its values in the record, as sources
    :ivar department_id: where the patient was seen; None where no visit says
    """

    request_id: UUID
    patient_id: UUID
    test: str
    values: str
    about: tuple[str, ...]
    requester_id: UUID | None
    department_id: UUID | None
    verified_at: datetime
    is_abnormal: bool
    is_critical: bool

    @property
    def mark(self) -> str:
        return "critical" if self.is_critical else "abnormal" if self.is_abnormal else ""


def reported(act: Act, *, request_id: UUID | None = None, result_id: UUID | None = None) -> Reported | None:
    """The final results of a request in the act's facility, or one of them alone; None where there is none."""
    act.require("lab.view")
    which = {"id": result_id} if result_id else {"request_id": request_id}
    results = Result.objects.filter(request__facility_id=act.here, voided_at=None, verified_at__isnull=False, **which)
    loaded = results.select_related("test", "request__test", "request__order", "request__encounter")
    found = list(loaded.order_by("test__name", "id"))
    if not found:
        return None
    row = found[0].request
    flags = {one.flag for one in found}
    entries = Observation.objects.filter(source__in=[f"lab.result:{one.id}" for one in found])
    about = [f"chart.observation:{one}" for one in entries.order_by("id").values_list("id", flat=True)]
    return Reported(
        request_id=row.id,
        patient_id=row.patient_id,
        test=found[0].test.name if result_id else row.test.name,
        values=_values(found),
        about=(f"orders.order:{row.order_id}", *about),
        requester_id=row.order.requester_id,
        department_id=row.order.department_id or (row.encounter.department_id if row.encounter else None),
        verified_at=max(one.verified_at for one in found if one.verified_at),
        is_abnormal=bool(flags - {"", "N"}),
        is_critical=bool(flags & CRITICAL),
    )


def _values(found: Sequence[Result]) -> str:
    """What came out, what is unusual first; of many the usual ones are only counted."""
    unusual = [one for one in found if one.flag not in ("", "N")]
    shown = unusual if unusual and len(found) > 3 else [*unusual, *(one for one in found if one not in unusual)]
    said = "; ".join(_line(one, is_alone=len(found) == 1) for one in shown)
    rest = len(found) - len(shown)
    return f"{said}; {ngettext('%(n)s other as usual', '%(n)s others as usual', rest) % {'n': rest}}" if rest else said


def _line(one: Result, *, is_alone: bool) -> str:
    value = f"{one.comparator}{one.number}" if one.number is not None else one.text
    said = [] if is_alone else [one.test.name]
    return " ".join(filter(None, [*said, value, shown_unit(one.unit, one.unit), one.flag]))
