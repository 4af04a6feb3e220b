"""questionnaires.Questionnaire -> Questionnaire: one version of a form. Made here."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.written import JSON, decode
from salus.questionnaires.models import Questionnaire

#: of the resource, what the row says
_OF_THE_ROW = ("resourceType", "id", "meta", "url", "version", "status", "text")


def write(row: Questionnaire) -> JSON:
    content: JSON = decode(row.content)
    said = {name: value for name, value in content.items() if name not in _OF_THE_ROW}
    of_row = {"resourceType": "Questionnaire", "id": str(row.id), "url": row.url, "version": row.edition}
    return of_row | {"title": row.title, "status": row.status} | said


MAPPING = Mapping(
    type="Questionnaire",
    model=Questionnaire,
    patient="",
    read=None,
    write=write,
    made_here=True,
    params=(
        params.uri("url", "url"),
        params.token("version", "edition"),
        params.string("title", "title"),
        params.token("status", "status"),
        params.token("code", "code", system="code_system"),
    ),
)
