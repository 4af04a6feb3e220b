"""Entries as FHIR AuditEvents, for programs of whoever keeps watch.

They stand at addresses of this room (`/audit/fhir/AuditEvent`): below `/fhir` that type is what other systems have sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from salus.audit.queries import entries
from salus.audit.queries.entries import Asked, Entry
from salus.core.door import as_salus_error, door
from salus.core.errors import Invalid, NotFound

#: what each act is in FHIR (http://terminology.hl7.org/CodeSystem/restful-interaction and AuditEvent.action)
_ACTIONS = {"read": "R", "search": "E", "print": "R", "export": "R", "write": "U", "refused": "R"}
_PARAMS = frozenset({"patient", "agent", "date", "_count", "_page"})


def fhir_answers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Errors as OperationOutcome."""

    @wraps(view)
    def answered(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Exception as error:
            known = as_salus_error(error)
            if known is None:
                raise
            issue = {"severity": "error", "code": "processing", "diagnostics": str(known)}
            return _answer({"resourceType": "OperationOutcome", "issue": [issue]}, known.status)

    return answered


@fhir_answers
@door("audit.view_access", api=True)
def search(request: Any) -> HttpResponse:
    """Search the record of access as FHIR AuditEvents."""
    unknown = set(request.GET) - _PARAMS
    if unknown:
        raise BadSearch(f"Only these are known here: {', '.join(sorted(_PARAMS))}.")
    asked = _asked(request.GET)
    found, more = entries.entries(request.act, asked)
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"fullUrl": f"AuditEvent/{one.id}", "resource": as_event(one)} for one in found],
    }
    if more:
        bundle["link"] = [{"relation": "next", "url": _next(request, asked)}]
    return _answer(bundle, 200)


@fhir_answers
@door("audit.view_access", api=True)
def read(request: Any, entry_id: int) -> HttpResponse:
    """One entry of the record of access as a FHIR AuditEvent."""
    found = entries.entry(request.act, entry_id)
    if found is None:
        raise NotFound
    return _answer(as_event(found), 200)


class BadSearch(Invalid):
    """This search cannot be understood."""

    status = 400


def as_event(one: Entry) -> dict[str, Any]:
    """A FHIR R4 AuditEvent."""
    agents = [_agent(one.by_id, one.who, requestor=True, address=one.address)]
    if one.on_behalf_of:
        agents.append(_agent(one.on_behalf_of, one.behalf, requestor=False, address=""))
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(one.id),
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "subtype": [{"system": "urn:salus:door", "code": one.door}],
        "action": _ACTIONS.get(one.action, "E"),
        "recorded": one.happened_at.astimezone(UTC).isoformat(),
        "outcome": "0" if one.outcome == "ok" else "4",
        "outcomeDesc": one.outcome,
        "purposeOfEvent": [
            {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": one.purpose}],
                "text": one.reason or one.purpose,
            }
        ],
        "agent": agents,
        "source": {"observer": {"display": "Salus"}},
    }
    if one.patient_id:
        event["entity"] = [
            {
                "what": {"reference": f"Patient/{one.patient_id}"},
                "role": {"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1"},
            }
        ]
    return event


def _agent(user: UUID | None, name: str, *, requestor: bool, address: str) -> dict[str, Any]:
    agent: dict[str, Any] = {"who": {"identifier": {"value": str(user)}, "display": name or "system"}}
    agent["requestor"] = requestor
    if address:
        agent["network"] = {"address": address, "type": "2"}
    return agent


def _asked(query: Any) -> Asked:
    since = until = None
    for text in query.getlist("date"):
        if text.startswith("ge"):
            since = _instant(text[2:])
        elif text.startswith("lt"):
            until = _instant(text[2:])
        else:
            raise BadSearch("A date begins with ge or lt.")
    patient = query.get("patient", "").removeprefix("Patient/")
    page = query.get("_page", "1")
    if not (page.isascii() and page.isdigit() and 1 <= int(page) <= 10_000):
        raise BadSearch("There is no such page.")
    return Asked(_uuid(patient), _uuid(query.get("agent", "")), since, until, page=int(page))


def _uuid(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise BadSearch("Patients and agents are named by their ids.") from None


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadSearch("A date is written as in FHIR.") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if not 1900 <= at.year <= 2999:
        raise BadSearch("A date is of our time.")
    return at


def _next(request: Any, asked: Asked) -> str:
    query = request.GET.copy()
    query["_page"] = str(asked.page + 1)
    return f"{request.scheme}://{request.get_host()}{request.path}?{query.urlencode()}"


def _answer(resource: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(resource), status=status, content_type="application/fhir+json")
