"""What an entry said before."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from salus.chart.queries.versions import versions_of
from salus.chart.versions import changes_of
from salus.core.door import door
from salus.patients.screens import patient_page

_TABS = {"problem": "problems", "allergy": "allergies", "observation": "observations"}


@door("patients.open")
def versions(request: Any, patient_id: UUID, entry_kind: str, row_id: UUID) -> HttpResponse:
    """All versions of a problem, an allergy or an observation."""
    page = patient_page(request.act, patient_id, _TABS.get(entry_kind, ""))
    row, found = versions_of(request.act, patient_id, entry_kind, row_id)
    return render(request, "chart/versions.html", page | {"row": row, "changes": changes_of(entry_kind, found)})
