"""In a real browser: back from the hospital's directory, whose page is another site's."""

import base64

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from lxml import etree
from playwright.sync_api import expect

from salus.accounts.models import DirectoryLink
from salus.accounts.tests.builders import ISSUER, NAMES, US, a_key, an_answer, asked, described, signed
from tests.world import a_world

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def named(monkeypatch, tmp_path):
    """The directory's key; the server that starts after this knows its metadata."""
    key = a_key()
    (tmp_path / "idp.xml").write_text(described(key[1]))
    monkeypatch.setenv("SALUS_SAML_METADATA", str(tmp_path / "idp.xml"))
    monkeypatch.setenv("SALUS_SAML_ENTITY_ID", US)
    monkeypatch.setenv("SALUS_SAML_NAME", "Sign in with St. Anne's")
    return key


@pytest.fixture
def doctor(named, salus_server, cast):
    with transaction.atomic():
        world = a_world(cast)
        user = cast.user("doctor")
        DirectoryLink.objects.create(user=user, issuer=f"saml:{ISSUER}", subject="okoye", recorded_by_id=user.id)
    world.url = salus_server.url.replace("127.0.0.1", "localhost")
    return world


@pytest.mark.parametrize("scripts", [True, False], ids=["by itself", "by the button"])
def test_somebody_comes_back_from_the_page_of_the_directory(browser, named, doctor, scripts):
    """Protects from a way back that works in tests only: another site's page brings no cookie of ours (SameSite)."""
    context = browser.new_context(java_script_enabled=scripts)
    page, noise = context.new_page(), []
    page.on("console", lambda one: one.type == "error" and noise.append(one.text))

    def provider(route):
        request = asked(route.request.url)
        answer = an_answer(request.get("ID"))
        there = request.get("AssertionConsumerServiceURL")
        answer.set("Destination", there)
        answer.xpath("//a:SubjectConfirmationData", namespaces=NAMES)[0].set("Recipient", there)
        told = base64.b64encode(etree.tostring(signed(answer, named))).decode()
        form = f'<form method="post" action="{there}"><input type="hidden" name="SAMLResponse" value="{told}">'
        route.fulfill(
            content_type="text/html", body=f"<!doctype html><title>Directory</title>{form}<button>Yes</button></form>"
        )

    page.route("https://directory.example/**", provider)
    page.goto(f"{doctor.url}/sign-in?next=/security")
    page.get_by_role("link", name="Sign in with St. Anne's").click()
    page.get_by_role("button", name="Yes").click()
    if not scripts:
        expect(page.get_by_role("heading", name="Signing in")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{doctor.url}/security")
    expect(page.get_by_text("Chidi Okoye").first).to_be_visible()
    assert noise == []
    context.close()


def test_the_page_between_is_like_the_others(browser, doctor):
    """Axe finds nothing in it, light or dark, wide or narrow."""
    for scheme in ("light", "dark"):
        context = browser.new_context(
            java_script_enabled=True, color_scheme=scheme, viewport={"width": 390, "height": 800}
        )
        page = context.new_page()
        page.route("**/accounts/back*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
        page.set_content(
            f'<form method="post" action="{doctor.url}/sign-in/directory/answer"><button>Yes</button></form>'
        )
        page.get_by_role("button", name="Yes").click()
        expect(page.get_by_role("heading", name="Signing in")).to_be_visible()
        assert Axe().run(page).response["violations"] == []
        context.close()
