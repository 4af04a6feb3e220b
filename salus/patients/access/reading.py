"""What is decided about one patient: read with the patient's row, in the same statement, and remembered in the act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import models
from django.db.models.expressions import RawSQL

from salus.core.act import Act
from salus.core.engine import prepared
from salus.core.errors import Barred, NotAllowed, NotFound
from salus.patients import sockets
from salus.patients.access import decision as rule
from salus.patients.access.decision import About, Action, ConsentSaid, Decision, Relation, decide
from salus.patients.models import Patient
from salus.ui.addresses import url

#: relations that may still open the record, and consents that are not withdrawn: few, whoever the patient is
_TOLD = """
    (SELECT json_build_array(
        (SELECT json_agg(json_build_array(r.practitioner_id, r.department_id, r.started_at, r.ended_at, r.kind))
         FROM patients_carerelation r WHERE r.patient_id = patients_patient.id AND r.voided_at IS NULL
           AND (r.ended_at IS NULL OR r.ended_at > %s::timestamptz)),
        (SELECT json_agg(json_build_array(c.decision, c.practitioner_id, c.department_id, c.labels, c.starts_at, c.ends_at,
                                          c.withdrawn_at, c.in_emergency))
         FROM patients_consent c WHERE c.patient_id = patients_patient.id AND c.voided_at IS NULL
           AND (c.withdrawn_at IS NULL OR c.withdrawn_at > %s::timestamptz)))::text)
"""
_ONE = f"""
    SELECT patients_patient.facility_id, patients_patient.is_vip, patients_patient.staff_member_id, {_TOLD}{{more}}
    FROM patients_patient WHERE patients_patient.id = %s::uuid
"""  # noqa: S608 - constants
_UNREAD = ("name_words", "contact_keys")


class _Relation(msgspec.Struct, array_like=True):
    practitioner_id: UUID | None
    department_id: UUID | None
    started_at: datetime
    ended_at: datetime | None
    kind: str


class _Consent(msgspec.Struct, array_like=True):
    decision: str
    practitioner_id: UUID | None
    department_id: UUID | None
    labels: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None
    withdrawn_at: datetime | None
    in_emergency: bool


_READ = msgspec.json.Decoder(tuple[list[_Relation] | None, list[_Consent] | None])


def told(at: datetime) -> RawSQL:
    """For `.annotate()` of patients: what `about` reads."""
    return RawSQL(_TOLD, [at - rule.RECENT, at], output_field=models.TextField())  # noqa: S611 - a constant


def about(patient: Patient, text: str) -> About:
    """What there is to decide about a patient, from the row and from what `told` answered."""
    return _about(patient.id, patient.facility_id, patient.is_vip, patient.staff_member_id, text)


def _about(patient_id: UUID, facility_id: UUID, is_vip: bool, staff_id: UUID | None, text: str) -> About:
    relations, consents = _READ.decode(text)
    return About(
        patient_id=patient_id,
        facility_id=facility_id,
        is_vip=is_vip,
        staff_id=staff_id,
        relations=tuple(
            Relation(r.practitioner_id, r.department_id, r.started_at, r.ended_at, r.kind) for r in relations or ()
        ),
        consents=tuple(ConsentSaid(**{f: getattr(c, f) for f in c.__struct_fields__}) for c in consents or ()),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A patient whom an act may find, with what was decided about opening the record."""

    patient: Patient
    about: About
    opened: Decision


def patient_known(act: Act, patient_id: UUID, *, to: Action = rule.OPEN, **more: Any) -> Known:
    """The patient, if this act may do that; one statement, without search columns. Notes that the patient was shown.

    :param more: expressions over the patient's row that are read along
    :raises NotAllowed: without the right
    :raises NotFound: if there is none here that this act may find
    :raises Barred: if relation, consent, VIP or the person's own record stand in the way
    """
    if not act.stands_for:
        act.require_any(*rule.FINDING)
    # read along: a banner costs no statement more
    flags = {"flags_told": sockets.banner_flags[0].told()} if sockets.banner_flags else {}
    rows = Patient.objects.visible_to(act).filter(id=patient_id).defer(*_UNREAD)
    row = rows.annotate(access_told=told(act.at), **flags, **more).first()
    if row is None:
        raise NotFound
    known = about(row, row.access_told)  # type: ignore[attr-defined]
    return Known(row, known, settle(act, known, to))


def settle(act: Act, known: About, to: Action) -> Decision:
    """Decide, remember what was decided about opening the record, and go on only if it may be; notes who was shown.

    :raises NotAllowed: without the right
    :raises Barred: if something else stands in the way
    """
    opened = decide(act, rule.OPEN, known)
    act.trace.decided[act.by, known.patient_id] = opened
    asked = opened if to == rule.OPEN else decide(act, to, known)
    if not asked.allows:
        refuse(act, known.patient_id, asked)
    act.shows(known.patient_id)
    return opened


def read(act: Act, patient_id: UUID, more: str = "", values: Sequence[Any] = ()) -> tuple[About, Sequence[Any]] | None:
    """What there is to decide about a patient, with more columns of the row; nothing where there is no such patient.

    :param more: further columns of `patients_patient` as a constant of SQL, each with a comma before it; `values` are its own
    """
    with prepared() as cursor:
        cursor.execute(_ONE.format(more=more), [act.at - rule.RECENT, act.at, *values, patient_id])
        row = cursor.fetchone()
    return (_about(patient_id, *row[:4]), row[4:]) if row else None


def refuse(act: Act, patient_id: UUID, decision: Decision) -> None:
    """Turn a decision that does not allow into the refusal that a door answers with, and have it logged.

    :raises NotAllowed: where the role lacks the right
    :raises Barred: else; it looks as if nobody were there, but to who may break the glass it is offered
    """
    act.shows(patient_id, action="refused")
    if decision.reasons == ("right",):
        raise NotAllowed(rule.MAY_OPEN)
    offer = url("patients:break_glass", patient_id) if decision.answer == "offer" else ""
    raise Barred(decision.reasons[0], offer)


def decision_on(act: Act, patient_id: UUID) -> Decision:
    """What was decided about opening a patient's record in this act; one statement if nothing was yet."""
    decided = act.trace.decided.get((act.by, patient_id))
    if isinstance(decided, Decision):
        return decided
    found = read(act, patient_id)
    decided = decide(act, rule.OPEN, found[0]) if found else Decision("deny", ("facility",))
    act.trace.decided[act.by, patient_id] = decided
    return decided


def require_open(act: Act, patient_id: UUID) -> Decision:
    """Go on only with a patient whose record this act may open.

    :raises NotAllowed: without the right
    :raises NotFound: if there is none here
    :raises Barred: if something else stands in the way
    """
    decided = decision_on(act, patient_id)
    if decided.reasons == ("facility",):
        raise NotFound
    if not decided.allows:
        refuse(act, patient_id, decided)
    return decided
