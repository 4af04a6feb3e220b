"""What was ordered at a visit of the history: at most one medicine, dispensed in full, and tests with their results."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from salus.catalog.models import TestDefinition
from salus.lab import rules
from salus.simulator.book import LOINC, Book, Done, Visit
from salus.simulator.hospital import Hospital
from salus.simulator.knowledge import Knowledge
from salus.simulator.stories import Story
from salus.terminology.models import Allergen, Medicine


class Orderer:
    """Writes what was ordered into a `Book`, and gives what it comes to."""

    def __init__(self, book: Book, at: datetime, hospital: Hospital, known: Knowledge) -> None:
        self.book, self.chance, self.at, self.known = book, book.chance, at, known
        self.pharmacy, self.laboratory = (hospital.departments[code].id for code in ("pharm", "lab"))

    def medicines(self, visit: Visit, story: Story, allergic: Sequence[Allergen]) -> list[Done]:
        """At most one medicine a visit; a lasting one of the last months is still being taken."""
        offered = [code for code in story.medicines if code in self.known.medicines]
        if not offered or self.chance.random() > 0.7:
            return []
        medicine, presentation = self.known.medicines[self.chance.choice(offered)]
        if any(_is_against(one, medicine) for one in allergic):
            return []  # no history of ours gives anybody what he is allergic to
        days = 28 if story.is_long else 7
        is_current = story.is_long and visit.at > self.at - timedelta(days=90)
        order = self._order(
            visit,
            kind="medicine",
            status="active" if is_current else "completed",
            code_system="salus:medicine",
            code=medicine.code,
            display=presentation.name,
            medicine_id=medicine.id,
            presentation_id=presentation.id,
            dose=1,
            dose_unit=presentation.unit,
            route=(presentation.routes or [""])[0],
            frequency=1,
            period=1,
            period_unit="d",
            duration_days=days,
            quantity=days,
            quantity_unit=presentation.unit,
        )
        return [(f"med:{presentation.code}", Decimal(days), f"pharmacy.dispense:{order}", self.pharmacy)]

    def tests(self, visit: Visit, story: Story) -> list[Done]:
        """The tests of a story, more often than not, with what they found two hours later."""
        charged: list[Done] = []
        for code in story.tests:
            test = self.known.tests.get(code)
            if test is None or self.chance.random() > 0.6:
                continue
            order = self._order(
                visit,
                kind="test",
                status="completed",
                code_system=LOINC if test.loinc else "salus:test",
                code=test.loinc or test.code,
                display=test.name,
                test_id=test.id,
            )
            self._results(visit, visit.at + timedelta(hours=2), test)
            if test.service:
                charged.append((test.service.code, Decimal(1), f"lab.request:{order}", self.laboratory))
        return charged

    def _order(self, visit: Visit, **what: Any) -> UUID:
        who = visit.doctor.practitioner
        return self.book.add(
            self.book.orders,
            visit.at,
            **visit.of,
            department_id=visit.department.id,
            requester_id=who.id,
            requester_name=f"Dr {who.given} {who.family}",
            authored=visit.at.isoformat(),
            authored_at=visit.at,
            **what,
        )

    def _results(self, visit: Visit, at: datetime, test: TestDefinition) -> None:
        age = rules.age_in_days(visit.patient.born_on, at.date())
        for one in self.known.members.get(test.id) or [test]:
            if one.result_kind != "quantity" or not one.loinc:
                continue
            found = rules.fitting_range(self.known.ranges.get(one.id, ()), sex=visit.patient.gender, age_days=age)
            number = self._draw(found, one.decimals or 0)
            if number is None or found is None:
                continue
            self.book.add(
                self.book.observations,
                at,
                **visit.of,
                category="laboratory",
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
                effective=at.isoformat(),
                at=at,
                issued_at=at,
            )

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


def _is_against(allergen: Allergen, medicine: Medicine) -> bool:
    groups = set(allergen.allergy_groups) & set(medicine.allergy_groups)
    return bool(groups or set(allergen.ingredients) & set(medicine.ingredients))
