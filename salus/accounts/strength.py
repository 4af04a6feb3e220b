"""Whether a password may be chosen: ten characters at least, and none that everyone tries (Django's list of 20,000)."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from salus.accounts.models import User
from salus.core.errors import Invalid


def check_strength(user: User, password: str, field: str) -> None:
    """Go on only with a password that is strong enough.

    :raises Invalid: at that field, with what is wrong
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(**{field: " ".join(error.messages)}) from error
