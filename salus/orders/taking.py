"""What a patient takes, for whoever reads it inside a greater statement: `TAKEN` in SQL, and its rows as proposed things.

Of the orders it means the same as `queries.medicines_in_use`; `rules.is_current` has the last word in both. Medicines from
outside stand beside them, as far as the formulary knows them: what the patient takes at home interacts too.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from salus.orders import queries
from salus.orders.models import Order
from salus.orders.sockets import Proposed
from salus.terminology.models import Medicine, Presentation

#: `ingredients`, `allergy_groups` and all of it as `said`, of the medicines of `%(patient)s`
TAKEN = """
    SELECT coalesce(m.ingredients, '{}') AS ingredients, coalesce(m.allergy_groups, '{}') AS allergy_groups,
        jsonb_build_object('order', jsonb_build_object('id', o.id, 'status', o.status, 'display', o.display,
            'dose', o.dose::text, 'dose_unit', o.dose_unit, 'route', o.route, 'frequency', o.frequency,
            'period', o.period::text, 'period_unit', o.period_unit, 'as_needed', o.as_needed, 'steps', o.steps,
            'duration_days', o.duration_days, 'authored_at', o.authored_at, 'code', o.code,
            'supplied_at', o.supplied_at,
            'group_id', o.group_id, 'quantity', o.quantity::text, 'repeats', o.repeats),
            'medicine', CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('id', m.id, 'name', m.name,
                'synonyms', m.synonyms, 'ingredients', m.ingredients, 'allergy_groups', m.allergy_groups,
                'atc', m.atc, 'rxnorm', m.rxnorm, 'is_high_alert', m.is_high_alert, 'routes', m.routes) END,
            'pack', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'unit', p.unit,
                'strength', p.strength, 'pack_size', p.pack_size::text, 'routes', p.routes) END) AS said
    FROM orders_order o
    LEFT JOIN terminology_medicine m ON m.id = o.medicine_id
    LEFT JOIN terminology_presentation p ON p.id = o.presentation_id
    WHERE o.patient_id = %(patient)s AND o.kind = 'medicine' AND o.voided_at IS NULL
      AND (o.status IN ('active', 'on-hold')
           OR (o.status = 'completed' AND (o.duration_days IS NOT NULL OR o.group_id IS NOT NULL)))
    UNION ALL
    SELECT m.ingredients, m.allergy_groups,
        jsonb_build_object('order', jsonb_build_object('id', s.id, 'status', 'active', 'display', s.display,
            'dose', s.dose::text, 'dose_unit', s.dose_unit, 'route', s.route, 'frequency', s.frequency,
            'period', s.period::text, 'period_unit', s.period_unit, 'as_needed', s.as_needed, 'steps', '[]'::jsonb,
            'duration_days', NULL, 'authored_at', s.asserted_at, 'code', s.code),
            'medicine', jsonb_build_object('id', m.id, 'name', m.name,
                'synonyms', m.synonyms, 'ingredients', m.ingredients, 'allergy_groups', m.allergy_groups,
                'atc', m.atc, 'rxnorm', m.rxnorm, 'is_high_alert', m.is_high_alert, 'routes', m.routes), 'pack', NULL)
    FROM orders_medicationstatement s JOIN terminology_medicine m ON m.id = s.medicine_id
    WHERE s.patient_id = %(patient)s AND s.voided_at IS NULL AND s.status IN ('active', 'on-hold', 'unknown', 'intended')
"""
_DECIMALS = ("dose", "quantity", "period", "pack_size")


def taken_from(said: Iterable[Mapping[str, Any]], *, patient_id: UUID, at: datetime) -> list[Proposed]:
    """The rows of `TAKEN` that are taken at an instant, as the safety checks see them."""
    taken = [one for one in (_order(row) for row in said) if queries.is_taken(one, at)]
    return [queries.proposed_of(one, patient_id=patient_id) for one in taken]


def _order(said: Mapping[str, Any]) -> Order:
    order = Order(kind="medicine", **_read(said["order"]))
    if said["medicine"]:
        order.medicine = Medicine(**_read(said["medicine"]))
    if said.get("pack"):
        order.presentation = Presentation(**_read(said["pack"]))
    return order


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON has no type for, read."""
    read = dict(values)
    read["id"] = UUID(read["id"])
    for name in _DECIMALS:
        if read.get(name) is not None:
            read[name] = Decimal(read[name])
    for name in ("authored_at", "supplied_at"):
        if read.get(name):
            read[name] = datetime.fromisoformat(read[name])
    return read
