"""The rules as people look at them: what they say, what was decided about them, how often they spoke and were passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from salus.core.act import Act
from salus.orders.sockets import Tier
from salus.orders.words import route_words
from salus.safety.models import SHIPPED, Answer, Rule, Setting
from salus.safety.queries.reviews import Mark, groups_in, in_state, marks_of, members_of, review_of, reviewed_count
from salus.safety.rules.findings import tier_of
from salus.safety.rules.judging import FLOORS
from salus.safety.rules.knowledge import GROUP, ROUTES_OF, SPARABLE, named_term
from salus.staff.models import StaffMember

PAGE = 50
#: the rates look back so far
DAYS = 90
MOST_OWNERS = 300

_RATES = """
    SELECT data->>'rule', count(*) FILTER (WHERE data->>'outcome' = 'shown'),
        count(*) FILTER (WHERE data->>'outcome' = 'stopped'), count(*) FILTER (WHERE data->>'outcome' = 'overridden'),
        count(*) FILTER (WHERE data->>'outcome' = 'found')
    FROM core_fact
    WHERE name = 'safety.AlertShown' AND facility_id = %(here)s AND happened_at >= %(since)s
      AND (%(rule)s = '' OR data->>'rule' = %(rule)s)
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a rule was shown in a draft, stopped an act, was passed with a reason, found an order later."""

    shown: int = 0
    stopped: int = 0
    passed: int = 0
    found: int = 0

    @property
    def passed_share(self) -> int | None:
        """Of a hundred times in which it asked or stopped, how often somebody went on; None where it never did."""
        asked = self.stopped + self.passed
        return round(100 * self.passed / asked) if asked else None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of the list, as it holds here."""

    id: UUID
    code: str
    kind: str
    title: str
    statement: str
    severity: str
    tier: Tier
    is_own: bool
    is_changed: bool
    is_retired: bool
    source: str
    owner: str
    rates: Rates = field(default_factory=Rates)
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class RulePage:
    """Some of the rules, and how many there are of each kind."""

    lines: Sequence[RuleLine]
    kinds: Mapping[str, int]
    #: of those of the chosen kind and words, how many there are, and how many are reviewed as they read
    count: int
    reviewed: int
    number: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class Spared:
    """A medicine that a rule means, and by which routes not, because it stays where it is put."""

    id: UUID
    ingredient: str
    routes: Sequence[str]
    statement: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """One version of what was decided about a rule."""

    at: datetime
    by: str
    tier: str
    is_retired: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RuleDetail:
    """One rule with its source, its decisions and the reasons that people gave."""

    line: RuleLine
    place: str
    opened: date | None
    says: Mapping[str, str]
    groups: Mapping[str, Sequence[str]]
    spared: Sequence[Spared]
    setting: Setting | None
    decisions: Sequence[Decision]
    answers: Sequence[Answer]
    floor: str
    may_decide: bool
    #: of the statement, and of its newest review (0: none)
    version: int
    review_version: int
    reviews: Sequence[Mark]
    may_review: bool


def rules_page(act: Act, *, kind: str = "", text: str = "", state: str = "", page: int = 1) -> RulePage:
    """The rules of the act's facility, by kind, by words and by what was found when they were reviewed."""
    act.require("safety.view_rules")
    rows = Rule.objects.filter(origin__in=(SHIPPED, str(act.here)), is_active=True)
    if text.strip():
        words = Q()
        for word in text.split():
            words &= Q(code__icontains=word) | Q(statement__icontains=word) | Q(said__icontains=word)
        rows = rows.annotate(said=Cast("about", TextField())).filter(words)
    kinds: dict[str, int] = {}
    for one in rows.values_list("kind", flat=True):
        kinds[one] = kinds.get(one, 0) + 1
    meant = rows.filter(kind=kind) if kind else rows
    chosen = in_state(meant, act, state)
    first = (max(page, 1) - 1) * PAGE
    found = list(chosen.order_by("kind", "code", "origin")[first : first + PAGE + 1])
    count = kinds.get(kind, 0) if kind else sum(kinds.values())
    reviewed = reviewed_count(act, meant)
    return RulePage(_lines(act, found[:PAGE]), kinds, count, reviewed, max(page, 1), len(found) > PAGE)


def rates_of(act: Act, rule: str = "") -> dict[str, Rates]:
    """How often each rule spoke here lately, and what became of it."""
    act.require("safety.view_rules")
    with connection.cursor() as cursor:
        cursor.execute(_RATES, {"here": act.here, "since": act.at - timedelta(days=DAYS), "rule": rule})
        return {code: Rates(*counts) for code, *counts in cursor.fetchall()}


def loudest_rules(act: Act) -> list[RuleLine]:
    """The rules that spoke here lately, those that spoke most first."""
    rates = rates_of(act)
    rows = {row.code: row for row in Rule.objects.filter(code__in=rates, origin__in=(SHIPPED, str(act.here)))}
    lines = _lines(act, list(rows.values()), rates)
    return sorted(lines, key=lambda one: -(one.rates.shown + one.rates.stopped + one.rates.passed))


def rule_detail(act: Act, rule_id: UUID) -> RuleDetail:
    """One rule.

    :raises Rule.DoesNotExist: if this facility has none of that id
    """
    act.require("safety.view_rules")
    row = Rule.objects.get(id=rule_id, origin__in=(SHIPPED, str(act.here)))
    (line,) = _lines(act, [row], rates_of(act, row.code))
    setting = Setting.objects.select_related("owner").filter(facility_id=act.here, rule=row.code).first()
    is_owner = bool(setting and setting.owner_id and setting.owner_id == act.practitioner_id)
    review_version, reviews = review_of(act, row)
    groups = members_of(groups_in(row))
    answers = Answer.objects.filter(facility_id=act.here, rule=row.code).order_by("-answered_at")[:20]
    return RuleDetail(
        line=line,
        place=row.source_place,
        opened=row.source_opened,
        says={name: _shown(value) for name, value in row.says.items() if value not in (None, "", [])},
        groups=groups,
        spared=_spared(act, row, groups),
        setting=setting,
        decisions=_decisions(setting),
        answers=list(answers) if act.may("safety.manage_rules") or is_owner else [],
        floor=FLOORS.get(row.code, ""),
        may_decide=act.may("safety.manage_rules") or is_owner,
        version=row.version,
        review_version=review_version,
        reviews=reviews,
        may_review=act.may("safety.review_rules"),
    )


def _spared(act: Act, row: Rule, groups: Mapping[str, Sequence[str]]) -> list[Spared]:
    """By which routes a rule does not hold, though it means the medicine."""
    if row.kind not in SPARABLE or row.says.get("route"):
        return []
    by_route = {row.says.get(name) for name, routes in ROUTES_OF if row.says.get(routes)}
    meant = {term for term in row.about if term not in by_route}
    meant |= {one for group, members in groups.items() if f"{GROUP}{group}" not in by_route for one in members}
    found = Rule.objects.filter(
        kind="local", is_active=True, origin__in=(SHIPPED, str(act.here)), about__overlap=sorted(meant)
    )
    lines = sorted((one for one in found if row.kind in one.says["spares"]), key=lambda one: (one.code, one.origin))
    standing = {one.code: one for one in lines if one.origin == SHIPPED} | {
        one.code: one for one in lines if one.origin != SHIPPED
    }
    settings = Setting.objects.filter(facility_id=act.here, is_retired=True, rule__in=standing) if standing else ()
    retired = {one.rule for one in settings}
    return [
        Spared(one.id, one.says["ingredient"], one.says["routes"], one.statement, one.code in retired)
        for one in standing.values()
    ]


def owners(act: Act) -> list[tuple[str, str]]:
    """Who may answer for a rule: doctors and pharmacists who work here."""
    act.require("safety.view_rules")
    rows = StaffMember.objects.filter(facility_id=act.here, profession__in=("doctor", "pharmacist"), retired_at=None)
    named = rows.select_related("practitioner").order_by("practitioner__family", "practitioner__given")[:MOST_OWNERS]
    return [(str(one.practitioner_id), str(one.practitioner)) for one in named]


def _lines(act: Act, rows: Sequence[Rule], rates: Mapping[str, Rates] | None = None) -> list[RuleLine]:
    codes = [row.code for row in rows]
    decided = Setting.objects.select_related("owner").filter(facility_id=act.here, rule__in=codes)
    settings = {one.rule: one for one in decided}
    marks = marks_of(act, rows)
    return [_line(row, settings.get(row.code), (rates or {}).get(row.code, Rates()), marks.get(row.id)) for row in rows]


def _line(row: Rule, setting: Setting | None, rates: Rates, mark: Mark | None) -> RuleLine:
    usual = tier_of(row.severity, of_pair=row.kind in ("interaction", "check", "frequency"))
    return RuleLine(
        id=row.id,
        code=row.code,
        kind=row.kind,
        title=_title(row),
        statement=row.statement,
        severity=row.severity,
        tier=(setting.tier or usual) if setting else usual,  # type: ignore[arg-type]
        is_own=row.origin != SHIPPED,
        is_changed=bool(setting and setting.tier),
        is_retired=bool(setting and setting.is_retired),
        source=row.source,
        owner=str(setting.owner) if setting and setting.owner else "",
        rates=rates,
        mark=mark,
    )


def _title(row: Rule) -> str:
    says = row.says
    match row.kind:
        case "interaction":
            return f"{_with_routes(says, 'a', 'a_routes')} + {_with_routes(says, 'b', 'b_routes')}"
        case "cross":
            return f"{named_term(says['allergy'])} → {_with_routes(says, 'medicine', 'routes')}"
        case "local":
            return _with_routes(says, "ingredient", "routes")
        case "frequency":
            return ", ".join(part for part in (says["ingredient"], says["route"]) if part)
        case "dose":
            return ", ".join(part for part in (says["ingredient"], says["route"], says["per"]) if part)
        case "first-line":
            return f"{says['condition_name']}: {named_term(says['medicine'])}"
        case "test":
            return str(says["test"])
        case "check":
            return row.statement.removesuffix(".")
        case _:
            return _with_routes(says, "medicine", "routes")


def _with_routes(says: Mapping[str, Any], name: str, routes: str) -> str:
    """A medicine, and by which routes alone it is meant."""
    by = ", ".join(route_words(one) for one in says.get(routes, ()))
    return f"{named_term(says[name])} ({by})" if by else named_term(says[name])


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _decisions(setting: Setting | None) -> list[Decision]:
    """The decision that holds, and those before it, the newest first."""
    if setting is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row->>'decided_at', row->>'decided_by_name', row->>'tier', (row->>'is_retired')::boolean,"
            " row->>'reason' FROM safety_setting_history WHERE row_id = %s ORDER BY version DESC LIMIT 50",
            [setting.id],
        )
        before = [Decision(datetime.fromisoformat(at), *rest) for at, *rest in cursor.fetchall()]
    now = Decision(setting.decided_at, setting.decided_by_name, setting.tier, setting.is_retired, setting.reason)
    return [now, *before]
