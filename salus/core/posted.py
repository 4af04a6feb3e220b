"""Reading the hidden fields that every form carries."""

from django.http import HttpRequest

from salus.core.errors import Invalid


def posted_version(request: HttpRequest) -> int:
    """The version of the row that was on the screen.

    :raises Invalid: where the form carries none
    """
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("This page is out of date. Reload it and try again.")
    return int(text)
