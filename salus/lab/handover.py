"""What the laboratory hands over to the chart when a result is final."""

from collections.abc import Sequence

from salus.chart.observing import ObservationItem
from salus.core.act import Act
from salus.lab.models import Request, Result

LOINC = "http://loinc.org"


def observations_of(act: Act, request: Request, results: Sequence[Result]) -> list[ObservationItem]:
    """The observations of final results; `source` makes handing over repeatable, and a correction an update."""
    return [
        ObservationItem(
            source=f"lab.result:{result.id}",
            patient_id=result.patient_id,
            encounter_id=request.encounter_id,
            code_system=LOINC if result.test.loinc else "salus:test",
            code=result.test.loinc or result.test.code,
            display=result.test.name,
            category="laboratory",
            status="corrected" if result.status == Result.CORRECTED else "final",
            number=result.number,
            comparator=result.comparator,
            unit=result.unit,
            unit_code=result.unit,
            text=result.text,
            flag=result.flag,
            low=result.low,
            high=result.high,
            reference_text=result.reference_text,
            note=result.comment,
            at=request.specimen.collected_at if request.specimen else act.at,
            issued_at=act.at,
        )
        for result in results
    ]
