"""The page of a child's growth."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from salus.chart.growing import age_words
from salus.chart.loading import a_quantity, load_entries
from salus.chart.models import Observation
from salus.chart.tests.builders import a_patient
from salus.core.ids import SYSTEM
from tests.statements import at_most

#: months -> kilograms, centimetres, centimetres of the head
_MONTHS = {
    0: ("3.2", "49.5", "34.0"),
    2: ("5.1", "57.1", "38.2"),
    6: ("7.3", "65.9", "42.2"),
    12: ("8.9", "74.2", "45.0"),
}


def a_child(cast, born="2025-01-10", weeks=None, pounds=False):
    """A girl measured four times in her first year."""
    child = a_patient(cast, birth_date=born, born_on=born, gender="female")
    start = datetime.fromisoformat(f"{born}T09:00:00+00:00")
    of = {"patient_id": child.id, "encounter_id": None, "category": "vital-signs"}
    rows = []
    for months, (weight, height, head) in _MONTHS.items():
        at = start + timedelta(days=round(months * 30.4375))
        if pounds and months == 12:
            rows.append(
                a_quantity(
                    **of,
                    code="29463-7",
                    display="Weight",
                    number=Decimal("19.62"),
                    unit="lb",
                    unit_code="[lb_av]",
                    at=at,
                )
            )
        else:
            rows.append(
                a_quantity(
                    **of, code="29463-7", display="Weight", number=Decimal(weight), unit="kg", unit_code="kg", at=at
                )
            )
        rows.append(
            a_quantity(**of, code="8302-2", display="Height", number=Decimal(height), unit="cm", unit_code="cm", at=at)
        )
        rows.append(
            a_quantity(**of, code="9843-4", display="Head", number=Decimal(head), unit="cm", unit_code="cm", at=at)
        )
    if weeks:
        rows.append(
            a_quantity(
                **of,
                code="76516-4",
                display="Gestational age",
                number=Decimal(weeks),
                unit="wk",
                unit_code="wk",
                at=start,
            )
        )
    load_entries(Observation, rows, recorded_by_id=SYSTEM, at=start)
    return child


def test_a_childs_growth_stands_against_who_and_cdc(cast):
    child = a_child(cast, pounds=True)
    client, address = cast.client("doctor"), reverse("chart:growth", args=[child.id])
    with at_most(9):
        answer = client.get(address)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count('class="chart curves"') == 5
    # 19.62 lb are 8.9 kg, at one year: z -0.05
    for words in ("8.90", "-0.05", "P4", "12 months", "65.9", "7.3 / 65.9 cm"):
        assert words in text, words
    cdc = client.post(address, {"standard": "cdc", "by": "z"}).content.decode()
    assert "CDC growth charts 2000" in cdc
    assert ">+2<" not in cdc or "z-scores" in cdc


def test_a_child_born_early_is_compared_by_its_term(cast):
    child = a_child(cast, weeks="30")
    client, address = cast.client("doctor"), reverse("chart:growth", args=[child.id])
    corrected = client.get(address).content.decode()
    assert "Corrected for 30 weeks" in corrected
    assert "9 months" in corrected, "a year after birth ten weeks too early"
    since_birth = client.post(address, {"corrected": "0"}).content.decode()
    assert "12 months" in since_birth


def test_without_a_day_of_birth_or_readings_the_page_says_so(cast):
    client = cast.client("doctor")
    unknown = a_patient(cast, birth_date="2024", born_on="2024-01-01", gender="female")
    assert "not known exactly" in client.get(reverse("chart:growth", args=[unknown.id])).content.decode()
    grown = a_patient(cast)
    assert "No growth to show yet" in client.get(reverse("chart:growth", args=[grown.id])).content.decode()
    assert cast.client("receptionist").get(reverse("chart:growth", args=[grown.id])).status_code == 403


@pytest.mark.parametrize(
    ("born", "on", "words"),
    [
        (date(2024, 7, 26), date(2026, 7, 25), "23 months"),
        (date(2024, 7, 26), date(2026, 7, 26), "2 y 0 m"),
        (date(2023, 3, 1), date(2026, 3, 1), "3 y 0 m"),
        (date(2025, 1, 31), date(2025, 5, 30), "3 months"),
    ],
)
def test_a_child_is_two_on_the_second_birthday(born, on, words):
    assert age_words((on - born).days, on) == words
