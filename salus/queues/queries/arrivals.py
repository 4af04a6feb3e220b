"""What is looked at when somebody stands at the desk: the appointments of today, and what is missing in the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.coverage.queries import coverages_of
from salus.patients.models import Consent
from salus.queues.codes import code_of
from salus.queues.models import FOLLOW, Token
from salus.scheduling.models import Appointment
from salus.ui.addresses import url


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something that is missing, with where it is mended; it holds nobody up."""

    title: str
    why: str
    label: str
    href: str


def prompts_for(act: Act, patient_id: UUID) -> Sequence[Prompt]:
    """What the desk asks a patient for: a consent, a cover; only of whom may write it down. Two statements at most."""
    found = []
    if act.may("patients.record_consent") and not _has_consent(act, patient_id):
        why = _("Nothing is recorded of what the patient permits or refuses.")
        href = url("patients:record_consent", patient_id)
        found.append(Prompt(_("No consent yet"), why, _("Record a consent"), href))
    if act.may("coverage.record_coverage") and not any(one.counts for one in coverages_of(act, patient_id)):
        why = _("Nobody is recorded who pays today.")
        found.append(Prompt(_("No cover"), why, _("Record who pays"), url("coverage:record", patient_id)))
    return found


def _has_consent(act: Act, patient_id: UUID) -> bool:
    in_force = Q(ends_at__isnull=True) | Q(ends_at__gt=act.at)
    rows = Consent.objects.filter(in_force, patient_id=patient_id, withdrawn_at__isnull=True, voided_at__isnull=True)
    return rows.exists()


def not_seen_of(act: Act, encounter_id: UUID) -> set[UUID]:
    """The appointments for which a patient came in a visit and waited in vain: another doctor's, whom nobody called in for.

    None where the department gives no numbers: there the visit is all that is known.
    """
    act.require(FOLLOW)
    numbers = Token.objects.filter(encounter_id=encounter_id, facility_id=act.here)
    came_in = Q(started_at__isnull=False) | Q(called_at__isnull=False, room__isnull=False)
    seen = numbers.filter(came_in, appointment_id=OuterRef("id"))
    arrived = Appointment.objects.filter(~Exists(seen), encounter_id=encounter_id, status="arrived", voided_at=None)
    others = arrived.filter(Exists(numbers), practitioner__isnull=False)
    own = Q(encounter__practitioner_id=F("practitioner_id"))
    return set(others.filter(encounter__practitioner__isnull=False).exclude(own).values_list("id", flat=True))


def check_in_code(act: Act, appointment_id: UUID) -> str | None:
    """The code of an appointment that this act may see and that is still to come; None of any other."""
    act.require_for_some("scheduling.view", "scheduling.book")
    awaited = Appointment.objects.visible_to(act).filter(id=appointment_id, status="booked")
    return code_of(appointment_id) if awaited.exists() else None
