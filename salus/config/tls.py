"""TLS by the web server itself: a certificate and its key, looked at before anything is started with them."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from salus.config.trouble import Trouble

_WARN_BEFORE = timedelta(days=14)


def certificate_of(cert: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """The certificate (with its chain) and its key, or None where TLS is left to a proxy.

    :raises Trouble: if only one is named, if one cannot be read, or if they do not belong together
    """
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise Trouble("TLS needs both a certificate and its key (--tls-cert, --tls-key)")
    for path in (cert, key):
        if not os.access(path, os.R_OK):
            raise Trouble(f"{path} cannot be read")
    try:
        # an empty password: a key that asks for one must be a line here, not a question at the console
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except (ssl.SSLError, ValueError, OSError) as error:
        raise Trouble(f"{cert} and {key} are no certificate and its key ({getattr(error, 'reason', error)})") from None
    return cert.absolute(), key.absolute()


def expiry_words(cert: Path) -> str:
    """What a person should know of the certificate's last day; empty while that is far."""
    ends = x509.load_pem_x509_certificate(cert.read_bytes()).not_valid_after_utc
    now = datetime.now(UTC)
    if ends < now:
        return f"the certificate {cert} ended on {ends:%Y-%m-%d}: browsers refuse it"
    return f"the certificate {cert} ends on {ends:%Y-%m-%d}" if ends < now + _WARN_BEFORE else ""
