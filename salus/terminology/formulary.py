"""The formulary that ships with Salus: what the files say, read and checked, before any database knows of it.

A line of `formulary.csv` says what a medicine is (ingredients, class, forms, strengths, routes). Whatever else is said
of it stands in `formulary_statements.csv`, one statement a line, each with the source that was opened, the place in it
and the day: a hospital can judge, replace or extend every single one. There are no doses and no dose limits here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from salus.core.reference_data import Row, read, refuse_repeats, refuse_unknown

DATA = Path(__file__).parent / "data"

CODE = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
_NUMBER = r"(?:0|[1-9]\d*)(?:\.\d+)?"
_UNIT = r"[A-Za-z\[\]{}%().]+"
_QUANTITY = rf"{_NUMBER} {_UNIT}(?:/(?:{_NUMBER} )?{_UNIT}|/\(24\.h\))?"
STRENGTH = re.compile(rf"{_QUANTITY}(?: \+ {_QUANTITY})*")

STATEMENTS = frozenset({"atc", "rxnorm", "tallman", "high_alert", "controlled", "synonym"})
ALLERGY_CATEGORIES = frozenset({"food", "medication", "environment", "biologic"})
ROUTES = frozenset(
    {
        "oral",
        "sublingual",
        "intravenous",
        "intramuscular",
        "subcutaneous",
        "subdermal",
        "infiltration",
        "epidural",
        "inhalation",
        "nasal",
        "rectal",
        "vaginal",
        "intrauterine",
        "cutaneous",
        "transdermal",
        "ophthalmic",
        "otic",
    }
)

#: by which a medicine is put where it is to work, and goes further only as far as it is absorbed
LOCAL_ROUTES = frozenset({"cutaneous", "ophthalmic", "otic", "nasal", "vaginal"})


def local_route(routes: Sequence[str]) -> str:
    """Where nobody said how something is given and it goes one way alone, into eye, ear, nose, skin or vagina: that way.

    Of what is swallowed nothing is guessed: a tablet of which no route was told stays one of which none is known.
    """
    return routes[0] if len(routes) == 1 and routes[0] in LOCAL_ROUTES else ""


@dataclass(frozen=True, slots=True)
class SourcedStatement:
    """One thing said of a medicine beyond what it is, with the source that says it."""

    medicine: str
    statement: str
    value: str
    source: str
    source_place: str
    source_opened: date


@dataclass(frozen=True, slots=True)
class MedicineDefinition:
    """A medicine that can be ordered: its code is ours and stable; names are international (INN)."""

    code: str
    name: str
    ingredients: tuple[str, ...]
    class_name: str
    allergy_groups: tuple[str, ...]
    forms: tuple[str, ...]
    strengths: tuple[str, ...]
    routes: tuple[str, ...]
    statements: tuple[SourcedStatement, ...] = ()

    def said(self, statement: str) -> tuple[str, ...]:
        """Answer the values of one kind of statement (`atc`, `rxnorm`, `tallman`, `high_alert`, `controlled`, ...)."""
        return tuple(s.value for s in self.statements if s.statement == statement)

    @property
    def tallman(self) -> str:
        """Answer the spelling against mix-ups, or nothing where no list has one."""
        return next(iter(self.said("tallman")), "")

    @property
    def is_high_alert(self) -> bool:
        """Tell whether a list of high-alert medicines names it."""
        return bool(self.said("high_alert"))

    @property
    def is_controlled(self) -> bool:
        """Tell whether a list of controlled substances names what is in it."""
        return bool(self.said("controlled"))


@dataclass(frozen=True, slots=True)
class PresentationDefinition:
    """A medicine as it lies on a shelf: one form, one strength, one pack."""

    code: str
    medicine: str
    form: str
    strength: str
    routes: tuple[str, ...]
    sig_dose: Decimal | None
    sig_unit: str
    sig_route: str
    sig_timing: str
    pack_size: Decimal
    pack_unit: str

    def named(self, medicine: str) -> str:
        """Answer its name for people, given the medicine's: `metformin 500 mg tablet`.

        Micrograms and units are written in full: "ug" and "IU" are read as mg and IV (ISMP's list).
        """
        strength = self.strength
        for code, word in _IN_FULL:
            strength = re.sub(code, word, strength)
        return f"{medicine} {strength} {self.form}"


#: UCUM codes in the words for people
_IN_FULL = ((r"\[iU\]", "units"), (r"\bug\b", "micrograms"), (r"\{actuat\}", "dose"), (r"\(24\.h\)", "24 h"))


@dataclass(frozen=True, slots=True)
class MedicineCode:
    """A code by which another system names one of our medicines (and, where it is that precise, a presentation)."""

    system: str
    code: str
    display: str
    medicine: str
    presentation: str
    source: str
    source_place: str
    source_opened: date


@dataclass(frozen=True, slots=True)
class AllergyGroup:
    """Substances that an allergy to one of them speaks of together."""

    code: str
    display: str


@dataclass(frozen=True, slots=True)
class AllergenDefinition:
    """A substance for the allergy picker; a hard stop matches its ingredient or its group."""

    code: str
    display: str
    category: str
    ingredient: str
    allergy_groups: tuple[str, ...]
    synonyms: tuple[str, ...]
    system: str
    system_code: str
    system_display: str


@dataclass(frozen=True, slots=True)
class Formulary:
    """All of it, checked together: no name in one file that another does not define."""

    medicines: tuple[MedicineDefinition, ...]
    presentations: tuple[PresentationDefinition, ...]
    codes: tuple[MedicineCode, ...]
    allergy_groups: tuple[AllergyGroup, ...]
    allergens: tuple[AllergenDefinition, ...]


def read_formulary(folder: Path = DATA) -> Formulary:
    """Read every file of the formulary and check each against the others.

    :raises ReferenceDataError: with the place of every problem
    """
    groups = read_allergy_groups(folder / "allergy_groups.csv")
    medicines = read_medicines(folder / "formulary.csv", read_statements(folder / "formulary_statements.csv"))
    presentations = read_presentations(folder / "presentations.csv")
    codes = read_medicine_codes(folder / "medicine_codes.csv")
    allergens = read_allergens(folder / "allergens.csv")
    names = {m.code for m in medicines}
    known_groups = {g.code for g in groups}
    ingredients = {i for m in medicines for i in m.ingredients}
    _all_known(folder / "formulary.csv", "allergy_groups", (m.allergy_groups for m in medicines), known_groups)
    refuse_unknown(folder / "presentations.csv", "medicine", (p.medicine for p in presentations), names)
    refuse_unknown(folder / "medicine_codes.csv", "medicine", (c.medicine for c in codes), names)
    known_packs = {p.code for p in presentations} | {""}
    refuse_unknown(folder / "medicine_codes.csv", "presentation", (c.presentation for c in codes), known_packs)
    refuse_unknown(folder / "allergens.csv", "ingredient", (a.ingredient for a in allergens), ingredients | {""})
    _all_known(folder / "allergens.csv", "allergy_groups", (a.allergy_groups for a in allergens), known_groups)
    return Formulary(medicines, presentations, codes, groups, allergens)


def _all_known(path: Path, column: str, used: Iterable[tuple[str, ...]], known: set[str]) -> None:
    refuse_unknown(path, column, (word for words in used for word in words), known)


def read_statements(path: Path = DATA / "formulary_statements.csv") -> tuple[SourcedStatement, ...]:
    """Read what is said of medicines, each with its source."""
    columns: tuple[str, ...] = ("medicine", "statement", "value", "source", "source_place", "source_opened")
    statements = read(path, columns, _statement)
    refuse_repeats(path, ((s.medicine, s.statement, s.value) for s in statements))
    return statements


def _statement(row: Row) -> SourcedStatement:
    return SourcedStatement(
        medicine=row.needed("medicine"),
        statement=row.one_of("statement", STATEMENTS),
        value=row.needed("value"),
        source=row.needed("source"),
        source_place=row.needed("source_place"),
        source_opened=_opened(row),
    )


def _opened(row: Row) -> date:
    row.needed("source_opened")
    return row.day("source_opened") or date.min


def read_medicines(
    path: Path = DATA / "formulary.csv", statements: Iterable[SourcedStatement] = ()
) -> tuple[MedicineDefinition, ...]:
    """Read the medicines, each with the statements that name it."""
    said: dict[str, list[SourcedStatement]] = {}
    for statement in statements:
        said.setdefault(statement.medicine, []).append(statement)

    def medicine(row: Row) -> MedicineDefinition:
        return _medicine(row, tuple(said.get(row.text("code"), ())))

    columns: tuple[str, ...] = (
        "code",
        "name",
        "ingredients",
        "class_name",
        "allergy_groups",
        "forms",
        "strengths",
        "routes",
    )
    medicines = read(path, columns, medicine)
    refuse_repeats(path, ((m.code,) for m in medicines))
    refuse_unknown(path, "code", said, (m.code for m in medicines))
    return medicines


def _medicine(row: Row, statements: tuple[SourcedStatement, ...]) -> MedicineDefinition:
    strengths = row.many("strengths")
    for strength in strengths:
        _check_strength(row, "strengths", strength)
    return MedicineDefinition(
        code=_code(row, "code"),
        name=row.needed("name"),
        ingredients=tuple(row.needed("ingredients").split("+")),
        class_name=row.needed("class_name"),
        allergy_groups=row.many("allergy_groups"),
        forms=row.many("forms"),
        strengths=strengths,
        routes=_routes(row),
        statements=statements,
    )


def _code(row: Row, column: str) -> str:
    code = row.needed(column)
    if code and not CODE.fullmatch(code):
        row.note(column, f"{code!r} is not lower-case words joined by hyphens")
    return code


def _routes(row: Row) -> tuple[str, ...]:
    routes = row.many("routes")
    for route in routes:
        if route not in ROUTES:
            row.note("routes", f"{route!r} is none of {', '.join(sorted(ROUTES))}")
    if not routes:
        row.note("routes", "is empty")
    return routes


def _check_strength(row: Row, column: str, strength: str) -> None:
    if not STRENGTH.fullmatch(strength):
        row.note(column, f"{strength!r} is not like 500 mg, 250 mg + 125 mg or 120 mg/5 mL")


def read_presentations(path: Path = DATA / "presentations.csv") -> tuple[PresentationDefinition, ...]:
    """Read the packs; the parts of a usual instruction may be empty, and doses are."""
    columns: tuple[str, ...] = ("code", "medicine", "form", "strength", "routes")
    columns += ("sig_dose", "sig_unit", "sig_route", "sig_timing", "pack_size", "pack_unit")
    presentations = read(path, columns, _presentation)
    refuse_repeats(path, ((p.code,) for p in presentations))
    return presentations


def _presentation(row: Row) -> PresentationDefinition:
    strength = row.needed("strength")
    _check_strength(row, "strength", strength)
    pack_size = row.decimal("pack_size") or Decimal(0)
    if pack_size <= 0:
        row.note("pack_size", "is not more than nothing")
    return PresentationDefinition(
        code=_code(row, "code"),
        medicine=row.needed("medicine"),
        form=row.needed("form"),
        strength=strength,
        routes=_routes(row),
        sig_dose=row.decimal("sig_dose"),
        sig_unit=row.text("sig_unit"),
        sig_route=row.one_of("sig_route", ROUTES, empty=True),
        sig_timing=row.text("sig_timing"),
        pack_size=pack_size,
        pack_unit=row.needed("pack_unit"),
    )


def read_medicine_codes(path: Path = DATA / "medicine_codes.csv") -> tuple[MedicineCode, ...]:
    """Read the codes by which imported prescriptions name our medicines."""
    columns: tuple[str, ...] = (
        "system",
        "code",
        "display",
        "medicine",
        "presentation",
        "source",
        "source_place",
        "source_opened",
    )
    codes = read(path, columns, _medicine_code)
    refuse_repeats(path, ((c.system, c.code) for c in codes))
    return codes


def _medicine_code(row: Row) -> MedicineCode:
    return MedicineCode(
        system=row.needed("system"),
        code=row.needed("code"),
        display=row.needed("display"),
        medicine=row.needed("medicine"),
        presentation=row.text("presentation"),
        source=row.needed("source"),
        source_place=row.needed("source_place"),
        source_opened=_opened(row),
    )


def read_allergy_groups(path: Path = DATA / "allergy_groups.csv") -> tuple[AllergyGroup, ...]:
    """Read the groups that an allergy hard stop matches on."""
    groups = read(path, ("code", "display"), lambda row: AllergyGroup(_code(row, "code"), row.needed("display")))
    refuse_repeats(path, ((g.code,) for g in groups))
    return groups


def read_allergens(path: Path = DATA / "allergens.csv") -> tuple[AllergenDefinition, ...]:
    """Read the substances of the allergy picker."""
    columns: tuple[str, ...] = ("code", "display", "category", "ingredient", "allergy_groups", "synonyms")
    allergens = read(path, (*columns, "system", "system_code", "system_display"), _allergen)
    refuse_repeats(path, ((a.code,) for a in allergens))
    refuse_repeats(path, ((a.system, a.system_code) for a in allergens if a.system_code))
    return allergens


def _allergen(row: Row) -> AllergenDefinition:
    category = row.one_of("category", ALLERGY_CATEGORIES)
    if category == "medication" and not (row.text("ingredient") or row.text("allergy_groups")):
        row.note("ingredient", "a medicine names its ingredient or its group")
    if bool(row.text("system")) != bool(row.text("system_code")):
        row.note("system", "a code and its system stand together")
    return AllergenDefinition(
        code=_code(row, "code"),
        display=row.needed("display"),
        category=category,
        ingredient=row.text("ingredient"),
        allergy_groups=row.many("allergy_groups"),
        synonyms=row.many("synonyms"),
        system=row.text("system"),
        system_code=row.text("system_code"),
        system_display=row.text("system_display"),
    )
