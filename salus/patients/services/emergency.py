"""Emergency access: somebody breaks the glass for one patient, ends it, and somebody else reviews it."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.patients import access
from salus.patients.access.reading import patient_known, refuse
from salus.patients.facts import GlassBroken, GlassEnded, GlassReviewed
from salus.patients.models import BreakGlass, Patient

#: so long one may see that one patient (guarantees, S9)
LASTS = timedelta(hours=4)
_SHORTEST_REASON = 8


class AlreadyReviewed(Conflict):
    """Somebody has reviewed this already."""


class OwnCase(Conflict):
    """Nobody reviews his or her own emergency access."""


@transaction.atomic
def break_glass(act: Act, *, patient_id: UUID, reason_code: str, reason: str) -> BreakGlass | None:
    """See one patient for four hours against relation, consent or protection; the privacy officer is told at once.

    Who may open the record anyway, or has broken the glass already, breaks nothing: then None or the standing one comes back.
    :raises Barred: where what stands in the way cannot be passed (a refusal that holds in an emergency, the own record)
    :raises Invalid: without a reason in words
    """
    act.require("patients.break_glass")
    act.require_fresh()
    known = patient_known(act, patient_id, to=access.FIND)
    list(Patient.objects.select_for_update(no_key=True).filter(id=patient_id).values_list("id"))
    standing = BreakGlass.objects.filter(by_id=act.by, patient_id=patient_id, until__gt=act.at).first()
    if standing is not None or known.opened.allows:
        return standing
    if known.opened.answer != "offer":
        refuse(act, patient_id, known.opened)
    _check(reason_code, reason)
    glass = BreakGlass.objects.create(
        patient_id=patient_id,
        facility_id=act.here,
        by_id=act.by,
        by_name=act.by_name,
        practitioner_id=act.practitioner_id,
        barrier=known.opened.reasons[0],
        reason_code=reason_code,
        reason=reason.strip(),
        opened_at=act.at,
        until=act.at + LASTS,
        recorded_by_id=act.by,
    )
    announce(act, GlassBroken(patient_id=patient_id, glass_id=glass.id, reason=reason_code, barrier=glass.barrier))
    return glass


def _check(reason_code: str, reason: str) -> None:
    wrong = {}
    if reason_code not in dict(BreakGlass.REASONS):
        wrong["reason_code"] = _("Choose why.")
    if len(reason.strip()) < _SHORTEST_REASON:
        wrong["reason"] = _("Say in a few words what has happened: somebody will read it.")
    if wrong:
        raise Invalid(**wrong)


@transaction.atomic
def end_glass(act: Act, *, patient_id: UUID) -> None:
    """End one's own emergency access now; where none is open nothing happens."""
    act.require("patients.break_glass")
    patient_known(act, patient_id, to=access.FIND)
    standing = BreakGlass.objects.filter(by_id=act.by, patient_id=patient_id, until__gt=act.at)
    for glass in standing.select_for_update():
        glass.until = act.at
        glass.save(update_fields=["until"])
        announce(act, GlassEnded(patient_id=patient_id, glass_id=glass.id))


@transaction.atomic
def review_glass(act: Act, *, glass_id: UUID, version: int, verdict: str, words: str) -> BreakGlass:
    """Give a verdict on an emergency access, with words; an unclear one may be reviewed again.

    :raises OwnCase: on one's own
    :raises AlreadyReviewed: if it has a verdict that is not `unclear`
    :raises Stale: if somebody changed it since it was read
    """
    act.require("patients.review_access")
    glass = BreakGlass.objects.select_for_update().get(id=glass_id, facility_id=act.here)
    if glass.by_id == act.by:
        raise OwnCase
    if glass.version != version:
        raise Stale
    if glass.verdict not in BreakGlass.UNDECIDED:
        raise AlreadyReviewed
    if verdict not in dict(BreakGlass.VERDICTS) or not words.strip():
        raise Invalid(
            **({} if words.strip() else {"words": _("Say why.")}),
            **({} if verdict in dict(BreakGlass.VERDICTS) else {"verdict": _("Choose a verdict.")}),
        )
    glass.verdict, glass.verdict_words = verdict, words.strip()
    glass.reviewed_at, glass.reviewed_by_id, glass.reviewed_by_name = act.at, act.by, act.by_name
    glass.save(update_fields=["verdict", "verdict_words", "reviewed_at", "reviewed_by_id", "reviewed_by_name"])
    announce(act, GlassReviewed(patient_id=glass.patient_id, glass_id=glass.id, verdict=verdict))
    return glass
