"""SNOMED CT as the hospital brings it: the Global Patient Set's flat file, or a release in RF2 with its synonyms.

Nothing of SNOMED CT ships with Salus (decision 25). The Global Patient Set has for each concept its identifier, fully
specified name, preferred term and status, separated by tabs (docs.snomed.org, GPS implementation guide); RF2 has the
same in its description file. A folder or a zip of either will do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from salus.core.act import Act
from salus.core.upsert import Changed
from salus.terminology.loading import NEVER
from salus.terminology.releases import NotARelease, a_release, bring_concepts, rows_of
from salus.terminology.rules import fold

SYSTEM = "http://snomed.info/sct"
#: what may be a problem, by the tag of its fully specified name; the rest, but what may be done, is only known by its code
RANKS = {"disorder": 1, "finding": 2, "situation": 3, "event": 3}
#: what may be done, found by its own search
PROCEDURES = ("procedure", "regime/therapy")
_FSN, _SYNONYM = "900000000000003001", "900000000000013009"
_TAG = re.compile(r"^(.*) \(([^()]+)\)$", re.DOTALL)
_DESCRIPTIONS = re.compile(r"sct2_Description_Snapshot[^/]*\.txt$")
_CONCEPT_FILE = re.compile(r"sct2_Concept_Snapshot[^/]*\.txt$")


class NotSnomed(NotARelease):
    """This is neither the Global Patient Set nor a release in RF2."""


@dataclass(slots=True)
class SnomedConcept:
    """One concept: its fully specified name, what it is called, and whether it still stands."""

    code: str
    name: str = ""
    preferred: str = ""
    synonyms: list[str] = field(default_factory=list)
    is_active: bool = True

    @property
    def tag(self) -> str:
        """The semantic tag: `disorder` of `Asthma (disorder)`."""
        found = _TAG.match(self.name)
        return found[2] if found else ""

    @property
    def display(self) -> str:
        """What it is shown by: the preferred term, or the name without its tag."""
        found = _TAG.match(self.name)
        return self.preferred or (found[1] if found else self.name)


def load_snomed(act: Act, path: Path) -> Changed:
    """Bring the concepts of a release into the database; those that are gone from it are retired.

    :raises NotSnomed: if the file is something else
    """
    act.require("terminology.load_conditions")
    return bring_concepts(SYSTEM, (_row(one) for one in read_release(path)), by=act.by)


def _row(one: SnomedConcept) -> Mapping[str, Any]:
    rank = RANKS.get(one.tag, NEVER)
    others = [name for name in dict.fromkeys(one.synonyms) if name != one.display]
    findable = one.is_active and (rank != NEVER or one.tag in PROCEDURES)
    return {
        "system": SYSTEM,
        "code": one.code,
        "display": one.display,
        "synonyms": others,
        "is_leaf": True,
        "parent_code": "",
        "chapter": one.tag,
        "rank": rank,
        "is_active": one.is_active,
        "words_a": fold(one.display) if findable else "",
        "words_b": fold(" ".join(others)) if findable else "",
        "words_c": "",
        "words_d": "",
    }


def read_release(path: Path) -> list[SnomedConcept]:
    """Read a release: a flat file, a folder, or a zip.

    :raises NotSnomed: if it is something else
    """
    with a_release(path, (".txt", ".tsv")) as release:
        described = [name for name in release.names if _DESCRIPTIONS.search(name)]
        flat = [name for name in release.names if "gps" in name.rpartition("/")[2].lower()]
        if described:
            retired: set[str] = set()
            for name in (one for one in release.names if _CONCEPT_FILE.search(one)):
                with release.read(name) as file:
                    retired = {
                        row["id"] for row in rows_of(file, NotSnomed, delimiter="\t") if row.get("active") == "0"
                    }
            with release.read(described[0]) as file:
                concepts = _rf2(file, retired)
        elif flat or len(release.names) == 1:
            with release.read((flat or release.names)[0]) as file:
                concepts = _flat(file)
        else:
            raise NotSnomed(f"{path.name} holds neither the Global Patient Set nor a description file of RF2")
    if not concepts:
        raise NotSnomed(f"{path.name} holds no concept of SNOMED CT")
    return concepts


#: how the four columns have been called, letters only
_FLAT = {
    "code": ("id", "sctid", "conceptid", "snomedctid", "snomedctconceptid", "referencedcomponentid"),
    "name": ("fsn", "fullyspecifiedname", "term"),
    "preferred": ("preferredterm", "pt", "usenglishpreferredterm"),
    "status": ("active", "status", "conceptstatus", "conceptactive", "activestatus"),
}


def _flat(file: TextIO) -> list[SnomedConcept]:
    found: list[SnomedConcept] = []
    for row in rows_of(file, NotSnomed, delimiter="\t"):
        said = {name: next((row[c] for c in columns if c in row), "") for name, columns in _FLAT.items()}
        if not said["code"].isdigit() or not said["name"]:
            raise NotSnomed("a line has no identifier or no fully specified name")
        is_active = said["status"].strip().lower() in ("", "1", "active", "true")
        found.append(SnomedConcept(said["code"], said["name"], said["preferred"], [], is_active))
    return found


def _rf2(file: TextIO, retired: set[str]) -> list[SnomedConcept]:
    found: dict[str, SnomedConcept] = {}
    for row in rows_of(file, NotSnomed, delimiter="\t"):
        if row.get("active") != "1" or not row.get("languagecode", "en").startswith("en"):
            continue
        code = row["conceptid"]
        one = found.setdefault(code, SnomedConcept(code, is_active=code not in retired))
        if row.get("typeid") == _FSN:
            one.name = row["term"]
        elif row.get("typeid") == _SYNONYM:
            one.synonyms.append(row["term"])
    return [one for one in found.values() if one.name]
