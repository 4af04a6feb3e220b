"""The cast of every test: one small hospital, one person for each role, and their acts and browsers.

def test_something(cast):
    verify_result(cast.act("pathologist"), ...)
    cast.client("nurse").get("/")
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from salus.accounts.models import Grant, Role, User
from salus.accounts.queries import person_by_id
from salus.accounts.rules.sessions import PORTAL
from salus.accounts.sessions import SessionStore
from salus.core.act import Act, system_act
from salus.core.ids import uuid7
from salus.core.rights import all_rights
from salus.places.models import Department, Facility, Organization
from salus.portal.contacts import contact_of
from salus.portal.models import Account
from salus.portal.services import opening
from salus.staff.models import Practitioner, StaffMember
from salus.workflows.roles import ROLES

#: role -> user name, given name, family name, department
PEOPLE = {
    "receptionist": ("reception", "Ruth", "Mwangi", "opd"),
    "nurse": ("nurse", "Lin", "Tan", "opd"),
    "doctor": ("doctor", "Chidi", "Okoye", "opd"),
    "laboratory-technician": ("labtech", "Jonas", "Berg", "lab"),
    "pathologist": ("pathologist", "Mira", "Sato", "lab"),
    "pharmacist": ("pharmacist", "Ines", "Costa", "pharmacy"),
    "cashier": ("cashier", "Omar", "Haddad", "cash"),
    "privacy-officer": ("privacy", "Sven", "Adler", "office"),
    "administrator": ("admin", "Ada", "Lund", "office"),
    "integration": ("program", "Other", "Program", "office"),
}
#: who comes through the patients' own door: a patient, and somebody who stands for one (`tests/world` says for whom)
OWN_DOOR = ("patient", "proxy")
DEPARTMENTS = {
    "opd": ("General outpatients", "clinic"),
    "lab": ("Laboratory", "laboratory"),
    "pharmacy": ("Pharmacy", "pharmacy"),
    "cash": ("Cash desk", "cash"),
    "office": ("Administration", "administration"),
}


#: a sweep takes longer than a proof of who is there lasts, and tests something else
A_WHILE = timedelta(minutes=30)


@dataclass
class Cast:
    """The hospital of a test. People are made when they are first called; `Cast("other")` is a second hospital."""

    code: str = "test"
    _users: dict[str, User] = field(default_factory=dict)

    @cached_property
    def facility(self) -> Facility:
        house = Organization.objects.create(name="Test hospital", kind="hospital")
        return Facility.objects.create(organization=house, code=self.code, name="Test hospital", currency="EUR")

    @cached_property
    def departments(self) -> dict[str, Department]:
        return {
            code: Department.objects.create(facility=self.facility, code=code, name=name, kind=kind)
            for code, (name, kind) in DEPARTMENTS.items()
        }

    def user(self, role: str) -> User:
        """The user of this role, with a staff profile in the role's department."""
        if role not in self._users:
            self._users[role] = self._hire(role)
        return self._users[role]

    def act(self, role: str, **changes: Any) -> Act:
        """A fresh act of the person with this role, as a door would make it."""
        person = person_by_id(str(self.user(role).id), door="test")
        assert person is not None
        values = {
            name: getattr(person.act, name) for name in Act.__dataclass_fields__ if name not in ("id", "at", "trace")
        }
        return Act(**(values | {"proved_at": datetime.now(UTC)} | changes))

    def client(self, role: str, *, fresh: bool = True, **kwargs: Any) -> Client:
        """A browser in which the person with this role has just signed in; without `fresh`, some time ago."""
        browser = Client(**kwargs)
        if role in OWN_DOOR:
            return own_session(browser, self.user(role), proved=fresh)
        browser.force_login(self.user(role))
        if fresh:
            session = browser.session
            session.change(proved_at=datetime.now(UTC) + A_WHILE)
        return browser

    def almighty(self) -> Act:
        """The system with every right: for builders, never for what is tested."""
        return system_act(rights=all_rights(), door="test", facility_id=self.facility.id, at=datetime.now(UTC))

    def _hire(self, role: str) -> User:
        if role in OWN_DOOR:
            return an_account(self.facility.id, f"{role}@{self.code}.example").user
        username, given, family, place = PEOPLE[role]
        name, rights = ROLES[role]
        row, _ = Role.objects.get_or_create(
            code=role, defaults={"name": name, "rights": list(rights), "is_built_in": True}
        )
        username = username if self.code == "test" else f"{username}-{self.code}"
        user = User(username=username, display_name=f"{given} {family}")
        user.set_unusable_password()
        user.save()
        Grant.objects.create(user=user, role=row, facility_id=self.facility.id)
        practitioner = Practitioner.objects.create(family=family, given=given)
        StaffMember.objects.create(
            practitioner=practitioner,
            user=user,
            facility=self.facility,
            staff_number=f"T-{username}",
            profession=role if role in dict(StaffMember.PROFESSIONS) else "other",
            department_ids=[self.departments[place].id],
        )
        return user


def an_account(facility_id: UUID, contact: str, name: str = "Somebody") -> Account:
    """An account at the patients' own door with this contact, linked to nobody."""
    words, rights = ROLES["patient"]
    Role.objects.get_or_create(code="patient", defaults={"name": words, "rights": list(rights), "is_built_in": True})
    act = system_act(rights={opening.ARRIVE}, door="test", facility_id=facility_id)
    return opening.open_account(act, contact=contact_of(contact), name=name, language="", facility_id=facility_id)


def own_session(browser: Client, user: User, *, proved: bool = True) -> Client:
    """The browser, in which this user has just come in at the patients' own door."""
    store = SessionStore()
    store.opening = {"kind": PORTAL, "proved_at": datetime.now(UTC) + A_WHILE if proved else None}
    store[SESSION_KEY] = str(user.id)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    browser.cookies[f"{settings.SESSION_COOKIE_NAME}-portal"] = store.session_key
    return browser


def form_key(**fields: Any) -> dict[str, Any]:
    """The fields of a posted form with the idempotency key that every form carries."""
    return {"_key": str(uuid7())} | fields


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """The cast, in this test's transaction, or in its `real_db` where it asks for one."""
    request.getfixturevalue("real_db" if "real_db" in request.fixturenames else "db")
    return Cast()
