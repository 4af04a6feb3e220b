"""What stands in the banner of a patient: raised, ended."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.posted import posted_texts, require_same_patient
from salus.inbox import services
from salus.inbox.models import FLAG, Flag
from salus.ui.addresses import url


@door(FLAG, methods=("POST",))
def raise_flag(request: Any, patient_id: UUID) -> HttpResponse:
    """Have something stand in the patient's banner."""
    require_same_patient(request, patient_id)
    said = posted_texts(request, "category", "words")
    services.raise_flag(request.act, patient_id=patient_id, **said)
    messages.success(request, _("It stands in the banner, on every page of the patient."))
    return HttpResponseRedirect(url("inbox:of_patient", patient_id), status=303)


@door(FLAG, methods=("POST",))
def end_flag(request: Any, flag_id: UUID) -> HttpResponse:
    """It is no longer so."""
    known = Flag.objects.visible_to(request.act).only("patient_id").get(id=flag_id)
    require_same_patient(request, known.patient_id)
    services.end_flag(request.act, flag_id=flag_id)
    messages.success(request, _("It stands in the banner no more."))
    return HttpResponseRedirect(url("inbox:of_patient", known.patient_id), status=303)
