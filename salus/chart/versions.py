"""The history of an entry as it is read: for each version what it said anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from salus.chart import rules
from salus.chart.problem_forms import COURSES, SEVERITIES
from salus.chart.queries.allergies import manifestation_of
from salus.chart.queries.versions import Version
from salus.ui import formatting
from salus.ui.statuses import look_of


@dataclass(frozen=True, slots=True)
class Change:
    """One version: when, by whom, and what it said anew; `was` is what it said before, empty for what was not there."""

    at: str
    by: str
    lines: Sequence[tuple[str, str, str]]


def changes_of(kind: str, versions: Sequence[Version]) -> list[Change]:
    """The versions, newest first; the oldest says all that it said."""
    told = [_TELLERS[kind](one.row) for one in versions]
    changes = []
    for place, one in enumerate(versions):
        before: Mapping[str, str] = told[place + 1] if place + 1 < len(told) else {}
        lines = [
            (name, words, before.get(name, "")) for name, words in told[place].items() if words != before.get(name, "")
        ]
        gone = [(name, "–", words) for name, words in before.items() if words and name not in told[place]]
        changes.append(Change(formatting.instant(one.at), one.by, [*lines, *gone]))
    return [one for one in changes if one.lines]


def _named(row: Mapping[str, Any]) -> dict[str, str]:
    wrong = {_("Entered in error"): row.get("void_reason", "")} if row.get("voided_at") else {}
    return {name: words for name, words in {_("Remark"): row.get("note", "")}.items() if words} | wrong


def _problem(row: Mapping[str, Any]) -> dict[str, str]:
    known = {
        _("Problem"): row["display"],
        _("Code"): row["code"],
        _("State"): str(look_of(row["status"]).label) if row["status"] else "",
        _("Certainty"): str(look_of(row["verification"]).label) if row["verification"] else "",
        _("Course"): str(dict(COURSES).get(row.get("course") or "", "")) if row.get("course") else "",
        _("Severity"): str(dict(SEVERITIES).get(row["severity"], row["severity"])) if row["severity"] else "",
        _("Principal"): _("yes") if row.get("is_principal") else "",
        _("Since"): formatting.partial_date(row["onset"]) if row["onset"] else "",
        _("Until"): formatting.partial_date(row["abatement"]) if row["abatement"] else "",
        _("Place in the list"): str(row["place"]) if row.get("place") else "",
    }
    return {name: words for name, words in known.items() if words} | _named(row)


def _allergy(row: Mapping[str, Any]) -> dict[str, str]:
    reactions = [
        " · ".join(part for part in (manifestation_of(one), one.get("severity", ""), str(one.get("onset", ""))) if part)
        for one in row["reactions"]
    ]
    known = {
        _("Substance"): row["display"],
        _("State"): str(look_of(row["status"]).label) if row["status"] else "",
        _("Certainty"): str(look_of(row["verification"]).label) if row["verification"] else "",
        _("Danger"): row["criticality"],
        _("Reactions"): "; ".join(reactions),
        _("Asked"): formatting.partial_date(row["recorded"]) if row["recorded"] else "",
        _("Look at it again on"): formatting.partial_date(row["review_on"]) if row.get("review_on") else "",
    }
    return {name: words for name, words in known.items() if words} | _named(row)


def _observation(row: Mapping[str, Any]) -> dict[str, str]:
    value = rules.shown_value(row)
    known = {
        _("Value"): f"{value} {rules.shown_unit(row['unit'], row['unit_code'])}".strip(),
        _("State"): str(look_of(row["status"]).label) if row["status"] else "",
        _("Flag"): rules.flag_letters(row["flag"]),
        _("Taken"): formatting.partial_date(str(row["effective"])) if row["effective"] else "",
    }
    return {name: words for name, words in known.items() if words} | _named(row)


_TELLERS = {"problem": _problem, "allergy": _allergy, "observation": _observation}
