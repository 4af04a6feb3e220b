"""Signed forms in the chart as it was, and among what is marked as sensitive."""

from datetime import datetime
from uuid import UUID

from salus.chart.sockets import Markable, PartThen, markable, parts_then
from salus.core.act import Act
from salus.core.history import as_they_were
from salus.questionnaires.handover import mark_along
from salus.questionnaires.models import QuestionnaireResponse

#: so many forms of a look back
_MOST = 40


def plug_in() -> None:
    """Offer the part, and the forms to be marked."""
    markable["form"] = Markable(QuestionnaireResponse, "questionnaires:response", mark_along)
    parts_then.append(PartThen(20, "patients.open", "questionnaires/_forms_then.html", forms_then))


def forms_then(act: Act, patient_id: UUID, at: datetime) -> list[QuestionnaireResponse]:
    """The forms that stood at an instant, newest first: neither mended nor marked as wrong by then; at most two statements."""
    rows = QuestionnaireResponse.objects.of_patient(act, patient_id).filter(created_at__lte=at, authored_at__lte=at)
    # answers are locked by the database: all that can change is whether they prove wrong
    then = as_they_were(list(rows.defer("answers").order_by("-authored_at", "-id")[: 2 * _MOST]), at)
    stood = [row for row in then if row.voided_at is None]
    mended = {row.amends_id for row in stood}
    return [row for row in stood if row.id not in mended][:_MOST]
