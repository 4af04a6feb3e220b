"""Every door, found out from the URLconf: who may come in, and what is refused before anything happens."""

import pytest
from django.db import connection
from django.test import Client

from salus.core.door import PUBLIC, SIGNED_IN
from salus.workflows.roles import ROLES
from tests.cast import form_key
from tests.sweep.conftest import PEOPLE
from tests.sweep.routes import Route, routes
from tests.sweep.sender import words_of

ROUTES = routes()
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
#: what anyone may ask without signing in; whoever adds one says here why nothing of a patient can be seen there
OPEN = {
    "sign-in": "the way in",
    "sign-in/second": "the second step of it",
    "sign-in/passkey": "another way in",
    "sign-in/passkey/options": "a random number to sign",
    "sign-in/directory": "the way to the hospital's directory",
    "sign-in/directory/back": "the way back",
    "sign-in/directory/answer": "a page that sends on what a directory said",
    "sign-in/directory/metadata": "our addresses, for a directory that speaks SAML",
    "oauth/token": "programs prove themselves there",
    "oauth/revoke": "the same",
    ".well-known/oauth-authorization-server": "where programs begin",
    "fhir/.well-known/smart-configuration": "the same for SMART",
    "recover": "the way in for whoever lost everything",
    "sign-out": "ends a session, also one that is locked",
    "lock": "covers the screen, and says who may come back",
    "locked": "who waits at this workstation: people who work here",
    "unlock": "back to a session that is locked",
    "portal/sign-in": "the patients' way in: the same words whoever asks",
    "portal/code": "the second step of it",
    "portal/password": "another way in",
    "portal/register": "who one is, to be confirmed at the desk; finds nobody",
    "portal/invitation": "a code from the desk; wrong ones are measured",
    "portal/sign-out": "ends a session",
    "portal/manifest.webmanifest": "the name and icons of the app",
    "portal/sw.js": "a script that is the same for everybody",
    "portal/offline": "a page that is the same for everybody",
    "appointments/calendar/<secret>.ics": "who has the link reads when its owner has appointments, and nothing else",
    "healthz": "whether the process lives",
    "readyz": "whether the database can be read",
    "live": "that something of a topic changed, to who has a ticket for it; not what",
    "fhir/metadata": "what the API can do (FHIR R4, section 3.1.0.1: open by custom)",
    "fhir/<path>": "that there is nothing at an address",
    "payments/hooks/<gateway>": "the gateway calls, with a signature; what it says is asked for",
    "payments/demonstration/<reference>": "the demonstration's payment page, in place of another company's",
    "payments/demonstration/<reference>/pay": "the same",
    "chart/genuine": "asks for the secret that stands on a certificate",
    "chart/genuine/<token>": "whoever holds the paper is told initials and year of birth, and whether it holds",
    "ui/": "the specimen page of components, with people who do not exist",
    "ui/options": "the same",
    "ui/form": "the same",
}
#: a row of these rooms belongs to the whole installation, not to one hospital of it
SHARED = {
    # which sheet of a document has a picture: a number stands in every address
    "drawn",
    "user_id",
    "entry_id",
    "item_id",
    "service_id",
    # what ships with Salus; what a hospital decided about it is its own
    "rule_id",
    "job_id",
    "kind",
    "path",
    "role_id",
    "code_id",
    "entry_kind",
    "template",
    "note_type",
    "secret",
    "language",
    "channel",
    # of the world it is one that ships with Salus
    "questionnaire_id",
    # a line of a form
    "place",
    "ladder",
    "number",
    "sheet",
    "certificate_kind",
    "template_kind",
    "value_set",
    "token",
}

#: by so many bytes two answers to one question differ: escaped random words
NONCES = 24


def known(route: Route, ids: dict) -> str | None:
    """The address for these ids, or None if it wants one that is of no world."""
    return route.address(ids) if set(route.wants) <= ids.keys() else None


def test_every_id_that_a_route_asks_for_is_known(world):
    """Otherwise a new route would be left out of every sweep: teach tests/world to make one of it."""
    unknown = {name for route in ROUTES for name in route.wants} - world.ids.keys()
    assert not unknown, unknown


@pytest.mark.guarantee("B2")
@pytest.mark.parametrize("method", METHODS)
def test_nobody_comes_in_unasked(world, stranger, sender, method):
    """Protects every page from whoever is not signed in: the way to sign in, 401, 403 or 405, and nothing else."""
    for route in ROUTES:
        address = known(route, world.ids)
        if address is None or route.pattern in OPEN:
            continue
        answer = sender.send(stranger, method, address)
        led = answer.headers.get("Location", "").startswith("/portal/sign-in" if route.is_own_door else "/sign-in")
        if not (answer.status_code in (401, 403, 405) or (answer.status_code == 302 and led)):
            sender.complain(f"{answer.status_code} for nobody", f"{method} {route.pattern}")


def test_what_is_open_to_all_is_listed():
    public = {route.pattern for route in ROUTES if route.policy == PUBLIC}
    assert public <= OPEN.keys(), public - OPEN.keys()


@pytest.mark.guarantee("B1")
@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_comes_in_where_its_rights_say(world, browsers, programs, sender, role):
    """Protects every page and act from those who have no right to it; nobody gets an error page of ours.

    Staff are nobody at the patients' own door, and patients nobody at the staff's: as if they had not signed in.
    """
    rights = set(ROLES["patient" if role == "proxy" else role][1])
    for route in ROUTES:
        address = known(route, world.ids)
        if address is None:
            continue
        # that a method is not offered is said to everybody alike, before anything is asked
        for method in sorted({*route.methods, "GET", "POST"} if role == PEOPLE[0] else route.methods):
            answer = sender.send((programs if route.api else browsers)[role], method, address)
            if method not in route.methods:
                if answer.status_code != 405:
                    sender.complain(f"{answer.status_code} for a method that is not offered", f"{method} {address}")
            elif not route.api and not route.is_for(role):
                if route.policy != PUBLIC and answer.status_code not in (302, 401):
                    sender.complain(f"{answer.status_code} at the other door", f"{method} {address}")
            elif route.policy not in (PUBLIC, SIGNED_IN) and route.policy not in rights and answer.status_code != 403:
                sender.complain(f"{answer.status_code} without the right", f"{method} {address}")


def test_a_session_opens_no_door_of_the_programs(world, browsers, sender):
    """Protects from other people's sites: what a cookie opens is guarded by a token of the page, the API has none."""
    for route in ROUTES:
        if route.api and route.policy != PUBLIC:
            for method in route.methods:
                answer = sender.send(browsers["doctor"], method, route.address(world.ids))
                if answer.status_code != 401:
                    sender.complain(f"{answer.status_code} with a cookie", f"{method} {route.pattern}")


@pytest.mark.guarantee("S5")
def test_an_unsafe_route_without_the_token_of_our_page_is_refused(world, sender):
    """Protects whoever is signed in from forms on other people's sites."""
    browsers = {
        role: world.cast.client(role, enforce_csrf_checks=True, raise_request_exception=False) for role in PEOPLE
    }
    stranger = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for route in ROUTES:
        address = known(route, world.ids)
        if address is None or route.api or not route.is_unsafe:
            continue
        browser = browsers[route.roles()[0]] if route.roles() else stranger
        answer = sender.send(browser, "POST", address, data=form_key())
        if answer.status_code != 403:
            sender.complain(f"{answer.status_code} without a token", address)


@pytest.mark.guarantee("B10")
def test_a_form_without_its_key_changes_nothing(world, browsers, sender):
    """Protects from double clicks: a form that could not be told from its repetition is refused."""
    before = facts()
    for route in ROUTES:
        address = known(route, world.ids)
        if address is None or not route.changes or route.api or route.policy == PUBLIC:
            continue
        for role in route.roles():
            answer = sender.send(browsers[role], "POST", address, data={"version": "1"})
            if answer.status_code not in (403, 422):
                sender.complain(f"{answer.status_code} without a key", f"{role} {address}")
    assert facts() == before


@pytest.mark.guarantee("B6")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_foreign_looks_like_what_is_missing(foreign, browsers, programs, sender, method):
    """Protects other hospitals' patients: whether somebody is known there cannot be found out from here."""
    nothing = dict.fromkeys(foreign.ids.keys() - SHARED, "01900000-0000-7000-8000-000000000000")
    for route in ROUTES:
        if not set(route.wants) <= foreign.ids.keys() or set(route.wants) <= SHARED or method not in route.methods:
            continue
        theirs, missing = route.address(foreign.ids), route.address(foreign.ids | nothing)
        for role in route.roles():
            who = (programs if route.api else browsers)[role]
            seen = sender.send(who, method, theirs, **posted(method, foreign.ids))
            asked = sender.asked
            unseen = sender.send(who, method, missing, **posted(method, nothing))
            if seen.status_code < 400:
                sender.complain(f"{seen.status_code} for what is another hospital's", f"{role} {theirs}")
            elif (seen.status_code, words_of(seen)) != (unseen.status_code, words_of(unseen)):
                sender.complain(
                    f"foreign {seen.status_code}, missing {unseen.status_code}, or in other words", f"{role} {theirs}"
                )
            elif asked != sender.asked or abs(len(seen.content) - len(unseen.content)) > NONCES:
                sender.complain(
                    f"foreign asks {asked} statements, missing {sender.asked}, or its size differs", f"{role} {theirs}"
                )


def posted(method: str, ids: dict) -> dict:
    """A form that says it belongs to the patient of these ids."""
    return {"data": form_key(version="1", patient_id=str(ids["patient_id"]))} if method == "POST" else {}


def facts() -> int:
    """How many facts there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_fact")
        number: int = cursor.fetchone()[0]
    return number
