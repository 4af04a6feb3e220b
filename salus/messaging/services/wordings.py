"""The hospital's own words, and its quiet hours."""

from datetime import time

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, Stale
from salus.messaging.facts import QuietHoursChanged, WordingChanged
from salus.messaging.models import MANAGE, QuietHours, Wording
from salus.messaging.rules.kinds import KINDS, is_language
from salus.messaging.rules.wording import Words, troubles_of


class CannotBeSaid(Invalid):
    """These words cannot be sent as they are."""


@transaction.atomic
def change_wording(
    act: Act, *, template: str, language: str, channel: str, body: str, subject: str = ""
) -> Wording | None:
    """Give a template the hospital's own words in one language by one channel; None where they are said already.

    :raises CannotBeSaid: with what is wrong, by field: a gap that this template does not have, no words, too many
    """
    act.require(MANAGE)
    kind = KINDS.get(template)
    if kind is None or not is_language(language) or channel not in ("email", "sms"):
        raise Invalid(template=_("There is no such template."))
    words = Words(body.strip().replace("\r\n", "\n"), " ".join(subject.split()) if channel == "email" else "")
    if troubles := troubles_of(words, channel=channel, allowed=kind.allowed):
        raise CannotBeSaid(**{part: _in_words(code) for part, code in troubles.items()})
    known = _current(act, template, language, channel)
    if known is not None and (known.subject, known.body) == (words.subject, words.body):
        return None
    row = known or Wording(facility_id=act.here, template=template, language=language, channel=channel)
    row.subject, row.body, row.recorded_by_id = words.subject, words.body, act.by
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # somebody else has just given it its first words
        raise Stale from error
    _tell(act, row, "changed")
    return row


@transaction.atomic
def reset_wording(act: Act, *, template: str, language: str, channel: str) -> None:
    """Have the words said again that come with Salus."""
    act.require(MANAGE)
    row = _current(act, template, language, channel)
    if row is not None:
        row.reset_at = act.at
        row.save(update_fields=["reset_at"])
        _tell(act, row, "reset")


@transaction.atomic
def set_quiet_hours(act: Act, *, since: time, until: time) -> QuietHours:
    """Say when the facility's messages do not ring, on its own clock; the same twice: they always may."""
    act.require(MANAGE)
    row, _is_new = QuietHours.objects.select_for_update().get_or_create(
        facility_id=act.here, defaults={"recorded_by_id": act.by}
    )
    if (row.since, row.until) != (since, until):
        row.since, row.until = since, until
        row.save(update_fields=["since", "until"])
        announce(act, QuietHoursChanged())
    return row


def _current(act: Act, template: str, language: str, channel: str) -> Wording | None:
    own = Wording.objects.filter(facility_id=act.here, template=template, language=language, channel=channel)
    return own.filter(reset_at=None).select_for_update().first()


def _tell(act: Act, row: Wording, change: str) -> None:
    announce(act, WordingChanged(template=row.template, language=row.language, channel=row.channel, change=change))


def _in_words(code: str) -> str:
    if code.startswith("gap:"):
        return _("This template has no {%(gap)s}.") % {"gap": code[4:]}
    return {
        "empty": _("Write what it says."),
        "long": _("This is too long."),
        "shape": _("A gap is a name in braces, such as {day}."),
    }[code]
