"""What safety looks at again, and after which fact."""

from salus.chart.facts import (
    AllergyChanged,
    AllergyRecorded,
    ConditionChanged,
    ConditionRecorded,
    NoteSigned,
    ObservationRecorded,
)
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.lab.facts import ResultCorrected, ResultVerified
from salus.orders.facts import MedicationStatementRecorded
from salus.safety import services as safety

#: tests of the catalogue whose results the checks judge by: kidneys and pregnancy
_JUDGED_BY = frozenset({"creat", "egfr", "ue", "u-preg"})


@consequence("safety.recheck_orders")
def recheck_orders(act: Act, fact: AllergyRecorded | AllergyChanged) -> None:
    if fact.patient_id and getattr(fact, "status", "active") == "active":
        sources = (f"chart.allergyintolerance:{fact.allergy_id}",)
        safety.recheck_orders(act, patient_id=fact.patient_id, sources=sources)


@consequence("safety.recheck_orders")
def recheck_for_a_statement(act: Act, fact: MedicationStatementRecorded) -> None:
    if fact.patient_id:
        safety.recheck_statement(act, patient_id=fact.patient_id, statement_id=fact.statement_id)


# These run right after the commit. That misses nothing: whoever signed before it held the patient's row, and is waited for.
@consequence("safety.recheck_orders")
def recheck_for_problems(act: Act, fact: ConditionRecorded | ConditionChanged | NoteSigned) -> None:
    if isinstance(fact, ConditionChanged) and fact.status != "active":
        return
    ids = (fact.condition_id,) if isinstance(fact, ConditionChanged) else fact.condition_ids
    if fact.patient_id and ids:
        sources = tuple(f"chart.condition:{one}" for one in ids)
        safety.recheck_orders(act, patient_id=fact.patient_id, sources=sources)


@consequence("safety.recheck_orders")
def recheck_for_values(act: Act, fact: ObservationRecorded) -> None:
    if fact.patient_id:
        sources = tuple(f"chart.observation:{one}" for one in fact.observation_ids)
        safety.recheck_orders(act, patient_id=fact.patient_id, sources=sources)


@consequence("safety.recheck_orders")
def recheck_for_results(act: Act, fact: ResultVerified | ResultCorrected) -> None:
    if isinstance(fact, ResultVerified) and fact.test_code not in _JUDGED_BY:
        return
    if fact.patient_id:
        safety.recheck_orders(act, patient_id=fact.patient_id, sources=("chart.observation:",))
