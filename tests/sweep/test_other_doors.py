"""The doors that are no pages: what follows a fact, jobs, commands. Each has just the rights that it declares."""

from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from django.db import transaction
from procrastinate.contrib.django import app

import salus
from salus.config.cli import COMMANDS
from salus.core import consequences
from salus.core.act import system_act
from salus.core.consequences import Handler
from salus.core.errors import NotAllowed, SalusError
from salus.core.facts import Fact, fact_from
from salus.core.models import Fact as Written
from salus.scheduling.models import Appointment
from salus.staff.models import StaffMember
from tests.world import World

#: what runs in the background -> why nobody can reach a record through it that is not his
JOBS = {
    "core.run_consequence": "a handler of the table, with the rights that it declares, on a fact that somebody announced",
    "payments.look_at": "asks the gateway about one payment, and applies what came to its bill; with two rights of the cash desk",
    "payments.look_at_all": "the same for all that are under way",
    "core.forget_jobs": "deletes jobs that are done by their age; their facts stay, no record is read",
    "queues.close_the_day": "ends numbers of every facility that nobody ended, each with an act of that facility",
    "scheduling.note_the_missing": "marks appointments that nobody came to, in one facility after another, with two rights",
    "messaging.send_message": "sends what is queued, each to the address that stands in it; reads no record",
    "messaging.send_waiting": "the same, every minute",
    "messaging.forget_texts": "deletes texts and addresses by their age",
    "workflows.remind": "tells patients of their own appointments, in one facility after another, with two rights",
    "workflows.remind_of_follow_ups": "the same for a planned follow-up",
    "workflows.tell_of_results": "tells patients that there is something to read which time released, never what",
    "workflows.remind_of_tests": "tells patients that something is due, never what, with two rights",
    "waitlist.pass_on": "has each facility's list looked at; reads no record",
    "waitlist.look": "ends offers by their time and offers what is free, in one facility, with two rights",
    "inbox.escalate": "puts what nobody saw to into more inboxes, in one facility after another; reads no record",
    "core.forget_answers": "deletes stored answers by their age; reads none",
    "accounts.forget_what_ended": "deletes sessions and guesses by their age; reads no record",
    "portal.forget_codes": "deletes one-time codes by their age; reads no record",
    "reports.fold_revenue": "adds up money by day and department, with that right alone",
    "audit.seal_and_anchor": "seals the log; reads no record",
    "audit.verify": "compares the log with its seals; reads no record",
    "procrastinate.builtin_tasks.remove_old_jobs": "of the queue itself",
    "builtin:procrastinate.builtin_tasks.remove_old_jobs": "of the queue itself",
}
#: what is called on the server's own console -> as whom it acts there
CONSOLE = {
    "run": "starts the others", "serve": "starts the web server", "worker": "starts the worker",
    "migrate": "the owner of the database", "check": "reads states, no record", "bench": "a database of its own",
    "bench-access": "the same",
    "demo": "an empty database only", "demo-password": "the demonstration's people only",
    "import": "the right fhir.import or scheduling.manage_schedules, in one facility",
    "token": "the right accounts.issue_tokens, for a named user",
    "load-icd11": "reads the hospital's release of ICD-11; no record",
    "load-loinc": "reads the hospital's release of LOINC; no record",
    "load-snomed": "reads the hospital's release of SNOMED CT; no record",
    "what-follows": "reads the table, no database", "load-reference": "the right of each loader",
    "keys": "who holds the keys; reads no record", "audit": "who keeps the log",
}  # fmt: skip
#: management commands behind them, and where a command of Django's is ours too
BEHIND = {
    "load_reference",
    "import_fhir",
    "import_schedules",
    "issue_token",
    "fold_revenue",
    "bench",
    "bench_load",
    "demo",
    "what_follows",
    "keys",
    "audit_bench",
    "audit_head",
    "audit_proof",
    "audit_verify",
}


def test_every_job_is_known():
    """A new job is a new door: say in JOBS why nobody can reach a record through it that is not his."""
    app.perform_import_paths()
    assert set(app.tasks) - JOBS.keys() == set(), "say in JOBS what it may reach"


def test_every_command_is_known():
    """A new command is a new door on the server's console: say in CONSOLE as whom it acts."""
    assert set(COMMANDS) - CONSOLE.keys() == set(), "say in CONSOLE as whom it acts"
    there = {path.stem for path in Path(salus.__file__).parent.glob("*/management/commands/[a-z]*.py")}
    assert there - BEHIND - {name.replace("-", "_") for name in CONSOLE} == set(), (
        "a management command with no door to it"
    )


HANDLERS = [
    pytest.param(fact, handler, id=consequences.name_of(handler) + "-" + fact.__name__)
    for fact, then in sorted(consequences.table().items(), key=lambda pair: pair[0].name)
    for handler in (*then.now, *then.later)
]


@pytest.mark.guarantee("S2")
@pytest.mark.parametrize(("fact", "handler"), HANDLERS)
def test_a_handler_does_nothing_without_the_rights_it_declares(world, fact, handler):
    """Each declared right is needed, and no other is there: a consequence reaches what its line in the table says."""
    found = facts_of(world, fact)
    assert any(acts(world, handler, one, handler.rights) for one in found), (
        f"no {fact.__name__} of the swept world makes {consequences.name_of(handler)} do anything: teach tests/world"
    )
    for right in handler.rights:
        refused = [one for one in found if refuses(world, handler, one, handler.rights - {right})]
        assert refused, f"{consequences.name_of(handler)} declares {right} and does not need it"


def facts_of(world: World, fact: type[Fact]) -> list[Fact]:
    """Such facts of the world: as they were announced, and put together of its ids."""
    rows = Written.objects.filter(name=fact.name, facility_id=world.cast.facility.id).values_list("name", "data")
    return [*(fact_from(name, data) for name, data in rows), *(put_together(world, fact, said) for said in SAID)]


def put_together(world: World, fact: type[Fact], said: dict[str, Any]) -> Fact:
    """A fact of ids and codes of this world."""
    person = StaffMember.objects.get(user=world.cast.user("doctor")).practitioner_id
    doctor = {"practitioner_id": person, "joined_by_id": person, "condition_ids": (world.ids["condition_id"],)}
    doctor |= {"owner_id": person, "practitioner_ids": (person,), "order_ids": (world.ids["order_id"],)}
    # what is booked has been moved since in the world: a handler that is told late looks at where it stands now
    doctor["starts_at"] = Appointment.objects.get(id=world.ids["appointment_id"]).period.lower
    types, known = get_type_hints(fact), world.ids | doctor | KNOWN | said
    values: dict[str, Any] = {}
    for one in fields(fact):
        if one.name in known:
            values[one.name] = known[one.name]
        elif one.default is MISSING and one.default_factory is MISSING:
            values[one.name] = {UUID: world.encounter_id, datetime: SOON}.get(types[one.name]) or types[one.name]()
    return fact(**values)


#: codes that stand in facts which the world does not announce
KNOWN: dict[str, Any] = {"status": "active", "service_code": "consultation-general-practice-first", "is_shown": True,
                          "is_critical": True, "relates": True}  # fmt: skip
SAID: tuple[dict[str, Any], ...] = (
    {"kind": "test"},
    {"kind": "medicine"},
    {"kind": "referral"},
    {"status": "cancelled"},
    {"status": "completed"},
    {"status": "declined"},
    {"changed": ("deceased",)},
    {"test_code": "creat"},
    {"outcome": "found", "tier": "stop"},
    {"reopens": True},
    {"is_to_patient": True},
)
SOON = datetime.now(UTC) + timedelta(days=3)


def acts(world: World, handler: Handler, fact: Fact, rights: frozenset[str]) -> bool:
    """Whether it gets further than its first right: without all of them it is refused."""
    return refuses(world, handler, fact, frozenset()) and not refuses(world, handler, fact, rights)


def refuses(world: World, handler: Handler, fact: Fact, rights: frozenset[str]) -> bool:
    act = system_act(rights=rights, door="matrix", facility_id=world.cast.facility.id)
    try:
        with transaction.atomic():
            handler(act.caused_by(rights=rights), fact)
            transaction.set_rollback(True)
    except NotAllowed:
        return True
    except SalusError:
        return False
    return False
