"""What somebody, or a department, records often: offered before anything is typed."""

from django.db import models

from salus.core.models import Record


class FavouriteCondition(Record):
    """A problem that a person or a department keeps at hand; taken off the list it stays as a row that is not active."""

    owner_id = models.UUIDField(null=True)
    department = models.ForeignKey("places.Department", null=True, on_delete=models.PROTECT, related_name="+")
    code_system = models.TextField()
    code = models.TextField()
    display = models.TextField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner_id__isnull=True) ^ models.Q(department__isnull=True),
                name="chart_favouritecondition_one_keeper",
            ),
            models.UniqueConstraint(
                fields=["owner_id", "department", "code_system", "code"],
                nulls_distinct=False,
                name="chart_favouritecondition_once",
            ),
        ]
