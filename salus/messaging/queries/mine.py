"""What somebody does not want to be told, and which of his or her browsers are."""

from uuid import UUID

from salus.core.act import Act
from salus.messaging.models import PREFER, Decline, Subscription


def browsers_of(act: Act) -> list[Subscription]:
    """My browsers that are told when there is something, the newest first."""
    return list(Subscription.objects.filter(recipient_kind="user", recipient_id=act.by).order_by("-made_at"))


def declined_of(act: Act, patient_id: UUID) -> set[tuple[str, str]]:
    """What a patient does not want, as (purpose, channel). The caller has made sure that the act may see the patient."""
    act.require_for(patient_id, PREFER)
    rows = Decline.objects.filter(recipient_kind="patient", recipient_id=patient_id, ended_at=None)
    return set(rows.values_list("purpose", "channel"))
