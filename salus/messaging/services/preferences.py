"""What somebody does not want to be told, and which of his or her browsers are."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.core import crypto
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, NotFound
from salus.messaging.facts import PreferenceChanged, PushSubscribed
from salus.messaging.models import CHANNELS, PREFER, SEND, Decline, Subscription
from salus.messaging.rules.endpoints import is_endpoint, is_key
from salus.messaging.rules.kinds import PURPOSES
from salus.messaging.subscriptions import ENDPOINT, endpoint_index

#: a person has some devices, not hundreds
MOST = 12


@transaction.atomic
def set_preference(act: Act, *, patient_id: UUID, channel: str, purpose: str, wanted: bool) -> None:
    """Write down whether a patient wants messages of one purpose by one channel; said twice, nothing changes.

    The caller has made sure that the patient is one whom the act may see.
    """
    act.require_for(patient_id, PREFER)
    if channel not in dict(CHANNELS) or purpose not in PURPOSES:
        raise Invalid(purpose=_("There are no such messages."))
    of: dict[str, Any] = {
        "recipient_kind": "patient",
        "recipient_id": patient_id,
        "channel": channel,
        "purpose": purpose,
    }
    row = Decline.objects.select_for_update().filter(**of, ended_at=None).first()
    if wanted == (row is None):
        return
    if row is None:
        try:
            with transaction.atomic():
                Decline.objects.create(**of, recorded_by_id=act.by)
        except IntegrityError:
            return  # somebody has just said the same
    else:
        row.ended_at = act.at
        row.save(update_fields=["ended_at"])
    announce(act, PreferenceChanged(patient_id=patient_id, is_declined=not wanted, **of))


@transaction.atomic
def subscribe_to_push(act: Act, *, endpoint: str, p256dh: str, auth: str, device: str = "") -> Subscription:
    """Have this browser told when there is something for whoever sits at it: a member of staff, or a patient for himself.

    A browser tells one person: whoever subscribed at it before is not told there any more.

    :raises Invalid: if this is no subscription of a push service that is known
    """
    act.require_self()
    if not is_endpoint(endpoint) or not is_key(p256dh, 65) or not is_key(auth, 16):
        raise Invalid(endpoint=_("This browser uses a push service that is not known here."))
    kind, recipient_id = _whoever(act)
    key = endpoint_index(endpoint)
    Subscription.objects.filter(endpoint_key__in=crypto.blind_indexes(ENDPOINT, endpoint)).delete()
    mine = Subscription.objects.filter(recipient_kind=kind, recipient_id=recipient_id).order_by("-made_at")
    Subscription.objects.filter(id__in=list(mine.values_list("id", flat=True)[MOST - 1 :])).delete()
    row = Subscription(recipient_kind=kind, recipient_id=recipient_id, device=device.strip()[:60], endpoint_key=key)
    row.endpoint, row.keys = endpoint, f"{p256dh} {auth}"
    row.save(force_insert=True)
    announce(act, PushSubscribed(recipient_kind=kind, recipient_id=recipient_id, change="begun"))
    return row


@transaction.atomic
def end_push(act: Act, *, subscription_id: UUID) -> None:
    """Have a browser told nothing any more.

    :raises NotFound: if it is somebody else's, or gone
    """
    act.require_self()
    kind, recipient_id = _whoever(act)
    mine = Subscription.objects.filter(id=subscription_id, recipient_kind=kind, recipient_id=recipient_id)
    gone, _kinds = mine.delete()
    if not gone:
        raise NotFound
    announce(act, PushSubscribed(recipient_kind=kind, recipient_id=recipient_id, change="ended"))


@transaction.atomic
def end_push_of_patient(act: Act, *, patient_id: UUID) -> None:
    """Have no browser told of a patient any more: nobody comes in with the account at which they were named."""
    act.require(SEND)
    gone, _kinds = Subscription.objects.filter(recipient_kind="patient", recipient_id=patient_id).delete()
    if gone:
        announce(act, PushSubscribed(recipient_kind="patient", recipient_id=patient_id, change="ended"))


def _whoever(act: Act) -> tuple[str, UUID]:
    """Who is told at the browser of this act: the patient himself at the patients' door, else the user."""
    own = next((one.patient_id for one in act.stands_for if one.is_self), None)
    return ("patient", own) if own else ("user", act.by)
