"""Folding: movements become daily figures."""

from django.db import connection, transaction

from salus.core.act import Act

# The rows that one statement deletes are the rows that it counts: no transaction that commits meanwhile is passed over.
_FOLD = """
    WITH taken AS (
        DELETE FROM reports_revenuemovement
        RETURNING facility_id, day, department_id, currency, charges, without_price, amount
    ), folded AS (
        INSERT INTO reports_dailyrevenue AS known
            (facility_id, day, department_id, currency, charges, without_price, amount)
        SELECT facility_id, day, department_id, currency, sum(charges), sum(without_price), sum(amount)
        FROM taken GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (facility_id, day, department_id, currency) DO UPDATE SET
            charges = known.charges + excluded.charges,
            without_price = known.without_price + excluded.without_price,
            amount = known.amount + excluded.amount
    )
    SELECT count(*) FROM taken
"""


@transaction.atomic
def fold_revenue(act: Act) -> int:
    """Fold what charges have changed into the daily figures; returns how many movements. Does nothing beside another."""
    act.require("reports.fold_revenue")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('reports.fold_revenue'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_FOLD)
        count: int = cursor.fetchone()[0]
    return count
