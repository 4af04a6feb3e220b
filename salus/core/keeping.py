"""What a door leaves in the access log, whatever its answer: one entry for each patient whom the request named or touched.

An answer of 200 and one of 422 both show the patient; a 404 says that somebody asked. So a door logs every answer, once:
inside the act's transaction where it has an effect, after the rollback where it failed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import DatabaseError, OperationalError
from django.http import HttpResponse

from salus.core import access
from salus.core.act import Act
from salus.core.clients import UNATTENDED, address_of
from salus.core.errors import NotAllowed, SalusError, Unavailable

log = logging.getLogger("salus.access")

_LONGEST = 200


class NotLogged(Unavailable):
    """The record of who sees what cannot be kept just now, so nothing is shown and nothing was changed."""


def log_answer(request: Any, asked: Mapping[str, Any], response: HttpResponse) -> None:
    """Log what an answer has shown or done.

    :param asked: the parameters of the route
    :raises NotLogged: if it cannot be written; the answer must not be given then
    """
    if request.act is not None:
        failed = response.status_code >= 400
        touched = _touched(request.act, asked)
        touched = {one: action for one, action in touched.items() if one not in request.act.trace.logged}
        _write(request, asked, touched, f"failed:{response.status_code}" if failed else "ok")


def log_failure(request: Any, asked: Mapping[str, Any], error: SalusError | None) -> None:
    """Log an act that ended in an error, after its rollback; that somebody was refused is kept also without a patient.

    :param error: what the person is told, None for a defect of ours
    """
    act = request.act
    if act is None:
        return
    touched, outcome = _touched(act, asked), f"failed:{error.status if error else 500}"
    right = getattr(error, "right", "")
    if isinstance(error, NotAllowed) or right:
        refused: list[UUID | None] = [patient for patient in touched if patient]
        touched = dict.fromkeys(refused or [None], "refused")
        outcome = f"refused:{right}"
    try:
        _write(request, asked, touched, outcome)
    except (DatabaseError, NotLogged):
        if error is not None and not isinstance(error, Unavailable):
            raise
        # The act has failed already and shows nothing: the first error is the one to tell.
        log.exception("the failure of an act could not be logged")


def _touched(act: Act, asked: Mapping[str, Any]) -> dict[UUID | None, str]:
    """Whom the act touched, and whom its address named though the act never came so far."""
    touched, named = dict(act.trace.touched), _named(asked)
    if named:
        touched.setdefault(named, "read")
    return touched


def _named(asked: Mapping[str, Any]) -> UUID | None:
    """The patient whom an address names: `chart/<patient_id>`, `fhir/Patient/<identity>`, or his team by the same id."""
    if asked.get("kind") in ("Patient", "CareTeam"):
        return _as_uuid(asked.get("identity", ""))
    named = asked.get("patient_id")
    return named if isinstance(named, UUID) else None


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _write(request: Any, asked: Mapping[str, Any], touched: Mapping[UUID | None, str], outcome: str) -> None:
    address = address_of(request)
    try:
        access.write_log(
            request.act,
            touched,
            outcome=outcome,
            what=_what(asked, outcome),
            address=address,
            renews=_renews(request, outcome),
        )
    except OperationalError:
        raise  # the door may try the whole act again
    except (DatabaseError, OSError) as error:
        log.exception("the access log cannot be written")
        raise NotLogged from error


def _renews(request: Any, outcome: str) -> bool:
    """Whether a part of a page was fetched again by itself, with nobody there."""
    return outcome == "ok" and request.method == "GET" and UNATTENDED in request.headers


def _what(asked: Mapping[str, Any], outcome: str) -> str:
    """The ids in the address, with `patient` first where it names one: only what is an id by its type is kept, because
    anything else could hold a name. Of FHIR the type of resource, where there was such a type, and its id."""
    ids = [
        f"{name}={value}" for name, value in asked.items() if name != "patient_id" and isinstance(value, (UUID, int))
    ]
    if outcome == "ok" and asked.get("kind") and not _named(asked):
        resource = _as_uuid(asked.get("identity", ""))
        ids = [f"kind={asked['kind']}", *([f"id={resource}"] if resource else []), *ids]
    return " ".join([*(["patient"] if _named(asked) else []), *ids])[:_LONGEST]
