"""Who pays, as a section of the registration form."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.errors import Conflict, Invalid
from salus.coverage import services
from salus.coverage.forms import CoverageForm


class InsurancePart:
    """Plugged into `patients.sockets.registration_parts`."""

    code = "insurance"
    title = _("Who pays")
    right = "coverage.record_coverage"
    order = 10
    template = "coverage/_fields.html"

    def form(self, data: Any = None, *, act: Act) -> CoverageForm:
        return CoverageForm(data, prefix="coverage")

    def save(self, act: Act, *, patient_id: UUID, form: CoverageForm) -> None:
        """Record the cover, if any was told.

        :raises Invalid: with its fields named as on the page
        """
        if form.is_empty:
            return
        try:
            services.record_coverage(act, patient_id=patient_id, **form.said())
        except (Conflict, Invalid) as error:
            known = {"payer": "payer_text"}
            for name, words in error.fields.items():
                form.add_error(known.get(name, name), words)
            raise Invalid(str(error)) from error
