"""What tests of the record are made of."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import typst
from django.db import connection
from PIL import Image

from salus.catalog.models import VitalSign
from salus.chart.loading import a_pressure, a_quantity, load_entries
from salus.chart.models import Observation
from salus.core.dates import PartialDate
from salus.core.ids import SYSTEM, uuid7
from salus.encounters.loading import load_encounters, numbers
from salus.encounters.tests.builders import a_patient, a_visit
from salus.patients.models import Patient
from salus.terminology.models import Allergen, Concept
from tests.cast import Cast

__all__ = ["a_pdf", "a_picture", "a_code", "a_long_history", "a_patient", "a_visit", "an_allergen", "vital_signs"]

#: code, name, LOINC, UCUM, shown, decimals, possible, usual
_SIGNS = [
    ("systolic", "Systolic blood pressure", "8480-6", "mm[Hg]", "mmHg", 0, "20 400", "90 120"),
    ("diastolic", "Diastolic blood pressure", "8462-4", "mm[Hg]", "mmHg", 0, "5 370", "60 80"),
    ("pulse", "Heart rate", "8867-4", "/min", "/min", 0, "0 350", "60 100"),
    ("respiratory-rate", "Respiratory rate", "9279-1", "/min", "/min", 0, "0 150", "12 18"),
    ("temperature", "Body temperature", "8310-5", "Cel", "°C", 1, "10.0 47.0", "36.5 37.3"),
    ("spo2", "Oxygen saturation", "59408-5", "%", "%", 0, "0 100", "96 100"),
    ("pain", "Pain, 0 to 10", "72514-3", "{score}", "/10", 0, "0 10", ""),
    ("height", "Body height", "8302-2", "cm", "cm", 1, "15 280", ""),
    ("weight", "Body weight", "29463-7", "kg", "kg", 2, "0.2 700", ""),
    ("bmi", "Body mass index", "39156-5", "kg/m2", "kg/m²", 1, "3 250", ""),
]


def vital_signs() -> None:
    """The signs of the catalogue, where the reference data has not brought them."""
    for place, (code, name, loinc, unit, shown, decimals, possible, usual) in enumerate(_SIGNS):
        least, most = map(Decimal, possible.split())
        low, high = map(Decimal, usual.split()) if usual else (None, None)
        values = {
            "name": name,
            "short_name": name,
            "loinc": loinc,
            "unit": unit,
            "unit_text": shown,
            "decimals": decimals,
            "possible_low": least,
            "possible_high": most,
            "usual_low": low,
            "usual_high": high,
            "place": place,
        }
        VitalSign.objects.get_or_create(code=code, defaults=values)


def an_allergen(code: str = "penicillin", **changes: object) -> Allergen:
    """Penicillin, which stops all penicillins."""
    values = {"name": code.capitalize(), "category": "medication", "allergy_groups": ["penicillins"]} | changes
    return Allergen.objects.get_or_create(code=code, defaults=values)[0]


def a_code(code: str = "I10", display: str = "Essential (primary) hypertension") -> Concept:
    """A code of ICD-10-CM."""
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    return Concept.objects.get_or_create(system=system, code=code, defaults={"display": display})[0]


def a_long_history(cast: Cast, patient: Patient, visits: int = 500, each: int = 20) -> None:
    """A patient with so many visits, and on each some vital signs and laboratory values: 500 × 20 by default."""
    place = cast.departments["opd"].id
    today = datetime.now(UTC).replace(microsecond=0)
    ids = [uuid7() for _ in range(visits)]
    days = [today - timedelta(days=7 * (n + 1)) for n in range(visits)]
    who = {"recorded_by_id": SYSTEM, "at": today}
    load_encounters(
        (
            {
                "id": visit,
                "facility_id": cast.facility.id,
                "patient_id": patient.id,
                "number": number,
                "status": "finished",
                "started_at": day,
                "ended_at": day + timedelta(hours=1),
                "starts": PartialDate.of(day),
                "department_id": place,
                "reason": "Check-up",
            }
            for visit, day, number in zip(ids, days, numbers(visits), strict=True)
        ),
        **who,
    )
    signs = [(code, name, unit, shown) for _c, name, code, unit, shown, *_rest in _SIGNS[2:7]]
    load_entries(
        Observation,
        (row for visit, day in zip(ids, days, strict=True) for row in _of_a_visit(patient.id, visit, day, signs, each)),
        **who,
    )
    with connection.cursor() as cursor:
        # the server's own vacuum counts no rows of a test that is not committed: it would plan for an empty table. Ours
        # counts them, and keeps its lock until the test is over, so that no other comes after it
        cursor.execute("ANALYZE chart_observation, encounters_encounter")


def _of_a_visit(patient_id: UUID, visit: UUID, day: datetime, signs: list[Any], each: int) -> Iterator[dict[str, Any]]:
    whose = {"patient_id": patient_id, "encounter_id": visit, "at": day}
    yield a_pressure(**whose, systolic=Decimal(120 + day.day), diastolic=Decimal(80))
    for code, name, unit, shown in signs:
        value = {"number": Decimal(70 + day.day), "unit": shown, "unit_code": unit}
        yield a_quantity(**whose, code=code, display=name, category="vital-signs", **value)
    for place in range(each - 6):
        value = {"number": Decimal(f"{place + 1}.{day.day:02d}"), "unit": "mmol/L", "unit_code": "mmol/L"}
        yield a_quantity(**whose, code=f"{1000 + place}-1", display=f"Test {place}", category="laboratory", **value)


def a_picture(format: str = "PNG", colour: str = "white", size: tuple[int, int] = (60, 80)) -> bytes:
    """A scanned sheet."""
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, format)
    return kept.getvalue()


def a_pdf(words: str = "A letter.") -> bytes:
    """One page with some words."""
    page = f"#set page(width: 8cm, height: 8cm)\n{words}".encode()
    made: Any = typst.compile(page, format="pdf", timestamp=0)
    return bytes(made)
