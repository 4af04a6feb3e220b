"""What the measured acts use up: each round gets a patient, a request, a bill of its own."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import connection, transaction

from salus.accounts.queries import person_by_name
from salus.billing import services as billing
from salus.catalog.models import Price, TestDefinition
from salus.core.act import Act, Trace, system_act
from salus.core.ids import uuid7
from salus.core.rights import all_rights
from salus.encounters.models import OPEN, Encounter
from salus.lab import services as lab
from salus.lab.models import Request
from salus.lab.queries import tests_to_fill
from salus.orders import services as orders
from salus.patients.models import CareRelation, Patient
from salus.places.models import Department, Facility
from salus.simulator.bench.volume import KNOWN


class Workshop:
    """Prepares rounds through the services of the rooms, outside what is measured."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.facility = Facility.objects.get()
        self.known = Patient.objects.get(family=KNOWN).id
        self._patients: list[UUID] = []
        self._own: list[UUID] = []
        self._visits: list[tuple[UUID, UUID]] = []
        self.test = TestDefinition.objects.filter(
            service__isnull=False, result_kind="quantity", is_active=True
        ).order_by("code")[0]  # fmt: skip

    def as_(self, username: str) -> Act:
        """A fresh act of one of the demonstration's people."""
        person = person_by_name(username, door="bench")
        assert person is not None
        return replace(person.act, id=uuid7(), at=datetime.now(UTC), trace=Trace())

    def patients(self, number: int) -> list[UUID]:
        """Any patients; never the same one twice."""
        if len(self._patients) < number:
            with connection.cursor() as cursor:
                cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'patients_patient'")
                share = min(100.0, 100.0 * 6000 / max(cursor.fetchone()[0], 1))
                cursor.execute(
                    "SELECT id FROM patients_patient TABLESAMPLE BERNOULLI (%s) WHERE family <> %s", [share, KNOWN]
                )
                fresh = [row[0] for row in cursor.fetchall()]
            self.chance.shuffle(fresh)
            self._patients += fresh
        taken, self._patients = self._patients[:number], self._patients[number:]
        return taken

    def own_patients(self, number: int) -> list[UUID]:
        """Patients of the doctor who signs in; begun again when all have been used."""
        if len(self._own) < number:
            doctor = self.as_("doctor").practitioner_id
            assert doctor is not None
            own = CareRelation.objects.filter(practitioner_id=doctor, kind="general-practitioner", ended_at=None)
            self._own = list(own.exclude(patient_id=self.known).order_by("id").values_list("patient_id", flat=True))
            self.chance.shuffle(self._own)
        taken, self._own = self._own[:number], self._own[number:]
        return taken

    def people(self, number: int) -> Sequence[Patient]:
        """Any patients, as rows."""
        return list(Patient.objects.filter(id__in=self.patients(number)).defer("name_words"))

    def visits(self, number: int) -> list[tuple[UUID, UUID]]:
        """Patients who are here today, each with the visit; begun again when all have been used."""
        if len(self._visits) < number:
            here = Encounter.objects.filter(status__in=OPEN, class_code="AMB", arrived_at__isnull=False)
            self._visits = list(here.order_by("id").values_list("patient_id", "id"))
            self.chance.shuffle(self._visits)
        taken, self._visits = self._visits[:number], self._visits[number:]
        return taken

    def bills(self, number: int, lines: int = 5) -> list[tuple[UUID, list[UUID], Decimal]]:
        """Patients with so many open charges: patient, charges, total."""
        act = system_act(rights=all_rights(), door="bench", facility_id=self.facility.id)
        codes = list(Price.objects.filter(service__kind="consultation").values_list("service__code", flat=True))[:8]
        department = Department.objects.get(code="opd").id
        made = []
        for patient in self._without_open_charges(number):
            with transaction.atomic():
                charges = [
                    billing.capture_charge(
                        replace(act, id=uuid7(), trace=Trace()),
                        source=f"bench:{uuid4()}",
                        patient_id=patient,
                        encounter_id=None,
                        department_id=department,
                        service_code=codes[n % len(codes)],
                        quantity=Decimal(1),
                    )
                    for n in range(lines)
                ]
            total = sum((one.amount or Decimal(0) for one in charges if one), Decimal(0))
            made.append((patient, [one.id for one in charges if one], total))
        return made

    def _without_open_charges(self, number: int) -> list[UUID]:
        return self.patients(number)

    def to_verify(self, number: int) -> list[tuple[UUID, UUID, int]]:
        """Requests whose values were entered and wait for the second person: patient, request, version."""
        return [self._entered(patient, visit) for patient, visit in self.visits(number)]

    def _entered(self, patient: UUID, visit: UUID) -> tuple[UUID, UUID, int]:
        with transaction.atomic():
            item = orders.TestItem(test_id=self.test.id)
            (order,) = orders.place_orders(self.as_("doctor"), patient_id=patient, encounter_id=visit, items=[item])
            request = Request.objects.select_related("test", "patient", "specimen").get(order_id=order.id)
            lab.collect_specimen(self.as_("nurse"), patient_id=patient, request_ids=[request.id])
            request.refresh_from_db()
            values = {
                one.code: str(one.range.low if one.range and one.range.low else 1) for one in tests_to_fill(request)
            }
            lab.enter_results(self.as_("labtech"), request_id=request.id, version=request.version, values=values)
            request.refresh_from_db(fields=["version"])
        return patient, request.id, request.version
