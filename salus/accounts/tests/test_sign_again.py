"""Signing again: what reaches far asks for a recent proof, and loses nothing that was typed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.urls import include, path

from salus.accounts import services as accounts
from salus.accounts.models import Role
from salus.core.act import FRESH
from salus.core.door import SIGNED_IN, door
from salus.core.errors import SignAgain
from tests.cast import form_key
from tests.sweep.routes import forms_on

PASSWORD = "correct horse battery"
done: list[tuple[str, list[str]]] = []


@door(SIGNED_IN, methods=("GET", "POST"), fresh=True)
def reaches_far(request):
    if request.method == "POST":
        done.append((request.POST["what"], request.POST.getlist("to")))
    return HttpResponse("done")


@door(SIGNED_IN, fresh=True)
def export(request):
    return HttpResponse("all of it")


urlpatterns = [path("far", reaches_far), path("export", export), path("", include("salus.config.urls"))]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def doctor(cast):
    user = cast.user("doctor")
    user.set_password(PASSWORD)
    user.save()
    done.clear()
    return cast.client("doctor", fresh=False)


def test_a_form_waits_for_the_proof_and_is_sent_again_as_it_was(doctor):
    sent = form_key(what="<b>all</b>", to=["a", "b"])
    asked = doctor.post("/far", sent)
    assert (asked.status_code, done) == (403, [])
    form = next(form for form in forms_on(asked.content.decode(), "/far") if form.action == "/far")
    wrong = doctor.post("/far", form.fields | {"_again_password": "wrong"})
    assert (wrong.status_code, done) == (422, [])
    assert b"&lt;b&gt;all" in wrong.content
    assert b"wrong" not in wrong.content
    assert doctor.post("/far", form.fields | {"_again_password": PASSWORD}).content == b"done"
    assert done == [("<b>all</b>", ["a", "b"])]


def test_a_proof_lasts_for_five_minutes(doctor, cast):
    now = datetime.now(UTC)
    cast.act("doctor", at=now, proved_at=now - FRESH).require_fresh()
    with pytest.raises(SignAgain):
        cast.act("doctor", at=now, proved_at=now - FRESH - timedelta(seconds=1)).require_fresh()
    with pytest.raises(SignAgain):
        cast.act("doctor", at=now, proved_at=None).require_fresh()


def test_the_page_of_a_form_is_drawn_without_a_proof_and_an_export_is_not(doctor):
    assert doctor.get("/far").status_code == 200
    asked = doctor.get("/export?of=day")
    assert asked.headers["Location"] == "/sign-again?next=%2Fexport%3Fof%3Dday"
    assert doctor.get(asked.headers["Location"]).status_code == 200
    onward = doctor.post("/sign-again", {"next": "/export?of=day", "_again_password": PASSWORD})
    assert onward.headers["Location"] == "/export?of=day"
    assert doctor.get("/export").content == b"all of it"
    assert (
        doctor.post("/sign-again", {"next": "//evil.example", "_again_password": PASSWORD}).headers["Location"] == "/"
    )


def test_whoever_signed_in_long_ago_changes_no_rights_and_takes_nothing_out(cast):
    """Each act that reaches far refuses by itself, whatever door it is called from; and goes on with a proof."""
    nurse, admin = cast.user("nurse"), {"proved_at": datetime.now(UTC) - FRESH - timedelta(minutes=1)}
    role = Role.objects.get(code="nurse")
    here = {"user_id": nurse.id, "role_code": "nurse", "facility_id": cast.facility.id}
    far = [
        ("administrator", accounts.grant_role, here),
        ("administrator", accounts.take_role, here),
        ("administrator", accounts.clone_role, {"role_id": role.id, "name": "Our nurse"}),
        ("administrator", accounts.issue_token, {"user_id": nurse.id}),
        ("administrator", accounts.set_active, {"user_id": nurse.id, "active": True}),
    ]
    for role_code, act, what in far:
        with pytest.raises(SignAgain):
            act(cast.act(role_code, **admin), **what)
    accounts.take_role(cast.act("administrator"), **here)
    assert not nurse.grants.filter(ended_at=None).exists()
