"""Which medicine a request or a statement means: coded in it, contained in it, or a Medication that is here."""

from __future__ import annotations

from typing import Any

from salus.core.act import Act
from salus.fhir.mapping import received
from salus.fhir.mapping.context import target_of
from salus.fhir.serving.loading import loaded, row_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON

#: of a Medication: what does not make another medicine of its code
_SAID = frozenset(
    {
        "resourceType",
        "id",
        "meta",
        "text",
        "language",
        "identifier",
        "extension",
        "code",
        "status",
        "form",
        "manufacturer",
        "batch",
    }
)


def take_code(act: Act, resource: JSON) -> None:
    """Put the code of the medicine in the place of the reference that names it; a contained one goes.

    :raises FhirError: 422 where the reference leads to nothing here, or to something that is more than its code
    """
    reference = resource.get("medicationReference")
    if reference is None:
        return
    kind = resource["resourceType"]
    place = f"{kind}.medicationReference"
    name = str(reference.get("reference", ""))
    if name.startswith("#"):
        found = next((one for one in resource.get("contained", ()) if f"#{one.get('id')}" == name), None)
        others = [one for one in resource.get("contained", ()) if one is not found]
        resource.pop("contained", None)
        if others:
            resource["contained"] = others
    else:
        found = _here(act, reference, place)
    resource["medicationCodeableConcept"] = _code_of(found, place)
    del resource["medicationReference"]


def _here(act: Act, reference: JSON, place: str) -> JSON | None:
    target = target_of(reference)
    if target is None or target[0] != "Medication":
        return None
    kept = received("Medication")
    assert kept is not None
    try:
        (found,) = loaded([(kept, [row_of(act, kept, target[1])])])
    except FhirError:
        raise FhirError(422, "The medicine is not here.", code="not-found", expression=place) from None
    return found.resource


def _code_of(medication: JSON | None, place: str) -> Any:
    if medication is None or medication["resourceType"] != "Medication":
        raise FhirError(422, "The medicine is not here.", code="not-found", expression=place)
    if medication.get("status", "active") != "active":
        raise FhirError(422, "This medicine is no longer used.", code="business-rule", expression=place)
    more = sorted(medication.keys() - _SAID)
    if more or not medication.get("code"):
        words = f"A medicine is said by its code alone ({', '.join(more) or 'it has none'})."
        raise FhirError(422, words, code="not-supported", expression=place)
    return medication["code"]
