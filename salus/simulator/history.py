"""Years of plausible history: visits with vital signs, diagnoses, notes, orders, results, allergies and paid bills.

Rows only: they are written by COPY, with ids and times drawn from the seed. Every value is a `Decimal`.
"""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from salus.billing.models import Charge, Invoice, InvoiceLine, Payment
from salus.catalog.models import TestDefinition, VitalSign
from salus.chart import rules as chart_rules
from salus.chart.models import AllergyIntolerance, Condition, Note, Observation
from salus.core.dates import PartialDate
from salus.core.ids import uuid7_at
from salus.core.models import Record
from salus.encounters.models import Encounter
from salus.lab import rules
from salus.orders.models import Order
from salus.simulator.book import Book
from salus.simulator.hospital import CURRENCY, Hospital
from salus.simulator.knowledge import ICD, Knowledge
from salus.simulator.people import Somebody
from salus.simulator.stories import ALLERGIES, STORIES, Story
from salus.staff.models import StaffMember
from salus.terminology.models import Medicine

LOINC = "http://loinc.org"

#: vital sign -> usual value and spread of an adult
_VITALS = {
    "systolic": (124, 14),
    "diastolic": (78, 9),
    "pulse": (76, 11),
    "respiratory-rate": (15, 2),
    "temperature": (368, 4),
    "spo2": (97, 1),
}
#: in hundredths of a kilogram: drawn once for a person, who then gains and loses a little
_WEIGHT = (7200, 1200)


_SINCE = ("for three days", "for two weeks", "since the last visit")


R = TypeVar("R", bound=Record)


class Historian:
    """Tells the history of one patient after another into a `Book`."""

    def __init__(self, chance: random.Random, at: datetime, hospital: Hospital, known: Knowledge) -> None:
        self.chance, self.at, self.hospital, self.known = chance, at, hospital, known
        self.book = Book()
        self.weight = 0

    def tell(self, patient: Somebody) -> None:
        """One patient's allergies and visits, oldest first."""
        self.weight = round(self.chance.gauss(*_WEIGHT))
        self._allergies(patient)
        age = (self.at.date() - patient.born_on).days // 365
        fitting = [s for s in STORIES if s.from_age <= age <= s.until_age and s.icd in self.known.conditions]
        lasting = self.chance.choice([s for s in fitting if s.is_long] or fitting)
        span = (self.at - patient.since).days
        for day in sorted(
            self.chance.randint(0, span) for _n in range(self.chance.choice((1, 2, 3, 3, 4, 5, 6, 8, 12)))
        ):
            start = (patient.since + timedelta(days=day)).replace(
                hour=self.chance.randint(8, 16), minute=self.chance.choice(range(0, 60, 5)), second=0, microsecond=0
            )
            if start < self.at - timedelta(days=1):
                self._visit(patient, start, lasting if self.chance.random() < 0.5 else self.chance.choice(fitting), age)

    def _allergies(self, patient: Somebody) -> None:
        at = patient.since
        base = {"patient_id": patient.id, "status": "active", "verification": "confirmed", "recorded_at": at}
        found = False
        for code, share, reaction, severity in ALLERGIES:
            allergen = self.known.allergens.get(code)
            if allergen is None or self.chance.random() >= share:
                continue
            found = True
            row = AllergyIntolerance(
                **base,
                display=allergen.name,
                allergen_code=allergen.code,
                categories=[allergen.category],
                criticality="high" if severity == "severe" else "low",
                severity=severity,
                reactions=[{"manifestation": [{"text": reaction}], "severity": severity}],
                ingredients=allergen.ingredients,
                allergy_groups=allergen.allergy_groups,
                recorded=PartialDate.of(at.date()),
            )
            self.book.allergies.append(self._dated(row, at))
        if not found and self.chance.random() < 0.7:
            none = AllergyIntolerance(
                **base, display="No known allergy", is_none_known=True, recorded=PartialDate.of(at.date())
            )
            self.book.allergies.append(self._dated(none, at))

    def _visit(self, patient: Somebody, start: datetime, story: Story, age: int) -> None:
        doctor = self._doctor(story)
        end = start + timedelta(minutes=self.chance.randint(20, 90))
        department = next(d for d in self.hospital.departments.values() if d.id in doctor.department_ids)
        service = f"consultation-{doctor.specialty}-{'follow-up' if story.is_long else 'first'}"
        visit = Encounter(
            facility=self.hospital.facility,
            patient_id=patient.id,
            status="finished",
            class_code="AMB",
            service_code=service,
            department=department,
            practitioner=doctor.practitioner,
            reason=story.complaint,
            starts=PartialDate.of(start),
            ends=PartialDate.of(end),
            started_at=start,
            ended_at=end,
            arrived_at=start - timedelta(minutes=self.chance.randint(5, 40)),
        )
        self.book.encounters.append(self._dated(visit, start))
        self._vitals(patient, visit, start, age)
        condition = self._condition(patient, visit, start, story, doctor)
        self._note(patient, visit, start, story, doctor, condition)
        services = [(service, Decimal(1), f"encounters.encounter:{visit.id}", department.id)]
        services += self._medicines(patient, visit, start, story, doctor)
        services += self._tests(patient, visit, start, story, doctor)
        self._bill(patient, visit, end, services)

    def _doctor(self, story: Story) -> StaffMember:
        everyone = self.hospital.doctors
        return self.chance.choice(everyone.get(story.specialty) or everyone["general-practice"])

    def _dated(self, row: R, at: datetime) -> R:
        """A row as it was written then: its id and its times follow from the seed."""
        row.id, row.created_at, row.updated_at = uuid7_at(at, self.chance), at, at
        return row

    def _vitals(self, patient: Somebody, visit: Encounter, at: datetime, age: int) -> None:
        """The signs of a visit, in the shape that `chart.record_vitals` files: the two pressures are one panel."""
        drawn = {code: Decimal(round(self.chance.gauss(mean, spread))) for code, (mean, spread) in _VITALS.items()}
        drawn["weight"] = Decimal(self.weight + self.chance.randint(-150, 150))
        upper, lower = drawn.pop("systolic"), drawn.pop("diastolic")
        if age >= 14:
            components = chart_rules.pressure_components(max(upper, lower + 20), lower)
            row = self._sign(patient, visit, at, chart_rules.BLOOD_PRESSURE, "Blood pressure")
            row.components, row.unit, row.unit_code, row.value_type = components, "mmHg", "mm[Hg]", ""
        for code, raw in drawn.items():
            vital = self.known.vitals.get(code)
            if vital is None or (age < 14 and code == "weight"):
                continue
            number = raw / (100 if code == "weight" else 10 if code == "temperature" else 1)
            number = max(number, Decimal(3)).quantize(Decimal(1).scaleb(-min(vital.decimals, 1)))
            row = self._sign(patient, visit, at, vital.loinc, vital.name)
            row.number, row.unit, row.unit_code = (
                min(number, Decimal(100)) if code == "spo2" else number,
                vital.unit_text,
                vital.unit,
            )
            if age >= 18:
                row.flag, row.low, row.high = self._vital_flag(vital, row.number), vital.usual_low, vital.usual_high

    def _sign(self, patient: Somebody, visit: Encounter, at: datetime, code: str, name: str) -> Observation:
        row = Observation(
            patient_id=patient.id,
            encounter=visit,
            status="final",
            category="vital-signs",
            code_system=LOINC,
            code=code,
            display=name,
            value_type="Quantity",
            effective=PartialDate.of(at),
            at=at,
            issued_at=at,
        )
        self.book.observations.append(self._dated(row, at))
        return row

    @staticmethod
    def _vital_flag(vital: VitalSign, number: Decimal) -> str:
        if vital.usual_low is not None and number < vital.usual_low:
            return "L"
        return "H" if vital.usual_high is not None and number > vital.usual_high else ""

    def _condition(
        self, patient: Somebody, visit: Encounter, at: datetime, story: Story, doctor: StaffMember
    ) -> Condition:
        """A lasting problem is recorded once; a passing one is over three weeks later."""
        for known in reversed(self.book.conditions):
            if known.patient_id != patient.id:
                break
            if known.code == story.icd and story.is_long:
                return known
        over = at + timedelta(days=21)
        row = Condition(
            patient_id=patient.id,
            encounter=visit,
            status="active" if story.is_long or over > self.at else "resolved",
            verification="confirmed",
            category="problem-list-item" if story.is_long else "encounter-diagnosis",
            code_system=ICD,
            code=story.icd,
            display=self.known.conditions[story.icd].display,
            onset=PartialDate.of(at.date()),
            onset_at=at,
            abatement=None if story.is_long or over > self.at else PartialDate.of(over.date()),
            recorded=PartialDate.of(at.date()),
            recorded_at=at,
            recorder=doctor.practitioner,
        )
        row = self._dated(row, at)
        self.book.conditions.append(row)
        return row

    def _note(
        self, patient: Somebody, visit: Encounter, at: datetime, story: Story, doctor: StaffMember, condition: Condition
    ) -> None:
        name = f"{doctor.practitioner.title} {doctor.practitioner.given} {doctor.practitioner.family}".strip()
        row = Note(
            patient_id=patient.id,
            encounter=visit,
            status=Note.SIGNED,
            kind="consultation",
            title=story.complaint,
            sections={
                "history": f"{story.complaint}, {self.chance.choice(_SINCE)}.",
                "examination": self.chance.choice(
                    ("Well. Chest clear, abdomen soft.", "No distress. Heart sounds normal.")
                ),
                "assessment": condition.display,
                "plan": self.chance.choice(
                    ("Treat as ordered; come back if worse.", "Review with results.", "Review in four weeks.")
                ),
            },
            author=doctor.practitioner,
            author_name=name,
            written_at=at + timedelta(minutes=12),
            signed_at=at + timedelta(minutes=15),
            diagnoses=[condition.id],
        )
        self.book.notes.append(self._dated(row, at))

    def _order(self, patient: Somebody, visit: Encounter, at: datetime, doctor: StaffMember, **what: Any) -> Order:
        row = Order(
            patient_id=patient.id,
            encounter=visit,
            department_id=visit.department_id,
            requester=doctor.practitioner,
            requester_name=f"Dr {doctor.practitioner.given} {doctor.practitioner.family}",
            authored=PartialDate.of(at),
            authored_at=at,
            **what,
        )
        row = self._dated(row, at)
        self.book.orders.append(row)
        return row

    def _medicines(
        self, patient: Somebody, visit: Encounter, at: datetime, story: Story, doctor: StaffMember
    ) -> list[tuple[str, Decimal, str, UUID]]:
        """At most one medicine a visit, dispensed in full; a lasting one of the last months is still being taken."""
        offered = [code for code in story.medicines if code in self.known.medicines]
        if not offered or self.chance.random() > 0.7:
            return []
        medicine, presentation = self.known.medicines[self.chance.choice(offered)]
        if self._is_allergic(patient, medicine):
            return []
        days = 28 if story.is_long else 7
        is_current = story.is_long and at > self.at - timedelta(days=90)
        order = self._order(
            patient,
            visit,
            at,
            doctor,
            kind="medicine",
            status="active" if is_current else "completed",
            code_system="salus:medicine",
            code=medicine.code,
            display=presentation.name,
            medicine=medicine,
            presentation=presentation,
            dose=Decimal(1),
            dose_unit=presentation.unit,
            route=(presentation.routes or [""])[0],
            frequency=1,
            period=Decimal(1),
            period_unit="d",
            duration_days=days,
            quantity=Decimal(days),
            quantity_unit=presentation.unit,
        )
        pharmacy = self.hospital.departments["pharm"].id
        return [(f"med:{presentation.code}", Decimal(days), f"pharmacy.dispense:{order.id}", pharmacy)]

    def _is_allergic(self, patient: Somebody, medicine: Medicine) -> bool:
        """No history of ours gives anybody what he is allergic to."""
        for known in reversed(self.book.allergies):
            if known.patient_id != patient.id:
                break
            if set(known.ingredients) & set(medicine.ingredients) or set(known.allergy_groups) & set(
                medicine.allergy_groups
            ):
                return True
        return False

    def _tests(
        self, patient: Somebody, visit: Encounter, at: datetime, story: Story, doctor: StaffMember
    ) -> list[tuple[str, Decimal, str, UUID]]:
        charged = []
        laboratory = self.hospital.departments["lab"].id
        for code in story.tests:
            test = self.known.tests.get(code)
            if test is None or self.chance.random() > 0.6:
                continue
            order = self._order(
                patient,
                visit,
                at,
                doctor,
                kind="test",
                status="completed",
                code_system=LOINC if test.loinc else "salus:test",
                code=test.loinc or test.code,
                display=test.name,
                test=test,
            )
            self._results(patient, visit, at + timedelta(hours=2), test)
            if test.service:
                charged.append((test.service.code, Decimal(1), f"lab.request:{order.id}", laboratory))
        return charged

    def _results(self, patient: Somebody, visit: Encounter, at: datetime, test: TestDefinition) -> None:
        age = rules.age_in_days(patient.born_on, at.date())
        for one in self.known.members.get(test.id) or [test]:
            if one.result_kind != "quantity" or not one.loinc:
                continue
            found = rules.fitting_range(self.known.ranges.get(one.id, ()), sex=patient.gender, age_days=age)
            number = self._draw(found, one.decimals or 0)
            if number is None or found is None:
                continue
            row = Observation(
                patient_id=patient.id,
                encounter=visit,
                status="final",
                category="laboratory",
                code_system=LOINC,
                code=one.loinc,
                display=one.name,
                value_type="Quantity",
                number=number,
                unit=one.unit,
                unit_code=one.unit,
                flag=rules.flag_of(rules.Value(number=number), found),
                low=found.low,
                high=found.high,
                reference_text=rules.range_text(found),
                effective=PartialDate.of(at),
                at=at,
                issued_at=at,
            )
            self.book.observations.append(self._dated(row, at))

    def _draw(self, found: Any, decimals: int) -> Decimal | None:
        """A value that is usual in four of five cases, and otherwise a little beyond the range."""
        if found is None or (found.low is None and found.high is None):
            return None
        low = found.low if found.low is not None else found.high / 3
        high = found.high if found.high is not None else found.low * 2
        share = Decimal(
            self.chance.randint(50, 950) if self.chance.random() < 0.8 else self.chance.choice((-150, 1250))
        )
        number: Decimal = low + (high - low) * share / 1000
        return max(number, Decimal(0)).quantize(Decimal(1).scaleb(-decimals))

    def _bill(
        self, patient: Somebody, visit: Encounter, at: datetime, services: list[tuple[str, Decimal, str, UUID]]
    ) -> None:
        """What was done, on one bill; all but one in fifty are paid the same day."""
        priced = [one for one in services if one[0] in self.hospital.prices]
        if not priced:
            return
        amounts = [
            (self.hospital.prices[code] * quantity).quantize(Decimal("0.01")) for code, quantity, *_rest in priced
        ]
        total, is_paid = sum(amounts, Decimal(0)), self.chance.random() < 0.98
        invoice = Invoice(
            facility=self.hospital.facility,
            patient_id=patient.id,
            encounter=visit,
            status=Invoice.PAID if is_paid else Invoice.ISSUED,
            currency=CURRENCY,
            total=total,
            paid=total if is_paid else Decimal(0),
            issued_at=at,
            issued_by_name="Omar Haddad",
        )
        self.book.invoices.append(self._dated(invoice, at))
        for place, (one, amount) in enumerate(zip(priced, amounts, strict=True), start=1):
            self._line(invoice, place, one, amount, at)
        if is_paid:
            payment = Payment(
                facility=self.hospital.facility,
                invoice=invoice,
                method=self.chance.choice(("cash", "cash", "card", "mobile", "transfer")),
                amount=total,
                currency=CURRENCY,
                received_at=at,
                received_by_name="Omar Haddad",
            )
            self.book.payments.append(self._dated(payment, at))

    def _line(
        self, invoice: Invoice, place: int, one: tuple[str, Decimal, str, UUID], amount: Decimal, at: datetime
    ) -> None:
        code, quantity, source, department = one
        charge = Charge(
            facility=self.hospital.facility,
            patient_id=invoice.patient_id,
            encounter_id=invoice.encounter_id,
            department_id=department,
            service_id=self.hospital.services[code],
            description=self._name_of_service(code),
            quantity=quantity,
            unit_price=self.hospital.prices[code],
            amount=amount,
            currency=CURRENCY,
            occurred_at=at,
            source=source,
            invoice=invoice,
        )
        self.book.charges.append(self._dated(charge, at))
        line = InvoiceLine(
            invoice=invoice,
            charge=charge,
            place=place,
            description=charge.description,
            quantity=quantity,
            unit_price=charge.unit_price,
            amount=amount,
        )
        self.book.lines.append(self._dated(line, at))

    def _name_of_service(self, code: str) -> str:
        return self.hospital.service_names[code]
