"""Every search parameter with every kind of nonsense, every address and every body: never a 500."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salus.fhir.mapping import MAPPINGS, mapping_of
from salus.fhir.tests.builders import an_observation
from salus.fhir.tests.conftest import Program
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
TYPES = [*MAPPINGS, "Claim", "Basic"]
#: how to answer is read before it is known of which type: of a room, of a room with papers beside it, of none
CONTROL = ("_count", "_sort", "_include", "_revinclude", "_total", "_summary", "_page", "_format")
CONTROLLED = frozenset({"Patient", "MedicationRequest", "Claim"})
MODIFIERS = [
    ":exact",
    ":not",
    ":missing",
    ":contains",
    ":Patient",
    ":text",
    ":identifier",
    ".identifier",
    ".birthdate",
    ":Patient.name",
]


@pytest.mark.guarantee("B15")
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", TYPES)
def test_no_value_of_a_parameter_breaks_a_search(program: Program, ann: Patient, kind: str, every: int) -> None:
    """Each parameter with each value in `make sweep`, in turns with a third of them otherwise."""
    mapping = mapping_of(kind)
    assert mapping is not None
    for turn, name in enumerate([*mapping.searchable, *(CONTROL if kind in CONTROLLED else ())]):
        for value in GARBAGE[turn % every :: every]:
            answer = program.get(kind, {name: value})
            assert answer.status in (200, 400, 406, 410), (kind, name, value, answer.body)
            if answer.status >= 400:
                assert answer.body["resourceType"] == "OperationOutcome"


@pytest.mark.guarantee("B15")
@pytest.mark.parametrize("kind", ["Patient", "Observation", "Encounter", "Practitioner"])
def test_no_modifier_breaks_a_search(program: Program, ann: Patient, kind: str) -> None:
    mapping = mapping_of(kind)
    assert mapping is not None
    for name in mapping.searchable:
        for modifier in MODIFIERS:
            for value in ("x", "true", "2020", str(ann.id), "a|b", ":*"):
                answer = program.get(kind, {f"{name}{modifier}": value})
                assert answer.status in (200, 400), (kind, name, modifier, value, answer.body)


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
