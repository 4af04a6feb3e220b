"""The administrator's screens for departments and the places in them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.posted import posted_version
from salus.places import services
from salus.places.forms import DepartmentForm, LocationForm
from salus.places.models import Department

MANAGE = "places.manage_departments"


@door(MANAGE)
def departments(request: Any) -> HttpResponse:
    """All departments, the retired ones last."""
    rows = Department.objects.filter(facility_id=request.act.facility_id).order_by("retired_at", "name")
    return render(request, "places/departments.html", {"rows": rows})


@door(MANAGE, methods=("GET", "POST"))
def open_department(request: Any) -> HttpResponse:
    """Open a department."""
    form = DepartmentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.open_department(request.act, **form.cleaned_data)
        except services.CodeTaken as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("The department is open."))
            return HttpResponseRedirect(reverse("places:department", args=[made.id]), status=303)
    context = {"form": form, "title": _("New department"), "action": request.path, "version": None}
    return render(request, "places/department_form.html", context, status=422 if form.errors else 200)


@door(MANAGE)
def department(request: Any, department_id: UUID) -> HttpResponse:
    """One department and its wards, rooms, beds and desks."""
    return _department_page(request, department_id, LocationForm())


@door(MANAGE, methods=("GET", "POST"))
def change_department(request: Any, department_id: UUID) -> HttpResponse:
    """Change a department."""
    known = get_object_or_404(Department, id=department_id, facility_id=request.act.facility_id)
    initial = {name: getattr(known, name) for name in DepartmentForm.base_fields}
    form = DepartmentForm(request.POST if request.method == "POST" else None, initial=initial)
    version = posted_version(request) if request.method == "POST" else known.version
    if request.method == "POST" and form.is_valid():
        try:
            services.change_department(request.act, department_id=department_id, version=version, **form.cleaned_data)
        except services.CodeTaken as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("The department is changed."))
            return HttpResponseRedirect(reverse("places:department", args=[department_id]), status=303)
    context = {"form": form, "title": _("Change department"), "action": request.path, "version": version}
    return render(request, "places/department_form.html", context, status=422 if form.errors else 200)


@door(MANAGE, methods=("POST",))
def retire_department(request: Any, department_id: UUID) -> HttpResponse:
    """Close a department, or open it again."""
    act = services.reopen_department if request.POST.get("reopen") else services.retire_department
    act(request.act, department_id=department_id, version=posted_version(request))
    return HttpResponseRedirect(reverse("places:department", args=[department_id]), status=303)


@door(MANAGE, methods=("POST",))
def add_location(request: Any, department_id: UUID) -> HttpResponse:
    """Add a ward, room, bed or desk."""
    form = LocationForm(request.POST)
    if form.is_valid():
        try:
            services.add_location(request.act, department_id=department_id, **form.cleaned_data)
        except services.CodeTaken as error:
            form.add_error("code", str(error))
        else:
            return HttpResponseRedirect(reverse("places:department", args=[department_id]), status=303)
    return _department_page(request, department_id, form, status=422)


@door(MANAGE, methods=("POST",))
def retire_location(request: Any, location_id: UUID) -> HttpResponse:
    """Close a ward, room, bed or desk."""
    version = posted_version(request)
    closed = services.retire_location(request.act, location_id=location_id, version=version)
    return HttpResponseRedirect(reverse("places:department", args=[closed.department_id]), status=303)


def _department_page(request: Any, department_id: UUID, form: LocationForm, status: int = 200) -> HttpResponse:
    known = get_object_or_404(Department, id=department_id, facility_id=request.act.facility_id)
    locations = known.locations.order_by("retired_at", "kind", "code")
    context = {"department": known, "locations": locations, "form": form}
    return render(request, "places/department.html", context, status=status)
