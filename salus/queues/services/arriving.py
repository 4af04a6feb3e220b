"""People come: who they are is confirmed by two things or more, at the desk or at a kiosk."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound
from salus.core.models import Fact
from salus.encounters.models import Encounter
from salus.queues.codes import appointment_of
from salus.queues.facts import CheckInRefused, IdentityConfirmed
from salus.queues.models import SCAN, IdentityCheck, Token
from salus.scheduling.models import Appointment
from salus.scheduling.services import day

#: so many identifiers agree before a patient is taken for who he says he is
ENOUGH = 2
#: so often in an hour a code may come with a wrong date of birth
_GUESSES = 5
_CHECKS_IN = ("encounters.start_encounter", "encounters.view", "scheduling.view", "scheduling.book", "patients.find")


class AskAtTheDesk(Conflict):
    """This did not work. Please ask at the desk."""


@transaction.atomic
def confirm_identity(act: Act, *, encounter_id: UUID, identifiers: Sequence[str]) -> IdentityCheck:
    """Write down by what somebody was recognised.

    :raises Invalid: for fewer than two identifiers, or one that does not exist
    """
    act.require_any("encounters.start_encounter", "encounters.move_encounter")
    known = [code for code, _words in IdentityCheck.IDENTIFIERS if code in identifiers]
    if len(known) < ENOUGH or set(identifiers) - set(known):
        raise Invalid(identifiers=_("Confirm two things or more."))
    visit = Encounter.objects.visible_to(act).filter(id=encounter_id).first()
    if visit is None:
        raise NotFound
    made = IdentityCheck.objects.create(
        encounter_id=visit.id,
        patient_id=visit.patient_id,
        identifiers=known,
        act_id=act.id,
        by_id=act.by,
        happened_at=act.at,
    )
    fact = IdentityConfirmed(patient_id=visit.patient_id, encounter_id=visit.id, identifiers=tuple(known))
    announce(act, fact)
    return made


@transaction.atomic
def check_in_booked(act: Act, *, appointment_id: UUID, version: int, identifiers: Sequence[str]) -> Encounter:
    """Whoever has an appointment is here and was recognised, or could not be: then none is confirmed yet.

    :raises NotToday: on another day
    :raises Invalid: for one identifier alone
    """
    act.require("encounters.start_encounter")
    visit = day.check_in(act, appointment_id=appointment_id, version=version)
    if identifiers:
        confirm_identity(act, encounter_id=visit.id, identifiers=identifiers)
    return visit


@transaction.atomic
def check_in_by_code(act: Act, *, code: str, birth_date: date) -> Token | None:
    """Check in the patient who shows the code of his appointment and says when he was born.

    :return: the number, None where the department has no queue
    :raises AskAtTheDesk: whatever does not agree: the answer tells nobody what
    """
    act.require(SCAN)
    found = appointment_of(code)
    booked = Appointment.objects.filter(id=found, facility_id=act.here, voided_at=None) if found else None
    appointment = booked.select_related("patient").first() if booked is not None else None
    if appointment is None or _guessed_too_often(act, appointment):
        raise AskAtTheDesk
    if appointment.patient.born_on != birth_date:
        refused = CheckInRefused(patient_id=appointment.patient_id, appointment_id=appointment.id)
        act.insist(refused)
        raise AskAtTheDesk
    desk = act.caused_by(rights=_CHECKS_IN)
    try:
        visit = check_in_booked(
            desk, appointment_id=appointment.id, version=appointment.version, identifiers=("birth_date", "code")
        )
    except (Conflict, NotFound) as error:
        raise AskAtTheDesk from error
    act.shows(appointment.patient_id, action="write")
    return Token.objects.open().filter(encounter_id=visit.id).select_related("queue__department").first()


def _guessed_too_often(act: Act, appointment: Appointment) -> bool:
    lately = Fact.objects.filter(patient_id=appointment.patient_id, name=CheckInRefused.name)
    return lately.filter(happened_at__gt=act.at - timedelta(hours=1)).count() >= _GUESSES
