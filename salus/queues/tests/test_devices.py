"""A wall and a kiosk work without anybody signed in, on a device that an administrator has marked, and open nothing else."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from salus.accounts import services as accounts
from salus.accounts.models import Device
from salus.accounts.queries import hash_of
from salus.core.models import AccessEntry
from salus.queues import services as queues
from salus.queues.tests.builders import a_room, a_token
from tests.cast import Cast, form_key


def a_device(cast: Cast, kind: str) -> Client:
    """A browser that an administrator has marked and in which nobody is signed in."""
    secret = f"secret-of-a-{kind}-in-the-waiting-room-{cast.code}"
    device = Device.objects.create(hash=hash_of(secret))
    accounts.mark_device(cast.act("administrator"), device_id=device.id, version=1, kind=kind, name=f"Our {kind}")
    browser = Client()
    browser.cookies[settings.DEVICE_COOKIE_NAME] = secret
    return browser


def wall(cast):
    return reverse("queues:wall", args=[cast.departments["opd"].id])


@pytest.mark.guarantee("B2")
def test_a_wall_needs_nobody_and_opens_nothing_else(cast):
    a_token(cast)
    browser = a_device(cast, "wall")
    assert browser.get(wall(cast)).status_code == 200
    for address in ("/", reverse("queues:board", args=[cast.departments["opd"].id]), reverse("patients:search")):
        assert "/sign-in" in browser.get(address)["Location"]
    assert Client().get(wall(cast)).status_code == 302
    assert a_device(cast, "kiosk").get(wall(cast)).status_code == 302
    assert a_device(cast, "private").get(wall(cast)).status_code == 302
    assert browser.post(reverse("queues:manage"), form_key()).status_code in (401, 405)


def test_a_wall_of_another_hospital_shows_nothing_of_this_one(cast):
    a_token(cast)
    other = Cast("other")
    a_token(other)
    assert a_device(other, "wall").get(wall(cast)).status_code == 404


def test_whom_a_wall_names_stands_in_the_log_once_however_often_it_asks(cast):
    token = a_token(cast)
    opd = cast.departments["opd"].id
    queues.set_display(
        cast.act("administrator"), department_id=opd, shows_names=True, has_chime=False, languages=["en"]
    )
    queues.call_next(cast.act("doctor"), queue_id=token.queue_id, room_id=a_room(cast).id)
    browser = a_device(cast, "wall")
    for _ in range(3):
        browser.get(wall(cast), headers={"HX-Request": "true", "X-Salus-Unattended": "1"})
    entries = AccessEntry.objects.filter(patient_id=token.patient_id, door="queues:wall")
    assert entries.count() == 1
    assert Device.objects.get(kind="wall").id == entries.get().by_id
    browser.get(wall(cast))
    assert entries.count() == 2
