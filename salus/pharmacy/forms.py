"""What is typed in the pharmacy."""

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.ui.amounts import QuantityField


class DispenseForm(forms.Form):
    """What is given out now."""

    item_id = forms.UUIDField(label=_("Item"), error_messages={"required": _("Choose what you give.")})
    quantity = QuantityField(label=_("Give out now"))
    department_id = forms.UUIDField(required=False)
    version = forms.IntegerField()
    #: answers what a safety check asks at giving
    reason = forms.CharField(label=_("Why you go on"), max_length=500, required=False)

    def mend(self, fields: dict[str, str]) -> None:
        """Show what a service refused beside its field."""
        for name, words in fields.items():
            self.add_error(name if name in self.fields else None, words)
