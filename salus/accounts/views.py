"""Signing in and out."""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from salus.accounts.forms import SignInForm
from salus.core.door import PUBLIC, SIGNED_IN, door


@door(PUBLIC, methods=("GET", "POST"))
def sign_in(request: Any) -> HttpResponse:
    """Let somebody in; one wording for an unknown name and a wrong password."""
    form = SignInForm(request.POST or None)
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if request.method == "POST":
        user = None
        if form.is_valid():
            user = authenticate(request, **form.cleaned_data)
        if user is not None:
            login(request, user)
            return HttpResponseRedirect(_safe(onward))
        form.add_error(None, _("This user name and password do not fit. Check both, and the Caps Lock key."))
    status = 422 if form.errors else 200
    return render(request, "accounts/sign_in.html", {"form": form, "next": onward}, status=status)


@door(SIGNED_IN, methods=("POST",), effect=False)
def sign_out(request: Any) -> HttpResponse:
    """End this session."""
    logout(request)
    return HttpResponseRedirect(reverse("accounts:sign_in"))


def _safe(onward: str) -> str:
    """Only a path of ours: nobody is sent to another site by a crafted link."""
    return onward if onward and url_has_allowed_host_and_scheme(onward, allowed_hosts=None) else reverse("home")
