"""Groups that are filled in more than once (FHIR `repeats` of a group): for each time the group stands in the form again.

The first time keeps the links of the form; the n-th has links of its own (`dose#2`), so that everything else (conditions,
limits, scores, what goes on into the record by its source) works as for any question. How many times a group stands there is
typed under the link of the group itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from salus.questionnaires.rules.answers import Typed
from salus.questionnaires.rules.items import Form, Item

#: a group that is needed more often is another form
MOST_TIMES = 20


def expanded(form: Form, typed: Typed) -> Form:
    """The form with each repeating group as often as it was filled in, once at the least."""
    if not any(line.item.can_be_added for line in form.lines):
        return form
    again: dict[str, list[str]] = {}
    items = tuple(made for one in form.items for made in _times(one, typed, again))
    return Form(form.title, tuple(_summed(one, again) for one in items))


def nth(link: str, time: int) -> str:
    """The link of a line in the n-th time of its group."""
    return link if time < 2 else f"{link}#{time}"


def times(typed: Typed, link: str) -> int:
    """How often a group is asked for."""
    said = next(iter(typed.get(link, ())), "")
    return min(max(int(said), 1), MOST_TIMES) if said.isascii() and said.isdigit() and len(said) < 4 else 1


def _times(item: Item, typed: Typed, again: dict[str, list[str]]) -> Iterator[Item]:
    if not item.can_be_added:
        yield replace(item, items=tuple(made for one in item.items for made in _times(one, typed, again)))
        return
    inside, count = frozenset(_links(item)), times(typed, item.link)
    for link in inside:
        again[link] = [nth(link, time) for time in range(1, count + 1)]
    for time in range(1, count + 1):
        yield _nth(item, time, inside, is_last=time == count)


def _nth(item: Item, time: int, inside: frozenset[str], *, is_last: bool) -> Item:
    return replace(
        item,
        link=nth(item.link, time),
        origin=item.link,
        time=time,
        is_last_time=is_last,
        conditions=tuple(
            replace(one, question=nth(one.question, time) if one.question in inside else one.question)
            for one in item.conditions
        ),
        adds=tuple(nth(one, time) if one in inside else one for one in item.adds),
        items=tuple(_nth(one, time, inside, is_last=is_last) for one in item.items),
    )


def _summed(item: Item, again: Mapping[str, Sequence[str]]) -> Item:
    """A score outside of the group adds up what was answered each time."""
    adds = item.adds if item.time else tuple(link for one in item.adds for link in again.get(one, [one]))
    return replace(item, adds=adds, items=tuple(_summed(one, again) for one in item.items))


def _links(item: Item) -> Iterator[str]:
    yield item.link
    for one in item.items:
        yield from _links(one)
