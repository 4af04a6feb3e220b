"""What the desk types about wishes and offers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.scheduling.forms import DayField, InstantField, WallField, offer
from salus.scheduling.queries.choices import Choices
from salus.scheduling.rules.calendar import DAY
from salus.waitlist.models import RANK, Wish

_ANY = [("", _("Any"))]
WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
#: a wish names so many people at most
_WITH = ("schedule", "schedule_2", "schedule_3")
CHANNELS = [("desk", _("At the desk")), ("phone", _("By telephone"))]


class WishForm(forms.Form):
    """What a patient waits for."""

    specialty = forms.ChoiceField(label=_("Specialty"), required=False)
    schedule = forms.ChoiceField(label=_("With"), required=False)
    department = forms.ChoiceField(label=_("Place"), required=False)
    service = forms.ChoiceField(label=_("Kind of visit"), required=False)
    schedule_2 = forms.ChoiceField(label=_("Or with"), required=False)
    schedule_3 = forms.ChoiceField(label=_("Or with"), required=False)
    length = forms.IntegerField(label=_("Minutes at least"), min_value=1, max_value=480, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    first_on = DayField(label=_("From"), required=False, help_text=_("Today unless said"))
    last_on = DayField(label=_("Until"), required=False, help_text=_("Three months unless said"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"),
        coerce=int,
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every day"),
    )
    wall_from = WallField(label=_("Not before"), max_length=5, required=False, help_text=_("Such as 09:00"))
    wall_until = WallField(label=_("Over by"), max_length=5, required=False)
    short_notice = forms.BooleanField(label=_("Can come at short notice"), required=False)
    priority = forms.ChoiceField(label=_("How soon"), required=False, choices=Wish.PRIORITIES, initial="routine")
    priority_reason = forms.CharField(label=_("Why so soon"), max_length=300, required=False)
    replaces = forms.ChoiceField(
        label=_("Instead of"),
        required=False,
        help_text=_("Who takes an earlier time is moved there; the later one is free for the next"),
    )
    note = forms.CharField(
        label=_("Reason for the visit"), max_length=300, required=False, help_text=_("In the patient's words")
    )
    channel = forms.ChoiceField(label=_("Asked for"), required=False, choices=CHANNELS)

    def __init__(
        self, act: Act, choices: Choices, later: Sequence[tuple[str, str]], data: Any = None, initial: Any = None
    ) -> None:
        """:param later: the appointments that an earlier time may replace"""
        super().__init__(data, initial=initial)
        offer(self, "replaces", [("", _("Nothing, it comes as well")), *later])
        offered: Mapping[str, Any] = {
            "specialty": choices.specialties,
            "department": choices.departments,
            "service": choices.services,
            "language": choices.languages,
            **dict.fromkeys(_WITH, choices.schedules),
        }
        for name, options in offered.items():
            offer(self, name, [*_ANY, *options])
        if not act.may(RANK):
            del self.fields["priority"], self.fields["priority_reason"]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("priority", "routine") not in ("", "routine") and not values.get("priority_reason"):
            self.add_error("priority_reason", _("Say why."))
        return values

    def said(self) -> dict[str, Any]:
        """The arguments of `join_waiting_list`."""
        values = self.cleaned_data
        until = values["wall_until"]
        return {
            "schedule_ids": [UUID(values[name]) for name in _WITH if values[name]],
            "department_id": UUID(values["department"]) if values["department"] else None,
            "specialty": values["specialty"],
            "service_code": values["service"],
            "length": values["length"] or 0,
            "first_on": values["first_on"],
            "last_on": values["last_on"],
            "weekdays": values["weekdays"],
            "walls": (values["wall_from"] or 0, DAY if until is None else until),
            "language": values["language"],
            "priority": values.get("priority") or "routine",
            "priority_reason": values.get("priority_reason", ""),
            "short_notice": values["short_notice"],
            "note": values["note"],
            "channel": values["channel"] or "desk",
            "replaces_id": UUID(values["replaces"]) if values["replaces"] else None,
        }


class PriorityForm(forms.Form):
    priority = forms.ChoiceField(label=_("How soon"), choices=Wish.PRIORITIES)
    reason = forms.CharField(label=_("Why"), max_length=300)


class LeaveForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why"), choices=[("", _("Choose")), *(one for one in Wish.REASONS if one[0] in Wish.BY_HAND)]
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class OfferForm(forms.Form):
    """Which free time is offered by hand."""

    schedule = forms.UUIDField()
    at = InstantField()


class AnswerForm(forms.Form):
    """How the answer came, and why it was no."""

    channel = forms.ChoiceField(required=False, choices=CHANNELS)
    reason = forms.CharField(max_length=300, required=False)


class PolicyForm(forms.Form):
    is_automatic = forms.BooleanField(label=_("Offer freed times by itself"), required=False)
    keep_minutes = forms.IntegerField(
        label=_("Minutes to answer"),
        min_value=1,
        max_value=2880,
        help_text=_("So long an offered time is kept; only time counts in which people are awake"),
    )
    awake_from = WallField(label=_("Awake from"), max_length=5)
    awake_until = WallField(label=_("Awake until"), max_length=5)
    most_offers = forms.IntegerField(
        label=_("Offers to one patient"), min_value=1, max_value=50, help_text=_("After so many the desk calls")
    )
    short_hours = forms.IntegerField(
        label=_("Hours of notice"),
        min_value=0,
        max_value=720,
        help_text=_("What begins sooner is only offered to who can come at short notice"),
    )
