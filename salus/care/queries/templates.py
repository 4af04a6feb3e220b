"""Templates of plans and treatments: those of the house, and which of them are meant for a patient."""

from dataclasses import dataclass
from uuid import UUID

from salus.care.models import PlanTemplate
from salus.care.queries.problems import fits
from salus.chart.queries.diagnoses import codes_of_problems
from salus.core.act import Act
from salus.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Offered:
    """A template as it is offered for one patient: `fits` is whether it is meant for a problem that is active now."""

    template: PlanTemplate
    fits: bool


def templates_of(act: Act, kind: str = "") -> list[PlanTemplate]:
    """The templates of the house that are in use, by their title."""
    rows = PlanTemplate.objects.filter(facility_id=act.here, retired_at=None)
    return list((rows.filter(kind=kind) if kind else rows).order_by("kind", "title"))


def template_of(act: Act, template_id: UUID, kind: str = "") -> PlanTemplate:
    """One template of the house that is in use.

    :raises NotFound: if there is none, or it is one of something else
    """
    row = PlanTemplate.objects.filter(facility_id=act.here, id=template_id, retired_at=None).first()
    if row is None or (kind and row.kind != kind):
        raise NotFound
    return row


def offered_to(act: Act, patient_id: UUID, kind: str) -> list[Offered]:
    """The templates of the house, those first that are meant for what this patient has. Two statements, three with ICD-11."""
    rows = templates_of(act, kind)
    problems = codes_of_problems(act, patient_id) if any(one.problems for one in rows) else ()
    found = [Offered(one, fits(one, problems)) for one in rows]
    return sorted(found, key=lambda one: (not one.fits, one.template.title))


def template_source(act: Act, template_id: UUID | None, version: int, kind: str) -> str:
    """A version of a template as what is begun from it names it; empty without one.

    It may have been changed or taken out of use since its page was drawn: what was begun from is what is named.

    :raises NotFound: for a template or a version that there is not
    """
    if template_id is None:
        return ""
    row = PlanTemplate.objects.filter(facility_id=act.here, id=template_id, kind=kind).first()
    if row is None or not 1 <= version <= row.version:
        raise NotFound
    row.version = version
    return row.source


def begun_from(source: str) -> tuple[str, int] | None:
    """The title of the template that something was begun from, as it is called now, and which version of it it was."""
    named, _at, version = source.removeprefix("care.template:").partition("@")
    title = PlanTemplate.objects.filter(id=named).values_list("title", flat=True).first() if version else None
    return (title, int(version)) if title else None
