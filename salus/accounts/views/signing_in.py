"""Signing in and out."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from salus.accounts import arrivals, limits, passkeys, services, signing_again
from salus.accounts.directories import directory
from salus.accounts.forms import CodeForm, PasswordForm, RecoverForm, SignInForm
from salus.accounts.limits import Measure
from salus.accounts.models import User
from salus.accounts.rules import limits as rules
from salus.core import proof
from salus.core.clients import source_of
from salus.core.door import PUBLIC, SIGNED_IN, door
from salus.core.errors import Invalid


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def sign_in(request: Any) -> HttpResponse:
    """Let somebody in; one wording for an unknown name and a wrong password. No transaction: guesses stay counted."""
    form = SignInForm(request.POST if request.method == "POST" else None)
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if request.method == "POST" and form.is_valid():
        user = arrivals.user_with_password(request, **form.cleaned_data)
        if user is not None:
            if arrivals.arrive(request, user, "password"):
                return HttpResponseRedirect(safe(onward))
            return _second(request, onward)
        form.add_error(None, _("This user name and password do not fit. Check both, and the Caps Lock key."))
    context = {"form": form, "next": onward, "directory": directory()}
    return render(request, "accounts/sign_in.html", context, status=422 if form.errors else 200)


@door(PUBLIC, methods=("POST",), effect=False)
def second_factor(request: Any) -> HttpResponse:
    """The code of an app, or a recovery code, after the password."""
    onward = request.POST.get("next", "")
    user = arrivals.pending_user(request)
    if user is None:
        messages.warning(request, _("This took too long. Sign in once more."))
        return HttpResponseRedirect(reverse("accounts:sign_in"), status=303)
    form = CodeForm(request.POST)
    if form.is_valid():
        how = arrivals.second_proof_fits(request, user, code=form.cleaned_data["code"])
        if how:
            arrivals.open_session(request, user, f"password+{how}")
            if how == "recovery":
                messages.warning(request, _("A recovery code is used up. Enrol a new app or passkey under Security."))
            return HttpResponseRedirect(safe(onward), status=303)
        form.add_error("code", _("This code does not fit, or was used before. Wait for the next one."))
    return _second(request, onward, form, status=422)


@door(PUBLIC, methods=("POST",), effect=False)
def passkey_options(request: Any) -> HttpResponse:
    """What the browser asks an authenticator for; the same for everybody."""
    return JsonResponse(passkeys.options_to_prove(request))


@door(PUBLIC, methods=("POST",), effect=False)
def sign_in_by_passkey(request: Any) -> HttpResponse:
    """A passkey with user verification is all that is needed; it can be tried whatever others have guessed."""
    measure = Measure("passkey", source_of(request), rules.OTHER_WAYS)
    owner = passkeys.owner_of_proof(request, request.POST.get("passkey", ""))
    user = User.objects.filter(id=owner, is_active=True).first() if owner else None
    if user is None:
        limits.take([measure])
        arrivals.refuse(request, None, "passkey")
        message = _("This passkey is not known here, or took too long. Try once more, or use your password.")
        form = SignInForm()
        context = {
            "form": form,
            "next": request.POST.get("next", ""),
            "trouble": [("", message)],
            "directory": directory(),
        }
        return render(request, "accounts/sign_in.html", context, status=422)
    arrivals.arrive(request, user, "passkey")
    return HttpResponseRedirect(safe(request.POST.get("next", "")), status=303)


@door(PUBLIC, methods=("GET", "POST"), effect=False)
def recover(request: Any) -> HttpResponse:
    """A new password with the code on which two administrators agreed; the factors of before are gone."""
    form = RecoverForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        limits.take([Measure("recover", source_of(request), rules.ADDRESS)])
        said = form.cleaned_data
        user = User.objects.filter(username__iexact=said["username"].strip(), is_active=True).first()
        try:
            act = arrivals.act_of(request, user.id if user else None)
            if user is None:
                raise Invalid(_("This user name and code do not fit, or the code is too old."))
            user = services.use_recovery(act, code=said["code"], password=said["password"])
        except Invalid as error:
            for name, message in (error.fields or {NON_FIELD_ERRORS: str(error)}).items():
                form.add_error(name, message)
        else:
            arrivals.open_session(request, user, "recovery")
            messages.success(request, _("Your password is new. Enrol your app or passkey again."))
            return HttpResponseRedirect(reverse("accounts:security"), status=303)
    return render(request, "accounts/recover.html", {"form": form}, status=422 if form.errors else 200)


@door(SIGNED_IN, methods=("GET", "POST"), effect=False)
def sign_again(request: Any) -> HttpResponse:
    """Prove who is at the screen, then go on to a page that asks for it (the proof itself is taken by the door)."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if request.method == "POST" and proof.is_given(request):
        return HttpResponseRedirect(safe(onward), status=303)
    return signing_again.page(request, action=reverse("accounts:sign_again"), kept=[("next", onward)])


@door(PUBLIC, methods=("POST",), effect=False)
def sign_out(request: Any) -> HttpResponse:
    """End this session, locked or not."""
    person = request.person or request.locked
    if person is not None:
        services.end_session(person.act, session_id=request.session.row.id)
    arrivals.forget_messages(request)
    request.session.flush()
    return HttpResponseRedirect(reverse("accounts:sign_in"))


def _measured(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Round a door that has one transaction and takes a secret: outside it, so that a guess stays counted that is rolled back."""

    @wraps(view)
    def guarded(request: Any) -> HttpResponse:
        if request.method != "POST" or request.person is None:
            return view(request)
        limits.take([measure := signing_again.measure_of(request.session.row)])
        request.has_guessed = False
        try:
            return view(request)
        finally:
            if not request.has_guessed:
                limits.give_back([measure])

    return guarded


@_measured
@door(SIGNED_IN, methods=("GET", "POST"))
def change_password(request: Any) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.change_password(request.act, **form.cleaned_data)
        except Invalid as error:
            request.has_guessed = "old" in error.fields
            for name, message in error.fields.items():
                form.add_error(name, message)
        else:
            request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            request.session.pop("choose", None)
            request.session.turn_key()
            messages.success(request, _("Your password is changed."))
            return HttpResponseRedirect(reverse("home"), status=303)
    context = {"form": form, "must_choose": bool(request.session.get("choose"))}
    return render(request, "accounts/password.html", context, status=422 if form.errors else 200)


def _second(request: Any, onward: str, form: CodeForm | None = None, *, status: int = 200) -> HttpResponse:
    return render(request, "accounts/second_factor.html", {"form": form or CodeForm(), "next": onward}, status=status)


def safe(onward: str) -> str:
    """Only a path of ours: nobody is sent to another site by a crafted link."""
    return onward if onward and url_has_allowed_host_and_scheme(onward, allowed_hosts=None) else reverse("home")
