"""Browsers that are known again: a cookie with a random secret, of which the hash is kept."""

import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.http import HttpResponse

from salus.accounts.models import Acquaintance, Device
from salus.accounts.queries import hash_of
from salus.accounts.sockets import device_rights
from salus.core.act import Act
from salus.core.ids import SYSTEM

_YEAR = 365 * 24 * 3600


def device_of(request: Any) -> Device | None:
    """The device that the browser's cookie names, or None; looked up once in a request."""
    if not hasattr(request, "device"):
        request.device = _found(request)
    known: Device | None = request.device
    return known


def _found(request: Any) -> Device | None:
    secret = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    if not (20 <= len(secret) <= 100 and secret.isascii()):
        return None
    return Device.objects.filter(hash=hash_of(secret), retired_at=None).first()


def act_of(request: Any, *, right: str, door: str) -> Act | None:
    """The act of a device that an administrator has marked for the public, where nobody is signed in; None where the door
    asks for a right that its kind has not. It is of no person: its own id stands in the log."""
    if not any(right in rights for rights in device_rights.values()):
        return None
    device = device_of(request)
    rights = device_rights.get(device.kind, frozenset()) if device else frozenset()
    if device is None or device.facility_id is None or right not in rights:
        return None
    return Act(
        by=device.id,
        by_name=device.name,
        facility_id=device.facility_id,
        rights=rights,
        door=door,
        device=str(device.id),
    )


def knows(device: Device | None, user_id: UUID | None) -> bool:
    """Whether this person has signed in on this device before. Asks the same of the database for nobody as for somebody."""
    known = Acquaintance.objects.filter(device_id=device.id if device else SYSTEM, user_id=user_id or SYSTEM).exists()
    return device is not None and known


def acquaint(request: Any, user_id: UUID) -> Device:
    """This person has signed in here: remember it, and give the browser a cookie where it has none."""
    device = device_of(request)
    if device is None:
        secret = secrets.token_urlsafe(32)
        device = Device.objects.create(hash=hash_of(secret), recorded_by_id=user_id)
        request.new_device_secret, request.device = secret, device
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_acquaintance (device_id, user_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [device.id, user_id],
        )
    return device


def give_cookie(request: Any, response: HttpResponse) -> None:
    """The cookie of a new device goes out with the answer."""
    secret = getattr(request, "new_device_secret", None)
    if secret:
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            secret,
            max_age=_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
