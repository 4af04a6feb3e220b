"""A crowd: the demonstration's people, with as many family names as a real town has."""

import random
from collections.abc import Iterator
from datetime import datetime
from typing import cast

from salus.core.numbers import with_check_digit
from salus.patients.loading import NewPatient
from salus.simulator.people import NATIONAL, Somebody, make_people

_PARTS = (
    "Al Ber Cor Dal El Fen Gar Hol In Jas Kel Lor Mar Nor Ol Pen Quin Ros Sal Tor Ul Van Wes Yor Zan Bra Cla Dra Gro Stel",
    "a e i o u an en in on un ar er ir or ur al el il ol ul ave ige omo uba ento",
    "berg ton man sen dez ski vic wood well ford ham ley ston worth mann bach feld hart ner rini tti nova kova dze pour",
)
_FIRST, _MIDDLE, _LAST = (part.split() for part in _PARTS)
#: the three parts together make 18,750 names; most people have one of the commoner ones
_MADE = len(_FIRST) * len(_MIDDLE) * len(_LAST)


def family_name(chance: random.Random) -> str:
    """A made-up family name; the commoner ones come more often, as everywhere."""
    number = int(_MADE * chance.random() ** 3)
    number, last = divmod(number, len(_LAST))
    first, middle = divmod(number, len(_MIDDLE))
    return _FIRST[first] + _MIDDLE[middle] + _LAST[last]


def crowd(
    chance: random.Random, at: datetime, number: int, first: int = 2 * 10**9
) -> Iterator[tuple[NewPatient, Somebody]]:
    """That many people; four of five have a family name that the demonstration does not know."""
    for place in range(number):
        (row,), (somebody,) = make_people(chance, at, 1)
        row.mrn = ""
        if chance.random() < 0.8:
            row.family = family_name(chance)
            official = cast(dict[str, object], row.names[0])
            official["family"] = row.family
            row.names = row.names[:1]
        row.telecom = [{"system": "phone", "value": f"+44207{chance.randint(10**6, 10**7 - 1)}", "use": "mobile"}]
        if row.identifiers:
            value = with_check_digit(first + place)  # drawn at random, some of a million would be drawn twice
            row.identifiers = [{"kind": "national", "system": NATIONAL, "value": value}]
        yield row, somebody
