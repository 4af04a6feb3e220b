"""What the boxes of problems and allergies offer for what is typed."""

import pytest
from django.urls import reverse

from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_the_box_of_problems_speaks_as_people_do(cast: Cast) -> None:
    answer = cast.client("doctor").post(reverse("chart:find_condition"), {"q": "heart attack"})
    page = answer.content.decode()
    assert page.index("I21.9 · heart attack") < page.index("I25.2")


def test_the_box_of_problems_says_that_there_is_nothing(cast: Cast) -> None:
    answer = cast.client("doctor").post(reverse("chart:find_condition"), {"q": "qqqq"})
    assert "Nothing in ICD-10-CM" in answer.content.decode()


def test_the_box_of_allergies_offers_classes(cast: Cast) -> None:
    answer = cast.client("nurse").post(reverse("chart:find_allergen"), {"q": "penic"})
    assert "Penicillins" in answer.content.decode()
