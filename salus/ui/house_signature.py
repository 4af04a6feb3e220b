"""The house's own signature in a PDF (PAdES, ETSI EN 319 142): whoever gets the file sees from whom it is, and that it is whole.

What a person signed here says so in words and in the record; this is the seal of the house on the paper that says it. The
certificate is the hospital's (`SALUS_PAPERS_P12`), or one that Salus makes and signs itself when it is first needed: then
a reader compares its fingerprint, as nobody else vouches for it.
"""

from __future__ import annotations

import fcntl
import io
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings

from salus.core import durable

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

#: so long does a certificate hold that we make ourselves
_HOLDS = timedelta(days=3653)


def signed(paper: bytes, *, house: str) -> bytes:
    """The PDF with the house's signature on its whole content; as it is where the hospital's certificate cannot be used.

    A paper that somebody waits for comes out all the same, and shows that it carries no signature; `salus check` says why.

    :param house: the name that stands on the paper
    """
    # it takes a second and thirty megabytes to load: only who prints a document pays for it
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign import signers  # noqa: PLC0415
    from pyhanko.sign.fields import SigSeedSubFilter  # noqa: PLC0415

    try:
        signer = _signer(house)
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).error("papers go out unsigned: %s", type(error).__name__)  # noqa: TRY400 - a path, no more
        return paper
    told = signers.PdfSignatureMetadata(
        field_name="House", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", name=house
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(paper))
    # it runs an event loop of its own, which a thread that has one already refuses
    with ThreadPoolExecutor(1) as alone:
        return bytes(alone.submit(signers.sign_pdf, writer, told, signer=signer).result().getvalue())


def certificate() -> x509.Certificate | None:
    """The certificate that papers are signed with; none where none was ever needed.

    :raises OSError, ValueError: if the hospital's own cannot be read
    """
    if not settings.SALUS_PAPERS_P12 and not Path(settings.SALUS_PAPERS_KEY).exists():
        return None
    return _read(*_place())[0]


def signs_with() -> str:
    """The fingerprint of the certificate that papers are signed with; empty where there is none, or none that can be read."""
    try:
        held = certificate()
    except (OSError, ValueError):
        return ""
    return fingerprint(held) if held else ""


def fingerprint(of: x509.Certificate) -> str:
    """SHA-256 of a certificate as people compare it: `4F:1A:...`."""
    return of.fingerprint(hashes.SHA256()).hex(":").upper()


def _place() -> tuple[Path, bytes | None]:
    if settings.SALUS_PAPERS_P12:
        password = settings.SALUS_PAPERS_P12_PASSWORD
        return Path(settings.SALUS_PAPERS_P12), password.encode() if password else None
    return Path(settings.SALUS_PAPERS_KEY), None


def _read(place: Path, password: bytes | None) -> tuple[x509.Certificate, bytes]:
    """The certificate, and the whole file as it lies there."""
    content = place.read_bytes()
    key, own, _others = pkcs12.load_key_and_certificates(content, password)
    if key is None or own is None:
        raise ValueError("no key or no certificate in it")
    return own, content


def _signer(house: str) -> SimpleSigner:
    place, password = _place()
    if not settings.SALUS_PAPERS_P12 and not place.exists():
        _make(place, house)
    return _loaded(place, password, place.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _loaded(place: Path, password: bytes | None, _changed: int) -> SimpleSigner:
    """Read once; a renewed certificate is another file, or the same at another time."""
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415

    made: SimpleSigner | None = SimpleSigner.load_pkcs12_data(
        _read(place, password)[1], other_certs=[], passphrase=password
    )
    if made is None:
        raise ValueError("no key of a kind that signs")
    return made


def _make(place: Path, house: str) -> None:
    """A key (P-256) and its own certificate, in the name that stands on the first paper; of several at once one stays."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if place.exists():
            return
        key = ec.generate_private_key(ec.SECP256R1())
        content = pkcs12.serialize_key_and_certificates(b"papers", key, _own(key, house), None, NoEncryption())
        durable.write_first(place, content)


def _own(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, house: str) -> x509.Certificate:
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, house[:64]), x509.NameAttribute(NameOID.COMMON_NAME, house[:64])]
    )
    now = datetime.now(UTC)
    uses = {"digital_signature": True, "content_commitment": True}
    others = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign")
    usage = x509.KeyUsage(**uses, **dict.fromkeys((*others, "encipher_only", "decipher_only"), False))
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _HOLDS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
