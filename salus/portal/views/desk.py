"""The desk: who registered on the web, who is invited, who stands for whom; and what a clinician lets a patient see."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.core.door import door
from salus.core.errors import Invalid, NotFound
from salus.core.posted import posted_version, require_same_patient
from salus.patients.access import FIND, OPEN
from salus.patients.queries.duplicates import likely_duplicates
from salus.patients.screens import patient_page
from salus.portal.forms import ConfirmForm, InviteForm, SettingForm
from salus.portal.linking import StandsForSomebodyElse
from salus.portal.models import ContactChange, Registration
from salus.portal.queries import people
from salus.portal.queries.record import results_to_release
from salus.portal.queries.settings import settings_of
from salus.portal.said import said_of
from salus.portal.services import desk as acts
from salus.portal.services import own as own_acts

CONFIRM, RELEASE, MANAGE = acts.CONFIRM, own_acts.RELEASE, acts.MANAGE


@door(CONFIRM)
def requests(request: Any) -> HttpResponse:
    """Who registered on the web, and who is reached otherwise than before."""
    registrations, changes, counts = people.waiting(request.act)
    told = [(one, said_of(one)) for one in registrations]
    context = {"registrations": told, "changes": [(one, said_of(one)) for one in changes], "counts": counts}
    return render(request, "portal/requests.html", context)


@door(CONFIRM, methods=("GET", "POST"))
def confirm_registration(request: Any, registration_id: UUID) -> HttpResponse:
    """Compare what was written with the person at the counter and with who is known; then choose, or register."""
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = acts.confirm_registration(
                request.act, registration_id=registration_id, version=posted_version(request), **form.cleaned_data
            )
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name if name in form.fields else None, message)
        except StandsForSomebodyElse as trouble:
            form.add_error(None, str(trouble))
        else:
            messages.success(request, _("Confirmed: the account is this patient's now."))
            return HttpResponseRedirect(reverse("portal:of_patient", args=[row.patient_id]), status=303)
    return _registration(request, registration_id, form)


def _registration(request: Any, registration_id: UUID, form: ConfirmForm) -> HttpResponse:
    row = Registration.objects.visible_to(request.act).filter(id=registration_id).first()
    if row is None:
        raise NotFound
    said = said_of(row)
    likely = likely_duplicates(
        request.act,
        family=said["family"],
        given=said["given"],
        birth_date=said.get("birth_date") or None,
        phone=said.get("phone", ""),
    )
    context = {"row": row, "said": said, "likely": likely, "form": form}
    return render(request, "portal/registration.html", context, status=422 if form.errors else 200)


@door(CONFIRM, methods=("POST",))
def refuse_registration(request: Any, registration_id: UUID) -> HttpResponse:
    """Nobody came, or it is somebody else."""
    acts.refuse_registration(request.act, registration_id=registration_id, version=posted_version(request))
    messages.success(request, _("Refused. Nothing was linked."))
    return HttpResponseRedirect(reverse("portal:requests"), status=303)


@door(CONFIRM, methods=("POST",))
def decide_change(request: Any, change_id: UUID) -> HttpResponse:
    """Take over how a patient is reached, or not."""
    row = ContactChange.objects.visible_to(request.act).filter(id=change_id).first()
    if row is None:
        raise NotFound
    require_same_patient(request, row.patient_id)
    is_accepted = request.POST.get("decision") == "accept"
    acts.decide_change(request.act, change_id=change_id, version=posted_version(request), is_accepted=is_accepted)
    messages.success(request, _("Taken over.") if is_accepted else _("Not taken over."))
    return HttpResponseRedirect(reverse("portal:requests"), status=303)


@door(CONFIRM)
def of_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """A patient's account, who stands for him, and codes for either."""
    return _of_patient(request, patient_id, InviteForm())


@door(CONFIRM, methods=("POST",))
def invite_patient(request: Any, patient_id: UUID) -> HttpResponse:
    """A code for the patient himself, told once."""
    require_same_patient(request, patient_id)
    try:
        _one, code = acts.invite(request.act, patient_id=patient_id, kind="self")
    except Invalid as mistakes:
        messages.error(request, " ".join(mistakes.fields.values()))
        return HttpResponseRedirect(reverse("portal:of_patient", args=[patient_id]), status=303)
    return _of_patient(request, patient_id, InviteForm(), code=code)


@door(CONFIRM, methods=("POST",))
def invite_proxy(request: Any, patient_id: UUID) -> HttpResponse:
    """A code for somebody who stands for the patient, told once."""
    require_same_patient(request, patient_id)
    form, code = InviteForm(request.POST), ""
    if form.is_valid():
        try:
            _one, code = acts.invite(request.act, patient_id=patient_id, kind="proxy", **form.cleaned_data)
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name if name in form.fields else None, message)
    return _of_patient(request, patient_id, form if form.errors else InviteForm(), code=code)


@door(CONFIRM, methods=("POST",))
def end_invitation(request: Any, patient_id: UUID, invitation_id: UUID) -> HttpResponse:
    """A code that nobody has used yet opens nothing any more."""
    require_same_patient(request, patient_id)
    acts.withdraw_invitation(request.act, patient_id=patient_id, invitation_id=invitation_id)
    messages.success(request, _("The code opens nothing any more."))
    return HttpResponseRedirect(reverse("portal:of_patient", args=[patient_id]), status=303)


@door(CONFIRM, methods=("POST",))
def end_proxy(request: Any, patient_id: UUID, proxy_id: UUID) -> HttpResponse:
    """Nobody stands for the patient by this any more."""
    require_same_patient(request, patient_id)
    if not any(one.id == proxy_id for one in people.proxies_of(request.act, patient_id)):
        raise NotFound
    acts.withdraw_proxy(request.act, proxy_id=proxy_id)
    return HttpResponseRedirect(reverse("portal:of_patient", args=[patient_id]), status=303)


@door(CONFIRM, methods=("POST",))
def close_account(request: Any, patient_id: UUID) -> HttpResponse:
    """Nobody comes in with the patient's account any more (a lost phone, a wrong link)."""
    require_same_patient(request, patient_id)
    account = people.account_of_patient(request.act, patient_id)
    if account is None:
        raise NotFound
    acts.close_account(request.act, account_id=account.id)
    messages.success(request, _("The account is closed."))
    return HttpResponseRedirect(reverse("portal:of_patient", args=[patient_id]), status=303)


def _of_patient(request: Any, patient_id: UUID, form: InviteForm, *, code: str = "") -> HttpResponse:
    context = patient_page(request.act, patient_id, "portal", to=FIND) | {
        "account": people.account_of_patient(request.act, patient_id),
        "proxies": people.proxies_of(request.act, patient_id),
        "open_ones": people.invitations_of(request.act, patient_id),
        "form": form,
        "code": code,
    }
    return render(request, "portal/of_patient.html", context, status=422 if form.errors else 200)


@door(RELEASE)
def releases(request: Any, patient_id: UUID) -> HttpResponse:
    """Which results the patient sees, and from when."""
    context = patient_page(request.act, patient_id, "releases", to=OPEN)
    context |= {"rows": results_to_release(request.act, patient_id), "days": settings_of(request.act).release_days}
    return render(request, "portal/releases.html", context)


@door(RELEASE, methods=("POST",))
def release_result(request: Any, patient_id: UUID, observation_id: UUID) -> HttpResponse:
    """Show a result to the patient, or hold it back."""
    require_same_patient(request, patient_id)
    is_shown = request.POST.get("shown") == "yes"
    own_acts.release_result(request.act, patient_id=patient_id, observation_id=observation_id, is_shown=is_shown)
    return HttpResponseRedirect(reverse("portal:releases", args=[patient_id]), status=303)


@door(MANAGE, methods=("GET", "POST"))
def settings(request: Any) -> HttpResponse:
    """What patients may do on their own."""
    known = settings_of(request.act)
    form = SettingForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid():
        acts.change_settings(request.act, version=posted_version(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("portal:settings"), status=303)
    context = {"form": form, "version": known.version}
    return render(request, "portal/settings.html", context, status=422 if form.errors else 200)
