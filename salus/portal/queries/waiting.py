"""The waiting list as a patient sees it: what he waits for, and what is kept for him just now."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.act import Act
from salus.scheduling.models import Schedule
from salus.scheduling.queries.choices import plain
from salus.waitlist.models import JOIN, WAITING, Offer, Wish


@dataclass(frozen=True, slots=True)
class OwnWish:
    """What a patient waits for, in words, and the time that is offered now."""

    row: Wish
    whom: str
    offer: Offer | None


def wishes_of(act: Act, patient_id: UUID) -> list[OwnWish]:
    """What a patient still waits for, the longest first; three statements."""
    act.require_for(patient_id, JOIN)
    found = (
        Wish.objects.visible_to(act)
        .filter(patient_id=patient_id, status__in=WAITING)
        .select_related("department", "replaces")
    )
    rows = list(found.order_by("joined_at", "id")[:20])
    act.shows(patient_id)
    if not rows:
        return []
    open_ones = Offer.objects.filter(wish_id__in=[one.id for one in rows], status="open", expires_at__gt=act.at)
    offers = {one.wish_id: one for one in open_ones.select_related("schedule__department")}
    ids = {schedule for one in rows for schedule in one.schedule_ids}
    names = dict(Schedule.objects.visible_to(act).filter(id__in=ids).values_list("id", "name"))
    return [OwnWish(one, _whom(one, names), offers.get(one.id)) for one in rows]


def _whom(one: Wish, names: dict[UUID, str]) -> str:
    people = ", ".join(names[schedule] for schedule in one.schedule_ids if schedule in names)
    return people or (plain(one.specialty) if one.specialty else one.department.name if one.department else "")


def wish_of(act: Act, patient_id: UUID, wish_id: UUID) -> Wish | None:
    """One of a patient's wishes, or None."""
    act.require_for(patient_id, JOIN)
    return Wish.objects.visible_to(act).filter(patient_id=patient_id, id=wish_id).first()


def offer_of(act: Act, patient_id: UUID, offer_id: UUID) -> Offer | None:
    """A time that was offered to a patient, or None."""
    act.require_for(patient_id, JOIN)
    found = Offer.objects.filter(id=offer_id, facility_id=act.here, patient_id=patient_id)
    return found.first()
