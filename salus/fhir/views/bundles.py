"""The door for many requests at once: a batch, each entry by itself, or a transaction, all of them or none.

An entry of a batch goes through the very door of its address: with an act, a savepoint and an entry in the log of its own.
A transaction is one act.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import ResolverMatch, resolve
from psycopg.errors import QueryCanceled

from salus.core.act import Trace
from salus.core.door import PUBLIC, DoorRequest, as_salus_error, door
from salus.core.ids import uuid7
from salus.fhir.mapping import MAPPINGS
from salus.fhir.serving import bundles
from salus.fhir.serving.bundles import Step
from salus.fhir.serving.outcomes import ACCEPTED, MEDIA_TYPE, FhirError, answer, as_refusal, fhir_view, refusal
from salus.fhir.views.resources import base_of, known_by, reading
from salus.fhir.written import JSON, encode

#: whom a transaction may name by a search: never a patient
_NAMED = frozenset({"Practitioner", "Organization", "Location", "PractitionerRole", "Device"})
#: what many want the same of, whoever it is for (times, numbers): bundles that take several of it come one after another
_SCARCE = frozenset({"Appointment", "Patient"})
#: what belongs to the request for the bundle, and to none of its entries
_OUTER = ("HTTP_IF_", "HTTP_IDEMPOTENCY_KEY", "HTTP_X_SALUS_", "CONTENT_")


@fhir_view
@door("fhir.read", methods=("POST",), api=True)
def bundle(request: DoorRequest) -> HttpResponse:
    """A program sent many requests at once: a batch, or a transaction."""
    if request.content_type and request.content_type not in ACCEPTED:
        raise FhirError(415, "A body is application/fhir+json.")
    kind, steps = bundles.read(request.body, base_of(request))
    if any(one.writes for one in steps):
        _in_turn(request, steps)
    _lock(request, steps)
    done = (_batch if kind == "batch" else _transaction)(request, steps)
    return answer(request, bundles.answer_of(kind, [done[one.place] for one in steps]))


def _in_turn(request: DoorRequest, steps: Sequence[Step]) -> None:
    """Wait for other bundles of the facility, or let none run beside this one.

    Entries take what they need in their own order, so that two bundles may wait for each other. Where it is likely it is
    prevented; where the database found it, the bundle that is done again is alone.
    """
    tried: bool = request.__dict__.get("_bundle_tried", False)
    request.__dict__["_bundle_tried"] = True
    is_alone = tried or sum(one.writes and one.kind in _SCARCE for one in steps) > 1
    lock = "pg_advisory_xact_lock" if is_alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [f"fhir.bundle:{request.act.here}"])  # noqa: S608 - one of two


def _lock(request: DoorRequest, steps: Sequence[Step]) -> None:
    """Lock the records that are written to, in the order of their ids, so that two bundles never wait for each other."""
    named = bundles.patients_named(steps)
    if named:
        rows = MAPPINGS["Patient"].visible(reading(request.act)).filter(id__in=named).order_by("id")
        list(rows.select_for_update(no_key=True, of=("self",)).values_list("id"))


# ---------------------------------------------------------------- each by itself


def _batch(request: DoorRequest, steps: Sequence[Step]) -> dict[int, JSON]:
    return {one.place: _alone(request, one) for one in steps}


def _alone(request: DoorRequest, step: Step) -> JSON:
    match = resolve(f"/{step.url.partition('?')[0]}", "salus.fhir.urls")
    act = replace(request.act, id=uuid7(), door=f"fhir:{match.url_name}", trace=Trace())
    asked = _request_for(request, step, match, act)
    try:
        if step.trouble:
            raise step.trouble
        _refuse_nested(match, step)
        response = match.func.inside(asked, **match.kwargs)  # type: ignore[attr-defined]
        if response.status_code == 405:
            raise FhirError(405, f"{step.method} is not supported at this address.")
    except Exception as error:  # whatever goes wrong in one entry is told there
        if _concerns_all(error):
            raise
        response = refusal(asked, as_refusal(error))
    # their own doors have logged them; a replay of this answer has to log them again
    for patient, action in act.trace.touched.items():
        request.act.trace.add([patient], action)
    request.act.trace.logged.update(act.trace.touched)
    return bundles.told(response.status_code, response.headers, response.content)


def _concerns_all(error: Exception) -> bool:
    """Whether the bundle is to be done again, or has lost its database."""
    return isinstance(error, (OperationalError, InterfaceError)) and not isinstance(error.__cause__, QueryCanceled)


# ---------------------------------------------------------------- all or none


def _transaction(request: DoorRequest, steps: Sequence[Step]) -> dict[int, JSON]:
    names, done = bundles.known_before(steps), {}
    for one in bundles.ordered(steps):
        try:
            bundles.resolve(one, names, partial(_found, request))
            response = _within(request, one)
        except Exception as error:
            known = _placed(error, one)
            if known is error:
                raise  # as it is: by its cause the door knows what is to be done again
            raise known from error
        done[one.place] = bundles.told(response.status_code, response.headers, response.content)
        if one.method == "POST" and one.full_url and "Location" in response:
            names[one.full_url] = "/".join(response["Location"].split("/")[-2:])
    return done


def _within(request: DoorRequest, step: Step) -> HttpResponse:
    """An entry as a part of this act: what its door asks for is asked for, and it logs nothing by itself."""
    match = resolve(f"/{step.url.partition('?')[0]}", "salus.fhir.urls")
    _refuse_nested(match, step)
    asked, inside = _request_for(request, step, match, request.act), match.func.inside  # type: ignore[attr-defined]
    if step.method not in inside.methods:
        raise FhirError(405, f"{step.method} is not supported at {match.url_name}.")
    if inside.policy != PUBLIC:
        request.act.require(inside.policy)
    response: HttpResponse = inspect.unwrap(match.func)(asked, **match.kwargs)
    return response


def _placed(error: Exception, step: Step) -> Exception:
    """The error with the place of its entry; one of the database stays what it is."""
    known = as_salus_error(error)
    if known is None or isinstance(error, (OperationalError, InterfaceError)):
        return error
    refused: Any = known
    refused.expression = _below(step, getattr(known, "expression", ""))
    refused.issues = [(text, _below(step, place)) for text, place in getattr(known, "issues", ())]
    return known


def _below(step: Step, place: str) -> str:
    if place.startswith("Bundle.entry"):
        return place
    inner = place.partition(".")[2]
    return f"{step.where}.resource.{inner}" if inner else step.where


def _found(request: DoorRequest, text: str) -> str:
    """`Practitioner?identifier=...` as `Practitioner/<id>`.

    :raises FhirError: 412 unless there is just one
    """
    kind, _, condition = text.partition("?")
    if kind not in _NAMED or not condition.startswith("identifier=") or "&" in condition:
        words = f"A search in a reference names one of {', '.join(sorted(_NAMED))} by its identifier."
        raise FhirError(422, words, code="not-supported")
    found = known_by(request, kind, condition)
    if found is None:
        raise FhirError(412, "A search in a reference finds nothing.", code="not-found")
    return f"{kind}/{found.row.id}"


# ---------------------------------------------------------------- one entry as a request


def _refuse_nested(match: ResolverMatch, step: Step) -> None:
    if match.url_name == "bundle":
        raise FhirError(400, "No bundle in a bundle.", expression=f"{step.where}.request.url")
    if step.method == "POST" and match.url_name != "type":
        raise FhirError(405, "An entry creates by the address of its type.", expression=f"{step.where}.request.url")


def _request_for(request: DoorRequest, step: Step, match: ResolverMatch, act: Any) -> Any:
    """What would have come in, had this entry been sent by itself."""
    path, _, query = step.url.partition("?")
    asked: Any = copy.copy(request)
    for name in ("headers", "GET", "accepted_types", "COOKIES"):
        asked.__dict__.pop(name, None)
    asked.method, asked.path, asked.path_info = step.method, f"/fhir/{path}", f"/fhir/{path}"
    asked.META = _meta(request) | step.headers | {"QUERY_STRING": "", "REQUEST_METHOD": step.method}
    asked.__dict__["GET"] = QueryDict(query)
    asked._post, asked._files = QueryDict(), {}
    asked._body = encode(step.resource) if step.resource is not None else b""
    asked.content_type, asked.content_params = MEDIA_TYPE, {}
    asked.resolver_match, asked.act = match, act
    return asked


def _meta(request: HttpRequest) -> dict[str, Any]:
    kept = {name: value for name, value in request.META.items() if not name.startswith(_OUTER)}
    return kept | {"HTTP_ACCEPT": MEDIA_TYPE}
