"""Signing in through a directory that speaks SAML 2: a provider that others wrote, and everything that must let nobody in."""

import base64
import copy
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from lxml import etree
from signxml import SignatureMethod
from signxml.algorithms import SignatureConstructionMethod as Method

from salus.accounts import directories, shell
from salus.accounts.directories import common
from salus.accounts.directories import saml as room
from salus.accounts.models import DirectoryArrival, DirectoryLink, Session
from salus.accounts.tests.builders import (
    HERE,
    ISSUER,
    NAMES,
    US,
    WHERE,
    A,
    P,
    Signer,
    a_key,
    an_answer,
    asked,
    at,
    described,
    signed,
)  # fmt: skip
from salus.accounts.tests.test_sessions import PASSWORD, people, shared_workstation, signed_in  # noqa: F401 - a fixture
from tests.cast import form_key
from tests.peers import saml as peer

ANSWER, BACK = "/sign-in/directory/answer", "/sign-in/directory/back"
LONGEST = directories.LONGEST


@pytest.fixture(scope="module")
def keys():
    """The directory's, the one that it will have next, and a stranger's."""
    return [a_key() for _ in range(3)]


@pytest.fixture
def directory(keys, monkeypatch, tmp_path):
    """The provider's metadata, which the hospital has as a file."""
    file = tmp_path / "idp.xml"
    file.write_text(described(keys[0][1]))
    use(monkeypatch, file)
    yield file
    directories.directory.cache_clear()


def use(monkeypatch, source):
    monkeypatch.setenv("SALUS_SAML_METADATA", str(source))
    directories.directory.cache_clear()


def go(client, onward=""):
    """To the provider: the address that the browser is sent to."""
    sent = client.get("/sign-in/directory", {"next": onward})
    assert sent.status_code == 302
    return sent.headers["Location"]


def bring(client, answer):
    """The way back, as a browser goes it: from the provider's page, which brings no cookie, then from ours."""
    text = answer if isinstance(answer, str) else base64.b64encode(etree.tostring(answer)).decode()
    page = Client(enforce_csrf_checks=True).post(ANSWER, {"SAMLResponse": text})
    assert page.status_code == 200
    assert not page.cookies, "what another site's page sends changes nothing in this browser"
    return client.post(ANSWER, {"SAMLResponse": text, "again": "1"})


def test_somebody_of_the_directory_is_linked_by_hand_and_then_comes_in(cast, directory, keys):
    assert b"/sign-in/directory" in Client().get("/sign-in").content
    client = Client()
    address = go(client)
    request = asked(address)
    assert address.startswith(f"{WHERE}&SAMLRequest=")
    assert request.get("AssertionConsumerServiceURL") == HERE
    assert request.findtext(f"{{{A}}}Issuer") == US
    answer = bring(client, signed(an_answer(request.get("ID")), keys[0]))
    assert answer.status_code == 422
    assert b"administrator" in answer.content
    arrival = DirectoryArrival.objects.get()
    assert (arrival.issuer, arrival.subject, arrival.name) == (f"saml:{ISSUER}", "okoye", "Chidi Okoye")
    sent = form_key(arrival_id=str(arrival.id), user_id=str(cast.user("doctor").id))
    assert cast.client("administrator").post("/directory/link", sent).status_code == 303
    request = asked(go(client, "/security"))
    answer = bring(client, signed(an_answer(request.get("ID")), keys[0]))
    assert answer.headers["Location"] == "/security"
    assert b"Chidi Okoye" in client.get("/security").content


@pytest.mark.skipif(
    not peer.IS_THERE, reason="xmlsec1 or pysaml2 is not there: `apt install xmlsec1`, `make .cache/peers/ready`"
)
@pytest.mark.parametrize("how", ["assertion", "response", "both"])
def test_a_provider_that_others_wrote_is_understood(db, monkeypatch, tmp_path, how):
    """pysaml2 reads our metadata and our request; xmlsec1 signs what it answers."""
    peer.tell("make", tmp_path)
    use(monkeypatch, tmp_path / "idp.xml")
    client = Client()
    (tmp_path / "sp.xml").write_bytes(client.get("/sign-in/directory/metadata").content)
    assert bring(client, peer.tell("answer", tmp_path, go(client), how)).status_code == 422
    assert DirectoryArrival.objects.get().subject == "okoye"
    for wrong in ("none", "transient"):
        assert bring(client, peer.tell("answer", tmp_path, go(client), wrong)).status_code == 422
    assert DirectoryArrival.objects.count() == 1
    directories.directory.cache_clear()


@pytest.mark.parametrize("parts", [["a1"], ["r1"], ["a1", "r1"]], ids="+".join)
def test_the_assertion_the_whole_answer_or_both_are_signed(db, directory, keys, parts):
    client = Client()
    answer = an_answer(asked(go(client)).get("ID"))
    for part in parts:
        answer = signed(answer, keys[0], part=part)
    bring(client, answer)
    assert DirectoryArrival.objects.get().subject == "okoye"


def said(path, **told):
    """Another value at a place of the assertion, before it is signed; None takes it away."""

    def change(answer):
        for one in answer.xpath(path, namespaces=NAMES):
            for name, value in told.items():
                if name == "text":
                    one.text = value
                elif value is None:
                    one.attrib.pop(name)
                else:
                    one.set(name, value)

    return change


def without(path):
    def change(answer):
        for one in answer.xpath(path, namespaces=NAMES):
            one.getparent().remove(one)

    return change


def with_more(path, text):
    def change(answer):
        answer.xpath(path, namespaces=NAMES)[0].append(etree.fromstring(text))

    return change


DATA, CONDITIONS = "//a:SubjectConfirmationData", "//a:Conditions"
WRONG = {
    "another audience": said("//a:Audience", text="https://another.example"),
    "no audience": without("//a:AudienceRestriction"),
    "an audience of another's besides": with_more(
        CONDITIONS,
        f'<AudienceRestriction xmlns="{A}"><Audience>https://another.example</Audience></AudienceRestriction>',
    ),
    "no conditions": without(CONDITIONS),
    "a condition nobody knows": with_more(CONDITIONS, f'<Condition xmlns="{A}"/>'),
    "over": said(CONDITIONS, NotOnOrAfter=at(-2)),
    "not yet": said(CONDITIONS, NotBefore=at(24 * 60)),  # made when the tests are gathered
    "no time": said(CONDITIONS, NotBefore="soon"),
    "to another place": said(DATA, Recipient="https://another.example/answer"),
    "to no place": said(DATA, Recipient=None),
    "to another request": said(DATA, InResponseTo="_another"),
    "to no request": said(DATA, InResponseTo=None),
    "confirmed until before": said(DATA, NotOnOrAfter=at(-2)),
    "confirmed for ever": said(DATA, NotOnOrAfter=None),
    "confirmed otherwise": said("//a:SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"),
    "not confirmed": without("//a:SubjectConfirmation"),
    "another issuer": said("//a:Issuer", text="https://another.example"),
    "another version": said("//a:Assertion", Version="1.1"),
    "nobody": without("//a:NameID"),
    "an empty name": said("//a:NameID", text=" "),
    "two names": with_more("//a:Subject", f'<NameID xmlns="{A}">admin</NameID>'),
    "a name for once": said("//a:NameID", Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
    "signed out": said("//a:AuthnStatement", SessionNotOnOrAfter=at(-2)),
    "never signed in": without("//a:AuthnStatement"),
    "refused": said("//p:StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Responder"),
    "the answer to another request": said("/p:Response", InResponseTo="_another"),
    "the answer to another place": said("/p:Response", Destination="https://another.example/answer"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("part", ["a1", "r1"])
def test_an_answer_that_does_not_hold_lets_nobody_in(db, directory, keys, wrong, part):
    """Each word that is asked for is asked for: one that is wrong is enough to refuse, however well it is signed."""
    client = Client()
    answer = an_answer(asked(go(client)).get("ID"))
    WRONG[wrong](answer)
    assert bring(client, signed(answer, keys[0], part=part)).status_code == 422
    assert not DirectoryArrival.objects.exists()


def test_who_signed_is_asked_for(db, directory, keys):
    """A stranger's key, no signature, a weak one, and what was changed after it."""
    client = Client()

    def changed(one):
        done = signed(one, keys[0])
        done.xpath("//a:NameID", namespaces=NAMES)[0].text = "admin"
        return done

    for make in (lambda one: one, lambda one: signed(one, keys[2]), changed):
        assert bring(client, make(an_answer(asked(go(client)).get("ID")))).status_code == 422
    weak = signed(an_answer(asked(go(client)).get("ID")), keys[0], how=SignatureMethod.RSA_SHA1)
    assert bring(client, weak).status_code == 422
    shared = an_answer(asked(go(client)).get("ID"))
    secret = keys[0][1].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signer = Signer(method=Method.enveloped, signature_algorithm=SignatureMethod.HMAC_SHA256)
    assert bring(client, signer.sign(shared, key=secret, reference_uri="#r1")).status_code == 422
    assert not DirectoryArrival.objects.exists()


def wrapped(answer):
    """Eight ways to put somebody else beside what was signed (Somorovsky et al., USENIX Security 2012)."""
    real = answer.find(f"{{{A}}}Assertion")
    for place in ("before", "after", "inside", "in the signature", "in extensions", "same ID", "around", "the whole"):
        whole = copy.deepcopy(answer)
        good = whole.find(f"{{{A}}}Assertion")
        evil = copy.deepcopy(real)
        evil.remove(evil.find(f"{{{room._DSIG}}}Signature"))
        evil.set("ID", "a1" if place == "same ID" else "evil")
        evil.find(f"{{{A}}}Subject/{{{A}}}NameID").text = "admin"
        if place in ("before", "same ID"):
            good.addprevious(evil)
        elif place == "after":
            good.addnext(evil)
        elif place == "inside":
            whole.replace(good, evil)
            evil.append(good)
        elif place == "in the signature":
            signature = good.find(f"{{{room._DSIG}}}Signature")
            kept = copy.deepcopy(good)
            kept.remove(kept.find(f"{{{room._DSIG}}}Signature"))
            etree.SubElement(signature, f"{{{room._DSIG}}}Object").append(kept)
            whole.replace(good, evil)
            evil.insert(1, signature)
        elif place == "in extensions":
            etree.SubElement(whole, f"{{{P}}}Extensions").append(copy.deepcopy(good))
            signature = good.find(f"{{{room._DSIG}}}Signature")
            whole.replace(good, evil)
            evil.insert(1, signature)
        elif place == "around":
            signature = good.find(f"{{{room._DSIG}}}Signature")
            whole.replace(good, evil)
            evil.insert(1, signature)
            signature.append(etree.Element(f"{{{room._DSIG}}}Object"))
            signature[-1].append(copy.deepcopy(real))
        else:
            outer = copy.deepcopy(whole)
            outer.set("ID", "r2")
            outer.find(f"{{{A}}}Assertion/{{{A}}}Subject/{{{A}}}NameID").text = "admin"
            outer.append(whole)
            whole = outer
        yield place, whole


def test_what_was_put_beside_the_signed_part_is_never_read(db, directory, keys):
    """Protects from signature wrapping: what counts is what was signed, wherever it stands."""
    client = Client()
    places = []
    for number in range(8):
        answer = signed(an_answer(asked(go(client)).get("ID")), keys[0])
        place, forged = list(wrapped(answer))[number]
        places.append(place)
        assert bring(client, forged).status_code == 422
    assert len(set(places)) == 8
    assert set(DirectoryArrival.objects.values_list("subject", flat=True)) <= {"okoye"}


def test_a_comment_cuts_no_name_in_two(db, directory, keys):
    """Protects from `admin<!---->.evil`, which some readers of XML take for `admin` (CVE-2017-11427 and the like)."""
    client = Client()
    answer = an_answer(asked(go(client)).get("ID"))
    answer.xpath("//a:NameID", namespaces=NAMES)[0].text = "okoye.evil"
    done = etree.tostring(signed(answer, keys[0])).replace(b"okoye.evil", b"okoye<!-- -->.evil")
    bring(client, base64.b64encode(done).decode())
    assert DirectoryArrival.objects.get().subject == "okoye.evil"


def test_an_answer_is_good_once_and_in_its_own_browser(db, directory, keys):
    client, other = Client(), Client()
    answer = signed(an_answer(asked(go(client)).get("ID")), keys[0])
    assert bring(other, answer).status_code == 422
    go(other)
    assert bring(other, answer).status_code == 422
    assert not DirectoryArrival.objects.exists()
    bring(client, answer)
    assert DirectoryArrival.objects.count() == 1
    DirectoryArrival.objects.all().delete()
    assert bring(client, answer).status_code == 422
    assert not DirectoryArrival.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "", "%", "ü", "PGE+", "A" * 600_000,
        base64.b64encode(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>').decode(),
        base64.b64encode(b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>').decode(),
        base64.b64encode(b"<a/>").decode(),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_answer_is_refused_in_words(db, directory, text):
    client = Client()
    go(client)
    answer = client.post(ANSWER, {"SAMLResponse": text, "again": "1"})
    assert answer.status_code == 422
    assert b"did not let you in" in answer.content


def test_an_answer_is_good_once_also_where_another_session_comes_back(people, directory, keys):  # noqa: F811
    """Protects a shared workstation: a nurse's screen is locked, a doctor comes in and goes, and his answer is still there."""
    doctor, nurse = people.user("doctor"), people.user("nurse")
    DirectoryLink.objects.create(user=doctor, issuer=f"saml:{ISSUER}", subject="okoye", recorded_by_id=doctor.id)
    desk = signed_in("nurse", shared_workstation(signed_in("admin")))
    desk.post("/lock")
    answer = signed(an_answer(asked(go(desk)).get("ID")), keys[0])
    assert bring(desk, answer).status_code == 302
    desk.post("/sign-out")
    waiting = Session.objects.get(user=nurse, ended_at=None)
    assert desk.post("/unlock", {"session": str(waiting.id), "_again_password": PASSWORD}).status_code == 303
    assert bring(desk, answer).status_code == 422
    assert not Session.objects.filter(user=doctor, ended_at=None).exists()


def test_a_directory_that_takes_a_new_key_is_asked_anew(db, directory, keys, monkeypatch):
    monkeypatch.setattr(common, "_RENEWED_AFTER", 0.0)
    client = Client()
    bring(client, signed(an_answer(asked(go(client)).get("ID")), keys[0]))
    directory.write_text(described(keys[0][1], keys[1][1]))
    bring(client, signed(an_answer(asked(go(client)).get("ID")), keys[1]))
    assert DirectoryArrival.objects.count() == 1
    directory.unlink()
    assert client.get("/sign-in/directory").status_code == 302, "what it said is kept for an hour"
    assert bring(client, an_answer(asked(go(client)).get("ID"))).status_code == 422
    assert client.get("/sign-in/directory").status_code == 302, "a bad answer takes nothing away"


def test_bad_answers_ask_the_directory_once_a_minute_at_the_most(db, directory, keys, monkeypatch):
    looks, look = [], room.Saml._look
    monkeypatch.setattr(room.Saml, "_look", lambda self: looks.append(1) or look(self))
    client = Client()
    for _ in range(5):
        bring(client, an_answer(asked(go(client)).get("ID")))
    assert len(looks) == 1


def test_a_key_counts_for_as_long_as_the_metadata_names_it(db, directory):
    """Protects a hospital from standing before its own door when a certificate that nobody reads has run out."""
    old = a_key(days=-400)
    directory.write_text(described(old[1]))
    client = Client()
    bring(client, signed(an_answer(asked(go(client)).get("ID")), old))
    assert DirectoryArrival.objects.count() == 1


def test_what_a_signature_says_of_its_key_is_not_believed_and_breaks_nothing(db, directory, keys):
    client = Client()
    strange = (
        ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    for key, arrivals in ((keys[2], 0), (keys[0], 1)):
        answer = signed(an_answer(asked(go(client)).get("ID")), key)
        about = answer.xpath("//d:KeyInfo", namespaces=NAMES)[0]
        about.append(etree.Element("{http://www.w3.org/2009/xmldsig11#}DEREncodedKeyValue"))
        about[-1].text = base64.b64encode(strange).decode()
        assert bring(client, answer).status_code == 422
        assert DirectoryArrival.objects.count() == arrivals


def test_an_answer_made_to_be_slow_is_refused_at_once(db, directory):
    """Protects from a stranger who keeps processors busy: what is signed is written anew before its signature is known."""
    client = Client()
    go(client)
    many = " ".join(f'xmlns:n{one}="urn:{one}"' for one in range(1600))
    signature = (
        f'<Signature xmlns="{room._DSIG}"><SignedInfo {many}>'
        '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
        '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="#r1"><Transforms>'
        f'<Transform Algorithm="x">{"<XPath/>" * 300}</Transform></Transforms>'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>AAAA</DigestValue></Reference>'
        "</SignedInfo><SignatureValue>AAAA</SignatureValue></Signature>"
    )
    answer = an_answer("_1")
    answer.append(etree.fromstring(signature))
    began = time.process_time()
    assert bring(client, answer).status_code == 422
    assert time.process_time() - began < 1.5, "it took 4.6 s before"


def test_a_page_is_drawn_of_no_more_than_an_answer_can_be(db, directory):
    page = Client().post(ANSWER, {"SAMLResponse": "A" * (LONGEST + 1)})
    assert page.status_code == 422
    assert len(page.content) < 100_000


def test_somebody_of_the_same_name_in_another_protocol_is_another(cast, directory, keys):
    """Protects where a provider (Keycloak) has one name for both, and other names for its people."""
    doctor = cast.user("doctor")
    DirectoryLink.objects.create(user=doctor, issuer=ISSUER, subject="okoye", recorded_by_id=doctor.id)
    client = Client()
    assert bring(client, signed(an_answer(asked(go(client)).get("ID")), keys[0])).status_code == 422


def test_a_name_is_taken_as_it_is_written(db, directory, keys):
    """Protects from a name that looks like another's: only what XML lays out by itself is left out."""
    client = Client()
    answer = an_answer(asked(go(client)).get("ID"))
    answer.xpath("//a:NameID", namespaces=NAMES)[0].text = "\n okoye\u00a0 "
    bring(client, signed(answer, keys[0]))
    assert DirectoryArrival.objects.get().subject == "okoye\u00a0"


def test_a_hospital_says_by_which_attribute_people_are_known(db, directory, keys, monkeypatch):
    monkeypatch.setenv("SALUS_SAML_SUBJECT", "uid")
    monkeypatch.setenv("SALUS_SAML_ENTITY_ID", US)
    use(monkeypatch, directory)
    client = Client()
    bring(client, signed(an_answer(asked(go(client)).get("ID")), keys[0]))
    assert DirectoryArrival.objects.get().subject == "cokoye"
    answer = an_answer(asked(go(client)).get("ID"))
    without("//a:Attribute[@Name='uid']")(answer)
    bring(client, signed(answer, keys[0]))
    assert DirectoryArrival.objects.count() == 1


@pytest.mark.parametrize(
    "told",
    ["", "<a/>", described(), "http", "EntitiesDescriptor", "no door"],
)
def test_metadata_that_says_too_little_leaves_the_other_ways_open(db, directory, keys, told):
    good = described(keys[0][1])
    changes = {
        "http": good.replace(WHERE, "http://directory.example/sso"),
        "EntitiesDescriptor": good.replace("EntityDescriptor", "EntitiesDescriptor"),
        "no door": good.replace(room._REDIRECT, room._POST),
    }
    directory.write_text(changes.get(told, told))
    answer = Client().get("/sign-in/directory")
    assert answer.status_code == 422
    assert b"password" in answer.content


def test_a_hospital_has_one_directory_and_names_it_rightly(monkeypatch, directory):
    for source, others in (
        (directory, {"SALUS_OIDC_ISSUER": "https://directory.example"}),
        ("http://directory.example/metadata", {}),
        (directory.with_name("nothing"), {}),
    ):
        with monkeypatch.context() as patch:
            for name, value in others.items():
                patch.setenv(name, value)
            use(patch, source)
            with pytest.raises(SystemExit, match=r"^salus: .*(directory|https|file)"):
                shell._has_directory()


def test_each_kind_of_directory_has_its_own_way_back(db, directory, monkeypatch):
    assert Client().get(BACK).status_code == 404
    monkeypatch.delenv("SALUS_SAML_METADATA")
    monkeypatch.setenv("SALUS_OIDC_ISSUER", "https://directory.example")
    directories.directory.cache_clear()
    assert Client().post(ANSWER).status_code == 404
    assert Client().get("/sign-in/directory/metadata").status_code == 404
