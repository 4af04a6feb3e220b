"""What a crowd has behind it, written straight as COPY lines: visits, readings, a diagnosis, a test, a paid bill.

For each patient: two visits, six observations, one condition, an order for every other one, and one paid invoice of two
lines. The visits of one patient are written far apart, as they come in a hospital: a page that reads them cannot live from
their lying side by side.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from salus.billing.models import Charge, Invoice, InvoiceLine, Payment
from salus.billing.rules import invoice_number, receipt_number
from salus.chart.models import Condition, Observation
from salus.encounters.models import Encounter
from salus.orders.models import Order
from salus.simulator.book import LOINC
from salus.simulator.hospital import CURRENCY, Hospital
from salus.simulator.knowledge import ICD, Knowledge
from salus.simulator.people import Somebody
from salus.simulator.rows import Lines, flush_all

#: vital sign -> lowest and highest drawn, in tenths
_VITALS = {"systolic": (1000, 1650), "diastolic": (600, 950), "pulse": (550, 1050), "spo2": (930, 990)}
_DAYS = 5 * 365


@dataclass(slots=True)
class Written:
    """How many rows of a kind were written."""

    patients: int = 0
    encounters: int = 0
    observations: int = 0
    conditions: int = 0
    orders: int = 0
    invoices: int = 0
    charges: int = 0


@dataclass(slots=True)
class _Visit:
    patient: UUID
    id: UUID
    at: datetime
    department: UUID
    service: str


@dataclass(slots=True)
class _Numbers:
    visit: int = 0
    invoice: int = 0


class Historian:
    """Writes the history of one batch of people after another."""

    def __init__(self, chance: random.Random, at: datetime, hospital: Hospital, known: Knowledge) -> None:
        self.chance, self.at, self.hospital, self.known = chance, at, hospital, known
        self.numbers = _Numbers()
        house, dated = self.hospital.facility.id, {"created_at": self.at, "updated_at": self.at}
        doctors = [d for some in self.hospital.doctors.values() for d in some]
        self.doctors = [(d.practitioner_id, d.department_ids[0]) for d in doctors]
        codes = [c for c in self.hospital.prices if c.startswith("consultation-")]
        self.consultations = [(c, self.hospital.services[c], self.hospital.prices[c]) for c in codes]
        self.test = next(t for t in self.known.tests.values() if t.service and t.service.code in self.hospital.prices)
        self.vitals = [(self.known.vitals[c], *_VITALS[c]) for c in _VITALS if c in self.known.vitals]
        self.encounters = Lines(
            Encounter,
            ("id", "patient_id", "number", "department_id", "practitioner_id", "service_code", "starts", "ends")
            + ("started_at", "ended_at", "arrived_at"),
            facility_id=house, status="finished", reason="Follow-up visit", **dated,
        )  # fmt: skip
        self.observations = [
            Lines(
                Observation, ("id", "patient_id", "encounter_id", "number", "effective", "at", "issued_at"),
                status="final", category="vital-signs", code_system=LOINC, code=v.loinc, display=v.name,
                value_type="Quantity", unit=v.unit_text, unit_code=v.unit, low=v.usual_low, high=v.usual_high, **dated,
            )
            for v, _low, _high in self.vitals
        ]  # fmt: skip
        self.conditions = [
            Lines(
                Condition, ("id", "patient_id", "encounter_id", "recorded", "recorded_at", "status"),
                verification="confirmed", category="encounter-diagnosis", code_system=ICD, code=one.code,
                display=one.display, **dated,
            )
            for one in self.known.conditions.values()
        ]  # fmt: skip
        self.orders = Lines(
            Order, ("id", "patient_id", "encounter_id", "authored", "authored_at", "requester_id"),
            kind="test", status="completed", code_system=LOINC, code=self.test.loinc, display=self.test.name,
            test_id=self.test.id, **dated,
        )  # fmt: skip
        self._prepare_bills(house, dated)

    def _prepare_bills(self, house: UUID, dated: dict[str, datetime]) -> None:
        money = {"currency": CURRENCY, **dated}
        self.invoices = Lines(
            Invoice, ("id", "patient_id", "encounter_id", "number", "total", "paid", "issued_at"),
            facility_id=house, status="paid", issued_by_name="Omar Haddad", **money,
        )  # fmt: skip
        self.charges = Lines(
            Charge,
            ("id", "patient_id", "encounter_id", "department_id", "service_id", "description", "unit_price", "amount")
            + ("occurred_at", "source", "invoice_id"),
            facility_id=house, quantity=Decimal(1), **money,
        )  # fmt: skip
        self.lines = Lines(
            InvoiceLine, ("id", "invoice_id", "charge_id", "place", "description", "unit_price", "amount"),
            quantity=Decimal(1), **dated,
        )  # fmt: skip
        self.payments = Lines(
            Payment, ("id", "invoice_id", "receipt_number", "amount", "received_at"),
            facility_id=house, method="cash", received_by_name="Omar Haddad", **money,
        )  # fmt: skip

    # ------------------------------------------------------------ telling

    def first_visits(self, people: Sequence[Somebody]) -> None:
        """A first visit with three readings, the diagnosis, and an order for every other patient."""
        for place, one in enumerate(people):
            visit = self._visit(one.id, self._when(one.since))
            self._readings(visit, 3)
            self._diagnose(visit)
            if place % 2:
                day, moment = visit.at.date().isoformat(), visit.at.isoformat()
                self.orders.add(self._id(visit.at), one.id, visit.id, day, moment, self.doctors[0][0])

    def second_visits(self, people: Sequence[Somebody]) -> None:
        """A later visit with three readings and a paid bill, in the order in which they happen to come."""
        for one in self.chance.sample(list(people), len(people)):
            visit = self._visit(one.id, self._when(one.since))
            self._readings(visit, 3)
            self._bill(visit)

    def many_visits(self, patient: Somebody, number: int, readings: int) -> None:
        """Visits of the one patient who comes again and again."""
        for _n in range(number):
            visit = self._visit(patient.id, self._when(self.at - timedelta(days=_DAYS)))
            self._readings(visit, readings)
            if self.chance.random() < 0.04:
                self._diagnose(visit)

    def flush(self) -> None:
        """Write everything told so far."""
        flush_all((self.encounters, *self.conditions, self.orders, *self.observations))
        flush_all((self.invoices, self.charges, self.lines, self.payments))

    def written(self) -> Written:
        """What was written so far."""
        return Written(
            encounters=self.encounters.written,
            observations=sum(one.written for one in self.observations),
            conditions=sum(one.written for one in self.conditions),
            orders=self.orders.written,
            invoices=self.invoices.written,
            charges=self.charges.written,
        )

    # ------------------------------------------------------------ one by one

    def _id(self, at: datetime) -> UUID:
        bits = self.chance.getrandbits(74)
        moment = int(at.timestamp() * 1000)
        return UUID(int=moment << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & ((1 << 62) - 1))

    def _when(self, since: datetime) -> datetime:
        """A working hour of a day between `since` and yesterday; at least in the last five years."""
        earliest = max(since, self.at - timedelta(days=_DAYS))
        days = max((self.at - earliest).days - 1, 0)
        day = self.at - timedelta(days=1 + self.chance.randint(0, days))
        return datetime(
            day.year, day.month, day.day, self.chance.randint(8, 16), self.chance.randint(0, 59), tzinfo=UTC
        )

    def _visit(self, patient: UUID, at: datetime) -> _Visit:
        practitioner, department = self.chance.choice(self.doctors)
        service = self.chance.choice(self.consultations)[0]
        start, end = at.isoformat(), (at + timedelta(minutes=25)).isoformat()
        self.numbers.visit += 1
        visit = _Visit(patient, self._id(at), at, department, service)
        number = f"B{self.numbers.visit}"
        self.encounters.add(
            visit.id, patient, number, department, practitioner, service, start, end, start, end, start
        )  # fmt: skip
        return visit

    def _readings(self, visit: _Visit, number: int) -> None:
        at = visit.at.isoformat()
        for place in range(number):
            lines, (_vital, low, high) = (
                self.observations[place % len(self.vitals)],
                self.vitals[place % len(self.vitals)],
            )
            value = Decimal(self.chance.randint(low, high)).scaleb(-1).quantize(Decimal(1))
            lines.add(self._id(visit.at), visit.patient, visit.id, value, at, at, at)

    def _diagnose(self, visit: _Visit) -> None:
        status = "active" if self.chance.random() < 0.4 else "resolved"
        day, at = visit.at.date().isoformat(), visit.at.isoformat()
        self.chance.choice(self.conditions).add(self._id(visit.at), visit.patient, visit.id, day, at, status)

    def _bill(self, visit: _Visit) -> None:
        code, service, price = self.chance.choice(self.consultations)
        test = self.test.service
        assert test is not None
        laboratory = self.hospital.departments["lab"].id
        done = (
            (service, self.hospital.service_names[code], price, visit.department, f"encounters.encounter:{visit.id}"),
            (test.id, test.name, self.hospital.prices[test.code], laboratory, f"lab.request:bench-{visit.id}"),
        )
        at, invoice, total = visit.at.isoformat(), self._id(visit.at), done[0][2] + done[1][2]
        self.numbers.invoice += 1
        number = self.numbers.invoice
        year = visit.at.year
        self.invoices.add(invoice, visit.patient, visit.id, f"B{invoice_number(year, number)}", total, total, at)
        for place, (what, name, amount, department, source) in enumerate(done, start=1):
            charge = self._id(visit.at)
            self.charges.add(
                charge, visit.patient, visit.id, department, what, name, amount, amount, at, source, invoice
            )  # fmt: skip
            self.lines.add(self._id(visit.at), invoice, charge, place, name, amount, amount)
        self.payments.add(self._id(visit.at), invoice, f"B{receipt_number(year, number)}", total, at)
