"""Who stands in for whom, who heads a department, and when what nobody saw to is handed on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, NotFound
from salus.inbox import rules
from salus.inbox.facts import CoverChanged
from salus.inbox.models import SET_UP, VIEW, Deputy, Head, Ladder
from salus.inbox.queries import people
from salus.places.models import Department
from salus.staff.models import Practitioner

#: so late a critical result may at most be due, and reach the whole department after that
_CRITICAL = 60
_MOST = 525_600


@transaction.atomic
def change_ladder(
    act: Act, *, kind: str, mark: str, due: int, deputy: int | None, head: int | None, department: int
) -> Ladder:
    """Say after how many minutes one kind of task is due, and how long after that each rung is told.

    :raises Invalid: for what cannot be; a critical result reaches the whole department within two hours in any case
    """
    act.require(SET_UP)
    if (kind, mark) not in rules.DEFAULTS:
        raise NotFound
    wrong = {}
    for name, minutes, least in (
        ("due", due, 1),
        ("deputy", deputy, 0),
        ("head", head, 0),
        ("department", department, 0),
    ):
        most = _CRITICAL if mark == "critical" and name in ("due", "department") else _MOST
        if minutes is not None and not least <= minutes <= most:
            wrong[name] = _("Between %(least)s and %(most)s minutes.") % {"least": least, "most": most}
    if wrong:
        raise Invalid(**wrong)
    values = {"due": due, "deputy": deputy, "head": head, "department": department}
    row, _made = Ladder.objects.update_or_create(
        facility_id=act.here, kind=kind, mark=mark, defaults=values, create_defaults=values | {"recorded_by_id": act.by}
    )
    announce(act, CoverChanged(what="ladder", row_id=row.id))
    return row


@transaction.atomic
def name_head(act: Act, *, department_id: UUID, practitioner_id: UUID | None) -> Head:
    """Say who heads a department; None: nobody does.

    :raises Invalid: for somebody who does not look into an inbox here
    """
    act.require(SET_UP)
    if not Department.objects.filter(id=department_id, facility_id=act.here).exists():
        raise NotFound
    if practitioner_id and not people.with_an_inbox(act).filter(practitioner_id=practitioner_id).exists():
        raise Invalid(head=_("This person does not look into an inbox here."))
    row, _made = Head.objects.update_or_create(
        department_id=department_id,
        defaults={"practitioner_id": practitioner_id},
        create_defaults={"practitioner_id": practitioner_id, "recorded_by_id": act.by},
    )
    announce(act, CoverChanged(what="head", row_id=row.id))
    return row


@transaction.atomic
def name_deputy(
    act: Act,
    *,
    deputy_id: UUID,
    practitioner_id: UUID | None = None,
    away_from: datetime | None = None,
    away_until: datetime | None = None,
) -> Deputy:
    """Say who stands in: always, or from then until then while one is away. For oneself; for others with the right to set rules.

    :raises Invalid: for what cannot be
    """
    act.require(VIEW)
    whom = practitioner_id or act.practitioner_id
    if whom is None:
        raise NotFound
    if whom != act.practitioner_id:
        act.require(SET_UP)
    wrong = _wrong_in(act, whom, deputy_id, away_from, away_until)
    if wrong:
        raise Invalid(**wrong)
    list(Practitioner.objects.select_for_update(no_key=True).filter(id=whom))  # two tabs name one after the other
    if away_from is None:
        rows = Deputy.objects.select_for_update().filter(facility_id=act.here, practitioner_id=whom, ended_at=None)
        rows.filter(away_from=None).update(ended_at=act.at)
    row = Deputy.objects.create(
        facility_id=act.here,
        practitioner_id=whom,
        deputy_id=deputy_id,
        away_from=away_from,
        away_until=away_until,
        recorded_by_id=act.by,
    )
    announce(act, CoverChanged(what="deputy", row_id=row.id))
    return row


def _wrong_in(
    act: Act, whom: UUID, deputy_id: UUID, away_from: datetime | None, away_until: datetime | None
) -> dict[str, str]:
    if deputy_id == whom:
        return {"deputy": _("Somebody else has to stand in.")}
    if not people.with_an_inbox(act).filter(practitioner_id=deputy_id).exists():
        return {"deputy": _("This person does not look into an inbox here.")}
    if not people.with_an_inbox(act).filter(practitioner_id=whom).exists():
        return {"practitioner": _("This person does not look into an inbox here.")}
    if (away_from is None) != (away_until is None):
        return {"away_until": _("Say from when and until when, or neither.")}
    if away_from and away_until and away_until <= max(away_from, act.at):
        return {"away_until": _("It would end before it began.")}
    return {}


@transaction.atomic
def end_deputy(act: Act, *, deputy_row_id: UUID) -> Deputy:
    """Nobody stands in by this row any more; one that is over stays as it is."""
    act.require(VIEW)
    row = Deputy.objects.select_for_update().filter(id=deputy_row_id, facility_id=act.here).first()
    if row is None or (row.practitioner_id != act.practitioner_id and not act.may(SET_UP)):
        raise NotFound
    if row.ended_at is None:
        row.ended_at = act.at
        row.save(update_fields=["ended_at"])
        announce(act, CoverChanged(what="deputy", row_id=row.id))
    return row
