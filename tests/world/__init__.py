"""A world for tests of every route at once: one visit of one patient through all rooms, and the ids that routes ask for.

`a_world(cast)` walks a visit through the real services in the facility of a cast, so that there is one of everything: a
draft, a waiting test, a value to verify, a final result, something to dispense, an invoice paid in part, an open charge.
"""

from typing import Any

from salus.encounters import services as encounters
from tests.cast import Cast
from tests.world import desk, ordering, people, record
from tests.world.ordering import a_medicine, prices
from tests.world.shape import PHOTO, World, secret_of

__all__ = ["PHOTO", "World", "a_medicine", "a_world", "prices", "secret_of"]


def a_world(cast: Cast, **person: Any) -> World:
    """Walk one visit through all rooms; `person` changes who the patient is."""
    cast.departments  # noqa: B018 - the rooms of the house must exist to be routed to
    patient = people.register(cast, person)
    ordering.prices(cast)
    queue = desk.queue(cast)
    visit = encounters.start_encounter(
        cast.act("receptionist"),
        patient_id=patient.id,
        department_id=cast.departments["opd"].id,
        service_code="consultation-general-practice-first",
        reason=f"Cough of {patient.family}.",
    )
    world = World(cast, patient, visit.id, {"patient_id": patient.id, "encounter_id": visit.id})
    people.places(world)
    record.told(world)
    record.record(world)
    people.access(world)
    record.fill_in(world)
    ordering.order(world)
    record.refer(world)
    ordering.test(world)
    ordering.dispense(world)
    ordering.bill(world)
    people.sign_in(world)
    desk.ask(world)
    desk.appoint(world)
    desk.wait(world)
    desk.queue_up(world, queue)
    people.own_door(world)
    desk.fill_inboxes(world)
    return world
