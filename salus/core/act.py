"""The Act: who does what, for whom, where and why. It is made once at each door and is every service's first argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from salus.core.errors import NotAllowed, NotFound, SignAgain
from salus.core.facts import Fact
from salus.core.ids import SYSTEM, uuid7

#: how long a proof of who is at the screen counts as recent (guarantees, design 5: step-up)
FRESH = timedelta(minutes=5)

#: HL7 v3 PurposeOfUse: the care relation or consent stood in the way, and the doer gave a reason to pass
BREAK_GLASS = "BTG"

#: the one right of who comes through the patients' own door; whoever has it is no member of the staff
OWN_DOOR = "portal.use"

#: How strongly an act touches a record; the strongest one is what the access log says.
STRENGTH = ("read", "search", "print", "write", "export", "refused")


_NOWHERE = "You work in no facility yet. An administrator gives you a role in one."


@dataclass(frozen=True, slots=True)
class Glass:
    """One patient whom the doer sees in an emergency (purpose BTG): until when, and why."""

    patient_id: UUID
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A patient for whom somebody acts at the patients' own door: himself, or who gave him a proxy.

    :ivar rights: what he may do and see of this patient, as far as a service, a query or the decision asks for it
    """

    patient_id: UUID
    rights: frozenset[str]
    is_self: bool = False


@dataclass(slots=True)
class Trace:
    """What an act has touched so far: patient id -> the strongest kind of access. The door writes it to the log.

    `insisted` are facts that stay true though the act itself is rolled back; the door announces them after it.
    `made` are the patients that the act has registered itself: until it commits nobody else can see them, so that what it
    adds to them needs neither a look nor a lock. `decided` remembers what was decided about a patient: one act, one answer.
    `logged` are those of whom acts within this one (the entries of a batch) have left their own entries.
    """

    touched: dict[UUID | None, str] = field(default_factory=dict)
    insisted: list[Fact] = field(default_factory=list)
    made: set[UUID] = field(default_factory=set)
    decided: dict[tuple[UUID, UUID], Any] = field(default_factory=dict)
    logged: set[UUID | None] = field(default_factory=set)

    def forget(self) -> None:
        """Begin again: the door runs the act once more after a deadlock."""
        self.touched.clear()
        self.insisted.clear()
        self.made.clear()
        self.decided.clear()
        self.logged.clear()

    def add(self, patients: Iterable[UUID | None], action: str) -> None:
        for patient in patients:
            known = self.touched.get(patient)
            if known is None or STRENGTH.index(action) > STRENGTH.index(known):
                self.touched[patient] = action


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of one person (or of the system on a person's behalf) in one facility, with the rights for it.

    `at` is the instant that the door read from the clock: services take the time from here. `places` are the
    departments in which the doer works. `proved_at` is when the doer last proved who he or she is (password, passkey,
    code, PIN); a program never does. `zone` is the facility's time zone, empty where the door read none.
    There is no hidden "current user" anywhere: this value is passed on.

    Whoever comes through the patients' own door has no right of the staff, and `stands_for` says for which patients he may
    do what; staff and programs stand for nobody.
    """

    by: UUID
    facility_id: UUID | None
    rights: frozenset[str]
    id: UUID = field(default_factory=uuid7)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    by_name: str = ""
    on_behalf_of: UUID | None = None
    staff_id: UUID | None = None
    practitioner_id: UUID | None = None
    places: frozenset[UUID] = frozenset()
    zone: str = ""
    purpose: str = "TREAT"
    reason: str = ""
    door: str = ""
    device: str = ""
    glass: tuple[Glass, ...] = ()
    stands_for: tuple[Subject, ...] = ()
    proved_at: datetime | None = None
    trace: Trace = field(default_factory=Trace, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.stands_for and (self.facility_id is None or self.rights - {OWN_DOOR}):
            raise ValueError("who stands for patients is in a facility and has no right of the staff")

    @property
    def here(self) -> UUID:
        """The facility of this act, for what cannot be done in none.

        :raises NotAllowed: if the act is in no facility
        """
        if self.facility_id is None:
            raise NotAllowed("facility", _NOWHERE)
        return self.facility_id

    def may(self, right: str) -> bool:
        return right in self.rights

    def may_any(self, *rights: str) -> bool:
        return not self.rights.isdisjoint(rights)

    def require(self, right: str) -> None:
        """Go on only with this right.

        :raises NotAllowed: without it
        """
        if right not in self.rights:
            raise NotAllowed(right)

    @property
    def subjects(self) -> frozenset[UUID]:
        """The patients for whom this act may do something at their own door; nobody for staff."""
        return frozenset(one.patient_id for one in self.stands_for)

    def subjects_with(self, right: str) -> frozenset[UUID]:
        """Those of `subjects` for whom it has this right."""
        return frozenset(one.patient_id for one in self.stands_for if right in one.rights)

    def subject(self, patient_id: UUID) -> Subject | None:
        """What this act may do for this patient at the patient's own door, or None."""
        return next((one for one in self.stands_for if one.patient_id == patient_id), None)

    def require_for(self, patient_id: UUID, right: str) -> None:
        """Go on with this right of the staff, or as the patient himself or his proxy, as far as that one may do it.

        :raises NotFound: for a patient for whom it does not stand: foreign and missing answer alike
        :raises NotAllowed: without the right
        """
        one = self.subject(patient_id)
        if one is None and self.stands_for:
            raise NotFound
        if right not in (one.rights if one else self.rights):
            raise NotAllowed(right)

    def require_for_some(self, *rights: str) -> None:
        """Go on with at least one of these rights of the staff, or with one for some patient: whose it is, is asked later.

        :raises NotAllowed: without any
        """
        if not self.may_any(*rights) and all(one.rights.isdisjoint(rights) for one in self.stands_for):
            raise NotAllowed(rights[0])

    def require_self(self) -> None:
        """Go on only as a person who acts for himself: what everyone signed in may do to his own account.

        :raises NotAllowed: for the system, or on somebody's behalf
        """
        if self.by == SYSTEM or self.on_behalf_of is not None:
            raise NotAllowed("self")

    def require_fresh(self) -> None:
        """Go on only if the doer proved within the last five minutes who is at the screen; the system needs no proof.

        A door answers with a page that asks for the proof and sends the same form again.
        :raises SignAgain: if not
        """
        if self.by != SYSTEM and (self.proved_at is None or self.at - self.proved_at > FRESH):
            raise SignAgain

    def require_any(self, *rights: str) -> None:
        """Go on with at least one of these rights.

        :raises NotAllowed: without any
        """
        if not self.may_any(*rights):
            raise NotAllowed(rights[0])

    def shows(self, *patients: UUID | None, action: str = "read") -> None:
        """Note that this act shows something of these patients; the door logs one entry for each."""
        self.trace.add(patients, action)

    def glass_on(self, patient_id: UUID | None) -> Glass | None:
        """The broken glass through which the doer sees this patient now, or None."""
        return next((one for one in self.glass if one.patient_id == patient_id and one.until > self.at), None)

    def behalf_of(self, patient_id: UUID | None) -> UUID | None:
        """On whose behalf it touches this patient: at the patients' own door for whom it stands, whatever page that is on."""
        one = self.subject(patient_id) if patient_id else None
        if one is None:
            return self.on_behalf_of
        return None if one.is_self else one.patient_id

    def why(self, patient_id: UUID | None) -> tuple[str, str]:
        """Purpose and reason of what this act does with this patient, as the access log keeps them."""
        glass = self.glass_on(patient_id)
        return (BREAK_GLASS, glass.reason) if glass else (self.purpose, self.reason)

    def insist(self, fact: Fact) -> None:
        """Have a fact written down even if this act is refused (a safety alert was shown): by the door, afterwards."""
        self.trace.insisted.append(fact)
        self.shows(fact.patient_id, action="write")

    def caused_by(self, *, rights: Iterable[str], door: str = "") -> Act:
        """The act of a consequence: the system on behalf of the doer, with just the rights its handler declares."""
        return replace(
            self,
            id=uuid7(),
            by=SYSTEM,
            by_name="",
            on_behalf_of=self.on_behalf_of or self.by if self.by == SYSTEM else self.by,
            rights=frozenset(rights),
            stands_for=(),
            door=door or self.door,
        )


def system_act(*, rights: Iterable[str], door: str, facility_id: UUID | None = None, at: datetime | None = None) -> Act:
    """An act of the system itself: a loader, a scheduled job, a command on the server's own console."""
    return Act(
        by=SYSTEM,
        facility_id=facility_id,
        rights=frozenset(rights),
        door=door,
        purpose="HSYSADMIN",
        at=at or datetime.now(UTC),
    )
