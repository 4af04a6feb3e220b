"""Acts of safety: write down that somebody was warned, look again at what was ordered, decide about rules, bring knowledge."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.standing import lock_patient
from salus.core.act import Act
from salus.core.announce import announce, announce_all
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.orders import queries as orders
from salus.orders.models import MedicationStatement, Order
from salus.orders.sockets import TIERS, Alert, Moment, Outcome, Proposed
from salus.safety import loading
from salus.safety.checks import check_orders
from salus.safety.facts import AlertShown, KnowledgeLoaded, RuleDecided, RuleReviewed
from salus.safety.models import SHIPPED, Answer, Review, Rule, Setting
from salus.safety.rules.judging import FLOORS


def note_alert(act: Act, proposed: Proposed, alert: Alert, moment: Moment, outcome: Outcome) -> None:
    """Have it written down that an alert was shown, stopped an act, or was passed with a reason.

    A stopped act is rolled back, so the door writes the fact after it; a passed alert belongs to the act itself, and its
    reason is kept, so that the question is not asked again while the order runs.
    """
    act.require_any("orders.view", "orders.order_medicine", "orders.order_test")
    fact = _fact(proposed, alert, moment, outcome)
    if outcome != "overridden":
        act.insist(fact)
        return
    announce(act, fact)
    if proposed.order_id and not proposed.statement_id and alert.key and alert.reason:
        answer = Answer(
            patient_id=proposed.patient_id,
            order_id=proposed.order_id,
            facility_id=act.here,
            rule=alert.rule,
            key=alert.key,
            moment=moment,
            reason=alert.reason,
            by_id=act.by,
            by_name=act.by_name,
            answered_at=act.at,
            recorded_by_id=act.by,
        )
        Answer.objects.bulk_create([answer], ignore_conflicts=True)


@transaction.atomic
def recheck_orders(act: Act, *, patient_id: UUID, sources: tuple[str, ...]) -> list[Alert]:
    """See whether a patient already takes what an entry just recorded speaks against, and write each case down.

    The patient's row is locked first: whoever signs an order holds it too, so that an order and an entry of one moment
    cannot miss each other.

    :param sources: beginnings of the entries just recorded (`chart.condition:<id>`): only what rests on them is told
    """
    act.require("safety.recheck_orders")
    lock_patient(patient_id)
    taken: list[Order | MedicationStatement] = [
        *orders.medicines_in_use(patient_id, act.at),
        *orders.statements_in_use(patient_id),
    ]
    return _found(act, patient_id, taken, sources) if taken else []


@transaction.atomic
def recheck_statement(act: Act, *, patient_id: UUID, statement_id: UUID) -> list[Alert]:
    """See what speaks against a medicine that the patient takes from outside, and write each case down.

    What was told is always kept: it is what the patient does. Who wrote it down has a task where something speaks against it.
    """
    act.require("safety.recheck_orders")
    lock_patient(patient_id)
    told = [one for one in orders.statements_in_use(patient_id) if one.id == statement_id]
    return _found(act, patient_id, told, ("",)) if told else []


def _found(
    act: Act, patient_id: UUID, taken: Sequence[Order | MedicationStatement], sources: tuple[str, ...]
) -> list[Alert]:
    proposed = [
        orders.proposed_of_statement(one)
        if isinstance(one, MedicationStatement)
        else orders.proposed_of(one, patient_id=patient_id)
        for one in taken
    ]
    alerts = [one for one in check_orders(act, proposed, "review", None) if one.source.startswith(sources)]
    facts = [
        replace(_fact(proposed[one.place], one, "review", "found"), practitioner_id=_who_answers(taken[one.place]))
        for one in alerts
    ]
    announce_all(act, facts)
    return alerts


def _who_answers(taken: Order | MedicationStatement) -> UUID | None:
    return taken.recorder_id if isinstance(taken, MedicationStatement) else taken.responsible_id or taken.requester_id


def _fact(proposed: Proposed, alert: Alert, moment: Moment, outcome: str) -> AlertShown:
    what = "catalog.testdefinition" if proposed.kind == "test" else "terminology.medicine"
    return AlertShown(
        patient_id=proposed.patient_id,
        rule=alert.rule,
        tier=alert.tier,
        subject=f"{what}:{proposed.test_id if proposed.kind == 'test' else proposed.medicine_id}",
        moment=moment,
        outcome=outcome,
        source=alert.source,
        order_id=None if proposed.statement_id else proposed.order_id,
        statement_id=proposed.statement_id,
    )


@transaction.atomic
def decide_rule(
    act: Act,
    *,
    rule_id: UUID,
    version: int,
    reason: str,
    tier: str = "",
    is_retired: bool = False,
    owner_id: UUID | None = None,
) -> Setting:
    """Decide for the act's facility how loudly a rule speaks, whether it does, and who answers for it.

    Whoever manages rules decides about all, an owner about what he or she answers for. Every version is kept.

    :param version: of the decision that was seen; 0 where there was none
    :raises Invalid: without a reason, or for a tier that this rule may not have
    :raises Stale: if somebody decided since
    """
    act.require_any("safety.manage_rules", "safety.view_rules")
    rule = Rule.objects.select_for_update(no_key=True).get(id=rule_id, origin__in=(SHIPPED, str(act.here)))
    row = Setting.objects.filter(facility_id=act.here, rule=rule.code).first()
    if not act.may("safety.manage_rules") and not (row and row.owner_id and row.owner_id == act.practitioner_id):
        raise NotAllowed("safety.manage_rules")
    if version != (row.version if row else 0):
        raise Stale
    _refuse_wrong(rule, reason, tier, is_retired)
    if row is None:
        row = Setting(facility_id=act.here, rule=rule.code, recorded_by_id=act.by)
    elif not act.may("safety.manage_rules"):
        owner_id = row.owner_id
    row.tier, row.is_retired, row.owner_id, row.reason = tier, is_retired, owner_id, reason.strip()
    row.decided_by_name, row.decided_at = act.by_name, act.at
    row.save()
    announce(act, RuleDecided(rule=rule.code, tier=tier, is_retired=is_retired))
    return row


def _refuse_wrong(rule: Rule, reason: str, tier: str, is_retired: bool) -> None:
    if not reason.strip():
        raise Invalid(reason=_("Say why."))
    floor = FLOORS.get(rule.code)
    if floor and is_retired:
        raise Invalid(is_retired=_("This check cannot be taken away."))
    if floor and tier and TIERS.index(tier) > TIERS.index(floor):
        raise Invalid(tier=_("This check cannot be made quieter than that."))


@transaction.atomic
def review_rule(act: Act, *, rule_id: UUID, version: int, seen: int, verdict: str, words: str = "") -> Review:
    """Write down that somebody held a statement against its source, and what was found. Every version is kept.

    :param version: of the review that was seen; 0 where there was none
    :param seen: the version of the statement that was read
    :raises Invalid: for what is wrong or not clear without words
    :raises Stale: if the statement changed, or somebody else wrote, since it was read
    """
    act.require("safety.review_rules")
    rule = Rule.objects.select_for_update(no_key=True).get(id=rule_id, origin__in=(SHIPPED, str(act.here)))
    row = Review.objects.filter(facility_id=act.here, statement=rule).first()
    if (version, seen) != (row.version if row else 0, rule.version):
        raise Stale
    if verdict != "right" and not words.strip():
        raise Invalid(words=_("Say what is wrong or not clear, and by which source."))
    row = row or Review(facility_id=act.here, statement=rule, recorded_by_id=act.by)
    row.statement_version, row.verdict, row.words = rule.version, verdict, words.strip()
    row.reviewed_by_name, row.reviewed_at = act.by_name, act.at
    row.save()
    announce(act, RuleReviewed(rule=rule.code, verdict=verdict))
    return row


@transaction.atomic
def load_own_knowledge(act: Act, *, file: str, content: str) -> int:
    """Bring the facility's own lines of one file; they stand in the place of what ships. Returns how many changed.

    :raises Invalid: with every problem of the file
    """
    act.require("safety.manage_rules")
    changes = loading.compare(loading.read_own(file, content), act.here)
    count = loading.apply(act, changes, act.here)
    announce(act, KnowledgeLoaded(file=file, lines=count))
    return count
