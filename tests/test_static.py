"""What is seen by reading the source: nothing is waved through without a word, every rule finds its bad sample, no secret lies
about, nothing is installed that was not named by its hash, and nobody listens but the web server."""

import ast
import base64
import hashlib
import json
import re
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path as route

from salus.ui.tests import test_templates as templates
from scripts import audit
from tests import test_architecture as architecture

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [one for folder in ("salus", "scripts") for one in sorted((ROOT / folder).rglob("*.py"))]
OURS = [one for one in SOURCES if "tests" not in one.parts and one.name != "builders.py"]


# ---------------------------------------------------------------- analysis of the source (B16)


@pytest.mark.guarantee("B16")
def test_what_the_analysis_found_and_is_let_be_says_why():
    """`make lint` fails on every finding of ruff's security rules; each exception was looked at, and says what was seen."""
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in OURS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := re.search(r"#\s*noqa(:?.*)$", line)) and not re.fullmatch(r": [A-Z0-9, ]+ - \S.*", found[1])
        if not found[1] or re.search(r"\bS\d", found[1])
    ]
    assert silent == []


#: what ruff must find in our own tree, with our own settings
BAD = {
    "S307": "eval(input())",
    "S602": "import subprocess\nsubprocess.run(x, shell=True)",
    "S608": 'sql = f"SELECT * FROM t WHERE name = {name}"',
    "S301": "import pickle\npickle.loads(x)",
    "S324": "import hashlib\nhashlib.md5(x)",
    "S506": "import yaml\nyaml.load(x)",
    "S105": 'password = "hunter2hunter2"',
    "S501": "import httpx\nhttpx.get(x, verify=False)",
    "S314": "import xml.etree.ElementTree as e\ne.fromstring(x)",
    "S704": "from markupsafe import Markup\nMarkup(f'<b>{x}')",
    "S311": "import random\nrandom.choice(x)",
    "S202": "import tarfile\ntarfile.open(x).extractall()",
    "DTZ005": "import datetime\ndatetime.datetime.now()",
}


@pytest.mark.guarantee("B16", "S3")
def test_each_rule_of_the_analysis_finds_its_bad_sample():
    """With the settings of this repository, in a file that might be anybody's: a rule that is switched off is noticed."""
    missed = []
    for code, sample in BAD.items():
        command = [
            _tool("ruff"),
            "check",
            "--no-cache",
            "--output-format",
            "concise",
            "--stdin-filename",
            "salus/core/x.py",
            "-",
        ]
        done = subprocess.run(command, cwd=ROOT, input=sample, capture_output=True, text=True, check=False)
        if f" {code} " not in done.stdout:
            missed.append(code)
    assert missed == []


def shut(request: Any) -> HttpResponse:
    """A view that nobody said anything about."""
    return HttpResponse()


urlpatterns = [route("open-to-all", shut)]


def _service(tmp_path: Path, source: str) -> Callable[[], None]:
    tree = ast.parse(source)
    return lambda: architecture.test_a_service_takes_an_act_and_requires_a_right_first(
        architecture.HOUSE / "orders" / "services.py", tree.body[0]
    )


def _template(rule: Callable[..., None], text: str) -> Callable[[Path], None]:
    def tried(folder: Path) -> None:
        (folder / "bad.html").write_text(text)
        rule(folder / "bad.html")

    return tried


OWN_RULES: dict[str, Callable[[Path], None]] = {
    "a service without an act": lambda p: _service(p, "def go(patient_id): ...")(),
    "a service that asks for no right": lambda p: _service(p, "def go(act):\n    act.facility_id")(),
    "a right that is asked for second": lambda p: _service(p, "def go(act):\n    x = 1\n    act.require('a.b')")(),
    "a service by place": lambda p: _service(p, "def go(act, patient_id):\n    act.require('a.b')")(),
    "an inline handler": _template(templates.test_it_has_no_inline_handler_style_or_script, "<p onclick='x()'>"),
    "an inline style": _template(templates.test_it_has_no_inline_handler_style_or_script, "<p style='color:red'>"),
    "an inline script": _template(templates.test_it_has_no_inline_handler_style_or_script, "<script>x()</script>"),
    "a script as an address": _template(templates.test_it_has_no_inline_handler_style_or_script, "<a href='javascript:x()'>"),
    "escaping switched off": _template(templates.test_it_never_switches_escaping_off, "{{ x|safe }}"),
    "a block without escaping": _template(
        templates.test_it_never_switches_escaping_off, "{% autoescape false %}{% endautoescape %}"
    ),
}  # fmt: skip


@pytest.mark.guarantee("B16", "S2", "S4")
@pytest.mark.parametrize("sample", OWN_RULES)
def test_each_rule_of_ours_finds_its_bad_sample(sample, tmp_path):
    with pytest.raises(AssertionError):
        OWN_RULES[sample](tmp_path)


@pytest.mark.guarantee("B16", "S2")
@override_settings(ROOT_URLCONF=__name__)
def test_a_door_without_a_policy_is_found():
    with pytest.raises(AssertionError, match="open-to-all is shut"):
        architecture.test_every_url_declares_who_may_use_it()


@pytest.mark.guarantee("B16")
def test_a_page_of_another_origin_and_a_script_that_needs_eval_are_found(tmp_path):
    samples = {
        templates.test_it_names_no_other_origin: "<img src='https://elsewhere.example/x.png'>",
        templates.test_scripts_need_no_eval: "eval('1')",
        templates.test_stylesheets_load_nothing_and_colours_are_tokens: "@import 'x.css';",
    }
    for rule, text in samples.items():
        (tmp_path / "bad").write_text(text)
        with pytest.raises(AssertionError):
            rule(tmp_path / "bad")


class Planted:
    """A fact that stands in no table."""


def planted_handler() -> None:
    """Declares a right that nobody knows."""


planted_handler.rights = frozenset({"nobody.knows"})  # type: ignore[attr-defined]


def _a_fact(patch: pytest.MonkeyPatch) -> Callable[[], None]:
    known = architecture.known_facts()
    patch.setattr(architecture, "known_facts", lambda: {**known, "x.Planted": Planted})
    return architecture.test_every_fact_is_in_the_table


def _a_handler(patch: pytest.MonkeyPatch) -> Callable[[], None]:
    table = {Planted: SimpleNamespace(now=(planted_handler,), later=())}
    patch.setattr(architecture.consequences, "table", lambda: table)
    return architecture.test_every_handler_declares_rights_that_exist


def _a_cycle(patch: pytest.MonkeyPatch) -> Callable[[], None]:
    patch.setattr(architecture.consequences, "table", lambda: {Planted: None})
    patch.setattr(architecture, "_announced_after", lambda fact: {fact})
    return architecture.test_no_cycle_among_handlers


def _a_role(patch: pytest.MonkeyPatch) -> Callable[[], None]:
    patch.setattr(architecture, "ROLES", {"planted": ("Planted", ("nobody.knows",))})
    return architecture.test_the_rights_of_built_in_roles_exist


def _a_far_right(patch: pytest.MonkeyPatch) -> Callable[[], None]:
    far = {*architecture.far_rights(), "chart.record_condition"}
    patch.setattr(architecture, "far_rights", lambda: far)
    patch.setattr(architecture, "_service_files", lambda: iter(()))  # its door is enough
    return architecture.test_what_reaches_far_asks_who_is_at_the_screen


@pytest.mark.guarantee("B16", "S2")
@pytest.mark.parametrize("plant", [_a_fact, _a_handler, _a_cycle, _a_role, _a_far_right])
def test_what_is_out_of_order_in_what_follows_and_who_may_is_found(plant, monkeypatch):
    rule = plant(monkeypatch)
    with pytest.raises(AssertionError):
        rule()


@pytest.mark.guarantee("B16")
def test_a_link_to_an_upper_room_and_a_room_without_a_shelf_are_found(monkeypatch, tmp_path):
    house = tmp_path / "salus"
    (house / "patients" / "templates").mkdir(parents=True)
    (tmp_path / ".importlinter").write_text((ROOT / ".importlinter").read_text())
    monkeypatch.setattr(architecture, "HOUSE", house)
    architecture.test_templates_link_upward_only_through_sockets()
    (house / "patients" / "templates" / "bad.html").write_text("{{ url('chart:summary', 1) }}")
    with pytest.raises(AssertionError, match="chart"):
        architecture.test_templates_link_upward_only_through_sockets()
    with pytest.raises(AssertionError):
        architecture.test_every_room_is_installed_and_on_a_shelf()


@pytest.mark.guarantee("B16", "B13")
def test_a_float_is_found(monkeypatch):
    field = models.FloatField(name="dose")
    planted = SimpleNamespace(__module__="salus.x", __name__="Dose", _meta=SimpleNamespace(fields=[field]))
    monkeypatch.setattr(apps, "get_models", lambda: [planted])
    with pytest.raises(AssertionError):
        architecture.test_no_model_has_a_float_field()


#: where a float may be, as it is neither money nor a dose
NO_QUANTITY = {
    "salus/catalog/definitions.py": "an age without an end",
    "salus/orders/due.py": "spans of time",
    "salus/payments/gateways/__init__.py": "seconds to wait",
}


@pytest.mark.guarantee("B13")
def test_no_dose_and_no_money_is_reckoned_as_a_float():
    """Where quantities are computed nobody makes a float of them: neither by a word nor by a literal."""
    rooms = ("billing", "orders", "pharmacy", "inventory", "safety", "payments", "catalog", "coverage")
    looked = [one for one in OURS if one.relative_to(ROOT).parts[1] in rooms or one.name == "money.py"]
    found = {str(one.relative_to(ROOT)) for one in looked if any(_floats(ast.parse(one.read_text())))}
    assert found <= NO_QUANTITY.keys(), found - NO_QUANTITY.keys()
    assert list(_floats(ast.parse("x = float(dose)\ny = 0.1 * 3"))) == [1, 2]


def _floats(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        is_made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        if is_made or (isinstance(node, ast.Constant) and isinstance(node.value, float)):
            yield node.lineno


# ---------------------------------------------------------------- doors that are no addresses (B2)

#: what opens a port
LISTENS = re.compile(
    r"\w\.(?:listen|bind|bind_socket)\(|\b(?:create_server|start_server|make_server|\w*(?:HTTP|TCP|UDP|WSGI)Server|Granian)\("
)
#: where somebody does, and why no record can be reached there but through an address
PORTS = {
    "salus/config/serve.py": "the web server itself: every address is swept",
    "salus/config/preflight.py": "tries whether the port is free, and lets go",
    "salus/config/cli/__init__.py": "listens to signals",
}


@pytest.mark.guarantee("B2", "S2")
def test_nobody_listens_but_the_web_server():
    """A listener is a door that no list of addresses shows: whoever adds one says here how it is swept."""
    found = {str(one.relative_to(ROOT)) for one in OURS if LISTENS.search(one.read_text())}
    assert found == PORTS.keys(), found ^ PORTS.keys()
    assert LISTENS.search("server = asyncio.start_server(answer, port=2575)")


# ---------------------------------------------------------------- secrets (S16)

SECRET = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}"
    r"|xox[baprs]-[0-9A-Za-z-]{20}|sk_live_[0-9A-Za-z]{16}|AIza[0-9A-Za-z_-]{35}|glpat-[\w-]{20}|pypi-AgEI[\w-]{40}"
    r"|eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"
)


@pytest.mark.guarantee("S16")
def test_no_secret_lies_in_the_repository():
    """Keys and tokens as those make them who give them out; the sample is found."""
    assert SECRET.search("-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(secrets.token_bytes(48)).decode())
    assert SECRET.search("AKIA" + "Q" * 16)
    texts = (
        ".py",
        ".toml",
        ".md",
        ".html",
        ".js",
        ".css",
        ".json",
        ".yml",
        ".yaml",
        ".txt",
        ".cfg",
        ".in",
        ".lock",
        ".sh",
        "",
    )
    places = [ROOT / one for one in ("salus", "scripts", "tests", "docs")]
    files = [one for place in places for one in place.rglob("*") if one.suffix in texts and one.is_file()]
    files += [one for one in ROOT.iterdir() if one.is_file()]
    found = [
        str(one.relative_to(ROOT))
        for one in files
        if one.stat().st_size < 2**20 and SECRET.search(one.read_text(errors="replace"))
    ]
    assert found == []


@pytest.mark.long
@pytest.mark.guarantee("S16")
def test_no_secret_ever_lay_in_the_repository():
    """Every line that any commit added; what was taken out later is known all the same to whoever has a copy."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy has no history")
    command = ["git", "log", "--all", "-p", "--no-color", "--unified=0", "--format=commit %h"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as log:
        assert log.stdout is not None
        looked, found, commit = 0, set(), ""
        for line in log.stdout:
            text = line.decode(errors="replace")
            if text.startswith("commit "):
                commit = text.strip()
            elif text.startswith("+"):
                looked += 1
                if SECRET.search(text):
                    found.add(commit)
    assert looked > 10_000
    assert found == set()


# ---------------------------------------------------------------- what is installed (S17)


@pytest.mark.guarantee("S17", "B59")
def test_everything_that_is_installed_is_named_by_its_hash():
    """Each line of each lock: one version, and at least one hash; and nothing is installed in another way.

    Whoever develops has exactly the versions that a hospital has.
    """
    locked = {lock.name: _wanted(lock) for lock in sorted(ROOT.glob("requirements*.lock"))}
    assert set(locked["requirements.lock"]) - set(locked["requirements-dev.lock"]) == set()
    for name, lines in locked.items():
        loose = [
            line[:60] for line in lines if not re.match(r"[\w.\[\]-]+==[^\s;]+", line) or "--hash=sha256:" not in line
        ]
        assert loose == [], name
        assert lines
    script = (ROOT / "scripts" / "install").read_text()
    installs = [line for line in script.splitlines() if re.search(r"\b(get|pip install)\b", line) and "()" not in line]
    bare = [line for line in installs if "--require-hashes" not in line and '"$@"' not in line and "-e ." not in line]
    assert bare == []


def _wanted(lock: Path) -> list[str]:
    """The lines of a lock, each with its hashes."""
    lines = re.sub(r"\\\n\s*", " ", lock.read_text()).splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.guarantee("S17", "B59")
def test_a_package_that_was_changed_on_the_way_is_not_installed(tmp_path):
    """A wheel with another content than the one that was looked at; the right one is taken."""
    wheel = tmp_path / "planted-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("planted.py", "")
        made.writestr("planted-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
        made.writestr("planted-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr("planted-1.0.dist-info/RECORD", "")
    honest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert _installs(tmp_path, honest)
    assert not _installs(tmp_path, "0" * 64)


def _installs(folder: Path, digest: str) -> bool:
    wanted, target = folder / f"{digest[:4]}.lock", folder / digest[:4]
    wanted.write_text(f"planted==1.0 --hash=sha256:{digest}\n")
    uv = Path(sys.executable).with_name("uv")
    pip = (
        [str(uv), "pip", "install", "--no-cache"]
        if uv.exists()
        else [sys.executable, "-m", "pip", "install", "--no-cache-dir"]
    )
    command = [
        *pip,
        "--require-hashes",
        "--no-index",
        "--find-links",
        str(folder),
        "--target",
        str(target),
        "-r",
        str(wanted),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "hash" in (done.stdout + done.stderr).lower(), done.stderr
    return (target / "planted.py").exists()


CLEAN: dict[str, Any] = {"dependencies": [{"name": "Some-Thing", "version": "1.0", "vulns": []}]}
HOLED = {"dependencies": [{"name": "some_thing", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}]}
SKIPPED = {"dependencies": [{"name": "some-thing", "skip_reason": "not found"}]}


@pytest.mark.guarantee("S17", "B59")
@pytest.mark.parametrize(
    ("report", "ends", "outcome"),
    [
        (CLEAN, 0, 0),
        (HOLED, 1, 1),
        (None, 1, 2),
        (None, 0, 2),
        (SKIPPED, 0, 2),
        ({"dependencies": []}, 0, 2),
        ({}, 0, 2),
    ],
)
def test_no_answer_is_not_taken_for_no_known_hole(tmp_path, capsys, report, ends, outcome):
    """`make audit` trusts the report of every package, never how the tool ended: without a network it may end well."""
    lock, tool = tmp_path / "some.lock", tmp_path / "tool"
    lock.write_text("some_thing==1.0 \\\n    --hash=sha256:00\n")
    written = f"echo '{json.dumps(report)}' > \"$last\"" if report is not None else "echo Could not connect >&2"
    tool.write_text(f"#!/bin/sh\nfor last; do :; done\n{written}\nexit {ends}\n")
    tool.chmod(0o700)
    assert audit.main([str(tool), str(lock)]) == outcome
    assert ("NOT FOUND OUT" in capsys.readouterr().out) == (outcome == 2)


def _tool(name: str) -> str:
    return shutil.which(name, path=str(Path(sys.executable).parent)) or name
