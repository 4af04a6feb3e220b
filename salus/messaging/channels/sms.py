"""SMS by a gateway that speaks HTTP, as nearly all do: what it wants is said by the settings, not by a program."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from salus.messaging.channels.answers import Answer, Parcel

_BUSY = (429, 503)
_SETTINGS = (401, 403, 404, 405, 407)
_GAP = re.compile(r"\{(to|text|id)\}")
_MOST_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """A gateway. `{to}`, `{text}` and `{id}` in the body take the number, the text and our id of the message.

    :ivar body: JSON if the content type says so, else what a form sends; each value is quoted as that wants it
    :ivar receipt: the path in the answer's JSON at which the gateway's own id stands (`messages.0.id`)
    :ivar is_safe_to_repeat: whether the gateway sends one `{id}` only once; then an unknown fate is tried again
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = '{"to": "{to}", "text": "{text}"}'
    receipt: str = ""
    timeout: float = 15.0
    is_safe_to_repeat: bool = False
    way: str = "http"

    def send(self, parcel: Parcel) -> Answer:
        """Hand it to the gateway; a number or text never gets into an error or a log."""
        try:
            answer = httpx.request(
                self.method,
                self.url,
                content=self._body(parcel),
                headers={"Content-Type": "application/json", **self.headers},
                timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, 5.0)),
                follow_redirects=False,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            return Answer("down", type(error).__name__)
        except httpx.HTTPError as error:
            return Answer("unknown", type(error).__name__)  # it was told, and nobody heard the answer
        return self._meaning(answer)

    def _body(self, parcel: Parcel) -> bytes:
        is_json = "json" in {name.lower(): value for name, value in self.headers.items()}.get("content-type", "json")
        values = {"to": parcel.address, "text": parcel.body, "id": str(parcel.id)}
        quoted = {name: json.dumps(one)[1:-1] if is_json else quote(one, safe="") for name, one in values.items()}
        return _GAP.sub(lambda found: quoted[found[1]], self.body).encode()

    def _meaning(self, answer: httpx.Response) -> Answer:
        status = answer.status_code
        if answer.is_success:
            return Answer("sent", receipt=self._receipt(answer))
        if status in _BUSY:
            return Answer("down", f"http-{status}", wait=_retry_after(answer))
        if status in _SETTINGS:
            return Answer("down", f"http-{status}")  # ours to mend: no message is lost for it
        if answer.is_client_error:
            return Answer("refused", f"http-{status}")
        return Answer("unknown", f"http-{status}")

    def _receipt(self, answer: httpx.Response) -> str:
        try:
            found: Any = answer.json() if self.receipt else ""
            for part in self.receipt.split(".") if self.receipt else ():
                found = found[int(part)] if isinstance(found, list) else found[part]
        except (ValueError, KeyError, IndexError, TypeError):
            return ""
        return str(found)[:100]


def _retry_after(answer: httpx.Response) -> timedelta | None:
    said = answer.headers.get("Retry-After", "")
    return min(timedelta(seconds=int(said)), _MOST_WAIT) if said.isascii() and said.isdigit() else None
