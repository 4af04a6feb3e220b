"""Acts on departments and the places in them."""

from uuid import UUID

from django.db import IntegrityError, transaction

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Stale
from salus.places.facts import DepartmentChanged
from salus.places.models import Department, Location


class CodeTaken(Conflict):
    """This code is in use already. Choose another."""


@transaction.atomic
def open_department(act: Act, *, code: str, name: str, kind: str, specialty: str = "") -> Department:
    """Open a department in the act's facility.

    :raises CodeTaken: if another one has this code
    """
    act.require("places.manage_departments")
    department = Department(
        facility_id=act.here, code=code, name=name, kind=kind, specialty=specialty, recorded_by_id=act.by
    )
    _save_new(department)
    announce(act, DepartmentChanged(department_id=department.id, change="opened"))
    return department


@transaction.atomic
def change_department(
    act: Act, *, department_id: UUID, version: int, code: str, name: str, kind: str, specialty: str = ""
) -> Department:
    """Change what a department is called and does.

    :raises Stale: if somebody changed it since it was read
    :raises CodeTaken: if another one has this code
    """
    act.require("places.manage_departments")
    department = _locked(act, department_id, version)
    department.code, department.name, department.kind, department.specialty = code, name, kind, specialty
    try:
        with transaction.atomic():
            department.save(update_fields=["code", "name", "kind", "specialty"])
    except IntegrityError as error:
        raise CodeTaken(code=CodeTaken.__doc__ or "") from error
    announce(act, DepartmentChanged(department_id=department.id, change="changed"))
    return department


@transaction.atomic
def retire_department(act: Act, *, department_id: UUID, version: int) -> Department:
    """Close a department: nobody is booked or sent there any more, its history stays."""
    act.require("places.manage_departments")
    department = _locked(act, department_id, version)
    if department.retired_at is None:
        department.retired_at = act.at
        department.save(update_fields=["retired_at"])
        announce(act, DepartmentChanged(department_id=department.id, change="retired"))
    return department


@transaction.atomic
def reopen_department(act: Act, *, department_id: UUID, version: int) -> Department:
    """Open a retired department again."""
    act.require("places.manage_departments")
    department = _locked(act, department_id, version)
    if department.retired_at is not None:
        department.retired_at = None
        department.save(update_fields=["retired_at"])
        announce(act, DepartmentChanged(department_id=department.id, change="reopened"))
    return department


@transaction.atomic
def add_location(
    act: Act, *, department_id: UUID, code: str, name: str, kind: str, part_of_id: UUID | None = None
) -> Location:
    """Add a ward, room, bed or desk to a department.

    :raises CodeTaken: if another place of the department has this code
    """
    act.require("places.manage_departments")
    department = Department.objects.get(id=department_id, facility_id=act.here)
    location = Location(
        department=department, part_of_id=part_of_id, code=code, name=name, kind=kind, recorded_by_id=act.by
    )
    _save_new(location)
    announce(act, DepartmentChanged(department_id=department.id, change="location-added"))
    return location


@transaction.atomic
def retire_location(act: Act, *, location_id: UUID, version: int) -> Location:
    """Close a ward, room, bed or desk."""
    act.require("places.manage_departments")
    known = Location.objects.select_for_update(of=("self",)).select_related("department")
    location = known.get(id=location_id, department__facility_id=act.here)
    if location.version != version:
        raise Stale
    if location.retired_at is None:
        location.retired_at = act.at
        location.save(update_fields=["retired_at"])
        announce(act, DepartmentChanged(department_id=location.department_id, change="location-retired"))
    return location


def _locked(act: Act, department_id: UUID, version: int) -> Department:
    department = Department.objects.select_for_update().get(id=department_id, facility_id=act.here)
    if department.version != version:
        raise Stale
    return department


def _save_new(row: Department | Location) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken(code=CodeTaken.__doc__ or "") from error
