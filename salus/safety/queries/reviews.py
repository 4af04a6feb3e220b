"""Who held which statement against its source, and which wait for it; and all of them as a table to go over elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet

from salus.core.act import Act
from salus.safety.models import SHIPPED, Member, Review, Rule
from salus.safety.rules.knowledge import GROUP
from salus.terminology.models import Medicine

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
    *("code", "kind", "says", "members", "severity", "statement", "source", "source_place", "source_opened", "origin"),
    *("review", "review_words", "reviewed_by", "reviewed_on", "changed_since"),
)


def as_table(act: Act) -> Iterator[tuple[Any, ...]]:
    """Every statement as it holds here with its source, and its review, in the order of `HEAD`."""
    act.require("safety.view_rules")
    rules = list(
        Rule.objects.filter(origin__in=(SHIPPED, str(act.here)), is_active=True).order_by("kind", "code", "origin")
    )
    marks = marks_of(act, rules)
    groups = members_of({group for rule in rules for group in groups_in(rule)})
    for rule in rules:
        mark = marks.get(rule.id)
        said = (
            (mark.verdict, mark.words, mark.by, mark.at.date(), "" if mark.is_current else "yes") if mark else ("",) * 5
        )
        says = "; ".join(f"{name}: {_shown(value)}" for name, value in rule.says.items() if value not in (None, "", []))
        members = "; ".join(f"{group}: {', '.join(groups[group])}" for group in groups_in(rule))
        origin = "Salus" if rule.origin == SHIPPED else "own"
        source = (rule.source, rule.source_place, rule.source_opened)
        yield (rule.code, rule.kind, says, members, rule.severity, rule.statement, *source, origin, *said)


def groups_in(rule: Rule) -> list[str]:
    """The groups of medicines that a rule speaks of."""
    terms = {*rule.about, str(rule.says.get("allergy", ""))}
    return sorted(term.removeprefix(GROUP) for term in terms if term.startswith(GROUP))


def members_of(groups: Iterable[str]) -> dict[str, list[str]]:
    """Which ingredients are meant by each of these groups: those of the knowledge, and the formulary's allergy groups."""
    wanted = {group: set[str]() for group in groups}
    if not wanted:
        return {}
    for group, one in Member.objects.filter(is_active=True, group_name__in=wanted).values_list(
        "group_name", "ingredient"
    ):
        wanted[group].add(one)
    medicines = Medicine.objects.filter(is_active=True, allergy_groups__overlap=list(wanted))
    for told, ingredients in medicines.values_list("allergy_groups", "ingredients"):
        for group in wanted.keys() & set(told):
            wanted[group].update(one.casefold() for one in ingredients)
    return {group: sorted(members) for group, members in wanted.items()}


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def reviewed_count(act: Act, rows: QuerySet[Rule]) -> int:
    """Of these rules, how many are reviewed as they read now."""
    act.require("safety.view_rules")
    return Review.objects.filter(
        facility_id=act.here, statement__in=rows.order_by().values("pk"), statement_version=F("statement__version")
    ).count()
