"""The hospital's table of codes that make an entry sensitive."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid
from salus.core.posted import posted_texts
from salus.patients import services
from salus.patients.access.labels import LABELS
from salus.patients.models import SensitiveCode

MANAGE = "patients.manage_sensitive_codes"
#: code systems by their FHIR addresses
SYSTEMS = (
    ("http://hl7.org/fhir/sid/icd-10-cm", "ICD-10-CM"),
    ("http://id.who.int/icd/release/11/mms", "ICD-11"),
    ("http://loinc.org", "LOINC"),
    ("http://snomed.info/sct", "SNOMED CT"),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm"),
    ("salus:medicine", "Salus formulary"),
)


@door(MANAGE, methods=("GET", "POST"), fresh=True)
def sensitive_codes(request: Any) -> HttpResponse:
    """All codes of the table, and a form for one more."""
    mistakes: dict[str, str] = {}
    if request.method == "POST":
        said = posted_texts(request, "system", "code", "label", "display")
        try:
            services.add_sensitive_code(request.act, **said)
        except Invalid as error:
            mistakes = dict(error.fields)
        else:
            messages.success(request, _("What is written with this code is marked from now on."))
            return HttpResponseRedirect(reverse("patients:sensitive_codes"), status=303)
    rows = SensitiveCode.objects.order_by("-is_active", "label", "system", "code")
    context = {
        "rows": rows,
        "systems": SYSTEMS,
        "labels": list(LABELS.items()),
        "mistakes": mistakes,
        "said": request.POST,
    }
    context["system_names"] = dict(SYSTEMS)
    return render(request, "patients/sensitive_codes.html", context, status=422 if mistakes else 200)


@door(MANAGE, methods=("POST",), fresh=True)
def set_sensitive_code(request: Any, code_id: UUID) -> HttpResponse:
    """Retire a code, or let it count again."""
    is_active = request.POST.get("is_active") == "1"
    services.set_sensitive_code(request.act, code_id=code_id, is_active=is_active)
    return HttpResponseRedirect(reverse("patients:sensitive_codes"), status=303)
