"""How a facility wants its waiting list."""

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Invalid, Stale
from salus.waitlist.locking import policy_locked
from salus.waitlist.models import SET_UP, Policy


@transaction.atomic
def set_policy(
    act: Act,
    *,
    version: int,
    is_automatic: bool,
    keep_minutes: int,
    awake_from: int,
    awake_until: int,
    most_offers: int,
    short_hours: int,
) -> Policy:
    """Say how long an offered time is kept, between which minutes of the day, how often one patient is asked.

    :raises Stale: if somebody changed it since it was read
    :raises Invalid: for what cannot be
    """
    act.require(SET_UP)
    policy = policy_locked(act)
    if policy.version != version:
        raise Stale
    wrong = {}
    if not 0 <= awake_from < awake_until <= 1440:
        wrong["awake_until"] = _("It would end before it began.")
    for name, value, least, most in (
        ("keep_minutes", keep_minutes, 1, 2880),
        ("most_offers", most_offers, 1, 50),
        ("short_hours", short_hours, 0, 720),
    ):
        if not least <= value <= most:
            wrong[name] = _("Between %(least)s and %(most)s.") % {"least": least, "most": most}
    if wrong:
        raise Invalid(**wrong)
    policy.is_automatic, policy.keep_minutes, policy.most_offers = is_automatic, keep_minutes, most_offers
    policy.awake_from, policy.awake_until, policy.short_hours = awake_from, awake_until, short_hours
    policy.save(
        update_fields=["is_automatic", "keep_minutes", "awake_from", "awake_until", "most_offers", "short_hours"]
    )
    return policy
