"""Who is there to see to a thing: reachable people, deputies, heads, whole departments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from salus.accounts.models import Grant
from salus.core.act import Act
from salus.inbox import sockets
from salus.inbox.models import VIEW, Deputy, Head
from salus.places.models import Department
from salus.staff.models import Practitioner, StaffMember


def with_an_inbox(act: Act) -> QuerySet[StaffMember]:
    """Who works in the act's facility, can sign in, and may look into an inbox."""
    granted = Grant.objects.filter(
        user_id=OuterRef("user_id"), facility_id=act.here, ended_at=None, role__rights__contains=[VIEW]
    )
    return StaffMember.objects.filter(Exists(granted), facility_id=act.here, retired_at=None, user__is_active=True)


def reachable(act: Act, practitioner_ids: Collection[UUID]) -> set[UUID]:
    """Those of them who look into their inbox these days: at work here, with an account that is open, and not away."""
    if not practitioner_ids:
        return set()
    rows = with_an_inbox(act).filter(practitioner_id__in=practitioner_ids)
    here = set(rows.values_list("practitioner_id", flat=True))
    return here - away(act, here) if here else here


def away(act: Act, practitioner_ids: Collection[UUID]) -> set[UUID]:
    """Those of them who are away now: as they said themselves, or as other rooms know."""
    said = Deputy.objects.filter(
        facility_id=act.here,
        practitioner_id__in=practitioner_ids,
        ended_at=None,
        away_from__lte=act.at,
        away_until__gt=act.at,
    )
    gone = set(said.values_list("practitioner_id", flat=True))
    for source in sockets.away:
        gone |= set(source(act, practitioner_ids))
    return gone


def deputy_of(act: Act, practitioner_id: UUID) -> UUID | None:
    """Who stands in for somebody now and can be reached: the deputy, or the deputy's own; None without one."""
    seen: set[UUID] = set()
    asked: UUID | None = practitioner_id
    while asked is not None and asked not in seen:
        seen.add(asked)
        named = _named_by(act, asked)
        there = reachable(act, named)
        found = next((one for one in named if one in there), None)
        if found is not None:
            return found
        asked = named[0] if named else None
    return None


def _named_by(act: Act, practitioner_id: UUID) -> list[UUID]:
    """Whom somebody has named: first for the time in which he or she is away, then for always."""
    rows = Deputy.objects.filter(facility_id=act.here, practitioner_id=practitioner_id, ended_at=None)
    awhile = rows.filter(away_from__lte=act.at, away_until__gt=act.at).order_by("-away_from", "-id")
    always = rows.filter(away_from=None)
    return [*awhile.values_list("deputy_id", flat=True), *always.values_list("deputy_id", flat=True)]


def head_of(act: Act, department_ids: Iterable[UUID]) -> UUID | None:
    """The head of the first of these departments that has one who can be reached."""
    order = list(department_ids)
    rows = Head.objects.filter(department_id__in=order, practitioner__isnull=False)
    heads = dict(rows.values_list("department_id", "practitioner_id"))
    there = reachable(act, {one for one in heads.values() if one})
    return next((heads[one] for one in order if heads.get(one) in there), None)


def departments_of(act: Act, practitioner_id: UUID) -> list[UUID]:
    """Where somebody works, or has worked, in this facility."""
    rows = StaffMember.objects.filter(facility_id=act.here, practitioner_id=practitioner_id)
    found = rows.values_list("department_ids", flat=True).first() or []
    open_ones = Department.objects.filter(id__in=found, facility_id=act.here, retired_at=None)
    known = set(open_ones.values_list("id", flat=True))
    return [one for one in found if one in known]


def peopled(act: Act, department_ids: Collection[UUID]) -> set[UUID]:
    """Those of these open departments in which somebody looks into the inbox."""
    rows = with_an_inbox(act).filter(department_ids__overlap=list(department_ids))
    found = {one for ids in rows.values_list("department_ids", flat=True) for one in ids}
    return found & set(department_ids)


def last_resort(act: Act) -> UUID | None:
    """Where a thing goes for which nobody else is left: the first department in which people look into their inbox."""
    here = list(
        Department.objects.filter(facility_id=act.here, retired_at=None).order_by("code").values_list("id", "kind")
    )
    there = peopled(act, [one for one, _kind in here])
    clinical = ("emergency", "ward", "clinic")
    ranked = sorted(here, key=lambda row: clinical.index(row[1]) if row[1] in clinical else len(clinical))
    first = next((one for one, _kind in ranked if one in there), None)
    return first or (ranked[0][0] if ranked else None)


def listeners(ids: Collection[UUID]) -> set[UUID]:
    """The practitioners whose screens show inboxes with these ids (of practitioners and departments)."""
    known = list(ids)
    rows = StaffMember.objects.filter(Q(practitioner_id__in=known) | Q(department_ids__overlap=known), retired_at=None)
    return set(rows.values_list("practitioner_id", flat=True))


def names_of(act: Act, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of practitioners and of departments, whichever the ids are."""
    if not ids:
        return {}
    rows = Practitioner.objects.filter(id__in=ids).values_list("id", "title", "given", "family")
    names = {one: " ".join(filter(None, words)) for one, *words in rows}
    places = Department.objects.filter(facility_id=act.here, id__in=ids).values_list("id", "name")
    return names | dict(places)


def practitioner_of(act: Act, user_id: UUID) -> UUID | None:
    """The practitioner behind an account of this facility."""
    rows = StaffMember.objects.filter(facility_id=act.here, user_id=user_id)
    return rows.values_list("practitioner_id", flat=True).first()


def find_whom(act: Act, text: str, *, most: int = 20) -> list[tuple[str, str, str]]:
    """Colleagues (`p:<id>`) and departments (`d:<id>`) whose name begins with what was typed: value, name, what they are."""
    places = Department.objects.filter(facility_id=act.here, retired_at=None, name__icontains=text).order_by("name")
    rows = with_an_inbox(act).select_related("practitioner")
    for word in text.split():
        rows = rows.filter(Q(practitioner__family__istartswith=word) | Q(practitioner__given__istartswith=word))
    colleagues = rows.order_by("practitioner__family", "practitioner__given")[:most]
    found = [(f"d:{one.id}", one.name, str(_("Department"))) for one in places[: most // 2]]
    for one in colleagues:
        who = one.practitioner
        name = " ".join(filter(None, (who.title, who.given, who.family)))
        found.append((f"p:{who.id}", name, one.specialty.replace("-", " ") or one.get_profession_display()))
    return found


def whom_not(act: Act, owner_id: UUID | None, department_id: UUID | None) -> dict[str, str]:
    """What is wrong with whom a task is given to; nothing where it can be."""
    if owner_id is None and department_id is None:
        return {"owner": _("Choose a colleague or a department.")}
    if owner_id and not with_an_inbox(act).filter(practitioner_id=owner_id).exists():
        return {"owner": _("This person does not look into an inbox here. Choose somebody else, or a department.")}
    here = Department.objects.filter(facility_id=act.here, retired_at=None)
    if department_id and not here.filter(id=department_id).exists():
        return {"department": _("There is no such department.")}
    return {}
