"""The types of notes: which sections each has, who writes it, whose signature needs a second. Pure: no database.

Salus brings a type for each kind; a hospital changes them, and adds its own, as rows (`chart.NoteTemplate`). A signed note keeps
the sections as its template had them (`Note.form`), so that an old note is read as it was written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N

LOINC = "http://loinc.org"
#: more sections than any sheet of paper has
MOST_SECTIONS = 16


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type of note is in the trade: its words, its LOINC document code, and what is needed to write one.

    `audience` is whom it is written to: nobody but the record, or the patient or another practitioner, as a letter.
    """

    title: str
    code: str
    display: str
    right: str = "chart.write_medical_note"
    audience: str = ""

    @property
    def words(self) -> str:
        return _(self.title)


#: LOINC document codes as in C-CDA R2.1's value sets of document types
KINDS: Mapping[str, Kind] = {
    "consultation": Kind("Consultation", "11488-4", "Consult note"),
    "first-visit": Kind("First visit", "34117-2", "History and physical note"),
    "follow-up": Kind("Follow-up", "11506-3", "Progress note"),
    "ward-round": Kind("Ward round", "11506-3", "Progress note"),
    "discharge": Kind("Discharge", "18842-5", "Discharge summary"),
    "procedure": Kind("Procedure", "28570-0", "Procedure note"),
    "nursing": Kind("Nursing", "34746-8", "Nurse Note", right="chart.write_note"),
    "visit-summary": Kind("Visit summary", "34133-9", "Summary of episode note", audience="patient"),
    "letter-patient": Kind("Letter to the patient", "51852-2", "Letter", audience="patient"),
    "letter-gp": Kind("Letter to a doctor", "51852-2", "Letter", audience="practitioner"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One section: `default` is what stands in it at first, with phrases of the record in braces (`{medicines}`)."""

    name: str
    label: str
    prompt: str = ""
    default: str = ""
    rows: int = 3

    @property
    def words(self) -> str:
        """Its label as people read it: a hospital's own words stay as they are."""
        return _(self.label)

    @property
    def hint(self) -> str:
        return _(self.prompt) if self.prompt else ""


@dataclass(frozen=True, slots=True)
class NoteType:
    """A type of note as it is written now. `version` is 0 for one that the hospital has not changed.

    `writers` are the roles that may write it (empty: whoever has the kind's right), `cosigned` those whose signature needs
    a second one.
    """

    code: str
    kind: str
    title: str
    sections: Sequence[Section]
    version: int = 0
    writers: Sequence[str] = ()
    cosigned: Sequence[str] = ()
    is_active: bool = True

    @property
    def words(self) -> str:
        return _(self.title)

    @property
    def audience(self) -> str:
        return KINDS[self.kind].audience

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.sections]

    def form(self) -> list[dict[str, str]]:
        """What a signed note keeps of it: the sections in their order, by name and label."""
        return [{"name": one.name, "label": one.label} for one in self.sections]

    def may_be_written(self, rights: frozenset[str], roles: Iterable[str]) -> bool:
        """Whether somebody with these rights and roles writes it; a draft of a type that is no longer used is finished."""
        allowed = KINDS[self.kind].right in rights
        return allowed and (not self.writers or not set(self.writers).isdisjoint(roles))

    def needs_second(self, roles: Iterable[str]) -> bool:
        """Whether the signature of somebody with these roles needs a second one."""
        return not set(self.cosigned).isdisjoint(roles)


def _type(code: str, *sections: tuple[str, str, str, int]) -> NoteType:
    made = [Section(name, label, default=default, rows=rows) for name, label, default, rows in sections]
    return NoteType(code, code, KINDS[code].title, made)


# Words are marked for translation here and translated where they are shown.
_HISTORY, _EXAMINATION = ("history", "History", "", 5), ("examination", "Examination", "", 5)
_ASSESSMENT, _PLAN = ("assessment", "Assessment", "", 3), ("plan", "Plan", "", 3)
_WORDS = (
    *(
        N("Consultation"),
        N("First visit"),
        N("Follow-up"),
        N("Ward round"),
        N("Discharge"),
        N("Procedure"),
        N("Nursing"),
    ),
    *(N("Visit summary"), N("Letter to the patient"), N("Letter to a doctor")),
    *(
        N("History"),
        N("Examination"),
        N("Assessment"),
        N("Plan"),
        N("Why the patient comes"),
        N("Past history and habits"),
    ),
    *(N("Since the last visit"), N("Since the last round"), N("Findings today"), N("Plan for today")),
    *(N("Reason for admission"), N("Course"), N("Condition at discharge"), N("Outcome"), N("What follows")),
    *(N("Indication"), N("What was done"), N("Findings"), N("Complications"), N("Afterwards")),
    *(N("Observed"), N("Care given"), N("Evaluation"), N("To be handed over")),
    *(N("What was found"), N("What was ordered"), N("What was prescribed"), N("Next steps"), N("Letter")),
)

BUILT_IN: Mapping[str, NoteType] = {
    one.code: one
    for one in (
        _type("consultation", _HISTORY, _EXAMINATION, _ASSESSMENT, _PLAN),
        _type(
            "first-visit",
            ("complaint", "Why the patient comes", "", 3),
            _HISTORY,
            ("past", "Past history and habits", "", 3),
            *(_EXAMINATION, _ASSESSMENT, _PLAN),
        ),
        _type("follow-up", ("history", "Since the last visit", "", 4), _EXAMINATION, _ASSESSMENT, _PLAN),
        _type(
            "ward-round",
            ("history", "Since the last round", "", 3),
            ("examination", "Findings today", "", 3),
            _ASSESSMENT,
            ("plan", "Plan for today", "", 3),
        ),
        _type(
            "discharge",
            ("reason", "Reason for admission", "", 3),
            ("course", "Course", "", 6),
            ("examination", "Condition at discharge", "", 3),
            ("assessment", "Outcome", "", 3),
            ("plan", "What follows", "", 4),
        ),
        _type(
            "procedure",
            ("indication", "Indication", "", 2),
            ("done", "What was done", "", 6),
            ("findings", "Findings", "", 3),
            ("complications", "Complications", "", 2),
            ("plan", "Afterwards", "", 3),
        ),
        _type(
            "nursing",
            ("observed", "Observed", "", 3),
            ("care", "Care given", "", 3),
            ("assessment", "Evaluation", "", 2),
            ("plan", "To be handed over", "", 2),
        ),
        _type(
            "visit-summary",
            ("found", "What was found", "{diagnoses}\n{vital_signs}", 4),
            ("ordered", "What was ordered", "{tests}", 3),
            ("prescribed", "What was prescribed", "{medicines}", 4),
            ("plan", "Next steps", "", 3),
        ),
        _type("letter-patient", ("letter", "Letter", "", 14)),
        _type("letter-gp", ("letter", "Letter", "{diagnoses}\n\n{results}\n\n{medicines}", 14)),
    )
}


def types_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, NoteType]:
    """The types of a hospital by code: its own rows (columns of `NoteTemplate`) before what Salus brings."""
    own = {row["code"]: type_of(row) for row in rows}
    return {**BUILT_IN, **own}


def type_of(row: Mapping[str, Any]) -> NoteType:
    """The type that a row says."""
    return NoteType(
        code=row["code"],
        kind=row["kind"],
        title=row["title"],
        sections=[Section(**one) for one in row["sections"]],
        version=row["version"],
        writers=tuple(row["writers"]),
        cosigned=tuple(row["cosigned"]),
        is_active=row["is_active"],
    )


def default_type(types: Iterable[NoteType], class_code: str) -> str:
    """With which of the types that somebody may write he begins: on a ward the round's, else the first."""
    codes = [one.code for one in types if not one.audience]
    if class_code == "IMP" and "ward-round" in codes:
        return "ward-round"
    return codes[0] if codes else ""
