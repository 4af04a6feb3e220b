"""Bringing the knowledge that ships up to date, and a hospital's own lines after they were looked at."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Invalid
from salus.core.reference_data import ReferenceDataError
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed, Table, bring_up_to_date
from salus.safety import definitions
from salus.safety.builtin import CHECKS
from salus.safety.definitions import Definition
from salus.safety.models import SHIPPED, Member, Rule
from salus.terminology.models import Medicine

#: of a file that a hospital brings
MOST_CHARACTERS = 1_000_000
_SAID = ("kind", "about", "says", "severity", "statement", "source", "source_place", "source_opened")
_RULES = Table(
    Rule,
    key=("origin", "code"),
    columns=(*_SAID, "is_active"),
    retire=True,
    within={"origin": SHIPPED},
)
_MEMBERS = Table(
    Member,
    key=("group_name", "ingredient"),
    columns=("source", "source_place", "source_opened", "is_active"),
    retire=True,
)


def load_knowledge(act: Act) -> Changed:
    """Bring the statements and groups that ship up to date; a facility's own lines stay as they are."""
    act.require("safety.load_knowledge")
    shipped = definitions.read_shipped()
    members = ({**asdict(one), "is_active": True} for one in shipped.members)
    changed = bring_up_to_date(_MEMBERS, members, by=act.by)
    return changed + bring_up_to_date(_RULES, (_row(one, SHIPPED) for one in (*shipped.rules, *CHECKS)), by=act.by)


def _row(rule: Definition, origin: str) -> dict[str, Any]:
    return {
        "origin": origin,
        "code": rule.code,
        "kind": rule.kind,
        "about": list(rule.about),
        "says": rule.says,
        "severity": rule.severity,
        "statement": rule.statement,
        "source": rule.source,
        "source_place": rule.source_place,
        "source_opened": rule.source_opened,
        "is_active": True,
    }


@dataclass(frozen=True, slots=True)
class Change:
    """What a line of a hospital's file would do: `add`, `replace` what ships, `change` its own line, or nothing (`same`)."""

    what: str
    rule: Definition
    before: str = ""


def read_own(file: str, content: str) -> tuple[Definition, ...]:
    """Read a hospital's lines of one of the files.

    :raises Invalid: with every problem, each with its place
    """
    shape = definitions.SHAPES.get(file)
    if shape is None:
        raise Invalid(file=_("Choose which file it is."))
    if len(content) > MOST_CHARACTERS:
        raise Invalid(content=_("This file is too large: at most one million characters."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / shape.name
        path.write_text(content.removeprefix("\ufeff"), encoding="utf-8", newline="")
        try:
            rules = definitions.read_rules(shape, path)
            definitions.refuse_unknown_groups(path, rules, _known_groups())
        except ReferenceDataError as error:
            said = [str(problem) for problem in error.problems[:20]]
            raise Invalid(content="\n".join(said)) from error
        except csv.Error as error:
            raise Invalid(content=_("This is no CSV file: %(why)s") % {"why": error}) from error
    return rules


def _known_groups() -> set[str]:
    """The groups of the knowledge, and those of the formulary by which allergies are told."""
    told = Medicine.objects.filter(is_active=True).values_list("allergy_groups", flat=True)
    return {
        *Member.objects.filter(is_active=True).values_list("group_name", flat=True),
        *(g for gs in told for g in gs),
    }


def compare(rules: Sequence[Definition], facility_id: UUID) -> list[Change]:
    """What these lines would change for a facility, without changing anything."""
    origin = str(facility_id)
    rows = Rule.objects.filter(code__in=[rule.code for rule in rules], origin__in=(SHIPPED, origin), is_active=True)
    standing: dict[str, Rule] = {}
    for row in rows:
        if row.code not in standing or row.origin == origin:
            standing[row.code] = row
    return [_compared(rule, standing.get(rule.code), origin) for rule in rules]


def _compared(rule: Definition, row: Rule | None, origin: str) -> Change:
    if row is None:
        return Change("add", rule)
    said = _row(rule, row.origin)
    if all(getattr(row, name) == said[name] for name in _SAID):
        return Change("same", rule)
    return Change("change" if row.origin == origin else "replace", rule, f"{row.severity}: {row.statement}")


def apply(act: Act, changes: Sequence[Change], facility_id: UUID) -> int:
    """Write a facility's own lines; returns how many were written."""
    origin = str(facility_id)
    codes = [change.rule.code for change in changes if change.what != "same"]
    own = {row.code: row for row in Rule.objects.select_for_update().filter(origin=origin, code__in=codes)}
    fresh = []
    for change in changes:
        if change.what == "same":
            continue
        values = _row(change.rule, origin) | {"recorded_by_id": act.by}
        row = own.get(change.rule.code)
        if row is None:
            fresh.append(Rule(**values))
            continue
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
    Rule.objects.bulk_create(fresh)
    return len(codes)


def plug_in_loader() -> None:
    """Tell the core what this room loads."""
    code = (Path(__file__), Path(definitions.__file__), Path(__file__).with_name("builtin.py"))
    plug_in(
        ReferenceLoader(
            "safety.knowledge",
            "safety.load_knowledge",
            lambda: fingerprint_of(*code, definitions.DATA),
            load_knowledge,
        )
    )
