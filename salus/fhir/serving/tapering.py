"""Dosages that follow one another as the steps of one schedule, each for whole days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from salus.fhir.serving.dosing import dosage, in_words, refused
from salus.fhir.written import JSON
from salus.orders.rules import Step
from salus.terminology.models import Presentation

_DOSAGE = "MedicationRequest.dosageInstruction"


def schedule(instructions: Sequence[JSON], pack: Presentation, today: date) -> dict[str, Any]:
    """One dosage, or several that follow one another from today on, as `MedicineItem` has them.

    :raises FhirError: 422 for those that go on beside one another, leave days out, or differ in more than dose and times
    """
    if len(instructions) < 2:
        return dosage(instructions, pack, today)
    found, begins = [], today
    for one in _in_sequence(instructions):
        _follows(one, begins, is_first=begins == today)
        found.append(dosage([one], pack, begins))
        days = found[-1]["duration_days"]
        if days is None:
            raise refused("For how many days each step is taken.", f"{_DOSAGE}.timing.repeat")
        begins += timedelta(days=days)
    if any(one["as_needed"] or one["most_per_day"] for one in found):
        raise refused("What is taken as needed has one dosage.", f"{_DOSAGE}.asNeededBoolean")
    if len({(one["dose_unit"], one["route"]) for one in found}) > 1:
        raise refused("All steps are in one unit and by one route.", f"{_DOSAGE}.doseAndRate.doseQuantity")
    names = ("dose", "frequency", "period", "period_unit", "duration_days")
    steps = tuple(Step(*(one[name] for name in names)) for one in found)
    return found[0] | {"duration_days": (begins - today).days, "pattern": "taper", "steps": steps}


def lines(instructions: Sequence[JSON]) -> list[str]:
    """What dosages say in words, for the note; of several each says to which step it belongs."""
    if len(instructions) < 2:
        return [line for one in instructions for line in in_words(one)]
    return [f"Step {one.get('sequence')}: {line}" for one in _in_sequence(instructions) for line in in_words(one)]


def _in_sequence(instructions: Sequence[JSON]) -> list[JSON]:
    found = sorted(instructions, key=lambda one: int(one.get("sequence", 0)))
    if [int(one.get("sequence", 0)) for one in found] != list(range(1, len(found) + 1)):
        words = "Several dosages follow one another (sequence 1, 2, 3), each for whole days; else one dosage at a time."
        raise refused(words, f"{_DOSAGE}.sequence")
    return found


def _follows(instruction: JSON, begins: date, *, is_first: bool) -> None:
    """A step between two days begins when the one before has ended: nothing is left out, and nothing taken twice."""
    period = ((instruction.get("timing") or {}).get("repeat") or {}).get("boundsPeriod")
    if period is not None and not is_first and period.get("start") != begins.isoformat():
        raise refused(
            "Each step begins on the day after the one before has ended.", f"{_DOSAGE}.timing.repeat.boundsPeriod"
        )
