"""Illnesses in the family, and what is asked about life: smoking, alcohol, occupation."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from salus.chart.facts import FamilyHistoryChanged, FamilyHistoryRecorded, ObservationRecorded
from salus.chart.models import FamilyMember, Observation
from salus.chart.observing import ObservationItem, record_observations
from salus.chart.standing import standing
from salus.chart.vocabulary import (
    ALCOHOL,
    DRINKS,
    DRINKS_HOW,
    OCCUPATION,
    PREGNANCY,
    PREGNANT,
    RELATIVES,
    ROLE,
    SMOKES,
    SMOKING,
    SNOMED,
    SOCIAL,
)
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Invalid, Stale
from salus.core.ids import uuid7

_MOST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Illness:
    """What a relative had: words, a code where one is known, from which age on, whether it led to death."""

    display: str
    code: str = ""
    code_system: str = ""
    onset: str = ""
    caused_death: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Who a relative is; `born` is a FHIR date of any precision, `status` as in FHIR."""

    relationship: str
    display: str = ""
    name: str = ""
    gender: str = ""
    born: str = ""
    is_deceased: bool | None = None
    death_age: str = ""
    illnesses: Sequence[Illness] = ()
    status: str = "completed"
    note: str = ""


@transaction.atomic
def record_relative(act: Act, *, patient_id: UUID, relative: Relative) -> FamilyMember:
    """Record a relative and his or her illnesses; none of them says that nothing is known, or nothing was had.

    :raises Invalid: without a relationship, or for an unreadable date
    """
    act.require("chart.record_history")
    standing(act, patient_id)
    row = FamilyMember(patient_id=patient_id, recorded_at=act.at, recorded_by_id=act.by)
    row.recorded = PartialDate.of(act.at.replace(microsecond=0))
    _put(row, relative)
    row.save(force_insert=True)
    announce(act, FamilyHistoryRecorded(patient_id=patient_id, relative_id=row.id))
    return row


@transaction.atomic
def change_relative(act: Act, *, patient_id: UUID, relative_id: UUID, version: int, relative: Relative) -> FamilyMember:
    """Say anew what is known of a relative; what was said before stays in the history.

    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_history")
    row = _locked(act, patient_id, relative_id, version)
    _put(row, relative)
    row.save()
    announce(act, FamilyHistoryChanged(patient_id=patient_id, relative_id=row.id, status=row.status))
    return row


def _put(row: FamilyMember, said: Relative) -> None:
    words = said.display.strip() or str(RELATIVES.get(said.relationship, ""))
    if not words:
        raise Invalid(relationship=_("Say which relative it is."))
    if len(said.illnesses) > _MOST:
        raise Invalid(illnesses=_("Thirty illnesses are the most of one relative."))
    try:
        row.born = PartialDate.parse(said.born) if said.born else None
    except ValueError as error:
        raise Invalid(born=_("Write the date like 14-Mar-1964, Mar-1964 or 1964.")) from error
    row.code_system, row.code, row.display = (ROLE if said.relationship else ""), said.relationship, words
    row.name, row.gender, row.note = said.name.strip(), said.gender, said.note.strip()
    row.is_deceased = True if said.death_age else said.is_deceased
    row.death_age, row.status = said.death_age.strip(), said.status
    row.conditions = [
        {name: getattr(one, name) for name in Illness.__dataclass_fields__}
        for one in said.illnesses
        if one.display.strip()
    ]


@transaction.atomic
def void_relative(act: Act, *, patient_id: UUID, relative_id: UUID, version: int, reason: str) -> FamilyMember:
    """Mark a relative as entered in error; the row stays, with the reason.

    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_history")
    row = _locked(act, patient_id, relative_id, version)
    row.void(act, reason)
    announce(act, FamilyHistoryChanged(patient_id=patient_id, relative_id=row.id, status="entered-in-error"))
    return row


def _locked(act: Act, patient_id: UUID, relative_id: UUID, version: int) -> FamilyMember:
    rows = FamilyMember.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    row = rows.get(id=relative_id, patient_id=patient_id)
    if row.version != version:
        raise Stale
    return row


@transaction.atomic
def record_social_history(
    act: Act,
    *,
    patient_id: UUID,
    smoking: str = "",
    alcohol: str = "",
    drinks: Decimal | None = None,
    occupation: str = "",
    pregnancy: str = "",
    encounter_id: UUID | None = None,
) -> list[Observation]:
    """Record what was asked about life, each as an observation of its LOINC code; what is empty was not asked.

    :param smoking: a key of `vocabulary.SMOKES`; `alcohol` of `DRINKS_HOW`, `pregnancy` of `PREGNANT`; `drinks` a day
    :raises Invalid: if nothing is said, or an answer is none of the list
    """
    act.require("chart.record_history")
    who = standing(act, patient_id, encounter_id)
    coded = {
        "smoking": (smoking, SMOKES, SMOKING),
        "alcohol": (alcohol, DRINKS_HOW, ALCOHOL),
        "pregnancy": (pregnancy, {} if who.gender == "male" else PREGNANT, PREGNANCY),
    }
    wrong = {
        name: _("Choose one of the list.")
        for name, (said, listed, _code) in coded.items()
        if said and said not in listed
    }
    if drinks is not None and not 0 <= drinks <= 100:
        wrong["drinks"] = _("Write the number of drinks a day.")
    if not (any(said for said, *_rest in coded.values()) or drinks is not None or occupation.strip()):
        wrong["smoking"] = _("Write down at least one answer.")
    if wrong:
        raise Invalid(**wrong)
    common = {"patient_id": patient_id, "encounter_id": encounter_id, "at": act.at}
    items = [
        _item(code, **common, **_answer(listed[said]), performer_id=act.practitioner_id)
        for said, listed, code in coded.values()
        if said
    ]
    if drinks is not None:
        amount = {"number": drinks, "unit": "/d", "unit_code": "/d"}
        items.append(_item(DRINKS, **common, **amount, performer_id=act.practitioner_id))
    if occupation.strip():
        items.append(_item(OCCUPATION, **common, text=occupation.strip(), performer_id=act.practitioner_id))
    rows = record_observations(act, items)
    announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=tuple(row.id for row in rows)))
    return rows


def _item(code: str, **values: Any) -> ObservationItem:
    source = f"chart.social:{uuid7()}"
    return ObservationItem(code=code, display=SOCIAL[code], category="social-history", source=source, **values)


def _answer(answer: tuple[str, Any]) -> dict[str, Any]:
    """A coded answer; the record keeps its words in one language, whatever the screen speaks."""
    code, words = answer
    with override("en"):
        text = str(words)
    if not code:
        return {"text": text}
    coding = {"coding": [{"system": SNOMED, "code": code, "display": text}], "text": text}
    return {"value_type": "CodeableConcept", "value_code": code, "text": text, "value": _json(coding)}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
