"""sqlmap and wapiti as programs: what they are told, and what they found."""

import csv
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.dast.places import Asked, House, kind_of
from tests.dast.tool import SCANNERS

#: those that look into what is asked and answered: no lists of other products, nothing that needs an address in the world
MODULES = "sql,xss,file,exec,redirect,crlf,csrf,csp,http_headers"


@dataclass(frozen=True)
class Finding:
    """What a tool says is wrong, at the shape of an address."""

    tool: str
    kind: str
    method: str
    place: str
    parameter: str
    said: str


def sqlmap(folder: Path, port: int, house: House, asked: Iterable[Asked], seconds: float) -> list[Finding]:
    """Each parameter of each request, whoever asks; PostgreSQL is said, so that the time goes where it may find something.

    Pages that differ, statements that follow and seconds that pass: what the database says of an error is shown nowhere here.

    :raises subprocess.TimeoutExpired: if it needs longer
    """
    log, found = folder / "requests.log", folder / "sqlmap.csv"
    found.unlink(missing_ok=True)
    log.write_text("".join(_as_text(port, house, one) for one in asked))
    command = [
        str(SCANNERS / "sqlmap"), "-l", str(log), "--batch", "--flush-session", "--output-dir", str(folder / "sqlmap"),
        "--results-file", str(found), "--dbms", "PostgreSQL", "--level", "1", "--risk", "1", "--technique", "BST",
        "--skip", "csrfmiddlewaretoken", "--answers", "skip further tests=N", "--ignore-redirects",
        "--ignore-code", "*", "--skip-waf", "--no-keep-alive", "--disable-coloring", "--timeout", "30",
    ]  # fmt: skip
    _run(command, folder / "sqlmap.log", seconds)
    with found.open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["Technique(s)"]]
    return [
        Finding(
            "sqlmap", "sql", row["Place"], kind_of(urlsplit(row["Target URL"]).path), row["Parameter"], row["Note(s)"]
        )
        for row in rows
    ]


def wapiti(folder: Path, port: int, house: House, role: str, more: str, seconds: float) -> list[Finding]:
    """The forms and links that are offered to a role, as somebody who has it; `more` is markup with further ones.

    :raises subprocess.TimeoutExpired: if it needs longer
    """
    report, name = folder / f"wapiti-{role}.json", f"wapiti-{role}"
    (folder / f"offered-{role}.html").write_text(house.page_of(role, more))
    start = f"http://127.0.0.1:{port}/planted/offered/{role}"
    command = [
        str(SCANNERS / "wapiti"), "-u", start, "--scope", "domain", "-d", "1", "-m", MODULES, "-C", house.cookies[role],
        "--flush-session", "--store-session", str(folder / name), "--skip", "csrfmiddlewaretoken", "-A", "wapiti",
        "-t", "30", "--no-bugreport", "-f", "json", "-o", str(report),
    ]  # fmt: skip
    _run(command, folder / f"{name}.log", seconds)
    told = json.loads(report.read_text())
    return [
        Finding("wapiti", kind, one["method"], kind_of(one["path"]), one["parameter"] or "", one["info"])
        for part in ("vulnerabilities", "anomalies")
        for kind, found in told[part].items()
        for one in found
    ]


def _run(command: list[str], log: Path, seconds: float) -> None:
    with log.open("w") as said:
        subprocess.run(
            command, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, timeout=seconds
        )


def _as_text(port: int, house: House, one: Asked) -> str:
    """The request as a proxy would have written it down."""
    who = f"Cookie: {house.cookies[one.role]}" if one.role else f"Authorization: Bearer {house.token}"
    lines = [f"{'POST' if one.is_sent else 'GET'} {one.target} HTTP/1.1", f"Host: 127.0.0.1:{port}", who]
    if one.is_sent:
        lines += ["Content-Type: application/x-www-form-urlencoded", "", urlencode(one.fields)]
    bar = "=" * 54
    return "\n".join([bar, *lines, bar, ""])
