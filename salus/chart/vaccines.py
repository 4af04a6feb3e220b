"""The vaccines and the schedule that ship with Salus: read from CSV, checked, and brought into the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from salus.chart import vaccination
from salus.chart.models import ScheduledDose, Vaccine, VaccineSchedule
from salus.chart.vaccination import NotASpan, Span
from salus.core.act import Act
from salus.core.reference_data import Row, read, refuse_repeats, refuse_unknown
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed, Table, bring_up_to_date

DATA = Path(__file__).parent / "data"
VACCINES, SCHEDULE = DATA / "vaccines.csv", DATA / "vaccine_schedule.csv"

#: what a line says beside durations
BESIDE = ("season", "instead_of", "vaccines", "born_from", "immune_by", "not_with")
_SOURCED = ("source", "source_place", "source_opened")
_VACCINES = Table(Vaccine, key=("code",), columns=("name", "groups", "is_active", *_SOURCED), retire=True)


def _vaccine(row: Row) -> dict[str, Any]:
    return {
        "code": row.needed("code"),
        "name": row.needed("name"),
        "groups": list(row.many("groups")),
        "is_active": True,
        **_source(row),
    }


def _source(row: Row) -> dict[str, Any]:
    opened = row.day("source_opened") or date.min
    return {"source": row.needed("source"), "source_place": row.needed("source_place"), "source_opened": opened}


def _line(row: Row) -> dict[str, Any]:
    spans = {name: row.text(name) for name in ScheduledDose.DURATIONS}
    for name, text in spans.items():
        try:
            Span.parse(text)
        except NotASpan:
            row.note(name, f"{text!r} is no duration like P6W or P12M-4D")
    return {
        "group": row.needed("vaccine_group"),
        "group_name": row.needed("group_name"),
        "dose": row.whole("dose") or 0,
        **spans,
        "season": row.text("season"),
        "instead_of": row.text("instead_of"),
        "vaccines": list(row.many("vaccines")),
        "born_from": row.day("born_from"),
        "immune_by": list(row.many("immune_by")),
        "not_with": list(row.many("not_with")),
        **_source(row),
    }


def read_vaccines() -> tuple[dict[str, Any], ...]:
    """The vaccines that ship.

    :raises ReferenceDataError: with every problem of the file
    """
    rows = read(VACCINES, ("code", "name", "groups", *_SOURCED), _vaccine)
    refuse_repeats(VACCINES, ((row["code"],) for row in rows))
    return rows


def read_schedule() -> tuple[dict[str, Any], ...]:
    """The lines of the public schedule that ships.

    :raises ReferenceDataError: with every problem of the file
    """
    columns = ("vaccine_group", "group_name", "dose", *ScheduledDose.DURATIONS, *BESIDE, *_SOURCED)
    rows = read(SCHEDULE, columns, _line)
    refuse_repeats(SCHEDULE, ((row["group"], str(row["dose"])) for row in rows))
    vaccines = read_vaccines()
    known = {group for row in vaccines for group in row["groups"]}
    refuse_unknown(SCHEDULE, "vaccine_group", (row["group"] for row in rows), known)
    refuse_unknown(
        SCHEDULE, "vaccines", (code for row in rows for code in row["vaccines"]), {v["code"] for v in vaccines}
    )
    named = {row["group"] for row in rows}
    refuse_unknown(SCHEDULE, "instead_of", (row["instead_of"] for row in rows if row["instead_of"]), named)
    return rows


def load_vaccines(act: Act) -> Changed:
    """Bring vaccines up to date; a public schedule that says something else becomes the next version of it."""
    act.require("chart.load_vaccines")
    changed = bring_up_to_date(_VACCINES, read_vaccines(), by=act.by)
    lines = read_schedule()
    last = VaccineSchedule.objects.filter(facility=None).order_by("-number").first()
    if last is not None and _as_said(last.doses.order_by("place")) == _as_said(lines):
        return changed
    schedule = VaccineSchedule.objects.create(
        number=last.number + 1 if last else 1,
        name="Children, adolescents and adults (CDC)",
        published_at=act.at,
        recorded_by_id=act.by,
    )
    add_lines(act, schedule, lines)
    return changed + Changed(rows=len(lines), added=len(lines))


def add_lines(act: Act, schedule: VaccineSchedule, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write the lines of a new version, in this order."""
    ScheduledDose.objects.bulk_create(
        ScheduledDose(schedule=schedule, place=place, recorded_by_id=act.by, **line) for place, line in enumerate(lines)
    )


def line_of(row: ScheduledDose) -> dict[str, Any]:
    """A line as the next version takes it over."""
    return {
        name: getattr(row, name)
        for name in ("group", "group_name", "dose", *ScheduledDose.DURATIONS, *BESIDE, *_SOURCED)
    }


def _as_said(lines: Any) -> list[dict[str, Any]]:
    return [line if isinstance(line, dict) else line_of(line) for line in lines]


def series_of(doses: Sequence[ScheduledDose]) -> dict[str, list[vaccination.Line]]:
    """The lines of a schedule as the rules reckon with them: group -> its doses."""
    series: dict[str, list[vaccination.Line]] = defaultdict(list)
    for row in doses:
        spans: dict[str, Any] = {name: Span.parse(getattr(row, name)) for name in ScheduledDose.DURATIONS}
        beside: dict[str, Any] = {name: tuple(getattr(row, name)) for name in ("vaccines", "immune_by", "not_with")}
        beside |= {"instead_of": row.instead_of, "born_from": row.born_from}
        series[row.group].append(vaccination.Line(dose=row.dose, season=row.season, **beside, **spans))
    return {group: sorted(lines, key=lambda line: line.dose) for group, lines in series.items()}


def plug_in_loaders() -> None:
    """Tell the core what this room loads."""
    files = (Path(__file__), Path(vaccination.__file__), DATA)
    plug_in(ReferenceLoader("vaccines", "chart.load_vaccines", lambda: fingerprint_of(*files), load_vaccines))
