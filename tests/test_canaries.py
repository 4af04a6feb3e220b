"""Canaries through the real doors of a running hospital: what is sealed stands nowhere in plain, and nothing of a patient
stands in logs, jobs, facts, error pages, addresses or temporary files."""

import contextlib
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from salus.accounts.services import issue_token
from salus.config import home
from salus.config.postgres_binaries import find_binaries
from salus.core.ids import uuid7
from salus.patients.models import Patient
from tests.canaries import found
from tests.cast import Cast, form_key
from tests.sweep.routes import Form, forms_on
from tests.world import prices

pytestmark = pytest.mark.slow
K = secrets.token_hex(4)
DIGITS = "7" + "".join(secrets.choice("0123456789") for _ in range(9))
#: sealed at rest, or never kept: nowhere in plain
SEALED = {
    "phone": f"+44 {DIGITS[:4]} {DIGITS[4:]}",
    "email": f"mail-{K}@canary.example",
    "line": f"{K} Canary Lane",
    "city": f"Canaryton-{K}",
    "number": f"NID-{K}-7",
    "member": f"MEM-{K}-1",
    "draft": f"draft-{K}-thought",
    "password": f"pass-{K}-word",
    "paper": f"paper-{K}-text",
}
#: kept in plain in the database, because it is searched and read there; nowhere else
KNOWN = {
    "family": f"Quillon{K}",
    "given": f"Zedekia{K}",
    "note": f"note-{K}-text",
    "reason": f"reason-{K}-text",
    "told": f"told-{K}-text",
}
PERSON = [*SEALED.values(), *KNOWN.values()]


@dataclass
class Screen:
    """One person at a browser: sends forms as pages have them, and keeps every address that pages hold."""

    server: str
    browser: httpx.Client
    addresses: list[str] = field(default_factory=list)
    errors: list[httpx.Response] = field(default_factory=list)

    def get(self, path: str) -> httpx.Response:
        return self._kept(self.browser.get(f"{self.server}{path}"))

    def send(self, page: str, action: str = "", **typed: str) -> httpx.Response:
        """Open a page and send its form with what is typed."""
        opened = self.get(page)
        forms = forms_on(opened.text, page)
        form = next((one for one in forms if one.action == (action or page)), None)
        assert form, f"no form {action} on {page} ({opened.status_code}): {[one.action for one in forms]}"
        return self.post(form, typed)

    def post(self, form: Form, typed: dict[str, str], **files: tuple[str, bytes]) -> httpx.Response:
        return self._kept(self.browser.post(f"{self.server}{form.action}", data=form.fields | typed, files=files))

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        self.addresses += re.findall(r"""(?:href|src|action|hx-\w+|data-\w*url\w*)=["']([^"']*)["']""", answer.text)
        self.addresses += [answer.headers.get(name, "") for name in ("Location", "HX-Redirect", "HX-Push-Url", "Link")]
        if answer.status_code >= 400 and answer.status_code not in (409, 422):
            self.errors.append(answer)
        return answer


@pytest.fixture
def screens(real_db: Any, cast: Cast, salus_server: Any) -> Iterator[Any]:
    """role -> a screen of somebody with that role."""
    opened: dict[str, Screen] = {}

    def screen(role: str) -> Screen:
        if role not in opened:
            name = settings.SESSION_COOKIE_NAME
            cookies = {name: cast.client(role).cookies[name].value}
            opened[role] = Screen(salus_server.url, httpx.Client(cookies=cookies, timeout=30))
        return opened[role]

    yield screen
    for one in opened.values():
        one.browser.close()


@pytest.mark.guarantee("B57")
@pytest.mark.parametrize(("megabytes", "status"), [(9, 422), (17, 400)])
def test_an_upload_never_lies_in_a_temporary_file(cast, monkeypatch, megabytes, status) -> None:
    """Protects photos and documents: they are in memory until they are sealed, and what is too large is refused."""

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("a file in plain")

    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", refuse)
    photo = SimpleUploadedFile("ann.png", b"\x89PNG" + b"x" * megabytes * 2**20, "image/png")
    typed = form_key(family="Quillfeather", given="Ann", photo=photo)
    assert cast.client("receptionist").post("/patients/new", typed).status_code == status


@pytest.mark.guarantee("B56", "B57", "S16", "S14")
def test_what_is_sealed_is_nowhere_and_what_is_known_is_only_in_the_record(
    monkeypatch, tmp_path, real_db, cast, salus_processes, request
) -> None:
    monkeypatch.setenv("SALUS_LOG_LEVEL", "DEBUG")
    began = _since(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    keep_the_log(request)
    server = request.getfixturevalue("salus_server")
    server.start("worker")
    screen = request.getfixturevalue("screens")
    _ = cast.departments
    prices(cast)
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    patient = a_patient_comes(screen, cast)
    doctor_writes(screen, patient)
    program_asks(server.url, token, patient)
    things_go_wrong(server.url, screen, real_db, patient)
    everybody_looks(screen, patient)
    jobs_are_done(real_db)
    # ------------------------------------------------------------ and now: silence
    sealed = [*SEALED.values(), token]
    looked = 0
    for name, content in [*outside(tmp_path), *inside(real_db), *answers(screen)]:
        assert found([*PERSON, token], content) == [], name
        looked += len(content)
    assert looked > 20_000, "something was looked at"
    dump = dumped(real_db)
    assert found(sealed, dump) == [], "the dump tells what is sealed"
    assert set(found(KNOWN.values(), dump)) == set(KNOWN.values()), "what is kept in plain is found: the search works"
    in_plain = set()
    for name, content in on_disk(real_db):
        assert found(sealed, content) == [], name
        in_plain |= {Path(name).parts[0]} if found([KNOWN["family"]], content) else set()
    assert in_plain == {"pg_wal", "base"}, "what is kept in plain is found there too"
    papers = [
        one.read_bytes() for one in Path(settings.SALUS_FILES).rglob("*") if one.is_file() and _since(one) >= began
    ]
    assert papers, "the paper was kept"
    assert found(PERSON, b"\0".join(papers)) == [], "a backup of the files tells what stands in them"


def a_patient_comes(screen: Any, cast: Cast) -> Any:
    """Somebody guesses a password; reception registers, changes, searches and checks in."""
    stranger = Screen(screen("receptionist").server, httpx.Client())
    stranger.send("/sign-in", username="reception", password=SEALED["password"])
    stranger.send("/sign-in", username=KNOWN["family"], password=SEALED["password"])
    desk = screen("receptionist")
    typed = {name: SEALED[name] for name in ("phone", "email", "line", "city")}
    number = {"identifiers-0-value": SEALED["number"], "identifiers-0-kind": "national"}
    who = {"family": KNOWN["family"], "given": KNOWN["given"], "gender": "female"}
    bad = desk.send("/patients/new", **typed, **number, **who, birth_date="30-Feb-1984")
    assert bad.status_code == 422
    member = {"coverage-payer_text": "Fund", "coverage-member_number": SEALED["member"]}
    done = desk.send("/patients/new", **typed, **number, **who, **member, birth_date="14-Mar-1984")
    assert done.status_code == 303, mistakes(done)
    patient = Patient.objects.get(family=KNOWN["family"]).id
    again = desk.send("/patients/new", **number, family="Other", given="Somebody", birth_date="1-Jan-1990")
    assert again.status_code in (409, 422), again.status_code
    edited = desk.send(f"/patients/{patient}/edit", preferred_name=KNOWN["given"], city=SEALED["city"])
    assert edited.status_code == 303, edited.status_code
    for what in (KNOWN["family"], SEALED["phone"], SEALED["email"], SEALED["number"]):
        desk.send("/patients/", q=what)
    visit = {
        "identifiers": ["name", "birth_date"],
        "department": str(cast.departments["opd"].id),
        "service": "consultation-general-practice-first",
    }
    arrived = desk.send(f"/encounters/start/{patient}", **visit, reason=KNOWN["reason"])
    assert arrived.status_code == 303, mistakes(arrived)
    other = {"coverage-payer_text": "Other fund", "coverage-member_number": SEALED["member"]}
    assert desk.send(f"/coverage/{patient}/new", **other).status_code in (303, 422)
    return patient


def mistakes(answer: httpx.Response) -> list[str]:
    """What a form that came back says is to be mended; or else what page it is that came."""
    said = re.findall(r"<li>(?:<a[^>]*>)?([^<]+)", answer.text.partition("data-error-summary")[2])[:8]
    return said or re.findall(r"<(?:title|h1)>([^<]+)", answer.text)


def doctor_writes(screen: Any, patient: Any) -> None:
    """A draft, a signed note, a paper that was brought, what the patient tells."""
    doctor = screen("doctor")
    page = f"/chart/{patient}/note"
    signed = doctor.send(page, f"{page}/sign", history=KNOWN["note"], plan="Rest.")
    assert signed.status_code == 303, mistakes(signed)
    form = next(one for one in forms_on(doctor.get(page).text, page) if one.action == f"{page}/sign")
    kept = doctor.post(Form(f"{page}/draft", form.fields), {"history": SEALED["draft"]})
    assert kept.status_code == 200, kept.status_code
    page = f"/chart/{patient}/documents/new"
    form = next(one for one in forms_on(doctor.get(page).text, page) if one.action == page)
    about = {"type_code": "57133-1", "title": "Letter"}
    brought = doctor.post(form, about, files=("letter.txt", f"Dear colleague, {SEALED['paper']}.".encode()))
    assert brought.status_code == 303, mistakes(brought)
    told = screen("nurse").send(f"/chart/{patient}/told", past_illnesses=KNOWN["told"])
    assert told.status_code == 303, mistakes(told)


def program_asks(server: str, token: str, patient: Any) -> None:
    """FHIR: right and wrong, in addresses and in bodies, and one sending twice."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    with httpx.Client(headers=headers, base_url=f"{server}/fhir", timeout=30) as program:
        assert SEALED["phone"] in program.get(f"/Patient/{patient}").text
        program.get(
            "/Patient", params={"family": KNOWN["family"], "phone": SEALED["phone"], "nonsense": KNOWN["given"]}
        )
        program.get(f"/Patient/{KNOWN['family']}")
        program.get(f"/Nothing/{KNOWN['family']}")
        sent = {
            "resourceType": "Patient",
            "name": [{"family": KNOWN["family"], "given": [KNOWN["given"]]}],
            "telecom": [{"system": "phone", "value": SEALED["phone"]}, {"system": "email", "value": SEALED["email"]}],
            "address": [{"text": SEALED["line"], "city": SEALED["city"]}],
        }
        key = {"Idempotency-Key": str(uuid7())}
        first = program.post("/Patient", json=sent, headers=key)
        assert first.status_code == 201, first.text
        assert program.post("/Patient", json=sent, headers=key).content == first.content
        program.post("/Patient", json=sent | {"birthDate": KNOWN["family"]})
        program.post("/Patient", content=f'{{"resourceType": "Patient", "id": "{SEALED["phone"]}'.encode())
        program.get(f"/Patient/{patient}", headers={"Authorization": f"Bearer {token}x"})


def things_go_wrong(server: str, screen: Any, real_db: Any, patient: Any) -> None:
    """A table is not there: the same doors answer with an error page, and the log gets a trace."""
    doctor = screen("doctor")
    page = f"/chart/{patient}/note"
    form = next(one for one in forms_on(doctor.get(page).text, page) if one.action == f"{page}/sign")
    with real_db.connect("owner", autocommit=True) as owner:
        owner.execute("ALTER TABLE chart_note RENAME TO away")
        failed = doctor.post(form, {"history": KNOWN["note"], "plan": SEALED["draft"]})
        doctor.get(f"/chart/{patient}/notes")
        owner.execute("ALTER TABLE away RENAME TO chart_note")
    assert failed.status_code == 500
    for path in (f"/patients/{KNOWN['family']}", f"/find?q={KNOWN['family']}", f"/patients/?phone={SEALED['phone']}"):
        doctor.get(path)
    doctor.browser.post(f"{server}/patients/", data={"q": KNOWN["family"]})  # without the page's token


def everybody_looks(screen: Any, patient: Any) -> None:
    """Pages whose addresses are looked through."""
    for role in ("receptionist", "nurse", "doctor", "cashier"):
        for path in (
            "/",
            f"/patients/{patient}/",
            f"/chart/{patient}/",
            f"/chart/{patient}/notes",
            f"/encounters/of/{patient}",
            f"/orders/{patient}/new",
            f"/billing/patients/{patient}",
            "/encounters/",
            "/billing/",
        ):
            screen(role).get(path)


def jobs_are_done(real_db: Any) -> None:
    until = time.monotonic() + 60
    with real_db.connect(autocommit=True) as app:
        while app.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')").fetchone()[0]:
            assert time.monotonic() < until, "the worker does not come to an end"
            time.sleep(0.2)


# ---------------------------------------------------------------- where is looked


def outside(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What server and worker said, their temporary files, the database server's log."""
    for said in folder.glob("said-*"):
        content = said.read_bytes()
        assert b"ProgrammingError" in content or "serve" not in said.name, "the defect was logged"
        yield said.name, content
    for path in [*(folder / "tmp").rglob("*"), *(Path(home.place().data) / "log").iterdir()]:
        if path.is_file():
            yield path.name, path.read_bytes()


def inside(real_db: Any) -> Iterator[tuple[str, bytes]]:
    """Jobs, facts, the access log, sessions: ids and codes."""
    with real_db.connect() as app:
        for table in (
            "procrastinate_jobs",
            "procrastinate_events",
            "core_fact",
            "core_accessentry",
            "accounts_session",
        ):
            rows = app.execute(f"SELECT to_jsonb(t)::text FROM {table} t").fetchall()
            yield table, "\n".join(row[0] for row in rows).encode()


def answers(screen: Any) -> Iterator[tuple[str, bytes]]:
    """Error pages, and every address that any page held."""
    for role in ("receptionist", "nurse", "doctor", "cashier"):
        one = screen(role)
        ours = [address for address in one.addresses if not address.startswith(("data:", "mailto:", "tel:"))]
        yield f"addresses of {role}", "\n".join(ours).encode()
        for answer in one.errors:
            yield f"{answer.status_code} of {answer.request.url.path}", answer.content


def dumped(real_db: Any) -> bytes:
    """A plain dump, as a backup would hold it."""
    program = find_binaries(None) / "pg_dump"
    done = subprocess.run([str(program), "--dbname", real_db.dsn("owner")], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _since(path: Path) -> float:
    return path.stat().st_mtime


def keep_the_log(request: pytest.FixtureRequest) -> None:
    """Until the end of the test no part of the write-ahead log is written over, whatever else the server does meanwhile."""

    def told(order: str) -> None:
        with psycopg.connect(home.superuser_dsn(), autocommit=True) as server:
            server.execute(order)
            server.execute("SELECT pg_reload_conf()")

    told("ALTER SYSTEM SET wal_keep_size = '8GB'")
    request.addfinalizer(lambda: told("ALTER SYSTEM RESET wal_keep_size"))


def on_disk(real_db: Any) -> Iterator[tuple[str, bytes]]:
    """What a copy of the data folder holds: the write-ahead log, temporary files, this database's files, the server's own."""
    with psycopg.connect(home.superuser_dsn(), autocommit=True) as server:
        server.execute("SELECT pg_switch_wal()")
        number = server.execute("SELECT oid FROM pg_database WHERE datname = %s", [real_db.name]).fetchone()[0]
        data = Path(home.place().data)
        yield from _read(data, data / "pg_wal")
        server.execute("CHECKPOINT")
    ours = (data / "base" / str(number), data / "base" / "pgsql_tmp")
    for folder in (*(one for one in sorted(data.iterdir()) if one.name not in ("base", "pg_wal")), *ours):
        yield from _read(data, folder)


def _read(data: Path, where: Path) -> Iterator[tuple[str, bytes]]:
    for path in where.rglob("*") if where.is_dir() else [where]:
        with contextlib.suppress(FileNotFoundError):  # the server goes on
            if path.is_file():
                yield str(path.relative_to(data)), path.read_bytes()
