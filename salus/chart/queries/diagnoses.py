"""Codes of diagnoses and their words."""

from collections.abc import Iterable

from salus.terminology.models import Concept


def displays_of(system: str, codes: Iterable[str]) -> dict[str, str]:
    """Code -> words, of those codes that exist."""
    return dict(Concept.objects.filter(system=system, code__in=list(codes)).values_list("code", "display"))
