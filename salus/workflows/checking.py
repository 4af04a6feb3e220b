"""What safety looks at again, and after which fact."""

from salus.chart.facts import AllergyChanged, AllergyRecorded
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.safety import services as safety


@consequence("safety.recheck_orders")
def recheck_orders(act: Act, fact: AllergyRecorded | AllergyChanged) -> None:
    if fact.patient_id and getattr(fact, "status", "active") == "active":
        safety.recheck_orders(act, patient_id=fact.patient_id, allergy_id=fact.allergy_id)
