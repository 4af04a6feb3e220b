"""LOINC as the hospital brings it: `Loinc.csv`, or the core table, alone, in the folder or the zip of a release.

Nothing of LOINC's table ships with Salus: who uses it accepts its licence (loinc.org/license). The columns are those of the
table's own file; names that laboratories use besides (`RELATEDNAMES2`) are searched and not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salus.core.act import Act
from salus.core.upsert import Changed
from salus.terminology.releases import NotARelease, a_release, bring_concepts, rows_of
from salus.terminology.rules import fold, is_loinc

SYSTEM = "http://loinc.org"
#: of two files of one release, the one with more columns
_FILES = ("loinc.csv", "loinctablecore.csv")
#: LOINC's own 2,000 most usual tests, what else stands, and what it discourages: the order among hits
_USUAL, _PLAIN, _DISCOURAGED = 1, 2, 4
_ALSO = ("consumername", "shortname", "displayname")


class NotLoinc(NotARelease):
    """This is not the table of LOINC."""


def load_loinc(act: Act, path: Path) -> Changed:
    """Bring the codes of a release into the database; those that LOINC deprecates, or that are gone from it, are retired.

    :raises NotLoinc: if the file is something else
    """
    act.require("terminology.load_conditions")
    return bring_concepts(SYSTEM, read_table(path), by=act.by)


def read_table(path: Path) -> list[Mapping[str, Any]]:
    """Read the table: a file, a folder, or a zip.

    :raises NotLoinc: if it is something else
    """
    with a_release(path, (".csv",)) as release:
        tables = {name.rpartition("/")[2].lower(): name for name in release.names}
        name = next((tables[one] for one in _FILES if one in tables), None)
        if name is None and len(release.names) == 1:
            name = release.names[0]
        if name is None:
            raise NotLoinc(f"{path.name} holds no table of LOINC")
        with release.read(name) as file:
            rows = [_row(one) for one in rows_of(file, NotLoinc, delimiter=",")]
    if not rows:
        raise NotLoinc(f"{path.name} holds no code of LOINC")
    return rows


def _row(said: Mapping[str, str]) -> Mapping[str, Any]:
    code, display = said.get("loincnum", ""), said.get("longcommonname", "").strip()
    if not is_loinc(code) or not display:
        raise NotLoinc("a line has no code of LOINC or no long common name")
    also = list(dict.fromkeys(one for name in _ALSO if (one := said.get(name, "").strip()) and one != display))
    status = said.get("status", "").upper()
    is_usual = said.get("commontestrank", "0").strip() not in ("", "0")
    parts = (said.get(one, "") for one in ("component", "system", "methodtyp", "relatednames"))
    return {
        "system": SYSTEM,
        "code": code,
        "display": display,
        "synonyms": also,
        "is_leaf": True,
        "parent_code": "",
        "chapter": said.get("class", ""),
        "rank": _DISCOURAGED if status == "DISCOURAGED" else _USUAL if is_usual else _PLAIN,
        "is_active": status != "DEPRECATED",
        "words_a": fold(display),
        "words_b": fold(" ".join(also)),
        "words_c": fold(" ".join(parts)),
        "words_d": "",
    }
