"""The screen in the waiting room."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from salus.core.door import door
from salus.core.errors import NotFound
from salus.queues import queries
from salus.queues.models import SHOW
from salus.scheduling.zones import in_facility_time


@door(SHOW)
@in_facility_time
def wall(request: Any, department_id: UUID) -> HttpResponse:
    """Which numbers are called into which rooms of a department."""
    found = queries.wall_of(request.act, department_id)
    if found is None:
        raise NotFound
    return render(request, "queues/_wall.html" if request.htmx else "queues/wall.html", {"wall": found})
