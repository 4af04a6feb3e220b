"""The one act that knows a one-time code in clear: it makes it, has it sent, and forgets it."""

from uuid import UUID

from django.db import transaction

from salus.core.act import Act
from salus.messaging import services as messaging
from salus.messaging.rules import Recipient
from salus.portal.arriving import account_with, code_mac
from salus.portal.contacts import Contact
from salus.portal.models import Account, Challenge
from salus.portal.rules import limits as rules


@transaction.atomic
def send_code(act: Act, *, challenge_id: UUID) -> None:
    """Make the code of a challenge and send it; nothing where it was made, is too old, or nobody signs in with that contact."""
    act.require("portal.send_code")
    open_ones = Challenge.objects.filter(id=challenge_id, code_mac=None, used_at=None, expires_at__gt=act.at)
    challenge = open_ones.select_for_update().first()
    if challenge is None:
        return
    contact = Contact(challenge.contact_kind, challenge.contact)
    account = account_with(contact)
    if account is None and challenge.purpose == "sign-in":
        return
    code = rules.new_code()
    challenge.code_mac = code_mac(challenge.id, code)
    challenge.save(update_fields=["code_mac"])
    messaging.queue_message(
        act,
        source=f"portal.challenge:{challenge.id}#code",
        template="code",
        to=_recipient(challenge, contact, account),
        values={"code": code, "minutes": str(int(rules.CODE_LIVES.total_seconds() // 60))},
        urgent=True,
        expires_at=challenge.expires_at,
    )


def _recipient(challenge: Challenge, contact: Contact, account: Account | None) -> Recipient:
    return Recipient(
        kind="user",
        id=account.user_id if account else challenge.id,
        language=(account.language if account else "") or challenge.language,
        email=contact.email,
        phone=contact.phone,
    )
