"""What a mapping may ask while it turns a resource into a row: whose it is, what its references lead to, which codes we know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from salus.fhir.written import JSON
from salus.terminology.models import Allergen, Medicine

Row = dict[str, Any]
Coded = tuple[str, str]

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


class Refused(Exception):
    """This resource cannot be filed; `element` is what is wrong."""

    def __init__(self, reason: str, element: str = "") -> None:
        super().__init__(reason)
        self.reason, self.element = reason, element


class Missing(Refused):
    """This resource needs another one that is not here (yet)."""


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of our formulary by the codings that stand for them; looked up by equality, never by likeness."""

    allergens: Mapping[Coded, tuple[str, list[str], list[str]]]
    medicines: Mapping[str, UUID]
    #: RxNorm code of a medicine -> what an allergy to it stops
    ingredients: Mapping[str, tuple[list[str], list[str]]]

    @classmethod
    def load(cls) -> Known:
        """Read them from the database, once for a run."""
        allergens = {
            (coding.get("system", ""), coding.get("code", "")): (code, ingredients, groups)
            for code, ingredients, groups, codings in Allergen.objects.values_list(
                "code", "ingredients", "allergy_groups", "codings"
            )
            for coding in codings
        }
        medicines, ingredients = {}, {}
        for identity, codes, parts, groups in Medicine.objects.values_list(
            "id", "rxnorm", "ingredients", "allergy_groups"
        ):
            medicines.update(dict.fromkeys(codes, identity))
            if len(parts) == 1:  # of two ingredients nobody can tell which one the allergy is to
                ingredients.update(dict.fromkeys(codes, (parts, groups)))
        return cls(allergens, medicines, ingredients)


@dataclass(slots=True)
class Context:
    """One unit of an import, or one call of the FHIR interface.

    `present` are the rows that are here or come with the same unit, as `(type, id)`; `siblings` its resources by id.
    References in a resource are already ours (`Encounter/<our id>`).
    """

    facility_id: UUID
    known: Known
    present: set[tuple[str, str]] = field(default_factory=set)
    siblings: Mapping[tuple[str, str], JSON] = field(default_factory=dict)
    #: what was referred to and is not here (yet)
    absent: set[tuple[str, str]] = field(default_factory=set)
    #: of those who are named as having signed something, the practitioners of this house and roles that lead to them
    ours: frozenset[UUID] = frozenset()
    #: PractitionerRole -> the practitioner whom it leads to
    roles: Mapping[str, str] = field(default_factory=dict)

    def row(self, reference: Any, *types: str) -> str | None:
        """The id of the row that a reference leads to, if it is one of these types and here."""
        target = target_of(reference)
        if target is None or target[0] not in types:
            return None
        if target in self.present:
            return target[1]
        self.absent.add(target)
        return None

    def practitioner(self, reference: Any) -> str | None:
        """The id of the practitioner whom a reference names, by name or by a role."""
        target = target_of(reference)
        if target is None or target[0] != "PractitionerRole":
            return self.row(reference, "Practitioner")
        who = self.roles.get(target[1])
        return who if who and ("Practitioner", who) in self.present else None

    def rows(self, references: Any, *types: str) -> list[str]:
        """The ids of all rows that a list of references leads to."""
        return [row for one in references or () if (row := self.row(one, *types))]

    def patient(self, resource: JSON, element: str) -> str:
        """The id of the patient whose resource this is.

        :raises Missing: if the patient is not here
        :raises Refused: if it is about something else than a patient
        """
        reference = resource.get(element) or {}
        target = target_of(reference)
        if target is None:
            raise Refused("names no patient that is here", element)
        if target[0] != "Patient":
            raise Refused(f"is about a {target[0]}: only records of patients are filed", element)
        if target not in self.present:
            raise Missing("names a patient who is not here", element)
        return target[1]

    def display(self, reference: Any) -> str:
        """Words for what a reference leads to: its own, or the code of the resource that came with it."""
        if reference.get("display"):
            return str(reference["display"])
        target = target_of(reference)
        sibling = self.siblings.get(target) if target else None
        if sibling is None:
            return ""
        name = sibling.get("name")
        return name if isinstance(name, str) else words_of(sibling.get("code") or {})


def target_of(reference: Any) -> tuple[str, str] | None:
    """`("Encounter", "<id>")` of a reference to something here."""
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not text or ":" in text or text.startswith("#"):
        return None
    kind, _, rest = text.partition("/")
    return (kind, rest.partition("/")[0]) if rest else None


def words_of(concept: JSON) -> str:
    """What a CodeableConcept says to a person."""
    if concept.get("text"):
        return str(concept["text"])
    return next((str(c["display"]) for c in concept.get("coding", ()) if c.get("display")), "")


Read = Callable[[JSON, Context], Row]
Write = Callable[[Any], JSON]
