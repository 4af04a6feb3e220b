"""The page of a child's growth."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from salus.chart import growing
from salus.chart.growth import Standard
from salus.chart.queries.growth import growth_of
from salus.core.door import door
from salus.patients.screens import patient_page


@door("patients.open", methods=("GET", "POST"), effect=False)
def show_growth(request: Any, patient_id: UUID) -> HttpResponse:
    """Growth against WHO or CDC; how it is shown is asked for by POST."""
    page = patient_page(request.act, patient_id, "observations")
    standard: Standard = "cdc" if request.POST.get("standard") == "cdc" else "who"
    by = "z" if request.POST.get("by") == "z" else "percentile"
    is_corrected = request.POST.get("corrected", "1") == "1"
    found = growth_of(request.act, page["patient"], standard, is_corrected=is_corrected)
    context = {
        "growth": found,
        "standard": standard,
        "by": by,
        "charts": growing.charts_of(found, standard, by),
        "is_early": found.gestation is not None and found.gestation < 37,
    }
    return render(request, "chart/growth.html", page | context)
