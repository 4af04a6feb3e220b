"""Dates in searches: what a parameter says, held against the span that a stored date covers as precisely as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import DateField, DateTimeField, F, Func, Model, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils import timezone

from salus.core.dates import PartialDate
from salus.fhir.mapping.params import Param
from salus.fhir.serving.outcomes import FhirError

_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)", re.S)
_MINUTE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+ -]\d\d:\d\d)?")
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """A prefix and the half-open span of time that the value means."""

    prefix: str
    start: datetime
    end: datetime


def span_of(text: str, name: str) -> Span:
    """Read `ge2019-03` and the like; a value without a zone is the hospital's time.

    :raises FhirError: 400 if it is no date
    """
    match = _PREFIXED.fullmatch(text.strip())
    prefix, value = (match[1] or "eq", match[2]) if match else ("eq", text)
    minute = _MINUTE.fullmatch(value)
    try:
        if minute:
            return _of_time(prefix, *minute.groups())
        whole = PartialDate.parse(value, timezone.get_default_timezone())
        return Span(prefix, whole.start, whole.end)
    except (ValueError, OverflowError):
        words = "This is no date: write 2019, 2019-03, 2019-03-04 or 2019-03-04T10:15:00Z."
        raise FhirError(400, words, expression=name) from None


def _of_time(prefix: str, minute: str, seconds: str | None, zone: str | None) -> Span:
    # In a URL a plus that was not encoded arrives as a space.
    offset = (zone or "").replace(" ", "+")
    at = PartialDate.parse(f"{minute}{seconds or ':00'}{offset or 'Z'}")
    start, width = at.start, (at.end - at.start if seconds else timedelta(minutes=1))
    if not offset:
        start = start.replace(tzinfo=timezone.get_default_timezone())
    return Span(prefix, start, start + width)


# ---------------------------------------------------------------- against what is stored

Compare = Callable[[Any, Any, Span], Q]

#: hl7.org/fhir/R4/search.html#prefix: `start` and `end` are of the stored value
_COMPARE: Mapping[str, Compare] = {
    "eq": lambda start, end, span: Q(GreaterThanOrEqual(start, span.start)) & Q(LessThanOrEqual(end, span.end)),
    "gt": lambda start, end, span: Q(GreaterThan(end, span.end)),
    "lt": lambda start, end, span: Q(LessThan(start, span.start)),
    "ge": lambda start, end, span: Q(GreaterThan(end, span.end)) | _COMPARE["eq"](start, end, span),
    "le": lambda start, end, span: Q(LessThan(start, span.start)) | _COMPARE["eq"](start, end, span),
    "sa": lambda start, end, span: Q(GreaterThanOrEqual(start, span.end)),
    "eb": lambda start, end, span: Q(LessThanOrEqual(end, span.start)),
    "ap": lambda start, end, span: Q(LessThan(start, span.end)) & Q(GreaterThan(end, span.start)),
}


def date_filter(model: type[Model], param: Param, text: str, now: datetime) -> Q:
    """Rows whose date fits a value with its prefix.

    :raises FhirError: 400 if the value is no date
    """
    span = span_of(text, param.name)
    start, end = _start(model, param), _end(param)
    known = Q(**{f"{param.text or param.column}__isnull": False})
    if param.ends:
        known |= Q(**{f"{param.ends}__isnull": False})
    if span.prefix == "ne":
        return known & ~(known & _COMPARE["eq"](start, end, span))
    if span.prefix == "ap":
        span = _widened(span, now)
    return known & _COMPARE[span.prefix](start, end, span) & _bounds(model, param, span)


def _start(model: type[Model], param: Param) -> Any:
    if param.column and _is_instant(model, param):
        start: Any = F(param.column)
    else:
        start = _instant("fhir_start_of", param.text)
    # A period without a beginning began before everything.
    return Coalesce(start, Value(FIRST, DateTimeField())) if param.ends else start


def _end(param: Param) -> Any:
    second = Value(timedelta(seconds=1))
    if not param.text:
        return F(param.column) + second
    point = _instant("fhir_end_of", param.text)
    if param.column.endswith("_at") or param.column == "at":
        point = Coalesce(point, F(param.column) + second)
    if not param.ends:
        return point
    still = Value(LAST, DateTimeField()) if param.goes_on else point
    return Coalesce(_instant("fhir_end_of", param.ends), still)


def start_of(column: str) -> Func:
    """The first instant that the text of a date in a column may mean."""
    return _instant("fhir_start_of", column)


def _instant(function: str, column: str) -> Func:
    return Func(F(column), Value(settings.TIME_ZONE), function=function, output_field=DateTimeField())


def _widened(span: Span, now: datetime) -> Span:
    """Approximately: a tenth of the distance from now (hl7.org/fhir/R4/search.html#prefix)."""
    slack = abs(now - span.start) / 10
    return Span("ap", max(span.start - slack, FIRST) if span.start - FIRST > slack else FIRST, _later(span.end, slack))


def _later(at: datetime, slack: timedelta) -> datetime:
    return at + slack if LAST - at > slack else LAST


def _bounds(model: type[Model], param: Param, span: Span) -> Q:
    """What an index of the column can use: no answer depends on it."""
    if param.ends or span.prefix not in ("eq", "sa", "lt", "eb") or not param.column:
        return Q()
    if not _is_instant(model, param) and isinstance(model._meta.get_field(param.column), DateField):
        day = Q(**{f"{param.column}__gte": span.start.date(), f"{param.column}__lte": span.end.date()})
        return day if span.prefix == "eq" else Q()
    if span.prefix == "eq":
        return Q(**{f"{param.column}__gte": span.start, f"{param.column}__lt": span.end})
    return Q(**{f"{param.column}__lt": span.start}) if span.prefix == "eb" else Q()


def _is_instant(model: type[Model], param: Param) -> bool:
    fields = {one.attname: one for one in model._meta.concrete_fields}
    # what is joined to the row is one
    return param.column not in fields or isinstance(fields[param.column], DateTimeField)
