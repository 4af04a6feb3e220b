"""The measurements as a table, as markdown, and as figures to compare the next ones with."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from salus.simulator.bench.measure import Measurement, quantile

_HEAD = (
    "act or page", "role", "stmts", "bare SQL p50", "server p50", "server p95", "of it CPU p50", "×SQL", "client p50",
    "client p95", "16: server p50", "16: server p95", "16: client p95", "16: /s", "failed", "to reach", "",
)  # fmt: skip


def rows(found: Sequence[Measurement], before: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row for each measurement; the last column says whether the figure is reached."""
    return [_row(one, before.get(one.scenario.name, {})) for one in found]


def _row(one: Measurement, before: dict[str, Any]) -> tuple[str, ...]:
    first, many = one.http.get(1), one.http.get(max(one.http, default=1))
    sql = quantile(one.bare.milliseconds, 0.5)
    figure = one.scenario.figure
    cells = [one.scenario.name, one.scenario.username, " + ".join(map(str, one.bare.statements)), _ms(sql)]
    if first is None or not first.took:
        cells += [""] * 6
    else:
        cells += [_ms(first.server(0.5)), _ms(first.server(0.95)), _ms(first.worked(0.5))]
        cells += [f"{first.server(0.5) / sql:.1f}" if sql == sql else ""]
        cells += [_ms(first.client(0.5)), _ms(first.client(0.95))]
    if many is None or many is first:
        cells += [""] * 4
    else:
        cells += [_ms(many.server(0.5)), _ms(many.server(0.95)), _ms(many.client(0.95)), f"{many.a_second:.0f}"]
    failed = sum(len(times.failures) for times in one.http.values())
    cells += [str(failed or ""), f"{figure.milliseconds:.0f} {figure.at}" if figure else "", _verdict(one, before)]
    return tuple(cells)


def _verdict(one: Measurement, before: dict[str, Any]) -> str:
    """What is not as it should be, in a word each."""
    said = []
    times, figure = one.http.get(1), one.scenario.figure
    if times is None or not times.took:
        return "not measured"
    if figure and times.server(0.5 if figure.at == "p50" else 0.95) > figure.milliseconds:
        said.append("slow")
    if max(one.bare.statements, default=0) > 15:
        said.append("statements")
    if any(each.failures for each in one.http.values()):
        said.append("failures")
    if before and times.server(0.5) > 1.5 * before["server_p50"]:
        said.append(f"{times.server(0.5) / before['server_p50']:.1f}× of 10,000")
    return ", ".join(said) or "ok"


def _ms(value: float) -> str:
    return "" if value != value else f"{value:.1f}"


def as_text(lines: Sequence[tuple[str, ...]]) -> str:
    """The table for a terminal."""
    widths = [max(len(line[n]) for line in (_HEAD, *lines)) for n in range(len(_HEAD))]

    def shown(line: tuple[str, ...]) -> str:
        return "  ".join(
            cell.ljust(width) if n in (0, 1, 16) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )

    return "\n".join([shown(_HEAD), *map(shown, lines)])


def as_markdown(lines: Sequence[tuple[str, ...]], patients: int, command: str) -> str:
    """The table for docs/measurements.md, with when, where and how."""
    when = datetime.now(UTC).strftime("%d-%b-%Y %H:%M UTC")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    head = (
        f"{patients:,} patients · {when} · {os.cpu_count()} cores, {platform.machine()}, load {load:.1f} · `{command}`"
    )
    align = [":--", ":--", *["--:"] * 14, ":--"]
    table = ["| " + " | ".join(cells) + " |" for cells in (_HEAD, align, *lines)]
    return "\n".join([head, "", *table, ""])


def keep(path: Path, found: Sequence[Measurement]) -> None:
    """Add these figures to those kept for this size."""
    known = kept(path)
    for one in found:
        times = one.http.get(1)
        if times and times.took:
            known[one.scenario.name] = {
                "server_p50": times.server(0.5),
                "server_p95": times.server(0.95),
                "worked_p50": times.worked(0.5),
                "statements": one.bare.statements,
            }
    path.write_text(json.dumps(known, indent=1))


def kept(path: Path) -> dict[str, Any]:
    """The figures kept for a size."""
    return dict(json.loads(path.read_text())) if path.exists() else {}
