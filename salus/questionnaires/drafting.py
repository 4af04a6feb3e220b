"""A draft of a form, locked to be changed, and written down with what its row repeats of it."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Conflict, Stale
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.rules.written import JSON, encode


class NotADraft(Conflict):
    """Only a draft is changed. Begin a new version of this form."""


def locked(act: Act, questionnaire_id: UUID, version: int) -> Questionnaire:
    """A form of this hospital, locked.

    :raises Questionnaire.DoesNotExist: if there is none here
    :raises Stale: if somebody changed it since it was read
    """
    rows = Questionnaire.objects.filter(facility_id=act.here).select_for_update(no_key=True, of=("self",))
    row = rows.get(id=questionnaire_id)
    if row.version != version:
        raise Stale
    return row


def locked_draft(act: Act, questionnaire_id: UUID, version: int) -> Questionnaire:
    """The same, of a draft alone.

    :raises NotADraft: if it is in use or retired
    """
    row = locked(act, questionnaire_id, version)
    if row.status != Questionnaire.DRAFT:
        raise NotADraft
    return row


def columns(content: JSON) -> dict[str, Any]:
    """What the row repeats of the resource, and the resource as text."""
    code: JSON = next(iter(content.get("code", ())), {})
    return {
        "title": str(content.get("title") or content.get("name") or _("Form without a title")),
        "code_system": str(code.get("system", "")),
        "code": str(code.get("code", "")),
        "content": encode(content),
    }


def written(row: Questionnaire, content: JSON) -> Questionnaire:
    """Keep what a draft says now."""
    for name, value in columns(content).items():
        setattr(row, name, value)
    row.save(update_fields=["title", "code_system", "code", "content"])
    return row
