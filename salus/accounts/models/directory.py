"""People whom the hospital's own directory (OpenID Connect) knows."""

from django.db import models

from salus.accounts.models.users import User
from salus.core.ids import uuid7
from salus.core.models import Record


class DirectoryLink(Record):
    """This subject of that directory is this user: an administrator has said so, never a likeness of names or addresses."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issuer = models.TextField()
    subject = models.TextField()
    name = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], condition=models.Q(ended_at=None), name="accounts_directory_one_user"
            )
        ]
        indexes = [models.Index(fields=["user"], name="accounts_directory_of_user")]


class DirectoryArrival(models.Model):
    """Somebody came from the directory whom nobody has linked to a user yet."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issuer = models.TextField()
    subject = models.TextField()
    name = models.TextField(blank=True, default="")
    came_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_arrival_once")]
