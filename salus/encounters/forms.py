"""What reception fills in at the desk."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.catalog.models import Service
from salus.core.act import Act
from salus.patients.rules import names
from salus.places.models import Department
from salus.staff.models import StaffMember

#: Departments that patients come to; the cash desk and the laboratory have worklists of their own.
VISITED = ("clinic", "emergency", "ward")
#: Who is seen on a visit.
SEEN = ("doctor", "nurse", "other")
#: said instead of a consultation, where none is charged
NONE = "-"


class OfferedField(forms.TypedChoiceField):
    """One of what is offered on the page. Whether it still is, the service sees in the act itself, with all else.

    So what is offered is read only where the page is drawn.
    """

    def valid_value(self, _value: Any) -> bool:
        return True


class StartForm(forms.Form):
    """A check-in: where, whom to see, which consultation, why."""

    department = OfferedField(label=_("Department"), coerce=UUID)
    practitioner = OfferedField(label=_("To see"), coerce=UUID, empty_value=None, required=False)
    service = OfferedField(label=_("Consultation"))
    reason = forms.CharField(
        label=_("Reason for the visit"), max_length=500, required=False, help_text=_("In the patient's words")
    )

    def __init__(self, act: Act, data: Any = None) -> None:
        super().__init__(data)
        places = cache(lambda: _places(act))
        self.offer("department", places)
        self.offer("practitioner", cache(lambda: [("", str(_("Whoever is free"))), *_by_specialty(_doctors(act))]))
        # Nothing is chosen beforehand: a charge that nobody meant is found weeks later.
        first = [("", str(_("Choose"))), (NONE, str(_("None: a stay on a ward")))]
        self.offer("service", cache(lambda: [*first, *_of_specialties(_consultations())]))
        if data is None:
            own = next((place for place, _name in places() if UUID(place) in act.places), None)
            self.initial["department"] = own or (places()[0][0] if places() else "")

    def clean_service(self) -> str:
        """The code of the consultation; nothing where it was said that there is none."""
        chosen: str = self.cleaned_data["service"]
        return "" if chosen == NONE else chosen

    def offer(self, name: str, options: Callable[[], list[Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = options


def _places(act: Act) -> list[tuple[str, str]]:
    here = Department.objects.filter(Q(facility_id=act.facility_id), kind__in=VISITED, retired_at=None)
    return [(str(one.id), one.name) for one in here.order_by("name")]


def _doctors(act: Act) -> list[StaffMember]:
    here = StaffMember.objects.filter(Q(facility_id=act.facility_id), retired_at=None, profession__in=SEEN[:1])
    found = here.select_related("practitioner")
    return sorted(found, key=names.of_staff)


def _consultations() -> list[Service]:
    return list(Service.objects.filter(kind="consultation", is_active=True).order_by("name"))


def _of_specialties(services: list[Service]) -> list[tuple[Any, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in services:
        groups.setdefault(one.specialty or str(_("General")), []).append((one.code, one.name))
    return sorted(groups.items())


def _by_specialty(staff: list[StaffMember]) -> list[tuple[Any, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in staff:
        person = one.practitioner
        name = " ".join(part for part in (person.title, person.given, person.family) if part)
        groups.setdefault(one.specialty or str(_("General")), []).append((str(one.practitioner_id), name))
    return sorted(groups.items())
