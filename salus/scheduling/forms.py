"""What the desk and the administrator type about appointments and schedules."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.scheduling.models import Appointment
from salus.scheduling.queries.choices import Choices, choices
from salus.scheduling.rules.calendar import DAY, Span, at
from salus.scheduling.rules.typing import NotATime, parse_spans, parse_wall
from salus.ui import dates

#: part of the day -> minutes at which a slot may begin
PARTS: dict[str, Span] = {"": (0, DAY), "morning": (0, 720), "afternoon": (720, 1020), "evening": (1020, DAY)}
_ANY = [("", _("Any"))]
#: so many are moved in one act
MOST_MOVES = 200


class DayField(dates.DayField):
    """A day of a plan."""

    years = range(1901, 2200)


class WallField(forms.CharField):
    """A time of the day such as 09:30, as minutes; 24:00 is its end."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parse_wall(text) if text else None
        except NotATime as error:
            raise forms.ValidationError(_("Write the time like 09:30.")) from error


class InstantField(forms.Field):
    """An instant that a page of ours wrote into a form or an address."""

    def to_python(self, value: Any) -> datetime | None:
        try:
            found = datetime.fromisoformat(str(value)) if value not in self.empty_values else None
        except ValueError as error:
            raise forms.ValidationError(_("This page is out of date. Reload it and try again.")) from error
        if found is not None and (not timezone.is_aware(found) or not 1900 < found.year < 2200):
            raise forms.ValidationError(_("This page is out of date. Reload it and try again."))
        return found


class FindForm(forms.Form):
    """What somebody looks for."""

    service = forms.ChoiceField(label=_("Kind of visit"), required=False)
    specialty = forms.ChoiceField(label=_("Specialty"), required=False)
    schedule = forms.ChoiceField(label=_("With"), required=False)
    department = forms.ChoiceField(label=_("Place"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    first = DayField(label=_("From"), required=False)
    part = forms.ChoiceField(
        label=_("Time of day"),
        required=False,
        choices=[*_ANY, ("morning", _("Morning")), ("afternoon", _("Afternoon")), ("evening", _("Evening"))],
    )

    def __init__(self, choices: Choices, data: Any = None) -> None:
        super().__init__(data)
        offered = {
            "service": choices.services,
            "specialty": choices.specialties,
            "schedule": choices.schedules,
            "department": choices.departments,
            "language": choices.languages,
        }
        for name, options in offered.items():
            offer(self, name, [*_ANY, *options])


def offer(form: forms.Form, name: str, options: Sequence[Any] | Callable[[], Sequence[Any]]) -> None:
    """Give a field its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = options


class TimeForm(forms.Form):
    """Which time with whom: a slot of the list, or for who overbooks a day and a time of his own."""

    schedule = forms.UUIDField()
    at = InstantField(required=False)
    on = DayField(required=False)
    wall = WallField(required=False)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("at") is None and values.get("on") and values.get("wall") is not None:
            day = values["on"] + timedelta(days=values["wall"] // DAY)  # 24:00 is the next midnight
            wall = values["wall"] % DAY
            values["at"] = timezone.make_aware(datetime.combine(day, time(wall // 60, wall % 60)))
        if values.get("at") is None and not self.errors:
            raise forms.ValidationError(_("Say which day and which time."))
        return values


class Drawn(forms.ChoiceField):
    """A choice whose options are read where it is drawn; the act that takes it says what there is none of."""

    def valid_value(self, value: Any) -> bool:
        return "\0" not in str(value)


class DrawnMany(forms.TypedMultipleChoiceField):
    """The same of several."""

    def valid_value(self, value: Any) -> bool:
        return True


class BookForm(forms.Form):
    """What is said when a time is booked or moved."""

    service = Drawn(label=_("Kind of visit"), required=False)
    reason = forms.CharField(
        label=_("Reason for the visit"), max_length=500, required=False, help_text=_("In the patient's words")
    )
    also = DrawnMany(label=_("Rooms and devices"), coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple)
    channel = forms.ChoiceField(
        label=_("Asked for"), required=False, choices=[("desk", _("At the desk")), ("phone", _("By telephone"))]
    )
    times = forms.IntegerField(
        label=_("How many times"), min_value=1, max_value=52, required=False, help_text=_("Every week at this time")
    )
    length = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=480, required=False)
    overbook_reason = forms.CharField(label=_("Why it is booked all the same"), max_length=300, required=False)

    def __init__(self, act: Act, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.act = act
        offer(self, "service", lambda: [("", _("Not said")), *self.choices.services])
        offer(self, "also", lambda: self.choices.things)

    @cached_property
    def choices(self) -> Choices:
        """All that can be chosen, read where it is drawn."""
        return choices(self.act)


class MoveAllForm(forms.Form):
    """Who of the proposed ones is moved: `appointment|version|schedule|minute` for each that stands ticked."""

    take = forms.MultipleChoiceField(choices=[], required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        offer(self, "take", [(one, one) for one in data.getlist("take")[:MOST_MOVES]])

    def clean_take(self) -> list[tuple[UUID, int, UUID, datetime]]:
        try:
            return [self._read(one.split("|")) for one in self.cleaned_data["take"]]
        except (ValueError, OverflowError) as error:
            raise forms.ValidationError(_("This page is out of date. Reload it and try again.")) from error

    @staticmethod
    def _read(parts: Sequence[str]) -> tuple[UUID, int, UUID, datetime]:
        appointment, version, schedule, minute = parts
        if not (len(version) < 10 and len(minute) < 10):
            raise ValueError
        return UUID(appointment), int(version), UUID(schedule), at(int(minute))


class CancelForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=[("", _("Choose")), *Appointment.REASONS])
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class ScheduleForm(forms.Form):
    """Whose time is to be bookable: a member of staff, a room, or a name for a device or clinic."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("practitioner", _("Somebody who works here")),
            ("room", _("A room")),
            ("device", _("A device")),
            ("service", _("A clinic or service as a whole")),
        ],
    )
    department = forms.TypedChoiceField(label=_("Department"), coerce=UUID)
    practitioner = forms.TypedChoiceField(label=_("Who"), coerce=UUID, empty_value=None, required=False)
    location = forms.TypedChoiceField(label=_("Room"), coerce=UUID, empty_value=None, required=False)
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Of a device or clinic; people and rooms have one")
    )
    places = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=500,
        initial=1,
        help_text=_("How many may have the room or device at once"),
    )


class SessionForm(forms.Form):
    """A weekly session."""

    weekdays = forms.TypedMultipleChoiceField(label=_("Days"), coerce=int, widget=forms.CheckboxSelectMultiple)
    starts = WallField(label=_("From"), max_length=5)
    ends = WallField(label=_("Until"), max_length=5)
    slot_minutes = forms.IntegerField(label=_("Minutes a slot"), min_value=1, max_value=1440, initial=20)
    places = forms.IntegerField(
        label=_("Places in a slot"), min_value=1, max_value=500, initial=1, help_text=_("More than one for a group")
    )
    breaks = forms.CharField(
        label=_("Breaks"), max_length=200, required=False, help_text=_("Such as 10:30-10:45, 12:00-13:00")
    )
    first = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"), required=False)
    service_codes = forms.MultipleChoiceField(
        label=_("Kinds of visit"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None: every kind")
    )
    also = forms.TypedMultipleChoiceField(
        label=_("Takes as well"), coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, choices: Choices, weekdays: Sequence[Any], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        offer(self, "weekdays", weekdays)
        offer(self, "service_codes", choices.services)
        offer(self, "also", choices.things)

    def clean_breaks(self) -> tuple[Span, ...]:
        try:
            return parse_spans(self.cleaned_data["breaks"])
        except NotATime as error:
            raise forms.ValidationError(_("Write breaks like 10:30-10:45, 12:00-13:00.")) from error


class EndForm(forms.Form):
    last_on = DayField(label=_("Held for the last time on"))


class AbsenceForm(forms.Form):
    """When somebody is away: whole days, or from one time to another."""

    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"), required=False, help_text=_("The same day unless said"))
    starts = WallField(label=_("From"), max_length=5, required=False, help_text=_("The whole day unless said"))
    ends = WallField(label=_("Until"), max_length=5, required=False)
    reason = forms.ChoiceField(label=_("Why"), choices=[])
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, reasons: Sequence[Any], data: Any = None) -> None:
        super().__init__(data)
        offer(self, "reason", reasons)


class HolidayForm(forms.Form):
    on = DayField(label=_("Day"))
    name = forms.CharField(label=_("Name"), max_length=120)
