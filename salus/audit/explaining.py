"""Entries and alarms in words: what was seen, why that is unusual, and what may be behind it without any wrong."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.audit.queries.unusual import Shown
from salus.audit.rules.unusual import MOST_IN_AN_HOUR
from salus.patients.models import BreakGlass

_WHY = {
    "own": lazy(
        "Staff see their own record through the hospital, as every patient does: not by opening it themselves."
    ),
    "family": lazy("Relatives are the records that are looked at most often without a reason."),
    "address": lazy("Whoever lives with a patient has private reasons to look."),
    "colleague": lazy("A colleague's record is nobody's business but that of those who treat him or her."),
    "vip": lazy("This record is specially protected, because many would like to know what it says."),
    "many": lazy("No work with patients needs so many records within an hour: it may be copying, or a stolen sign-in."),
}
_INNOCENT = {
    "own": lazy("A test of the system, or a wrong click in a list."),
    "family": lazy("The name is common here, or the work was at a counter: cash desk, registration, laboratory."),
    "address": lazy("The hospital's own housing, or work at a counter."),
    "colleague": lazy("Care that was not recorded as such, or work at a counter."),
    "vip": lazy("Care that was not recorded as such, or an emergency."),
    "many": lazy("A list that was checked row by row, or an audit of records that was asked for."),
}

#: HL7's codes for the purpose of use, in words
PURPOSES = {
    "TREAT": lazy("Treatment"),
    "HCOMPL": lazy("Watching over access"),
    "HOPERAT": lazy("Running the hospital"),
    "PATRQT": lazy("The patient's own wish"),
    "HSYSADMIN": lazy("Running the system"),
    "BTG": lazy("Emergency access"),
}


def reason_in_words(reason: str) -> str:
    """A reason of an emergency begins with its code."""
    code, colon, said = reason.partition(": ")
    known = dict(BreakGlass.REASONS)
    return f"{known[code]}: {said}" if colon and code in known else reason


@dataclass(frozen=True, slots=True)
class Explained:
    """An alarm as a person reads it."""

    seen: str
    why: str
    innocent: str


def explained(one: Shown) -> Explained:
    """What was seen, why it is unusual, and what may be innocent about it."""
    return Explained(_seen(one), str(_WHY[one.alarm.kind]), str(_INNOCENT[one.alarm.kind]))


def _seen(one: Shown) -> str:
    who, kind = one.who or _("Somebody"), one.alarm.kind
    if kind == "many":
        told = {"who": who, "count": one.alarm.count, "most": MOST_IN_AN_HOUR}
        return _("%(who)s opened the records of %(count)s people within an hour whom he or she does not care for (more than "
                 "%(most)s is unusual).") % told  # fmt: skip
    words = {
        "own": _("%(who)s opened his or her own record."),
        "family": _(
            "%(who)s opened the record of somebody with the same family name, without caring for this patient."
        ),
        "address": _(
            "%(who)s opened the record of somebody who lives at the same address, without caring for this patient."
        ),
        "colleague": _("%(who)s opened the record of somebody who works here, without caring for this patient."),
        "vip": _("%(who)s opened a specially protected record, without caring for this patient."),
    }
    return words[kind] % {"who": who}
