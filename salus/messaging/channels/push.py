"""Web push: a browser is told that there is something. Sealed for the browser (RFC 8291), signed by the hospital (RFC 8292).

What is sealed says no more than "you have a message": it is shown on locked screens, and read behind the door.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import ECKey

from salus.core import durable
from salus.messaging.channels.answers import Answer, Browser, Parcel
from salus.messaging.rules.endpoints import decoded, encoded, is_endpoint

_GONE = (404, 410)
#: a push service keeps it so long for a browser that is off; seconds
KEPT = 24 * 3600
_SIGNED_FOR = 12 * 3600
_RECORD = 4096
_POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


@dataclass(frozen=True, slots=True)
class WebPush:
    """The browsers' push services; `contact` is whom they ask when something is wrong."""

    key_file: Path
    contact: str
    timeout: float = 10.0
    way: str = "push"
    #: a nudge that comes twice takes the place of the first (its topic is the same)
    is_safe_to_repeat: bool = True
    may_go_to: Callable[[str], bool] = field(default=is_endpoint, repr=False)

    def send(self, parcel: Parcel) -> Answer:
        """Tell all browsers of the person; told is who was told at one of them."""
        answers = [(one.id, self._tell(one, parcel)) for one in parcel.browsers]
        gone = tuple(one for one, answer in answers if answer.problem == "gone")
        for fate in ("sent", "unknown", "later", "down"):
            for _one, answer in answers:
                if answer.fate == fate:
                    return Answer(answer.fate, answer.problem, wait=answer.wait, gone=gone)
        return Answer("refused", answers[0][1].problem if answers else "gone", gone=gone)

    def _tell(self, browser: Browser, parcel: Parcel) -> Answer:
        if not self.may_go_to(browser.endpoint):
            return Answer("refused", "gone")
        try:
            answer = httpx.post(
                browser.endpoint,
                content=sealed(json.dumps({"body": parcel.body}).encode(), browser),
                headers={
                    "Authorization": self._signature(browser.endpoint),
                    "Content-Type": "application/octet-stream",
                    "Content-Encoding": "aes128gcm",
                    "TTL": str(KEPT),
                    "Urgency": "normal",
                    "Topic": encoded(parcel.id.bytes),
                },
                timeout=self.timeout,
                follow_redirects=False,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return Answer("down", type(error).__name__)
        except httpx.HTTPError as error:
            return Answer("unknown", type(error).__name__)
        except ValueError:
            return Answer("refused", "gone")  # keys that are none
        if answer.is_success:
            return Answer("sent")
        if answer.status_code in _GONE:
            return Answer("refused", "gone")
        is_later = answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error
        return Answer("later" if is_later else "refused", f"push-{answer.status_code}")

    def _signature(self, endpoint: str) -> str:
        key = signing_key(self.key_file)
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + _SIGNED_FOR,
            "sub": self.contact,
        }
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(pem))
        return f"vapid t={token}, k={encoded(key.public_key().public_bytes(*_POINT))}"


def signing_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The hospital's key by which push services know it, made once; mode 0600."""
    if not path.exists():
        fresh = ec.generate_private_key(ec.SECP256R1())
        pem = fresh.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        durable.write_first(path, pem)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def public_key(path: Path) -> str:
    """What a browser asks for when it subscribes (`applicationServerKey`)."""
    return encoded(signing_key(path).public_key().public_bytes(*_POINT))


def sealed(
    content: bytes, browser: Browser, *, own: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The content as only that browser can read it (RFC 8291), one record.

    :raises ValueError: if the browser's key is no point of the curve
    """
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    theirs_raw, secret = (decoded(one) for one in browser.keys.split(" "))
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs_raw)
    ours = own.public_key().public_bytes(*_POINT)
    shared = own.exchange(ec.ECDH(), theirs)
    ikm = _derived(secret, b"WebPush: info\0" + theirs_raw + ours, 32, shared)
    key = _derived(salt, b"Content-Encoding: aes128gcm\0", 16, ikm)
    nonce = _derived(salt, b"Content-Encoding: nonce\0", 12, ikm)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, content + b"\x02", None)


def _derived(salt: bytes, info: bytes, length: int, secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
