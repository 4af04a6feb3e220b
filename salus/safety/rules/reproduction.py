"""Whether a woman is pregnant or breast-feeds, as far as the record says, and what speaks against a medicine then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from salus.orders.sockets import Proposed
from salus.safety.rules.findings import Finding, tier_of
from salus.safety.rules.knowledge import Knowledge, Reproduction
from salus.safety.rules.people import Person, Problem, Seen

State = Literal["pregnant", "not", "unknown", "cannot"]

#: Wider than the 15 to 49 years of the statistics: here the doubt goes to a child.
FERTILE_FROM, FERTILE_UNTIL = 12, 56
#: what was recorded longer ago than a pregnancy lasts says nothing of today
PREGNANCY_DAYS = 301
#: so long "not pregnant" is believed, and a negative test
NOT_FOR, TEST_FOR = 30, 14

_PREGNANT_ICD = ("Z33.1", "Z33.3", "Z34", "Z3A", "O09", "O1", "O2", "O3", "O4", "O6", "O70", "O71", "O98", "O99", "O9A")
_OVER_ICD = (
    "O00",
    "O01",
    "O02",
    "O03",
    "O04",
    "O05",
    "O06",
    "O07",
    "O08",
    "O8",
    "O90",
    "O91",
    "O92",
    "Z33.2",
    "Z37",
    "Z39",
)
_PREGNANT_SNOMED = ("77386006", "72892002", "47200007", "237238006", "16356006", "199719009", "59466002")
_OVER_SNOMED = ("17369002", "79586000", "34801009", "386639001")
_LACTATES_ICD, _LACTATES_SNOMED = ("Z39.1", "O92.7"), ("413712001", "169741004", "405029003")

STATUS, DUE_ON, BREASTFEEDS = ("82810-3",), ("11778-8", "11779-6"), ("63895-7",)
TESTS = ("2106-3", "2118-8", "u-preg")
WEEKS = ("18185-9", "49051-6", "11887-7")
_YES, _NO = {"LA15173-0", "77386006", "10828004"}, {"LA26683-5", "60001007", "260385009"}
_YES_WORDS, _NO_WORDS = ("pregnant", "positive", "yes"), ("not pregnant", "negative", "no")


@dataclass(frozen=True, slots=True)
class Pregnancy:
    """What the record says: since when it says so, in which trimester (None: not known), and the entry that says it."""

    state: State
    on: date | None = None
    trimester: int | None = None
    row: str = ""


def pregnancy_of(person: Person) -> Pregnancy:
    """The newest word of the record on whether this patient is pregnant."""
    years = person.years
    if person.sex == "male" or (years is not None and not FERTILE_FROM <= years < FERTILE_UNTIL):
        return Pregnancy("cannot")
    told = [*(_of_problem(one, person) for one in person.problems), *(_of_seen(one, person) for one in person.seen)]
    known = [one for one in told if one is not None and one.on is not None]
    # of one day, what says that she is
    newest = max(known, key=lambda one: (one.on, one.state == "pregnant"), default=None)
    if newest is None or newest.state != "pregnant":
        return newest or Pregnancy("unknown")
    return Pregnancy("pregnant", newest.on, newest.trimester or _trimester(person), newest.row)


def _of_problem(one: Problem, person: Person) -> Pregnancy | None:
    on = one.on or person.today
    if (person.today - on).days > PREGNANCY_DAYS:
        return None
    if one.is_one_of(_OVER_ICD) or one.code in _OVER_SNOMED:
        return Pregnancy("not", on, row=one.row) if (person.today - on).days <= NOT_FOR else None
    means = one.is_one_of(_PREGNANT_ICD) if "icd" in one.system else one.code in _PREGNANT_SNOMED
    worded = not one.code and "pregnan" in one.display.casefold() and "not pregnan" not in one.display.casefold()
    return Pregnancy("pregnant", on, _trimester_in(one, person.today), one.row) if means or worded else None


def _of_seen(one: Seen, person: Person) -> Pregnancy | None:
    age = (person.today - one.on).days
    if one.code in DUE_ON:
        return None
    if one.code not in (*STATUS, *TESTS):
        return None
    text = one.text.strip().casefold()
    if one.value_code in _NO or text.startswith(_NO_WORDS):
        good_for = NOT_FOR if one.code in STATUS else TEST_FOR
        return Pregnancy("not", one.on, row=one.row) if age <= good_for else None
    yes = one.value_code in _YES or text.startswith(_YES_WORDS)
    return Pregnancy("pregnant", one.on, row=one.row) if yes and age <= PREGNANCY_DAYS else None


def _trimester_in(problem: Problem, today: date) -> int | None:
    """What a code says itself: `Z34.02` second trimester, `Z3A.20` twenty weeks then."""
    if "icd" not in problem.system:
        return None
    if problem.code.startswith("Z3A.") and problem.code[4:].isdigit() and problem.on:
        return trimester_of(int(problem.code[4:]) + (today - problem.on).days // 7)
    says = problem.code.startswith(("Z34", "O09")) and problem.code[-1] in "123"
    return int(problem.code[-1]) if says and problem.on and (today - problem.on).days < 42 else None


def _trimester(person: Person) -> int | None:
    weeks = person.newest(WEEKS, PREGNANCY_DAYS)
    if weeks and weeks.number is not None:
        return trimester_of(int(weeks.number) + (person.today - weeks.on).days // 7)
    due = person.newest(DUE_ON, PREGNANCY_DAYS)
    try:
        due_on = date.fromisoformat(due.text[:10]) if due else None
    except ValueError:
        due_on = None
    return trimester_of(40 - (due_on - person.today) // timedelta(weeks=1)) if due_on else None


def trimester_of(weeks: int) -> int | None:
    """1 until 13 completed weeks, 2 until 27, 3 after; None for what no pregnancy lasts."""
    if not 0 <= weeks <= 44:
        return None
    return 1 if weeks < 14 else 2 if weeks < 28 else 3


def breastfeeds(person: Person) -> str | None:
    """The entry that says that she breast-feeds; None where none does."""
    if person.sex == "male":
        return None
    for one in person.problems:
        on = one.on or person.today
        if (one.is_one_of(_LACTATES_ICD) or one.code in _LACTATES_SNOMED) and (person.today - on).days <= 730:
            return one.row
    told = person.newest(BREASTFEEDS, 183)
    says_yes = told is not None and (told.value_code in _YES or told.text.casefold().startswith("yes"))
    return told.row if told and says_yes else None


def check_reproduction(draft: Sequence[tuple[int, Proposed]], person: Person, known: Knowledge) -> list[Finding]:
    """What speaks against a medicine in this pregnancy or while breast-feeding; not knowing is said once."""
    statements = known.of(Reproduction)
    if not statements:
        return []
    pregnancy, feeding = pregnancy_of(person), breastfeeds(person)
    found: list[Finding] = []
    asked = False
    for place, one in draft:
        meant = known.meant(one, "reproduction")
        for said in (said for said in statements if meant.by(said.medicine, said.routes)):
            if said.state == "lactation" and feeding is not None:
                found.append(_found(place, one, said, "lactation", feeding))
            if said.state != "pregnancy":
                continue
            if pregnancy.state == "pregnant" and _holds(said, pregnancy):
                found.append(_found(place, one, said, "pregnancy", pregnancy.row))
            elif pregnancy.state == "unknown" and person.sex == "female" and person.years is not None and not asked:
                asked = True
                says = {"medicine": one.name, "statement": said.statement, "by_route": said.by_route}
                key = "pregnancy.unknown"
                found.append(Finding(key, key, place, "note", key, says, source=said.source))
    return found


def _holds(said: Reproduction, pregnancy: Pregnancy) -> bool:
    return not said.trimester or pregnancy.trimester is None or str(pregnancy.trimester) in said.trimester


def _found(place: int, one: Proposed, said: Reproduction, kind: str, row: str) -> Finding:
    says = {"medicine": one.name, "statement": said.statement, "severity": said.severity, "by_route": said.by_route}
    key = f"{kind}|{one.medicine_id}"
    return Finding(kind, said.code, place, tier_of(said.severity), key, says, row or said.row, said.source)
