"""The demonstration's waiting list, through the real services: some wait for what never comes free, two are asked just now,
one has a time, one gave up."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from salus.accounts.queries import person_by_name
from salus.core.act import Act, Trace, system_act
from salus.core.ids import uuid7
from salus.scheduling.models import BOOK
from salus.simulator.hospital import Hospital
from salus.simulator.people import Somebody
from salus.waitlist.models import OFFER, Offer, Wish
from salus.waitlist.services import offers, wishes

_SATURDAY, _EVENING = 5, (1080, 1290)
#: specialty, priority, why, what the patient says; each waits for a Saturday or an evening, on which nobody is there
_WAIT = (
    ("cardiology", "asap", "Fainted twice this month", "Fainting"),
    ("dermatology", "urgent", "A mole that grows", "Mole on the back"),
    ("neurology", "urgent", "Fits come more often", "Fits"),
    ("cardiology", "routine", "", "Check after the operation"),
    ("orthopaedics", "routine", "", "Knee pain"),
    ("psychiatry", "routine", "", "Follow-up"),
    ("dermatology", "routine", "", "Eczema"),
    ("neurology", "routine", "", "Headache"),
)


@dataclass
class WaitingList:
    """Puts people on the list, and lets it offer."""

    chance: random.Random
    at: datetime
    hospital: Hospital

    def fill(self, patients: Sequence[Somebody]) -> int:
        """Make it all; returns how many wishes."""
        drawn = iter(self.chance.sample(patients, min(len(patients), len(_WAIT) + 4)))
        for number, ((specialty, priority, why, note), patient) in enumerate(zip(_WAIT, drawn, strict=False)):
            when = {"weekdays": [_SATURDAY]} if number % 2 else {"walls": _EVENING}
            self._join(patient, specialty=specialty, priority=priority, priority_reason=why, note=note, **when)
        flexible = [self._join(one, department_id=self._somewhere(n), short_notice=True) for n, one in enumerate(drawn)]
        offers.fill_places(
            system_act(rights={OFFER, BOOK}, door="demo", facility_id=self.hospital.facility.id, at=self.at)
        )
        open_ones = list(Offer.objects.filter(status="open").order_by("id"))
        if len(open_ones) > 2:
            offers.accept_offer(self._desk(timedelta()), offer_id=open_ones[0].id, channel="phone")
        waiting = Wish.objects.filter(id__in=[one.id for one in flexible], status="waiting").order_by("id").last()
        if waiting is not None:  # at some hours of the day each of them is asked
            wishes.leave_waiting_list(self._desk(timedelta()), wish_id=waiting.id, reason="better")
        return Wish.objects.count()

    def _join(self, patient: Somebody, **said: object) -> Wish:
        ago = timedelta(days=self.chance.randint(1, 40), minutes=self.chance.randint(0, 500))
        return wishes.join_waiting_list(self._desk(ago), patient_id=patient.id, **said)  # type: ignore[arg-type]

    def _somewhere(self, number: int) -> object:
        return self.hospital.departments[("med", "paed", "opd", "med")[number % 4]].id

    def _desk(self, ago: timedelta) -> Act:
        person = person_by_name("reception", door="demonstration")
        assert person is not None
        return replace(person.act, id=uuid7(), at=self.at - ago, trace=Trace())
