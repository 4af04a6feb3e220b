"""A test that is asked for again before it can say anything new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from salus.orders.sockets import Proposed
from salus.safety.rules.findings import Finding
from salus.safety.rules.knowledge import Knowledge, TestInterval
from salus.safety.rules.people import Seen


def check_repeats(
    draft: Sequence[tuple[int, Proposed]],
    results: Mapping[str, Seen],
    waiting: Mapping[str, date],
    today: date,
    known: Knowledge,
) -> list[Finding]:
    """Tests whose last result is still good, that wait already, or stand twice in the draft.

    :param results: the newest result of each LOINC code
    :param waiting: since when the same test is ordered and not done
    """
    days = {said.test: said for said in known.of(TestInterval)}
    found: list[Finding] = []
    before: set[str] = set()
    for place, one in draft:
        if not one.code:
            continue
        says: dict[str, Any] = {"test": one.name}
        if one.code in before or one.code in waiting:
            says["on"] = waiting.get(one.code)
            key = f"test.waiting|{one.code}"
            found.append(Finding("test.waiting", "test.waiting", place, "note", key, says))
        before.add(one.code)
        said, last = days.get(one.code), results.get(one.code)
        if said and last and 0 <= (today - last.on).days < said.days:
            says |= {"days": said.days, "on": last.on, "value": last, "statement": said.statement}
            key = f"test|{one.code}|{last.on}"
            found.append(Finding("test", said.code, place, "note", key, says, last.row or said.row, said.source))
    return found
