"""Acts of the laboratory."""

from uuid import UUID

from salus.core.act import Act


def open_request(act: Act, *, order_id: UUID) -> None:
    """Put an ordered test on the laboratory's worklist."""
    act.require("lab.open_request")
    raise NotImplementedError


def cancel_request(act: Act, *, order_id: UUID) -> None:
    """Take a stopped order off the worklist, while no specimen is under way."""
    act.require("lab.open_request")
    raise NotImplementedError
