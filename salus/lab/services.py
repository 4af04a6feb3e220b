"""Acts of the laboratory."""

from collections.abc import Sequence
from uuid import UUID

from salus.core.act import Act


def open_requests(act: Act, *, order_ids: Sequence[UUID]) -> None:
    """Put ordered tests on the laboratory's worklist."""
    act.require("lab.open_request")
    raise NotImplementedError


def cancel_request(act: Act, *, order_id: UUID) -> None:
    """Take a stopped order off the worklist, while no specimen is under way."""
    act.require("lab.open_request")
    raise NotImplementedError
