"""Who could be offered what now: wishes, free times and what stands between them, as the rules know them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from salus.catalog.models import Service
from salus.core.act import Act
from salus.scheduling.queries.free import Wish as Search
from salus.scheduling.queries.free import look
from salus.scheduling.queries.plans import Offering, clock_of, offerings
from salus.scheduling.rules.calendar import Span, minutes
from salus.scheduling.rules.free import Piece, left_of
from salus.staff.models import StaffMember
from salus.waitlist.models import JOIN, OFFER, Policy, Wish
from salus.waitlist.rules.matching import Asker, Known, Offered, Place, fits_session, fits_time, match, may_have

#: so many days ahead times are offered
AHEAD = 120


@dataclass(frozen=True, slots=True)
class Proposal:
    """A time for a wish."""

    wish_id: UUID
    patient_id: UUID
    schedule_id: UUID
    starts: int
    ends: int


def asker_of(wish: Wish, visit: int = 0) -> Asker:
    """A wish as the rules know it.

    :param visit: minutes that its kind of visit takes
    """
    return Asker(
        wish.id,
        wish.patient_id,
        wish.priority,
        wish.joined_at,
        wish.first_on,
        wish.last_on + timedelta(days=1),
        frozenset(wish.schedule_ids),
        wish.department_id,
        wish.specialty,
        wish.language,
        wish.service_code,
        wish.length,
        visit,
        frozenset(wish.weekdays),
        (wish.wall_from, wish.wall_until),
        wish.short_notice,
        None if wish.replaces is None or wish.replaces.status == "cancelled" else minutes(wish.replaces.period.lower),
    )


def candidates(act: Act, policy: Policy) -> QuerySet[Wish]:
    """The wishes for which something may be offered by itself: of the living, and not so often as the facility says."""
    return (
        Wish.objects.visible_to(act)
        .select_related("replaces")
        .filter(
            status="waiting",
            offers_made__lt=policy.most_offers,
            last_on__gte=clock_of(act).day_of(minutes(act.at)),
            patient__is_deceased=False,
            patient__merged_into__isnull=True,
        )
    )


def proposals(act: Act, policy: Policy, *, soonest: int) -> list[Proposal]:
    """Which free time is for whom, as things stand; at most nine statements however many wait.

    :param soonest: times before this minute come too soon for an answer
    """
    act.require(OFFER)
    takes = Service.objects.filter(code=OuterRef("service_code")).values("minutes")
    rows = candidates(act, policy).annotate(visit=Coalesce(Subquery(takes), 0))
    askers = [asker_of(one, one.visit) for one in rows]
    if not askers:
        return []
    places = list(_places(act, askers, soonest))
    known = _known(act, askers, policy) if places else Known()
    return [
        Proposal(asker.wish_id, asker.patient_id, place.session.schedule_id, place.starts, place.ends)
        for asker, place in match(askers, places, known)
    ]


def places_for(act: Act, wish: Wish, policy: Policy, *, most: int = 12) -> list[Place]:
    """The free times that somebody at the desk may offer for a wish, the earliest first."""
    act.require(JOIN)
    takes = Service.objects.filter(code=wish.service_code).values_list("minutes", flat=True)
    asker = asker_of(wish, (takes.first() or 0) if wish.service_code else 0)
    found = sorted(_places(act, [asker], minutes(act.at) + 1), key=lambda one: one.key)
    known = _known(act, [asker], policy, is_by_hand=True) if found else Known()
    return [one for one in found if fits_time(asker, one) and may_have(asker, one, known)][:most]


def _places(act: Act, askers: Sequence[Asker], soonest: int) -> Iterator[Place]:
    """Free times of sessions that fit somebody's wish, on days on which one of those waits."""
    clock = clock_of(act)
    today = clock.day_of(minutes(act.at))
    first = max(today, min(one.first for one in askers))
    until = min(today + timedelta(days=AHEAD), max(one.until for one in askers))
    if first >= until:
        return
    whose = {what.schedule_id for what in _offered(act, offerings(act, first=first, until=until), askers).values()}
    if not whose:
        return
    walls = min(one.walls[0] for one in askers), max(one.walls[1] for one in askers)
    looked = look(act, Search(first, (until - first).days, schedule_ids=tuple(whose), walls=walls))
    offered = _offered(act, looked.found, askers)
    takes_more = any(one.visit for one in askers)
    for piece in looked.pieces:
        session = looked.found[piece.session].session
        what = offered.get(session.pattern_id)
        rooms = _rooms(piece) if takes_more else {}
        for start in piece.starts() if what else ():
            begin = start - looked.busy.origin
            left = left_of(session, begin, begin + piece.minutes, looked.busy) if session.plan.places > 1 else 1
            if what and start >= soonest:
                yield Place(
                    what, start, start + piece.minutes, piece.day, clock.wall_of(start), left, rooms.get(start, 0)
                )


def _rooms(piece: Piece) -> dict[int, int]:
    """Where a slot is free -> free minutes from there on."""
    rooms: dict[int, int] = {}
    for start in reversed(list(piece.starts())):
        rooms[start] = piece.minutes + rooms.get(start + piece.minutes, 0)
    return rooms


def _offered(act: Act, found: Iterable[Offering], askers: Sequence[Asker]) -> dict[UUID, Offered]:
    """The sessions that are what somebody waits for; of how many wishes there are, each kind is looked at once."""
    here = StaffMember.objects.filter(facility_id=act.here, retired_at=None).exclude(languages=[])
    languages = dict(here.values_list("practitioner_id", "languages")) if any(one.language for one in askers) else {}
    kinds = {
        (one.schedules, one.department_id, one.specialty, one.language, one.service_code, one.length): one
        for one in askers
    }.values()
    offered = {}
    for one in found:
        what = Offered(
            one.session.schedule_id,
            one.department_id,
            one.session.plan.slot,
            one.practitioner_id,
            one.specialties,
            frozenset(languages.get(one.practitioner_id, ())) if one.practitioner_id else frozenset(),
            frozenset(one.service_codes),
        )
        if one.kind in ("practitioner", "service") and any(fits_session(asker, what) for asker in kinds):
            offered[one.session.pattern_id] = what
    return offered


_BUSY = """
    SELECT patient_id, period FROM scheduling_appointment
    WHERE patient_id = ANY(%(patients)s::uuid[]) AND status IN ('booked', 'arrived') AND voided_at IS NULL
      AND upper(period) > %(now)s
    UNION ALL
    SELECT patient_id, period FROM waitlist_offer WHERE patient_id = ANY(%(patients)s::uuid[]) AND status = 'open'
"""
# Whom a patient keeps from the record (a consent that refuses it whole) he or she does not come to see either.
_BARRED = """
    SELECT patient_id, coalesce(practitioner_id, department_id) FROM patients_consent
    WHERE patient_id = ANY(%(patients)s::uuid[]) AND decision = 'deny' AND labels = '{}' AND voided_at IS NULL
      AND coalesce(practitioner_id, department_id) IS NOT NULL
      AND starts_at <= %(now)s AND (ends_at IS NULL OR ends_at > %(now)s)
      AND (withdrawn_at IS NULL OR withdrawn_at > %(now)s)
"""
_HAD = """
    SELECT wish_id, schedule_id, lower(period) FROM waitlist_offer
    WHERE wish_id = ANY(%(wishes)s::uuid[]) AND upper(period) > %(now)s
"""


def _known(act: Act, askers: Sequence[Asker], policy: Policy, *, is_by_hand: bool = False) -> Known:
    """What stands between these patients and any time; three statements."""
    values: dict[str, Any] = {
        "patients": list({one.patient_id for one in askers}),
        "wishes": [one.wish_id for one in askers],
        "now": act.at,
    }
    busy: dict[UUID, list[Span]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, values)
        for patient, period in cursor.fetchall():
            busy.setdefault(patient, []).append((minutes(period.lower), -int(-period.upper.timestamp() // 60)))
        cursor.execute(_BARRED, values)
        barred = frozenset((patient, whom) for patient, whom in cursor.fetchall())
        cursor.execute(_HAD, values)
        had = frozenset((wish, schedule, minutes(start)) for wish, schedule, start in cursor.fetchall())
    if is_by_hand:
        return Known(busy, frozenset(), barred, 0)
    return Known(busy, had, barred, minutes(act.at) + policy.short_hours * 60)
