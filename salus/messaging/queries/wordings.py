"""Templates as the administrator sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.translation import get_language

from salus.core.act import Act
from salus.messaging import sockets
from salus.messaging.models import MANAGE, Wording
from salus.messaging.queries.choosing import quiet_hours_of, words_for
from salus.messaging.rules.kinds import KINDS, languages
from salus.messaging.rules.wording import Words, filled, troubles_of

#: what stands in the gaps of a preview: nobody's
_SAMPLE = {
    "name": "Ann",
    "place": "Room 3",
    "doctor": "Dr. Chidi Okoye",
    "day": "2027-03-04",
    "time": "09:30",
    "was_day": "2027-03-01",
    "was_time": "14:00",
    "until_day": "2027-03-02",
    "until_time": "18:00",
    "code": "123456",
    "minutes": "10",
}


@dataclass(frozen=True, slots=True)
class Now:
    """Words as they are sent now, and whether they are the hospital's own."""

    words: Words
    is_own: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a message would say; or what is wrong."""

    subject: str
    body: str
    problem: str = ""


def templates_of(act: Act) -> list[tuple[str, Sequence[str], set[tuple[str, str]]]]:
    """Code of each template, the channels that it may go by, and in which (language, channel) it has the hospital's words."""
    act.require(MANAGE)
    own: dict[str, set[tuple[str, str]]] = {}
    rows = Wording.objects.filter(facility_id=act.here, reset_at=None)
    for template, language, channel in rows.values_list("template", "language", "channel"):
        own.setdefault(template, set()).add((language, channel))
    return [(code, sorted(kind.channels), own.get(code, set())) for code, kind in KINDS.items()]


def languages_of(act: Act) -> list[tuple[str, str]]:
    """The languages in which there are words, with their names."""
    act.require(MANAGE)
    own = Wording.objects.filter(facility_id=act.here, reset_at=None).values_list("language", flat=True)
    return [(code, language_name(code)) for code in sorted({*languages(), *own})]


def language_name(code: str) -> str:
    """A language by its name, in the reader's."""
    try:
        return (Locale.parse(code).get_display_name(get_language() or "en") or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def wording_of(act: Act, template: str, language: str, channel: str) -> Now:
    """The words that are sent now."""
    act.require(MANAGE)
    own = Wording.objects.filter(
        facility_id=act.here, template=template, language=language, channel=channel, reset_at=None
    )
    return Now(words_for(act.here, template, language, channel), own.exists())


def quiet_hours(act: Act) -> tuple[time, time]:
    """Since when and until when the facility does not ring."""
    act.require(MANAGE)
    return quiet_hours_of(act.here)[1:]


def preview(act: Act, template: str, language: str, channel: str, words: Words) -> Preview:
    """What a message with these words would say."""
    act.require(MANAGE)
    allowed = KINDS[template].allowed
    troubles = troubles_of(words, channel=channel, allowed=allowed)
    if troubles:
        return Preview("", "", next(iter(troubles.values())))
    values = {gap: text for gap, text in _SAMPLE.items() if gap in allowed}
    values |= {"facility": sockets.places[0](act.here).name, "link": settings.SALUS_URL + "/"}
    said = filled(words, values, language=language)
    return Preview(said.subject, said.body)
