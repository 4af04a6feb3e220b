"""How a patient is reached by messages, and who the log of messages is about."""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from salus.accounts.models import User
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.messaging.rules import Recipient
from salus.messaging.sockets import Place, Who
from salus.patients.models import Patient
from salus.patients.queries.identity import listed
from salus.patients.rules import contacts
from salus.places.models import Facility
from salus.ui import formatting
from salus.ui.addresses import url


def recipient_of(act: Act, patient_id: UUID) -> Recipient | None:
    """A patient as messages reach him or her; None for who has died, or whose record is joined with another or in error.

    :raises NotFound: if there is none in this facility
    """
    act.require("messaging.send")
    row = Patient.objects.filter(id=patient_id, facility_id=act.here).first()
    if row is None:
        raise NotFound
    if row.is_deceased or row.merged_into_id or row.voided_at or not row.is_active:
        return None
    telecom = listed(row.telecom)
    return Recipient(
        kind="patient",
        id=row.id,
        name=row.preferred_name or row.given or row.family,
        language=row.language,
        email=contacts.mail_of(telecom),
        phone=contacts.mobile_of(telecom, settings.SALUS_REGION),
    )


def recipients_seen(act: Act) -> Q:
    """Which messages an act may see: to patients whom it may find, and to staff."""
    patients = Patient.objects.visible_to(act).values("id")
    return Q(recipient_kind="patient", recipient_id__in=patients) | Q(recipient_kind="user")


def recipients_named(act: Act, asked: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Who]:
    """Who the recipients of messages are, as far as the act may find them; each patient counts as shown. Two statements."""
    wanted = list(asked)
    patients = Patient.objects.visible_to(act).filter(id__in=[one for kind, one in wanted if kind == "patient"])
    found: dict[tuple[str, UUID], Who] = {}
    for row in patients.only("id", "family", "given", "title", "mrn", "birth_date"):
        act.shows(row.id)
        sub = f"{formatting.mrn(row.mrn)} · {formatting.born(str(row.birth_date) if row.birth_date else None)}"
        name = formatting.full_name(row.family, row.given, row.title)
        found["patient", row.id] = Who(name, sub, url("patients:show", row.id))
    users = [one for kind, one in wanted if kind == "user"]
    for user_id, name in User.objects.filter(id__in=users).values_list("id", "display_name") if users else ():
        found["user", user_id] = Who(name)
    return found


@lru_cache(maxsize=256)
def facility_named(facility_id: UUID) -> Place:
    """A facility as messages name it; read once in a process."""
    name, zone = Facility.objects.values_list("name", "time_zone").get(id=facility_id)
    return Place(name, ZoneInfo(zone))
