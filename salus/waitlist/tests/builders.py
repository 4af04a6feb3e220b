"""What tests of the waiting list are made of."""

from typing import Any

from django.utils import timezone

from salus.core.act import Act, system_act
from salus.scheduling.tests.builders import a_patient
from salus.waitlist.models import Offer, Policy, Wish
from salus.waitlist.services import offers, wishes
from tests.cast import Cast

__all__ = ["a_wish", "an_offer", "awake_always", "list_act"]


def list_act(cast: Cast, **changes: Any) -> Act:
    """The system's own act, as the job and the handlers have it."""
    rights = {"waitlist.offer", "scheduling.book"}
    return system_act(rights=rights, door="test", facility_id=cast.facility.id, **changes)


def awake_always(cast: Cast, **changes: Any) -> Policy:
    """In this facility nobody sleeps: the hour at which a test runs makes no difference."""
    values = {"awake_from": 0, "awake_until": 1440} | changes
    return Policy.objects.update_or_create(facility=cast.facility, defaults=values)[0]


def a_wish(cast: Cast, **changes: Any) -> Wish:
    """Somebody waits for anything at the outpatients, and can come at any time."""
    patient = changes.pop("patient", None) or a_patient(cast)
    act = cast.act("receptionist", at=changes.pop("at", timezone.now()))
    values = {"patient_id": patient.id, "department_id": cast.departments["opd"].id, "short_notice": True} | changes
    return wishes.join_waiting_list(act, **values)


def an_offer(cast: Cast, wish: Wish) -> Offer:
    """What is offered for a wish by the list; there must be something free."""
    awake_always(cast)
    assert offers.fill_places(list_act(cast))
    return Offer.objects.get(wish=wish, status="open")
