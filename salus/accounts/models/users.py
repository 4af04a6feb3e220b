"""Who signs in, and what they may do."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from salus.core.ids import uuid7
from salus.core.models import Record


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person or a machine that can sign in. It may belong to a staff member (`staff.StaffMember` points here), or be one
    of those who come through the patients' own door (`portal.Account` points here)."""

    PERSON, MACHINE, PATIENT = "person", "machine", "patient"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.TextField(unique=True)
    display_name = models.TextField()
    kind = models.TextField(default=PERSON, choices=[(PERSON, "Person"), (MACHINE, "Machine"), (PATIENT, "Patient")])
    is_active = models.BooleanField(default=True)
    #: somebody else knows it: it opens the page on which its owner chooses one, and nothing else
    password_is_given = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("username"), name="accounts_user_one_name")]

    def choose_password(self, password: str) -> None:
        """Keep a password that the user chose: nobody else knows it."""
        self.set_password(password)
        self.password_is_given = False
        self.save(update_fields=["password", "password_is_given"])


class Role(Record):
    """A named set of rights. Built-in roles come from `workflows/roles.py`; a hospital adds its own."""

    code = models.TextField(unique=True)
    name = models.TextField()
    rights = ArrayField(models.TextField(), default=list)
    is_built_in = models.BooleanField(default=False)


class Grant(Record):
    """This user has that role in this facility, from then, until it is ended."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    facility_id = models.UUIDField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "facility_id"],
                condition=models.Q(ended_at__isnull=True),
                name="accounts_grant_once",
            )
        ]


class Token(Record):
    """A bearer token for programs: only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    prefix = models.TextField()
    hash = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    #: of an OAuth program: what it hangs on, and what it may (None: all that its user may)
    allowance = models.ForeignKey("accounts.Allowance", on_delete=models.PROTECT, null=True, related_name="tokens")
    scopes = ArrayField(models.TextField(), null=True)
