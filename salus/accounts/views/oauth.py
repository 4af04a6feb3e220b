"""OAuth 2 for other programs: authorisation code with PKCE, rotating refresh tokens, revocation, metadata."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import unquote_plus, urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from salus.accounts import limits, services, tokens
from salus.accounts.limits import Measure
from salus.accounts.models import Program
from salus.accounts.rules import assertions
from salus.accounts.rules import limits as limit_rules
from salus.accounts.rules import oauth as rules
from salus.accounts.sockets import scopes as known_scopes
from salus.accounts.tokens import Refused
from salus.core.act import Act
from salus.core.clients import source_of
from salus.core.door import PUBLIC, SIGNED_IN, door
from salus.core.errors import Invalid, TooMany


@dataclass(frozen=True, slots=True)
class Asked:
    """What a program asks a person for, once it is known where answers go."""

    program: Program
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str
    trouble: str

    def back(self, request: Any, **told: str) -> HttpResponse:
        """To the program, with the issuer, so that it cannot be confused about who answers (RFC 9207)."""
        told |= {"iss": _issuer(request)} | ({"state": self.state} if self.state else {})
        response = HttpResponse(status=302)  # Django's own redirect refuses the schemes of apps
        response["Location"] = f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{urlencode(told)}"
        return response


@door(SIGNED_IN, methods=("GET", "POST"), effect=False)
def authorize(request: Any) -> HttpResponse:
    """Ask the person, who has just proved who that is; nothing is stored of the answer but its effect."""
    asked = _asked(request.POST if request.method == "POST" else request.GET, request.act)
    request.form_action = rules.origin_of(asked.redirect_uri)
    if asked.trouble:
        return asked.back(request, error=asked.trouble)
    request.act.require_fresh()
    if request.method == "GET":
        told = {name: request.GET[name] for name in _PARAMETERS if name in request.GET}
        lines = [known_scopes[one].words for one in asked.scopes]
        return render(request, "accounts/authorize.html", {"program": asked.program, "lines": lines, "told": told})
    if request.POST.get("answer") != "allow":
        return asked.back(request, error="access_denied")
    code = services.allow_program(
        request.act,
        program_id=asked.program.id,
        scopes=asked.scopes,
        redirect_uri=asked.redirect_uri,
        challenge=asked.challenge,
    )
    return asked.back(request, code=code)


_PARAMETERS = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


def _asked(told: Any, act: Act) -> Asked:
    """What is asked for; `trouble` is what the program is told about it.

    :raises Invalid: where the program or the address of its answers is not known: nobody is sent there
    """
    known = Program.objects.filter(facility_id=act.here, retired_at=None)
    program = known.filter(client_id=_printable(told.get("client_id", ""))).first()
    uri = told.get("redirect_uri", "")
    if program is None or not rules.is_registered(uri, program.redirect_uris):
        raise Invalid(_("The program that sent you here is not registered, or its address for answers is not."))
    wanted = tuple(dict.fromkeys(told.get("scope", "").split()))
    granted = tuple(one for one in wanted if one in program.scopes and one in known_scopes)
    trouble = ""
    if told.get("response_type") != "code":
        trouble = "unsupported_response_type"
    elif told.get("code_challenge_method") != "S256" or not rules.is_challenge(told.get("code_challenge", "")):
        trouble = "invalid_request"
    elif not granted:
        trouble = "invalid_scope"
    return Asked(program, uri, told.get("state", "")[:500], granted, told.get("code_challenge", ""), trouble)


def _program_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Round a door of programs: whatever is refused is JSON; a browser on another site may ask, without any cookie."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Refused as refused:
            told = {"error": refused.error, "error_description": refused.description}
            headers = {"WWW-Authenticate": 'Basic realm="Salus"'} if refused.status == 401 else {}
            return JsonResponse(told, status=refused.status, headers=headers)
        except TooMany as wait:
            told = {"error": "temporarily_unavailable", "error_description": str(wait)}
            return JsonResponse(told, status=429, headers={"Retry-After": str(wait.retry_after)})

    return guarded


@_program_view
@door(PUBLIC, methods=("POST",), effect=False, api=True)
def token(request: Any) -> HttpResponse:
    """Exchange a code, a refresh token, or what a backend service has signed, for tokens."""
    program = _program(request)
    kind = request.POST.get("grant_type", "")
    if program.user_id is not None:
        if kind != "client_credentials":
            raise Refused("unauthorized_client", "This program acts for itself only.")
        answer = tokens.for_itself(request, program, scope=request.POST.get("scope", ""))
    elif kind == "authorization_code":
        answer = tokens.redeem(
            request,
            program,
            code=request.POST.get("code", ""),
            redirect_uri=request.POST.get("redirect_uri", ""),
            verifier=request.POST.get("code_verifier", ""),
        )
    elif kind == "refresh_token":
        old, scope = request.POST.get("refresh_token", ""), request.POST.get("scope", "")
        answer = tokens.refresh(request, program, token=old, scope=scope)
    else:
        raise Refused("unsupported_grant_type")
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


@_program_view
@door(PUBLIC, methods=("POST",), effect=False, api=True)
def revoke(request: Any) -> HttpResponse:
    """A program gives a token back; an unknown one is no mistake (RFC 7009, section 2.2)."""
    tokens.revoke(request, _program(request), request.POST.get("token", ""))
    return HttpResponse(status=200)


@door(PUBLIC, api=True)
def metadata(request: Any) -> HttpResponse:
    """What this authorisation server can do (RFC 8414; SMART App Launch reads the same under /fhir)."""
    here = _issuer(request)
    return JsonResponse(
        {
            "issuer": here,
            "authorization_endpoint": here + reverse("accounts:authorize"),
            "token_endpoint": here + reverse("accounts:token"),
            "revocation_endpoint": here + reverse("accounts:revoke"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [
                "none",
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
            ],
            "token_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
            "scopes_supported": sorted(known_scopes),
            "authorization_response_iss_parameter_supported": True,
            "capabilities": [
                "client-public",
                "client-confidential-symmetric",
                "client-confidential-asymmetric",
                "permission-user",
                "permission-offline",
                "permission-v1",
            ],
        }
    )


def _program(request: Any) -> Program:
    """The program that asks, by Basic, by fields or by what it signed; what does not fit is measured."""
    if "client_assertion" in request.POST:
        return _backend(request)
    kind, _space, told = request.headers.get("Authorization", "").partition(" ")
    client_id, secret = request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    if kind.lower() == "basic":
        try:
            name, _colon, word = base64.b64decode(told, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            name = word = ""
        client_id, secret = unquote_plus(name), unquote_plus(word)
    client_id = _printable(client_id)
    measures = [Measure("program", f"{client_id} {source_of(request)}", limit_rules.OTHER_WAYS)]
    limits.take(measures)
    program = tokens.program_of(client_id, secret)
    limits.give_back(measures)
    return program


def _printable(text: str) -> str:
    """An id as we make them; anything else is nobody's, and could not be asked for."""
    return text if text.isascii() and text.isprintable() else ""


def _issuer(request: Any) -> str:
    return str(request.build_absolute_uri("/")).rstrip("/")


def _backend(request: Any) -> Program:
    if request.POST.get("client_assertion_type") != assertions.KIND:
        raise Refused("invalid_client", "What was signed is no JSON Web Token.", 401)
    measures = [Measure("backend", source_of(request), limit_rules.OTHER_WAYS)]
    limits.take(measures)
    audience = _issuer(request) + reverse("accounts:token")
    program = tokens.backend_of(request.POST["client_assertion"], audience=audience)
    limits.give_back(measures)
    return program
