"""Tasks and messages written through FHIR: given, accepted, ended, sent and answered, by the acts of the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.core.errors import Invalid
from salus.fhir.mapping.context import target_of
from salus.fhir.mapping.marks import labels_in
from salus.fhir.mapping.task import KIND
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON
from salus.inbox import services as inbox
from salus.inbox.models import Task
from salus.inbox.rules import BY_HAND, PRIORITIES

#: what `fhir.write` stands for here
RIGHTS = frozenset({"inbox.give_task", "inbox.work", "inbox.write_message"})


def create_task(act: Act, resource: JSON) -> UUID:
    """Give a task to a practitioner, or to a department (HealthcareService).

    :raises FhirError: 422 if it is no order that is still to be done, or names nobody who could do it
    """
    if resource["status"] != "requested" or resource["intent"] != "order":
        raise FhirError(422, "A new task is an order that is requested.", expression="Task.status")
    kind = next((one.get("code") for one in _codings(resource) if one.get("system") == KIND), "task")
    with _mistakes("Task"):
        made = inbox.give_task(
            act,
            subject=resource.get("description", ""),
            owner_id=_named(resource.get("owner"), "Practitioner"),
            department_id=_named(resource.get("owner"), "HealthcareService"),
            patient_id=_named(resource.get("for"), "Patient"),
            kind=kind if kind in BY_HAND else "task",
            priority=_priority(resource),
            due_at=_due(resource),
            note="\n".join(one["text"] for one in resource.get("note", ()) if one.get("text")),
            labels=labels_in(resource),
        )
    return made.id


def update_task(act: Act, resource: JSON, row: Any) -> None:
    """Accept, begin, finish, cancel or give on a task, by its new status or owner.

    :raises FhirError: 422 for any other change
    """
    if not set(labels_in(resource)) <= set(row.labels):
        words = "A task has the labels of what it is about, and those that it was given with."
        raise FhirError(422, words, code="not-supported", expression="Task.meta.security")
    status = resource["status"]
    owner, place = (_named(resource.get("owner"), one) for one in ("Practitioner", "HealthcareService"))
    with _mistakes("Task"):
        if status == row.status and (owner, place) != (row.owner_id, None if row.owner_id else row.department_id):
            inbox.delegate_task(act, task_id=row.id, version=row.version, owner_id=owner, department_id=place)
        elif status == "accepted" != row.status:
            inbox.accept_task(act, task_id=row.id, version=row.version)
        elif status == "in-progress" != row.status:
            inbox.start_task(act, task_id=row.id, version=row.version)
        elif status == "completed" != row.status:
            inbox.finish_task(act, task_id=row.id)
        elif status == "cancelled" != row.status:
            reason = resource.get("statusReason", {}).get("text", "")
            inbox.cancel_task(act, task_id=row.id, version=row.version, reason=reason)
        else:
            raise FhirError(422, "A task changes by its status or its owner.", expression="Task.status")


def create_communication(act: Act, resource: JSON) -> UUID:
    """Send a message about a patient, or answer one.

    :raises FhirError: 422 if it is about no patient, to nobody, or says nothing
    """
    patient = _named(resource.get("subject"), "Patient")
    if patient is None:
        raise FhirError(422, "A message here is about a patient.", expression="Communication.subject")
    body = "\n".join(one["contentString"] for one in resource.get("payload", ()) if one.get("contentString"))
    asked = [_named(one, "Communication") for one in resource.get("inResponseTo", ())]
    with _mistakes("Communication"):
        if asked and asked[0]:
            return inbox.answer_message(act, communication_id=asked[0], body=body, labels=labels_in(resource)).id
        to = resource.get("recipient", ())
        topic = resource.get("topic", {})
        return inbox.send_message(
            act,
            patient_id=patient,
            subject=topic.get("text") or next((one.get("display", "") for one in topic.get("coding", ())), ""),
            body=body,
            practitioner_ids=[one for ref in to if (one := _named(ref, "Practitioner"))],
            department_ids=[one for ref in to if (one := _named(ref, "HealthcareService"))],
            priority=_priority(resource),
            labels=labels_in(resource),
        ).id


def update_communication(act: Act, resource: JSON, row: Any) -> None:
    """What was sent stays as it was sent.

    :raises FhirError: always
    """
    raise FhirError(405, "What was sent stays as it was sent: send another one.", code="not-supported")


class _mistakes:  # noqa: N801 - used as a statement
    """What the inbox refuses becomes an outcome that names each mistake."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: Any, error: Any, _trace: Any) -> None:
        if isinstance(error, Invalid):
            words = " ".join(error.fields.values()) or str(error)
            raise FhirError(422, words, expression=self.kind) from None
        if isinstance(error, Task.DoesNotExist):
            raise FhirError(404, f"There is no {self.kind} with this id.") from None


def _codings(resource: JSON) -> list[JSON]:
    found: list[JSON] = resource.get("code", {}).get("coding", [])
    return found


def _named(reference: Any, kind: str) -> UUID | None:
    target = target_of(reference) if reference else None
    if target is None or target[0] != kind:
        return None
    try:
        return UUID(target[1])
    except ValueError:
        raise FhirError(422, f"There is no {kind} with this id.", code="not-found") from None


def _priority(resource: JSON) -> str:
    said = resource.get("priority", "routine")
    return said if said in PRIORITIES else "routine"


def _due(resource: JSON) -> datetime | None:
    said = resource.get("restriction", {}).get("period", {}).get("end")
    if not said or len(said) < 11:
        return None
    found = datetime.fromisoformat(said)
    return found if found.tzinfo else None
