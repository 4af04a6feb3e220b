"""What reception fills in at the desk."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.catalog.models import Service
from salus.core.act import Act
from salus.places.models import Department
from salus.staff.models import StaffMember

#: Departments that patients come to; the cash desk and the laboratory have worklists of their own.
VISITED = ("clinic", "emergency", "ward")
#: Who is seen on a visit.
SEEN = ("doctor", "nurse", "other")


class StartForm(forms.Form):
    """A check-in: where, whom to see, which consultation, why."""

    department = forms.TypedChoiceField(label=_("Department"), coerce=UUID)
    practitioner = forms.TypedChoiceField(label=_("To see"), coerce=UUID, empty_value=None, required=False)
    service = forms.ChoiceField(label=_("Consultation"))
    reason = forms.CharField(
        label=_("Reason for the visit"), max_length=500, required=False, help_text=_("In the patient's words")
    )

    def __init__(self, act: Act, data: Any = None) -> None:
        departments = Department.objects.filter(
            Q(facility_id=act.facility_id), kind__in=VISITED, retired_at=None
        ).order_by("name")
        staff = (
            StaffMember.objects.filter(Q(facility_id=act.facility_id), retired_at=None, profession__in=SEEN[:1])
            .select_related("practitioner")
            .order_by("practitioner__family", "practitioner__given")
        )
        services = Service.objects.filter(kind="consultation", is_active=True).order_by("name")
        places = [(str(one.id), one.name) for one in departments]
        own = next((str(one.id) for one in departments if one.id in act.places), None)
        super().__init__(data, initial={"department": own or (places[0][0] if places else "")})
        self.offer("department", places)
        self.offer("practitioner", [("", str(_("Whoever is free"))), *_by_specialty(list(staff))])
        # Nothing is chosen beforehand: a charge that nobody meant is found weeks later.
        self.offer("service", [("", str(_("Choose"))), *_of_specialties(list(services))])

    def offer(self, name: str, options: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = options


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
