"""A search as it was asked: parameters, what the answer shall hold, how it is sorted and paged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from salus.fhir.serving.narrowing import Cut, cut_of
from salus.fhir.serving.outcomes import FhirError

#: how many resources a page holds unless said, and at most
COUNT, MOST = 50, 500
#: with what refers to them on the page as well, which may be much
COUNT_WITH_REFERRING = 10
_PARAMETERS, _VALUES, _LENGTH = 60, 300, 2000

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter: `chain` is what follows a dot (`patient.identifier`), `values` are alternatives."""

    name: str
    modifier: str
    chain: str
    values: tuple[str, ...]

    @property
    def told(self) -> str:
        return self.name + (f":{self.modifier}" if self.modifier else "") + (f".{self.chain}" if self.chain else "")


@dataclass(frozen=True, slots=True)
class Having:
    """`_has:Observation:patient:code`: who has something that refers to them by `param` and fits the criterion."""

    source: str
    param: str
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` or `_revinclude`: `Observation:patient:Patient`; `again`: of what was included as well (`:iterate`)."""

    source: str
    param: str
    target: str
    again: bool = False


@dataclass(slots=True)
class Asked:
    """A search, read."""

    criteria: list[Criterion] = field(default_factory=list)
    having: list[Having] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    referring: list[Include] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    count: int = COUNT
    total: str = ""
    only_count: bool = False
    cut: Cut = field(default_factory=Cut)
    lenient: bool = False
    #: parameters that nobody here knows and that were let pass (Prefer: handling=lenient)
    ignored: list[str] = field(default_factory=list)
    pairs: tuple[Pair, ...] = ()


def read(pairs: Sequence[Pair], *, lenient: bool) -> Asked:
    """Read the parameters of a search; which of them exist for a type is decided later.

    :raises FhirError: 400 for what cannot be read
    """
    if len(pairs) > _PARAMETERS:
        raise FhirError(400, f"At most {_PARAMETERS} parameters.", code="too-costly")
    asked = Asked(lenient=lenient, pairs=tuple(pairs))
    has_count = False
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise FhirError(400, "A parameter holds a NUL character.", expression=name[:50].replace("\0", ""))
        if len(value) > _LENGTH or len(name) > 100:
            raise FhirError(400, "A parameter is too long.", code="too-long")
        if name in ("_format", "_pretty"):
            continue
        has_count = has_count or name == "_count"
        if name.startswith("_has:"):
            asked.having.append(_having(name, value))
        elif not _control(asked, name, value):
            asked.criteria.append(_criterion(name, value))
    asked.cut = cut_of(pairs)
    asked.only_count = asked.only_count or asked.cut.summary == "count"
    if asked.cut.summary == "text" and (asked.includes or asked.referring):
        raise FhirError(400, "With _summary=text nothing is included.", expression="_summary")
    if asked.referring and not has_count:
        asked.count = COUNT_WITH_REFERRING
    return asked


def _control(asked: Asked, name: str, value: str) -> bool:
    """Parameters that say how to answer, not what to find."""
    bare, _, modifier = name.partition(":")
    if bare == "_count":
        asked.count = _count(value)
        asked.only_count = asked.only_count or asked.count == 0
    elif bare == "_sort":
        asked.sort += [_sorting(one) for one in value.split(",")]
    elif bare in ("_include", "_revinclude"):
        if modifier not in ("", "iterate"):
            raise FhirError(400, f"{bare}:{printable(modifier)} is not supported.", code="not-supported")
        one = _include(bare, value, again=modifier == "iterate")
        (asked.includes if bare == "_include" else asked.referring).append(one)
    elif name in ("_summary", "_elements"):
        pass  # read together, as a cut
    elif bare == "_total":
        if value not in ("none", "estimate", "accurate"):
            raise FhirError(400, "_total is none, estimate or accurate.", expression="_total")
        asked.total = value
    elif bare == "_totalMethod":
        asked.total = "accurate" if value == "count" else value  # how fhirpy says _total
    else:
        return False
    return True


def _count(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise FhirError(400, "_count is a whole number.", expression="_count")
    return min(int(value), MOST)


def _sorting(text: str) -> tuple[str, bool]:
    name = text.strip().removeprefix("-")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z_-]*", name):
        raise FhirError(400, "_sort names search parameters, with a minus for the other direction.", expression="_sort")
    return name, text.strip().startswith("-")


def _include(name: str, value: str, *, again: bool) -> Include:
    parts = value.split(":")
    if len(parts) not in (2, 3) or not all(parts):
        raise FhirError(400, f"{name} is Type:parameter or Type:parameter:Type.", expression=name)
    return Include(parts[0], parts[1], parts[2] if len(parts) == 3 else "", again)


def _having(name: str, value: str) -> Having:
    parts = name.split(":", 3)
    if len(parts) != 4 or not all(parts):
        raise FhirError(400, "_has is _has:Type:reference:parameter.", expression="_has")
    if parts[3].startswith("_has"):
        raise FhirError(400, "A _has in a _has is not supported.", code="not-supported", expression="_has")
    return Having(parts[1], parts[2], _criterion(parts[3], value))


_NAME = re.compile(r"(?P<name>_?[A-Za-z][A-Za-z-]*)(:(?P<modifier>[A-Za-z-]+))?(\.(?P<chain>_?[A-Za-z][A-Za-z-]*))?")


def _criterion(name: str, value: str) -> Criterion:
    match = _NAME.fullmatch(name)
    if match is None:
        raise FhirError(400, f"There is no parameter {printable(name)}.", code="not-supported")
    values = tuple(split(value, ","))
    if len(values) > _VALUES:
        raise FhirError(400, f"At most {_VALUES} alternatives.", code="too-costly", expression=name)
    return Criterion(match["name"], match["modifier"] or "", match["chain"] or "", values)


def split(text: str, mark: str) -> Iterable[str]:
    """Split at a mark that is not escaped; escapes stay (`unescaped` takes them away)."""
    part, escaped = "", False
    for letter in text:
        if letter == mark and not escaped:
            yield part
            part = ""
        else:
            part += letter
        escaped = letter == "\\" and not escaped
    yield part


def unescaped(text: str) -> str:
    """`\\,` is a comma (hl7.org/fhir/R4/search.html#escaping)."""
    return re.sub(r"\\([\\,|$])", r"\1", text)


def printable(text: str) -> str:
    """A name from outside, fit to be told back."""
    return re.sub(r"[^\w:.$-]", "?", text)[:60]


def pairs_of(query: str) -> list[Pair]:
    """The parameters of a query string."""
    return parse_qsl(query, keep_blank_values=True, max_num_fields=_PARAMETERS)
