"""My security: password, second factors, PIN, recovery codes, and where I am signed in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.accounts import devices, passkeys, services
from salus.accounts.forms import CodeForm, DeviceForm, PinForm
from salus.accounts.models import Passkey, Totp
from salus.accounts.queries import factors_of, sessions_of
from salus.accounts.rules.totp import address_of
from salus.core.door import SIGNED_IN, door
from salus.core.errors import Conflict, Invalid
from salus.core.posted import posted_version


@door(SIGNED_IN)
def security(request: Any) -> HttpResponse:
    """All that opens my account, and where it is open."""
    return _page(request)


@door(SIGNED_IN, methods=("POST",), effect=False, fresh=True)
def begin_totp(request: Any) -> HttpResponse:
    """Show a fresh secret as a QR code, and ask for the first code; the answer is not stored for a replay."""
    try:
        return _totp_page(request, services.begin_totp(request.act), CodeForm())
    except Conflict as error:
        messages.warning(request, str(error))
        return _back()


@door(SIGNED_IN, methods=("POST",))
def confirm_totp(request: Any) -> HttpResponse:
    """The app shows the right code."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            services.confirm_totp(request.act, code=form.cleaned_data["code"])
        except Invalid as error:
            form.add_error("code", error.fields["code"])
        else:
            return _enrolled(request, _("The app is asked for from now on."))
    secret = Totp.objects.filter(user_id=request.act.by, revoked_at=None, confirmed_at=None).first()
    return _totp_page(request, secret, form, status=422) if secret else _back()


@door(SIGNED_IN, methods=("POST",), effect=False, fresh=True)
def new_passkey_options(request: Any) -> HttpResponse:
    """What the browser asks an authenticator for, to make a passkey."""
    person = request.person
    options = passkeys.options_to_add(
        request, user_id=person.id, username=person.username, display_name=person.display_name
    )
    return JsonResponse(options)


@door(SIGNED_IN, methods=("POST",), fresh=True)
def add_passkey(request: Any) -> HttpResponse:
    """Keep the passkey that the browser made."""
    made = passkeys.read_new(request, request.POST.get("passkey", ""))
    if made is None:
        messages.warning(request, _("No passkey was made. Try once more."))
        return _back()
    services.add_passkey(request.act, made=made, name=request.POST.get("name", ""))
    return _enrolled(request, _("The passkey is kept."))


@door(SIGNED_IN, methods=("POST",), fresh=True)
def revoke_passkey(request: Any, passkey_id: UUID) -> HttpResponse:
    """Take away a passkey."""
    services.revoke_passkey(request.act, passkey_id=passkey_id)
    messages.success(request, _("The passkey no longer opens anything."))
    return _back()


@door(SIGNED_IN, methods=("POST",), fresh=True)
def revoke_totp(request: Any) -> HttpResponse:
    """Take away the app."""
    services.revoke_totp(request.act)
    messages.success(request, _("The app is no longer asked for."))
    return _back()


@door(SIGNED_IN, methods=("POST",), fresh=True)
def set_pin(request: Any) -> HttpResponse:
    """A new PIN."""
    form = PinForm(request.POST)
    if form.is_valid():
        try:
            services.set_pin(request.act, pin=form.cleaned_data["pin"])
        except Invalid as error:
            form.add_error("pin", error.fields["pin"])
        else:
            messages.success(request, _("Your PIN is kept. It unlocks your session at shared workstations."))
            return _back()
    return _page(request, pin=form, status=422)


@door(SIGNED_IN, methods=("POST",), fresh=True)
def revoke_pin(request: Any) -> HttpResponse:
    """Take away the PIN."""
    services.revoke_pin(request.act)
    messages.success(request, _("The PIN no longer unlocks anything."))
    return _back()


@door(SIGNED_IN, methods=("POST",), effect=False, fresh=True)
def recovery_codes(request: Any) -> HttpResponse:
    """Ten fresh codes, shown once: the answer is not stored for a replay, whoever sends twice gets others."""
    codes = services.new_recovery_codes(request.act)
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@door(SIGNED_IN, methods=("POST",))
def end_session(request: Any, session_id: UUID) -> HttpResponse:
    """End one of my sessions."""
    services.end_session(request.act, session_id=session_id)
    messages.success(request, _("This session has ended."))
    return _back()


@door(SIGNED_IN, methods=("POST",))
def end_other_sessions(request: Any) -> HttpResponse:
    """End all my sessions but this one."""
    services.end_other_sessions(request.act, but=request.session.row.id)
    messages.success(request, _("You are signed in here only."))
    return _back()


@door("accounts.manage_devices", methods=("POST",), fresh=True)
def mark_device(request: Any) -> HttpResponse:
    """Say what this browser is."""
    form = DeviceForm(request.POST)
    device = devices.device_of(request)
    if device is None:
        raise Invalid(_("This browser keeps no cookies: it cannot be known again."))
    if form.is_valid():
        try:
            version = posted_version(request)
            services.mark_device(request.act, device_id=device.id, version=version, **form.cleaned_data)
        except Invalid as error:
            for name, message in error.fields.items():
                form.add_error(name, message)
        else:
            messages.success(request, _("Kept. It counts for whoever signs in here next."))
            return _back()
    return _page(request, device=form, status=422)


def _page(
    request: Any, *, pin: PinForm | None = None, device: DeviceForm | None = None, status: int = 200
) -> HttpResponse:
    here = devices.device_of(request) if request.act.may("accounts.manage_devices") else None
    told = {"kind": here.kind, "name": here.name} if here else {}
    context = {
        "factors": factors_of(request.act.by),
        "passkeys": list(Passkey.objects.filter(user_id=request.act.by, revoked_at=None).order_by("created_at")),
        "sessions": sessions_of(request.act.by),
        "this": request.session.row.id,
        "must_enrol": bool(request.session.get("enrol")),
        "pin": pin or PinForm(),
        "device": here,
        "device_form": device or DeviceForm(initial=told),
    }
    return render(request, "accounts/security.html", context, status=status)


def _totp_page(request: Any, secret: Totp, form: CodeForm, *, status: int = 200) -> HttpResponse:
    address = address_of(secret.secret, account=request.person.username)
    groups = [secret.secret[at : at + 4] for at in range(0, len(secret.secret), 4)]
    context = {"form": form, "address": address, "secret": " ".join(groups)}
    return render(request, "accounts/totp.html", context, status=status)


def _enrolled(request: Any, words: str) -> HttpResponse:
    """There is a second factor now: all else is open, under a new key."""
    messages.success(request, words)
    if request.session.pop("enrol", None):
        request.session.turn_key()
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:security"), status=303)
