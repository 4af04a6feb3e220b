"""Reads of cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

from salus.core.act import Act
from salus.coverage.models import Coverage
from salus.coverage.rules import covers
from salus.places.models import Organization

#: FHIR organization-type and Synthea's word for organisations that pay
INSURERS = ("ins", "pay", "payer", "insurer", "insurance")


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A cover as it is shown; `counts` says whether it covers today."""

    coverage: Coverage
    payer: str
    counts: bool

    @property
    def kind(self) -> str:
        """The kind of cover in words; a code of another system as it came."""
        return dict(Coverage.KINDS).get(self.coverage.kind, self.coverage.kind)


def coverages_of(act: Act, patient_id: UUID, on: date | None = None) -> list[CoverageLine]:
    """All cover of a patient that was not recorded in error, what counts today first; one statement."""
    act.require_any("coverage.view", "coverage.record_coverage")
    day = on or timezone.localdate()
    rows = (
        Coverage.objects.visible_to(act).filter(patient_id=patient_id).select_related("payer").order_by("place", "id")
    )
    act.shows(patient_id)
    lines = [_line(row, day) for row in rows]
    return sorted(lines, key=lambda line: not line.counts)


def payers(act: Act, text: str, limit: int = 20) -> Sequence[Organization]:
    """Organisations whose name holds what was typed, those that are insurers first."""
    act.require_any("coverage.view", "coverage.record_coverage")
    is_insurer = Case(When(kind__in=INSURERS, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = Organization.objects.filter(is_active=True, name__icontains=text)
    return list(found.order_by(is_insurer, "name")[:limit])


def _line(row: Coverage, day: date) -> CoverageLine:
    is_active = row.status == "active"
    counts = is_active and covers(str(row.starts or ""), str(row.ends or ""), day)
    return CoverageLine(row, row.payer.name if row.payer else row.payer_name, counts)
