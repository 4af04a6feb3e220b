"""Files that go along, as one text to be sealed."""

import base64
from collections.abc import Sequence

import msgspec

from salus.messaging.rules.people import Attachment, Channel


class Other(msgspec.Struct, frozen=True):
    """The second way of a message: where it goes and what it says there, if the first one fails for good."""

    channel: Channel
    address: str
    subject: str
    body: str
    #: as `packed` made it
    files: str = ""


def packed(files: Sequence[Attachment]) -> str:
    """Files as JSON text."""
    rows = [(one.name, one.media_type, base64.b64encode(one.content).decode()) for one in files]
    return msgspec.json.encode(rows).decode()


def unpacked(text: str) -> list[Attachment]:
    """Files from the text that `packed` made."""
    rows = msgspec.json.decode(text, type=list[tuple[str, str, str]])
    return [Attachment(name, kind, base64.b64decode(content)) for name, kind, content in rows]
