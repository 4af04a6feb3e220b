"""What tests of safety are made of."""

from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from salus.core.ids import SYSTEM
from salus.orders.sockets import Proposed
from salus.safety.models import SHIPPED, Member, Rule
from salus.safety.rules.knowledge import Statement, statement_of


def a_group(name: str, *ingredients: str) -> None:
    """A group of the knowledge."""
    rows = [Member(group_name=name, ingredient=one, recorded_by_id=SYSTEM) for one in ingredients]
    Member.objects.bulk_create(rows, ignore_conflicts=True)


def a_rule(kind: str, code: str, about: list[str], says: dict[str, Any], **changes: Any) -> Rule:
    """A statement of the knowledge, major unless told otherwise."""
    values = {"severity": "major", "statement": "So it is.", "source": "A book", "recorded_by_id": SYSTEM} | changes
    return Rule.objects.create(origin=SHIPPED, kind=kind, code=f"{kind}:{code}", about=about, says=says, **values)


def an_interaction(a: str = "paracetamol", b: str = "amoxicillin", **changes: Any) -> Rule:
    """Two medicines of the cast that should not meet."""
    says = {"a": a, "b": b, "management": "Choose one."}
    return a_rule("interaction", "|".join(sorted((a, b))), sorted({a, b}), says, **changes)


def said(kind: str, severity: str = "major", **says: Any) -> Statement:
    """A statement for pure tests."""
    row = {"code": f"{kind}:test", "row": "", "severity": severity, "statement": "So.", "source": "A book"}
    found = statement_of({"kind": kind, "says": says, **row})
    assert found is not None
    return found


def proposed(name: str = "paracetamol", **changes: Any) -> Proposed:
    """500 mg of a 500 mg tablet, three times a day."""
    values: dict[str, Any] = {
        "kind": "medicine",
        "name": name,
        "ingredients": (name,),
        "dose": Decimal(500),
        "dose_unit": "mg",
        "route": "oral",
        "unit": "tablet",
        "strength": "500 mg",
        "frequency": 3,
        "period": Decimal(1),
        "period_unit": "d",
    }
    ids = {"patient_id": SYSTEM, "medicine_id": _id(name), "presentation_id": _id(f"{name} pack")}
    return Proposed(**(ids | values | changes))


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)
