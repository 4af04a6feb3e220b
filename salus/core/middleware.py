"""Shut every view without a policy, give every request an id, turn refusals into pages, set headers and the token of forms."""

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render

from salus.core.door import SAFE, as_salus_error
from salus.core.errors import Conflict, NotAllowed, SalusError
from salus.core.ids import uuid7
from salus.core.posted import words_typed

log = logging.getLogger("salus.door")

GetResponse = Callable[[HttpRequest], HttpResponse]


class DoorMiddleware:
    """Deny by default, and one place for errors. Registered after the middleware that makes `request.act`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A view that does not say who may use it is shut."""
        if not hasattr(view, "policy"):
            log.error("view without a policy", extra={"view": getattr(view, "__qualname__", str(view))})
            return error_page(request, NotAllowed())
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Refusals become a page; a defect stays an exception (Django answers 500 and logs the trace)."""
        error = as_salus_error(exception)
        return None if error is None else error_page(request, error)


class CsrfMiddleware(CsrfViewMiddleware):
    """Django's. What another site's page sends comes without our cookies, and takes home none in the place of those."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.method not in SAFE and settings.CSRF_COOKIE_NAME not in request.COOKIES:
            return response
        return super().process_response(request, response)


def error_page(request: HttpRequest, error: SalusError) -> HttpResponse:
    """A calm page, or a fragment for htmx, that says what happened and what to do."""
    template = "ui/_error.html" if request.headers.get("HX-Request") else "ui/error.html"
    typed = words_typed(request) if isinstance(error, Conflict) and request.method == "POST" else []
    response = render(request, template, {"error": error, "status": error.status, "typed": typed}, status=error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


class HeadersMiddleware:
    """Security headers on every answer, a nonce for the page's own scripts, and no copy of a page left behind.

    `Server-Timing` says how long the answer took in here, and how much of that this process worked: a browser's tools
    show it, and the bench measures it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began, worked = time.perf_counter(), time.thread_time()
        request.csp_nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
        request.id = uuid7()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(request))
        response.headers.setdefault("Cache-Control", "no-store")
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = "camera=(self), microphone=(self), geolocation=(), payment=()"
        response["X-Request-Id"] = str(request.id)  # type: ignore[attr-defined]
        took, cpu = (time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000
        response["Server-Timing"] = f"app;dur={took:.2f}, cpu;dur={cpu:.2f}"
        return response


def _policy(request: Any) -> str:
    """What a page may do; `request.form_action` is where its form may lead beside us (an OAuth program)."""
    nonce, onward = request.csp_nonce, getattr(request, "form_action", "")
    forms = f"'self' {onward}".strip()
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; form-action {forms}; base-uri 'none'; "
        "frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'; require-trusted-types-for 'script'; "
        "trusted-types default"
    )
