"""Forty scripts, stored by every way in, and every page opened in a browser: none runs, none becomes an element (B18).

The ways in: each form, the FHIR interface, the import of files, tables of holidays, names of files. A page without our
escaping and our policy is the control: there the same forty run.
"""

import csv
import json
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Error

from salus.accounts.services import issue_token
from salus.chart.tests.builders import a_picture
from salus.patients.models import Patient
from tests.cast import OWN_DOOR, Cast, form_key
from tests.sweep.committed import committed, offered, shows
from tests.sweep.conftest import ROUTES, looked_at
from tests.sweep.scripts import PAYLOADS, SIGNS, by_turns
from tests.sweep.sender import shape
from tests.sweep.test_replay import typed
from tests.world import World

pytestmark = pytest.mark.long
#: sent last: after these there is less to write on
ENDS = (
    "void",
    "end",
    "cancel",
    "withdraw",
    "discard",
    "retire",
    "stop",
    "sign-out",
    "delete",
    "refute",
    "unlink",
    "merge",
)


@pytest.mark.guarantee("B18", "S4")
def test_no_script_that_somebody_stored_runs_anywhere(
    real_db, cast: Cast, salus_server, browser, tmp_path: Path
) -> None:
    world, people = committed(cast)
    stored = (
        by_forms(world, people) + by_fhir(world, salus_server.url) + by_files(world, real_db, people["nurse"], tmp_path)
    )
    print(stored)
    assert all(stored[way] >= len(PAYLOADS) for way in ("forms", "FHIR", "import", "table", "files")), stored
    wrong: list[str] = []
    shown: set[int] = set()
    opened = 0
    for role, addresses in pages_of(world, people).items():
        context = browser.new_context()
        context.add_cookies([cookie_of(people[role], role, salus_server.url)])
        page = context.new_page()
        heard: list[str] = []
        page.on("dialog", lambda dialog, heard=heard: (heard.append(f"ran: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said, heard=heard: "Content Security" in said.text and heard.append(said.text[:200]))
        for address in addresses:
            page.goto(f"{salus_server.url}{address}", wait_until="load")
            heard += page.evaluate(SIGNS)
            words = unescape(page.content())
            shown |= {number for number, payload in enumerate(PAYLOADS) if payload in words}
            wrong += [f"{role} {shape(address)}: {what}" for what in heard]
            heard.clear()
            opened += 1
        context.close()
    print(f"{opened} pages opened, {len(shown)} of {len(PAYLOADS)} seen on them as text")
    assert wrong == []
    assert opened > 200, opened
    assert len(shown) == len(PAYLOADS), f"not seen on any page: {sorted(set(range(len(PAYLOADS))) - shown)}"


def test_where_nothing_is_escaped_they_run(page: Any) -> None:
    """The control: what the walk above looks for is there, for each payload, where a page is made carelessly."""
    alive = set()
    heard: list[str] = []
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    page.route("**/*", lambda route: route.fulfill(body=careless, content_type="text/html"))
    for number, payload in enumerate(PAYLOADS):
        heard.clear()
        fields = f"<input value='{payload}'><input value=\"{payload}\"><a href='{payload}'>a"
        careless = f"<title>{payload}</title><p>{payload}{fields}"
        page.goto("http://careless.example/", wait_until="commit")
        if has_an_effect(page) or heard:
            alive.add(number)
    assert set(range(len(PAYLOADS))) - alive <= {PAYLOADS.index(one) for one in PAYLOADS if "constructor" in one}


def has_an_effect(page: Any) -> bool:
    """Whether something was made of the payload in an open page; whoever leads away from it has had his effect."""
    try:
        page.wait_for_load_state("load")
        return bool(page.evaluate(SIGNS)) or "careless" not in page.url
    except Error as lost:
        return "navigation" in str(lost)


# ---------------------------------------------------------------- the ways in


def by_forms(world: World, people: dict[str, Client]) -> Counter[str]:
    """Every form of the house with scripts in all its words; where that is refused, in one after the other."""
    turns, stored = by_turns(), Counter({"forms": 0})
    for one in sorted(offered(world, people), key=lambda one: any(word in one.form.action for word in ENDS)):
        role, form, names = one.role, one.form, one.words
        tries = [names, *([name] for name in names if len(names) > 1)] if names else []
        for some in tries:
            data = typed(form) | {name: next(turns) for name in some} | form_key()
            if people[role].post(form.action, data).status_code < 400:
                stored["forms"] += len(some)
                break
    return stored


def by_fhir(world: World, server: str) -> Counter[str]:
    """A program writes each of them as a name, an address, what somebody has, and as a resource that no room owns."""
    token = issue_token(world.cast.almighty(), user_id=world.cast.user("integration").id)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    stored: Counter[str] = Counter()
    with httpx.Client(headers=headers, base_url=f"{server}/fhir", timeout=30, trust_env=False) as program:
        for payload in PAYLOADS:
            for body in resources(payload, f"Patient/{world.patient.id}"):
                answer = program.post(f"/{body['resourceType']}", json=body)
                stored["FHIR"] += answer.status_code == 201
                stored[f"FHIR {body['resourceType']} {answer.status_code}"] += 1
    return stored


def resources(payload: str, patient: str) -> list[dict[str, Any]]:
    """What a program might send, with this text where text is."""
    of, text = {"reference": patient}, {"text": payload}
    return [
        {"resourceType": "Patient", "name": [{"family": payload, "given": [payload]}], "address": [{"text": payload}]},
        {"resourceType": "Condition", "subject": of, "code": text, "note": [{"text": payload}]},
        {"resourceType": "AllergyIntolerance", "patient": of, "code": text, "note": [{"text": payload}]},
        {"resourceType": "Task", "status": "requested", "intent": "order", "description": payload, "for": of},
        {
            "resourceType": "Communication",
            "status": "completed",
            "subject": of,
            "payload": [{"contentString": payload}],
        },
        {"resourceType": "Observation", "status": "final", "subject": of, "code": text, "valueString": payload},
    ]


def by_files(world: World, real_db: Any, nurse: Client, folder: Path) -> Counter[str]:
    """The import of FHIR, a table of holidays, and names of files."""
    stored: Counter[str] = Counter()
    lines = []
    for number, payload in enumerate(PAYLOADS):
        person, *more = resources(payload, f"Patient/p{number}")
        lines += [json.dumps(one | {"id": f"{place}-{number}"}) for place, one in enumerate(more)]
        lines.append(json.dumps(person | {"id": f"p{number}"}))
    (folder / "brought").mkdir()
    (folder / "brought" / "all.ndjson").write_text("\n".join(lines))
    before = Patient.objects.count()
    done = real_db.salus("import", "fhir", str(folder / "brought"), "--rejected", str(folder / "refused.jsonl"))
    assert done.returncode == 0, done.stderr
    stored["import"] = Patient.objects.count() - before
    with (folder / "holidays.csv").open("w", newline="") as table:
        rows = [("XX", f"2031-{number // 28 + 1:02}-{number % 28 + 1:02}", one) for number, one in enumerate(PAYLOADS)]
        csv.writer(table).writerows([("country", "date", "name"), *rows])
    done = real_db.salus("import", "schedules", str(folder / "holidays.csv"), "--country", "XX")
    assert done.returncode == 0, done.stdout + done.stderr
    stored["table"] = len(PAYLOADS)
    for number, payload in enumerate(PAYLOADS):
        file = SimpleUploadedFile(f"{payload}.png".replace('"', "%22"), a_picture(colour=f"#{number:06x}"), "image/png")
        fields = {"patient_id": world.patient.id, "title": payload, "type_code": "57133-1", "files": [file]}
        answer = nurse.post(f"/chart/{world.patient.id}/documents/new", form_key(**fields))
        stored["files"] += answer.status_code == 303
        stored[f"files {answer.status_code}"] += 1
    return stored


# ---------------------------------------------------------------- the pages


def pages_of(world: World, people: dict[str, Client]) -> dict[str, list[str]]:
    """role -> the pages that it opens: each page of the house for two who may, and the records that came from outside."""
    pages: dict[str, list[str]] = {role: [] for role in people}
    new = [
        Patient.objects.order_by("-id")[0].id,
        *Patient.objects.filter(family__contains="script").values_list("id", flat=True)[:3],
    ]
    asked = [(address, route.roles()) for route in ROUTES for address in looked_at(route, world)]
    asked += [(f"/{room}/{one}/", ["doctor", "receptionist"]) for room in ("chart", "patients") for one in new]
    asked += [(address, [role]) for role, address in world.further]
    for address, roles in asked:
        fitting = [role for role in roles if shows(people[role], address)]
        for role in {*fitting[:1], *fitting[-1:]}:
            pages[role].append(address)
    return {role: some for role, some in pages.items() if some}


def cookie_of(client: Client, role: str, url: str) -> dict[str, str]:
    name = settings.SESSION_COOKIE_NAME + ("-portal" if role in OWN_DOOR else "")
    return {"name": name, "value": client.cookies[name].value, "url": url}
