"""Who may see a patient, and why: relations, consents, and the decision about one person in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from salus.accounts.queries import person_by_id
from salus.core.act import Act
from salus.patients import access
from salus.patients.access.labels import words_of as labels_in_words
from salus.patients.access.reading import Known
from salus.patients.access.words import ANSWERS, words_of
from salus.patients.models import BreakGlass, CareRelation, Consent
from salus.patients.rules import names
from salus.staff.models import StaffMember
from salus.ui import formatting

SEES = ("patients.open", "patients.review_access", "patients.record_consent")
_MOST = 50


@dataclass(frozen=True, slots=True)
class Access:
    """What the page shows: who cares, what the patient says, who saw the record in an emergency."""

    relations: list[CareRelation]
    consents: list[Consent]
    glasses: list[BreakGlass]


@dataclass(frozen=True, slots=True)
class Explained:
    """The decision about one person in words; `hidden` are the marks that are a barrier to him or her."""

    name: str
    roles: str
    answer: str
    answer_words: str
    reasons: list[str]
    hidden: str


def was_related(
    act: Act, *, patient_id: UUID, sources: Sequence[str], practitioner_id: UUID | None, department_id: UUID | None
) -> bool:
    """Whether these very people care for the patient, or cared, by one of these sources."""
    act.require("patients.relate")
    rows = CareRelation.objects.filter(patient_id=patient_id, source__in=sources, voided_at=None)
    whom: dict[str, Any] = {"practitioner_id": practitioner_id, "department_id": department_id}
    return rows.filter(**whom).exists()


def access_of(act: Act, patient_id: UUID) -> Access:
    """Relations that still open the record, consents, and emergency access, the newest first; three statements."""
    act.require_any(*SEES)
    lately = act.at - access.RECENT
    relations = CareRelation.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=lately), patient_id=patient_id, voided_at=None
    )
    consents = Consent.objects.filter(patient_id=patient_id, voided_at=None)
    glasses = BreakGlass.objects.filter(patient_id=patient_id).order_by("-opened_at")
    related = ("practitioner", "department")
    return Access(
        relations=list(relations.select_related(*related).order_by("-started_at")[:_MOST]),
        consents=list(consents.select_related(*related).order_by("withdrawn_at", "-starts_at")[:_MOST]),
        glasses=list(glasses[:_MOST]),
    )


def staff_to_ask(act: Act) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who signs in here, by profession, as choices of a form."""
    act.require_any(*SEES)
    rows = StaffMember.objects.filter(facility_id=act.here, retired_at=None, user__isnull=False)
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in sorted(rows.select_related("practitioner"), key=names.of_staff):
        who = one.practitioner
        name = formatting.full_name(who.family, who.given, who.title)
        groups.setdefault(one.get_profession_display(), []).append((str(one.user_id), name))
    return sorted(groups.items())


def grantees(
    act: Act, kinds: tuple[str, ...] = ("doctor", "nurse", "pathologist", "pharmacist")
) -> list[tuple[str, str]]:
    """Clinicians of the facility as choices: `p:<practitioner>`."""
    rows = StaffMember.objects.filter(facility_id=act.here, retired_at=None, profession__in=kinds)
    return [
        (f"p:{one.practitioner_id}", formatting.full_name(p.family, p.given, p.title))
        for one in sorted(rows.select_related("practitioner"), key=names.of_staff)
        if (p := one.practitioner)
    ]


def explain(act: Act, known: Known, user_id: str) -> Explained | None:
    """What would be decided if that person opened the record now, and why; None for nobody."""
    act.require_any(*SEES)
    person = person_by_id(user_id, door=act.door)
    if person is None or person.act.facility_id != act.facility_id:
        return None
    decided = access.decide(person.act, access.OPEN, known.about)
    hidden: Any = access.ALL_LABELS - decided.clear if decided.allows else ()
    return Explained(
        name=person.display_name,
        roles=" · ".join(person.role_names),
        answer=decided.answer,
        answer_words=str(ANSWERS[decided.answer]),
        reasons=words_of(decided),
        hidden=labels_in_words(hidden),
    )
