"""Who signs in, with what, and from where."""

from salus.accounts.models.users import Grant, Role, Token, User, UserManager

__all__ = ["Grant", "Role", "Token", "User", "UserManager"]
