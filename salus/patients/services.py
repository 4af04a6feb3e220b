"""Acts on patients."""

from uuid import UUID

from salus.core.act import Act


def start_care_relation(
    act: Act,
    *,
    patient_id: UUID,
    kind: str,
    source: str,
    practitioner_id: UUID | None = None,
    department_id: UUID | None = None,
) -> None:
    """Write down that somebody cares for the patient from now on; the same source does it once."""
    act.require("patients.relate")
    raise NotImplementedError
