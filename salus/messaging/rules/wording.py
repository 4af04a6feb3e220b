"""What a message may say: words with gaps, and a closed list of what may stand in a gap.

A message leaves the house: by SMS it is read on a locked screen, by e-mail on strangers' servers. So it tells that there is
something, when, and where to look; what it is about is read behind the portal's door. No gap takes free text of a record.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from string import Formatter
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

#: gap -> what may stand in it. Nothing else ever leaves the house; a longer list is a decision (docs/decisions/0060).
GAPS: Mapping[str, str] = {
    "name": "word",
    "facility": "word",
    "place": "word",
    "doctor": "word",
    "day": "day",
    "time": "time",
    "was_day": "day",
    "was_time": "time",
    "until_day": "day",
    "until_time": "time",
    "link": "link",
    "code": "code",
    "minutes": "number",
}
#: these are known of every message
ALWAYS = frozenset({"name", "facility", "link"})
LONGEST_WORD = 80
#: characters of a template
LONGEST = {"email": 2000, "sms": 480, "subject": 120}
_CODE = re.compile(r"[0-9A-Z]{4,12}")
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says in one language by one channel; a subject only by e-mail."""

    body: str
    subject: str = ""


def gaps_of(text: str) -> set[str]:
    """The gaps of a text, `{day}` is one.

    :raises ValueError: if it is not well formed, or a gap is more than a name
    """
    found = set()
    for _before, gap, form, conversion in Formatter().parse(text):
        if gap is None:
            continue
        if not gap.isidentifier() or form or conversion:
            raise ValueError(gap)
        found.add(gap)
    return found


def troubles_of(words: Words, *, channel: str, allowed: frozenset[str]) -> dict[str, str]:
    """What is wrong with these words: `subject` or `body` -> a code (`empty`, `long`, `shape`, `gap:<name>`)."""
    found: dict[str, str] = {}
    for part, text in (("subject", words.subject), ("body", words.body)):
        if part == "subject" and channel != "email":
            continue
        if trouble := _trouble(part, text, LONGEST.get(part, LONGEST.get(channel, 480)), allowed):
            found[part] = trouble
    return found


def _trouble(part: str, text: str, longest: int, allowed: frozenset[str]) -> str:
    if not text.strip():
        return "empty"
    if len(text) > longest:
        return "long"
    if part == "subject" and not _ONE_LINE.fullmatch(text):
        return "shape"
    try:
        gaps = gaps_of(text)
    except ValueError:
        return "shape"
    unknown = sorted(gaps - allowed)
    return f"gap:{unknown[0]}" if unknown else ""


def as_words(values: Mapping[str, str]) -> dict[str, str]:
    """The values with names cut to what a message has room for, in one line: a long name stops nobody's message."""
    words = {gap for gap, kind in GAPS.items() if _FITS[kind] is _is_word}
    return {gap: _cut(value) if gap in words else value for gap, value in values.items()}


def _cut(value: str) -> str:
    line = " ".join("".join(one if one.isprintable() else " " for one in value).split())
    return line if len(line) <= LONGEST_WORD else f"{line[: LONGEST_WORD - 1].rstrip()}…"


def checked(values: Mapping[str, str], *, allowed: frozenset[str], site: str) -> dict[str, str]:
    """The values, if each is what its gap takes.

    :param site: where links lead; a link to anywhere else is refused
    :raises ValueError: naming the gap, never the value
    """
    for gap, value in values.items():
        if gap not in allowed or gap not in GAPS:
            raise ValueError(f"no gap {gap!r} in this message")
        if not _FITS[GAPS[gap]](value, site):
            raise ValueError(f"this is nothing for the gap {gap!r}")
    return dict(values)


def _is_word(value: str, _site: str) -> bool:
    return len(value) <= LONGEST_WORD and bool(_ONE_LINE.fullmatch(value))


def _is_day(value: str, _site: str) -> bool:
    return not value or _parses(date.fromisoformat, value)


def _is_time(value: str, _site: str) -> bool:
    return not value or _parses(time.fromisoformat, value)


def _is_link(value: str, site: str) -> bool:
    there, here = urlsplit(value), urlsplit(site)
    return (there.scheme, there.netloc) == (here.scheme, here.netloc) and not there.query and " " not in value


def _is_code(value: str, _site: str) -> bool:
    return bool(_CODE.fullmatch(value))


def _is_number(value: str, _site: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 4


_FITS = {"word": _is_word, "day": _is_day, "time": _is_time, "link": _is_link, "code": _is_code, "number": _is_number}


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


def filled(words: Words, values: Mapping[str, str], *, language: str) -> Words:
    """The words with their gaps filled, days and times as that language writes them; a line whose gaps are all empty goes."""
    said = dict.fromkeys(GAPS, "") | {gap: _said(gap, value, language) for gap, value in values.items() if value}
    return Words(_fill(words.body, said), _fill(words.subject, said))


def _fill(text: str, said: Mapping[str, str]) -> str:
    lines = []
    for line in text.splitlines():
        gaps = gaps_of(line)
        if not gaps or any(said[gap] for gap in gaps):
            lines.append(line.format_map(said).replace("  ", " ").strip())
    return "\n".join(lines).strip()


def _said(gap: str, value: str, language: str) -> str:
    if GAPS[gap] == "day":
        return format_date(date.fromisoformat(value), "full", locale=locale_of(language))
    if GAPS[gap] == "time":
        return f"{time.fromisoformat(value):%H:%M}"  # 24 hours: read in one way by everybody
    return value


def locale_of(language: str) -> Locale:
    """The locale of a language as FHIR writes it; English where nothing knows it."""
    try:
        return Locale.parse(language or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def spoken(language: str, known: set[str]) -> str:
    """The language of `known` in which somebody is told: his or her own, or English."""
    code = language.lower()
    return code if code in known else code.partition("-")[0] if code.partition("-")[0] in known else "en"
