"""How long an answer takes does not tell what is foreign from what is missing (B6): measured side by side, not in the build."""

import statistics
import time
from typing import Any

import pytest

from tests.sweep.conftest import ROUTES
from tests.sweep.test_doors import SHARED

pytestmark = pytest.mark.long
ROUNDS = 40
#: by so much the quickest quarter of two answers may differ on a machine that does something else besides
NOISE = 0.25
MISSING = "01900000-0000-7000-8000-000000000000"
ALSO_MISSING = "01900000-0000-7000-8000-00000000000f"


@pytest.mark.guarantee("B6")
def test_what_is_foreign_takes_as_long_as_what_is_missing(foreign, browsers, programs):
    """Each route in turn, asked for another hospital's, for nobody's and for another nobody's, again and again by turns."""
    ratios, control, slower = [], [], []
    for route in ROUTES:
        if not set(route.wants) <= foreign.ids.keys() or set(route.wants) <= SHARED or "GET" not in route.methods:
            continue
        own = foreign.ids.keys() - SHARED
        asked = [route.address(foreign.ids | dict.fromkeys(own, one)) for one in (MISSING, ALSO_MISSING)]
        asked.append(route.address(foreign.ids))
        role = route.roles()[0] if route.roles() else None
        if role is None:
            continue
        who = (programs if route.api else browsers)[role]
        for _attempt in range(3):  # somebody else's work is not an answer that took longer
            missing, again, theirs = took(who, asked)
            if abs(theirs / missing - 1) < NOISE:
                break
        else:
            slower.append(f"{route.pattern}: {theirs * 1000:.2f} ms, missing {missing * 1000:.2f} ms")
        ratios.append(theirs / missing)
        control.append(again / missing)
    theirs, nothing = statistics.median(ratios), statistics.median(control)
    said = f"{len(ratios)} routes: foreign/missing {theirs:.3f}, missing/missing {nothing:.3f}"
    print(said)
    assert len(ratios) > 80, said
    assert slower == []
    assert abs(theirs - nothing) < 0.03, said


def took(client: Any, addresses: list[str]) -> list[float]:
    """Seconds for each address: the quickest quarter of many, asked by turns."""
    times: list[list[float]] = [[] for _ in addresses]
    for _ in range(ROUNDS):
        for place, address in enumerate(addresses):
            began = time.perf_counter()
            client.get(address)
            times[place].append(time.perf_counter() - began)
    return [statistics.quantiles(some, n=4)[0] for some in times]
