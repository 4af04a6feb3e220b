"""The part of the registration form that this room owns: what the patient tells."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from salus.chart import services
from salus.chart.forms import ToldForm
from salus.core.act import Act


class ToldPart:
    """A section of the registration form (`patients.sockets.RegistrationPart`)."""

    code = "told"
    title = _("What the patient tells")
    right = "chart.record_told_history"
    order = 50
    folded = True
    template = "chart/_told_part.html"

    def form(self, data: Any = None, *, act: Act) -> ToldForm:
        """The form, with a prefix of its own."""
        return ToldForm(data, prefix=self.code)

    def save(self, act: Act, *, patient_id: UUID, form: ToldForm) -> None:
        """Keep what was told; an empty form keeps nothing."""
        if not form.is_empty:
            services.record_told_history(act, patient_id=patient_id, base="", sections=form.cleaned_data)
