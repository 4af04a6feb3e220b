"""The life of a form: drafted, activated, retired; each version a row of its own."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid
from salus.core.ids import uuid7
from salus.questionnaires import drafting
from salus.questionnaires.facts import QuestionnaireActivated, QuestionnaireDrafted, QuestionnaireRetired
from salus.questionnaires.models import Questionnaire
from salus.questionnaires.queries.forms import faults_of_form
from salus.questionnaires.rules.shape import Misshapen, questionnaire_in
from salus.questionnaires.rules.written import JSON

#: a form of more bytes is none that a person fills in
LARGEST = 1_000_000
#: of the resource, what belongs to the row
_OF_THE_ROW = ("id", "meta", "status", "url", "version", "text")


class NotReady(Conflict):
    """This form cannot be used yet. Mend what is listed below."""


class AlreadyHere(Conflict):
    """This version of this form is here already."""


class DraftStands(Conflict):
    """A draft of this form is open already. Finish that one, or retire it."""


@transaction.atomic
def draft_form(act: Act, *, title: str, description: str = "") -> Questionnaire:
    """Begin a form of the hospital's own.

    :raises Invalid: without a title
    """
    act.require("questionnaires.manage_forms")
    if not title.strip():
        raise Invalid(title=_("Give the form a title."))
    content: JSON = {"resourceType": "Questionnaire", "title": title.strip(), "subjectType": ["Patient"]}
    if description.strip():
        content["description"] = description.strip()
    return _begun(act, content, url=f"urn:uuid:{uuid7()}", number=1, edition="1")


@transaction.atomic
def draft_version(act: Act, *, questionnaire_id: UUID) -> Questionnaire:
    """Begin the next version of a form of the hospital's own; one that shipped with Salus is copied.

    :raises DraftStands: if one is begun already
    """
    act.require("questionnaires.manage_forms")
    row = Questionnaire.objects.filter(facility_id=act.here).get(id=questionnaire_id)
    # those who begin one at the same moment wait here: one of them begins it
    versions = Questionnaire.objects.filter(facility_id=act.here, url=row.url).order_by("id")
    known = list(versions.select_for_update(no_key=True, of=("self",)))
    if any(one.status == Questionnaire.DRAFT for one in known):
        raise DraftStands
    number = max(one.number for one in known) + 1
    taken = {one.edition for one in known}
    edition = next(text for text in (str(number), f"{number}.{row.id}") if text not in taken)
    return _begun(act, row.resource, url=row.url, number=number, edition=edition)


@transaction.atomic
def copy_form(act: Act, *, questionnaire_id: UUID) -> Questionnaire:
    """Begin a form of one's own with the questions of another."""
    act.require("questionnaires.manage_forms")
    row = Questionnaire.objects.here(act).get(id=questionnaire_id)
    content = row.resource | {"title": _("%(title)s (copy)") % {"title": row.title}, "derivedFrom": [row.canonical]}
    return _begun(act, content, url=f"urn:uuid:{uuid7()}", number=1, edition="1")


@transaction.atomic
def import_form(act: Act, *, text: str | bytes) -> Questionnaire:
    """Take a FHIR R4 Questionnaire in as a draft; what it cannot do here is listed before it is used.

    :raises Invalid: if it is none
    :raises AlreadyHere: if this version of it is here
    :raises DraftStands: if a draft of it is open
    """
    act.require("questionnaires.manage_forms")
    if len(text) > LARGEST:
        raise Invalid(file=_("This is too large for a form."))
    try:
        content = questionnaire_in(text)
    except Misshapen as error:
        raise Invalid(file=_("This is no FHIR Questionnaire: %(why)s.") % {"why": str(error)[:300]}) from error
    url = str(content.get("url") or f"urn:uuid:{uuid7()}")
    known = list(Questionnaire.objects.filter(facility_id=act.here, url=url).order_by("id").select_for_update())
    edition = str(content.get("version") or "")
    if edition and any(one.edition == edition for one in known):
        raise AlreadyHere
    if any(one.status == Questionnaire.DRAFT for one in known):
        raise DraftStands
    number = max((one.number for one in known), default=0) + 1
    return _begun(act, content, url=url, number=number, edition=edition or str(number))


@transaction.atomic
def activate_form(act: Act, *, questionnaire_id: UUID, version: int) -> Questionnaire:
    """Put a draft into use: from now on its content is locked, and the version before it is retired.

    :raises NotReady: while something in it has to be mended
    :raises Stale: if somebody changed it since it was read
    """
    act.require("questionnaires.manage_forms")
    row = drafting.locked_draft(act, questionnaire_id, version)
    if faults_of_form(row.form):
        raise NotReady
    before = Questionnaire.objects.filter(facility_id=act.here, url=row.url, status=Questionnaire.ACTIVE)
    for one in before.select_for_update(no_key=True, of=("self",)):
        _retired(act, one)
    row.status, row.activated_at = Questionnaire.ACTIVE, act.at
    row.save(update_fields=["status", "activated_at"])
    announce(act, QuestionnaireActivated(questionnaire_id=row.id))
    return row


@transaction.atomic
def retire_form(act: Act, *, questionnaire_id: UUID, version: int) -> Questionnaire:
    """Fill a form in no longer; what was filled in stays as it is.

    :raises Stale: if somebody changed it since it was read
    """
    act.require("questionnaires.manage_forms")
    row = drafting.locked(act, questionnaire_id, version)
    if row.status == Questionnaire.RETIRED:
        raise Conflict(_("This form is retired already."))
    return _retired(act, row)


def _retired(act: Act, row: Questionnaire) -> Questionnaire:
    row.status, row.retired_at = Questionnaire.RETIRED, act.at
    row.save(update_fields=["status", "retired_at"])
    announce(act, QuestionnaireRetired(questionnaire_id=row.id))
    return row


def _begun(act: Act, content: JSON, *, url: str, number: int, edition: str) -> Questionnaire:
    kept = {name: value for name, value in content.items() if name not in _OF_THE_ROW}
    row = Questionnaire(
        facility_id=act.here, url=url, number=number, edition=edition, recorded_by_id=act.by, **drafting.columns(kept)
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise DraftStands from error
    announce(act, QuestionnaireDrafted(questionnaire_id=row.id))
    return row
