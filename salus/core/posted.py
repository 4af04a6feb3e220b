"""Reading the hidden fields that every form carries."""

from uuid import UUID

from django.http import HttpRequest

from salus.core.errors import Invalid, WrongPatient


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
