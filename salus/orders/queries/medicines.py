"""What a patient takes: by orders of this house and from outside; and who went through it when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.orders.models import MedicationStatement, Order, ReconciledMedicine, Reconciliation
from salus.orders.queries.orders import alerts_for, medicines_in_use, proposed_of
from salus.orders.sockets import Alert, Proposed
from salus.orders.words import Dosing, MedicineWords, medicine_words, words_of

#: states of a medicine from outside in which the patient takes it, or may
TAKEN = ("active", "on-hold", "unknown", "intended")
#: statements and reconciliations that a page shows
MOST = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """One medicine that the patient takes now: an order of this house, or one from outside."""

    order_id: UUID | None
    statement_id: UUID | None
    status: str
    words: MedicineWords
    since: str
    since_at: datetime | None
    who: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A medicine from outside as the record shows it."""

    id: UUID
    version: int
    patient_id: UUID
    status: str
    words: MedicineWords
    informant: str
    started: str
    ended: str
    reason: str
    status_reason: str
    recorder: str
    asserted_at: datetime | None
    is_taken: bool


@dataclass(frozen=True, slots=True)
class ReconciliationLine:
    """Who went through the medicines, when, and what was decided about each."""

    moment: str
    done_at: datetime
    by_name: str
    encounter_id: UUID
    #: medicine, decision, reason
    decisions: Sequence[tuple[str, str, str]]

    @property
    def words(self) -> str:
        """`amoxicillin: continued; warfarin: stopped (bleeding)`."""
        done = {"continue": _("continued"), "change": _("changed"), "hold": _("held"), "stop": _("stopped")}
        return "; ".join(
            f"{name}: {done.get(what, what)}" + (f" ({why})" if why else "") for name, what, why in self.decisions
        )


def _statements() -> Any:
    """The manager of statements: to the types it is that of entries (`chart`), which know no medicine."""
    return MedicationStatement.objects


def statement_words(row: MedicationStatement) -> MedicineWords:
    """A medicine from outside in words; its medicine must be loaded."""
    return words_of(
        Dosing(
            row.medicine.name if row.medicine else row.display,
            "" if row.medicine is None or row.medicine.name == row.display else row.display,
            row.dose,
            row.dose_unit,
            row.route,
            row.frequency,
            row.period,
            row.period_unit,
            row.as_needed,
            "",
            None,
            row.dosage_text,
        )
    )


def statement_line(row: MedicationStatement) -> StatementLine:
    """A statement as a line; its medicine must be loaded."""
    return StatementLine(
        id=row.id,
        version=row.version,
        patient_id=row.patient_id,
        status="entered-in-error" if row.voided_at else row.status,
        words=statement_words(row),
        informant=str(dict(MedicationStatement.INFORMANTS).get(row.informant, "")),
        started=str(row.started or ""),
        ended=str(row.ended or ""),
        reason=row.reason,
        status_reason=row.status_reason,
        recorder=row.recorder_name,
        asserted_at=row.asserted_at,
        is_taken=row.voided_at is None and row.status in TAKEN,
    )


def statements_of(act: Act, patient_id: UUID) -> list[StatementLine]:
    """The medicines from outside, those that are taken first."""
    rows = _statements().of_patient(act, patient_id).select_related("medicine")
    found = rows.defer("medicine__words", "medicine__sources").order_by("-asserted_at", "-id")[:MOST]
    return sorted((statement_line(row) for row in found), key=lambda one: not one.is_taken)


def statement(act: Act, statement_id: UUID) -> StatementLine:
    """One medicine from outside.

    :raises MedicationStatement.DoesNotExist: if there is none that this act may see
    """
    return statement_line(_statements().visible_to(act).select_related("medicine").get(id=statement_id))


def statements_in_use(patient_id: UUID) -> list[MedicationStatement]:
    """The medicines from outside that a patient takes and the formulary knows; for a safety check, whoever does it."""
    rows = _statements().filter(patient_id=patient_id, status__in=TAKEN, medicine__isnull=False).valid()
    return list(
        rows.select_related("medicine", "encounter").defer("medicine__words", "medicine__sources").order_by("id")
    )


def alerts_on_statements(act: Act, patient_id: UUID) -> dict[UUID, list[Alert]]:
    """What speaks against each medicine from outside that the patient takes; nothing is asked where there is none."""
    rows = statements_in_use(patient_id)
    found = alerts_for(act, [proposed_of_statement(one) for one in rows], "review") if rows else []
    return {row.id: [one for one in found if one.place == place] for place, row in enumerate(rows)}


def proposed_of_statement(row: MedicationStatement) -> Proposed:
    """A medicine from outside as the safety checks see it; its medicine must be loaded."""
    order = Order(
        id=row.id,
        kind="medicine",
        status="active",
        display=row.display,
        medicine=row.medicine,
        dose=row.dose,
        dose_unit=row.dose_unit,
        route=row.route,
        frequency=row.frequency,
        period=row.period,
        period_unit=row.period_unit,
        as_needed=row.as_needed,
        authored_at=row.asserted_at,
    )
    return replace(proposed_of(order, patient_id=row.patient_id), statement_id=row.id)


def taken(act: Act, patient_id: UUID) -> list[Taken]:
    """Everything that the patient takes now, in the order of the names."""
    orders = medicines_in_use(patient_id, act.at, Order.objects.of_patient(act, patient_id))
    rows = _statements().of_patient(act, patient_id).valid().filter(status__in=TAKEN)
    statements = rows.select_related("medicine").defer("medicine__words", "medicine__sources")
    ours = [
        Taken(
            order_id=one.id,
            statement_id=None,
            status=one.status,
            words=medicine_words(one),
            since=str(one.authored or ""),
            since_at=one.authored_at,
            who=one.requester_name,
        )
        for one in orders
    ]
    theirs = [
        Taken(
            order_id=None,
            statement_id=one.id,
            status=one.status,
            words=statement_words(one),
            since=str(one.started or ""),
            since_at=one.asserted_at,
            who=str(dict(MedicationStatement.INFORMANTS).get(one.informant, "")),
        )
        for one in statements
    ]
    return sorted([*ours, *theirs], key=lambda one: (one.words.name.casefold(), str(one.order_id)))


def reconciliations_of(act: Act, patient_id: UUID, limit: int = 10) -> list[ReconciliationLine]:
    """Who went through the medicines of a patient, the newest first; for who may open the record."""
    shown = Order.objects.of_patient(act, patient_id)
    told = _statements().of_patient(act, patient_id)
    medicines = ReconciledMedicine.objects.filter(order__in=shown) | ReconciledMedicine.objects.filter(
        statement__in=told
    )
    rows = (
        Reconciliation.objects.filter(patient_id=patient_id)
        .order_by("-done_at")
        .prefetch_related(
            Prefetch("medicines", medicines.select_related("order__medicine", "statement__medicine"), to_attr="shown")
        )
    )
    return [
        ReconciliationLine(
            moment=row.moment,
            done_at=row.done_at,
            by_name=row.by_name,
            encounter_id=row.encounter_id,
            decisions=[(_name(one), one.decision, one.reason) for one in row.shown],
        )
        for row in rows[:limit]
    ]


def _name(one: ReconciledMedicine) -> str:
    row = one.order or one.statement
    assert row is not None
    return row.medicine.name if row.medicine else row.display
