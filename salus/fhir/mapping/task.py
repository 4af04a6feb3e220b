"""inbox.Task <-> Task: what waits for somebody. Given and ended through the acts of the inbox; imports stay as they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models

from salus.core.act import Act
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import exact, instant_text, notes_json, reference_to, without_empty
from salus.fhir.written import JSON
from salus.inbox.models import Task

#: the system of our kinds of tasks
KIND = "urn:salus:task-kind"


def write(row: Task) -> JSON:
    return without_empty(
        {
            "resourceType": "Task",
            "id": str(row.id),
            "identifier": [{"system": "urn:salus:source", "value": row.source}],
            "partOf": [reference_to("Task", row.follows_id)] if row.follows_id else [],
            "status": row.status,
            "statusReason": {"text": row.end_reason} if row.end_reason else None,
            "intent": "order",
            "priority": row.priority,
            "code": {"coding": [{"system": KIND, "code": row.kind}], "text": row.kind},
            "description": row.subject,
            "focus": reference_to("Communication", _args(row).get("communication_id")),
            "for": reference_to("Patient", row.patient_id),
            "executionPeriod": without_empty({"end": instant_text(row.ended_at)}),
            "authoredOn": instant_text(row.put_at),
            "lastModified": instant_text(row.updated_at),
            "requester": reference_to("Practitioner", row.requester_id),
            "owner": reference_to("Practitioner", row.owner_id) or reference_to("HealthcareService", row.department_id),
            "note": notes_json(row.note),
            "restriction": {"period": {"end": instant_text(row.due_at)}},
        }
    )


def _args(row: Any) -> JSON:
    """The arguments of its page: read as text, or as the database gave them."""
    args = exact(row.route_args)
    return args if isinstance(args, dict) else {}


@dataclass(frozen=True, kw_only=True)
class _Tasks(Mapping):
    """A task without a patient is read by who has it or gave it; one about a patient by who may read what it says."""

    def rows(self, act: Act) -> models.QuerySet[Any]:
        return Task.objects.readable_by(act)

    def found_by(self, act: Act) -> models.QuerySet[Any]:
        return self.rows(act)


MAPPING = _Tasks(
    type="Task",
    model=Task,
    patient="for",
    read=None,
    write=write,
    made_here=True,
    params=(
        *params.patient(),
        params.reference("owner", "owner_id", "Practitioner"),
        params.reference("requester", "requester_id", "Practitioner"),
        params.token("status", "status"),
        params.token("priority", "priority"),
        params.token("code", "kind", fixed=KIND),
        params.instant("authored-on", "put_at"),
    ),
)
