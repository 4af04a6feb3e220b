"""A day in full swing, through the real services: people wait, are seen, are tested, get their medicines, pay."""

import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from salus.accounts.queries import person_by_name
from salus.billing import services as billing
from salus.billing.models import Invoice, Payment
from salus.chart import services as chart
from salus.core.act import Act, Trace
from salus.core.announce import run_waiting
from salus.core.ids import uuid7
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.inventory.models import Item
from salus.inventory.services import OutOfStock
from salus.lab import services as lab
from salus.lab.models import Request
from salus.lab.queries import tests_to_fill
from salus.orders import services as orders
from salus.orders.services import MedicineItem, NeedsReason, Stopped, TestItem
from salus.pharmacy import services as pharmacy
from salus.pharmacy.models import Prescription
from salus.queues import services as queues
from salus.simulator import asking, calling, caring, filing, growing, ordering, rounds
from salus.simulator.hospital import SIGN_INS, Hospital
from salus.simulator.knowledge import Knowledge
from salus.simulator.people import Somebody
from salus.simulator.stories import STORIES, Story

#: how far each of the day's visits has come: everything up to and including the named step was done
STEPS = ("arrived", "triaged", "seen", "ordered", "collected", "entered", "verified", "dispensed", "billed", "paid")
#: what the doctor of the day answers when a check asks
_WHY = "Looked at: what it is good for outweighs it, and it is watched."
#: how many say who they are at the desk
_RECOGNISED = 0.9
_SHARES = (12, 9, 6, 8, 7, 9, 6, 6, 6, 10)


@dataclass(frozen=True, slots=True)
class Visit:
    """One of today's visits and how far it is to come."""

    patient: Somebody
    story: Story
    until: str
    arrives: datetime


class Day:
    """Plays the day: each step by whoever does it, at its time."""

    def __init__(self, chance: random.Random, at: datetime, hospital: Hospital, known: Knowledge) -> None:
        self.chance, self.at, self.hospital, self.known = chance, at, hospital, known
        self.acts = {username: self._act_of(username) for username, *_rest in SIGN_INS}

    def play(self, patients: Sequence[Somebody], visits: int) -> int:
        """Play that many visits, in the order in which people come; returns how many came."""
        came = 0
        calling.open_queues(self._as("admin", self.at), self.hospital)
        plan = self._plan(patients, visits)
        come = {visit.patient.id for visit in plan}
        inpatients = [one for one in patients if one.id not in come and 40 < self.at.year - one.born_on.year < 90]
        rounds.go_round(self._as, self.at, self.hospital, inpatients[:2])
        for visit in plan:
            try:
                self._visit(visit)
            except Stopped:
                # Somebody of the draw is allergic to what was chosen: the check stops it, and the visit waits there.
                continue
            came += 1
        calling.call_a_few(lambda username: self._as(username, self.at), self.hospital)
        ordering.order_a_few(lambda username: self._as(username, self.at), self.hospital, self.known)
        asking.ask_a_few(lambda username: self._as(username, self.at), self.chance)
        caring.care_for_a_few(lambda username: self._as(username, self.at))
        growing.write_down(lambda username: self._as(username, self.at))
        filing.file_a_few(lambda username: self._as(username, self.at))
        run_waiting(at=self.at)
        return came

    @staticmethod
    def _act_of(username: str) -> Act:
        person = person_by_name(username, door="demonstration")
        assert person is not None
        return person.act

    def _plan(self, patients: Sequence[Somebody], visits: int) -> list[Visit]:
        adults = [p for p in patients if p.born_on.year < self.at.year - 18]
        opens = self.at - timedelta(hours=4)
        stories = [
            s for s in STORIES if s.icd in self.known.conditions and s.tests and s.medicines and s.until_age > 60
        ]
        plan = []
        for patient in self.chance.sample(adults, min(visits, len(adults))):
            until = self.chance.choices(STEPS, weights=_SHARES)[0]
            minutes = (
                220 - STEPS.index(until) * 3 if until not in ("arrived", "triaged") else self.chance.randint(5, 70)
            )
            arrives = opens + timedelta(minutes=240 - minutes + self.chance.randint(0, 20) % minutes)
            plan.append(
                Visit(patient, self.chance.choice(stories), until, min(arrives, self.at - timedelta(minutes=2)))
            )
        return sorted(plan, key=lambda visit: visit.arrives)

    def _as(self, username: str, at: datetime) -> Act:
        return replace(self.acts[username], id=uuid7(), at=min(at, self.at), proved_at=min(at, self.at), trace=Trace())

    def _visit(self, visit: Visit) -> None:
        """Go through the steps until the one that this visit has come to."""
        at = visit.arrives
        encounter = self._arrive(visit, at)
        done = STEPS.index(visit.until)
        if done >= STEPS.index("triaged"):
            self._triage(visit, encounter, at := at + timedelta(minutes=6))
        if done >= STEPS.index("seen"):
            self._see(visit, encounter, at := at + timedelta(minutes=12))
        if done >= STEPS.index("ordered"):
            self._order(visit, encounter, at := at + timedelta(minutes=6))
            self._leaves_the_room(encounter, at)
        for step in STEPS[STEPS.index("collected") : done + 1]:
            getattr(self, f"_{step}")(visit, encounter, at := at + timedelta(minutes=8))
        run_waiting(at=min(at, self.at))

    def _arrive(self, visit: Visit, at: datetime) -> Encounter:
        doctors = self.hospital.doctors["general-practice"]
        doctor = doctors[0] if self.chance.random() < 0.5 else self.chance.choice(doctors)
        desk = self._as("reception", at)
        encounter = encounters.start_encounter(
            desk,
            patient_id=visit.patient.id,
            department_id=self.hospital.departments["opd"].id,
            practitioner_id=doctor.practitioner_id,
            service_code="consultation-general-practice-first",
            reason=visit.story.complaint,
        )
        if self.chance.random() < _RECOGNISED:
            queues.confirm_identity(desk, encounter_id=encounter.id, identifiers=["name", "birth_date"])
        return encounter

    def _triage(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        gauss = self.chance.gauss
        values = {
            "systolic": Decimal(round(gauss(128, 16))),
            "diastolic": Decimal(round(gauss(79, 9))),
            "pulse": Decimal(round(gauss(80, 12))),
            "respiratory-rate": Decimal(round(gauss(16, 2))),
            "temperature": Decimal(round(gauss(370, 6))) / 10,
            "spo2": Decimal(min(100, round(gauss(97, 1)))),
        }
        values["diastolic"] = min(values["diastolic"], values["systolic"] - 20)
        known = {code: number for code, number in values.items() if code in self.known.vitals}
        chart.record_vitals(self._as("nurse", at), patient_id=visit.patient.id, encounter_id=encounter.id, values=known)

    def _see(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        act = self._as("doctor", at)
        encounter.refresh_from_db()
        encounters.move_encounter(act, encounter_id=encounter.id, status="in-progress", version=encounter.version)
        if visit.until != "seen":
            sections = {"history": f"{visit.story.complaint}.", "examination": "Stable.", "plan": "As ordered."}
            chart.sign_note(
                self._as("doctor", at),
                patient_id=visit.patient.id,
                encounter_id=encounter.id,
                version="",
                sections=sections,
                diagnoses=[visit.story.icd],
                note_type="follow-up" if visit.story.is_long else "first-visit",
            )

    def _order(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        items: list[Any] = [TestItem(test_id=self.known.tests[code].id) for code in visit.story.tests[:2]]
        medicine = self._medicine(visit.story)
        if medicine is not None:
            items.append(medicine)
        # What asks is answered, and what is stopped is left out, as at the screen.
        answered = [replace(item, override_reason=_WHY) for item in items]
        for tried in filter(None, (items, answered, [item for item in items if isinstance(item, TestItem)])):
            with contextlib.suppress(NeedsReason, Stopped), transaction.atomic():
                act = self._as("doctor", at)
                orders.place_orders(act, patient_id=visit.patient.id, encounter_id=encounter.id, items=tried)
                return

    def _leaves_the_room(self, encounter: Encounter, at: datetime) -> None:
        """The doctor's part is done: the laboratory, the pharmacy and the cash desk follow."""
        encounter.refresh_from_db()
        encounters.move_encounter(
            self._as("doctor", at), encounter_id=encounter.id, status="finished", version=encounter.version
        )

    def _medicine(self, story: Story) -> MedicineItem | None:
        for code in story.medicines:
            if code in self.known.medicines:
                _medicine, pack = self.known.medicines[code]
                days = 28 if story.is_long else 5
                return MedicineItem(
                    presentation_id=pack.id,
                    dose=Decimal(1),
                    dose_unit=pack.unit,
                    route=(pack.routes or ["oral"])[0],
                    duration_days=days,
                    quantity=Decimal(days),
                )
        return None

    def _collected(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        by_tube: dict[tuple[str, str], list[UUID]] = {}
        for request in Request.objects.filter(encounter=encounter, status=Request.WAITING).select_related("test"):
            by_tube.setdefault((request.test.specimen, request.test.container), []).append(request.id)
        for _tube, ids in sorted(by_tube.items()):
            lab.collect_specimen(self._as("nurse", at), patient_id=visit.patient.id, request_ids=ids)

    def _entered(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        waiting = Request.objects.filter(encounter=encounter, status=Request.COLLECTED)
        for request in waiting.select_related("test", "patient", "specimen").order_by("id"):
            values = {test.code: self._value(test) for test in tests_to_fill(request)}
            lab.enter_results(self._as("labtech", at), request_id=request.id, version=request.version, values=values)

    def _value(self, test: Any) -> str:
        if test.kind == "coded":
            return str(test.choices[0])
        if test.kind != "quantity" or test.range is None:
            return "1" if test.kind == "quantity" else "Nothing unusual seen."
        low = test.range.low if test.range.low is not None else Decimal(0)
        high = test.range.high if test.range.high is not None else low * 2 + 1
        number = low + (high - low) * Decimal(self.chance.randint(-150, 1150)) / 1000
        return str(_quantized(number, test.decimals or 0))

    def _verified(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        for request in Request.objects.filter(encounter=encounter, status=Request.RESULTED).order_by("id"):
            lab.verify_results(self._as("pathologist", at), request_id=request.id, version=request.version)

    def _dispensed(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        for one in (
            Prescription.objects.filter(encounter=encounter).select_related("order__presentation").order_by("id")
        ):
            item = Item.objects.filter(presentation=one.order.presentation).order_by("code").first()
            if item is None:
                continue
            # what is out of stock waits on the pharmacy's list, as it would
            with contextlib.suppress(OutOfStock, Stopped, NeedsReason):
                pharmacy.dispense_medication(
                    self._as("pharmacist", at),
                    prescription_id=one.id,
                    item_id=item.id,
                    quantity=one.quantity - one.dispensed,
                )

    def _billed(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        run_waiting(at=min(at, self.at))
        billing.issue_invoice(self._as("cashier", at), patient_id=visit.patient.id)

    def _paid(self, visit: Visit, encounter: Encounter, at: datetime) -> None:
        invoice = Invoice.objects.get(encounter=encounter)
        billing.take_payment(
            self._as("cashier", at), invoice_id=invoice.id, method=Payment.METHODS[0][0], amount=invoice.total
        )


def _quantized(number: Decimal, decimals: int) -> Decimal:
    """A value of the analyser's resolution, never below zero."""
    return max(number, Decimal(0)).quantize(Decimal(1).scaleb(-decimals))
