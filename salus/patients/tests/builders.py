"""Plain builders of patients for any room's tests."""

from typing import Any

from salus.core.act import Act
from salus.patients.models import Patient
from salus.patients.services import register_patient


def a_patient(act: Act, **changes: Any) -> Patient:
    """Ann Ash, or somebody else: `a_patient(cast.almighty(), family="Bello", given="Ben")`."""
    values: dict[str, Any] = {"family": "Ash", "given": "Ann", "gender": "female", "birth_date": "1964-03-14"}
    return register_patient(act, **(values | changes))
