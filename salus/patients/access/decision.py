"""The rule itself: pure, so that it can be read, argued about and tested without a hospital around it.

In order: the facility, who stands at the patients' own door, the right of the role, one's own record, a refusal that holds even
in an emergency, broken glass, what the patient refuses, who cares, what else the patient permits, VIP and staff, the labels of
an entry. Whatever is refused before the glass is refused for good; what is refused after it may be
passed by breaking it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from salus.core.act import Act, Subject
from salus.core.ids import SYSTEM
from salus.patients.access.labels import ALL

Answer = Literal["allow", "deny", "redact", "offer"]
Action = Literal["find", "identify", "open"]

FIND: Action = "find"
IDENTIFY: Action = "identify"
OPEN: Action = "open"
ACTIONS: tuple[Action, ...] = (FIND, IDENTIFY, OPEN)

#: any of these shows name, birth date, sex and MRN
FINDING = ("patients.find", "patients.open")
#: the rights that speak here
MAY_OPEN, MAY_UPDATE = "patients.open", "patients.update_patient"
#: opens records without caring for the patient: other programs, coders, registries
MAY_OPEN_ALL = "patients.open_all"
MAY_SEE_VIP = "patients.open_vip"
MAY_SEE_SENSITIVE = "patients.open_sensitive"
MAY_BREAK_GLASS = "patients.break_glass"

#: so long after it ended a care relation still opens the record: letters, late results, a call back (guarantees, design 1)
RECENT = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Relation:
    """A care relation: a practitioner or a department cares for the patient, half-open in time."""

    practitioner_id: UUID | None
    department_id: UUID | None
    started_at: datetime
    ended_at: datetime | None = None
    kind: str = ""

    def names(self, act: Act) -> bool:
        """Whether it is this person's own."""
        return self.practitioner_id is not None and self.practitioner_id == act.practitioner_id

    def holds(self, act: Act) -> bool:
        """Whether it is this person's, or that of a place where he or she works."""
        return self.names(act) or (self.department_id is not None and self.department_id in act.places)

    def is_current(self, at: datetime) -> bool:
        return self.started_at <= at and (self.ended_at is None or self.ended_at > at)

    def is_recent(self, at: datetime) -> bool:
        """Current, or ended less than 72 hours ago; one that ended before it began never was."""
        return self.started_at <= at and (self.ended_at is None or self.ended_at > max(at - RECENT, self.started_at))


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """What a patient permits or refuses: of the whole record (no labels) or of some labels, to one, a place or all."""

    decision: Literal["permit", "deny"]
    practitioner_id: UUID | None = None
    department_id: UUID | None = None
    labels: frozenset[str] = frozenset()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    withdrawn_at: datetime | None = None
    in_emergency: bool = False

    def holds(self, act: Act) -> bool:
        """Whether it is in force now, and about this person."""
        at = act.at
        in_force = (
            (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or self.ends_at > at)
            and (self.withdrawn_at is None or self.withdrawn_at > at)
        )
        if self.practitioner_id is not None:
            return in_force and self.practitioner_id == act.practitioner_id
        return in_force and (self.department_id is None or self.department_id in act.places)


@dataclass(frozen=True, slots=True)
class About:
    """What is decided about: a patient, and with `labels` and `recorded_by_id` one entry of the record."""

    patient_id: UUID
    facility_id: UUID
    is_vip: bool = False
    staff_id: UUID | None = None
    relations: tuple[Relation, ...] = ()
    consents: tuple[ConsentSaid, ...] = ()
    labels: frozenset[str] = frozenset()
    recorded_by_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, why (codes; `words.py` says them), and for an opened record the labels that are clear and refused.

    :ivar answer: `redact` shows what the right to find shows; `offer` is a refusal that may be passed by breaking the glass
    """

    answer: Answer
    reasons: tuple[str, ...]
    clear: frozenset[str] = field(default=frozenset())
    refused: frozenset[str] = field(default=frozenset())

    @property
    def allows(self) -> bool:
        return self.answer == "allow"

    def reads(self, labels: Iterable[str], *, is_own: bool = False) -> bool:
        """Whether an entry with these labels is shown; `is_own` if the reader wrote it."""
        asked = frozenset(labels)
        return self.allows and not (asked & self.refused) and (is_own or asked <= self.clear)


def decide(act: Act, action: Action, about: About) -> Decision:
    """Whether this act may find, identify or open this patient, or read this entry, and why."""
    if act.facility_id is None or act.facility_id != about.facility_id:
        return Decision("deny", ("facility",))
    if act.stands_for:
        return _at_own_door(act, action, about)
    if action == FIND:
        return Decision("allow", ("find",)) if act.may_any(*FINDING) else Decision("deny", ("right",))
    opened = _open(act, about)
    if action == IDENTIFY:
        return _identify(act, about, opened)
    if not opened.allows or opened.reads(about.labels, is_own=_is_own(act, about)):
        return opened
    refused = about.labels & opened.refused
    barrier = ("consent-label",) if refused else ("label",)
    if any(c.in_emergency and c.labels & refused for c in _refusals(act, about)):
        return Decision("deny", ("consent-always",))
    return _barred(act, *barrier)


def _at_own_door(act: Act, action: Action, about: About) -> Decision:
    """A patient, or who stands for one: only the patients of the act, and nobody breaks a glass here."""
    subject = act.subject(about.patient_id)
    if subject is None:
        return Decision("deny", ("subject",))
    if action == FIND:
        return Decision("allow", ("find",))
    opened = _open_to_subject(act, subject, about)
    if action == IDENTIFY or not opened.allows or opened.reads(about.labels, is_own=_is_own(act, about)):
        return opened
    return Decision("deny", ("consent-label",) if about.labels & opened.refused else ("label",))


def _open_to_subject(act: Act, subject: Subject, about: About) -> Decision:
    """The patient himself reads whatever is shown to patients; a proxy nothing that is marked or refused to everybody."""
    if MAY_OPEN not in subject.rights:
        return Decision("deny", ("scope",))
    if subject.is_self:
        return Decision("allow", ("self",), ALL)
    if any(not one.labels for one in _refusals(act, about)):
        return Decision("deny", ("consent",))
    return Decision("allow", ("proxy",), frozenset(), _refused(act, about))


def _is_own(act: Act, about: About) -> bool:
    return about.recorded_by_id is not None and about.recorded_by_id == act.by


def _open(act: Act, about: About) -> Decision:
    if not act.may(MAY_OPEN):
        return Decision("deny", ("right",))
    if act.by == SYSTEM:
        # Nobody looks on: a consequence, a loader. What it may do its handler declares.
        return Decision("allow", ("system",), ALL)
    if about.staff_id is not None and about.staff_id == act.staff_id:
        return Decision("deny", ("own-record",))
    refusals = [one for one in _refusals(act, about) if not one.labels]
    if any(one.in_emergency for one in refusals):
        return Decision("deny", ("consent-always",))
    if act.glass_on(about.patient_id) is not None:
        return Decision("allow", ("glass",), ALL - (never := _refused(act, about, always=True)), never)
    if refusals:
        return _barred(act, "consent")
    reason = _cares(act, about)
    if reason in ("relation", "vip"):
        return _barred(act, reason)
    return Decision("allow", (reason,), _clear(act, about) - (refused := _refused(act, about)), refused)


def _identify(act: Act, about: About, opened: Decision) -> Decision:
    """Who may open the record sees the rest of who the patient is; so does the front desk, but of VIPs and of staff."""
    if opened.allows:
        return opened
    if not act.may_any(MAY_OPEN, MAY_UPDATE):
        return Decision("deny", ("right",))
    if act.may(MAY_UPDATE) and (act.by == SYSTEM or not _is_sought_out(about)):
        return Decision("allow", ("identify",))
    return Decision("redact", opened.reasons if act.may(MAY_OPEN) else ("vip",))


def _cares(act: Act, about: About) -> str:
    """Why the record opens, or which barrier it meets: `relation`, `vip`."""
    mine = [one for one in about.relations if one.holds(act)]
    current = [one for one in mine if one.is_current(act.at)]
    if current:
        return "named" if any(one.names(act) for one in current) else "place"
    if any(one.decision == "permit" and not one.labels and one.holds(act) for one in about.consents):
        return "permitted"
    is_recent = any(one.is_recent(act.at) for one in mine)
    if not is_recent and not act.may(MAY_OPEN_ALL):
        return "relation"
    if _is_sought_out(about) and not act.may(MAY_SEE_VIP):
        return "vip"
    return "recent" if is_recent else "all"


def _is_sought_out(about: About) -> bool:
    return about.is_vip or about.staff_id is not None


def _clear(act: Act, about: About) -> frozenset[str]:
    """The labels that are no barrier: all of them to who treats the patient by name, else what the patient permits."""
    if act.may(MAY_SEE_SENSITIVE):
        by_name = any(one.names(act) and one.is_recent(act.at) for one in about.relations)
        if by_name or act.may(MAY_OPEN_ALL):
            return ALL
    permits = (one.labels for one in about.consents if one.decision == "permit" and one.holds(act))
    return frozenset().union(*permits)


def _refused(act: Act, about: About, *, always: bool = False) -> frozenset[str]:
    refusals = (one.labels for one in _refusals(act, about) if one.in_emergency or not always)
    return frozenset().union(*refusals)


def _refusals(act: Act, about: About) -> list[ConsentSaid]:
    return [one for one in about.consents if one.decision == "deny" and one.holds(act)]


def _barred(act: Act, reason: str) -> Decision:
    """A barrier that may be passed with a reason, by a person who has the right to."""
    return Decision("offer" if act.may(MAY_BREAK_GLASS) else "deny", (reason,))
