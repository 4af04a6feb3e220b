"""Forms and answers written through FHIR: by the services of their room, held against the same rules as a person's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.errors import Invalid
from salus.encounters.models import Encounter
from salus.fhir.mapping.context import target_of
from salus.fhir.mapping.marks import labels_in
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON, encode
from salus.questionnaires import services as questionnaires
from salus.questionnaires.models import Questionnaire, QuestionnaireResponse
from salus.questionnaires.queries.forms import faults_of_form
from salus.questionnaires.words import fault_words

#: the statuses that a program may give, by type
_NEW = {"Questionnaire": ("draft", "active"), "QuestionnaireResponse": ("completed",)}


def create_form(act: Act, resource: JSON) -> UUID:
    """Take a form in, as a draft or at once in use.

    :raises FhirError: 422 for another status, or with everything that keeps it from being used
    """
    status = _status(resource)
    made = questionnaires.import_form(act, text=encode(resource))
    resource |= {"url": made.url, "version": made.edition}  # what it is called from now on
    if status == "active":
        if faults := faults_of_form(made.form):
            error = FhirError(422, "This form cannot be filled in here.")
            error.issues = [(fault_words(one), f"Questionnaire.item({one.link})") for one in faults]
            raise error
        questionnaires.activate_form(act, questionnaire_id=made.id, version=1)
    return made.id


def create_response(act: Act, resource: JSON) -> UUID:
    """File answers to a form that is in use here, or was.

    :raises FhirError: 422 if they do not fit the form, name no form, patient or visit that is here
    """
    _status(resource)
    form = _form(act, str(resource.get("questionnaire", "")))
    authored = resource.get("authored")
    try:
        made: QuestionnaireResponse = questionnaires.file_response(
            act,
            patient_id=_target(resource, "subject", "Patient"),
            questionnaire_id=form.id,
            items=resource.get("item", []),
            encounter_id=_visit(act, resource),
            authored_at=PartialDate.parse(authored).start if authored else None,
            labels=labels_in(resource),
        )
    except Invalid as mistakes:
        error = FhirError(422, "The answers do not fit the form.")
        error.issues = [(words, f"QuestionnaireResponse.item({link})") for link, words in mistakes.fields.items()]
        raise error from None
    return made.id


def refuse_update(act: Act, resource: JSON, row: Any) -> None:
    """What is signed, and a version in use, is not written over.

    :raises FhirError: 405 always
    """
    raise FhirError(405, "This is created, and never replaced: create another version.", code="not-supported")


def _status(resource: JSON) -> str:
    kind, status = str(resource["resourceType"]), str(resource.get("status", ""))
    if status not in _NEW[kind]:
        words = f"A new {kind} is {' or '.join(_NEW[kind])}."
        raise FhirError(422, words, expression=f"{kind}.status")
    return status


def _form(act: Act, canonical: str) -> Questionnaire:
    """The version that answers name: `url|version`; of a url alone the one in use."""
    url, _bar, edition = canonical.partition("|")
    rows = Questionnaire.objects.here(act).filter(url=url)
    found = rows.exclude(status="draft").filter(edition=edition) if edition else rows.filter(status="active")
    row = found.order_by("facility_id", "-number").first() if url else None
    if row is None:
        words = "There is no such form in use here. Name its url and version."
        raise FhirError(422, words, code="not-found", expression="QuestionnaireResponse.questionnaire")
    return row


def _visit(act: Act, resource: JSON) -> UUID | None:
    if "encounter" not in resource:
        return None
    identity = _target(resource, "encounter", "Encounter")
    if not Encounter.objects.visible_to(act).filter(id=identity).exists():
        raise FhirError(422, "There is no such Encounter here.", code="not-found")
    return identity


def _target(resource: Mapping[str, Any], element: str, kind: str) -> UUID:
    target = target_of(resource.get(element))
    try:
        if target is not None and target[0] == kind:
            return UUID(target[1])
    except ValueError:
        pass
    raise FhirError(
        422, f"There is no such {kind} here.", code="not-found", expression=f"{resource['resourceType']}.{element}"
    )
