"""ICD-11 for Mortality and Morbidity Statistics (MMS) as the hospital brings it: WHO's own tabulation of a release.

Nothing of ICD-11 ships with Salus: its licence (CC BY-ND 3.0 IGO) allows no altered copies. WHO publishes each release as
`SimpleTabulation-ICD-11-MMS-<language>`, and as `LinearizationMiniOutput-MMS-<language>` while it is made: a zip with one
table as text, parted by tabs (read), and as XLSX (not read). Titles are indented by hyphens, lines may end before the last
columns, and the last column's name says the release (`Version:2025 Jan 24 - 22:30 UTC`).

Where WHO's own `11To10MapToOneCategory.txt` lies beside it, each code knows the nearest category of ICD-10: the checks of
medicines go by those.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from salus.core.act import Act
from salus.core.models import ReferenceLoad
from salus.core.upsert import Changed
from salus.terminology.loading import NEVER, PLAIN, TOO_COARSE
from salus.terminology.releases import NotARelease, Release, a_release, bring_concepts
from salus.terminology.rules import fold, is_icd11

#: the linearisation, whatever the release: how FHIR names it (terminology.hl7.org, ICD-11 MMS)
SYSTEM = "http://id.who.int/icd/release/11/mms"
#: under which name the release that is loaded is remembered
NAME = "icd-11"
_TABLE = re.compile(r"(simpletabulation|linearizationmini)[^/]*\.txt$", re.IGNORECASE)
_TO_ICD10 = re.compile(r"(^|/)11to10maptoonecategory\.txt$", re.IGNORECASE)
_INDENT = re.compile(r"^[\s-]+")
#: chapters of what qualifies a diagnosis and is none: functioning, extension codes
_NO_DIAGNOSIS = ("V", "X")
_WANTED = ("code", "title", "classkind", "chapterno", "isleaf")
#: what the table of WHO says where no category is near
_NONE = "no mapping"


class NotIcd11(NotARelease):
    """This is not WHO's tabulation of ICD-11."""


@dataclass(frozen=True, slots=True)
class Tabulation:
    """The codes of a release, and which release it is, in WHO's words."""

    release: str
    rows: list[Mapping[str, Any]]


def load_icd11(act: Act, path: Path) -> Changed:
    """Bring the codes of a release into the database; those that are gone from it are retired.

    :raises NotIcd11: if the file is something else
    """
    act.require("terminology.load_conditions")
    table = read_tabulation(path)
    changed = bring_concepts(SYSTEM, table.rows, by=act.by, more=("maps_to",))
    kept = {"fingerprint": table.release, "rows": changed.rows, "loaded_at": act.at}
    ReferenceLoad.objects.update_or_create(name=NAME, defaults=kept)
    return changed


def release_loaded() -> str:
    """Which release the hospital has loaded, in WHO's words; empty without any."""
    return ReferenceLoad.objects.filter(name=NAME).values_list("fingerprint", flat=True).first() or ""


def read_tabulation(path: Path) -> Tabulation:
    """Read a release: its text, or a folder or zip that has it.

    :raises NotIcd11: if it is something else
    """
    with a_release(path, (".txt",)) as release:
        tables = [name for name in release.names if _TABLE.search(name)]
        if not tables and len(release.names) == 1:
            tables = release.names
        if not tables:
            raise NotIcd11(f"{path.name} holds no tabulation of ICD-11 as text (SimpleTabulation-ICD-11-MMS-en.txt)")
        with release.read(tables[0]) as file:
            version, rows = _read(file)
        nearest = _nearest(release)
    found: dict[str, Mapping[str, Any]] = {}
    for said in rows:
        if said["classkind"] == "category" and (code := said["code"].strip()):
            found.setdefault(code, _row(code, said, nearest.get(code, "")))
    if not found:
        raise NotIcd11(f"{path.name} holds no code of ICD-11")
    return Tabulation(version, list(found.values()))


def _read(file: TextIO) -> tuple[str, list[dict[str, str]]]:
    header, lines = _table(file)
    names = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in header]
    if not set(_WANTED) <= set(names):
        raise NotIcd11("the columns are not those of WHO's tabulation of ICD-11")
    version = next((cell.partition(":")[2].strip() for cell in header if cell.lower().startswith("version")), "")
    rows = [dict(zip(names, [*cells, *[""] * len(names)], strict=False)) for cells in lines]
    address = next((name for name in names if name.startswith("linearization")), "")
    if any(said["code"] and "/mms/" not in said.get(address, "") for said in rows):
        raise NotIcd11("this is a tabulation of another classification than ICD-11 MMS")
    return version, rows


def _table(file: TextIO) -> tuple[list[str], Iterator[list[str]]]:
    lines = csv.reader(file, delimiter="\t")
    try:
        whole = list(lines)
    except (csv.Error, UnicodeDecodeError) as error:
        raise NotIcd11("this is no table of UTF-8 text") from error
    return (whole[0], iter(whole[1:])) if whole else ([], iter(()))


def _nearest(release: Release) -> dict[str, str]:
    """Code of ICD-11 -> category of ICD-10, as far as WHO's table lies beside the tabulation."""
    name = next((one for one in release.names if _TO_ICD10.search(one)), None)
    if name is None:
        return {}
    with release.read(name) as file:
        header, lines = _table(file)
    names = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in header]
    if not {"icd11code", "icd10code"} <= set(names):
        raise NotIcd11(f"{name} has not the columns of WHO's table of ICD-11 and ICD-10")
    ours, theirs = names.index("icd11code"), names.index("icd10code")
    found = {cells[ours].strip(): cells[theirs].strip() for cells in lines if len(cells) > max(ours, theirs)}
    return {code: near for code, near in found.items() if near and near.lower() != _NONE}


def _row(code: str, said: Mapping[str, str], nearest: str) -> Mapping[str, Any]:
    title, is_leaf = _INDENT.sub("", said["title"]).strip(), said["isleaf"].strip().lower() == "true"
    if not is_icd11(code) or not title:
        raise NotIcd11("a line has no code of ICD-11 or no title")
    findable = said["chapterno"].strip().upper() not in _NO_DIAGNOSIS
    return {
        "system": SYSTEM,
        "code": code,
        "display": title,
        "synonyms": [],
        "is_leaf": is_leaf,
        "parent_code": "",
        "chapter": said["chapterno"].strip(),
        "rank": NEVER if not findable else PLAIN if is_leaf else TOO_COARSE,
        "is_active": True,
        "maps_to": nearest,
        "words_a": fold(title) if findable else "",
        "words_b": "",
        "words_c": "",
        "words_d": "",
    }
