"""Who one is and how one is reached, who stands for one, where one is signed in, who looked at the record."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import services as accounts
from salus.accounts.queries import sessions_of
from salus.core.door import door
from salus.core.errors import Invalid, NotFound, SignAgain
from salus.patients.queries import identity_of
from salus.portal.doors import Own, chosen, of_patient, page
from salus.portal.forms import GiveProxyForm, NewPasswordForm, ReachForm
from salus.portal.models import ContactChange
from salus.portal.queries import people
from salus.portal.queries.looking import who_looked
from salus.portal.said import said_of
from salus.portal.services import desk
from salus.portal.services import own as acts

USE, ASK, GIVE = "portal.use", "portal.ask_change", "portal.give_proxy"


@door(USE)
def more(request: Any) -> HttpResponse:
    """Everything else that there is."""
    return page(request, "more.html", chosen(request))


@door(USE, methods=("GET", "POST"))
@of_patient(ASK)
def details(request: Any, own: Own) -> HttpResponse:
    """How the hospital reaches the patient; what is changed here the desk takes over."""
    form = ReachForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.ask_contact_change(own.act, patient_id=own.patient_id, **form.cleaned_data)
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name, message)
        else:
            messages.success(request, _("Thank you. We take it over soon, and ask if anything is unclear."))
            return HttpResponseRedirect(reverse("portal:details"), status=303)
    waits = ContactChange.objects.visible_to(own.act).filter(patient_id=own.patient_id, state="asked").first()
    known = identity_with_rights(own)
    context = {"form": form, "known": known, "waits": said_of(waits) if waits else None}
    return page(request, "details.html", own, status=422 if form.errors else 200, **context)


def identity_with_rights(own: Own) -> Any:
    """Who the patient is, as the hospital has written it down; for the patient himself."""
    return identity_of(own.act, own.patient_id)


@door(USE, methods=("GET", "POST"))
@of_patient(GIVE)
def proxies(request: Any, own: Own) -> HttpResponse:
    """Who stands for the patient; a code for somebody who is to."""
    form, code = GiveProxyForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _one, code = desk.invite(
                own.act, patient_id=own.patient_id, kind="proxy", basis="carer", **form.cleaned_data
            )
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name if name in form.fields else None, message)
    context = {
        "form": form,
        "code": code,
        "rows": people.proxies_of(own.act, own.patient_id),
        "open_ones": people.invitations_of(own.act, own.patient_id),
    }
    return page(request, "proxies.html", own, status=422 if form.errors else 200, **context)


@door(USE, methods=("POST",))
@of_patient()
def withdraw_proxy(request: Any, own: Own, proxy_id: UUID) -> HttpResponse:
    """Nobody stands for the patient by this any more."""
    desk.withdraw_proxy(own.act, proxy_id=proxy_id)
    messages.success(request, _("That is over from this moment."))
    return HttpResponseRedirect(reverse("portal:proxies" if own.may(GIVE) else "portal:home"), status=303)


@door(USE, methods=("POST",))
@of_patient(GIVE)
def withdraw_invitation(request: Any, own: Own, invitation_id: UUID) -> HttpResponse:
    """A code that nobody has used yet opens nothing any more."""
    desk.withdraw_invitation(own.act, patient_id=own.patient_id, invitation_id=invitation_id)
    messages.success(request, _("That is over from this moment."))
    return HttpResponseRedirect(reverse("portal:proxies"), status=303)


@door(USE)
@of_patient("portal.see_access")
def looks(request: Any, own: Own) -> HttpResponse:
    """Who looked at the record."""
    return page(request, "looks.html", own, rows=who_looked(own.act, own.patient_id))


@door(USE)
def sessions(request: Any) -> HttpResponse:
    """Where one is signed in."""
    return _sessions(request, None)


@door(USE, methods=("POST",))
def end_session(request: Any, session_id: UUID) -> HttpResponse:
    """End one of one's sessions."""
    if not any(one.id == session_id for one in sessions_of(request.act.by)):
        raise NotFound
    accounts.end_session(request.act, session_id=session_id)
    return HttpResponseRedirect(reverse("portal:sessions"), status=303)


@door(USE, methods=("POST",))
def end_other_sessions(request: Any) -> HttpResponse:
    """End all of one's sessions but this one."""
    accounts.end_other_sessions(request.act, but=request.session.row.id)
    messages.success(request, _("You are signed in here only."))
    return HttpResponseRedirect(reverse("portal:sessions"), status=303)


@door(USE, methods=("POST",))
def choose_password(request: Any) -> HttpResponse:
    """A password beside the codes, for who has just signed in."""
    form = NewPasswordForm(request.POST)
    if form.is_valid():
        try:
            user = accounts.choose_password(request.act, new=form.cleaned_data["new"])
        except Invalid as mistakes:
            for name, message in mistakes.fields.items():
                form.add_error(name, message)
        except SignAgain:
            form.add_error(
                "new", _("Sign in with a code once more; within five minutes after it you can choose a password.")
            )
        else:
            request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            request.session.turn_key()
            messages.success(request, _("Your password is set."))
            return HttpResponseRedirect(reverse("portal:sessions"), status=303)
    return _sessions(request, form, status=422)


def _sessions(request: Any, form: NewPasswordForm | None, status: int = 200) -> HttpResponse:
    context = {"rows": sessions_of(request.act.by), "here": request.session.row.id, "form": form or NewPasswordForm()}
    return page(request, "sessions.html", chosen(request), status=status, **context)
