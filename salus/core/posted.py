"""Reading the hidden fields that every form carries."""

import re
from uuid import UUID

from django.http import HttpRequest

from salus.core.errors import Invalid, WrongPatient

_SECRET = re.compile("pass|pin|code|token|proof", re.IGNORECASE)


def posted_version(request: HttpRequest) -> int:
    """The version of the row that was on the screen.

    :raises Invalid: where the form carries none
    """
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("This page is out of date. Reload it and try again.")
    return int(text)


def require_same_patient(request: HttpRequest, patient_id: UUID) -> None:
    """The form that was sent was drawn for the patient whom it would change: a tab left open writes into no other record.

    :raises WrongPatient: if not
    """
    if request.POST.get("patient_id") != str(patient_id):
        raise WrongPatient


def posted_patient(request: HttpRequest) -> UUID:
    """The patient for whom the form was drawn, for a service that holds it against the one whom it would change.

    :raises WrongPatient: where it carries none
    """
    try:
        return UUID(request.POST.get("patient_id", ""))
    except ValueError:
        raise WrongPatient from None


def posted_texts(request: HttpRequest, *names: str) -> dict[str, str]:
    """Some fields as they were typed, for forms whose service says what is wrong with them.

    :raises Invalid: where one holds what no keyboard types and the database cannot keep
    """
    found = {name: request.POST.get(name, "") for name in names}
    if any("\0" in text for text in found.values()):
        raise Invalid("This form was not sent as the page made it. Reload the page and try again.")
    return found


def words_typed(request: HttpRequest) -> list[str]:
    """The sentences of a form that was refused: whoever typed them gets them back, to be used again.

    One word is typed again in a moment; what could be a secret is never repeated.
    """
    names = (name for name in request.POST if not name.startswith("_") and not _SECRET.search(name))
    return [text for name in names for text in request.POST.getlist(name) if " " in text.strip() and len(text) > 7]
