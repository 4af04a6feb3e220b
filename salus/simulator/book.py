"""The rows of a history, table by table, in the order in which they can be written and numbered."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any
from uuid import UUID

from salus.billing.models import Charge, Invoice, InvoiceLine, Payment
from salus.billing.rules import invoice_number, receipt_number
from salus.chart.models import AllergyIntolerance, Condition, Note, Observation
from salus.core.ids import uuid7_at
from salus.encounters.models import Encounter
from salus.orders.models import Order
from salus.patients.loading import NewRelation
from salus.places.models import Department
from salus.simulator.hospital import CURRENCY
from salus.simulator.people import Somebody
from salus.simulator.rows import Sheet
from salus.staff.models import StaffMember

LOINC = "http://loinc.org"
#: service, quantity, source, department: what a visit comes to
Done = tuple[str, Decimal, str, UUID]


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that was told: whose, when, with whom, where."""

    id: UUID
    patient: Somebody
    at: datetime
    end: datetime
    doctor: StaffMember
    department: Department
    age: int

    @property
    def of(self) -> dict[str, Any]:
        """What every entry of it says."""
        return {"patient_id": self.patient.id, "encounter_id": self.id}


class Book:
    """The rows of a history; ids and times follow from the seed."""

    def __init__(self, chance: random.Random, facility_id: UUID) -> None:
        self.chance = chance
        self.relations: list[NewRelation] = []
        entry = ("patient_id", "encounter_id", "status", "code", "display")
        self.encounters = Sheet(
            Encounter,
            ("patient_id", "number", "service_code", "department_id", "practitioner_id", "reason", "starts", "ends")
            + ("started_at", "ended_at", "arrived_at"),
            facility_id=facility_id, status="finished", class_code="AMB",
        )  # fmt: skip
        self.conditions = Sheet(
            Condition,
            (*entry, "category", "onset", "onset_at", "abatement", "recorded", "recorded_at", "recorder_id", "code_system"),
            verification="confirmed",
        )  # fmt: skip
        self.allergies = Sheet(
            AllergyIntolerance,
            ("patient_id", "display", "allergen_code", "categories", "criticality", "severity", "reactions", "ingredients")
            + ("allergy_groups", "is_none_known", "recorded", "recorded_at"),
            status="active", verification="confirmed",
        )  # fmt: skip
        self.notes = Sheet(
            Note,
            ("patient_id", "encounter_id", "title", "sections", "author_id", "author_name", "written_at", "signed_at")
            + ("diagnoses",),
            status=Note.SIGNED, kind="consultation",
        )  # fmt: skip
        self.orders = Sheet(
            Order,
            (*entry, "department_id", "requester_id", "requester_name", "authored", "authored_at", "kind", "code_system")
            + ("medicine_id", "presentation_id", "test_id", "dose", "dose_unit", "route", "frequency", "period")
            + ("period_unit", "duration_days", "quantity", "quantity_unit"),
        )  # fmt: skip
        self.observations = Sheet(
            Observation,
            ("patient_id", "encounter_id", "category", "code", "display", "value_type", "number", "unit", "unit_code")
            + ("components", "flag", "low", "high", "reference_text", "effective", "at", "issued_at"),
            status="final", code_system=LOINC,
        )  # fmt: skip
        self.invoices = Sheet(
            Invoice, ("patient_id", "encounter_id", "number", "status", "total", "paid", "issued_at"),
            facility_id=facility_id, currency=CURRENCY, issued_by_name="Omar Haddad",
        )  # fmt: skip
        self.charges = Sheet(
            Charge,
            ("patient_id", "encounter_id", "department_id", "service_id", "description", "quantity", "unit_price", "amount")
            + ("occurred_at", "source", "invoice_id"),
            facility_id=facility_id, currency=CURRENCY,
        )  # fmt: skip
        self.lines = Sheet(
            InvoiceLine, ("invoice_id", "charge_id", "place", "description", "quantity", "unit_price", "amount")
        )
        self.payments = Sheet(
            Payment, ("invoice_id", "receipt_number", "method", "amount", "received_at"),
            facility_id=facility_id, currency=CURRENCY, received_by_name="Omar Haddad",
        )  # fmt: skip

    def add(self, sheet: Sheet, written_at: datetime, /, **said: Any) -> UUID:
        """One row as it was written then; gives its id."""
        return sheet.add(uuid7_at(written_at, self.chance), written_at, **said)

    def number(self, visits: Sequence[int]) -> None:
        """Give visits (these), invoices and receipts (from 1) their numbers in the order of time."""
        by_time = itemgetter("created_at", "id")
        for n, visit in zip(visits, sorted(self.encounters.rows, key=by_time), strict=True):
            visit["number"] = n
        for n, bill in enumerate(sorted(self.invoices.rows, key=by_time), start=1):
            bill["number"] = invoice_number(bill["issued_at"].year, n)
        for n, paid in enumerate(sorted(self.payments.rows, key=by_time), start=1):
            paid["receipt_number"] = receipt_number(paid["received_at"].year, n)

    def sheets(self) -> Iterator[Sheet]:
        """All tables, in the order of their foreign keys."""
        yield from (self.encounters, self.conditions, self.allergies, self.notes, self.orders, self.observations)
        yield from (self.invoices, self.charges, self.lines, self.payments)
