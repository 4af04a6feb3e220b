"""The rule of who may see what, case by case: the answer and the reason."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from salus.core.act import Act, Glass, Subject
from salus.core.errors import NotAllowed, NotFound
from salus.core.ids import SYSTEM
from salus.patients import access

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOCTOR, PLACE, STAFF, OTHER = UUID(int=3), UUID(int=4), UUID(int=5), UUID(int=9)
PATIENT, HERE = UUID(int=7), UUID(int=2)
OPENS = frozenset({"patients.find", "patients.open"})
CLINICIAN = OPENS | {"patients.break_glass"}
SENSITIVE = CLINICIAN | {"patients.open_sensitive"}


def _who(**changes: object) -> Act:
    values = {"by": UUID(int=1), "facility_id": HERE, "practitioner_id": DOCTOR, "staff_id": STAFF, "at": NOW}
    return Act(**(values | {"rights": CLINICIAN, "places": frozenset({PLACE})} | changes))  # type: ignore[arg-type]


def _of(**changes: object) -> access.About:
    return access.About(**({"patient_id": PATIENT, "facility_id": HERE} | changes))  # type: ignore[arg-type]


def _cares(hours: float | None = None, *, name: UUID | None = DOCTOR, place: UUID | None = None) -> access.Relation:
    ended = NOW + timedelta(hours=hours) if hours is not None else None
    return access.Relation(name, place, NOW - timedelta(days=30), ended)


def _says(decision: str, **changes: object) -> access.ConsentSaid:
    return access.ConsentSaid(decision, **changes)  # type: ignore[arg-type]


NAMED, AT_PLACE = (_cares(),), (_cares(name=None, place=PLACE),)
LONG_OVER, JUST_OVER = (_cares(-72),), (_cares(-71.9),)
GLASS = {"glass": (Glass(PATIENT, NOW + timedelta(hours=1), "x"),)}
OVER_GLASS = {"glass": (Glass(PATIENT, NOW, "x"),)}
ALL_RIGHT, VIP_RIGHT = OPENS | {"patients.open_all"}, CLINICIAN | {"patients.open_vip"}
PSY = frozenset({"PSY"})


def _at_own_door(*, rights: tuple[str, ...] = ("patients.open",), is_self: bool = False, of: UUID = PATIENT) -> Act:
    """Somebody at the patients' own door; glass and assignments, which he cannot have, open nothing."""
    subject = Subject(of, frozenset(rights), is_self=is_self)
    return _who(rights=frozenset({"portal.use"}), stands_for=(subject,), **GLASS)


SELF, PROXY = _at_own_door(is_self=True), _at_own_door()


def test_a_relation_that_ended_before_it_began_never_was():
    """An appointment that was cancelled before anybody prepared for it: its doctor does not get the record after all."""
    began = NOW - timedelta(hours=10)
    assert not access.Relation(DOCTOR, None, began, began - timedelta(hours=1)).is_recent(NOW)
    assert access.Relation(DOCTOR, None, began, began + timedelta(hours=1)).is_recent(NOW)


TABLE = {
    "another facility": (_who(facility_id=OTHER), _of(relations=NAMED), "deny", "facility"),
    "no facility": (_who(facility_id=None), _of(relations=NAMED), "deny", "facility"),
    "no right": (_who(rights=frozenset({"patients.find"})), _of(relations=NAMED), "deny", "right"),
    "the system": (_who(by=SYSTEM), _of(is_vip=True, consents=(_says("deny"),)), "allow", "system"),
    "the own record": (_who(), _of(staff_id=STAFF, relations=NAMED), "deny", "own-record"),
    "a colleague's record": (_who(), _of(staff_id=OTHER, relations=NAMED), "allow", "named"),
    "by name": (_who(), _of(relations=NAMED), "allow", "named"),
    "by place": (_who(), _of(relations=AT_PLACE), "allow", "place"),
    "another's patient": (_who(), _of(relations=(_cares(name=OTHER, place=OTHER),)), "offer", "relation"),
    "nobody's": (_who(), _of(), "offer", "relation"),
    "nobody's, no glass": (_who(rights=OPENS), _of(), "deny", "relation"),
    "not begun": (_who(), _of(relations=(access.Relation(DOCTOR, None, NOW + timedelta(1)),)), "offer", "relation"),
    "begins now": (_who(), _of(relations=(access.Relation(DOCTOR, None, NOW),)), "allow", "named"),
    "just over": (_who(), _of(relations=JUST_OVER), "allow", "recent"),
    "long over": (_who(), _of(relations=LONG_OVER), "offer", "relation"),
    "ends now": (_who(), _of(relations=(_cares(0),)), "allow", "recent"),
    "nobody without a profile": (
        _who(practitioner_id=None, places=frozenset()),
        _of(relations=(_cares(name=None),)),
        "offer",
        "relation",
    ),
    "a program": (_who(rights=ALL_RIGHT), _of(), "allow", "all"),
    "a program and a VIP": (_who(rights=ALL_RIGHT), _of(is_vip=True), "deny", "vip"),
    "a program that sees VIPs": (_who(rights=ALL_RIGHT | VIP_RIGHT), _of(is_vip=True), "allow", "all"),
    "a VIP by name": (_who(), _of(is_vip=True, relations=NAMED), "allow", "named"),
    "a VIP by place": (_who(), _of(is_vip=True, relations=AT_PLACE), "allow", "place"),
    "a VIP just over": (_who(), _of(is_vip=True, relations=JUST_OVER), "offer", "vip"),
    "a VIP just over, with the right": (
        _who(rights=VIP_RIGHT),
        _of(is_vip=True, relations=JUST_OVER),
        "allow",
        "recent",
    ),
    "a VIP of nobody": (_who(rights=VIP_RIGHT), _of(is_vip=True), "offer", "relation"),
    "a VIP who permits": (_who(), _of(is_vip=True, consents=(_says("permit"),)), "allow", "permitted"),
    "permits a person": (_who(), _of(consents=(_says("permit", practitioner_id=DOCTOR),)), "allow", "permitted"),
    "permits another": (_who(), _of(consents=(_says("permit", practitioner_id=OTHER),)), "offer", "relation"),
    "permits a place": (_who(), _of(consents=(_says("permit", department_id=PLACE),)), "allow", "permitted"),
    "permits another place": (_who(), _of(consents=(_says("permit", department_id=OTHER),)), "offer", "relation"),
    "permits a part": (_who(), _of(consents=(_says("permit", labels=PSY),)), "offer", "relation"),
    "permits later": (_who(), _of(consents=(_says("permit", starts_at=NOW + timedelta(1)),)), "offer", "relation"),
    "permits from now": (_who(), _of(consents=(_says("permit", starts_at=NOW),)), "allow", "permitted"),
    "permitted until now": (_who(), _of(consents=(_says("permit", ends_at=NOW),)), "offer", "relation"),
    "took it back": (_who(), _of(consents=(_says("permit", withdrawn_at=NOW),)), "offer", "relation"),
    "takes it back later": (
        _who(),
        _of(consents=(_says("permit", withdrawn_at=NOW + timedelta(1)),)),
        "allow",
        "permitted",
    ),
    "refuses": (_who(), _of(relations=NAMED, consents=(_says("deny"),)), "offer", "consent"),
    "a refusal beats a permission": (
        _who(),
        _of(relations=NAMED, consents=(_says("permit"), _says("deny"))),
        "offer",
        "consent",
    ),
    "refuses another": (
        _who(),
        _of(relations=NAMED, consents=(_says("deny", practitioner_id=OTHER),)),
        "allow",
        "named",
    ),
    "refuses a part": (_who(), _of(relations=NAMED, consents=(_says("deny", labels=PSY),)), "allow", "named"),
    "refuses for ever": (
        _who(),
        _of(relations=NAMED, consents=(_says("deny", in_emergency=True),)),
        "deny",
        "consent-always",
    ),
    "glass": (_who(**GLASS), _of(is_vip=True, consents=(_says("deny"),)), "allow", "glass"),
    "glass that is over": (_who(**OVER_GLASS), _of(), "offer", "relation"),
    "glass of another": (_who(**GLASS), _of(patient_id=OTHER), "offer", "relation"),
    "glass against for ever": (
        _who(**GLASS),
        _of(consents=(_says("deny", in_emergency=True),)),
        "deny",
        "consent-always",
    ),
    "glass on the own record": (_who(**GLASS), _of(staff_id=STAFF), "deny", "own-record"),
    "glass without the right": (_who(rights=frozenset(), **GLASS), _of(), "deny", "right"),
    "an entry by place": (_who(rights=SENSITIVE), _of(relations=AT_PLACE, labels=PSY), "offer", "label"),
    "an entry by name": (_who(rights=SENSITIVE), _of(relations=NAMED, labels=PSY), "allow", "named"),
    "an entry by name, just over": (_who(rights=SENSITIVE), _of(relations=JUST_OVER, labels=PSY), "allow", "recent"),
    "an entry by name, without the right": (_who(), _of(relations=NAMED, labels=PSY), "offer", "label"),
    "an entry and no glass": (_who(rights=OPENS), _of(relations=NAMED, labels=PSY), "deny", "label"),
    "an entry, permitted": (
        _who(),
        _of(relations=NAMED, labels=PSY, consents=(_says("permit", labels=PSY),)),
        "allow",
        "named",
    ),
    "an entry, another permitted": (
        _who(),
        _of(relations=NAMED, labels=PSY, consents=(_says("permit", labels=frozenset({"HIV"})),)),
        "offer",
        "label",
    ),
    "an entry, half permitted": (
        _who(),
        _of(relations=NAMED, labels=PSY | {"HIV"}, consents=(_says("permit", labels=PSY),)),
        "offer",
        "label",
    ),
    "an entry, refused": (
        _who(rights=SENSITIVE),
        _of(relations=NAMED, labels=PSY, consents=(_says("deny", labels=PSY),)),
        "offer",
        "consent-label",
    ),
    "an entry, refused for ever": (
        _who(rights=SENSITIVE),
        _of(relations=NAMED, labels=PSY, consents=(_says("deny", labels=PSY, in_emergency=True),)),
        "deny",
        "consent-always",
    ),
    "an entry, another refused for ever": (
        _who(),
        _of(relations=NAMED, labels=PSY, consents=(_says("deny", labels=frozenset({"HIV"}), in_emergency=True),)),
        "offer",
        "label",
    ),
    "an entry through glass": (_who(**GLASS), _of(labels=PSY, consents=(_says("deny", labels=PSY),)), "allow", "glass"),
    "an entry through glass, refused for ever": (
        _who(**GLASS),
        _of(labels=PSY, consents=(_says("deny", labels=PSY, in_emergency=True),)),
        "deny",
        "consent-always",
    ),
    "the own entry": (_who(), _of(relations=NAMED, labels=PSY, recorded_by_id=UUID(int=1)), "allow", "named"),
    "the own entry, refused": (
        _who(),
        _of(relations=NAMED, labels=PSY, recorded_by_id=UUID(int=1), consents=(_says("deny", labels=PSY),)),
        "offer",
        "consent-label",
    ),
    "the own entry of nobody's patient": (_who(), _of(labels=PSY, recorded_by_id=UUID(int=1)), "offer", "relation"),
    "the patient himself": (SELF, _of(is_vip=True, staff_id=STAFF), "allow", "self"),
    "the patient himself, who refuses it to all": (SELF, _of(consents=(_says("deny"),)), "allow", "self"),
    "the patient himself, and what is marked": (
        SELF,
        _of(labels=PSY, consents=(_says("deny", labels=PSY, in_emergency=True),)),
        "allow",
        "self",
    ),
    "a proxy": (PROXY, _of(is_vip=True), "allow", "proxy"),
    "a proxy, and what is refused to all": (PROXY, _of(relations=NAMED, consents=(_says("deny"),)), "deny", "consent"),
    "a proxy, and what is refused to another": (
        PROXY,
        _of(consents=(_says("deny", practitioner_id=OTHER),)),
        "allow",
        "proxy",
    ),
    "a proxy, and a part that is refused": (PROXY, _of(consents=(_says("deny", labels=PSY),)), "allow", "proxy"),
    "a proxy, and what is marked": (
        PROXY,
        _of(relations=NAMED, labels=PSY, consents=(_says("permit", labels=PSY),)),
        "deny",
        "label",
    ),
    "a proxy, and what is marked and refused": (
        PROXY,
        _of(labels=PSY, consents=(_says("deny", labels=PSY),)),
        "deny",
        "consent-label",
    ),
    "a proxy, and what he wrote himself": (PROXY, _of(labels=PSY, recorded_by_id=UUID(int=1)), "allow", "proxy"),
    "a proxy, and what he wrote and is refused": (
        PROXY,
        _of(labels=PSY, recorded_by_id=UUID(int=1), consents=(_says("deny", labels=PSY),)),
        "deny",
        "consent-label",
    ),
    "a proxy for appointments": (_at_own_door(rights=("scheduling.book",)), _of(), "deny", "scope"),
    "another patient's own door": (_at_own_door(of=OTHER, is_self=True), _of(relations=NAMED), "deny", "subject"),
    "the own door of another facility": (SELF, _of(facility_id=OTHER), "deny", "facility"),
    "a program reads marks": (_who(rights=ALL_RIGHT | SENSITIVE), _of(labels=PSY), "allow", "all"),
}


@pytest.mark.guarantee("S10", "S11", "S9")
@pytest.mark.parametrize("case", TABLE)
def test_opening(case):
    act, about_it, answer, reason = TABLE[case]
    decision = access.decide(act, access.OPEN, about_it)
    assert (decision.answer, decision.reasons) == (answer, (reason,))


DESK = frozenset({"patients.find", "patients.update_patient"})
IDENTIFYING = {
    "the desk": (_who(rights=DESK), _of(), "allow", "identify"),
    "the desk and a VIP": (_who(rights=DESK), _of(is_vip=True), "redact", "vip"),
    "the desk and a colleague": (_who(rights=DESK), _of(staff_id=OTHER), "redact", "vip"),
    "the system and a VIP": (_who(by=SYSTEM, rights=DESK), _of(is_vip=True), "allow", "identify"),
    "who treats": (_who(), _of(relations=NAMED), "allow", "named"),
    "who does not": (_who(), _of(), "redact", "relation"),
    "who does not, and keeps names": (_who(rights=CLINICIAN | DESK), _of(), "allow", "identify"),
    "the patient himself": (SELF, _of(is_vip=True), "allow", "self"),
    "a proxy for appointments": (_at_own_door(rights=("scheduling.book",)), _of(), "deny", "scope"),
    "another patient's own door": (_at_own_door(of=OTHER), _of(), "deny", "subject"),
    "who only finds": (_who(rights=frozenset({"patients.find"})), _of(), "deny", "right"),
    "another facility": (_who(rights=DESK, facility_id=OTHER), _of(), "deny", "facility"),
}
FINDING = {
    "finds": (_who(rights=frozenset({"patients.find"})), _of(is_vip=True), "allow", "find"),
    "opens": (_who(rights=frozenset({"patients.open"})), _of(), "allow", "find"),
    "the patient himself": (_at_own_door(rights=(), is_self=True), _of(is_vip=True), "allow", "find"),
    "another patient's own door": (_at_own_door(of=OTHER), _of(), "deny", "subject"),
    "neither": (_who(rights=frozenset()), _of(), "deny", "right"),
    "another facility": (_who(facility_id=OTHER), _of(), "deny", "facility"),
}


@pytest.mark.parametrize(("action", "case"), [("identify", c) for c in IDENTIFYING] + [("find", c) for c in FINDING])
def test_identifying_and_finding(action, case):
    act, about_it, answer, reason = (IDENTIFYING if action == "identify" else FINDING)[case]
    decision = access.decide(act, action, about_it)
    assert (decision.answer, decision.reasons) == (answer, (reason,))


def test_a_closed_record_reads_nothing():
    closed = access.decide(_who(), access.OPEN, _of())
    assert not closed.reads(()) and not closed.reads(("PSY",), is_own=True)  # noqa: PT018


def test_nobody_is_staff_and_patient_at_once():
    """A right of the staff at the patients' own door would open other people's records: such an act cannot be made."""
    with pytest.raises(ValueError, match="right of the staff"):
        _who(stands_for=(Subject(PATIENT, frozenset()),))
    follows = SELF.caused_by(rights={"patients.open"})
    assert (follows.stands_for, follows.on_behalf_of) == ((), SELF.by)


def test_a_right_for_one_patient_is_none_for_another():
    act = _at_own_door(rights=("scheduling.book",))
    act.require_for(PATIENT, "scheduling.book")
    with pytest.raises(NotAllowed):
        act.require_for(PATIENT, "patients.open")
    with pytest.raises(NotFound):
        act.require_for(OTHER, "scheduling.book")
    with pytest.raises(NotAllowed):
        act.require("scheduling.book")
    _who(rights=frozenset({"scheduling.book"})).require_for(OTHER, "scheduling.book")
    with pytest.raises(NotAllowed):
        _who().require_for(PATIENT, "scheduling.book")
    assert act.subjects_with("scheduling.book") == act.subjects == {PATIENT}
    assert act.subjects_with("patients.open") == frozenset()
