"""Words for the pages that say that something did not work: what happened, and what to do now."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ErrorWords:
    """A title, what happened, what to do, and an icon."""

    title: str | Promise
    happened: str | Promise
    do: str | Promise
    icon: str = "circle-alert"


WORDS: dict[int, ErrorWords] = {
    400: ErrorWords(
        _("This request could not be read"),
        _("Something in the address or the form is not as it should be. Nothing was changed."),
        _("Go back and try once more. If it happens again, tell your administrator the number below."),
    ),
    403: ErrorWords(
        _("You may not open this"),
        _("Your role here does not include this page or act. The attempt was recorded."),
        _("If you need it for your work, ask your administrator for the right."),
        "lock",
    ),
    404: ErrorWords(
        _("There is nothing here"),
        _("The page does not exist, or it belongs to a record that you may not open."),
        _("Check the address, or find the patient or page with the box at the top of your home page."),
        "search-x",
    ),
    409: ErrorWords(
        _("Somebody was faster"),
        _("This was changed after you opened it. Your change was not saved, and nothing was overwritten."),
        _("Go back, load the page again, look at what is new, then make your change once more."),
        "git-compare-arrows",
    ),
    412: ErrorWords(
        _("This is no longer the version you saw"),
        _("The record has a newer version than the one your change was made for. Nothing was overwritten."),
        _("Load the record again and repeat the change on what is there now."),
        "git-compare-arrows",
    ),
    413: ErrorWords(
        _("This file is too large"),
        _("What you sent is larger than this place accepts. Nothing was saved."),
        _("Choose a smaller file, or scan with a lower resolution, and send it again."),
        "file-exclamation-point",
    ),
    422: ErrorWords(
        _("This could not be saved as it is"),
        _("What was sent breaks a rule of the record. Nothing was changed."),
        _("Go back, mend what is marked, and send it again."),
        "file-x",
    ),
    429: ErrorWords(
        _("Please wait a moment"),
        _("There were too many attempts from here in a short time."),
        _("Wait a minute, then try once more."),
        "hourglass",
    ),
    500: ErrorWords(
        _("Something went wrong on our side"),
        _("The page could not be made. If you were saving something, it was not saved."),
        _("Try once more. If it happens again, tell your administrator the number below."),
        "wrench",
    ),
    503: ErrorWords(
        _("Salus is not ready for the moment"),
        _("The system or its database is being started or serviced. Your last saved work is safe."),
        _("Wait a minute and load the page again. For urgent care use the downtime sheets of your ward."),
        "hourglass",
    ),
}


def error_words(status: int) -> ErrorWords:
    """The words for a status; of an unknown one, those of its class."""
    return WORDS.get(status) or WORDS[500 if status >= 500 else 400]
