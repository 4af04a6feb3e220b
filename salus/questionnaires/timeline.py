"""Signed forms in the patient's timeline."""

from datetime import datetime
from uuid import UUID

from salus.core.act import Act
from salus.patients.sockets import TimelineEvent
from salus.questionnaires.models import QuestionnaireResponse


def events(act: Act, patient_id: UUID, before: datetime, limit: int) -> list[TimelineEvent]:
    """The newest signed forms before an instant; of those that were mended the last one."""
    if not act.may("patients.open"):
        return []
    rows = QuestionnaireResponse.objects.of_patient(act, patient_id).valid().filter(authored_at__lt=before)
    standing = rows.standing().order_by("-authored_at")
    return [
        TimelineEvent(
            at=row.authored_at,
            kind="form",
            title=row.display,
            detail=row.author_name,
            icon="clipboard-pen",
            route="questionnaires:response",
            route_args={"patient_id": patient_id, "response_id": row.id},
        )
        for row in standing.defer("answers")[:limit]
    ]
