"""Whether the books are right after it all: each invariant as SQL that finds what breaks it, and the ledger's side."""

from collections import Counter
from collections.abc import Sequence

import psycopg

from salus.core import consequences, guards
from salus.core.facts import known_facts
from tests.chaos.ledger import Acknowledged
from tests.chaos.visit import GIVEN, Visit

#: of the patients of the run: the demonstration's history was loaded, not lived
_MINE = f"(SELECT id FROM patients_patient WHERE given = '{GIVEN}')"

#: what must never be -> a query for where it is
INVARIANTS: dict[str, str] = {
    "two patients where one was registered": f"""
        SELECT value_key, count(*) FROM patients_identifier WHERE patient_id IN {_MINE} GROUP BY value_key
        HAVING count(*) > 1
        UNION ALL SELECT p.family::bytea, 0 FROM patients_patient p WHERE p.id IN {_MINE}
            AND NOT EXISTS (SELECT 1 FROM patients_identifier i WHERE i.patient_id = p.id)""",
    "something done without its charge, or a charge for nothing, or twice": f"""
        WITH done AS (
            SELECT 'encounters.encounter:' || id AS source, 1 AS quantity FROM encounters_encounter
                WHERE patient_id IN {_MINE} AND service_code <> ''
            UNION ALL SELECT 'lab.request:' || r.id, 1 FROM lab_request r JOIN catalog_testdefinition t ON t.id = r.test_id
                WHERE r.patient_id IN {_MINE} AND r.status = 'verified' AND t.service_id IS NOT NULL
            UNION ALL SELECT 'pharmacy.dispense:' || id, quantity::numeric FROM pharmacy_dispense
                WHERE patient_id IN {_MINE}),
        charged AS (SELECT source, quantity FROM billing_charge WHERE patient_id IN {_MINE} AND voided_at IS NULL)
        SELECT coalesce(d.source, c.source) FROM done d FULL JOIN charged c ON c.source = d.source
        WHERE d.source IS NULL OR c.source IS NULL OR d.quantity <> c.quantity""",
    "an invoice that is not its lines": """
        SELECT i.number FROM billing_invoice i
        LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM billing_invoiceline GROUP BY invoice_id) l
            ON l.invoice_id = i.id
        WHERE i.total <> coalesce(l.amount, 0)""",
    "a line that is not its charge": """
        SELECT l.id FROM billing_invoiceline l JOIN billing_charge c ON c.id = l.charge_id
        WHERE c.invoice_id IS DISTINCT FROM l.invoice_id OR c.amount <> l.amount OR c.quantity <> l.quantity
        UNION ALL SELECT c.id FROM billing_charge c WHERE c.invoice_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM billing_invoiceline l WHERE l.charge_id = c.id)""",
    "an invoice that is not its payments": """
        SELECT i.number FROM billing_invoice i
        LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM billing_payment WHERE voided_at IS NULL
            GROUP BY invoice_id) p ON p.invoice_id = i.id
        WHERE i.paid <> coalesce(p.amount, 0) OR (i.status = 'paid') <> (i.paid = i.total)""",
    "a gap or a repeat in the numbers of invoices or receipts": """
        SELECT k.kind, k.value FROM core_counter k WHERE k.kind = 'invoice' AND k.value <>
            (SELECT count(DISTINCT number) FROM billing_invoice i WHERE i.facility_id = k.facility_id)
        UNION ALL SELECT k.kind, k.value FROM core_counter k WHERE k.kind = 'receipt' AND k.value <>
            (SELECT count(DISTINCT receipt_number) FROM billing_payment p WHERE p.facility_id = k.facility_id)""",
    "stock that is not the sum of its movements": """
        SELECT l.id FROM inventory_lot l LEFT JOIN (
            SELECT lot_id, sum(quantity::numeric) AS moved FROM inventory_movement GROUP BY lot_id) m ON m.lot_id = l.id
        WHERE l.on_hand::numeric <> coalesce(m.moved, 0)""",
    "a dispense that is not its lots, or not what left the stock": f"""
        SELECT d.id FROM pharmacy_dispense d WHERE d.patient_id IN {_MINE} AND (
            d.quantity::numeric IS DISTINCT FROM
                (SELECT sum(l.quantity::numeric) FROM pharmacy_dispenseline l WHERE l.dispense_id = d.id)
            OR -d.quantity::numeric IS DISTINCT FROM
                (SELECT sum(m.quantity::numeric) FROM inventory_movement m
                 WHERE m.source = 'pharmacy.dispense:' || d.id))""",
    "a prescription that is not its dispenses": f"""
        SELECT s.id FROM pharmacy_prescription s WHERE s.patient_id IN {_MINE} AND s.dispensed::numeric IS DISTINCT FROM
            coalesce((SELECT sum(d.quantity::numeric) FROM pharmacy_dispense d WHERE d.prescription_id = s.id), 0)""",
    "an order that reached no department, or more than one": f"""
        SELECT o.id FROM orders_order o WHERE o.patient_id IN {_MINE} AND
            (SELECT count(*) FROM lab_request r WHERE r.order_id = o.id) +
            (SELECT count(*) FROM pharmacy_prescription s WHERE s.order_id = o.id) <> 1""",
    "an order that is done and does not know it": f"""
        SELECT o.id, o.status FROM orders_order o LEFT JOIN lab_request r ON r.order_id = o.id
        LEFT JOIN pharmacy_prescription s ON s.order_id = o.id
        WHERE o.patient_id IN {_MINE}
            AND (o.status = 'completed') <> (coalesce(r.status, '') = 'verified' OR coalesce(s.status, '') = 'complete')""",
    "a final result that is not in the record once": f"""
        SELECT r.id FROM lab_result r WHERE r.patient_id IN {_MINE} AND r.status = 'final' AND
            (SELECT count(*) FROM chart_observation o WHERE o.source = 'lab.result:' || r.id) <> 1""",
    "a specimen that belongs to no request": f"""
        SELECT s.id FROM lab_specimen s WHERE s.patient_id IN {_MINE}
            AND NOT EXISTS (SELECT 1 FROM lab_request r WHERE r.specimen_id = s.id)""",
    "an act of somebody that is not in the access log": f"""
        SELECT f.id, f.name FROM core_fact f WHERE f.patient_id IN {_MINE} AND f.on_behalf_of IS NULL AND NOT EXISTS (
            SELECT 1 FROM core_accessentry a WHERE a.act_id = f.act_id AND a.patient_id = f.patient_id
                AND a.action = 'write')""",
    "work that waits or failed": """
        SELECT id, status, attempts, args->>'handler' FROM procrastinate_jobs
        WHERE queue_name = 'consequences' AND status <> 'succeeded'""",
    "an answer that was begun and not kept": """
        SELECT key FROM core_idempotencykey WHERE status IS NULL""",
}

#: of one patient of the run: how many there must be of each at the end of the visit
ONE_VISIT: dict[str, tuple[str, int]] = {
    "encounters": ("SELECT count(*) FROM encounters_encounter WHERE patient_id = %(id)s", 1),
    "care relations": (
        "SELECT count(*) FROM patients_carerelation WHERE patient_id = %(id)s AND kind = 'encounter' "
        "AND department_id IS NOT NULL",
        1,
    ),
    "blood pressures": (
        "SELECT count(*) FROM chart_observation WHERE patient_id = %(id)s AND category = 'vital-signs' "
        "AND (components LIKE %(systolic)s OR components LIKE %(systolic_spaced)s)",
        1,
    ),
    "signed notes": ("SELECT count(*) FROM chart_note WHERE patient_id = %(id)s AND status = 'signed'", 1),
    "diagnoses": ("SELECT count(*) FROM chart_condition WHERE patient_id = %(id)s AND code = 'J18.9'", 1),
    "orders": ("SELECT count(*) FROM orders_order WHERE patient_id = %(id)s AND status = 'completed'", 2),
    "specimens": ("SELECT count(*) FROM lab_specimen WHERE patient_id = %(id)s", 1),
    "final results": (
        "SELECT count(*) FROM lab_result WHERE patient_id = %(id)s AND status = 'final' "
        "AND number::numeric = %(result)s",
        1,
    ),
    "dispenses": ("SELECT count(*) FROM pharmacy_dispense WHERE patient_id = %(id)s", 1),
    "charges": ("SELECT count(*) FROM billing_charge WHERE patient_id = %(id)s AND invoice_id IS NOT NULL", 3),
    "paid invoices": ("SELECT count(*) FROM billing_invoice WHERE patient_id = %(id)s AND status = 'paid'", 1),
    "payments": (
        "SELECT count(*) FROM billing_payment p JOIN billing_invoice i ON i.id = p.invoice_id "
        "WHERE i.patient_id = %(id)s AND %(payment)s LIKE '%%' || p.id || '%%'",
        1,
    ),
    "facts": ("SELECT count(DISTINCT name) - count(*) FROM core_fact WHERE patient_id = %(id)s "
              "AND name IN ('patients.PatientRegistered', 'encounters.EncounterStarted', 'chart.VitalsRecorded', "
              "'chart.NoteSigned', 'lab.SpecimenCollected', 'lab.ResultEntered', 'lab.ResultVerified', "
              "'pharmacy.MedicationDispensed', 'billing.InvoiceIssued', 'billing.PaymentReceived')", 0),
}  # fmt: skip


def broken_invariants(books: psycopg.Connection) -> list[str]:
    """Everything in the database that must never be."""
    found = []
    for what, query in INVARIANTS.items():
        rows = books.execute(query).fetchall()
        if rows:
            found.append(f"{what}: {len(rows)}, such as {rows[:3]}")
    return found + _versions_without_history(books) + _consequences_that_did_not_follow(books)


def lost_writes(books: psycopg.Connection, writes: Sequence[Acknowledged]) -> list[str]:
    """Acknowledged writes of which the database knows nothing, or something else."""
    kept = {
        row[0]: row[1:]
        for row in books.execute("SELECT key, status, coalesce(headers->>'Location', '') FROM core_idempotencykey")
    }
    return [
        f"lost: {one.what} of visit {one.visit}, acknowledged by {one.location}"
        for one in writes
        if kept.get(one.key) != (one.status, one.location)
    ]


def wrong_visits(books: psycopg.Connection, visits: Sequence[Visit]) -> list[str]:
    """Visits that were played to the end and do not stand in the database as they were played, once."""
    found = []
    for visit in visits:
        values = {
            "id": visit.patient_id,
            "systolic": f'%"value":{visit.systolic},%',
            "systolic_spaced": f'%"value": {visit.systolic},%',
            "result": visit.result,
            "payment": visit.payment,
        }
        for what, (query, number) in ONE_VISIT.items():
            counted = books.execute(query, values).fetchone()
            if counted != (number,):
                found.append(f"visit {visit.number}: {counted} {what} instead of {number}")
    return found


def _versions_without_history(books: psycopg.Connection) -> list[str]:
    found = []
    for table in guards.record_tables():
        query = (
            f"SELECT count(*) FROM {table} t WHERE t.version <> 1 + "
            f"(SELECT count(*) FROM {table}_history h WHERE h.row_id = t.id)"
        )
        number = books.execute(query).fetchone()
        if number != (0,):
            found.append(f"{number} rows of {table} whose versions are not their history")
    return found


def _consequences_that_did_not_follow(books: psycopg.Connection) -> list[str]:
    """Each fact has one job for each of its later handlers, and that job was done."""
    follows = {
        name: {consequences.name_of(handler) for handler in consequences.what_follows(fact).later}
        for name, fact in known_facts().items()
    }
    jobs: dict[int, Counter[str]] = {}
    asked = (
        "SELECT (args->>'fact_id')::bigint, args->>'handler' FROM procrastinate_jobs "
        "WHERE task_name = 'core.run_consequence'"
    )
    for number, handler in books.execute(asked):
        jobs.setdefault(number, Counter())[handler] += 1
    found = []
    for number, name in books.execute(f"SELECT id, name FROM core_fact WHERE patient_id IN {_MINE}"):
        if jobs.get(number, Counter()) != Counter(follows.get(name, ())):
            found.append(f"fact {number} ({name}): {dict(jobs.get(number, {}))} instead of {follows.get(name)}")
    return found
