"""What the record answers beforehand: the latest observation of a code, age, sex, problems, allergies."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from salus.chart.models import Condition, Observation
from salus.chart.queries.allergies import allergy_list
from salus.chart.rules import BLOOD_PRESSURE, DIASTOLIC, SYSTOLIC, components_of
from salus.core.act import Act
from salus.patients.models import Patient
from salus.questionnaires.rules.answers import WrongAnswer, read_answer
from salus.questionnaires.rules.items import CHOICES, NUMBERS, Form, Item
from salus.terminology.rules import without_tag
from salus.ui import formatting

_PERIOD = re.compile(r"P(\d{1,4})([DWMY])")
#: a little longer than said, so that "12 months" reaches the day a year ago
_DAYS = {"D": 1, "W": 7, "M": 31, "Y": 366}
#: nothing in a record is older, in days
_LIFETIME = 366 * 150


@dataclass(frozen=True, slots=True)
class Known:
    """What the record says to a question; `typed` is empty where it says something that does not fit."""

    typed: tuple[str, ...]
    where_from: str


def known_beforehand(act: Act, patient: Patient, form: Form) -> dict[str, Known]:
    """What the record answers, by the link of the question; at most a statement for each kind of source."""
    asked = [one for one in form.questions if one.prefill or one.since]
    found: dict[str, Known] = {}
    found |= _observed(act, patient.id, [one for one in asked if one.since])
    for item in asked:
        if item.prefill in _ABOUT and item.link not in found:
            said = _ABOUT[item.prefill](act, patient)
            if said and _fits(item, typed := _as_typed(item, said)):
                found[item.link] = Known(typed, _("from the record"))
    return found


def _observed(act: Act, patient_id: UUID, items: list[Item]) -> dict[str, Known]:
    if not items:
        return {}
    codes = {one.code.get("code", "") for one in items}
    pressures = {BLOOD_PRESSURE} if codes & {SYSTOLIC, DIASTOLIC} else set()
    rows = Observation.objects.of_patient(act, patient_id).valid().filter(code__in=codes | pressures, at__isnull=False)
    newest = rows.exclude(status__in=("entered-in-error", "cancelled")).order_by("code", "-at", "-id").distinct("code")
    by_code = {row.code: row for row in newest}
    found = {}
    for item in items:
        code = item.code.get("code", "")
        row = by_code.get(code) or (by_code.get(BLOOD_PRESSURE) if code in (SYSTOLIC, DIASTOLIC) else None)
        if row is not None and row.at is not None and row.at >= _since(item.since, act.at):
            found[item.link] = _as_known(item, row)
    return found


def _since(period: str, at: datetime) -> datetime:
    found = _PERIOD.fullmatch(period)
    return at - timedelta(days=min(int(found[1]) * _DAYS[found[2]], _LIFETIME)) if found else at


def _as_known(item: Item, row: Observation) -> Known:
    on = formatting.day(row.at)
    if item.type in NUMBERS:
        number = row.number if row.number is not None else components_of(row.components).get(item.code.get("code", ""))
        typed: tuple[str, ...] = (f"{number:f}",) if number is not None else ()
        if typed and row.comparator:
            # Less than 5 is not 5.
            was = f"{row.comparator} {number:f} {row.unit or row.unit_code}".strip()
            return Known((), _("%(value)s on %(day)s") % {"value": was, "day": on})
        own = "" if row.unit_code.startswith("{") and item.type != "quantity" else row.unit_code or row.unit
        if typed and row.number is not None and own != item.unit:
            # A number in another unit is shown and never put into the field, nor where the question says none.
            was = f"{number:f} {row.unit or row.unit_code}"
            return Known((), _("%(value)s on %(day)s, in another unit") % {"value": was, "day": on})
    elif item.type in CHOICES:
        typed = _as_typed(item, [row.value_code, row.text])
    else:
        typed = (row.text,) if row.text else ()
    where_from = _("from the record, %(day)s") % {"day": on}
    return Known(typed, where_from) if typed and _fits(item, typed) else Known((), "")


def _fits(item: Item, typed: tuple[str, ...]) -> bool:
    try:
        return bool(read_answer(item, typed))
    except WrongAnswer:
        return False


def _as_typed(item: Item, said: Iterable[str]) -> tuple[str, ...]:
    """Words as the question takes them: the options that they name, or all of them in a line."""
    words = [one for one in said if one]
    if item.type in CHOICES:
        named = {word.casefold() for word in words}
        keys = [one.key for one in item.options if {one.key.casefold(), one.label.casefold()} & named]
        return tuple(keys if item.repeats else keys[:1])
    return (", ".join(words),)


def _age(act: Act, patient: Patient) -> list[str]:
    born, on = patient.born_on, formatting.local(act.at).date()
    if born is None or patient.is_deceased:
        return []
    return [str(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))]


def _sex(act: Act, patient: Patient) -> list[str]:
    return [patient.gender, formatting.sex(patient.gender)] if patient.gender != "unknown" else []


def _problems(act: Act, patient: Patient) -> list[str]:
    rows = Condition.objects.of_patient(act, patient.id).valid().filter(status__in=("active", "recurrence", "relapse"))
    rows = rows.exclude(verification="refuted")
    return list(
        dict.fromkeys(without_tag(one) for one in rows.order_by("-recorded_at").values_list("display", flat=True))
    )


def _allergies(act: Act, patient: Patient) -> list[str]:
    known = allergy_list(act, patient.id)
    if known.state == "none_known":
        return [_("No known allergies")]
    return [row.display for row in known.rows]


_ABOUT: Mapping[str, Callable[[Act, Patient], list[str]]] = {
    "age": _age,
    "sex": _sex,
    "problems": _problems,
    "allergies": _allergies,
}
