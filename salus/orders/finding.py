"""What can be ordered, as the composer's box finds it."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.orders import queries
from salus.orders.items import ORDER_RIGHTS
from salus.orders.models import Order
from salus.orders.sockets import Proposed
from salus.terminology.formulary import local_route
from salus.terminology.rules import prefix_query
from salus.ui import formatting

MOST = 20
#: what a value of the box may begin with
KINDS = frozenset({*ORDER_RIGHTS, "set", "favourite"})

# Every word that was typed begins a word of the name (strength and form are in it), or one of the search words that the
# reference data give (other names, class, code, both spellings); names that begin with the text come first, and of these
# what kills by a slip (the concentrate of potassium) after what does not.
_MEDICINES = """
    SELECT p.id, p.name, m.name, m.drug_class, m.synonyms, m.ingredients, m.allergy_groups, m.rxnorm,
        coalesce(nullif(p.routes, '{}'), m.routes)
    FROM terminology_presentation p JOIN terminology_medicine m ON m.id = p.medicine_id
    WHERE p.is_active AND m.is_active
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%(patterns)s::text[], %(queries)s::text[]) AS typed (pattern, query)
          WHERE concat_ws(' ', p.name, m.name, array_to_string(m.synonyms, ' ')) !~* pattern
            AND (m.words @@ query::tsquery) IS NOT TRUE)
    ORDER BY NOT starts_with(lower(p.name), %(text)s), m.is_high_alert, p.name LIMIT %(most)s
"""
# Tests, everything of the catalogue that is neither a medicine nor a test, and order sets: one statement.
_OTHERS = """
    (SELECT 'test', id, name, specimen, result_kind FROM catalog_testdefinition t
    WHERE 'test' = ANY(%(kinds)s) AND is_active AND is_orderable
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%(patterns)s::text[], %(queries)s::text[]) AS typed (pattern, query)
          WHERE concat_ws(' ', name, code, loinc) !~* pattern AND (t.words @@ query::tsquery) IS NOT TRUE)
    ORDER BY NOT starts_with(lower(name), %(text)s), name LIMIT %(most)s)
    UNION ALL
    (SELECT kind, id, name, section, '' FROM catalog_orderable o
    WHERE kind = ANY(%(kinds)s) AND is_active
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%(patterns)s::text[], %(queries)s::text[]) AS typed (pattern, query)
          WHERE concat_ws(' ', name, array_to_string(synonyms, ' ')) !~* pattern
            AND (o.words @@ query::tsquery) IS NOT TRUE)
    ORDER BY NOT starts_with(lower(name), %(text)s), name LIMIT %(most)s)
    UNION ALL
    (SELECT 'set', id, name, description, '' FROM orders_orderset
    WHERE facility_id = %(facility)s AND is_active
      AND NOT EXISTS (SELECT 1 FROM unnest(%(patterns)s::text[]) AS typed (pattern) WHERE name !~* pattern)
    ORDER BY name LIMIT 5)
"""


@dataclass(frozen=True, slots=True)
class Orderable:
    """One thing that can be ordered: `value` goes into the form."""

    value: str
    label: str
    sub: str = ""
    badge: str = ""
    tone: str = "neutral"


def kinds_for(act: Act) -> list[str]:
    """The kinds of order that this person may put together: all of them for who writes down what a doctor says."""
    spoken = act.may("orders.take_verbal_order")
    return [kind for kind, right in ORDER_RIGHTS.items() if spoken or act.may(right)]


def orderables(act: Act, patient_id: UUID, text: str) -> list[Orderable]:
    """What this person may order and what has these words; what the patient is allergic to says so."""
    act.require("orders.view")
    typed = re.findall(r"\w+", text.casefold())
    kinds = kinds_for(act)
    if not typed or not kinds:
        return []
    values = {
        "patterns": [rf"\m{re.escape(word)}" for word in typed],
        "queries": [prefix_query(word) or "''" for word in typed],
        "text": " ".join(typed),
        "most": MOST,
        "kinds": kinds,
        "facility": act.facility_id,
    }
    medicines = _medicines(act, patient_id, values) if "medicine" in kinds else []
    others = _others(values)
    # Both stay in sight, however many of the other there are. The first is what Enter takes: who typed a whole name means that,
    # and after it goes what has the words whole ("diet" is a diet before it is diethylpropion).
    room = MOST // 2
    found = [*medicines[: max(room, MOST - len(others))], *others[: max(room, MOST - len(medicines))]]
    whole = re.compile(rf"\b{re.escape(' '.join(typed))}\b")
    return sorted(
        found, key=lambda one: (one.label.casefold() != values["text"], not whole.search(one.label.casefold()))
    )


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
            route=local_route(routes),
        )
        for pack_id, _pack, name, _class, synonyms, ingredients, groups, codes, routes in rows
    ]
    alerts = queries.alerts_for(act, proposed, "search")
    stopped = {one.place: one.badge or one.title for one in alerts if one.tier == "stop"}
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


#: what people say of a pack beside its name: 850, 75mg, mg, tablets
_STRENGTH = re.compile(r"\d+\w*|m?c?g|micrograms?|ml|iu|units?|tab(let)?s?|cap(sule)?s?")

_GENERICS = """
    SELECT id, name, drug_class FROM terminology_medicine m
    WHERE is_active AND NOT EXISTS (
        SELECT 1 FROM unnest(%(patterns)s::text[], %(queries)s::text[]) AS typed (pattern, query)
        WHERE concat_ws(' ', name, array_to_string(synonyms, ' ')) !~* pattern AND (m.words @@ query::tsquery) IS NOT TRUE)
    ORDER BY NOT starts_with(lower(name), %(text)s), name LIMIT %(most)s
"""


def medicines_named(act: Act, text: str) -> list[tuple[UUID, str, str]]:
    """Generic medicines of the formulary with these words: id, name, class.

    A strength that is told along with the name belongs to no generic medicine, and is left aside where nothing is found
    with it: what is kept in free words is checked against nothing.
    """
    act.require("orders.view")
    typed = re.findall(r"\w+", text.casefold())
    return _generics(typed) or _generics([word for word in typed if not _STRENGTH.fullmatch(word)])


def _generics(typed: list[str]) -> list[tuple[UUID, str, str]]:
    if not typed:
        return []
    values: dict[str, Any] = {
        "patterns": [rf"\m{re.escape(word)}" for word in typed],
        "queries": [prefix_query(word) or "''" for word in typed],
        "text": " ".join(typed),
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GENERICS, values)
        return list(cursor.fetchall())


def _others(values: dict[str, Any]) -> list[Orderable]:
    kinds = dict(Order.KINDS)
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, values)
        found = cursor.fetchall()
    shown = []
    for kind, row_id, name, sub, result_kind in found:
        if kind == "set":
            shown.append(Orderable(f"set:{row_id}", name, sub, badge=_("Order set"), tone="info"))
        elif kind == "test":
            words = _("Panel, %(specimen)s") % {"specimen": sub} if result_kind == "panel" else sub
            shown.append(Orderable(f"test:{row_id}", name, words))
        else:
            shown.append(Orderable(f"{kind}:{row_id}", name, str(kinds[kind])))
    # Sets first: what is put together already is what somebody types its name for.
    return sorted(shown, key=lambda one: not one.value.startswith("set:"))


def read_value(value: str) -> tuple[str, UUID] | None:
    """Read `medicine:<id>`, `test:<id>`, `image:<id>`, `set:<id>`...; None for anything else."""
    kind, _colon, text = value.partition(":")
    subject = read_id(text)
    return (kind, subject) if kind in KINDS and subject else None


def read_id(text: str) -> UUID | None:
    """Read an id; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
