"""What a link leads to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Linked:
    """The row that a key leads to. `digests` are of what was received for it; None where nothing came yet."""

    row_id: str
    type: str
    digests: tuple[bytes, ...] | None
    row_version: int

    @property
    def is_stored(self) -> bool:
        return self.digests is not None
