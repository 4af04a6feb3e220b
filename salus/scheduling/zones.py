"""Screens of appointments speak the time of the facility, whatever the clock of the server says."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from salus.scheduling.queries.plans import clock_of

View = Callable[..., HttpResponse]


def in_facility_time(view: View) -> View:
    """Draw a page in the time zone of the act's facility; stands under `@door`."""

    @wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(clock_of(request.act).zone):
            return view(request, *args, **kwargs)

    return shown
