"""A code for what was done: of the hospital's own catalogue, and of SNOMED CT where the hospital has loaded it."""

from dataclasses import dataclass

from salus.catalog.models import Orderable
from salus.terminology.queries import SNOMED_CT, search_procedures

MOST = 20


@dataclass(frozen=True, slots=True)
class Coded:
    """Something that is done, with the code that it has; `value` is how a form carries it."""

    system: str
    code: str
    display: str

    @property
    def value(self) -> str:
        return f"{self.system}|{self.code}"


def procedures_named(text: str) -> list[Coded]:
    """Procedures and images by a part of their name: the catalogue's first."""
    if not text.strip():
        return []
    rows = Orderable.objects.filter(kind__in=("procedure", "image"), is_active=True, name__icontains=text.strip())
    ours = [_coded(one) for one in rows.defer("words").order_by("name")[:MOST]]
    known = {one.value for one in ours}
    theirs = (Coded(SNOMED_CT, one.code, one.display) for one in search_procedures(text, MOST))
    return [*ours, *(one for one in theirs if one.value not in known)][:MOST]


def read(value: str) -> tuple[str, str]:
    """The system and the code that a form carries; none where it carries none."""
    system, _bar, code = value.rpartition("|")
    return (system, code) if code and len(value) < 200 else ("", "")


def _coded(one: Orderable) -> Coded:
    return Coded(one.code_system, one.coding, one.name) if one.coding else Coded("", one.code, one.name)
