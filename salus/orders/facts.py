"""What orders announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Fact):
    """Orders of one kind were signed together: one fact, so that signing ten costs what signing one does."""

    order_ids: tuple[UUID, ...]
    kind: str
    encounter_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OrderStopped(Fact):
    """An order was stopped or cancelled before it was done; `was_done`: all was given out, and the course ends early."""

    order_id: UUID
    kind: str
    was_done: bool = False


@dataclass(frozen=True, kw_only=True)
class OrderHeld(Fact):
    """An order waits until it is resumed."""

    order_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class OrderResumed(Fact):
    """An order that waited goes on."""

    order_id: UUID
    kind: str


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Fact):
    """What was ordered is done."""

    order_id: UUID


@dataclass(frozen=True, kw_only=True)
class OrderReopened(Fact):
    """What had been said to be done was not: the order is open again."""

    order_id: UUID


@dataclass(frozen=True, kw_only=True)
class OrderPerformed(Fact):
    """What was ordered was done once, or was not: `status` is `completed` or `not-done`, `is_last` that it ended the order.

    Of a medicine one dose was given, or was refused or withheld.
    """

    order_id: UUID
    performance_id: UUID
    kind: str
    status: str
    is_last: bool = False


@dataclass(frozen=True, kw_only=True)
class PerformanceVoided(Fact):
    """What was written down as done was not so; `reopens`: the order that it had ended is open again."""

    performance_id: UUID
    order_id: UUID
    kind: str
    reopens: bool = False


@dataclass(frozen=True, kw_only=True)
class WrongWristband(Fact):
    """A dose of this patient was about to be given to somebody else: the wristband stopped it."""

    order_id: UUID


@dataclass(frozen=True, kw_only=True)
class CountersignAsked(Fact):
    """Orders need a second signature.

    `countersign`: `verbal` or `high-alert`. `practitioner_id` is who is asked; without one anybody with the right in the
    department.
    """

    order_ids: tuple[UUID, ...]
    countersign: str
    practitioner_id: UUID | None = None
    department_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OrderCountersigned(Fact):
    """Orders of one patient have their second signature."""

    order_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class OrderHandedOver(Fact):
    """Somebody else answers for open orders of one patient now."""

    order_ids: tuple[UUID, ...]
    practitioner_id: UUID
    #: who answered for them before
    from_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MedicationStatementRecorded(Fact):
    """A medicine that the patient takes without an order of this house was written down, or how it stands changed."""

    statement_id: UUID


@dataclass(frozen=True, kw_only=True)
class MedicinesReconciled(Fact):
    """All medicines of a patient were gone through; `moment`: `start`, `transfer` or `discharge`."""

    reconciliation_id: UUID
    encounter_id: UUID
    moment: str
