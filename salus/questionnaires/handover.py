"""What a signed form hands over to the record: observations, problems, allergies, each once by its `source`.

The source names the first form of a row of amendments: what a later one says anew corrects the entry that the first one made,
and its history keeps what it said. An answer that was taken back takes its entry back.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import services as chart
from salus.chart.facts import EntryLabelled, ObservationRecorded
from salus.chart.models import AllergyIntolerance, Condition, Observation
from salus.chart.observing import ObservationItem, record_observations
from salus.chart.services.allergies import AlreadyListed as AllergyListed
from salus.chart.services.conditions import AlreadyListed as ProblemListed
from salus.core.act import Act
from salus.core.announce import announce
from salus.patients.access.labels import known as known_labels
from salus.questionnaires.models import QuestionnaireResponse
from salus.questionnaires.queries.forms import sign_of, signs_asked
from salus.questionnaires.rules.answers import Other, Value
from salus.questionnaires.rules.filling import Filled
from salus.questionnaires.rules.items import Form, Item, Option
from salus.questionnaires.rules.written import encode

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
#: the code system of the formulary's own list of substances, for an answer that a safety check shall stop
ALLERGENS = "salus:allergen"


@dataclass(frozen=True, slots=True)
class Carried:
    """One problem or allergy that an answer names."""

    source: str
    code_system: str
    code: str
    display: str


def source_of(response: QuestionnaireResponse, link: str) -> str:
    """By what an entry of the record is known that a question made."""
    return f"questionnaires.response:{response.root_id}#{link}"


def carry_over(act: Act, response: QuestionnaireResponse, filled: Filled) -> None:
    """Hand over what the answers say; whoever may not keep a list leaves it as it is."""
    form = filled.form
    observed = _observations(act, response, form, filled)
    if observed:
        filed = record_observations(act, observed)
        ids = tuple(row.id for row in filed)
        if response.amends_id:  # what is filed again keeps its own id
            sources = [one.source for one in observed]
            ids = tuple(Observation.objects.filter(source__in=sources).values_list("id", flat=True))
        announce(act, ObservationRecorded(patient_id=response.patient_id, observation_ids=ids))
    if response.amends_id:
        _take_back_observations(act, response, {one.source for one in observed})
    if act.may("chart.record_condition"):
        _carry_problems(act, response, list(_named(response, form, filled, "problem")))
    if act.may("chart.record_allergy"):
        _carry_allergies(act, response, list(_named(response, form, filled, "allergy")))
    _mark_as_sensitive(response)


def _mark_as_sensitive(response: QuestionnaireResponse) -> None:
    """What a sensitive form puts into the record is as sensitive: its total says as much as its answers.

    But for vital signs, which say nothing of the form, and allergies, which are never hidden.
    """
    labels = set(QuestionnaireResponse.objects.values_list("labels", flat=True).get(id=response.id))
    if not labels:
        return
    for model, which in ((Observation, {"category": "survey"}), (Condition, {})):
        rows = model.objects.filter(patient_id=response.patient_id, source__startswith=source_of(response, ""), **which)
        for row in rows.exclude(labels__contains=sorted(labels)).order_by("id"):
            model.objects.filter(id=row.id).update(labels=known_labels(labels | set(row.labels)))


def mark_along(act: Act, response: QuestionnaireResponse, before: set[str]) -> None:
    """What a signed form mends or is mended by, and what it put into the record, follow the marks that somebody gives it."""
    now = set(response.labels)
    of_it = {"patient_id": response.patient_id, "source__startswith": source_of(response, "")}
    versions = QuestionnaireResponse.objects.filter(root_id=response.root_id).exclude(id=response.id)
    made = (
        ("form", versions),
        ("observation", Observation.objects.filter(category="survey", **of_it)),
        ("problem", Condition.objects.filter(**of_it)),
    )
    for kind, rows in made:
        for row in rows.select_for_update(no_key=True).order_by("id"):
            labels = known_labels((set(row.labels) - before) | now)
            if labels != row.labels:
                row.labels = labels
                row.save(update_fields=["labels"])
                whose = {"patient_id": row.patient_id, "entry_id": row.id}
                announce(act, EntryLabelled(kind=kind, labels=tuple(labels), **whose))


def take_back(act: Act, response: QuestionnaireResponse) -> None:
    """Mark what a form has handed over as entered in error: the form was."""
    _take_back_observations(act, response, set())
    if act.may("chart.record_condition"):
        _carry_problems(act, response, [])
    if act.may("chart.record_allergy"):
        _carry_allergies(act, response, [])


# ---------------------------------------------------------------- observations


def _observed_at(response: QuestionnaireResponse) -> datetime:
    """When the answers were given: what mends a form later corrects what was seen then."""
    if not response.amends_id:
        return response.authored_at
    return QuestionnaireResponse.objects.values_list("authored_at", flat=True).get(id=response.root_id)


def _observations(act: Act, response: QuestionnaireResponse, form: Form, filled: Filled) -> list[ObservationItem]:
    signs, at = signs_asked(form), _observed_at(response)
    found = []
    for line in form.lines:
        item, values = line.item, filled.values.get(line.item.link, ())
        if item.records != "observation" or not values:
            continue
        sign = sign_of(item, signs)
        found.append(
            ObservationItem(
                patient_id=response.patient_id,
                encounter_id=response.encounter_id,
                source=source_of(response, item.link),
                code_system=item.code.get("system", ""),
                code=item.code.get("code", ""),
                display=item.code.get("display") or item.text,
                category="vital-signs" if sign else "survey",
                status="amended" if response.amends_id else "final",
                at=at,
                issued_at=act.at,
                performer_id=response.author_id,
                **(_of_a_sign(sign, values[0]) if sign else _reading(item, values)),
            )
        )
    return found


def _of_a_sign(sign: VitalSign, value: Value) -> dict[str, Any]:
    return {"number": value, "unit": sign.unit_text, "unit_code": sign.unit}


def _reading(item: Item, values: Sequence[Value]) -> dict[str, Any]:
    value = values[0]
    if isinstance(value, bool):
        return {"value_type": "boolean", "value": "true" if value else "false"}
    if isinstance(value, Decimal):
        if item.type == "integer" and not item.is_score:
            return {"value_type": "integer", "number": value}
        unit = {"unit": item.unit_text, "unit_code": item.unit} if item.unit else {}
        return {"number": value} | (unit or ({"unit": "", "unit_code": "{score}"} if item.is_score else {}))
    if isinstance(value, Option) and len(values) == 1:
        return _coded(value)
    words = ", ".join(one.label if isinstance(one, Option) else _words(one) for one in values)
    if item.type in ("date", "dateTime"):
        return {"value_type": "dateTime", "value": encode(words)}
    if item.type == "time":
        return {"value_type": "time", "value": encode(words)}
    return {"value_type": "string", "text": words}


def _coded(option: Option) -> dict[str, Any]:
    said = option.value.get("valueCoding")
    if not said:
        return {"value_type": "string", "text": option.label}
    coding = {name: said[name] for name in ("system", "code", "display") if name in said}
    concept = {"coding": [coding], "text": option.label}
    return {
        "value_type": "CodeableConcept",
        "value_code": said.get("code", ""),
        "text": option.label,
        "value": encode(concept),
    }


def _words(value: Value) -> str:
    return value.text if isinstance(value, Other) else str(value)


def _take_back_observations(act: Act, response: QuestionnaireResponse, still: set[str | None]) -> None:
    """What no answer says any more was said in error, and what one says again holds again; the rows stay, with what they said."""
    rows = Observation.objects.filter(patient_id=response.patient_id, source__startswith=source_of(response, ""))
    rows.filter(source__in=still, voided_at__isnull=False).update(voided_at=None, voided_by_id=None, void_reason="")
    gone = {"voided_at": act.at, "voided_by_id": act.by, "void_reason": _("The form that said so was mended.")}
    rows.exclude(source__in=still).filter(voided_at=None).update(status="entered-in-error", **gone)


# ---------------------------------------------------------------- problems and allergies


def _named(response: QuestionnaireResponse, form: Form, filled: Filled, where: str) -> Iterator[Carried]:
    """What the answers put on a list: a question answered with yes, the answers chosen, or words."""
    for line in form.lines:
        item = line.item
        if item.records != where:
            continue
        for n, value in enumerate(filled.values.get(item.link, ())):
            source = source_of(response, item.link if item.type == "boolean" else f"{item.link}/{_key(value, n)}")
            if value is True:
                code = item.code
                yield Carried(source, code.get("system", ""), code.get("code", ""), code.get("display") or item.text)
            elif isinstance(value, Option):
                said = value.value.get("valueCoding", {})
                system = said.get("system", "")
                yield Carried(source, system, said.get("code", "") if system else "", value.label)
            elif not isinstance(value, bool):
                yield Carried(source, "", "", _words(value))


def _key(value: Value, place: int) -> str:
    return value.key if isinstance(value, Option) else str(place)


def _carry_problems(act: Act, response: QuestionnaireResponse, named: list[Carried]) -> None:
    known = _known(Condition, response)
    for one in named:
        if one.source not in known and not _is_listed(Condition, response, one):
            with suppress(ProblemListed):  # the same problem named again is not a second one
                chart.record_condition(
                    act,
                    patient_id=response.patient_id,
                    encounter_id=response.encounter_id,
                    code_system=one.code_system or ICD,
                    code=one.code,
                    display=one.display,
                    source=_afresh(Condition, response, one),
                )
    for source in known.keys() - {one.source for one in named}:
        gone = {"condition_id": known[source].id, "version": known[source].version}
        chart.void_condition(act, patient_id=response.patient_id, reason=_("The form that said so was mended."), **gone)


def _carry_allergies(act: Act, response: QuestionnaireResponse, named: list[Carried]) -> None:
    known = _known(AllergyIntolerance, response)
    for one in named:
        if one.source not in known and not _is_listed(AllergyIntolerance, response, one):
            with suppress(AllergyListed):
                chart.record_allergy(
                    act,
                    patient_id=response.patient_id,
                    encounter_id=response.encounter_id,
                    allergen_code=one.code if one.code_system == ALLERGENS else "",
                    display=one.display,
                    source=_afresh(AllergyIntolerance, response, one),
                )
    for source in known.keys() - {one.source for one in named}:
        gone = {"allergy_id": known[source].id, "version": known[source].version}
        chart.void_allergy(act, patient_id=response.patient_id, reason=_("The form that said so was mended."), **gone)


def _known(model: type[Any], response: QuestionnaireResponse) -> dict[str, Any]:
    """What the form has put on a list, and what stands there still."""
    rows = model.objects.valid().filter(patient_id=response.patient_id, source__startswith=source_of(response, ""))
    return {str(row.source).partition("@")[0]: row for row in rows}


def _is_listed(model: type[Any], response: QuestionnaireResponse, one: Carried) -> bool:
    rows = model.objects.valid().filter(patient_id=response.patient_id, status="active", display=one.display)
    return bool(rows.exists())


def _afresh(model: type[Any], response: QuestionnaireResponse, one: Carried) -> str:
    """What was taken back and is said again is another entry."""
    is_said_again = model.objects.filter(source=one.source).exists()
    return f"{one.source}@{response.id}" if is_said_again else one.source
