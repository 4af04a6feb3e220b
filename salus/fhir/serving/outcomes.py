"""Every answer of the FHIR interface, good or bad: media types, OperationOutcome, the guard round each view."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

from salus.core.door import as_salus_error
from salus.core.errors import SalusError
from salus.fhir.written import JSON, encode, indented

log = logging.getLogger("salus.fhir")

MEDIA_TYPE = "application/fhir+json"
CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8"
ACCEPTED = frozenset({MEDIA_TYPE, "application/json", "text/json", "application/json+fhir", "*/*", "application/*"})
FORMATS = ACCEPTED | {"json"}

#: HTTP status -> FHIR issue type (hl7.org/fhir/R4/valueset-issue-type.html)
_CODES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    410: "deleted",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "processing",
    428: "required",
    429: "throttled",
    500: "exception",
    503: "transient",
}


class FhirError(SalusError):
    """This request cannot be answered."""

    def __init__(self, status: int, message: str, *, code: str = "", expression: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.expression = status, code, expression
        #: what is wrong and where, one by one
        self.issues: list[tuple[str, str]] = []


def issue(status: int, message: str, *, code: str = "", expression: str = "", severity: str = "error") -> JSON:
    """One issue of an OperationOutcome."""
    said: JSON = {"severity": severity, "code": code or _CODES.get(status, "processing"), "diagnostics": message}
    return said | ({"expression": [expression]} if expression else {})


def outcome(*issues: JSON) -> JSON:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def answer(
    request: HttpRequest, body: JSON | bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A resource as an HTTP answer."""
    content = body if isinstance(body, bytes) else encode(body)
    if request.GET.get("_pretty") == "true":
        content = indented(content)
    response = HttpResponse(content, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))
    response["Vary"] = "Accept, Authorization"
    return response


def refusal(request: HttpRequest, error: SalusError) -> HttpResponse:
    """What was refused, as an OperationOutcome."""
    code, expression = getattr(error, "code", ""), getattr(error, "expression", "")
    issues = [issue(error.status, text, expression=place) for text, place in getattr(error, "issues", ())]
    issues += [issue(error.status, f"{name}: {text}") for name, text in error.fields.items()]
    body = outcome(*(issues or [issue(error.status, str(error), code=code, expression=expression)]))
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Salus"'
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return answer(request, body, status=error.status, headers=headers)


View = Callable[..., HttpResponse]


def fhir_view(view: View) -> View:
    """Put round a door: whatever goes wrong in it is told as an OperationOutcome; media types are agreed first."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _agree(request)
            response = view(request, *args, **kwargs)
        except Exception as error:  # the last guard: a client of the interface never gets a page
            return refusal(request, as_refusal(error))
        if response.status_code == 405:
            allowed = response.headers.get("Allow", "")
            response = refusal(request, FhirError(405, f"{request.method} is not supported here: {allowed}"))
            response["Allow"] = allowed
        return response

    guarded.inside = view  # type: ignore[attr-defined]  # the door itself, for the entries of a bundle
    return csrf_exempt(guarded)


def as_refusal(error: Exception) -> SalusError:
    """What is told of an error; a defect of ours is logged."""
    if isinstance(error, RequestDataTooBig):
        return FhirError(413, "The body is too large.")
    if isinstance(error, (SuspiciousOperation, BadRequest, MultiPartParserError)):
        return FhirError(400, "This request could not be read.")
    known = as_salus_error(error)
    if known is not None:
        return known
    log.error("a defect in the FHIR interface", exc_info=error)
    return FhirError(500, "Something went wrong on our side. It has been written down; nothing was half saved.")


def _agree(request: HttpRequest) -> None:
    """Answers are JSON; who accepts only something else is told."""
    wanted = (
        request.GET.get("_format") or request.POST.get("_format") if _is_form(request) else request.GET.get("_format")
    )
    if wanted:
        if wanted.replace(" ", "+").partition(";")[0] not in FORMATS:
            raise FhirError(406, "Only JSON is served: application/fhir+json.")
        return
    accepted = [one.partition(";")[0].strip().lower() for one in request.headers.get("Accept", "*/*").split(",")]
    if accepted != [""] and ACCEPTED.isdisjoint(accepted):
        raise FhirError(406, "Only JSON is served: application/fhir+json.")


def _is_form(request: HttpRequest) -> bool:
    return request.content_type == "application/x-www-form-urlencoded"
