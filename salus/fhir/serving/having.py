"""`_has`: what others refer to, `Patient?_has:Observation:patient:code=2339-0`. Only those count that one may read."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, Q, QuerySet, UUIDField

from salus.core.act import Act
from salus.fhir.mapping import kept_of
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.params import Param
from salus.fhir.serving.asked import Having, Include
from salus.fhir.serving.finding import Finder
from salus.fhir.serving.including import referring


class _Unnested(Func):
    function = "unnest"
    output_field = UUIDField()


def condition_of(act: Act, kind: Mapping, having: Having, base_url: str) -> Q:
    """The rows to which something leads that the act may read, and that fits.

    :raises FhirError: 400 for a type or a parameter that does not lead here
    """
    back = referring(kind, Include(having.source, having.param, ""))
    source, param = back.source, back.param
    found = Q(id__in=_leading_to(act, source, param, having, base_url))
    kept = kept_of(source)
    if kept is not None and kept.searchable[param.name].column:
        found |= Q(id__in=_leading_to(act, kept, kept.searchable[param.name], having, base_url))
    return found


def _leading_to(act: Act, source: Mapping, param: Param, having: Having, base_url: str) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = source.found_by(act).filter(Finder(act, source, base_url).condition(having.criterion))
    if param.array:
        rows = rows.annotate(fhir_leads_to=_Unnested(param.column)).order_by()
        return rows.values("fhir_leads_to")
    return rows.filter(**{f"{param.column}__isnull": False}).order_by().values(param.column)
