"""Roles: in words, cloned, changed without code; nobody changes his or her own rights."""

import pytest
from django.urls import reverse

from salus.accounts import services as accounts
from salus.accounts.models import Grant, Role
from salus.accounts.queries.people import person_by_id
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.ids import uuid7
from salus.core.models import Fact
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def nurse_role(cast):
    cast.user("nurse")
    return Role.objects.get(code="nurse")


def test_a_role_in_words(cast, nurse_role):
    admin = cast.client("administrator")
    with at_most(15):
        page = admin.get(reverse("accounts:role", args=[nurse_role.id])).content.decode()
    assert "Record vital signs" in page
    assert "Lin Tan" in page
    assert "Make laboratory results final" not in page
    with at_most(15):
        assert "Nurse" in admin.get(reverse("accounts:roles")).content.decode()


def test_a_clone_is_changed_and_its_holders_have_the_rights_at_once(cast, nurse_role):
    admin = cast.client("administrator")
    answer = admin.post(reverse("accounts:clone_role", args=[nurse_role.id]), form_key(name="Night nurse"))
    clone = Role.objects.get(name="Night nurse")
    assert (clone.rights, clone.is_built_in) == (sorted(nurse_role.rights), False)
    change = reverse("accounts:change_role", args=[clone.id])
    assert (answer.status_code, answer["Location"]) == (303, change)
    accounts.grant_role(
        cast.act("administrator"), user_id=cast.user("nurse").id, role_code=clone.code, facility_id=cast.facility.id
    )
    assert b"Record vital signs" in admin.get(change).content
    form = form_key(name="Night nurse", version=clone.version, rights=["patients.find", "lab.verify_result"])
    assert admin.post(change, form).status_code == 303
    person = person_by_id(str(cast.user("nurse").id), door="test")
    assert person is not None
    assert person.act.may("lab.verify_result")
    fact = Fact.objects.get(name="accounts.RoleChanged")
    assert fact.data["added"] == ["lab.verify_result"]
    assert "chart.record_vitals" in fact.data["removed"]
    rights = admin.get(reverse("accounts:effective_rights", args=[cast.user("nurse").id])).content.decode()
    assert "from Night nurse" in rights


def test_what_is_not_done(cast, nurse_role):
    act = cast.act("administrator")
    with pytest.raises(accounts.BuiltIn):
        accounts.change_role(act, role_id=nurse_role.id, version=1, name="Nurse", rights=[])
    with pytest.raises(Invalid):
        accounts.clone_role(act, role_id=nurse_role.id, name=" nurse ")
    clone = accounts.clone_role(act, role_id=nurse_role.id, name="Night nurse")
    with pytest.raises(Invalid):
        accounts.change_role(act, role_id=clone.id, version=clone.version, name="Night nurse", rights=["no.such"])
    with pytest.raises(Stale):
        accounts.change_role(act, role_id=clone.id, version=9, name="Night nurse", rights=[])
    with pytest.raises(NotAllowed):
        accounts.clone_role(cast.act("doctor"), role_id=nurse_role.id, name="Mine")
    assert cast.client("administrator").get(reverse("accounts:role", args=[uuid7()])).status_code == 404


def test_nobody_changes_the_own_rights(cast, nurse_role):
    act = cast.act("administrator")
    clone = accounts.clone_role(act, role_id=nurse_role.id, name="Night nurse")
    Grant.objects.create(user=cast.user("administrator"), role=clone, facility_id=cast.facility.id)
    with pytest.raises(accounts.OwnRights):
        accounts.change_role(act, role_id=clone.id, version=clone.version, name="Night nurse", rights=["patients.open"])


def test_changing_rights_asks_again_who_is_there(cast, nurse_role):
    admin = cast.client("administrator", fresh=False)
    answer = admin.post(reverse("accounts:clone_role", args=[nurse_role.id]), form_key(name="Night nurse"))
    assert answer.status_code != 303
    assert not Role.objects.filter(name="Night nurse").exists()
