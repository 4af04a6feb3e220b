"""Building a form: the lines of a draft."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid
from salus.questionnaires import drafting
from salus.questionnaires.facts import QuestionnaireChanged
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.rules import writing
from salus.questionnaires.rules.checks import MOST
from salus.questionnaires.rules.items import TYPES, form_of
from salus.questionnaires.rules.writing import Said
from salus.questionnaires.rules.written import JSON


class NoSuchMove(Conflict):
    """The line cannot go there."""


@transaction.atomic
def describe_form(
    act: Act, *, questionnaire_id: UUID, version: int, title: str, description: str = "", source: str = ""
) -> Questionnaire:
    """Say what a form is called, what it is for and whose it is (FHIR `copyright`).

    :raises Invalid: without a title
    :raises Stale: if somebody changed it since it was read
    """
    act.require("questionnaires.manage_forms")
    row = drafting.locked_draft(act, questionnaire_id, version)
    if not title.strip():
        raise Invalid(title=_("Give the form a title."))
    content = row.resource | {"title": title.strip()}
    for name, text in (("description", description), ("copyright", source)):
        content.pop(name, None)
        if text.strip():
            content[name] = text.strip()
    return _changed(act, row, content)


@transaction.atomic
def add_line(
    act: Act, *, questionnaire_id: UUID, version: int, kind: str, text: str, below: int | None = None
) -> Questionnaire:
    """Add a line at the end of the form, or of the group at the place `below`.

    :raises Invalid: without words, or for a type that cannot be filled in
    """
    act.require("questionnaires.manage_forms")
    row = drafting.locked_draft(act, questionnaire_id, version)
    if kind not in (*TYPES, "score"):
        raise Invalid(kind=_("Choose one of the list."))
    if not text.strip():
        raise Invalid(text=_("Write the question."))
    content = row.resource
    lines = form_of(content).lines
    if len(lines) >= MOST:
        raise Invalid(text=_("The form has more than %(n)s lines.") % {"n": MOST})
    if below is not None and (below >= len(lines) or lines[below].item.type != "group"):
        raise Invalid(below=_("Choose one of the list."))
    raw: JSON = {"linkId": writing.new_link(content), "type": kind, "text": text.strip()}
    if kind == "score":
        raw |= {"type": "integer", "readOnly": True}
    return _changed(act, row, writing.add(content, raw, below=below))


@transaction.atomic
def change_line(act: Act, *, questionnaire_id: UUID, version: int, place: int, said: Said) -> Questionnaire:
    """Say a line anew.

    :raises Invalid: for a type that is none, a limit that is no number
    :raises Stale: if somebody changed the form since it was read
    """
    act.require("questionnaires.manage_forms")
    row = drafting.locked_draft(act, questionnaire_id, version)
    if said.type not in TYPES:
        raise Invalid(type=_("Choose one of the list."))
    if not said.text.strip():
        raise Invalid(text=_("Write the question."))
    return _changed(act, row, _tried(lambda content: writing.change(content, place, said), row))


@transaction.atomic
def move_line(act: Act, *, questionnaire_id: UUID, version: int, place: int, to: str) -> Questionnaire:
    """Move a line up or down, into the group before it, or out of its own.

    :raises NoSuchMove: where it cannot go there
    """
    act.require("questionnaires.manage_forms")
    row = drafting.locked_draft(act, questionnaire_id, version)
    if to not in ("up", "down", "in", "out"):
        raise Invalid
    return _changed(act, row, _tried(lambda content: writing.move(content, place, to), row))


@transaction.atomic
def copy_line(act: Act, *, questionnaire_id: UUID, version: int, place: int) -> Questionnaire:
    """Put a copy of a line behind it, with what stands below."""
    act.require("questionnaires.manage_forms")
    row = drafting.locked_draft(act, questionnaire_id, version)
    content = _tried(lambda content: writing.copy(content, place), row)
    if len(form_of(content).lines) > MOST:
        raise Conflict(_("The form has more than %(n)s lines.") % {"n": MOST})
    return _changed(act, row, content)


@transaction.atomic
def remove_line(act: Act, *, questionnaire_id: UUID, version: int, place: int) -> Questionnaire:
    """Take a line out, with what stands below it."""
    act.require("questionnaires.manage_forms")
    row = drafting.locked_draft(act, questionnaire_id, version)
    return _changed(act, row, _tried(lambda content: writing.remove(content, place), row))


def _tried(change: "writing.Change", row: Questionnaire) -> JSON:
    try:
        return change(row.resource)
    except writing.NoSuchLine as error:
        raise NoSuchMove from error


def _changed(act: Act, row: Questionnaire, content: JSON) -> Questionnaire:
    drafting.written(row, content)
    announce(act, QuestionnaireChanged(questionnaire_id=row.id))
    return row
