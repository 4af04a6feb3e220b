"""What happened to a patient, read from this room's own rows by the time it happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.patients import access, sockets
from salus.patients.access.reading import decision_on
from salus.patients.sockets import TimelineEvent
from salus.terminology.rules import without_tag
from salus.ui.statuses import look_of

# Each branch is a short range of an index by time; values of one moment are one event. Claims are papers, not events.
_EVENTS = """
    (SELECT written_at AS at, kind, coalesce(nullif(title, ''), ''), author_name,
            left(coalesce(sections ->> 'assessment', sections ->> 'text', sections ->> 'history', ''), 160), id
     FROM chart_note e WHERE patient_id = %(patient)s AND {shown} AND status = 'signed'
       AND voided_at IS NULL AND written_at < %(before)s
     ORDER BY written_at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT coalesce(onset_at, recorded_at), 'problem', display, '', status, id FROM chart_condition e
     WHERE patient_id = %(patient)s AND {shown} AND voided_at IS NULL AND coalesce(onset_at, recorded_at) < %(before)s
     ORDER BY 1 DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT recorded_at, 'allergy', display, '', '', id FROM chart_allergyintolerance e
     WHERE patient_id = %(patient)s AND {shown} AND voided_at IS NULL AND recorded_at < %(before)s
     ORDER BY 1 DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT at, 'procedure', display, '', '', id FROM chart_procedure e
     WHERE patient_id = %(patient)s AND {shown} AND voided_at IS NULL AND at < %(before)s ORDER BY at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT at, 'immunization', display, '', '', id FROM chart_immunization e
     WHERE patient_id = %(patient)s AND {shown} AND voided_at IS NULL AND at < %(before)s ORDER BY at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT at, 'plan', display, '', '', id FROM chart_careplan e
     WHERE patient_id = %(patient)s AND {shown} AND voided_at IS NULL AND at < %(before)s ORDER BY at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT at, 'document', title, kind, '', id FROM chart_document e
     WHERE patient_id = %(patient)s AND {shown} AND voided_at IS NULL AND at < %(before)s
       AND kind NOT IN ('fhir:Claim', 'fhir:ExplanationOfBenefit')
     ORDER BY at DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT at, category, string_agg(DISTINCT display, ', '), count(*)::text, '', NULL::uuid
     FROM (SELECT at, category, display FROM chart_observation e
           WHERE patient_id = %(patient)s AND {shown} AND voided_at IS NULL AND at < %(before)s
             AND category IN ('vital-signs', 'laboratory')
           ORDER BY at DESC LIMIT %(limit)s * 20) o
     GROUP BY at, category ORDER BY at DESC LIMIT %(limit)s)
""".format(shown=access.shown_sql("e"))  # noqa: S608 - a condition of ours

_ICONS = {
    "consultation": "notebook-pen",
    "addendum": "notebook-pen",
    "history": "history",
    "problem": "clipboard-list",
    "allergy": "shield-alert",
    "procedure": "stethoscope",
    "immunization": "syringe",
    "plan": "target",
    "document": "file-text",
    "vital-signs": "heart-pulse",
    "laboratory": "flask-conical",
}


def events(act: Act, patient_id: UUID, before: datetime, limit: int) -> list[TimelineEvent]:
    """This room's newest events before an instant."""
    if not act.may("patients.open"):
        return []
    values: dict[str, Any] = {"patient": patient_id, "before": before, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, values | access.shown_values(act, decision_on(act, patient_id)))
        rows = sorted(cursor.fetchall(), key=lambda row: row[0], reverse=True)[:limit]
    return [_event(patient_id, row) for row in rows]


def _event(patient_id: UUID, row: tuple[Any, ...]) -> TimelineEvent:
    at, kind, title, detail, more, row_id = row
    words = {
        "consultation": _("Note"),
        "addendum": _("Addendum"),
        "history": _("History told by the patient"),
        "vital-signs": _("Vital signs"),
        "laboratory": _("Laboratory results"),
    }
    if kind == "problem":
        more = str(look_of(more).label) if more else ""
    # what an icon says alone is said to nobody who does not see it
    what = {
        "problem": _("Problem"),
        "allergy": _("Allergy"),
        "procedure": _("Procedure"),
        "immunization": _("Vaccination"),
        "plan": _("Plan of care"),
    }.get(kind, "")
    said = " · ".join(part for part in (what, detail, more) if part)
    if kind in ("vital-signs", "laboratory"):
        title, said = "", _shortened(title)
    route = {"consultation": "chart:note", "addendum": "chart:note", "laboratory": "chart:results"}.get(kind, "")
    args = {"patient_id": patient_id} | ({"note_id": row_id} if route == "chart:note" else {})
    return TimelineEvent(
        at=at,
        kind=kind,
        title=without_tag(title) or words.get(kind, kind),
        detail=said,
        icon=_ICONS.get(kind, "circle"),
        route=route,
        route_args=args if route else {},
    )


def _shortened(names: str, most: int = 5) -> str:
    parts = names.split(", ")
    rest = len(parts) - most
    return ", ".join(parts[:most]) + (_(" and %(n)s more") % {"n": rest} if rest > 0 else "")


def page_of(
    act: Act, patient_id: UUID, before: datetime, limit: int = 40
) -> tuple[Sequence[TimelineEvent], datetime | None]:
    """The events of all rooms before an instant, newest first, and from where the next page goes on (None at the end).

    A page ends between two instants, so that what happened at one moment is never torn apart.
    """
    found = [one for source in sockets.timeline_sources for one in source(act, patient_id, before, limit + 1)]
    found.sort(key=lambda one: one.at, reverse=True)
    if len(found) <= limit:
        return found, None
    cut = found[limit].at
    page = [one for one in found[:limit] if one.at > cut] or [one for one in found if one.at == cut]
    return page, page[-1].at
