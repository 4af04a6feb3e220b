"""Pages that belong to no room: errors, and whether the system is alive."""

import sys
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from salus.core.door import PUBLIC, as_salus_error, door
from salus.core.errors import NotAllowed, NotFound, SalusError, Unavailable
from salus.core.lost import note_loss
from salus.core.middleware import error_page


class Defect(SalusError):
    """Something went wrong on our side. It has been written down; nothing of what you did was half saved."""

    status = 500


class BadRequest(SalusError):
    """This request could not be read."""


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, BadRequest())


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, NotAllowed())


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """What was raised before the view or after it: a database that is away (its session could not be read) is no defect."""
    raised = sys.exc_info()[1]
    note_loss(request, raised)
    error = as_salus_error(raised) if raised else None
    return error_page(request, error if isinstance(error, Unavailable) else Defect())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request,
        NotAllowed(message="This form was not sent from this system, or you signed in again since. Reload the page."),
    )


@door(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@door(PUBLIC)
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can read the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ready"})
