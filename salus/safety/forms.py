"""What is typed about rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.safety.definitions import SHAPES
from salus.safety.telling import VERDICT_WORDS

TIERS = [
    ("", _("As it came")),
    ("stop", _("Stops, and cannot be passed")),
    ("interrupt", _("Asks for a reason")),
    ("note", _("Says it beside the line")),
    ("badge", _("Marks it, no more")),
]


class DecisionForm(forms.Form):
    """How loudly a rule speaks here, whether it does, and who answers for it."""

    tier = forms.ChoiceField(label=_("How it speaks"), choices=TIERS, required=False)
    is_retired = forms.BooleanField(label=_("It is retired here, and says nothing"), required=False)
    owner = forms.ChoiceField(label=_("Who answers for it"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=500)

    def __init__(self, people: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", _("Nobody"))] + people  # type: ignore[attr-defined]


class ReviewForm(forms.Form):
    """What was found when a statement was held against its source."""

    verdict = forms.ChoiceField(label=_("What you found"), choices=[("", "—"), *VERDICT_WORDS.items()])
    words = forms.CharField(label=_("By what, or what is wrong"), max_length=1000, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class KnowledgeForm(forms.Form):
    """A hospital's own lines of one file."""

    file = forms.ChoiceField(label=_("Which file"), choices=[(name, name) for name in SHAPES])
    content = forms.CharField(
        label=_("Lines, with the header"), max_length=1_000_000, widget=forms.Textarea, strip=False
    )
