"""What an act can refuse. Each error knows its HTTP status; one place (`core.door`) turns it into an answer."""

import math
from collections.abc import Mapping
from datetime import timedelta


class SalusError(Exception):
    """Base of everything that a service may refuse; `str(error)` is written for the person at the screen.

    Messages never hold patient data: they may be logged.
    """

    status = 400
    #: seconds after which it is worth asking again, as `Retry-After` wants them
    retry_after: int | None = None

    def __init__(self, message: str = "", **fields: str) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])
        #: what to mend, by field name
        self.fields: Mapping[str, str] = fields


class NotAllowed(SalusError):
    """You do not have the right to do this."""

    status = 403

    def __init__(self, right: str = "", message: str = "") -> None:
        super().__init__(message)
        self.right = right


class NotSignedIn(SalusError):
    """Please sign in."""

    status = 401


class SignAgain(SalusError):
    """Confirm that it is you. This asks for a recent proof, because it cannot be undone or reaches far."""

    status = 403


class NotFound(SalusError):
    """There is nothing here that you may see."""

    status = 404


class Barred(NotFound):
    """There is nothing here that you may see."""

    def __init__(self, reason: str, leads_to: str = "") -> None:
        super().__init__(NotFound.__doc__ or "")
        #: why, as a code; the access log keeps it
        self.right = reason
        #: an address where a reason may open it, for who may be offered that; to everybody else it is as if it were not there
        self.leads_to = leads_to


class Conflict(SalusError):
    """This can no longer be done as things stand now."""

    status = 409


class WrongPatient(Conflict):
    """This form belongs to another patient. Nothing was saved. Open the right patient's record and begin again."""


class Stale(Conflict):
    """Somebody changed this since you opened it. Look at what it says now, then do it again."""


class Invalid(SalusError):
    """Something has to be mended first."""

    status = 422


class Unreadable(Invalid):
    """This address holds a character that no text has. Go back, and try again from the page."""


class KeyReused(Invalid):
    """This form was sent before with other contents. Reload the page and try again."""


class KeyUnreadable(Invalid):
    """This form was not sent as the page made it. Reload the page and try again."""


class TooLarge(SalusError):
    """This file is too large."""

    status = 413


class TooMany(SalusError):
    """Too much was asked for at once. Wait a moment, then try again."""

    status = 429

    def __init__(self, wait: timedelta, message: str = "") -> None:
        super().__init__(message)
        self.retry_after = max(1, math.ceil(wait.total_seconds()))


class Unavailable(SalusError):
    """The system cannot do this just now. Try again in a moment."""

    status = 503
    retry_after = 2
