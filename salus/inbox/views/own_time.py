"""The inbox speaks the time of the facility, whatever the clock of the server says."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone

View = Callable[..., HttpResponse]


def in_own_time(view: View) -> View:
    """Draw a page in the time zone of the act's facility; stands under `@door`."""

    @wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(ZoneInfo(request.act.zone or "UTC")):
            return view(request, *args, **kwargs)

    return shown
