"""A patient's allergies, in one of three states: listed, none known, not recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from salus.chart.models import AllergyIntolerance
from salus.core.act import Act
from salus.core.errors import Stale

State = Literal["listed", "none_known", "not_recorded"]


@dataclass(frozen=True, slots=True)
class AllergyList:
    """The active list: `rows` when `listed`; `none_known` is the standing statement that there are none."""

    state: State
    rows: Sequence[AllergyIntolerance] = ()
    none_known: AllergyIntolerance | None = None


def active_allergies(act: Act, patient_id: UUID) -> list[AllergyIntolerance]:
    """The allergies that hold now, the dangerous ones first: not refuted, not voided, not "none known"."""
    return list(allergy_list(act, patient_id).rows)


def allergy_list(act: Act, patient_id: UUID) -> AllergyList:
    """What is known of the patient's allergies, in one statement."""
    return allergies_among(AllergyIntolerance.objects.of_patient(act, patient_id).valid().filter(status="active"))


def allergies_among(found: Iterable[AllergyIntolerance]) -> AllergyList:
    """The list that these active statements make, the dangerous ones first."""
    known = [row for row in found if row.verification not in ("refuted", "entered-in-error")]
    rows = sorted((row for row in known if not row.is_none_known), key=_danger)
    if rows:
        return AllergyList("listed", rows)
    none_known = next((row for row in known if row.is_none_known), None)
    return AllergyList("none_known", none_known=none_known) if none_known else AllergyList("not_recorded")


def is_dangerous(row: AllergyIntolerance) -> bool:
    """Whether exposure may kill: high criticality, or a severe reaction before."""
    severe = any(reaction.get("severity") == "severe" for reaction in row.reactions)
    return row.criticality == "high" or row.severity == "severe" or severe


def reaction_of(row: AllergyIntolerance) -> str:
    """What happened, in words: the manifestations of all reactions."""
    return ", ".join(dict.fromkeys(word for reaction in row.reactions for word in _words(reaction)))


def told_of(reactions: Iterable[Mapping[str, Any]], onset: str = "") -> str:
    """What happened and in which year, as in "anaphylaxis 2014"; never when it was written down.

    :param onset: since when the allergy is known (a FHIR date): its year is told where no reaction has one of its own
    """
    told = [(word, str(one.get("onset") or "")[:4]) for one in reactions for word in _words(one) or [""]]
    if not any(year for _word, year in told):
        return " ".join(
            part for part in (", ".join(dict.fromkeys(word for word, _ in told if word)), onset[:4]) if part
        )
    return ", ".join(dict.fromkeys(" ".join(part for part in one if part) for one in told if any(one)))


def manifestation_of(reaction: Mapping[str, Any]) -> str:
    """What happened in one reaction (FHIR AllergyIntolerance.reaction), in words."""
    return ", ".join(dict.fromkeys(_words(reaction)))


def _words(reaction: Mapping[str, Any]) -> list[str]:
    words = [
        said.get("text") or next((c.get("display", "") for c in said.get("coding", ())), "")
        for said in reaction.get("manifestation", ())
    ]
    return [word for word in words if word]


def _danger(row: AllergyIntolerance) -> tuple[bool, str]:
    return (not is_dangerous(row), row.display.casefold())


def allergy_to_change(act: Act, patient_id: UUID, allergy_id: UUID, version: int) -> AllergyIntolerance:
    """An allergy, locked until the act commits.

    :raises AllergyIntolerance.DoesNotExist: if it is none of this patient's that the act may read
    :raises Stale: if somebody changed it since that version
    """
    rows = AllergyIntolerance.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    row = rows.get(id=allergy_id, patient_id=patient_id)
    if row.version != version:
        raise Stale
    return row
