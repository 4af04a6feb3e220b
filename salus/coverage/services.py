"""Acts on cover: who pays for a patient."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.coverage.facts import CoverageChanged, CoverageRecorded
from salus.coverage.models import Coverage
from salus.coverage.rules import in_order
from salus.patients.models import Patient
from salus.places.models import Organization

_TEXTS = ("kind", "payer_name", "plan", "member_number", "relationship")


class CoverageKnown(Conflict):
    """This cover is recorded already."""


@transaction.atomic
def record_coverage(
    act: Act,
    *,
    patient_id: UUID,
    payer_id: UUID | None = None,
    payer_name: str = "",
    kind: str = "",
    plan: str = "",
    member_number: str = "",
    relationship: str = "self",
    starts: str | None = None,
    ends: str | None = None,
) -> Coverage:
    """Write down who pays for a patient; it is asked after those that are known already.

    :param payer_id: an organisation of `places`, or `payer_name` where it is none
    :param starts: FHIR dates, perhaps partial; the last day still counts
    :raises Invalid: without a payer, or if it ends before it begins
    :raises CoverageKnown: if the patient has this number with this payer already
    """
    act.require("coverage.record_coverage")
    row = Coverage(patient_id=patient_id, status="active", recorded_by_id=act.by)
    _put(row, kind=kind, plan=plan, member_number=member_number, relationship=relationship, starts=starts, ends=ends)
    _put_payer(row, payer_id, payer_name)
    known = _known(act, patient_id)
    if any(_same(row, other) for other in known):
        raise CoverageKnown(member_number=CoverageKnown.__doc__ or "")
    row.place = max((other.place for other in known), default=0) + 1
    row.save(force_insert=True)
    announce(act, CoverageRecorded(patient_id=patient_id, coverage_id=row.id))
    return row


@transaction.atomic
def update_coverage(act: Act, *, coverage_id: UUID, version: int, **changes: Any) -> Coverage:
    """Change what is known of a cover; `changes` are named as in `record_coverage`.

    :raises Stale: if somebody changed it since it was read
    :raises Invalid: as `record_coverage`
    """
    act.require("coverage.record_coverage")
    row = _locked(act, coverage_id, version)
    now = {name: getattr(row, name) for name in (*_TEXTS, "starts", "ends")}
    now |= {name: changes[name] for name in changes.keys() & now.keys()}
    payer_name = now.pop("payer_name")
    _put(row, **{name: value or "" if name in _TEXTS else value for name, value in now.items()})
    _put_payer(row, changes.get("payer_id", row.payer_id), payer_name)
    row.save(update_fields=[*_TEXTS, "starts", "ends", "payer"])
    announce(act, CoverageChanged(patient_id=row.patient_id, coverage_id=row.id, change="changed"))
    return row


@transaction.atomic
def end_coverage(act: Act, *, coverage_id: UUID, version: int, ends: date) -> Coverage:
    """Write down that a cover is over; `ends` is its last day.

    :raises Stale: if somebody changed it since it was read
    :raises Invalid: if it would end before it began
    """
    act.require("coverage.record_coverage")
    row = _locked(act, coverage_id, version)
    if not in_order(str(row.starts or ""), ends.isoformat()):
        raise Invalid(ends=_("It would end before it began."))
    row.status, row.ends = "cancelled", PartialDate.of(ends)
    row.save(update_fields=["status", "ends"])
    announce(act, CoverageChanged(patient_id=row.patient_id, coverage_id=row.id, change="ended"))
    return row


@transaction.atomic
def void_coverage(act: Act, *, coverage_id: UUID, version: int, reason: str) -> Coverage:
    """Say that a cover was recorded in error; the row stays, with the reason.

    :raises Stale: if somebody changed it since it was read
    :raises Invalid: without a reason
    """
    act.require("coverage.record_coverage")
    row = _locked(act, coverage_id, version)
    row.status = "entered-in-error"
    row.void(act, reason, "status")
    announce(act, CoverageChanged(patient_id=row.patient_id, coverage_id=row.id, change="voided"))
    return row


def _known(act: Act, patient_id: UUID) -> list[Coverage]:
    """The active cover of a patient, whose row is locked: two desks that record one card at once see each other's."""
    if patient_id in act.trace.made:
        return []
    if not Patient.objects.visible_to(act).select_for_update(no_key=True).filter(id=patient_id).exists():
        raise NotFound
    return list(Coverage.objects.visible_to(act).filter(patient_id=patient_id, status="active"))


def _locked(act: Act, coverage_id: UUID, version: int) -> Coverage:
    row = Coverage.objects.visible_to(act).select_for_update(of=("self",)).filter(id=coverage_id).first()
    if row is None:
        raise NotFound
    if row.version != version:
        raise Stale
    return row


def _put(row: Coverage, *, kind: str, plan: str, member_number: str, relationship: str, starts: Any, ends: Any) -> None:
    row.kind, row.plan, row.relationship = kind, plan.strip(), relationship
    row.member_number = member_number.strip()
    row.starts, row.ends = _date("starts", starts), _date("ends", ends)
    if not in_order(str(row.starts or ""), str(row.ends or "")):
        raise Invalid(ends=_("It would end before it began."))


def _put_payer(row: Coverage, payer_id: UUID | None, payer_name: str) -> None:
    if payer_id is None and not payer_name.strip() and row.kind != "pay":
        raise Invalid(payer=_("Choose who pays, or write the name."))
    row.payer_id, row.payer_name = payer_id, "" if payer_id else payer_name.strip()
    if payer_id is not None and not Organization.objects.filter(id=payer_id, is_active=True).exists():
        raise Invalid(payer=_("Choose one of the list, or write the name."))


def _same(one: Coverage, other: Coverage) -> bool:
    same_payer = (one.payer_id, one.payer_name.casefold()) == (other.payer_id, other.payer_name.casefold())
    return same_payer and _bare(one.member_number) == _bare(other.member_number)


def _bare(number: str) -> str:
    return "".join(sign for sign in number.casefold() if sign.isalnum())


def _date(field: str, value: Any) -> PartialDate | None:
    try:
        return PartialDate.parse(str(value)) if value else None
    except ValueError as error:
        raise Invalid(**{field: _("Write the date like 14-Mar-1964, Mar-1964 or 1964.")}) from error
