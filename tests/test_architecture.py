"""The house stays the house: every service takes an act and requires a right first, every fact is in the table, every
URL says who may use it, and the database keeps what it must."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db import models as django_models
from django.urls import URLPattern, URLResolver, get_resolver

import salus
from salus.core import clock, consequences, guards
from salus.core.door import PUBLIC, SIGNED_IN
from salus.core.facts import known_facts
from salus.core.rights import all_rights, far_rights
from salus.workflows.roles import ROLES
from salus.workflows.table import CLOCK

HOUSE = Path(salus.__file__).parent

#: Functions that a service may call in place of `act.require`: they require themselves.
REQUIRES = {"require", "require_any", "require_self", "require_for", "require_for_some"}

#: Public functions of services that are handed over to by a service that has required its own right.
HANDED_OVER = {"record_observations"}

#: What is done with a right that reaches far and waits for no proof: it only takes away, and may be urgent.
ENDS = {"end_sessions_of", "end_glass"}
#: Rights that let data leave: with one of these a page that only reads asks for a proof as well.
EXPORTS = {"audit.export_access", "audit.give_copy"}

#: Services that are also plugs: their arguments are those of their socket.
PLUGS = {"orders": {"check"}, "safety": {"note_alert"}}


def _service_files() -> Iterator[Path]:
    yield from HOUSE.glob("*/services.py")
    yield from HOUSE.glob("*/services/*.py")


def _public_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


SERVICES = [
    pytest.param(path, function, id=f"{path.relative_to(HOUSE).with_suffix('')}:{function.name}")
    for path in _service_files()
    for function in _public_functions(path)
]


@pytest.mark.guarantee("S2")
@pytest.mark.parametrize(("path", "function"), SERVICES)
def test_a_service_takes_an_act_and_requires_a_right_first(path, function):
    assert function.args.args[0].arg == "act", "the act is the first argument"
    if function.name not in PLUGS.get(path.relative_to(HOUSE).parts[0], ()):
        assert len(function.args.args) == 1, "all else is keyword-only"
    if function.name in HANDED_OVER:
        return
    body = [n for n in function.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    first = ast.unparse(body[0])
    assert re.match(rf"act\.({'|'.join(REQUIRES)})\(", first), f"its first statement is {first!r}"


@pytest.mark.guarantee("S9", "S13", "B27")
def test_what_reaches_far_asks_who_is_at_the_screen():
    """Changes of rights, exports and emergency access: neither a door nor what it calls goes on without a recent proof."""
    assert far_rights() > EXPORTS
    wrong = [
        f"{route} ({view.policy})"
        for route, view in _routes(get_resolver().url_patterns)
        if view.policy in far_rights() and (set(view.methods) != {"GET"} or view.policy in EXPORTS)
        if not view.fresh and view.__name__ not in ENDS
    ]
    for path in (*_service_files(), *HOUSE.glob("*/queries.py"), *HOUSE.glob("*/queries/*.py")):
        for function in _public_functions(path):
            far = set(re.findall(r"act\.require\('([\w.]+)'\)", ast.unparse(function))) & set(far_rights())
            reads = "queries" in str(path) and not far & EXPORTS
            if far and not reads and function.name not in ENDS and "act.require_fresh()" not in ast.unparse(function):
                wrong.append(f"{path.relative_to(HOUSE)}:{function.name} ({min(far)})")
    assert wrong == []


def test_every_fact_is_in_the_table():
    missing = set(known_facts().values()) - set(consequences.table())
    assert not missing, f"say what follows, even if nothing does: {missing}"


def test_what_happens_by_the_clock_is_in_the_table():
    """One page tells it: no room starts anything by a clock of its own."""
    told = [task.name for tasks in CLOCK.values() for task in tasks]
    assert len(told) == len(set(told))
    assert clock.tasks_by_the_clock() - {"builtin:procrastinate.builtin_tasks.remove_old_jobs"} == set(told)


def test_every_handler_declares_rights_that_exist():
    for then in consequences.table().values():
        for handler in (*then.now, *then.later):
            assert handler.rights <= all_rights().keys(), consequences.name_of(handler)


def test_no_cycle_among_handlers():
    """A fact must not come back to itself through what follows it, or an act would never end."""
    follows = {fact: _announced_after(fact) for fact in consequences.table()}

    def walk(fact: type, seen: tuple[type, ...]) -> None:
        assert fact not in seen, " -> ".join(f.__name__ for f in (*seen, fact))
        for after in follows.get(fact, ()):
            walk(after, (*seen, fact))

    for fact in follows:
        walk(fact, ())


def _announced_after(fact: type) -> set[type]:
    """The facts announced by the services that the handlers of a fact call (read from their source)."""
    found: set[type] = set()
    then = consequences.what_follows(fact)
    for handler in (*then.now, *then.later):
        tree = ast.parse(Path(handler.__code__.co_filename).read_text())
        body = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == handler.__name__)
        for call in (n for n in ast.walk(body) if isinstance(n, ast.Call)):
            match = re.fullmatch(r"(\w+)\.(\w+)", ast.unparse(call.func))
            if match and (HOUSE / match[1]).is_dir():
                found |= _announced_by(match[1], match[2])
    return found


def _announced_by(room: str, service: str) -> set[type]:
    names = {cls.__name__: cls for name, cls in known_facts().items()}
    for path in (*HOUSE.glob(f"{room}/services.py"), *HOUSE.glob(f"{room}/services/*.py")):
        for function in _public_functions(path):
            if function.name == service:
                calls = re.findall(r"announce(?:_all)?\(\s*act,\s*\[?(?:facts\.)?(\w+)\(", ast.unparse(function))
                return {names[c] for c in calls if c in names}
    return set()


def _routes(patterns: list, prefix: str = "") -> Iterator[tuple[str, object]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback


@pytest.mark.guarantee("S2")
def test_every_url_declares_who_may_use_it():
    for route, view in _routes(get_resolver().url_patterns):
        policy = getattr(view, "policy", None)
        assert policy, f"{route} is shut: its view declares no policy"
        assert policy in (PUBLIC, SIGNED_IN) or policy in all_rights(), f"{route}: no right {policy}"


def test_the_rights_of_built_in_roles_exist():
    for code, (_name, rights) in ROLES.items():
        assert set(rights) <= all_rights().keys(), code


def test_templates_link_upward_only_through_sockets():
    """A template may name the routes of its own room and of the shelves below."""
    shelf = {room: height for height, rooms in enumerate(reversed(_shelves())) for room in rooms}
    wrong = []
    for path in HOUSE.glob("*/templates/**/*.html"):
        room = path.relative_to(HOUSE).parts[0]
        for target in re.findall(r"""url\(["'](\w+):""", path.read_text()):
            if target != room and target in shelf and shelf[target] >= shelf[room]:
                wrong.append(f"{path.relative_to(HOUSE)} -> {target}")
    assert not wrong, wrong


def _shelves() -> list[list[str]]:
    text = (HOUSE.parent / ".importlinter").read_text()
    lines = text[text.index("layers =\n") + 9 :].splitlines()
    return [[room.strip() for room in line.split("|")] for line in lines if line.strip()]


def test_every_room_is_installed_and_on_a_shelf():
    rooms = {path.name for path in HOUSE.iterdir() if (path / "apps.py").exists()}
    shelved = {room for shelf in _shelves() for room in shelf} - {"config"}
    assert rooms == shelved
    assert rooms == {config.name.removeprefix("salus.") for config in apps.get_app_configs() if "salus." in config.name}


@pytest.mark.guarantee("B13")
def test_no_float_in_the_schema(db):
    """Money, doses and results are decimals: no column of ours is a float."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type IN ('real', 'double precision') "
            "AND table_name NOT LIKE 'procrastinate%%'"
        )
        assert cursor.fetchall() == []


@pytest.mark.guarantee("B13")
def test_no_model_has_a_float_field():
    ours = [m for m in apps.get_models() if m.__module__.startswith("salus.")]
    floats = [f"{m.__name__}.{f.name}" for m in ours for f in m._meta.fields if isinstance(f, django_models.FloatField)]
    assert floats == []


@pytest.mark.guarantee("H9")
@pytest.mark.parametrize("table", guards.record_tables())
def test_no_record_can_be_deleted(db, table):
    """Clinical, financial and administrative rows stay: the trigger is on the table, and its history is kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        triggers = {name for (name,) in cursor.fetchall()}
        assert {"keep_version", "never_deleted", "never_truncated"} <= triggers
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{table}_history"])
        assert cursor.fetchone() == (True,)


@pytest.mark.guarantee("B21")
@pytest.mark.parametrize("table", guards.append_only_tables())
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_the_application_cannot_change_a_log(db, table, verb):
    """Facts, the access log and every history are only added to: the application's role lacks the right itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(current_user, %s, %s)", [table, verb])
        assert cursor.fetchone() == (False,)


@pytest.mark.guarantee("B21")
def test_logs_refuse_the_owner_too(db):
    """The second belt: a trigger refuses even a role that was given too much."""
    with connection.cursor() as cursor:
        for table in guards.append_only_tables():
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
            assert {"append_only", "never_truncated"} <= {name for (name,) in cursor.fetchall()}, table
