"""Every search parameter with every kind of nonsense, every address and every body: never a 500."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salus.fhir.serving import proposing
from salus.fhir.serving.capability import capability_statement
from salus.fhir.tests.builders import an_observation
from salus.fhir.tests.conftest import Program
from salus.fhir.tests.generated import a_resource, broken
from salus.patients.models import Patient

pytestmark = pytest.mark.slow

GARBAGE = [
    "", " ", "0", "-1", "1e400", "1e-400", "9" * 400, "NaN", "true", "null", "|", "||", "|||", "a|b|c|d", "\\", "\\,",
    ",", ",,,", "$", "%", "%00", "_", "'", '"', "';--", "' OR 1=1 --", "{}", "[]", "(", ")", "*", "&", "!", "a" * 1999,
    "𝔘𝔫𝔦", "\u202e", "\ud7ff", "é", "ge", "gege2020", "0000", "0001", "9999", "9999-12-31", "0000-00-00", "2020-02-30",
    "10000-01-01", "ap9999", "ap0001", "lt0001-01-01", "gt9999-12-31T23:59:59Z", "2020-01-01T24:00:00Z",
    "2020-01-01T10:00", "2020-01-01T10:00 01:00", "Patient/", "/", "//", "Patient/x/y", "http://", "urn:uuid:x",
    "00000000-0000-0000-0000-000000000000", "../../etc/passwd", "\t", "\n", "\r\n", "\x1f", "\x7f", "a:*", ":*",
    "& | !", "<->", "$[*]", "@", "?(@.x)", "jsonpath", "🦠", "|" * 200,
]  # fmt: skip
#: what the statement lists: type -> what may be asked of it
LISTED = {one["type"]: one for one in capability_statement("http://testserver/fhir")["rest"][0]["resource"]}
#: types that no room owns are served by one piece of code
WHOLE = [kind for kind, one in LISTED.items() if "Kept whole" in one.get("documentation", "")]
OWNED = [kind for kind in LISTED if kind not in WHOLE]
TYPES = [*OWNED, *WHOLE[:2], *(pytest.param(kind, marks=pytest.mark.long) for kind in WHOLE[2:])]
#: each so-manieth value at each place, going round, and all of them in `make sweep`
SHARE = [8, pytest.param(1, marks=pytest.mark.long)]
#: how to answer is read before it is known of which type: of a room, of a room with papers beside it, of none
CONTROL = (
    *("_count", "_sort", "_include", "_revinclude", "_total", "_summary", "_page", "_format", "_elements", "_has"),
    *("_include:iterate", "_has:Observation:patient:value-quantity"),
)
CONTROLLED = frozenset({"Patient", "MedicationRequest", "Claim"})
#: every one that R4 has, whatever is supported; then chains
MODIFIERS = [
    *(
        ":missing",
        ":exact",
        ":contains",
        ":not",
        ":text",
        ":in",
        ":not-in",
        ":below",
        ":above",
        ":identifier",
        ":of-type",
    ),
    *(
        ":iterate",
        ":Patient",
        ".identifier",
        ".birthdate",
        ".name",
        ":Patient.name",
        ":Patient.organization.name",
        ":",
        ".",
        ":x.y",
    ),
]
MODIFIED = ("x", "true", "2020", "ANN", "a|b", ":*")
#: every one that R4 has, before what may stand there and before what may not
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap", "xx")
PREFIXED = {
    "date": ["2020", "2020-06", "2020-06-30T10:00:00Z", "0001-01-01", "9999-12-31", "", "x"],
    "quantity": ["5", "5.40e-3", "5|http://unitsofmeasure.org|mg", "5||mg", "1e400", "", "x"],
    "number": ["5", "-5.0", "1e400", "", "x"],
}
#: of what each operation may be asked; what it does not know is refused or let pass
OPERATED = ("_type", "_since", "start", "end", "_count", "_page", *proposing.KNOWN)


def asked(kind: str) -> dict[str, str]:
    """Parameter -> its kind: those that the statement lists for a type."""
    return {one["name"]: one["type"] for one in LISTED[kind]["searchParam"]}


def fine(program: Program, where: str, pairs: Any) -> None:
    """Found, or refused in FHIR's words."""
    answer = program.get(where, pairs)
    assert answer.status in (200, 400, 406, 410), (where, pairs, answer.body)
    if answer.status >= 400:
        assert answer.body["resourceType"] == "OperationOutcome"


@pytest.mark.guarantee("B15")
@pytest.mark.parametrize("every", SHARE)
@pytest.mark.parametrize("kind", TYPES)
def test_no_value_of_a_parameter_breaks_a_search(program: Program, ann: Patient, kind: str, every: int) -> None:
    """Each parameter with each value in `make sweep`, in turns with some of them otherwise, beginning elsewhere in each type."""
    for turn, name in enumerate([*asked(kind), *(CONTROL if kind in CONTROLLED else ())], len(kind)):
        for value in GARBAGE[turn % every :: every]:
            fine(program, kind, {name: value})


@pytest.mark.guarantee("B15")
@pytest.mark.parametrize("every", [24, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", [*OWNED, *WHOLE[:2]])
def test_no_modifier_and_no_prefix_breaks_a_search(program: Program, ann: Patient, kind: str, every: int) -> None:
    """Each parameter with each modifier, each chain and each prefix in `make sweep`, in turns with a few of them otherwise."""
    for turn, (name, sort) in enumerate(asked(kind).items()):
        modified = [(name + one, value.replace("ANN", str(ann.id))) for one in MODIFIERS for value in MODIFIED]
        prefixed = [(name, prefix + value) for prefix in PREFIXES for value in PREFIXED.get(sort, ())]
        for pair in [*modified[turn % every :: every], *prefixed[turn % every :: every]]:
            fine(program, kind, [pair])


@pytest.mark.guarantee("B15")
def test_the_ends_of_the_calendar_break_no_search(program: Program, ann: Patient) -> None:
    """What is written for "never" and "always", at each date of each type and of each operation."""
    for kind in OWNED:
        for name in [name for name, sort in asked(kind).items() if sort == "date"]:
            for value in ("gt9999-12-31T23:59:59Z", "9999-12-31", "lt0001-01-01T00:00:00Z", "0001"):
                fine(program, kind, {name: value})
    for place in (f"Patient/{ann.id}/$everything", "Appointment/$find"):
        for name in ("start", "end", "_since"):
            for value in ("9999-12-31T23:59:59Z", "9999-12-31", "0001-01-01T00:00:00+14:00"):
                fine(program, place, {name: value})


@pytest.mark.guarantee("B15")
@pytest.mark.parametrize("kind", TYPES)
def test_every_include_is_served_beside_a_search(program: Program, ann: Patient, kind: str) -> None:
    """Those of the statement, once more and narrowed to a type: none is refused that is listed, none breaks."""
    listed = [("_include", one) for one in LISTED[kind].get("searchInclude", ())]
    listed += [("_revinclude", one) for one in LISTED[kind].get("searchRevInclude", ())]
    for name, one in listed:
        fine(program, kind, [(name, f"{one}:Patient"), (f"{name}:iterate", one)])
    for name in ("_include", "_revinclude"):
        whole = [pair for pair in listed if pair[0] == name][:8]
        assert program.get(kind, whole).status == 200, whole


@pytest.mark.guarantee("B15")
@pytest.mark.parametrize("every", [16, pytest.param(1, marks=pytest.mark.long)])
def test_no_parameter_breaks_an_operation(program: Program, ann: Patient, every: int) -> None:
    """Each operation that the statement lists, of one and of all where it is so, and the histories."""
    places = [f"Patient/{ann.id}/_history", *(f"{kind}/_search" for kind in OWNED[:1])]
    for kind in OWNED:
        for one in LISTED[kind].get("operation", ()):
            places.append(f"{kind}/{ann.id}/${one['name']}" if kind == "Patient" else f"{kind}/${one['name']}")
    assert len(places) >= 5, places
    for place in places:
        for turn, name in enumerate(OPERATED):
            for value in GARBAGE[turn % every :: every]:
                answer = program.get(place, {name: value})
                assert answer.status in (200, 400, 404, 405, 406, 410), (place, name, value, answer.body)
                assert answer.body["resourceType"] in ("OperationOutcome", "Bundle")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60)), max_size=5))
def test_no_parameters_at_all_break_a_search(program: Program, ann: Patient, pairs: list[tuple[str, str]]) -> None:
    pairs = [(name.encode(errors="replace").decode(), value.encode(errors="replace").decode()) for name, value in pairs]
    assert program.get("Patient", pairs).status in (200, 400)
    assert program.get("Patient", pairs, Prefer="handling=lenient").status in (200, 400)


JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(GARBAGE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.guarantee("B15")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_body_breaks_a_create(program: Program, ann: Patient, data: Any) -> None:
    body = an_observation(f"Patient/{ann.id}", note=[{"text": "x"}])
    place: Any = body
    for _ in range(data.draw(st.integers(0, 3))):
        inner = [
            item
            for item in (place.values() if isinstance(place, dict) else place)
            if isinstance(item, (dict, list)) and item
        ]
        place = data.draw(st.sampled_from(inner)) if inner else place
    if isinstance(place, dict):
        place[data.draw(st.sampled_from([*place, "id", "contained", "extension"]))] = data.draw(JSON_VALUES)
    elif place:
        place[0] = data.draw(JSON_VALUES)
    answer = program.post("Observation", _clean(body))
    assert answer.status in (201, 400, 409, 422), answer.body
    if answer.status == 201:
        assert program.get(f"Observation/{answer.body['id']}").body == answer.body


MADE = [kind for kind, one in LISTED.items() if {"code": "create"} in one["interaction"]]


@pytest.mark.guarantee("B15")
@pytest.mark.parametrize("times", [10, pytest.param(500, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", MADE)
def test_no_resource_of_a_type_breaks_its_create_or_its_update(
    program: Program, ann: Patient, kind: str, times: int
) -> None:
    """Each type that is created here: made from its definition by chance, and with one thing broken; what was made is read."""
    chance = Random(f"{kind} {times}")  # noqa: S311 - no secret
    made: Any = None
    for turn in range(times):
        body = a_resource(kind, chance, str(ann.id), likely=turn / times)
        if turn % 2:
            body = broken(body, chance)
        if made and turn % 3 == 0 and {"code": "update"} in LISTED[kind]["interaction"]:
            answer = program.put(f"{kind}/{made['id']}", body | {"id": made["id"], "meta": made["meta"]})
        else:
            answer = program.post(kind, body)
        assert answer.status in (200, 201, 400, 403, 409, 412, 422), (kind, body, answer.body)
        if answer.status in (200, 201):
            read = program.get(f"{kind}/{answer.body['id']}")
            # what says of itself that it was a mistake is gone at once
            assert read.status == 200 or (read.status == 410 and "entered-in-error" in str(body)), (body, read.body)
            made = read.body if read.status == 200 else None


def _clean(value: Any) -> Any:
    """Without lone surrogates, which no JSON can carry."""
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


@pytest.mark.parametrize(
    "path", ["Patient/%2e%2e", "Patient/%00", "Patient/" + "a" * 64, "Patient/a'b", "Patient?", "Patient/x/_history/1"]
)
def test_no_address_breaks_it(program: Program, db: Any, path: str) -> None:
    assert program.get(path).status in (200, 404)
