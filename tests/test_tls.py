"""`salus serve --tls-cert`: what it speaks, what it refuses, and what browsers are told then."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from salus.config import tls
from salus.config.trouble import Trouble
from tests.ports import free_port
from tests.sweep.routes import forms_on

#: Mozilla's intermediate configuration (2024), as OpenSSL names its suites; for 1.3 its three
GOOD = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
}
OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]


def a_certificate(folder: Path, *, days: int = 30, name: str = "") -> tuple[Path, Path]:
    """A certificate of this machine that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Salus of a test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / f"cert{name}.pem", folder / f"key{name}.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


@dataclass
class Secure:
    """The server, and what it takes to believe it."""

    port: int
    cert: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=ssl.create_default_context(cafile=str(self.cert)), timeout=30)

    def shakes_hands(self, context: ssl.SSLContext) -> str:
        """The suite that is agreed on, or nothing."""
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain:
            try:
                with context.wrap_socket(plain) as secure:
                    return secure.cipher()[0]
            except (ssl.SSLError, OSError):
                return ""


@pytest.fixture
def secure(real_db: Any, salus_processes: Callable[..., Any], tmp_path: Path) -> Iterator[Secure]:
    cert, key = a_certificate(tmp_path)
    port = free_port()
    arguments = ["--port", str(port), "--workers", "1", "--tls-cert", str(cert), "--tls-key", str(key)]
    process = salus_processes("serve", *arguments, SALUS_DB_POOLED="1")
    server = Secure(port, cert)
    until = time.monotonic() + 120
    with server.browser() as browser:
        while True:
            assert process.poll() is None, "it did not come up"
            assert time.monotonic() < until
            try:
                browser.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
    return server


def a_context(version: ssl.TLSVersion, suites: str = "ALL:COMPLEMENTOFALL:@SECLEVEL=0") -> ssl.SSLContext:
    """A client that speaks one version, with every suite that OpenSSL has unless said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version, context.maximum_version = version, version
    if version != ssl.TLSVersion.TLSv1_3:
        context.set_ciphers(suites)
    return context


@pytest.mark.guarantee("B58")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_speaks_modern_tls_alone_and_browsers_are_told(secure, cast) -> None:
    """Versions, suites one by one, cookies, headers; and a sign-in works under them."""
    assert secure.shakes_hands(a_context(ssl.TLSVersion.TLSv1_3)) in GOOD
    assert secure.shakes_hands(a_context(ssl.TLSVersion.TLSv1_2)) in GOOD
    assert [version for version in OLD if secure.shakes_hands(a_context(version))] == []
    offered = {one["name"] for one in a_context(ssl.TLSVersion.TLSv1_2).get_ciphers()} - GOOD
    assert len(offered) > 20, "OpenSSL offers old suites to try"
    taken = [name for name in offered if secure.shakes_hands(_alone(name))]
    assert taken == [], "suites without forward secrecy or authenticated encryption"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{secure.port}/sign-in", timeout=5)
    _cookies_and_headers(secure)
    _a_sign_in_works(secure, cast)


def _alone(suite: str) -> ssl.SSLContext:
    return a_context(ssl.TLSVersion.TLSv1_2, f"{suite}:@SECLEVEL=0")


def _cookies_and_headers(secure: Secure) -> None:
    with secure.browser() as browser:
        page = browser.get("/sign-in")
        for path in ("/sign-in", "/no/such/page", "/healthz", "/fhir/metadata"):
            assert browser.get(path).headers["Strict-Transport-Security"].startswith("max-age=31536000"), path
    cookies = page.headers.get_list("Set-Cookie")
    assert cookies, "a page with a form has a token"
    for cookie in cookies:
        name, _, rest = cookie.partition("=")
        assert name.startswith("__Host-"), name
        assert {"secure", "path=/"} <= {part.strip().lower() for part in rest.split(";")}, cookie
        assert "domain=" not in rest.lower()


def _a_sign_in_works(secure: Secure, cast: Any) -> None:
    nurse = cast.user("nurse")
    nurse.set_password("a-long-word-of-a-nurse")
    nurse.save()
    with secure.browser() as browser:
        form = next(one for one in forms_on(browser.get("/sign-in").text, "/sign-in") if one.action == "/sign-in")
        typed = form.fields | {"username": nurse.username, "password": "a-long-word-of-a-nurse"}
        origin = {"Origin": secure.url, "Referer": f"{secure.url}/sign-in"}
        answer = browser.post("/sign-in", data=typed, headers=origin)
        assert answer.status_code == 302, answer.status_code
        assert any(one.startswith("__Host-salus=") for one in answer.headers.get_list("Set-Cookie"))
        forged = browser.post("/sign-in", data=typed, headers={"Origin": "https://evil.example"})
        assert forged.status_code == 403


# ---------------------------------------------------------------- before it starts


def test_a_certificate_without_its_key_is_one_line(tmp_path: Path) -> None:
    cert, key = a_certificate(tmp_path)
    _other, others = a_certificate(tmp_path, name="2")
    assert tls.certificate_of(None, None) is None
    assert tls.certificate_of(cert, key) == (cert, key)
    for pair, words in [((cert, None), "needs both"), ((None, key), "needs both"), ((cert, others), "no certificate"),
                        ((key, cert), "no certificate"), ((tmp_path / "none", key), "cannot be read")]:  # fmt: skip
        with pytest.raises(Trouble, match=words):
            tls.certificate_of(*pair)


@pytest.mark.parametrize(("days", "words"), [(30, ""), (7, "ends on"), (-1, "ended on")])
def test_the_last_day_of_a_certificate_is_told(tmp_path: Path, days: int, words: str) -> None:
    said = tls.expiry_words(a_certificate(tmp_path, days=days)[0])
    assert words in said
    assert bool(said) == bool(words)
