"""The demonstration's inbox: results came by themselves, people ask each other through the real services, one waits too long."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from salus.accounts.queries import person_by_name
from salus.core.act import Act, Trace, system_act
from salus.core.announce import run_waiting
from salus.core.ids import uuid7
from salus.encounters.models import Encounter
from salus.inbox import services as inbox
from salus.inbox.models import ESCALATE
from salus.patients.access.reading import decision_on
from salus.simulator.hospital import Hospital


@dataclass
class Inbox:
    """Puts what people of the clinic ask of each other into their inboxes."""

    at: datetime
    hospital: Hospital

    def fill(self) -> None:
        """Deputy and head, tasks, messages; then the clock looks once."""
        doctor, nurse, clinic = self._who("doctor"), self._who("nurse"), self.hospital.departments["opd"].id
        inbox.name_deputy(self._as("doctor", 300), deputy_id=self._who("pathologist"))
        inbox.name_head(self._as("admin", 300), department_id=clinic, practitioner_id=doctor)
        today = Encounter.objects.filter(department_id=clinic, started_at__gte=self.at - timedelta(hours=5))
        known = dict.fromkeys(today.order_by("id").values_list("patient_id", flat=True))
        patients = [one for one in known if self._may_open(one)][:4]
        if len(patients) < 4:
            return
        soon = self.at + timedelta(minutes=30)
        inbox.give_task(
            self._as("doctor", 20), subject="Measure the blood pressure again, lying and standing", owner_id=nurse,
            patient_id=patients[0], priority="urgent", due_at=soon,
        )  # fmt: skip
        inbox.give_task(
            self._as("reception", 90), subject="Call the daughter back about the results", owner_id=doctor,
            patient_id=patients[1], due_at=self.at - timedelta(minutes=25), note="She asks in the afternoons only.",
        )  # fmt: skip
        inbox.give_task(
            self._as("nurse", 45), subject="Two infusion pumps are to be fetched from the store", department_id=clinic
        )
        asked = inbox.send_message(
            self._as("nurse", 40), patient_id=patients[2], subject="Tablets from home", practitioner_ids=[doctor],
            body="He brought metformin of his own. May he go on taking it?", answer_by=self.at + timedelta(hours=1),
        )  # fmt: skip
        inbox.send_message(
            self._as("doctor", 35), patient_id=patients[3], subject="Walks unsteadily", department_ids=[clinic],
            body="Please do not let her walk to the laboratory alone.",
        )  # fmt: skip
        inbox.mark_read(self._as("doctor", 10), thread_id=asked.thread_id)
        run_waiting(at=self.at)
        inbox.escalate_tasks(
            system_act(rights={ESCALATE}, door="demonstration", facility_id=self.hospital.facility.id, at=self.at)
        )

    def _may_open(self, patient_id: UUID) -> bool:
        """Whether doctor and nurse treated the patient already when they write."""
        return all(decision_on(self._as(who, 45), patient_id).allows for who in ("doctor", "nurse"))

    def _as(self, username: str, minutes_ago: int) -> Act:
        person = person_by_name(username, door="demonstration")
        assert person is not None
        at = self.at - timedelta(minutes=minutes_ago)
        return replace(person.act, id=uuid7(), at=at, proved_at=at, trace=Trace())

    def _who(self, username: str) -> UUID:
        practitioner = self._as(username, 0).practitioner_id
        assert practitioner is not None
        return practitioner
