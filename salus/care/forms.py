"""What people type about care."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.care import coding
from salus.care.models import TeamMember
from salus.care.models.referrals import PRIORITIES
from salus.care.services.referrals import Receiver
from salus.chart.models import Condition
from salus.core.errors import Invalid
from salus.terminology.rules import without_tag
from salus.ui.dates import DayField, PartialDateField

Choices = Sequence[tuple[str, str]]


class ReceiverForm(forms.Form):
    """To whom: a department (`d:<id>`) or a colleague (`p:<id>`) of the house, or somebody outside it."""

    to_whom = forms.ChoiceField(label=_("To whom in the house"), required=False)
    to_outside = forms.CharField(
        label=_("Or outside it"), max_length=300, required=False, help_text=_("Name, specialty, place")
    )

    def __init__(self, *args: Any, people: Choices, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [("", _("Nobody in the house")), (_("Departments"), places), (_("People"), people)]
        self.fields["to_whom"].choices = options  # type: ignore[attr-defined]

    def receiver(self) -> Receiver:
        """As services take it."""
        kind, _mark, text = self.cleaned_data["to_whom"].partition(":")
        found = UUID(text) if text else None
        return Receiver(
            department_id=found if kind == "d" else None,
            practitioner_id=found if kind == "p" else None,
            outside=self.cleaned_data["to_outside"],
        )


class ReferralForm(ReceiverForm):
    """What is asked of whom."""

    orderable = forms.ChoiceField(label=_("What for"))
    question = forms.CharField(label=_("Question"), max_length=4000, widget=forms.Textarea)
    priority = forms.ChoiceField(label=_("How soon"), choices=PRIORITIES)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)

    def __init__(self, *args: Any, kinds: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["orderable"].choices = [("", _("Choose")), *kinds]  # type: ignore[attr-defined]
        self.order_fields(["orderable", "to_whom", "to_outside", "question", "priority", "note"])


class IncomingForm(forms.Form):
    """Who outside sends the patient to which department, and why."""

    from_whom = forms.CharField(label=_("Referred by"), max_length=300, help_text=_("Name, practice, telephone"))
    department = forms.ChoiceField(label=_("To which department"))
    question = forms.CharField(label=_("Question"), max_length=4000, widget=forms.Textarea)
    priority = forms.ChoiceField(label=_("How soon"), choices=PRIORITIES)

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [("", _("Choose")), *places]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The report: in words, or a note or document that has it."""

    answer = forms.CharField(label=_("Answer"), max_length=4000, required=False, widget=forms.Textarea)
    note_id = forms.ChoiceField(label=_("Signed note"), required=False)
    document_id = forms.ChoiceField(label=_("Document"), required=False)

    def __init__(self, *args: Any, notes: Choices, documents: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note_id"].choices = [("", _("None")), *notes]  # type: ignore[attr-defined]
        self.fields["document_id"].choices = [("", _("None")), *documents]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """The arguments of `answer_referral`."""
        values = self.cleaned_data
        return {
            "answer": values["answer"],
            "note_id": UUID(values["note_id"]) if values["note_id"] else None,
            "document_id": UUID(values["document_id"]) if values["document_id"] else None,
        }


class WhyForm(forms.Form):
    """Why not."""

    reason = forms.CharField(label=_("Why"), max_length=1000)


class FollowUpForm(forms.Form):
    """Why, by when, where and with whom a patient comes again."""

    reason = forms.CharField(label=_("Why"), max_length=300)
    due_on = DayField(label=_("By when"))
    department = forms.ChoiceField(label=_("Where"))
    practitioner = forms.ChoiceField(label=_("With whom"), required=False)
    note_id = forms.ChoiceField(label=_("From the note"), required=False)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)

    def __init__(self, *args: Any, places: Choices, people: Choices, notes: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [("", _("Choose")), *places]  # type: ignore[attr-defined]
        self.fields["practitioner"].choices = [("", _("Anybody there")), *people]  # type: ignore[attr-defined]
        self.fields["note_id"].choices = [("", _("None")), *notes]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """The arguments of `plan_follow_up`."""
        values = self.cleaned_data
        who = values["practitioner"].removeprefix("p:")
        return {
            "reason": values["reason"],
            "due_on": values["due_on"],
            "department_id": UUID(values["department"]),
            "practitioner_id": UUID(who) if who else None,
            "note_id": UUID(values["note_id"]) if values["note_id"] else None,
            "note": values["note"],
        }


#: fields of services by the names that forms have for them
_FIELDS = {"orderable_id": "orderable", "department_id": "department", "display": "procedure_text"}


def put_errors(form: forms.Form, mistakes: Invalid) -> None:
    """What a service says is wrong, at the fields that it is about."""
    for name, words in mistakes.fields.items():
        field = _FIELDS.get(name, name)
        form.add_error(field if field in form.fields else None, words)
    if not mistakes.fields:
        form.add_error(None, str(mistakes))


class TreatmentForm(forms.Form):
    """What is given how often, from when on."""

    what = forms.CharField(label=_("What is given"), max_length=300)
    sessions = forms.IntegerField(label=_("Sessions"), min_value=1, max_value=200)
    first_on = DayField(label=_("First on"))
    every_days = forms.IntegerField(label=_("Days between them"), min_value=1, max_value=365, initial=7)
    department = forms.ChoiceField(label=_("Where"))
    dose = forms.DecimalField(label=_("Dose of each session"), required=False, max_digits=12)
    dose_unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    order = forms.ChoiceField(label=_("Carries out the order"), required=False)
    plan = forms.ChoiceField(label=_("Belongs to the plan"), required=False)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)
    template = forms.UUIDField(widget=forms.HiddenInput, required=False)
    template_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, places: Choices, orders: Choices = (), plans: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["department"].choices = [("", _("Choose")), *places]
        fields["order"].choices = [("", _("None")), *orders]
        fields["plan"].choices = [("", _("None")), *plans]

    def said(self) -> dict[str, Any]:
        """The arguments of `start_treatment`."""
        values = dict(self.cleaned_data)
        named = {name: values.pop(name) for name in ("department", "order", "plan")}
        begun = {"template_id": values.pop("template"), "template_version": values.pop("template_version") or 0}
        return values | begun | {f"{name}_id": UUID(one) if one else None for name, one in named.items()}


class GiveForm(forms.Form):
    """What was given, where it was not the planned dose."""

    dose = forms.DecimalField(label=_("Dose, if another"), required=False, max_digits=12)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)


class SkipForm(WhyForm):
    """Why a session was not given, and when it is made up for."""

    again_on = DayField(label=_("Made up for on"), required=False)


class PlanForm(forms.Form):
    """What a plan of care is for."""

    title = forms.CharField(label=_("Plan for"), max_length=300)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea)


class AddressedForm(forms.Form):
    """Which of the patient's problems a plan is for."""

    conditions = forms.TypedMultipleChoiceField(
        label=_("For the problems"), required=False, coerce=UUID, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, problems: Sequence[Condition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.id), without_tag(one.display) or one.code) for one in problems]
        self.fields["conditions"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["conditions"]


class NewPlanForm(AddressedForm, PlanForm):
    """A plan of care that is being begun."""

    field_order = ["title", "conditions", "note"]


class GoalForm(forms.Form):
    """What is aimed at."""

    text = forms.CharField(label=_("Goal"), max_length=300)
    target = forms.DecimalField(label=_("Value to reach"), required=False, max_digits=12)
    target_unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    due_on = DayField(label=_("By when"), required=False)


class ActivityForm(forms.Form):
    """What is to be done."""

    text = forms.CharField(label=_("Activity"), max_length=300)


class MemberForm(forms.Form):
    """Who cares for the patient, in which role."""

    practitioner = forms.ChoiceField(label=_("Who, in the house"), required=False)
    name = forms.CharField(label=_("Or outside it"), max_length=200, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Choose")), *TeamMember.ROLES])
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practitioner"].choices = [("", _("Nobody in the house")), *people]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """The arguments of `add_member`."""
        values = dict(self.cleaned_data)
        who = values.pop("practitioner").removeprefix("p:")
        return values | {"practitioner_id": UUID(who) if who else None}


class ProcedureForm(forms.Form):
    """What was done, when, by whom, with what outcome."""

    procedure = forms.CharField(max_length=200, required=False)
    procedure_text = forms.CharField(label=_("What was done"), max_length=300)
    performed = PartialDateField(label=_("When"))
    performer = forms.ChoiceField(label=_("Who did it"), required=False)
    performer_name = forms.CharField(label=_("Or who outside"), max_length=200, required=False)
    outcome = forms.CharField(label=_("Outcome"), max_length=300, required=False)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["performer"].choices = [("", _("Not said")), *people]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """The arguments of `record_procedure`."""
        values = dict(self.cleaned_data)
        who = values.pop("performer").removeprefix("p:")
        system, code = coding.read(values.pop("procedure"))
        told = {"display": values.pop("procedure_text"), "code_system": system, "code": code}
        return values | told | {"performer_id": UUID(who) if who else None}
