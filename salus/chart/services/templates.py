"""The hospital's own types of notes, and what it decided about writing them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from salus.accounts.models import Role
from salus.chart.facts import NoteTemplateChanged
from salus.chart.models import NoteSetting, NoteTemplate
from salus.chart.note_types import BUILT_IN, KINDS, MOST_SECTIONS
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, NotFound, Stale

MANAGE = "chart.manage_templates"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
#: what the page of a note asks besides its sections
_TAKEN = {
    *("visit", "version", "writer", "note_type", "diagnosis", "diagnoses", "cosigner", "cosigner_text"),
    *("addressee", "show", "copied", "finish", "remove", "add", "patient_id", "csrfmiddlewaretoken", "text"),
}
_LONGEST = {"label": 80, "prompt": 200, "default": 5000}


@transaction.atomic
def change_template(
    act: Act,
    *,
    code: str,
    version: int,
    title: str,
    sections: Sequence[Mapping[str, Any]],
    writers: Sequence[str] = (),
    cosigned: Sequence[str] = (),
    is_active: bool = True,
) -> NoteTemplate:
    """Change a type of note; notes that were signed keep the sections that they were written by.

    :param version: of the row that was on the screen; 0 for a type that the hospital has not changed yet
    :param sections: `name` (empty for a new one), `label`, `prompt`, `default`, `rows`, in their order
    :raises NotFound: if there is no such type
    :raises Invalid: without a title or a section, or for what no section can be
    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    row = NoteTemplate.objects.select_for_update().filter(facility_id=act.here, code=code).first()
    if row is None and code not in BUILT_IN:
        raise NotFound
    if (row.version if row else 0) != version:
        raise Stale
    row = row or NoteTemplate(facility_id=act.here, code=code, kind=BUILT_IN[code].kind, recorded_by_id=act.by)
    if not title.strip() or len(title) > 80:
        raise Invalid(title=_("Give it a name of at most 80 letters."))
    roles = set(Role.objects.values_list("code", flat=True))
    row.title, row.sections, row.is_active = title.strip(), _sections(sections), is_active
    row.writers, row.cosigned = sorted(roles & set(writers)), sorted(roles & set(cosigned))
    _save(row, is_new=version == 0)
    announce(act, NoteTemplateChanged(code=code))
    return row


@transaction.atomic
def add_template(act: Act, *, kind: str, title: str) -> NoteTemplate:
    """Add a type of note of the hospital's own, with the sections of its kind to begin with.

    :raises Invalid: without a name, or for a name that another type has
    """
    act.require(MANAGE)
    code = slugify(title)[:40]
    if kind not in KINDS:
        raise Invalid(kind=_("Choose what kind of note it is."))
    if not code or code in BUILT_IN:
        raise Invalid(title=_("Give it a name that no other type has."))
    sections = [
        {"name": one.name, "label": one.label, "prompt": one.prompt, "default": one.default, "rows": one.rows}
        for one in BUILT_IN[kind].sections
    ]
    row = NoteTemplate(facility_id=act.here, code=code, kind=kind, title=title.strip()[:80], sections=sections)
    row.recorded_by_id = act.by
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Invalid(title=_("Give it a name that no other type has.")) from error
    announce(act, NoteTemplateChanged(code=code))
    return row


@transaction.atomic
def change_note_settings(act: Act, *, version: int, dictation: bool, letters_are_shown: bool) -> NoteSetting:
    """Decide whether notes may be dictated to the browser, and whether letters may be shown to patients.

    :raises Stale: if somebody decided since it was read
    """
    act.require(MANAGE)
    row = NoteSetting.objects.select_for_update().filter(facility_id=act.here).first()
    if (row.version if row else 0) != version:
        raise Stale
    row = row or NoteSetting(facility_id=act.here, recorded_by_id=act.by)
    row.dictation, row.letters_are_shown = dictation, letters_are_shown
    _save(row, is_new=version == 0)
    announce(act, NoteTemplateChanged(code=""))
    return row


def _save(row: NoteTemplate | NoteSetting, *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=is_new, force_update=not is_new)
    except IntegrityError as error:  # somebody else made it at the same moment
        raise Stale from error


def _sections(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in given:
        if not str(one.get("label", "")).strip():
            continue
        said = {field: str(one.get(field, "")).replace("\r\n", "\n").strip() for field in _LONGEST}
        if any(len(said[field]) > most for field, most in _LONGEST.items()):
            raise Invalid(sections=_("This is too long: %(label)s.") % {"label": said["label"][:80]})
        name = str(one.get("name", ""))
        found.append({"name": name, **said, "rows": min(max(int(one.get("rows") or 3), 1), 20)})
    if not found or len(found) > MOST_SECTIONS:
        raise Invalid(sections=_("A note has between one and %(most)s sections.") % {"most": MOST_SECTIONS})
    taken = {one["name"] for one in found if one["name"]}
    for one in found:
        if not one["name"]:
            one["name"] = next(name for n in range(1, 100) if (name := f"s{n}") not in taken)
            taken.add(one["name"])
    names = [one["name"] for one in found]
    if len(set(names)) != len(names) or any(not _NAME.fullmatch(one) or one in _TAKEN for one in names):
        raise Invalid(sections=_("This page is out of date. Reload it and try again."))
    return found
