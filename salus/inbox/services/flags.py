"""What everybody has to know of a patient before walking in: raised, and ended."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid
from salus.inbox.facts import FlagEnded, FlagRaised
from salus.inbox.models import FLAG, Flag
from salus.patients.access.reading import require_open

_LONGEST = 120


class FlagOver(Conflict):
    """Somebody ended this already."""


@transaction.atomic
def raise_flag(act: Act, *, patient_id: UUID, category: str, words: str) -> Flag:
    """Have something stand in the patient's banner; what stands there already is not said twice.

    :raises Invalid: without words, or with too many for a banner
    """
    act.require(FLAG)
    require_open(act, patient_id)
    wrong = {}
    if not words.strip() or len(words.strip()) > _LONGEST:
        wrong["words"] = _("Say it in at most %(n)s characters.") % {"n": _LONGEST}
    if category not in dict(Flag.CATEGORIES):
        wrong["category"] = _("Choose what kind of thing it is.")
    if wrong:
        raise Invalid(**wrong)
    flag = Flag(
        facility_id=act.here,
        patient_id=patient_id,
        category=category,
        words=words.strip(),
        started_at=act.at,
        author_id=act.practitioner_id,
        author_name=act.by_name,
        recorded_by_id=act.by,
    )
    Flag.objects.bulk_create([flag], ignore_conflicts=True)
    kept = Flag.objects.standing().get(patient_id=patient_id, category=category, words=flag.words)
    if kept.id == flag.id:
        announce(act, FlagRaised(flag_id=flag.id, patient_id=patient_id, category=category))
    return kept


@transaction.atomic
def end_flag(act: Act, *, flag_id: UUID) -> Flag:
    """It is no longer so.

    :raises FlagOver: if somebody ended it already
    """
    act.require(FLAG)
    flag = Flag.objects.visible_to(act).select_for_update(of=("self",), no_key=True).get(id=flag_id)
    if flag.ended_at is not None:
        raise FlagOver
    flag.ended_at, flag.ended_by_name = max(act.at, flag.started_at), act.by_name
    flag.save(update_fields=["ended_at", "ended_by_name"])
    announce(act, FlagEnded(flag_id=flag.id, patient_id=flag.patient_id))
    return flag
