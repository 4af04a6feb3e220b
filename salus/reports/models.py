"""Daily figures, folded forward from charges so that reports stay fast as history grows."""

from django.db import models


class DailyRevenue(models.Model):
    """Charged per facility, day and department; the fold adds what is new since its watermark."""

    pk = models.CompositePrimaryKey("facility_id", "day", "department_id", "currency")
    facility_id = models.UUIDField()
    day = models.DateField()
    department_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    charges = models.BigIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)


class Watermark(models.Model):
    """How far a fold has come (transaction ids below it are counted)."""

    name = models.TextField(primary_key=True)
    xid = models.TextField()
