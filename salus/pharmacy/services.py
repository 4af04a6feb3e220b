"""Acts of the pharmacy."""

from collections.abc import Sequence
from uuid import UUID

from salus.core.act import Act


def open_prescriptions(act: Act, *, order_ids: Sequence[UUID]) -> None:
    """Put medicine orders on the pharmacy's worklist."""
    act.require("pharmacy.open_prescription")
    raise NotImplementedError


def cancel_prescription(act: Act, *, order_id: UUID) -> None:
    """Take a stopped order off the worklist."""
    act.require("pharmacy.open_prescription")
    raise NotImplementedError
