"""Answers of a directory that speaks SAML, made and signed as one would."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod, XMLSigner
from signxml.algorithms import SignatureConstructionMethod as Method

from salus.accounts.directories import saml as room

HERE, US = "http://testserver/sign-in/directory/answer", "http://testserver/sign-in/directory/metadata"
ISSUER, WHERE = "https://directory.example/idp", "https://directory.example/sso?tenant=1"
P, A = room._PROTOCOL, room._ASSERTION
NAMES = {"p": P, "a": A, "d": room._DSIG}


class Signer(XMLSigner):
    """One that also signs with what nobody should sign with any more."""

    def check_deprecated_methods(self):
        pass


def a_key(days=0):
    """A key and its certificate, as a directory makes them for itself, so many days from now."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "directory")])
    now, day = datetime.now(UTC) + timedelta(days=days), timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1000, now - day, now + day)
    return key, made.sign(key, hashes.SHA256())


def described(*certificates):
    """A provider's metadata."""
    said = "".join(
        f'<KeyDescriptor use="signing"><d:KeyInfo><d:X509Data><d:X509Certificate>{encoded(one)}</d:X509Certificate>'
        "</d:X509Data></d:KeyInfo></KeyDescriptor>"
        for one in certificates
    )
    return (
        f'<EntityDescriptor xmlns="{room._METADATA}" xmlns:d="{room._DSIG}" entityID="{ISSUER}">'
        f'<IDPSSODescriptor protocolSupportEnumeration="{P}">{said}'
        f'<SingleSignOnService Binding="{room._REDIRECT}" Location="{WHERE}"/></IDPSSODescriptor></EntityDescriptor>'
    )


def encoded(certificate):
    """As metadata and signatures carry it."""
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def asked(address):
    """The request in it."""
    packed = base64.b64decode(parse_qs(urlsplit(address).query)["SAMLRequest"][0])
    return etree.fromstring(zlib.decompress(packed, wbits=-zlib.MAX_WBITS))


def at(minutes):
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def an_answer(request):
    """What a provider says when all is well, not signed yet."""
    said = f"""<p:Response xmlns:p="{P}" xmlns:a="{A}" ID="r1" Version="2.0" IssueInstant="{at(0)}"
      InResponseTo="{request}" Destination="{HERE}"><a:Issuer>{ISSUER}</a:Issuer>
      <p:Status><p:StatusCode Value="{room._SUCCESS}"/></p:Status>
      <a:Assertion ID="a1" Version="2.0" IssueInstant="{at(0)}"><a:Issuer>{ISSUER}</a:Issuer>
        <a:Subject><a:NameID>okoye</a:NameID><a:SubjectConfirmation Method="{room._BEARER}">
          <a:SubjectConfirmationData NotOnOrAfter="{at(5)}" Recipient="{HERE}" InResponseTo="{request}"/>
        </a:SubjectConfirmation></a:Subject>
        <a:Conditions NotBefore="{at(0)}" NotOnOrAfter="{at(5)}">
          <a:AudienceRestriction><a:Audience>{US}</a:Audience></a:AudienceRestriction></a:Conditions>
        <a:AuthnStatement AuthnInstant="{at(0)}" SessionNotOnOrAfter="{at(60)}"/>
        <a:AttributeStatement><a:Attribute Name="displayName"><a:AttributeValue>Chidi Okoye</a:AttributeValue></a:Attribute>
          <a:Attribute Name="uid"><a:AttributeValue>cokoye</a:AttributeValue></a:Attribute></a:AttributeStatement>
      </a:Assertion></p:Response>"""
    return etree.fromstring(said)


def signed(answer, key, *, part="a1", how=SignatureMethod.RSA_SHA256, digest=DigestAlgorithm.SHA256):
    """The same with a signature of the part (`a1`: the assertion, `r1`: the whole)."""
    signer = Signer(
        method=Method.enveloped, signature_algorithm=how, digest_algorithm=digest,
        c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
    )  # fmt: skip
    private, certificate = key
    target = answer.xpath(f"descendant-or-self::*[@ID = '{part}']")[0]
    done = signer.sign(target, key=private, cert=[certificate], reference_uri=f"#{part}")
    if target is answer:
        return done
    answer.replace(target, done)
    return answer
