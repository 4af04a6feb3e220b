"""Signing in and out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from salus.accounts import proving, services, signing_again
from salus.accounts.forms import PasswordForm, SignInForm
from salus.core import proof
from salus.core.door import PUBLIC, SIGNED_IN, door
from salus.core.errors import Invalid


@door(PUBLIC, methods=("GET", "POST"))
def sign_in(request: Any) -> HttpResponse:
    """Let somebody in; one wording for an unknown name and a wrong password."""
    form = SignInForm(request.POST if request.method == "POST" else None)
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if request.method == "POST":
        user = None
        if form.is_valid():
            user = authenticate(request, **form.cleaned_data)
        if user is not None:
            login(request, user)
            proving.note(request.session)
            return HttpResponseRedirect(_safe(onward))
        form.add_error(None, _("This user name and password do not fit. Check both, and the Caps Lock key."))
    status = 422 if form.errors else 200
    return render(request, "accounts/sign_in.html", {"form": form, "next": onward}, status=status)


@door(SIGNED_IN, methods=("GET", "POST"), effect=False)
def sign_again(request: Any) -> HttpResponse:
    """Prove who is at the screen, then go on to a page that asks for it (the proof itself is taken by the door)."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if request.method == "POST" and proof.is_given(request):
        return HttpResponseRedirect(_safe(onward), status=303)
    return signing_again.page(request, action=reverse("accounts:sign_again"), kept=[("next", onward)])


@door(SIGNED_IN, methods=("POST",), effect=False)
def sign_out(request: Any) -> HttpResponse:
    """End this session."""
    logout(request)
    return HttpResponseRedirect(reverse("accounts:sign_in"))


@door(SIGNED_IN, methods=("GET", "POST"))
def change_password(request: Any) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.change_password(request.act, **form.cleaned_data)
        except Invalid as error:
            for name, message in error.fields.items():
                form.add_error(name, message)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed."))
            return HttpResponseRedirect(reverse("home"), status=303)
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)


def _safe(onward: str) -> str:
    """Only a path of ours: nobody is sent to another site by a crafted link."""
    return onward if onward and url_has_allowed_host_and_scheme(onward, allowed_hosts=None) else reverse("home")
