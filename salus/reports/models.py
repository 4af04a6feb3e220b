"""Daily figures, folded forward from what charges change, so that reports stay fast as history grows.

None of these rows is a record: all of them can be made again from the charges.
"""

from uuid import UUID

from django.db import models

#: stands for "no department" in keys that may not be empty
NOWHERE = UUID(int=0)


class DailyRevenue(models.Model):
    """Charged per facility, day (of the facility's clock), department and currency: all that is folded in so far."""

    pk = models.CompositePrimaryKey("facility_id", "day", "department_id", "currency")
    facility_id = models.UUIDField()
    day = models.DateField()
    department_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    charges = models.BigIntegerField()
    without_price = models.BigIntegerField(default=0)
    amount = models.DecimalField(max_digits=20, decimal_places=4)


class RevenueMovement(models.Model):
    """What a statement on charges has changed and the fold has not counted yet; written by a trigger on charges.

    A row leaves in the transaction that counts it: revenue is always the sum of both tables (decision 0006).
    """

    id = models.BigAutoField(primary_key=True)
    facility_id = models.UUIDField()
    day = models.DateField()
    department_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    charges = models.BigIntegerField()
    without_price = models.BigIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)
