"""Acts on orders: `from salus.orders import services as orders`.

Lock order of everything that orders or gives a medicine: the patient's row (`FOR NO KEY UPDATE`), then the order or
prescription, then the lot. Whoever records an allergy takes the patient's row too (`safety.services.recheck_orders`),
so that an allergy is either seen by the one who signs, or the signed order is found by the one who records it.
"""

from salus.orders.doing import NotDoable, WrittenDown
from salus.orders.items import ORDER_RIGHTS, MedicineItem, OrderItem, ServiceItem, Step, TestItem
from salus.orders.services.administering import AnothersWristband, administer_medication
from salus.orders.services.checks import NeedsReason, Stopped, check, note_shown
from salus.orders.services.countersigning import NothingToCountersign, NotYours, countersign_orders
from salus.orders.services.favourites import (
    NameTaken,
    change_set_item,
    drop_favourite,
    drop_set_item,
    keep_favourite,
    keep_set,
    retire_set,
    share_favourite,
)
from salus.orders.services.handing import NotOpen, hand_over_orders
from salus.orders.services.life import (
    NotHeld,
    NotHoldable,
    NotStoppable,
    complete_order,
    hold_order,
    note_supply,
    reopen_order,
    resume_order,
    stop_order,
)
from salus.orders.services.performing import NotToVoid, perform_order, void_performance
from salus.orders.services.placing import NotReplaceable, place_orders
from salus.orders.services.reconciling import (
    Decision,
    ListChanged,
    change_statement,
    reconcile_medicines,
    record_statement,
)

__all__ = [
    "ORDER_RIGHTS",
    "AnothersWristband",
    "Decision",
    "ListChanged",
    "MedicineItem",
    "NameTaken",
    "NeedsReason",
    "NotDoable",
    "NotHeld",
    "NotHoldable",
    "NotOpen",
    "NotReplaceable",
    "NotStoppable",
    "NotToVoid",
    "NotYours",
    "NothingToCountersign",
    "OrderItem",
    "ServiceItem",
    "Step",
    "Stopped",
    "TestItem",
    "WrittenDown",
    "administer_medication",
    "change_set_item",
    "change_statement",
    "check",
    "complete_order",
    "countersign_orders",
    "drop_favourite",
    "drop_set_item",
    "hand_over_orders",
    "hold_order",
    "keep_favourite",
    "keep_set",
    "note_shown",
    "note_supply",
    "perform_order",
    "place_orders",
    "reconcile_medicines",
    "record_statement",
    "reopen_order",
    "resume_order",
    "retire_set",
    "share_favourite",
    "stop_order",
    "void_performance",
]
