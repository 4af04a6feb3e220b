"""The demonstration's privacy office: emergencies to review, a refusal that was passed, curiosity noticed, a wish to amend."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from salus.accounts.queries import person_by_name
from salus.audit import looking
from salus.audit import services as audit
from salus.audit.models import Alarm
from salus.core import access
from salus.core.act import Act, Glass, Trace
from salus.core.announce import run_waiting
from salus.core.ids import uuid7
from salus.core.models import AccessEntry
from salus.encounters.models import Encounter
from salus.patients import services as patients
from salus.patients.access.reading import decision_on
from salus.patients.models import BreakGlass, Patient
from salus.places.models import Facility
from salus.portal.models import Account, Proxy
from salus.scheduling.models import Appointment
from salus.staff.models import StaffMember

#: in a small demonstration hardly anybody is left who is not here today
_STRANGERS, _LOOKED_AT = 4, 200


def fill_the_privacy_office(facility: Facility, at: datetime, _password: str) -> None:
    """Let the house do what a privacy officer has to judge, with people whom nobody here cares for at present."""
    office = _Office(facility, at)
    strangers = list(islice(office.strangers(), _STRANGERS))
    if len(strangers) < _STRANGERS:
        return
    collapsed, called, refuses, star = strangers
    office.breaks_the_glass(collapsed)
    office.is_called_to(called)
    office.passes_a_refusal(refuses)
    office.is_curious(star)
    office.wishes_to_amend(collapsed)
    run_waiting(at=at)


@dataclass
class _Office:
    facility: Facility
    at: datetime

    def strangers(self) -> Iterator[UUID]:
        """Patients whom clinicians here may open in an emergency only: first who has no time to come, the longest known first."""
        booked = Appointment.objects.filter(facility=self.facility, patient_id=OuterRef("id"))
        rows = self._away().annotate(is_booked=Exists(booked)).order_by("is_booked", "id")
        for one in rows.values_list("id", flat=True)[:_LOOKED_AT]:
            if all(decision_on(self._as(who), one).answer == "offer" for who in ("doctor", "nurse", "resident")):
                yield one

    def _away(self) -> QuerySet[Patient]:
        """Who is not here, was not lately, and has no door of his own."""
        lately = Encounter.objects.filter(started_at__gt=self.at - timedelta(days=30)).values("patient_id")
        mine = Account.objects.filter(facility=self.facility).exclude(patient=None).values("patient_id")
        plain = Patient.objects.filter(facility=self.facility, is_vip=False, staff_member=None)
        return plain.exclude(id__in=lately).exclude(id__in=mine).exclude(id__in=Proxy.objects.values("patient_id"))

    def breaks_the_glass(self, patient_id: UUID) -> None:
        """Yesterday evening; there was a reason, and this morning that was said."""
        words = "Found unconscious in the entrance hall: allergies and medicines are needed at once."
        glass = self._opens("doctor", patient_id, words, hours=16)
        words = "The ambulance sheet of that evening says the same, and the access was ended after half an hour."
        patients.end_glass(self._as("doctor", hours=15.5), patient_id=patient_id)
        glass.refresh_from_db()
        officer = self._as("privacy", hours=2)
        patients.review_glass(officer, glass_id=glass.id, version=glass.version, verdict="justified", words=words)

    def is_called_to(self, patient_id: UUID) -> None:
        """Waits for somebody's verdict."""
        self._opens("nurse", patient_id, "The family called: which tablets are for tonight?", hours=28, code="question")

    def passes_a_refusal(self, patient_id: UUID) -> None:
        """The patient did not want to be seen by one doctor; who had to in the end, and still may."""
        desk = self._as("reception", hours=480)
        resident = self._as("resident").practitioner_id
        signed: dict[str, Any] = {"signed_by": "The patient", "signed_as": "patient", "signed_how": "paper"}
        why = "We live next door to each other."
        patients.record_consent(
            desk, patient_id=patient_id, decision="deny", practitioner_id=resident, reason=why, **signed
        )
        words = "Chest pain on the ward's corridor, nobody else within reach."
        self._opens("resident", patient_id, words, hours=0.7)

    def is_curious(self, star: UUID) -> None:
        """One who is in the news, a colleague, somebody of the same name: opened by who does not care for them."""
        self._protect(star)
        seen = [self._reads("cashier", star, hours=21, door="billing:bill")]
        seen.append(self._reads("reception", self._colleague("labtech"), hours=4.2, door="patients:show"))
        if namesake := self._namesake("reception"):
            seen.append(self._reads("reception", namesake, hours=4.1, door="patients:show"))
        looking.raise_over(seen)
        alarm = Alarm.objects.get(patient_id=star, by_id=self._as("cashier").by)
        words = "Paid at the counter that day: receipt seen."
        officer = self._as("privacy", hours=2)
        audit.review_alarm(officer, alarm_id=alarm.id, version=alarm.version, verdict="justified", remark=words)

    def wishes_to_amend(self, patient_id: UUID) -> None:
        """Asked for in writing, not answered yet."""
        day: date = (self.at - timedelta(days=12)).date()
        wish = "The letter says that I bore penicillin well. I had hives all over, and they sent me home."
        audit.ask_amendment(self._as("privacy", hours=280), patient_id=patient_id, asked_on=day, wish=wish)

    def _opens(self, who: str, patient_id: UUID, words: str, *, hours: float, code: str = "emergency") -> BreakGlass:
        act = self._as(who, hours=hours)
        glass = patients.break_glass(act, patient_id=patient_id, reason_code=code, reason=words)
        assert glass is not None
        through = (Glass(patient_id, glass.until, glass.reason),)
        read = replace(self._as(who, hours=hours), glass=through, door="chart:summary")
        access.write_log(read, {patient_id: "read"}, what="patient")
        return glass

    def _reads(self, who: str, patient_id: UUID, *, hours: float, door: str) -> int:
        act = replace(self._as(who, hours=hours), door=door)
        access.write_log(act, {patient_id: "read"}, what="patient")
        return AccessEntry.objects.get(act_id=act.id).id

    def _protect(self, patient_id: UUID, staff_id: UUID | None = None) -> None:
        version = Patient.objects.values_list("version", flat=True).get(id=patient_id)
        act = self._as("privacy", hours=500)
        patients.protect_patient(
            act, patient_id=patient_id, version=version, is_vip=staff_id is None, staff_id=staff_id
        )

    def _colleague(self, username: str) -> UUID:
        """Somebody who works here and is a patient, too."""
        staff = StaffMember.objects.select_related("practitioner").get(user_id=self._as(username).by)
        name: dict[str, Any] = {"family": staff.practitioner.family, "given": staff.practitioner.given}
        desk = self._as("reception", hours=501)
        made = patients.register_patient(desk, gender="male", birth_date="1984-05-09", **name)
        self._protect(made.id, staff.id)
        return made.id

    def _namesake(self, who: str) -> UUID | None:
        """A stranger with the family name of who works here."""
        family = StaffMember.objects.get(user_id=self._as(who).by).practitioner.family
        mine = self._away().filter(family=family)
        return mine.order_by("id").values_list("id", flat=True).first()

    def _as(self, username: str, hours: float = 0) -> Act:
        person = person_by_name(username, door="demonstration")
        assert person is not None
        at = self.at - timedelta(hours=hours)
        return replace(person.act, id=uuid7(), at=at, proved_at=at, trace=Trace())
