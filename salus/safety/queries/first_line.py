"""The right medicine for a condition: what guidelines take first for what the patient has."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from salus.chart.models import Condition
from salus.core.act import Act
from salus.orders import queries as orders
from salus.orders.sockets import Alert, Proposed
from salus.safety.models import SHIPPED, Member, Rule, Setting
from salus.safety.rules.knowledge import GROUP
from salus.safety.rules.people import Problem, first_met
from salus.terminology.formulary import LOCAL_ROUTES, local_route
from salus.terminology.models import Presentation
from salus.terminology.queries import nearest_of_icd10

#: between the ingredients of a medicine that has several, in their order
JOINED = "+"
#: so many presentations of one medicine are offered, and so many of a group
PACKS, OF_A_GROUP = 4, 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A medicine that a guideline takes first for a condition; `alerts` are what speaks against it in this patient."""

    medicine: str
    statement: str
    source: str
    packs: Sequence[tuple[UUID, str]]
    alerts: Sequence[Alert] = ()


@dataclass(frozen=True, slots=True)
class FirstLine:
    """What is taken first for one of the patient's conditions, and then."""

    condition: str
    first: Sequence[Choice]
    then: Sequence[Choice]


def first_line(act: Act, patient_id: UUID) -> list[FirstLine]:
    """For each active problem that a guideline of the knowledge speaks of: its medicines that can be ordered here."""
    act.require("orders.order_medicine")
    rows = Condition.objects.of_patient(act, patient_id).valid().filter(status="active")
    said = list(rows.order_by("-recorded_at", "-id"))
    nearest = nearest_of_icd10((row.code_system, row.code) for row in said)
    problems = [
        Problem(row.code_system, row.code, row.display, nearest=nearest.get((row.code_system, row.code), ""))
        for row in said
    ]
    retired = set(Setting.objects.filter(facility_id=act.here, is_retired=True).values_list("rule", flat=True))
    rules = Rule.objects.filter(kind="first-line", origin__in=(SHIPPED, str(act.here)), is_active=True)
    fitting: dict[str, list[tuple[Rule, Problem]]] = {}
    for rule in rules.order_by("code"):
        problem = first_met(problems, rule.says["conditions"])
        if problem is not None and rule.code not in retired:
            fitting.setdefault(problem.display, []).append((rule, problem))
    if not fitting:
        return []
    packs = _packs({_term(rule) for found in fitting.values() for rule, _problem in found})
    alerts = _alerts(act, patient_id, [pack for found in packs.values() for pack in found])
    return [
        FirstLine(
            condition,
            [_choice(rule, packs, alerts) for rule, _problem in found if rule.says["line"] in ("", "1")],
            [_choice(rule, packs, alerts) for rule, _problem in found if rule.says["line"] not in ("", "1")],
        )
        for condition, found in fitting.items()
    ]


def _packs(terms: set[str]) -> dict[str, list[Presentation]]:
    """The presentations that each of these words means, a few of each medicine."""
    groups = {term.removeprefix(GROUP) for term in terms if term.startswith(GROUP)}
    members: dict[str, set[str]] = {}
    for one in Member.objects.filter(group_name__in=groups, is_active=True) if groups else ():
        members.setdefault(one.ingredient, set()).add(GROUP + one.group_name)
    wanted = [*(term for term in terms if not term.startswith(GROUP) and JOINED not in term), *members]
    meant = Q(medicine__ingredients__len=1, medicine__ingredients__overlap=wanted)
    for several in (term.split(JOINED) for term in terms if JOINED in term):
        meant |= Q(medicine__ingredients__contains=several, medicine__ingredients__len=len(several))
    rows = Presentation.objects.filter(meant, is_active=True, medicine__is_active=True).select_related("medicine")
    found: dict[str, list[Presentation]] = {}
    for pack in rows.order_by("name").defer("medicine__words", "medicine__sources"):
        name = JOINED.join(sorted(one.casefold() for one in pack.medicine.ingredients))
        for term in {name, *members.get(name, ())} & terms:
            found.setdefault(term, []).append(pack)
    return {term: _for_the_body(packs) for term, packs in found.items()}


def _for_the_body(packs: list[Presentation]) -> list[Presentation]:
    """Where a guideline's medicine comes both ways, not its drops and creams: no ear drops for a kidney."""
    return [one for one in packs if set(one.routes or one.medicine.routes) - LOCAL_ROUTES] or packs


def _alerts(act: Act, patient_id: UUID, packs: Sequence[Presentation]) -> dict[UUID, list[Alert]]:
    once = {pack.medicine_id: pack.medicine for pack in packs}
    proposed = [
        Proposed(
            patient_id=patient_id,
            kind="medicine",
            medicine_id=one.id,
            name=one.name,
            synonyms=tuple(one.synonyms),
            ingredients=tuple(one.ingredients),
            allergy_groups=tuple(one.allergy_groups),
            codes=tuple(one.rxnorm),
            atc=one.atc,
            route=local_route(one.routes),
        )
        for one in once.values()
    ]
    found: dict[UUID, list[Alert]] = {}
    for alert in orders.alerts_for(act, proposed, "search"):
        if alert.tier in ("stop", "interrupt"):
            found.setdefault(list(once)[alert.place], []).append(alert)
    return found


def _a_few(packs: Sequence[Presentation]) -> list[Presentation]:
    """Of a group one of each medicine before the second of any: omeprazole is not hidden behind strengths of esomeprazole."""
    each: dict[UUID, list[Presentation]] = {}
    for pack in packs:
        each.setdefault(pack.medicine_id, []).append(pack)
    in_turn = [pack for turn in zip_longest(*each.values()) for pack in turn if pack is not None]
    return in_turn[: PACKS if len(each) == 1 else OF_A_GROUP]


def _term(rule: Rule) -> str:
    term = str(rule.says["medicine"])
    return term if term.startswith(GROUP) else JOINED.join(sorted(term.split(JOINED)))


def _choice(rule: Rule, packs: dict[str, list[Presentation]], alerts: dict[UUID, list[Alert]]) -> Choice:
    term = _term(rule)
    mine = packs.get(term, [])
    return Choice(
        medicine=term.removeprefix(GROUP).replace("-", " ")
        if term.startswith(GROUP)
        else term.replace(JOINED, _(" and ")),
        statement=rule.statement,
        source="; ".join(part for part in (rule.source, rule.source_place) if part),
        packs=[(pack.id, pack.name) for pack in _a_few(mine)],
        alerts=[alert for medicine_id in {pack.medicine_id for pack in mine} for alert in alerts.get(medicine_id, ())],
    )
