"""Plain builders of cover for any room's tests."""

from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.coverage.models import Coverage
from salus.coverage.services import record_coverage


def a_coverage(act: Act, patient_id: UUID, **changes: Any) -> Coverage:
    """Cover by an insurer that is only a name."""
    values: dict[str, Any] = {"payer_name": "Northern Health Fund", "member_number": "NHF 1", "kind": "PUBLICPOL"}
    return record_coverage(act, patient_id=patient_id, **(values | changes))
