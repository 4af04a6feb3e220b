"""`make dast`: schemathesis on the FHIR interface of a hospital of its own, as three roles, for a short time.

    python -m tests.dast [--seconds 60] [--tool PATH]

Exit code 1 if an answer was 5xx, if a door opened without a token, if an answer was not as described, or if the planted
faults were not found.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.alone import FOLDER  # first: the others need a home and Django

# isort: split
from tests.chaos.play import a_hospital
from tests.dast.openapi import description
from tests.dast.planted import FAULTS
from tests.dast.tool import TOOL
from tests.ports import free_port

#: one who reads and writes through FHIR, one who may not, one who manages accounts
ROLES = ("doctor", "nurse", "admin")
_CHECKS = "not_a_server_error,ignored_auth,status_code_conformance,content_type_conformance"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main() -> int:
    """All runs; returns the exit code."""
    wish = argparse.ArgumentParser(prog="make dast")
    wish.add_argument("--seconds", type=int, default=60, help="for each role")
    wish.add_argument("--tool", type=Path, default=TOOL)
    told = wish.parse_args()
    hospital = a_hospital(free_port())
    try:
        url = f"http://127.0.0.1:{hospital.port}"
        tokens = {role: _token(role) for role in ROLES}
        described = description(_get(f"{url}/fhir/metadata", ""), _ids(url, tokens["doctor"]))
        wrong = [role for role in ROLES if not _clean(told, url, described, tokens[role], role)]
        blind = _planted(told, described, tokens["doctor"])
    finally:
        hospital.remove()
        shutil.rmtree(FOLDER, ignore_errors=True)
    for line in [*(f"faults found as {role}" for role in wrong), *(f"not found: {fault}" for fault in blind)]:
        print(line)
    return 1 if wrong or blind else 0


def _clean(told: Any, url: str, described: dict[str, Any], token: str, name: str) -> bool:
    """Whether the tool finds nothing as the owner of this token; prints what it has tried."""
    code, said = _try(told, url, described, token, name)
    print(f"schemathesis as {name}: exit code {code}", flush=True)
    print(said if code else "\n".join(said.strip().splitlines()[-12:]), flush=True)
    return code == 0


def _planted(told: Any, described: dict[str, Any], token: str) -> list[str]:
    """The planted faults that the tool does not find."""
    port = free_port()
    asked = {
        "get": {
            "operationId": "",
            "parameters": [],
            "responses": described["paths"]["/fhir/Patient"]["get"]["responses"],
        }
    }
    number = {"name": "_count", "in": "query", "schema": {"type": "integer"}}
    paths = {place: {"get": asked["get"] | {"operationId": place[6:], "parameters": [number]}} for place in FAULTS}
    served = subprocess.Popen([sys.executable, "-m", "tests.dast.planted", str(port)])
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/healthz")
        _code, said = _try(told, url, described | {"paths": paths}, token, "planted")
    finally:
        served.terminate()
        served.wait(10)
    print(f"planted faults: {sum(place in said for place in FAULTS)} of {len(FAULTS)} named", flush=True)
    return [f"{place} {fault}" for place, fault in FAULTS.items() if place not in said]


def _try(told: Any, url: str, described: dict[str, Any], token: str, name: str) -> tuple[int, str]:
    file = FOLDER / f"openapi-{name}.json"
    file.write_text(json.dumps(described))
    command = [
        str(told.tool), "run", str(file), "--url", url, "--header", f"Authorization: Bearer {token}",
        "--checks", _CHECKS, "--max-time", str(told.seconds), "--seed", "1", "--continue-on-failure",
        "--phases", "examples,coverage,fuzzing", "--warnings", "off", "--no-color", "--request-timeout", "20",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=told.seconds * 5 + 120
    )
    return done.returncode, done.stdout + done.stderr


def _token(username: str) -> str:
    command = [sys.executable, "-m", "salus.config.cli", "token", "issue", "--user", username, "--days", "1"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1]


def _ids(url: str, token: str) -> dict[str, str]:
    """An id of each type of which there is a resource."""
    found = {}
    for kind in ("Patient", "Encounter", "Observation", "Condition", "MedicationRequest", "ServiceRequest", "Coverage"):
        entries = _get(f"{url}/fhir/{kind}?_count=1", token).get("entry", ())
        if entries:
            found[kind] = entries[0]["resource"]["id"]
    return found


def _get(url: str, token: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with _OPENER.open(request, timeout=20) as answer:
        read: dict[str, Any] = json.load(answer)
    return read


def _wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            _OPENER.open(url, timeout=5).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
