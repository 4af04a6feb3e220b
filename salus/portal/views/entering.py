"""Coming in: a code, a password, registering, an invitation; and going out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from salus.accounts import arrivals, limits
from salus.accounts import services as accounts
from salus.accounts.limits import Measure
from salus.accounts.rules import limits as measures
from salus.core.clients import source_of
from salus.core.door import PUBLIC, door
from salus.core.errors import Conflict, Invalid
from salus.portal import arriving
from salus.portal.contacts import Contact, contact_of
from salus.portal.doors import page
from salus.portal.forms import CodeForm, ContactForm, InvitationForm, PasswordForm, RegisterForm
from salus.portal.invitations import invitation_for
from salus.portal.models import Account, Challenge
from salus.portal.queries.settings import facilities
from salus.portal.said import said_of
from salus.portal.services import opening


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def sign_in(request: Any) -> HttpResponse:
    """Ask for a code; the same words whether somebody has that contact or not. No transaction: what was asked stays counted."""
    if request.act is not None:
        return _home()
    form = ContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        contact = _contact(form)
        if contact is not None:
            arriving.ask_code(request, purpose="sign-in", contact=contact, facility_id=_facility(request))
            return HttpResponseRedirect(reverse("portal:code"), status=303)
    return page(request, "sign_in.html", None, form=form, status=422 if form.errors else 200)


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def password(request: Any) -> HttpResponse:
    """The other way in: a password that somebody chose."""
    if request.act is not None:
        return _home()
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        contact = _contact(form)
        if contact is not None:
            account = arriving.account_with_password(request, contact=contact, password=form.cleaned_data["password"])
            if account is not None:
                arrivals.open_session(request, account.user, "password")
                return _home()
            form.add_error(None, _("This contact and password do not fit. A code always works."))
    return page(request, "password.html", None, form=form, status=422 if form.errors else 200)


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def register(request: Any) -> HttpResponse:
    """Say who one is; it waits for the desk. Nobody is looked for, so that nobody can be found out."""
    if request.act is not None:
        return _home()
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        contact = _contact(form)
        if contact is not None:
            said = {name: form.cleaned_data[name] for name in ("given", "family", "birth_date", "gender")}
            said |= {contact.kind: contact.value, "language": get_language() or ""}
            arriving.ask_code(request, purpose="register", contact=contact, facility_id=_facility(request), said=said)
            return HttpResponseRedirect(reverse("portal:code"), status=303)
    context = {"form": form, "facilities": facilities()}
    return page(request, "register.html", None, status=422 if form.errors else 200, **context)


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def invitation(request: Any) -> HttpResponse:
    """Use the code that the desk, or a patient, gave: with an account at once, else after a code to one's own contact."""
    form = InvitationForm(request.POST if request.method == "POST" else None, is_known=request.act is not None)
    if request.method == "POST" and form.is_valid():
        try:
            return _invited(request, form)
        except (Invalid, Conflict) as error:
            _add(form, error)
    return page(request, "invitation.html", None, form=form, status=422 if form.errors else 200)


def _invited(request: Any, form: InvitationForm) -> HttpResponse:
    said = form.cleaned_data
    limits.take([measure := Measure("invitation", source_of(request), measures.INVITATIONS)])
    act = request.act or arriving.door_act(request, None)
    one = invitation_for(said["code"], said["birth_date"].isoformat(), act.at)
    if one is None:
        raise opening.DoesNotFit
    limits.give_back([measure])
    if request.act is not None:
        with transaction.atomic():
            account = Account.objects.get(user_id=request.act.by, closed_at=None)
            opening.accept_invitation(request.act, account_id=account.id, invitation_id=one.id)
        messages.success(request, _("The invitation is accepted."))
        return _home()
    contact = contact_of(said["contact"])
    name = {"given": said["given"], "family": said["family"]}
    where = {"facility_id": one.facility_id, "invitation_id": one.id}
    arriving.ask_code(request, purpose="invitation", contact=contact, said=name, **where)
    return HttpResponseRedirect(reverse("portal:code"), status=303)


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def code(request: Any) -> HttpResponse:
    """The code that was sent; it opens the session."""
    if request.act is not None:
        return _home()
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        challenge = arriving.proved(request, form.cleaned_data["code"])
        if challenge is not None:
            return _let_in(request, challenge)
        form.add_error("code", _("This code does not fit, was used, or is too old. You can ask for a new one."))
    waits = arriving.challenge_here(request)
    return page(request, "code.html", None, form=form, waits=waits is not None, status=422 if form.errors else 200)


def _let_in(request: Any, challenge: Challenge) -> HttpResponse:
    """Everything that the code was asked for happens at once, then the session opens."""
    contact = Contact(challenge.contact_kind, challenge.contact)
    with transaction.atomic():
        account = arriving.account_with(contact) or _opened(request, challenge, contact)
        act = arriving.door_act(request, account.facility_id, opening.ARRIVE)
        trouble = _kept(request, act, challenge, account)
    arrivals.open_session(request, account.user, "code")
    if trouble:
        messages.warning(request, trouble)
    return _home()


def _opened(request: Any, challenge: Challenge, contact: Contact) -> Account:
    said = said_of(challenge)
    assert challenge.facility_id is not None
    return opening.open_account(
        arriving.door_act(request, challenge.facility_id, opening.ARRIVE),
        contact=contact,
        name=" ".join(part for part in (said.get("given"), said.get("family")) if part),
        language=challenge.language,
        facility_id=challenge.facility_id,
    )


def _kept(request: Any, act: Any, challenge: Challenge, account: Account) -> str:
    """Keep what the code was asked for; what stands in the way, in words."""
    if challenge.purpose == "register":
        if account.patient_id is not None:
            return _("You have an account already: here it is.")
        opening.keep_registration(act, account_id=account.id, said=said_of(challenge))
    if challenge.purpose == "invitation" and challenge.invitation_id:
        try:
            with transaction.atomic():
                opening.accept_invitation(act, account_id=account.id, invitation_id=challenge.invitation_id)
        except (Invalid, Conflict) as error:
            return str(error)
    return ""


@door(PUBLIC, methods=("POST",), effect=False)
def sign_out(request: Any) -> HttpResponse:
    """End this session; the page that comes says so and leads nowhere back."""
    if request.person is not None:
        accounts.end_session(request.person.act, session_id=request.session.row.id)
    arrivals.forget_messages(request)
    request.session.flush()
    return HttpResponseRedirect(reverse("portal:sign_in"), status=303)


def _home() -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:home"), status=303)


def _contact(form: Any) -> Contact | None:
    try:
        return contact_of(form.cleaned_data["contact"])
    except Invalid as error:
        _add(form, error)
        return None


def _add(form: Any, error: Invalid | Conflict) -> None:
    for name, message in (error.fields or {NON_FIELD_ERRORS: str(error)}).items():
        form.add_error(name, message)


def _facility(request: Any) -> UUID:
    """The hospital that was chosen, or the only one."""
    known = [one for one, _name in facilities()]
    asked = request.POST.get("facility", "")
    return UUID(asked if asked in known else known[0])
