"""Who held which statement against its source, and which wait for it; and all of them as a table to go over elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet

from salus.core.act import Act
from salus.safety.models import SHIPPED, Review, Rule

#: `Review.verdict` of which somebody has to do something
DOUBTS = ("wrong", "unsure")


@dataclass(frozen=True, slots=True)
class Mark:
    """One version of a review; `is_current` where the statement still reads as it did then."""

    verdict: str
    words: str
    by: str
    at: datetime
    is_current: bool


def in_state(rows: QuerySet[Rule], act: Act, state: str) -> QuerySet[Rule]:
    """Of these rules those that are `reviewed` as they read now, `doubted`, or `open`; all of them for anything else."""
    current = Review.objects.filter(
        facility_id=act.here, statement=OuterRef("pk"), statement_version=OuterRef("version")
    )
    match state:
        case "reviewed":
            return rows.filter(Exists(current))
        case "doubted":
            return rows.filter(Exists(current.filter(verdict__in=DOUBTS)))
        case "open":
            return rows.filter(~Exists(current))
        case _:
            return rows


def marks_of(act: Act, rules: Sequence[Rule]) -> dict[UUID, Mark]:
    """The newest review of each of these rules at the act's facility."""
    act.require("safety.view_rules")
    versions = {rule.id: rule.version for rule in rules}
    found = Review.objects.filter(facility_id=act.here, statement__in=versions)
    return {one.statement_id: _mark(one, versions[one.statement_id]) for one in found}


def review_of(act: Act, rule: Rule) -> tuple[int, list[Mark]]:
    """The version of the review that holds (0: none), and all that was ever found, the newest first."""
    act.require("safety.view_rules")
    row = Review.objects.filter(facility_id=act.here, statement=rule).first()
    if row is None:
        return 0, []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row->>'verdict', row->>'words', row->>'reviewed_by_name', row->>'reviewed_at',"
            " (row->>'statement_version')::int FROM safety_review_history WHERE row_id = %s ORDER BY version DESC LIMIT 50",
            [row.id],
        )
        before = [
            Mark(verdict, words, by, datetime.fromisoformat(at), seen == rule.version)
            for verdict, words, by, at, seen in cursor.fetchall()
        ]
    return row.version, [_mark(row, rule.version), *before]


def _mark(row: Review, version: int) -> Mark:
    is_current = row.statement_version == version
    return Mark(row.verdict, row.words, row.reviewed_by_name, row.reviewed_at, is_current)


HEAD = (
    *("code", "kind", "says", "severity", "statement", "source", "source_place", "source_opened", "origin"),
    *("review", "review_words", "reviewed_by", "reviewed_on", "changed_since"),
)


def as_table(act: Act) -> Iterator[tuple[Any, ...]]:
    """Every statement as it holds here with its source, and its review, in the order of `HEAD`."""
    act.require("safety.view_rules")
    rules = list(
        Rule.objects.filter(origin__in=(SHIPPED, str(act.here)), is_active=True).order_by("kind", "code", "origin")
    )
    marks = marks_of(act, rules)
    for rule in rules:
        mark = marks.get(rule.id)
        said = (
            (mark.verdict, mark.words, mark.by, mark.at.date(), "" if mark.is_current else "yes") if mark else ("",) * 5
        )
        says = "; ".join(f"{name}: {_shown(value)}" for name, value in rule.says.items() if value not in (None, "", []))
        origin = "Salus" if rule.origin == SHIPPED else "own"
        source = (rule.source, rule.source_place, rule.source_opened)
        yield (rule.code, rule.kind, says, rule.severity, rule.statement, *source, origin, *said)


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def reviewed_count(act: Act, rows: QuerySet[Rule]) -> int:
    """Of these rules, how many are reviewed as they read now."""
    act.require("safety.view_rules")
    return Review.objects.filter(
        facility_id=act.here, statement__in=rows.order_by().values("pk"), statement_version=F("statement__version")
    ).count()
