"""Would the tests notice if the rule said something else? Mutants of the rule must be found out.

Of the rule itself and of its twin in SQL. A mutant of the SQL is asked of the database only for worlds in which it says something
else than the original: what it says is a text.

pytest salus/chart/tests/test_access_mutants.py -m long -s      prints the survivors and the share that was killed
"""

import ast
import inspect
from dataclasses import dataclass, replace
from datetime import timedelta
from types import ModuleType

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from salus.chart.models import Condition
from salus.chart.tests import test_access
from salus.chart.tests.test_access import acts, house  # noqa: F401 - a fixture
from salus.core.act import Act, Glass, Subject, Trace
from salus.patients import access
from salus.patients.access import decision, scope
from salus.patients.access.labels import CODES
from salus.patients.access.reading import about, told
from salus.patients.models import CareRelation, Consent, Patient
from salus.patients.tests.test_decide import FINDING, IDENTIFYING, TABLE
from tests.mutants import Mutant, mutants_of

#: what has to be noticed (guarantees, B5)
ENOUGH = 0.95
WORLDS = 700
#: worlds in which the database is asked whatever a mutant of the SQL says: Django's part shows only there
ALWAYS_ASKED = 3


@dataclass
class World:
    """One act and one patient with one entry, and what the rule and the database say of them."""

    act: Act
    whole: access.About
    of_entry: access.About
    patient: Patient
    entry: Condition
    said: tuple[bool, ...]


@pytest.fixture
def worlds(house):  # noqa: F811
    """As the property test draws them, always the same."""
    found: list[World] = []

    @settings(
        max_examples=WORLDS, deadline=None, phases=[Phase.generate], derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def draw(data):
        drawn = data.draw(st.integers(0, 4))
        if drawn >= 2:
            patient, entry = test_access._world(house, data)
            act = data.draw(acts(house))
        else:
            patient, entry, act = (_of_names if drawn else _of_marks)(house, data)
        found.append(_world_of(patient, entry, act, data.draw(st.sampled_from([act.by, test_access.uuid7()]))))

    draw()
    found += [_case(house, **case) for case in CASES]
    apart = [one for one in found if by_database(scope, one) != _all_ways(one.said)]
    assert not apart, f"rule and database disagree: {apart[0]}, {by_database(scope, apart[0])}"
    return found


def _world_of(patient, entry, act, recorded_by):
    entry.recorded_by_id = recorded_by
    Condition.objects.filter(id=entry.id).update(recorded_by_id=recorded_by)
    row = Patient.objects.annotate(t=told(act.at)).get(id=patient.id)
    whole = about(row, row.t)
    of_entry = replace(whole, labels=frozenset(entry.labels), recorded_by_id=entry.recorded_by_id)
    world = World(act, whole, of_entry, patient, entry, ())
    return replace(world, said=by_rule(decision, world))


ONE, TWO = [CODES[0]], list(CODES[:2])
_ALL, _VIP, _SENSITIVE = "patients.open_all", "patients.open_vip", "patients.open_sensitive"
#: what chance draws too seldom: each is one thing on which it comes
CASES: list[dict] = [
    {"rights": {_ALL, _VIP}, "vip": True},
    {"rights": {_ALL}, "vip": True},
    {"rights": {_ALL}},
    {"rights": {_VIP}, "vip": True, "relation": {"ended_at": -71}},
    {"rights": {_VIP}, "vip": True, "relation": {"ended_at": -73}},
    {"vip": True, "relation": {"ended_at": -71}},
    {"vip": True, "relation": {"ended_at": 1}},
    *({"consents": [{"labels": []}, {"labels": ONE}], "marks": marks} for marks in (ONE, TWO, [CODES[1]])),
    *(
        {"rights": {_SENSITIVE}, "relation": {"ended_at": ended}, "consents": [{"labels": []}], "marks": ONE}
        for ended in (-71, -72, -73, None)
    ),
    *({"consents": [{"labels": [], "ends_at": at}]} for at in (0, 1)),
    *({"consents": [{"labels": [], "withdrawn_at": at}]} for at in (0, 1, -1)),
    *({"consents": [{"labels": [], "place": place}], "places": {0}} for place in (0, 1)),
    {"consents": [{"labels": [], "place": 0}]},
    *(
        {"own": True, "consents": [{"labels": refused, "decision": "deny"}], "marks": TWO, "wrote": wrote}
        for refused in (ONE, []) for wrote in (True, False)
    ),
    {"own": True, "consents": [{"labels": ONE}], "marks": ONE, "wrote": True},
    {"own": True, "marks": ONE, "wrote": True},
]  # fmt: skip


def _case(house, *, rights=(), vip=False, relation=None, consents=(), marks=(), places=(), own=False, wrote=False):  # noqa: F811
    """A world in which nothing else stands in the way: somebody of the staff, or (`own`) a proxy at the patients' own door."""
    now = test_access.NOW
    patient = Patient.objects.create(
        facility=house.facilities[0], family="Ash", mrn=str(test_access.uuid7()), is_vip=vip
    )
    if relation is not None:
        hours = relation["ended_at"]
        CareRelation.objects.create(
            patient=patient, kind="encounter", source=str(test_access.uuid7()), practitioner=house.practitioners[0],
            started_at=now - timedelta(hours=300), ended_at=None if hours is None else now + timedelta(hours=hours),
        )  # fmt: skip
    signed = {
        "signed_by": "Ann",
        "signed_as": "patient",
        "signed_how": "paper",
        "signed_at": now,
        "withdrawn_by": "Ann",
    }
    for one in consents:
        times = {name: now + timedelta(hours=one[name]) for name in ("ends_at", "withdrawn_at") if name in one}
        Consent.objects.create(
            patient=patient, decision=one.get("decision", "permit"), labels=one["labels"],
            department=house.departments[one["place"]] if "place" in one else None,
            starts_at=now - timedelta(hours=300), **signed, **times,
        )  # fmt: skip
    entry = Condition.objects.create(patient=patient, display="A thing", labels=list(marks))
    subject = Subject(patient.id, frozenset({"patients.open"}), is_self=False)
    act = Act(
        by=test_access.uuid7(),
        facility_id=house.facilities[0].id,
        rights=frozenset({"portal.use"} if own else {"patients.find", "patients.open", *rights}),
        stands_for=(subject,) if own else (),
        at=now,
        practitioner_id=None if own else house.practitioners[0].id,
        places=frozenset(house.departments[n].id for n in places),
    )
    return _world_of(patient, entry, act, act.by if wrote else test_access.uuid7())


def _of_marks(house, data):  # noqa: F811
    """Worlds in which it comes to the labels: the facility and the right are there, and a relation most often."""
    patient = Patient.objects.create(
        facility=house.facilities[0], family="Ash", mrn=str(test_access.uuid7()), is_vip=data.draw(st.booleans())
    )
    house.patient = patient
    ended = st.sampled_from([None, None, test_access.NOW - timedelta(hours=71)])
    relation = {"started_at": test_access.NOW - timedelta(hours=300), "ended_at": data.draw(ended), "voided_at": None}
    CareRelation.objects.create(patient=patient, **data.draw(test_access.relations(house)) | relation)
    marks = st.lists(st.sampled_from(CODES[:2]), unique=True, min_size=1, max_size=2)
    for values in data.draw(st.lists(test_access.consents(house), min_size=1, max_size=3)):
        Consent.objects.create(patient=patient, **values | {"labels": data.draw(marks)})
    entry = Condition.objects.create(patient=patient, display="A thing", labels=data.draw(marks))
    rights = {"patients.find", "patients.open", *data.draw(st.lists(st.sampled_from(test_access.RIGHTS), unique=True))}
    glass = data.draw(st.sampled_from([(), (Glass(patient.id, test_access.NOW + timedelta(hours=1), "x"),)]))
    act = _doctor(house, rights, glass, data)
    return patient, entry, act


def _of_names(house, data):  # noqa: F811
    """Worlds in which it comes to who is named: the record is open to everybody, the marks to who treats or treated lately."""
    patient = Patient.objects.create(facility=house.facilities[0], family="Ash", mrn=str(test_access.uuid7()))
    house.patient = patient
    hours = data.draw(st.sampled_from([-73, -72, -71, None]))
    relation = {
        "practitioner": house.practitioners[data.draw(st.integers(0, 1))] if data.draw(st.booleans()) else None,
        "department": house.departments[0],
        "started_at": test_access.NOW - timedelta(hours=300),
        "ended_at": test_access.NOW + timedelta(hours=hours) if hours is not None else None,
        "voided_at": None,
    }
    CareRelation.objects.create(patient=patient, **data.draw(test_access.relations(house)) | relation)
    whole = {"decision": "permit", "practitioner": None, "department": None, "labels": [], "in_emergency": False}
    valid = {
        "starts_at": test_access.NOW - timedelta(hours=1),
        "ends_at": None,
        "withdrawn_at": None,
        "voided_at": None,
    }
    Consent.objects.create(patient=patient, **data.draw(test_access.consents(house)) | whole | valid)
    denies = {"decision": "deny", "practitioner": None, "department": None, "in_emergency": data.draw(st.booleans())}
    if data.draw(st.booleans()):
        marked = {"labels": data.draw(st.sampled_from([[CODES[0]], [CODES[1]], list(CODES[:2])]))}
        Consent.objects.create(patient=patient, **data.draw(test_access.consents(house)) | denies | valid | marked)
    marks = data.draw(st.sampled_from([[CODES[0]], [CODES[1]], list(CODES[:2])]))
    entry = Condition.objects.create(patient=patient, display="A thing", labels=marks)
    rights = {"patients.find", "patients.open", *data.draw(st.sampled_from([("patients.open_sensitive",), ()]))}
    glass = data.draw(st.sampled_from([(), (Glass(patient.id, test_access.NOW + timedelta(hours=1), "x"),)]))
    return patient, entry, _doctor(house, rights, glass, data)


def _doctor(house, rights, glass, data):  # noqa: F811
    """Somebody of the staff, with these rights here."""
    return replace(
        data.draw(acts(house)),
        facility_id=house.facilities[0].id,
        rights=frozenset(rights),
        glass=glass,
        stands_for=(),
    )


def by_rule(module: ModuleType, world: World) -> tuple[bool, ...]:
    """What a rule decides: find, identify, open, read the entry (said twice)."""
    act = replace(world.act, trace=Trace())
    whole = [module.decide(act, action, _as(module, world.whole)).allows for action in access.ACTIONS]
    opened = module.decide(act, access.OPEN, _as(module, world.whole))
    is_own = world.entry.recorded_by_id == act.by
    entry = module.decide(act, access.OPEN, _as(module, world.of_entry)).allows
    assert opened.reads(world.of_entry.labels, is_own=is_own) == entry
    return (*whole, entry)


def by_database(module: ModuleType, world: World) -> tuple[bool, ...]:
    """What a scope finds in the database: by querysets, by statements of our own, and of one patient decided about before."""
    me, it, act = Patient.objects.filter(id=world.patient.id), Condition.objects.filter(id=world.entry.id), world.act
    opened = access.decide(replace(act, trace=Trace()), access.OPEN, world.whole)
    entry = module.EntryColumns("c.labels", "c.recorded_by_id")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(
                f"EXISTS (SELECT FROM chart_condition c JOIN patients_patient p ON p.id = c.patient_id "
                f"WHERE c.id = %(entry)s AND {condition})"
                for condition in (
                    module.identifies_sql(act, "p"), module.opens_sql(act, "p"), module.reads_sql(act, "p", entry),
                    module.shown_sql("c"),
                )
            ),
            {"entry": world.entry.id} | module.shown_values(act, opened),
        )  # fmt: skip
        identified, open_, read, shown = cursor.fetchone()
    return (
        me.visible_to(act).exists(),
        me.filter(module.identifies(act)).exists(),
        me.filter(module.opens(act), module.within_reach(act, "id")).exists(),
        it.filter(module.reads(act)).exists(),
        *(identified, open_, read, bool(shown)),
        it.filter(module.shown(act, opened)).exists(),
    )


def _all_ways(said: tuple[bool, ...]) -> tuple[bool, ...]:
    """What the rule says, once for each way in which the database is asked."""
    find, identify, open_, read = said
    return (find, identify, open_, read, identify, open_, read, read, read)


def _as(module: ModuleType, it: access.About) -> object:
    """The same facts in the classes of a mutant."""
    relations = tuple(module.Relation(*(getattr(one, f) for f in one.__slots__)) for one in it.relations)
    consents = tuple(module.ConsentSaid(*(getattr(one, f) for f in one.__slots__)) for one in it.consents)
    return module.About(**{f: getattr(it, f) for f in it.__slots__} | {"relations": relations, "consents": consents})


def _is_noticed_in_the_rule(module: ModuleType, worlds: list[World]) -> bool:
    try:
        for cases, action in ((TABLE, "open"), (IDENTIFYING, "identify"), (FINDING, "find")):
            for act, it, answer, reason in cases.values():
                said = module.decide(act, action, _as(module, it))
                if (said.answer, said.reasons) != (answer, (reason,)):
                    return True
        return any(by_rule(module, world) != world.said for world in worlds)
    except Exception:  # noqa: BLE001 - a mutant may do anything
        return True


@pytest.mark.long
@pytest.mark.guarantee("B5")
def test_whatever_is_changed_in_the_rule_is_noticed(worlds):
    _judge(decision, mutants_of(inspect.getsource(decision)), lambda module: _is_noticed_in_the_rule(module, worlds))


@pytest.mark.long
def test_whatever_is_changed_in_its_sql_is_noticed(worlds):
    told = [_texts(scope, world) for world in worlds]
    _judge(
        scope, mutants_of(inspect.getsource(scope)), lambda module: _is_noticed_in_the_database(module, worlds, told)
    )


def _is_noticed_in_the_database(module: ModuleType, worlds: list[World], told: list[object]) -> bool:
    try:
        for place, (world, before) in enumerate(zip(worlds, told, strict=True)):
            if place < ALWAYS_ASKED or _texts(module, world) != before:
                with transaction.atomic():
                    if by_database(module, world) != _all_ways(world.said):
                        return True
    except Exception:  # noqa: BLE001 - a mutant may do anything
        return True
    return False


def _texts(module: ModuleType, world: World) -> tuple[object, ...]:
    """All that a scope says about this world before the database is asked."""
    act, entry = world.act, module.EntryColumns("c.labels", "c.recorded_by_id")
    opened = access.decide(replace(act, trace=Trace()), access.OPEN, world.whole)
    conditions = [module.opens(act), module.identifies(act), module.reads(act), module.reads(act, entry="encounter")]
    return (
        [(where, inside.sql) for where, inside in module.within_reach(act, "id").children],
        module.identifies_sql(act, "p"), module.opens_sql(act, "p"), module.reads_sql(act, "p", entry),
        module.shown_sql("c"), module.shown_values(act, opened), module.shown(act, opened), module.reach_sql(act),
        *((one.write([f"x.{column.name}" for column in one.columns]), [c.name for c in one.columns]) for one in conditions),
    )  # fmt: skip


#: changes of the SQL that ask more or less of the database and find the same: the function, the change, and why
EQUIVALENT = {
    ("within_reach", "condition is False"): "no narrowing: beside `opens` it only spares work",
    ("reach_sql", "condition is True"): "the same",
    ("reach_sql", "without part 1 of Or"): "the facility is asked for by `opens` beside it",
    ("reach_sql", "Is -> IsNot"): "the same",
    ("reach_sql", "AND -> OR in \"AND c_.labels = '{}'\""): "a wider reach",
    ("_mine", "condition is True"): "no place: = ANY('{}') holds for none",
    ("_in_force", "condition is True"): "the same",
    ("_glass", "condition is True"): "no glass: = ANY('{}') holds for none",
    ("_all_of", "TRUE -> FALSE in 'TRUE'"): "there is always a first part",
    ("_cares", "0 -> 1"): "the order of the parts of an OR",
    ("shown", "condition is True"): "nothing refused: overlaps with nothing",
}


def _judge(of: ModuleType, mutants, is_noticed) -> None:
    alive: list[Mutant] = []
    total = 0
    functions = [one for one in ast.walk(ast.parse(inspect.getsource(of))) if isinstance(one, ast.FunctionDef)]
    for mutant in mutants:
        where = [one.name for one in functions if one.lineno <= mutant.line <= (one.end_lineno or 0)]
        if of is scope and any((name, mutant.what) in EQUIVALENT for name in where):
            continue
        total += 1
        try:
            module = mutant.as_module(of)
        except Exception:  # noqa: BLE001 - it cannot even be imported: noticed
            continue
        if not is_noticed(module):
            alive.append(mutant)
    share = 1 - len(alive) / total
    told = "\n".join(f"  line {one.line}: {one.what}" for one in alive)
    print(f"\n{of.__name__}: {total} mutants, {total - len(alive)} noticed ({share:.1%}); alive:\n{told}")
    assert share >= ENOUGH, told
