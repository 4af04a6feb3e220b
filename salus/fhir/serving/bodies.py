"""What a client sends: read, held against R4, and its references made our own."""

from __future__ import annotations

from salus.fhir.checking import check
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON, NotJson, decode, encode


def json_of(content: bytes) -> JSON:
    """Read a JSON object that a client sends.

    :raises FhirError: 400 if it is none
    """
    try:
        resource = decode(content.removeprefix(b"\xef\xbb\xbf"), unique_keys=True)
    except NotJson as error:
        raise FhirError(400, f"The body is no JSON: {error}", code="structure") from None
    if type(resource) is not dict:
        raise FhirError(400, "The body is no JSON object.", code="structure")
    found: JSON = resource
    return found


def body_of(content: bytes, kind: str, base_url: str) -> JSON:
    """Read a resource that a client sends.

    :raises FhirError: 400 if it is no JSON or another type, 422 with every mistake if it is no FHIR R4
    """
    resource = json_of(content)
    if resource.get("resourceType") != kind:
        raise FhirError(400, f"The body is no {kind}.", code="structure", expression="resourceType")
    found = check(resource)
    if b"\\u0000" in encode(resource):
        raise FhirError(422, "The body holds a NUL character, which no text may hold.", code="value")
    if found.problems:
        mistakes = FhirError(422, "The body is no FHIR R4.")
        mistakes.issues = [(problem.reason, problem.place) for problem in found.problems]
        raise mistakes
    for reference in found.references:
        reference["reference"] = reference["reference"].removeprefix(f"{base_url}/")
        if reference["reference"].startswith("urn:") or "?" in reference["reference"]:
            raise FhirError(422, "A reference names something that is not here.", code="not-found", expression=kind)
    return resource
