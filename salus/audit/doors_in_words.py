"""What a door is, in words: the first line of its view's docstring, or of a job's or its handler's; of a command its help."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver, get_resolver
from procrastinate.contrib.django import app

from salus.core import consequences


def door_in_words(door: str) -> str:
    """What somebody did at a door of the access log; the code itself where nothing is known of it."""
    if door.startswith("job:"):
        return _of_job(door.removeprefix("job:")) or door
    if door.startswith("command:"):
        return _of_command(door.removeprefix("command:")) or door
    return _doors().get(door, door)


def all_doors() -> list[tuple[str, str]]:
    """Every door with its words, in the order of the words."""
    return sorted(_doors().items(), key=lambda pair: pair[1])


@cache
def _doors() -> dict[str, str]:
    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], space: str) -> Any:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and one.name:
            yield f"{space}{one.name}", _first_line(one.callback)


def _of_job(name: str) -> str:
    try:
        return _first_line(consequences.handler_named(name))
    except LookupError:
        found = (one for known, one in app.tasks.items() if known == name or known.endswith(f".{name}"))
        return _first_line(next((one.func for one in found), None)).partition(";")[0].partition(". ")[0]


@cache
def _of_command(name: str) -> str:
    where = get_commands().get(name)
    return load_command_class(where, name).help.removesuffix(".") if isinstance(where, str) else ""


def _first_line(thing: Any) -> str:
    return ((thing and thing.__doc__) or "").strip().partition("\n")[0].removesuffix(".")
