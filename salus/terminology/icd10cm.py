"""ICD-10-CM as it lies in the `simple-icd-10-cm` wheel: the CDC's tabular list and code list (US public domain).

The files are read here and not through the package, whose import takes 1.4 seconds wherever it happens. Codes that the
tabular list only implies (the seventh characters of injuries) are made as it says and kept where the code list has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree  # noqa: S405 - a file of a pinned and hashed wheel

from salus.core.reference_data import Row, read, refuse_repeats

SYSTEM = "http://hl7.org/fhir/sid/icd-10-cm"
PACKAGE = "simple_icd_10_cm"
COMMON = Path(__file__).parent / "data" / "common_conditions.csv"

#: the parts of a code before and after its dot, and its full length with the placeholder X
_CATEGORY, _SIX = 3, 6


@dataclass(frozen=True, slots=True)
class IcdCode:
    """One code, block or chapter. Only a leaf may be billed; what it inherits helps to find it."""

    code: str
    display: str
    is_leaf: bool
    parent: str
    chapter: str
    synonyms: tuple[str, ...]
    inherited: tuple[str, ...]
    is_block: bool

    @property
    def is_extended(self) -> bool:
        """Tell whether the code has a seventh character."""
        return len(self.code) == _SIX + len(".") + 1

    @property
    def is_first_encounter(self) -> bool:
        """Tell whether the seventh character, if there is one, speaks of the first (active) treatment."""
        return not self.is_extended or self.code[-1] in "AB0"


@dataclass(frozen=True, slots=True)
class _Above:
    """What a code takes from those above it."""

    parent: str
    chapter: str
    terms: tuple[str, ...]
    seventh: tuple[tuple[str, str], ...]


def wheel_version() -> str:
    """Answer the version of the wheel, by which a database knows whether it has these codes."""
    return version("simple-icd-10-cm")


def icd_codes() -> Iterator[IcdCode]:
    """Yield every chapter, block and code once, each after its parent (about a second for 98,000)."""
    folder = _folder()
    root = ElementTree.parse(next(folder.glob("icd10c*tabular*.xml"))).getroot()  # noqa: S314 - see above
    for chapter in root.iterfind("chapter"):
        number = chapter.findtext("name", "")
        yield _node(chapter, number, _Above("", number, (), ()), is_leaf=False, is_block=True)
        for section in chapter.iterfind("section"):
            yield from _section(section, number)


@cache
def _folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"


@cache
def _all_codes() -> frozenset[str]:
    text = next(_folder().glob("code-list*.txt")).read_text(encoding="utf-8")
    return frozenset(line.split(" ")[0] for line in text.splitlines())


def _section(section: ElementTree.Element, chapter: str) -> Iterator[IcdCode]:
    block = section.get("id", "")
    categories = section.findall("diag")
    above = _Above(chapter, chapter, (), _seventh(section))
    # some blocks hold one category of the same name (B20): it stands for both
    if block and not any(category.findtext("name") == block for category in categories):
        yield _node(section, block, above, is_leaf=False, is_block=True)
        above = _Above(block, chapter, (), above.seventh)
    for category in categories:
        yield from _diagnosis(category, above)


def _diagnosis(element: ElementTree.Element, above: _Above) -> Iterator[IcdCode]:
    code = element.findtext("name", "")
    seventh = _seventh(element) or above.seventh
    children = element.findall("diag")
    extended = [] if children else list(_extended(code, seventh))
    node = _node(element, code, above, is_leaf=not children and not extended, is_block=False)
    yield node
    below = _Above(code, above.chapter, above.terms + node.synonyms, seventh)
    for child in children:
        yield from _diagnosis(child, below)
    for longer, meaning in extended:
        yield IcdCode(longer, f"{node.display}, {meaning}", True, code, above.chapter, (), below.terms, False)


def _node(element: ElementTree.Element, code: str, above: _Above, *, is_leaf: bool, is_block: bool) -> IcdCode:
    notes = element.iterfind("inclusionTerm/note"), element.iterfind("includes/note")
    terms = tuple(dict.fromkeys(note.text.strip() for found in notes for note in found if note.text))
    return IcdCode(
        code=code,
        display=(element.findtext("desc") or "").strip(),
        is_leaf=is_leaf,
        parent=above.parent,
        chapter=above.chapter,
        synonyms=() if is_block else terms,
        inherited=above.terms,
        is_block=is_block,
    )


def _seventh(element: ElementTree.Element) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for part in element.iterfind("sevenChrDef/*"):
        if part.tag == "extension":
            found.append((part.get("char", ""), part.text or ""))
        elif part.tag == "note" and found and part.text:
            found[-1] = (found[-1][0], f"{found[-1][1]}/{part.text}")
    return tuple(found)


def _extended(code: str, seventh: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    bare = code.replace(".", "").ljust(_SIX, "X")
    for character, meaning in seventh:
        if bare + character in _all_codes():
            yield f"{bare[:_CATEGORY]}.{bare[_CATEGORY:]}{character}", meaning


@dataclass(frozen=True, slots=True)
class CommonCondition:
    """A code that is recorded often, with the words that people use for it and who says so."""

    code: str
    synonyms: tuple[str, ...]
    source: str
    source_place: str
    source_opened: date | None


def read_common_conditions(path: Path = COMMON) -> tuple[CommonCondition, ...]:
    """Read the conditions that a search shows first."""
    columns = ("code", "synonyms", "source", "source_place", "source_opened")
    common = read(path, columns, _common)
    refuse_repeats(path, ((condition.code,) for condition in common))
    return common


def _common(row: Row) -> CommonCondition:
    return CommonCondition(
        code=row.needed("code"),
        synonyms=row.many("synonyms"),
        source=row.needed("source"),
        source_place=row.text("source_place"),
        source_opened=row.day("source_opened"),
    )
