"""What can be ordered, as the composer's box finds it."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.orders import queries
from salus.orders.sockets import Proposed
from salus.terminology.rules import prefix_query
from salus.ui import formatting

MOST = 20
KINDS = {"medicine": "orders.order_medicine", "test": "orders.order_test"}

# Every word that was typed begins a word of the name (strength and form are in it), or one of the search words that the
# reference data give (other names, class, code, both spellings); names that begin with the text come first.
_MEDICINES = """
    SELECT p.id, p.name, m.name, m.drug_class, m.synonyms, m.ingredients, m.allergy_groups, m.rxnorm,
           m.atc, m.id
    FROM terminology_presentation p JOIN terminology_medicine m ON m.id = p.medicine_id
    WHERE p.is_active AND m.is_active
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%(patterns)s::text[], %(queries)s::text[]) AS typed (pattern, query)
          WHERE concat_ws(' ', p.name, m.name, array_to_string(m.synonyms, ' ')) !~* pattern
            AND (m.words @@ query::tsquery) IS NOT TRUE)
    ORDER BY NOT starts_with(lower(p.name), %(text)s), p.name LIMIT %(most)s
"""
_TESTS = """
    SELECT id, name, specimen, result_kind FROM catalog_testdefinition t
    WHERE is_active AND is_orderable
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%(patterns)s::text[], %(queries)s::text[]) AS typed (pattern, query)
          WHERE concat_ws(' ', name, code, loinc) !~* pattern AND (t.words @@ query::tsquery) IS NOT TRUE)
    ORDER BY NOT starts_with(lower(name), %(text)s), name LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Orderable:
    """One thing that can be ordered: `value` goes into the form."""

    value: str
    label: str
    sub: str = ""
    badge: str = ""
    tone: str = "neutral"


def orderables(act: Act, patient_id: UUID, text: str) -> list[Orderable]:
    """What this person may order and what has these words; what the patient is allergic to says so."""
    act.require("orders.view")
    typed = re.findall(r"\w+", text.casefold())
    if not typed:
        return []
    values = {
        "patterns": [rf"\m{re.escape(word)}" for word in typed],
        "queries": [prefix_query(word) or "''" for word in typed],
        "text": " ".join(typed),
        "most": MOST,
    }
    medicines = _medicines(act, patient_id, values) if act.may(KINDS["medicine"]) else []
    tests = _tests(values) if act.may(KINDS["test"]) else []
    # Both kinds stay in sight, however many of the other there are.
    room = MOST // 2
    return [*medicines[: max(room, MOST - len(tests))], *tests[: max(room, MOST - len(medicines))]]


def _medicines(act: Act, patient_id: UUID, values: dict[str, Any]) -> list[Orderable]:
    with connection.cursor() as cursor:
        cursor.execute(_MEDICINES, values)
        rows = cursor.fetchall()
    proposed = [
        Proposed(
            patient_id=patient_id,
            kind="medicine",
            presentation_id=pack_id,
            name=name,
            synonyms=tuple(synonyms),
            ingredients=tuple(ingredients),
            allergy_groups=tuple(groups),
            codes=tuple(codes),
            atc=atc,
            medicine_id=medicine_id,
        )
        for pack_id, _pack, name, _class, synonyms, ingredients, groups, codes, atc, medicine_id in rows
    ]
    stopped = {
        one.place: one.badge or _("Allergy")
        for one in queries.alerts_for(act, proposed, "search")
        if one.tier == "stop"
    }
    return [
        Orderable(
            f"medicine:{row[0]}",
            formatting.units_in_full(row[1]),
            row[3],
            badge=stopped.get(place, ""),
            tone="critical" if place in stopped else "neutral",
        )
        for place, row in enumerate(rows)
    ]


def _tests(values: dict[str, Any]) -> list[Orderable]:
    with connection.cursor() as cursor:
        cursor.execute(_TESTS, values)
        return [
            Orderable(
                f"test:{test_id}",
                name,
                _("Panel, %(specimen)s") % {"specimen": specimen} if kind == "panel" else specimen,
            )
            for test_id, name, specimen, kind in cursor.fetchall()
        ]


def read_value(value: str) -> tuple[str, UUID] | None:
    """Read `medicine:<id>` or `test:<id>`; None for anything else."""
    kind, _colon, text = value.partition(":")
    subject = read_id(text)
    return (kind, subject) if kind in KINDS and subject else None


def read_id(text: str) -> UUID | None:
    """Read an id; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
