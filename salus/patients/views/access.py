"""Who may see a patient and why; what the patient permits and refuses; referrals; protected records."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.door import door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version, require_same_patient
from salus.patients import access, screens, services
from salus.patients.access import labels
from salus.patients.access_forms import ConsentForm, ProtectForm, ReferForm, SignatureForm
from salus.patients.queries import access as reading
from salus.patients.rules import names
from salus.places.queries import departments_to_choose
from salus.staff.models import StaffMember
from salus.ui import formatting

CONSENT, REFER, PROTECT = "patients.record_consent", "patients.refer_patient", "patients.protect_patient"


@door("patients.find", methods=("GET", "POST"), effect=False)
def show_access(request: Any, patient_id: UUID) -> HttpResponse:
    """Who may see this patient and why; sent with a person, what would be decided about him or her."""
    if request.method == "POST":
        require_same_patient(request, patient_id)
    return _page(request, patient_id)


@door(CONSENT, methods=("GET", "POST"))
def record_consent(request: Any, patient_id: UUID) -> HttpResponse:
    """Write down what the patient permits or refuses."""
    form = ConsentForm(request.POST if request.method == "POST" else None, **_grantees(request.act))
    if request.method == "POST":
        require_same_patient(request, patient_id)
        if form.is_valid():
            said = form.cleaned_data
            fields = ("decision", "labels", "in_emergency", "reason", "signed_by", "signed_as", "signed_how")
            values = {name: said[name] for name in fields} | form.grantee() | {"ends_at": form.ends_at()}
            if _did(form, lambda: services.record_consent(request.act, patient_id=patient_id, **values)):
                return _back(request, patient_id, _("It is kept, and holds from now on."))
    page = screens.patient_page(request.act, patient_id, "access", to=access.FIND)
    return render(request, "patients/consent.html", page | {"form": form}, status=422 if form.errors else 200)


@door(CONSENT, methods=("POST",))
def withdraw_consent(request: Any, patient_id: UUID, consent_id: UUID) -> HttpResponse:
    """Write down that the patient takes it back."""
    require_same_patient(request, patient_id)
    form = SignatureForm(request.POST)
    if form.is_valid():
        values = {name.replace("signed", "withdrawn"): text for name, text in form.cleaned_data.items()}
        values |= {"patient_id": patient_id, "consent_id": consent_id, "version": posted_version(request)}
        if _did(form, lambda: services.withdraw_consent(request.act, **values)):
            return _back(request, patient_id, _("It is taken back."))
    return _page(request, patient_id, withdrawing=(consent_id, form), status=422)


@door(REFER, methods=("POST",))
def refer_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """Refer the patient, or name the own doctor."""
    require_same_patient(request, patient_id)
    form = ReferForm(request.POST, **_grantees(request.act))
    if form.is_valid():
        values = {"kind": form.cleaned_data["kind"]} | form.grantee()
        if _did(form, lambda: services.refer_patient(request.act, patient_id=patient_id, **values)):
            return _back(request, patient_id, _("It is written down."))
    return _page(request, patient_id, refer=form, status=422)


@door(REFER, methods=("POST",))
def end_referral(request: Any, patient_id: UUID, relation_id: UUID) -> HttpResponse:
    """End a referral, or that somebody is the own doctor."""
    require_same_patient(request, patient_id)
    ids = {"patient_id": patient_id, "relation_id": relation_id}
    services.end_referral(request.act, **ids, version=posted_version(request))
    return _back(request, patient_id, _("It is over."))


@door(PROTECT, methods=("POST",))
def protect_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """Protect the record, or no longer."""
    require_same_patient(request, patient_id)
    form = ProtectForm(request.POST, staff=_staff(request.act))
    if form.is_valid():
        said = form.cleaned_data
        staff = UUID(said["staff_id"]) if said["staff_id"] else None
        values = {"version": said["version"], "is_vip": said["is_vip"], "staff_id": staff}
        if _did(form, lambda: services.protect_patient(request.act, patient_id=patient_id, **values)):
            return _back(request, patient_id, _("It is kept."))
    return _page(request, patient_id, protect=form, status=422)


def _page(request: Any, patient_id: UUID, *, status: int = 200, **forms: Any) -> HttpResponse:
    act: Act = request.act
    act.require_any(*reading.SEES)
    needs_record = not act.may_any("patients.review_access", CONSENT)
    page = screens.patient_page(act, patient_id, "access", to=access.OPEN if needs_record else access.FIND)
    known = page["access"]
    asked = request.POST.get("person", "") if status == 200 else ""
    people = reading.staff_to_ask(act)
    offered = {user_id for _profession, some in people for user_id, _name in some}
    patient = known.patient
    initial = {"version": patient.version, "is_vip": patient.is_vip, "staff_id": patient.staff_member_id or ""}
    page |= {
        "found": reading.access_of(act, patient_id),
        "people": people,
        "asked": asked,
        "explained": reading.explain(act, known, asked) if asked in offered else None,
        "refer": forms.get("refer") or (ReferForm(**_grantees(act)) if act.may(REFER) else None),
        "protect": forms.get("protect")
        or (ProtectForm(initial=initial, staff=_staff(act)) if act.may(PROTECT) else None),
        "withdrawing": forms.get("withdrawing"),
        "signature": SignatureForm(),
        "labels_in_words": labels.words_of,
    }
    return render(request, "patients/access.html", page, status=status)


def _did(form: Any, act: Any) -> bool:
    """Run an act; what it refuses is put beside the form's fields."""
    try:
        act()
    except (Conflict, Invalid) as error:
        if not error.fields:
            form.add_error(None, str(error))
        for name, words in error.fields.items():
            form.add_error(name if name in form.fields else None, words)
        return False
    return True


def _back(request: Any, patient_id: UUID, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("patients:access", args=[patient_id]), status=303)


def _grantees(act: Act) -> dict[str, list[tuple[str, str]]]:
    places = [(f"d:{one}", name) for one, name in departments_to_choose(act)]
    return {"people": reading.grantees(act), "places": places}


def _staff(act: Act) -> list[tuple[str, str]]:
    rows = StaffMember.objects.filter(facility_id=act.here, retired_at=None).select_related("practitioner")
    named = [(str(one.id), one.practitioner) for one in sorted(rows, key=names.of_staff)]
    return [(key, formatting.full_name(who.family, who.given, who.title)) for key, who in named]
