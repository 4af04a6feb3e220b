"""A directory that speaks SAML 2: the web browser profile, asked by HTTP-Redirect and answered by HTTP-POST.

Sources: OASIS saml-core-2.0-os, saml-profiles-2.0-os (4.1.4), saml-metadata-2.0-os. Only what the directory signed is read, never
the document that it came in; an answer that this browser did not ask for is refused, and so is an encrypted one.
"""

import base64
import os
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree
from lxml.builder import ElementMaker
from signxml.algorithms import SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from salus.accounts.directories.common import (
    LEEWAY,
    LONGEST,
    Arrived,
    DirectoryFailed,
    Kept,
    ask,
    recall,
    remember,
    require_tls,
)

_PROTOCOL, _ASSERTION = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
_METADATA, _DSIG = "urn:oasis:names:tc:SAML:2.0:metadata", "http://www.w3.org/2000/09/xmldsig#"
_NAMES = {"p": _PROTOCOL, "a": _ASSERTION, "m": _METADATA, "d": _DSIG}
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
#: conditions that we understand (core, 2.5.1: one that is not understood makes the assertion worth nothing)
_UNDERSTOOD = {f"{{{_ASSERTION}}}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}
#: attributes that say how somebody is called: their OIDs (RFC 2798, 4519) and the names that AD FS and Entra ID give them
_CALLED = (
    "urn:oid:2.16.840.1.113730.3.1.241",
    "displayName",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.5.4.3",
    "cn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
)
#: what an answer may be signed with: never SHA-1, never a shared secret
_METHODS = frozenset(
    one for one in SignatureMethod if ("RSA_" in one.name or "ECDSA_" in one.name) and "SHA1" not in one.name
)
#: what is signed is written anew before its signature is known to be good, at a cost of elements times namespaces squared
_NAMESPACES = 40


@dataclass(frozen=True, slots=True)
class _Told:
    """What a directory's metadata says."""

    entity: str
    where: str
    certificates: tuple[x509.Certificate, ...]


@dataclass(slots=True)
class Saml:
    """One provider."""

    source: str
    entity: str
    subject: str
    name: str
    comes_by: str = "POST"
    _kept: Kept = field(default_factory=Kept)

    @classmethod
    def named(cls, source: str) -> Self:
        """By the environment (`SALUS_SAML_ENTITY_ID`, `_SUBJECT`, `_NAME`).

        :param source: where the directory's metadata is: an address, or a file
        :raises ValueError: for an address without TLS, except on this machine, and for a file that is not there
        """
        if "://" in source:
            require_tls(source)
        elif not Path(source).is_file():
            raise ValueError("SALUS_SAML_METADATA names no file that is here")
        told = {name: os.environ.get(f"SALUS_SAML_{name}", "") for name in ("ENTITY_ID", "SUBJECT", "NAME")}
        return cls(source, told["ENTITY_ID"], told["SUBJECT"], told["NAME"])

    def begin(self, session: Any, *, back: str, onward: str) -> str:
        """Where the browser goes, as `Directory` says."""
        known = self._known()
        asked = f"_{secrets.token_hex(24)}"  # an ID of XML begins with no digit
        remember(session, {"id": asked, "back": back, "next": onward})
        make = ElementMaker(namespace=_PROTOCOL, nsmap={"samlp": _PROTOCOL, "saml": _ASSERTION})
        request = make.AuthnRequest(
            ElementMaker(namespace=_ASSERTION).Issuer(self._us(back)),
            ID=asked,
            Version="2.0",
            IssueInstant=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            Destination=known.where,
            ProtocolBinding=_POST,
            AssertionConsumerServiceURL=back,
        )
        packed = zlib.compress(etree.tostring(request), wbits=-zlib.MAX_WBITS)
        told = urlencode({"SAMLRequest": base64.b64encode(packed).decode()})
        return f"{known.where}{'&' if '?' in known.where else '?'}{told}"

    def finish(self, session: Any, told: Any) -> tuple[Arrived, str]:
        """Who came back, as `Directory` says."""
        asked = recall(session)
        if not asked or "id" not in asked:
            raise DirectoryFailed("this browser asked for nothing")
        answer = _read(told.get("SAMLResponse", ""))
        known = self._known()
        try:
            assertion = _signed(answer, known)
        except DirectoryFailed:
            renewed = self._kept.renew("metadata", self._look)
            if renewed == known:
                raise
            known, assertion = renewed, _signed(answer, renewed)
        _require_meant(answer, assertion, known, asked)
        _require_in_force(assertion, self._us(asked["back"]))
        # the same letters may be the name of the same provider, and of somebody else there, in OpenID Connect
        return Arrived(f"saml:{known.entity}", self._subject(assertion), _called(assertion)), asked["next"]

    def metadata(self, back: str) -> bytes:
        """Salus as a service of the directory: its name there, and where it is answered."""
        make = ElementMaker(namespace=_METADATA, nsmap={"md": _METADATA})
        service = make.SPSSODescriptor(
            make.AssertionConsumerService(Binding=_POST, Location=back, index="0", isDefault="true"),
            protocolSupportEnumeration=_PROTOCOL,
            AuthnRequestsSigned="false",
            WantAssertionsSigned="true",
        )
        return bytes(
            etree.tostring(
                make.EntityDescriptor(service, entityID=self._us(back)), xml_declaration=True, encoding="UTF-8"
            )
        )

    def _us(self, back: str) -> str:
        return self.entity or f"{back.rsplit('/', 1)[0]}/metadata"

    def _subject(self, assertion: Any) -> str:
        """The name that stays: of the attribute that the hospital names, else the subject's."""
        if self.subject:
            found = assertion.xpath(
                "a:AttributeStatement/a:Attribute[@Name = $name]/a:AttributeValue", namespaces=_NAMES, name=self.subject
            )
        else:
            found = assertion.xpath("a:Subject/a:NameID", namespaces=_NAMES)
            if found and found[0].get("Format") == _TRANSIENT:
                raise DirectoryFailed(
                    "it names people anew each time: give it a name that stays, or SALUS_SAML_SUBJECT"
                )
        subject = _words(found[0]) if len(found) == 1 else ""
        if not 0 < len(subject) <= 255:
            raise DirectoryFailed("it does not say in one name who came")
        return subject

    def _known(self) -> _Told:
        return self._kept.get("metadata", self._look)  # type: ignore[no-any-return]

    def _look(self) -> _Told:
        try:
            found = ask("GET", self.source).content if "://" in self.source else Path(self.source).read_bytes()
        except OSError as error:
            raise DirectoryFailed("its metadata cannot be read") from error
        return _described(_parsed(found))


def _described(root: Any) -> _Told:
    """What the metadata of one provider says.

    :raises DirectoryFailed: if it says too little
    """
    provider = root.xpath("/m:EntityDescriptor/m:IDPSSODescriptor", namespaces=_NAMES)
    if len(provider) != 1:
        raise DirectoryFailed("the metadata describes no provider, or several")
    where = provider[0].xpath("m:SingleSignOnService[@Binding = $by]/@Location", namespaces=_NAMES, by=_REDIRECT)
    keys = provider[0].xpath(
        "m:KeyDescriptor[not(@use) or @use = 'signing']/d:KeyInfo/d:X509Data/d:X509Certificate", namespaces=_NAMES
    )
    try:
        certificates = tuple(x509.load_der_x509_certificate(base64.b64decode(one.text or "")) for one in keys)
        require_tls(where[0] if where else "")
    except ValueError as error:
        raise DirectoryFailed("the metadata names no good address or certificate") from error
    if not certificates:
        raise DirectoryFailed("the metadata names no certificate")
    return _Told(root.get("entityID", ""), str(where[0]), certificates)


def _read(told: str) -> Any:
    """The document that came.

    :raises DirectoryFailed: if it is none, or another
    """
    if len(told) > LONGEST:
        raise DirectoryFailed("the answer is too long")
    try:
        answer = _parsed(base64.b64decode("".join(told.split()), validate=True))
    except ValueError as error:
        raise DirectoryFailed("the answer is not in base 64") from error
    if answer.tag != f"{{{_PROTOCOL}}}Response" or answer.get("Version") != "2.0":
        raise DirectoryFailed("the answer is no response of SAML 2")
    status = answer.xpath("p:Status/p:StatusCode/@Value", namespaces=_NAMES)
    if status != [_SUCCESS]:
        raise DirectoryFailed(f"the directory refused: {status[:1]!r:.120}")
    return answer


def _parsed(text: bytes) -> Any:
    """XML without any declaration of a document's kind: no entities, nothing fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DirectoryFailed("what came is no XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DirectoryFailed("what came declares what it should not")
    in_scope = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        in_scope += 1 if event == "start-ns" else -1
        if in_scope > _NAMESPACES:
            raise DirectoryFailed("what came has more namespaces than any answer has")
    return root


def _signed(answer: Any, known: _Told) -> Any:
    """The one assertion as the directory signed it: by itself, or within the whole answer.

    :raises DirectoryFailed: if neither is signed with a key of the metadata
    """
    whole = answer.find("d:Signature", _NAMES) is not None
    location, text = "./" if whole else f"./{{{_ASSERTION}}}Assertion/", etree.tostring(answer)
    for certificate in known.certificates:
        expected = SignatureConfiguration(
            location=location,
            signature_methods=_METHODS,
            ignore_ambiguous_key_info=True,  # the key is the certificate's, whatever stands there
            # a key counts for as long as the metadata names it (SAML V2.0 Metadata Interoperability Profile, 2.6.1)
            verification_time=certificate.not_valid_before_utc,
        )
        try:
            checked: Any = XMLVerifier().verify(text, x509_cert=certificate, expect_config=expected)
        except (SignXMLException, UnsupportedAlgorithm, ValueError, TypeError, NotImplementedError, etree.Error):
            continue
        found = checked.signed_xml
        if whole and found is not None and found.tag == answer.tag:
            inside = found.findall("a:Assertion", _NAMES)
            found = inside[0] if len(inside) == 1 else None
        if found is not None and found.tag == f"{{{_ASSERTION}}}Assertion":
            return found
    raise DirectoryFailed("nothing in the answer is signed by the directory, or it is encrypted")


def _require_meant(answer: Any, assertion: Any, known: _Told, asked: dict[str, str]) -> None:
    """From this directory, to us, for what this browser asked (profiles, 4.1.4.3)."""
    issuers = [assertion.findtext("a:Issuer", None, _NAMES), answer.findtext("a:Issuer", known.entity, _NAMES)]
    if assertion.get("Version") != "2.0" or issuers != [known.entity] * 2:
        raise DirectoryFailed("the answer is another provider's")
    if (
        answer.get("InResponseTo", asked["id"]) != asked["id"]
        or answer.get("Destination", asked["back"]) != asked["back"]
    ):
        raise DirectoryFailed("the answer is to another request")
    bearers = assertion.xpath(
        "a:Subject/a:SubjectConfirmation[@Method = $bearer]/a:SubjectConfirmationData",
        namespaces=_NAMES,
        bearer=_BEARER,
    )
    if not any(
        one.get("InResponseTo") == asked["id"] and one.get("Recipient") == asked["back"] and _holds(one, must_end=True)
        for one in bearers
    ):
        raise DirectoryFailed("the subject is confirmed for another request, another place or another time")


def _require_in_force(assertion: Any, us: str) -> None:
    """Now, and for us (core, 2.5)."""
    conditions = assertion.findall("a:Conditions", _NAMES)
    if len(conditions) != 1 or not _holds(conditions[0]):
        raise DirectoryFailed("the assertion does not hold now")
    if any(one.tag not in _UNDERSTOOD for one in conditions[0].iterchildren("*")):
        raise DirectoryFailed("the assertion has a condition that is not understood")
    audiences = [
        [one.text for one in limit.findall("a:Audience", _NAMES)]
        for limit in conditions[0].findall("a:AudienceRestriction", _NAMES)
    ]
    if not audiences or any(us not in one for one in audiences):
        raise DirectoryFailed("the assertion was made for another program")
    proofs = assertion.findall("a:AuthnStatement", _NAMES)
    if not proofs or not all(_holds(one, ends="SessionNotOnOrAfter") for one in proofs):
        raise DirectoryFailed("nobody signed in there, or no longer is")


def _holds(element: Any, *, ends: str = "NotOnOrAfter", must_end: bool = False) -> bool:
    now, leeway = datetime.now(UTC), timedelta(seconds=LEEWAY)
    begins, ended = element.get("NotBefore"), element.get(ends)
    if must_end and ended is None:
        return False
    try:
        return (begins is None or _instant(begins) <= now + leeway) and (
            ended is None or now - leeway < _instant(ended)
        )
    except ValueError:
        return False


def _instant(text: str) -> datetime:
    """:raises ValueError: for no instant; one without a zone is UTC (core, 1.3.3)"""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _called(assertion: Any) -> str:
    said = {
        value.getparent().get("Name"): _words(value)
        for value in assertion.findall("a:AttributeStatement/a:Attribute/a:AttributeValue", _NAMES)
    }
    return next((said[name] for name in _CALLED if said.get(name)), "")[:120]


def _words(element: Any) -> str:
    """All of its text: what stands before a comment is not the whole of it."""
    return "".join(element.itertext(etree.Element)).strip(" \t\r\n")
