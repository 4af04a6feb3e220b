"""Judgement on cover: when it counts."""

from datetime import date


def covers(starts: str, ends: str, on: date) -> bool:
    """Whether a cover counts on a day. Both ends are FHIR dates, perhaps partial or empty, and the last day counts.

    What is only known to a month or year is read in the patient's favour: all of it counts.
    """
    day = on.isoformat()
    return (not starts or starts[:10] <= day[: len(starts[:10])]) and (not ends or day[: len(ends[:10])] <= ends[:10])


def in_order(starts: str, ends: str) -> bool:
    """Whether a cover does not end before it begins, as far as both are known."""
    known = min(len(starts[:10]), len(ends[:10]))
    return not known or starts[:known] <= ends[:known]
