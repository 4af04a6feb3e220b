"""Allergies: recorded, said more exactly, or confirmed to be none. The banner's three states rest on these rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import AllergyChanged, AllergyRecorded
from salus.chart.models import AllergyIntolerance
from salus.chart.queries.allergies import allergy_to_change
from salus.chart.standing import lock_patient, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid
from salus.terminology.models import Allergen

CRITICALITIES = ("", "low", "high", "unable-to-assess")
SEVERITIES = ("", "mild", "moderate", "severe")
VERIFICATIONS = ("confirmed", "unconfirmed")

#: FHIR has no flag "none known": it is an AllergyIntolerance with this code (FHIR R4 AllergyIntolerance, 716186003).
_NONE_KNOWN = {"code_system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}


@dataclass(frozen=True, slots=True)
class Reaction:
    """What happened once: in words, how bad it was, and when (a FHIR date of any precision)."""

    manifestation: str
    severity: str = ""
    onset: str = ""

    @property
    def as_fhir(self) -> dict[str, Any]:
        """As FHIR writes it (AllergyIntolerance.reaction).

        :raises Invalid: for an unreadable date
        """
        (first,) = _reactions(self.manifestation, self.severity) or ({"manifestation": [{"text": _("not described")}]},)
        began = _onset(self.onset)
        return first | ({"onset": str(began)} if began else {})


class AllergyStands(Conflict):
    """Allergies are recorded for this patient. Refute them first if there are none."""


class AlreadyListed(Conflict):
    """This allergy is already on the patient's list."""


@transaction.atomic
def record_allergy(
    act: Act,
    *,
    patient_id: UUID,
    allergen_code: str = "",
    display: str = "",
    criticality: str = "",
    severity: str = "",
    reaction: str = "",
    kind: str = "allergy",
    verification: str = "confirmed",
    onset: str = "",
    note: str = "",
    encounter_id: UUID | None = None,
    reactions: Sequence[Reaction] = (),
    told: Sequence[dict[str, Any]] | None = None,
    review_on: date | None = None,
    source: str | None = None,
    **more: Any,
) -> AllergyIntolerance:
    """Put an allergy or intolerance on the patient's list; a statement that none is known ends with it.

    :param allergen_code: of the formulary's list; empty for a substance in words, which no check can stop
    :param reaction: what happened, in words, where it is one; `reactions` where there were several
    :param told: reactions as another program tells them (FHIR JSON without decimals), in place of both
    :param review_on: when it is to be looked at again
    :param source: by which another program knows it
    :param more: columns of the row as a program says them (`code_system`, `code`, `codings`, `categories`, ...)
    :raises AlreadyListed: if the substance is on the list
    """
    act.require("chart.record_allergy")
    standing(act, patient_id, encounter_id)
    # "none known" and an allergy must not pass each other unseen
    lock_patient(patient_id)
    if source and (known := AllergyIntolerance.objects.filter(patient_id=patient_id, source=source).first()):
        return known
    allergen = _allergen(allergen_code)
    name = allergen.name if allergen else display.strip()
    _refuse_nonsense(name, criticality, severity, verification, [one.severity for one in reactions])
    listed = _active(patient_id)
    if any(row.display.casefold() == name.casefold() for row in listed if not row.is_none_known):
        raise AlreadyListed
    for row in listed:
        if row.is_none_known:
            _end(act, row)
    row = AllergyIntolerance.objects.create(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status="active",
        verification=verification,
        kind=kind,
        criticality=criticality,
        severity=severity,
        reactions=_said(reactions, reaction, severity) if told is None else list(told),
        onset=_onset(onset),
        note=note.strip(),
        review_on=review_on,
        source=source,
        **_what(allergen, name) | _when(act) | more,
    )
    announce(act, AllergyRecorded(patient_id=patient_id, allergy_id=row.id))
    return row


@transaction.atomic
def confirm_no_allergies(act: Act, *, patient_id: UUID) -> AllergyIntolerance:
    """State that the patient was asked and knows of no allergy; said again, it is confirmed anew.

    :raises AllergyStands: if an allergy is on the list
    """
    act.require("chart.record_allergy")
    standing(act, patient_id)
    lock_patient(patient_id)
    listed = _active(patient_id)
    if any(not row.is_none_known for row in listed):
        raise AllergyStands
    if listed:
        row = listed[0]
        for name, value in _when(act).items():
            setattr(row, name, value)
        row.save(update_fields=list(_when(act)))
    else:
        row = AllergyIntolerance.objects.create(
            patient_id=patient_id,
            status="active",
            verification="confirmed",
            is_none_known=True,
            **_NONE_KNOWN,
            **_when(act),
        )
    announce(act, AllergyRecorded(patient_id=patient_id, allergy_id=row.id))
    return row


@transaction.atomic
def change_allergy(
    act: Act,
    *,
    patient_id: UUID,
    allergy_id: UUID,
    version: int,
    criticality: str = "",
    severity: str = "",
    reaction: str = "",
    verification: str = "confirmed",
    note: str = "",
    reactions: Sequence[Reaction] = (),
    told: Sequence[dict[str, Any]] | None = None,
    review_on: date | None = None,
    **more: Any,
) -> AllergyIntolerance:
    """Say more exactly what an allergy does; the keywords are those of `record_allergy`.

    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_allergy")
    if "status" in more:
        lock_patient(patient_id)
    row = allergy_to_change(act, patient_id, allergy_id, version)
    if more.get("status") == "active" != row.status:  # it holds again: "none known" no longer does
        for other in _active(patient_id):
            if other.is_none_known:
                _end(act, other)
    _refuse_nonsense(row.display, criticality, severity, verification, [one.severity for one in reactions])
    said = {
        "criticality": criticality,
        "severity": severity,
        "verification": verification,
        "reactions": _said(reactions, reaction, severity) if told is None else list(told),
        "note": note.strip(),
        "review_on": review_on,
        "recorded_by_id": act.by,
    } | more
    for name, value in said.items():
        setattr(row, name, value)
    row.save(update_fields=list(said))
    announce(act, AllergyChanged(patient_id=patient_id, allergy_id=row.id, status=row.status))
    return row


def _active(patient_id: UUID) -> list[AllergyIntolerance]:
    return list(AllergyIntolerance.objects.valid().filter(patient_id=patient_id, status="active"))


def _end(act: Act, row: AllergyIntolerance) -> None:
    row.status = "inactive"
    row.save(update_fields=["status"])
    announce(act, AllergyChanged(patient_id=row.patient_id, allergy_id=row.id, status="inactive"))


def _allergen(code: str) -> Allergen | None:
    if not code:
        return None
    allergen = Allergen.objects.filter(code=code, is_active=True).first()
    if allergen is None:
        raise Invalid(allergen=_("Choose a substance of the list."))
    return allergen


def _refuse_nonsense(
    name: str, criticality: str, severity: str, verification: str, severities: Sequence[str] = ()
) -> None:
    wrong = {}
    if not name:
        wrong["allergen"] = _("Choose the substance, or write it down.")
    if criticality not in CRITICALITIES:
        wrong["criticality"] = _("Choose one of the list.")
    if not {severity, *severities} <= set(SEVERITIES):
        wrong["severity"] = _("Choose one of the list.")
    if verification not in VERIFICATIONS:
        wrong["verification"] = _("Choose one of the list.")
    if wrong:
        raise Invalid(**wrong)


def _reactions(words: str, severity: str) -> list[dict[str, Any]]:
    """FHIR AllergyIntolerance.reaction."""
    words = words.strip()
    if not words and not severity:
        return []
    said: dict[str, Any] = {"manifestation": [{"text": words or _("not described")}]}
    return [said | ({"severity": severity} if severity else {})]


def _said(reactions: Sequence[Reaction], words: str, severity: str) -> list[dict[str, Any]]:
    """Several reactions as FHIR writes them, or the one that was told alone."""
    if not reactions:
        return _reactions(words, severity)
    return [one.as_fhir for one in reactions]


def _what(allergen: Allergen | None, name: str) -> dict[str, Any]:
    if allergen is None:
        return {"display": name}
    codings = list(allergen.codings)
    first = codings[0] if codings else {}
    return {
        "display": name,
        "allergen_code": allergen.code,
        "code_system": first.get("system", ""),
        "code": first.get("code", ""),
        "codings": {"coding": codings, "text": name} if codings else None,
        "categories": [allergen.category] if allergen.category else [],
        "ingredients": allergen.ingredients,
        "allergy_groups": allergen.allergy_groups,
    }


def _when(act: Act) -> dict[str, Any]:
    return {
        "recorded": PartialDate.of(act.at.replace(microsecond=0)),
        "recorded_at": act.at,
        "recorded_by_id": act.by,
        "recorder_id": act.practitioner_id,
    }


def _onset(text: str) -> PartialDate | None:
    if not text:
        return None
    try:
        return PartialDate.parse(text)
    except ValueError as error:
        raise Invalid(onset=_("Write the date like 14-Mar-1964, Mar-1964 or 1964.")) from error
