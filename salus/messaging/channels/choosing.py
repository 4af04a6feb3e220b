"""Which ways out the hospital has set up."""

from django.conf import settings

from salus.messaging.channels.answers import Sender
from salus.messaging.channels.demonstration import Outbox
from salus.messaging.channels.mail import Smtp
from salus.messaging.channels.push import WebPush
from salus.messaging.channels.sms import HttpGateway


def in_use() -> frozenset[str]:
    """The channels that this hospital has."""
    return frozenset(name for name in ("email", "sms", "push") if sender_of(name) is not None)


def sender_of(channel: str) -> Sender | None:
    """The way out of a channel, as the settings say; None where the hospital has none."""
    if channel == "email" and settings.SALUS_MAIL["host"]:
        return Smtp(**settings.SALUS_MAIL)
    if channel == "sms" and settings.SALUS_SMS["url"]:
        return HttpGateway(**settings.SALUS_SMS)
    if channel in ("email", "sms") and settings.SALUS_DEMONSTRATION:
        return Outbox()
    if channel == "push" and settings.SALUS_PUSH:
        sender = settings.SALUS_MAIL["sender"]
        return WebPush(settings.SALUS_PUSH_KEY, f"mailto:{sender}" if sender else settings.SALUS_URL)
    return None
