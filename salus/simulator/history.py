"""Years of plausible history: visits with vital signs, diagnoses, notes, orders, results, allergies and paid bills.

Rows only: they are written by COPY, with ids and times drawn from the seed. Every value is a `Decimal`.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.patients.loading import NewRelation
from salus.simulator.billing import Biller
from salus.simulator.book import Book, Visit
from salus.simulator.hospital import Hospital
from salus.simulator.knowledge import ICD, Knowledge
from salus.simulator.people import Somebody
from salus.simulator.prescribing import Orderer
from salus.simulator.rows import told
from salus.simulator.stories import ALLERGIES, STORIES, Story
from salus.staff.models import StaffMember
from salus.terminology.models import Allergen

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
_FOUND = ("Well. Chest clear, abdomen soft.", "No distress. Heart sounds normal.")
_PLANS = ("Treat as ordered; come back if worse.", "Review with results.", "Review in four weeks.")


class Historian:
    """Tells the history of one patient after another into a `Book`."""

    def __init__(self, chance: random.Random, at: datetime, hospital: Hospital, known: Knowledge) -> None:
        self.chance, self.at, self.hospital, self.known = chance, at, hospital, known
        self.book = Book(chance, hospital.facility.id)
        self.orderer = Orderer(self.book, at, hospital, known)
        self.biller = Biller(self.book, hospital)
        self.departments = {one.id: one for one in hospital.departments.values()}
        self.weight = 0
        #: of the patient who is told of: what he is allergic to, and code -> id of his problems
        self.allergic: list[Allergen] = []
        self.problems: dict[str, UUID] = {}

    def tell(self, patient: Somebody) -> None:
        """One patient's allergies and visits, oldest first."""
        self.weight, self.problems = round(self.chance.gauss(*_WEIGHT)), {}
        self.allergic = self._allergies(patient)
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

    def _allergies(self, patient: Somebody) -> list[Allergen]:
        at, found = patient.since, []
        base = {"patient_id": patient.id, "recorded": at.date().isoformat(), "recorded_at": at}
        for code, share, reaction, severity in ALLERGIES:
            allergen = self.known.allergens.get(code)
            if allergen is None or self.chance.random() >= share:
                continue
            found.append(allergen)
            self.book.add(
                self.book.allergies,
                at,
                **base,
                display=allergen.name,
                allergen_code=allergen.code,
                categories=_array([allergen.category]),
                criticality="high" if severity == "severe" else "low",
                severity=severity,
                reactions=told([{"manifestation": [{"text": reaction}], "severity": severity}]),
                ingredients=_array(allergen.ingredients),
                allergy_groups=_array(allergen.allergy_groups),
            )
        if not found and self.chance.random() < 0.7:
            self.book.add(self.book.allergies, at, **base, display="No known allergy", is_none_known=True)
        return found

    def _visit(self, patient: Somebody, start: datetime, story: Story, age: int) -> None:
        doctor = self._doctor(story)
        end = start + timedelta(minutes=self.chance.randint(20, 90))
        department = next(d for d in self.hospital.departments.values() if d.id in doctor.department_ids)
        service = f"consultation-{doctor.specialty}-{'follow-up' if story.is_long else 'first'}"
        visit_id = self.book.add(
            self.book.encounters,
            start,
            patient_id=patient.id,
            service_code=service,
            department_id=department.id,
            practitioner_id=doctor.practitioner_id,
            reason=story.complaint,
            starts=start.isoformat(),
            ends=end.isoformat(),
            started_at=start,
            ended_at=end,
            arrived_at=start - timedelta(minutes=self.chance.randint(5, 40)),
        )
        visit = Visit(visit_id, patient, start, end, doctor, department, age)
        self.book.relations.append(_was_care(visit))
        self._vitals(visit)
        problem = self._condition(visit, story)
        self._note(visit, story, problem)
        done = [(service, Decimal(1), f"encounters.encounter:{visit.id}", department.id)]
        done += self.orderer.medicines(visit, story, self.allergic)
        done += self.orderer.tests(visit, story)
        self.biller.bill(visit, done)

    def _doctor(self, story: Story) -> StaffMember:
        everyone = self.hospital.doctors
        return self.chance.choice(everyone.get(story.specialty) or everyone["general-practice"])

    def _vitals(self, visit: Visit) -> None:
        """The signs of a visit, in the shape that `chart.record_vitals` files: the two pressures are one panel."""
        drawn = {code: Decimal(round(self.chance.gauss(mean, spread))) for code, (mean, spread) in _VITALS.items()}
        drawn["weight"] = Decimal(self.weight + self.chance.randint(-150, 150))
        upper, lower = drawn.pop("systolic"), drawn.pop("diastolic")
        if visit.age >= 14:
            both = rules.pressure_components(max(upper, lower + 20), lower)
            self._sign(
                visit, rules.BLOOD_PRESSURE, "Blood pressure", components=both, unit="mmHg", unit_code="mm[Hg]",
                value_type="",
            )  # fmt: skip
        for code, raw in drawn.items():
            vital = self.known.vitals.get(code)
            if vital is None or (visit.age < 14 and code == "weight"):
                continue
            number = raw / (100 if code == "weight" else 10 if code == "temperature" else 1)
            number = max(number, Decimal(3)).quantize(Decimal(1).scaleb(-min(vital.decimals, 1)))
            number = min(number, Decimal(100)) if code == "spo2" else number
            said: dict[str, Any] = {"number": number, "unit": vital.unit_text, "unit_code": vital.unit}
            if visit.age >= 18:
                said |= {"flag": _flag(vital, number), "low": vital.usual_low, "high": vital.usual_high}
            self._sign(visit, vital.loinc, vital.name, **said)

    def _sign(self, visit: Visit, code: str, name: str, **said: Any) -> None:
        at = visit.at
        said = {"value_type": "Quantity", "category": "vital-signs", "code": code, "display": name} | said
        self.book.add(
            self.book.observations, at, **visit.of, **said, effective=at.isoformat(), at=at, issued_at=at
        )  # fmt: skip

    def _condition(self, visit: Visit, story: Story) -> UUID:
        """A lasting problem is recorded once; a passing one is over three weeks later."""
        if story.is_long and story.icd in self.problems:
            return self.problems[story.icd]
        at, over = visit.at, visit.at + timedelta(days=21)
        goes_on = story.is_long or over > self.at
        day = at.date().isoformat()
        self.problems[story.icd] = self.book.add(
            self.book.conditions,
            at,
            **visit.of,
            status="active" if goes_on else "resolved",
            category="problem-list-item" if story.is_long else "encounter-diagnosis",
            code_system=ICD,
            code=story.icd,
            display=self.known.conditions[story.icd].display,
            onset=day,
            onset_at=at,
            abatement=None if goes_on else over.date().isoformat(),
            recorded=day,
            recorded_at=at,
            recorder_id=visit.doctor.practitioner_id,
        )
        return self.problems[story.icd]

    def _note(self, visit: Visit, story: Story, problem: UUID) -> None:
        who = visit.doctor.practitioner
        sections = {
            "history": f"{story.complaint}, {self.chance.choice(_SINCE)}.",
            "examination": self.chance.choice(_FOUND),
            "assessment": self.known.conditions[story.icd].display,
            "plan": self.chance.choice(_PLANS),
        }
        self.book.add(
            self.book.notes,
            visit.at,
            **visit.of,
            title=story.complaint,
            sections=told(sections),
            author_id=who.id,
            author_name=f"{who.title} {who.given} {who.family}".strip(),
            written_at=visit.at + timedelta(minutes=12),
            signed_at=visit.at + timedelta(minutes=15),
            diagnoses=_array([problem]),
        )


def _flag(vital: VitalSign, number: Decimal) -> str:
    if vital.usual_low is not None and number < vital.usual_low:
        return "L"
    return "H" if vital.usual_high is not None and number > vital.usual_high else ""


def _array(values: Sequence[Any]) -> str:
    return told(values, is_array=True)


def _was_care(visit: Visit) -> NewRelation:
    """Each visit of the history was care by somebody, and is over."""
    return NewRelation(
        patient_id=visit.patient.id,
        kind="encounter",
        source=f"encounters.encounter:{visit.id}",
        started_at=visit.at,
        ended_at=visit.end,
        practitioner_id=visit.doctor.practitioner_id,
        department_id=visit.department.id,
    )
