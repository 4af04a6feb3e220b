"""The administrator's screens of staff and departments: take on, change, let sign in, retire."""

import pytest

from salus.places.models import Department
from salus.staff.models import StaffMember
from tests.cast import form_key
from tests.sweep.routes import forms_on

PASSWORD = "correct horse battery"

NEW = {
    "given": "Nora",
    "family": "Lindqvist",
    "staff_number": "S-77",
    "profession": "doctor",
    "specialty": "cardiology",
    "registration_body": "Register",
    "registration_number": "R-1",
    "languages": "sv, en",
}


def _hired(cast, **changes):
    answer = cast.client("administrator").post("/staff/new", form_key(**(NEW | changes)))
    assert answer.status_code == 303, answer.content.decode()[:2000]
    return StaffMember.objects.get(staff_number=(NEW | changes)["staff_number"])


def test_somebody_is_taken_on_and_can_sign_in(cast, client):
    member = _hired(cast)
    admin = cast.client("administrator")
    page = admin.get(f"/staff/{member.id}").content.decode()
    assert "Lindqvist" in page or "LINDQVIST" in page
    cast.user("doctor")  # the role exists
    sent = form_key(username="nora", password="a-first-password", role_codes=["doctor"], version=member.version)
    assert admin.post(f"/staff/{member.id}/sign-in", sent).status_code == 303
    assert client.login(username="nora", password="a-first-password")


def test_a_weak_password_comes_back_beside_its_field(cast):
    member = _hired(cast)
    sent = form_key(username="nora", password="short", role_codes=[], version=member.version)
    answer = cast.client("administrator").post(f"/staff/{member.id}/sign-in", sent)
    assert answer.status_code == 422
    assert "at least 10 characters" in answer.content.decode()


@pytest.mark.parametrize("again", [{"registration_number": "R-2"}, {"staff_number": "S-78"}])
def test_a_number_or_registration_of_another_is_refused_beside_its_field(cast, again):
    _hired(cast)
    answer = cast.client("administrator").post("/staff/new", form_key(**(NEW | again)))
    assert answer.status_code == 422
    assert "Another member of staff has this" in answer.content.decode()
    assert StaffMember.objects.filter(practitioner__family="Lindqvist").count() == 1


@pytest.mark.guarantee("B9")
def test_the_second_of_two_changes_is_told_and_keeps_his_text(cast):
    member = _hired(cast)
    admin = cast.client("administrator")
    sent = NEW | {"specialty": "neurology", "version": member.version}
    assert admin.post(f"/staff/{member.id}/change", form_key(**sent)).status_code == 303
    late = admin.post(f"/staff/{member.id}/change", form_key(**(sent | {"specialty": "dermatology"})))
    assert late.status_code == 422
    assert "dermatology" in late.content.decode()
    member.refresh_from_db()
    assert member.specialty == "neurology"


def test_whoever_leaves_can_no_longer_sign_in(cast):
    user = cast.user("nurse")
    member = user.staff_member
    sent = form_key(version=member.version)
    assert cast.client("administrator").post(f"/staff/{member.id}/retire", sent).status_code == 303
    user.refresh_from_db()
    assert not user.is_active


def test_departments_are_opened_changed_and_retired(cast):
    admin = cast.client("administrator")
    first = form_key(code="skin", name="Skin clinic", kind="clinic")
    assert admin.post("/places/departments/new", first).status_code == 303
    skin = Department.objects.get(code="skin")
    taken = admin.post("/places/departments/new", form_key(code="skin", name="Other", kind="clinic"))
    assert taken.status_code == 422
    room = form_key(code="R1", name="Room 1", kind="room")
    assert admin.post(f"/places/departments/{skin.id}/locations", room).status_code == 303
    assert admin.get(f"/places/departments/{skin.id}").status_code == 200
    sent = form_key(version=skin.version)
    assert admin.post(f"/places/departments/{skin.id}/retire", sent).status_code == 303
    skin.refresh_from_db()
    assert skin.retired_at is not None


@pytest.mark.guarantee("B9")
def test_roles_that_somebody_else_changed_meanwhile_are_not_taken_away_unseen(cast):
    """Two administrators with the same page: the second is told, keeps what he chose, and goes on from what is there now."""
    member = cast.user("nurse").staff_member
    for role in ("doctor", "cashier"):
        cast.user(role)  # the roles exist
    admin, where = cast.client("administrator"), f"/staff/{member.id}/roles"
    drawn = next(
        form for form in forms_on(admin.get(f"/staff/{member.id}").content.decode(), where) if form.action == where
    )
    first = drawn.fields | form_key(role_codes=["nurse", "doctor"])
    second = drawn.fields | form_key(role_codes=["nurse", "cashier"])
    assert admin.post(where, first).status_code == 303
    told = admin.post(where, second)
    assert told.status_code == 409
    again = next(form for form in forms_on(told.content.decode(), where) if form.action == where)
    assert again.fields["seen"] == ["doctor,nurse"]
    assert "cashier" in again.fields["role_codes"] or "Cashier" in told.content.decode()
    held = member.user.grants.filter(ended_at=None)
    assert set(held.values_list("role__code", flat=True)) == {"nurse", "doctor"}
    assert admin.post(where, again.fields | form_key(role_codes=["nurse", "cashier"])).status_code == 303
    assert set(held.values_list("role__code", flat=True)) == {"nurse", "cashier"}


@pytest.mark.parametrize("door", ["roles", "sign-in", "retire", "change"])
def test_rights_change_only_after_a_proof_and_the_form_goes_on_with_it(cast, door):
    """Roles, a sign-in, its end, and the departments whose patients somebody may open."""
    admin, user = cast.user("administrator"), cast.user("nurse")
    admin.set_password(PASSWORD)
    admin.save()
    member = user.staff_member if door != "sign-in" else _hired(cast)
    cast.user("doctor")  # the role exists
    sent = {
        "roles": {"role_codes": ["doctor"], "seen": "nurse"},
        "sign-in": {"username": "nora", "password": "a-first-password", "role_codes": ["doctor"]},
        "retire": {},
        "change": NEW | {"department_ids": [str(cast.departments["lab"].id)]},
    }[door]
    browser, where = cast.client("administrator", fresh=False), f"/staff/{member.id}/{door}"
    asked = browser.post(where, form_key(version=member.version, **sent))
    assert asked.status_code == 403
    kept = next(form for form in forms_on(asked.content.decode(), where) if form.action == where)
    assert browser.post(where, kept.fields | {"_again_password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("path", ["/staff/new", "/places/departments", "/workflows/failures"])
def test_only_an_administrator_comes_in(cast, path):
    assert cast.client("doctor").get(path).status_code == 403
    assert cast.client("administrator").get(path).status_code == 200
