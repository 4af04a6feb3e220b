"""`make dast`: sqlmap and wapiti on every page, form and search parameter of a hospital of its own, as everybody who works there.

    python -m tests.dast.scan [--minutes 60] [--only sqlmap]

Exit code 1 if one of them found something, if anything broke under what they sent, or if a planted hole was not found.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.alone import FOLDER  # first: the others need a home and Django

# isort: split
from salus.config import postgres
from tests.dast.holes import EXPECTED, PAGE, UNDER
from tests.dast.places import Asked, House, a_house
from tests.dast.scanners import Finding, sqlmap, wapiti
from tests.hospital import Hospital
from tests.ports import free_port

#: (kind, what is said) -> why it is no defect; what is excused so is printed
EXPLAINED = {
    (
        "sql",
        "false positive or unexploitable",
    ): "sqlmap tried the same condition again and took it back: a field that is empty "
    "is answered otherwise than one that holds anything, which is then refused",
}
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main() -> int:
    """Both tools at once, each with a server of its own; returns the exit code."""
    wish = argparse.ArgumentParser(prog="make dast")
    wish.add_argument("--minutes", type=float, default=60, help="so long may each tool need")
    wish.add_argument("--share", type=int, default=1, help="try each n-th place only")
    wish.add_argument("--begin", type=int, default=0, help="beginning with this one of the first n")
    wish.add_argument("--only", choices=sorted(EXPECTED), help="one tool alone")
    told = wish.parse_args()
    tools = [told.only] if told.only else sorted(EXPECTED)
    try:
        with postgres.running():
            Hospital(0).salus("migrate")
            house = a_house()
            house.asked = house.asked[told.begin :: told.share]
            print(
                f"{house.pages} pages, {sum(one.is_sent for one in house.asked)} forms, {len(house.places)} parameters",
                flush=True,
            )
            with ThreadPoolExecutor(len(tools)) as pool:
                wrong = [
                    line for lines in pool.map(lambda tool: _scan(tool, house, told.minutes), tools) for line in lines
                ]
    finally:
        Hospital(0).remove()
        shutil.rmtree(FOLDER, ignore_errors=True)
    print("\n".join(wrong))
    return 1 if wrong else 0


def _scan(tool: str, house: House, minutes: float) -> list[str]:
    """What is wrong after this tool: findings, breakage, and holes that it did not see."""
    began = time.monotonic()
    with _served() as port:
        try:
            found = _sqlmap(house, port, minutes) if tool == "sqlmap" else _wapiti(house, port, minutes)
        except subprocess.TimeoutExpired:
            return [
                f"{tool} was not done in {minutes:.0f} minutes: MINUTES gives it more, SHARE=2 gives it half of the places"
            ]
        told = _told(port)
    answers: Counter[str] = Counter()
    for _who, status, times in told["answers"]:
        answers[status] += times
    planted = {(one.kind, one.place) for one in found if one.place.startswith(UNDER)}
    missed = EXPECTED[tool] - planted
    here = [one for one in found if not one.place.startswith(UNDER)]
    ours = [one for one in here if (one.kind, one.said) not in EXPLAINED]
    for one in set(here) - set(ours):
        print(f"{one} is no defect: {EXPLAINED[one.kind, one.said]}", flush=True)
    took = (time.monotonic() - began) / 60
    print(
        f"{tool}: {answers.total()} requests in {took:.0f} min, answers {dict(sorted(answers.items()))}; "
        f"{len(EXPECTED[tool]) - len(missed)} of {len(EXPECTED[tool])} planted holes found, {len(ours)} findings",
        flush=True,
    )
    return [
        *(f"{tool} found {one}" for one in sorted(set(map(str, ours)))),
        *(f"{tool} did not find {kind} at {place}" for kind, place in sorted(missed)),
        *(f"{times} x broke under {tool}: {what}" for what, times in told["broken"].items()),
    ]


def _sqlmap(house: House, port: int, minutes: float) -> list[Finding]:
    planted = [
        Asked("doctor", f"{UNDER}find", (("code", "opd"),)),
        Asked("doctor", f"{UNDER}keep", fields=(("word", "opd"), ("csrfmiddlewaretoken", _csrf(house))), is_sent=True),
    ]
    return sqlmap(FOLDER, port, house, [*planted, *house.asked], minutes * 60)


def _wapiti(house: House, port: int, minutes: float) -> list[Finding]:
    found: list[Finding] = []
    # the doctor is offered what was planted, also where none of the places is his
    for role in sorted({"doctor", *(one.role for one in house.asked if one.role)}):
        more = PAGE.format(token=_csrf(house)) if role == "doctor" else ""
        found += wapiti(FOLDER, port, house, role, more, minutes * 60)
        print(f"wapiti as {role}", flush=True)
    return found


def _csrf(house: House) -> str:
    """What the doctor's forms carry: the cookie's own secret will do."""
    return house.cookies["doctor"].partition("csrftoken=")[2].partition(";")[0]


@contextmanager
def _served() -> Iterator[int]:
    port = free_port()
    served = subprocess.Popen(
        [sys.executable, "-m", "tests.dast.served", str(port), str(FOLDER)], env=os.environ | {"SALUS_DB_POOLED": "0"}
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                _told(port)
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                break
        yield port
    finally:
        served.terminate()
        served.wait(30)


def _told(port: int) -> dict[str, Any]:
    with _OPENER.open(f"http://127.0.0.1:{port}{UNDER}told", timeout=30) as answer:
        read: dict[str, Any] = json.load(answer)
    return read


if __name__ == "__main__":
    sys.exit(main())
