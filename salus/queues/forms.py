"""What is chosen for a number, and for a queue."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.places.models import Location
from salus.queues.models import Queue, Token
from salus.queues.words import LANGUAGES, Kiosk
from salus.staff.models import StaffMember
from salus.ui.dates import DayField

Choices = Sequence[tuple[str, Any]]


class IssueForm(forms.Form):
    """A number for somebody at the desk."""

    queue = forms.ChoiceField(label=_("Queue"))
    category = forms.ChoiceField(label=_("Category"), choices=Token.CATEGORIES, initial="routine")

    def __init__(self, queues: Sequence[Queue], data: Any = None) -> None:
        super().__init__(data)
        _offer(self, "queue", [(str(one.id), one.name) for one in queues])


class CategoryForm(forms.Form):
    """How soon somebody must be called."""

    category = forms.ChoiceField(label=_("Category"), choices=Token.CATEGORIES)


class BeforeForm(forms.Form):
    """Whom somebody is let pass, and why."""

    before = forms.ChoiceField(label=_("Before"))
    reason = forms.CharField(label=_("Why"), max_length=200)

    def __init__(self, others: Choices) -> None:
        super().__init__()
        _offer(self, "before", others)


class SendForm(forms.Form):
    """Where somebody is sent on to."""

    queue = forms.ChoiceField(label=_("To"))
    practitioner = forms.ChoiceField(label=_("To see"), required=False)
    room = forms.ChoiceField(label=_("In room"), required=False)

    def __init__(self, act: Act, queue: Queue) -> None:
        super().__init__(initial={"queue": str(queue.id)})
        queues = Queue.objects.here(act).select_related("department").order_by("department__name", "name")
        _offer(self, "queue", [(str(one.id), f"{one.department.name}: {one.name}") for one in queues])
        places = {one.department_id: one.department.name for one in queues}
        doctors = StaffMember.objects.filter(
            facility_id=act.here, retired_at=None, profession="doctor", department_ids__overlap=list(places)
        ).select_related("practitioner")
        named = [
            (str(one.practitioner_id), _name(one), [place for place in places if place in one.department_ids])
            for one in doctors.order_by("practitioner__family", "id")
        ]
        _offer(self, "practitioner", [("", _("Whoever is free")), *_here_first(named, queue.department_id, places)])
        rooms = Location.objects.filter(department_id__in=list(places), kind__in=("room", "desk"), retired_at=None)
        offered = [(str(one.id), one.name, [one.department_id]) for one in rooms.order_by("name")]
        _offer(self, "room", [("", _("Any room")), *_here_first(offered, queue.department_id, places)])


class QueueForm(forms.Form):
    """A new queue of a department."""

    department = forms.ChoiceField(label=_("Department"))
    kind = forms.ChoiceField(label=_("What people wait for"), choices=Queue.KINDS, initial="consultation")
    name = forms.CharField(label=_("Name"), max_length=80)
    letters = forms.CharField(label=_("Letters before the number"), max_length=3, help_text=_("One to three, A to Z"))

    def __init__(self, departments: Choices, data: Any = None) -> None:
        super().__init__(data)
        _offer(self, "department", departments)


class DisplayForm(forms.Form):
    """What a wall shows."""

    languages = forms.MultipleChoiceField(
        label=_("Languages, one after another"),
        choices=[(code, words.name) for code, words in LANGUAGES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    shows_names = forms.BooleanField(
        label=_("Show names beside the numbers"),
        required=False,
        help_text=_("Everybody in the waiting room can read them. Without it there are numbers only."),
    )
    has_chime = forms.BooleanField(label=_("A chime at every call"), required=False)


def _offer(form: forms.Form, name: str, options: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = options


def _here_first(
    offered: Sequence[tuple[str, str, Sequence[UUID | None]]], here: UUID, places: Mapping[UUID, str]
) -> list[tuple[str, str]]:
    """Those of this department by their names alone, then those of others with the department's."""
    own = [(value, name) for value, name, where in offered if here in where]
    others = [
        (value, f"{places[where[0]]}: {name}")
        for value, name, where in offered
        if here not in where and where and where[0]
    ]
    return [*own, *sorted(others, key=lambda one: one[1])]


def _name(member: StaffMember) -> str:
    person = member.practitioner
    return " ".join(part for part in (person.title, person.given, person.family) if part)


class KioskForm(forms.Form):
    """What a patient says at a kiosk: the code of the appointment, and when he or she was born."""

    code = forms.CharField(max_length=100)
    birth_date = DayField()

    def __init__(self, words: Kiosk, data: Any = None) -> None:
        super().__init__(data)
        self.words = words
        self.fields["code"].label, self.fields["birth_date"].label = words.code, words.birth_date
        self.fields["birth_date"].help_text = "14.03.1964"

    def add_error(self, field: str | None, error: Any) -> None:
        """Whatever is wrong with a field is said in the language of who stands there."""
        super().add_error(field, self.words.check)
