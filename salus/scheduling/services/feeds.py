"""Private calendars: a link is made, which takes the place of the one before, and taken back."""

import secrets
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, NotAllowed
from salus.core.ids import SYSTEM
from salus.scheduling.facts import CalendarFeedChanged
from salus.scheduling.models import VIEW, Feed
from salus.scheduling.rules.ics import hash_of


@transaction.atomic
def make_feed_of_patient(act: Act, *, patient_id: UUID) -> str:
    """The secret of a calendar of a patient's appointments, for the patient himself; shown once.

    :raises NotAllowed: for staff and proxies: a link that opens without signing in is the patient's own to make
    """
    act.require_for(patient_id, VIEW)
    _require_oneself(act, patient_id)
    return _made(act, patient_id=patient_id)


@transaction.atomic
def make_own_feed(act: Act) -> str:
    """The secret of a calendar of my own times, without a word of my patients; shown once."""
    act.require(VIEW)
    if act.practitioner_id is None:
        raise NotAllowed(VIEW)
    return _made(act, practitioner_id=act.practitioner_id)


@transaction.atomic
def revoke_feed_of_patient(act: Act, *, patient_id: UUID) -> None:
    """Have the link of a patient's calendar lead nowhere any more: by himself, or by the system when his account is closed."""
    act.require_for(patient_id, VIEW)
    if act.by != SYSTEM:
        _require_oneself(act, patient_id)
    _revoke(act, patient_id=patient_id)


@transaction.atomic
def revoke_own_feed(act: Act) -> None:
    """Have the link of my calendar lead nowhere any more."""
    act.require(VIEW)
    if act.practitioner_id is not None:
        _revoke(act, practitioner_id=act.practitioner_id)


def _require_oneself(act: Act, patient_id: UUID) -> None:
    """The link outlives a session, and a proxy: nobody makes it for another."""
    one = act.subject(patient_id)
    if one is None or not one.is_self:
        raise NotAllowed(VIEW)


def _made(act: Act, **owner: Any) -> str:
    _revoke(act, **owner)
    secret = secrets.token_urlsafe(32)
    row = Feed(facility_id=act.here, hash=hash_of(secret), recorded_by_id=act.by, **owner)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict from error  # another browser has just made one
    announce(act, CalendarFeedChanged(patient_id=owner.get("patient_id"), feed_id=row.id, change="made"))
    return secret


def _revoke(act: Act, **owner: Any) -> None:
    found = Feed.objects.filter(facility_id=act.here, revoked_at=None, **owner)
    row = found.select_for_update(no_key=True).first()
    if row is not None:
        row.revoked_at = act.at
        row.save(update_fields=["revoked_at"])
        announce(act, CalendarFeedChanged(patient_id=owner.get("patient_id"), feed_id=row.id, change="revoked"))
