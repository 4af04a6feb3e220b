"""A directory that speaks SAML 2, written by others: pysaml2 as identity provider, with xmlsec1 for its signatures.

It runs in the environment of the peers, with its own files in one folder:

    python saml_provider.py make FOLDER               its key and its metadata (idp.xml)
    python saml_provider.py answer FOLDER ADDRESS HOW  what it says to the request in this address; reads our metadata (sp.xml)
"""

import base64
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, NameID
from saml2.server import Server
from saml2.sigver import get_xmlsec_binary

ISSUER, WHERE = "https://directory.example/idp", "https://directory.example/sso"
DAY = timedelta(days=1)


def config_of(folder: Path, ours: Path | None) -> IdPConfig:
    """pysaml2's settings; `ours` is the metadata of the service that it answers."""
    return IdPConfig().load(
        {
            "entityid": ISSUER,
            "xmlsec_binary": get_xmlsec_binary(["/usr/bin", "/usr/local/bin"]),
            "key_file": str(folder / "key.pem"),
            "cert_file": str(folder / "cert.pem"),
            "metadata": {"local": [str(ours)]} if ours else {},
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [(WHERE, BINDING_HTTP_REDIRECT)]},
                    "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
                    "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                }
            },
        }
    )


def make(folder: Path) -> None:
    """Its key, its certificate and its metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(65537, 2048)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "directory.example")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - DAY, now + DAY)
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    (folder / "idp.xml").write_bytes(create_metadata_string(None, config=config_of(folder, None)))


def answer(folder: Path, address: str, how: str) -> str:
    """A response in base 64, signed as `how` says: `assertion`, `response`, `both`, `none`; `transient`: for a name for once."""
    server = Server(config=config_of(folder, folder / "sp.xml"))
    sent = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    request = server.parse_authn_request(sent, BINDING_HTTP_REDIRECT).message
    told = server.response_args(request, [BINDING_HTTP_POST])
    said = server.create_authn_response(
        identity={"displayName": "Chidi Okoye", "uid": "cokoye"},
        in_response_to=told["in_response_to"],
        destination=told["destination"],
        sp_entity_id=told["sp_entity_id"],
        name_id=NameID(
            format=NAMEID_FORMAT_TRANSIENT if how == "transient" else NAMEID_FORMAT_PERSISTENT, text="okoye"
        ),
        authn={"class_ref": PASSWORDPROTECTEDTRANSPORT, "authn_auth": ISSUER},
        sign_assertion=how in ("assertion", "both", "transient"),
        sign_response=how in ("response", "both"),
        sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
    )
    return base64.b64encode(str(said).encode()).decode()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        print(answer(Path(sys.argv[2]), *sys.argv[3:5]))
