"""The demonstration's queues: opened before the day, and a few rooms that are calling when it stands still."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

from salus.core.act import Act
from salus.places.models import Location
from salus.queues import services as queues
from salus.queues.models import Queue
from salus.simulator.hospital import Hospital

#: department, kind, name, letters
_QUEUES = (
    ("opd", "triage", "Vital signs", "T"),
    ("opd", "consultation", "To see the doctor", "A"),
    ("med", "consultation", "To see the doctor", "M"),
    ("paed", "consultation", "To see the doctor", "C"),
    ("ortho", "consultation", "To see the doctor", "O"),
    ("lab", "sample", "Samples", "L"),
    ("pharm", "pharmacy", "Medicines", "P"),
    ("cash", "cash", "Cash desk", "K"),
)
_DESKS = (
    ("lab", "D1", "Sample desk 1"),
    ("pharm", "D1", "Window 1"),
    ("pharm", "D2", "Window 2"),
    ("cash", "D1", "Cash 1"),
)


def open_queues(admin: Act, hospital: Hospital) -> None:
    """Every clinic that is busy has a line, and so have those to whom people go afterwards."""
    places = hospital.departments
    for department, kind, name, letters in _QUEUES:
        queues.open_queue(admin, department_id=places[department].id, kind=kind, name=name, prefix=letters)
    desks = [Location(department=places[place], kind="desk", code=code, name=name) for place, code, name in _DESKS]
    Location.objects.bulk_create(desks)
    queues.set_display(
        admin, department_id=places["opd"].id, shows_names=False, has_chime=True, languages=["en", "es", "fr"]
    )


def call_a_few(as_: Callable[[str], Act], hospital: Hospital) -> None:
    """The doctor has a patient, another room calls, somebody did not come, two who only pay wait at the cash desk."""
    here = {one.kind: one for one in Queue.objects.filter(department=hospital.departments["opd"])}
    rooms = list(Location.objects.filter(department=hospital.departments["opd"], kind="room").order_by("code"))
    doctor, nurse, desk = as_("doctor"), as_("nurse"), as_("reception")
    colleague = replace(nurse, practitioner_id=hospital.doctors["general-practice"][1].practitioner_id)
    queues.open_station(doctor, room_id=rooms[0].id)
    queues.open_station(colleague, room_id=rooms[1].id)
    line = here["consultation"].id
    with contextlib.suppress(queues.NobodyWaits):  # a very small hospital has nobody left to call
        queues.call_next(nurse, queue_id=here["triage"].id, room_id=rooms[2].id)
        missed = queues.call_next(doctor, queue_id=line, room_id=rooms[0].id)
        queues.miss_token(doctor, token_id=missed.id, version=missed.version)
        called = queues.call_next(doctor, queue_id=line, room_id=rooms[0].id)
        queues.start_token(doctor, token_id=called.id, version=called.version)
        queues.call_next(colleague, queue_id=line, room_id=rooms[1].id)
    cash = Queue.objects.get(department=hospital.departments["cash"])
    for _ in range(2):
        queues.issue_token(desk, queue_id=cash.id)
