"""Times and spans of a day as people write them, read strictly."""

import re

from salus.scheduling.rules.calendar import DAY, Span

_WALL = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})", re.ASCII)


class NotATime(ValueError):
    """What was written is no time of a day."""


def parse_wall(text: str) -> int:
    """Minutes of the day of 09:30 or 9.30; 24:00 is the end of the day.

    :raises NotATime: if it is none
    """
    match = _WALL.fullmatch(text.strip())
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minute <= DAY:
        raise NotATime(text[:20])
    return minute


def parse_spans(text: str) -> tuple[Span, ...]:
    """Spans like 10:30-10:45, 12:00-13:00.

    :raises NotATime: if one is none
    """
    spans = []
    for part in filter(None, (part.strip() for part in text.replace("–", "-").split(","))):
        begin, dash, end = part.partition("-")
        if not dash:
            raise NotATime(text[:20])
        spans.append((parse_wall(begin), parse_wall(end)))
    return tuple(sorted(spans))


def wall(minute: int) -> str:
    """09:30 of minutes of the day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
