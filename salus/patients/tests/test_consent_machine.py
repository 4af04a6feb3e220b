"""Whatever a patient permits, refuses and takes back, whoever begins and ends to care, breaks the glass and waits: the doctor
sees the record when a plain reckoning of all that was said says so, and the one answer and the list agree."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from salus.core.errors import NotFound, SalusError
from salus.core.ids import uuid7
from salus.patients import access
from salus.patients import services as patients
from salus.patients.access.reading import patient_known
from salus.patients.models import Consent, Patient
from salus.patients.tests.builders import a_patient
from tests.machines import SHARE, Machine, play, play_planted

SIGNED = {"signed_by": "Ann Ash", "signed_as": "patient", "signed_how": "paper"}
TAKEN_BACK = {"withdrawn_by": "Ann Ash", "withdrawn_as": "patient", "withdrawn_how": "paper"}
ROLES = ("doctor", "receptionist")
HOURS = st.sampled_from([1, 3, 4, 5, 30, 71, 73, 200])


class Access(Machine):
    """One patient and one doctor; `said` is what we expect to stand there, without asking the database."""

    def begin(self) -> None:
        """Nobody cares yet."""
        self.now = self.cast.act("doctor").at
        self.patient = a_patient(self.cast.almighty(), is_open=False)
        self.said: list[dict[str, Any]] = []
        self.cares, self.cares_since = "", self.now
        self.cared_until = self.glass_until = self.now - timedelta(days=30)

    def act(self, role: str) -> Any:
        return self.cast.act(role, at=self.now, proved_at=self.now)

    @rule(decision=st.sampled_from(["permit", "deny"]), always=st.booleans(), hours=st.none() | HOURS)
    def says(self, decision: str, always: bool, hours: int | None) -> None:
        ends = self.now + timedelta(hours=hours) if hours else None
        made = patients.record_consent(
            self.act("receptionist"),
            patient_id=self.patient.id,
            decision=decision,
            in_emergency=always,
            ends_at=ends,
            **SIGNED,
        )
        always = always and decision == "deny"
        self.said.append({"id": made.id, "decision": decision, "always": always, "ends": ends})

    @rule(which=st.integers(0, 9))
    def takes_back(self, which: int) -> None:
        if not self.said:
            return
        one = self.said.pop(which % len(self.said))
        version = Consent.objects.values_list("version", flat=True).get(id=one["id"])
        self.withdraw(one["id"], version)

    def withdraw(self, consent_id: Any, version: int) -> None:
        of = {"patient_id": self.patient.id, "consent_id": consent_id, "version": version}
        patients.withdraw_consent(self.act("receptionist"), **of, **TAKEN_BACK)

    @rule()
    def begins_to_care(self) -> None:
        if not self.cares:
            self.cares, self.cares_since = str(uuid7()), self.now
            doctor = self.act("doctor").practitioner_id
            of = {"patient_id": self.patient.id, "practitioner_id": doctor}
            patients.start_care_relation(self.act_of_all(), kind="encounter", source=self.cares, **of)

    @rule()
    def ceases_to_care(self) -> None:
        if self.cares:
            patients.end_care_relation(self.act_of_all(), patient_id=self.patient.id, source=self.cares)
            self.cares = ""
            if self.now > self.cares_since:  # what ended as it began never was
                self.cared_until = self.now

    def act_of_all(self) -> Any:
        return self.cast.act("doctor", at=self.now, rights=frozenset({"patients.relate"}))

    @rule()
    def breaks_the_glass(self) -> None:
        may, offered = self.expected(), not any(one["always"] for one in self.in_force("deny"))
        try:
            glass = patients.break_glass(
                self.act("doctor"), patient_id=self.patient.id, reason_code="emergency", reason="Found unconscious"
            )
        except SalusError:
            assert not offered or may
            return
        if glass is not None:
            self.glass_until = glass.until
            assert glass.until <= self.now + timedelta(hours=4)

    @rule()
    def ends_the_glass(self) -> None:
        patients.end_glass(self.act("doctor"), patient_id=self.patient.id)
        self.glass_until = min(self.glass_until, self.now)

    @rule(hours=HOURS)
    def waits(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def in_force(self, decision: str) -> list[dict[str, Any]]:
        return [one for one in self.said if one["decision"] == decision and (not one["ends"] or one["ends"] > self.now)]

    def expected(self) -> bool:
        refusals = self.in_force("deny")
        if any(one["always"] for one in refusals):
            return False
        if self.glass_until > self.now:
            return True
        recent = bool(self.cares) or self.now - self.cared_until < timedelta(hours=72)
        return not refusals and (recent or bool(self.in_force("permit")))

    @invariant()
    def the_doctor_sees_what_was_said(self) -> None:
        act = self.act("doctor")
        assert Patient.objects.open_to(act).filter(id=self.patient.id).exists() == self.expected()
        try:
            answer = patient_known(act, self.patient.id, to=access.FIND).opened.allows
        except NotFound:
            answer = False
        assert answer == self.expected()


class Forgetful(Access):
    """The planted mistake: what the patient takes back stays."""

    def withdraw(self, consent_id: Any, version: int) -> None:
        """Nothing."""


@pytest.mark.guarantee("B12", "S11", "S9")
def test_access_follows_what_the_patient_says(cast: Any) -> None:
    play(Access, cast, roles=ROLES, runs=SHARE)


@pytest.mark.long
@pytest.mark.guarantee("B12", "S11", "S9")
def test_access_follows_what_the_patient_says_whatever_happens(cast: Any) -> None:
    play(Access, cast, roles=ROLES)


@pytest.mark.guarantee("B12")
def test_a_planted_mistake_is_found(cast: Any) -> None:
    with pytest.raises(AssertionError):
        play_planted(Forgetful, cast, roles=ROLES)
