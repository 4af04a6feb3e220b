"""The acts of a day as a browser does them, with the figure that each has to reach at the server."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse

from salus.core.ids import uuid7
from salus.orders import drafts
from salus.orders.drafts import Line
from salus.simulator.bench.browsers import Browser
from salus.simulator.bench.people import family_name
from salus.simulator.bench.workshop import Workshop
from salus.simulator.stories import STORIES
from salus.terminology.models import Presentation


@dataclass(frozen=True, slots=True)
class Figure:
    """What has to be reached at the server with one client: milliseconds at p50 or p95."""

    at: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that is measured: whose browser, what each round uses up, and what a round does."""

    name: str
    username: str
    figure: Figure | None
    supplies: Callable[[Workshop, int], Sequence[Any]]
    round: Callable[[Browser, Any], None]


def _nothing(_shop: Workshop, number: int) -> Sequence[None]:
    return [None] * number


# ---------------------------------------------------------------- finding


def _misspelt(shop: Workshop, number: int) -> list[str]:
    """A given name and a family name with one letter wrong, as they are typed in a hurry."""
    return [f"{one.given} {_with_a_mistake(shop, one.family)}" for one in shop.people(number)]


def _with_a_mistake(shop: Workshop, word: str) -> str:
    if len(word) < 5:
        return word
    place = shop.chance.randrange(1, len(word) - 1)
    kind = shop.chance.choice(("left out", "twice", "swapped", "other"))
    if kind == "left out":
        return word[:place] + word[place + 1 :]
    if kind == "twice":
        return word[:place] + word[place] + word[place:]
    if kind == "swapped":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + shop.chance.choice("aeinorst") + word[place + 1 :]


def _names(shop: Workshop, number: int) -> list[str]:
    return [f"{one.family} {one.given}" for one in shop.people(number)]


def _beginnings(shop: Workshop, number: int) -> list[str]:
    return [one.family[:4] for one in shop.people(number)]


def _phones(shop: Workshop, number: int) -> list[str]:
    return [re.findall(r"\+\d+", one.telecom)[0] for one in shop.people(number)]


def _numbers(shop: Workshop, number: int) -> list[str]:
    return [one.mrn for one in shop.people(number)]


def _search(browser: Browser, text: str) -> None:
    browser.post(reverse("patients:search"), {"q": text}, expect=200)


# ---------------------------------------------------------------- registering, vital signs, orders, results


def _newcomers(shop: Workshop, number: int) -> list[dict[str, str]]:
    return [_newcomer(shop) for _n in range(number)]


def _newcomer(shop: Workshop) -> dict[str, str]:
    chance = shop.chance
    return {
        "family": family_name(chance) + chance.choice(("er", "ov", "is", "as", "in")),
        "given": chance.choice(("Leonie", "Marek", "Ifeoma", "Tomás", "Yuki", "Anselm", "Brigid", "Farouk")),
        "birth_date": f"{chance.randint(1940, 2020)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "gender": chance.choice(("female", "male")),
        "phone": f"+44208{chance.randint(10**6, 10**7 - 1)}",
        "line": f"{chance.randint(1, 99)} River Walk",
        "city": "Eastmere",
        "identifiers-TOTAL_FORMS": "1",
        "identifiers-INITIAL_FORMS": "0",
        "identifiers-0-kind": "national",
        "identifiers-0-value": str(chance.randint(3 * 10**11, 9 * 10**11)),
    }


def _register(browser: Browser, person: dict[str, str]) -> None:
    browser.post(reverse("patients:register"), person)


def _visits(shop: Workshop, number: int) -> Sequence[Any]:
    return shop.visits(number)


def _take_vitals(browser: Browser, visit: Any) -> None:
    signs = {"systolic": "128", "diastolic": "82", "pulse": "76", "temperature": "36.9", "spo2": "97"}
    browser.post(reverse("chart:record_vitals", args=[visit[0]]), {"patient_id": str(visit[0])} | signs)


def _test_lines(shop: Workshop, number: int) -> list[Any]:
    return [
        _drafted(shop, visit, Line(key=uuid7().hex, kind="test", subject=shop.test.id)) for visit in shop.visits(number)
    ]


#: one tablet a day of these is refused to nobody and asks for no second signature
_ORDINARY = {"ascorbic-acid", "cetirizine", "desloratadine", "famotidine", "fexofenadine", "folic-acid"}


def _medicine_lines(shop: Workshop, number: int) -> list[Any]:
    """An ordinary medicine that nobody takes yet, so that no duplicate has to be explained."""
    taken = {code for story in STORIES for code in story.medicines}
    packs = Presentation.objects.filter(medicine__code__in=_ORDINARY - taken, unit="tablet")
    made = []
    for visit in shop.visits(number):
        pack = shop.chance.choice(packs)
        routes = pack.routes or pack.medicine.routes
        line = Line(
            key=uuid7().hex, kind="medicine", subject=pack.id, dose="1", dose_unit=pack.unit, route=routes[0],
            times="1/d", duration_days="5", quantity="5",
        )  # fmt: skip
        made.append(_drafted(shop, visit, line))
    return made


def _drafted(shop: Workshop, visit: Any, line: Line) -> Any:
    drafts.keep(shop.as_("doctor"), visit[0], [line])
    return (*visit, line.key)


def _sign_order(browser: Browser, drafted: Any) -> None:
    patient, visit, key = drafted
    fields = {"patient_id": str(patient), "encounter_id": str(visit), "line": key, f"reason_{key}": "As before"}
    browser.post(reverse("orders:sign", args=[patient]), fields)


def _entered(shop: Workshop, number: int) -> Sequence[Any]:
    return shop.to_verify(number)


def _verify(browser: Browser, request: Any) -> None:
    patient, work, version = request
    browser.post(reverse("lab:verify", args=[work]), {"version": str(version), "patient_id": str(patient)})


# ---------------------------------------------------------------- money


_VERSION = re.compile(r'name="version" value="(\d+)"')


def _bills(shop: Workshop, number: int) -> Sequence[Any]:
    return shop.bills(number)


def _issue_and_pay(browser: Browser, bill: tuple[Any, list[Any], Decimal]) -> None:
    patient, charges, total = bill
    fields = {"charge_ids": [str(one) for one in charges], "patient_id": str(patient)}
    invoice = browser.post(reverse("billing:issue", args=[patient]), fields)
    amount, page = f"{total:.2f}", browser.look(invoice)
    version = _VERSION.search(page)
    paid = {"method": "cash", "amount": amount, "tendered": amount, "patient_id": str(patient)}
    browser.post(f"{invoice.rstrip('/')}/pay", paid | {"version": version[1] if version else ""})


# ---------------------------------------------------------------- pages


def _known(shop: Workshop, number: int) -> list[Any]:
    return [shop.known] * number


def _own_patient(shop: Workshop, number: int) -> Sequence[Any]:
    return shop.own_patients(number)


def _page(route: str, query: str = "") -> Callable[[Browser, Any], None]:
    def ask(browser: Browser, subject: Any) -> None:
        browser.get(reverse(route, args=[] if subject is None else [subject]) + query)

    return ask


_SEARCH, _CHART, _LIST, _ACT = Figure("p95", 25), Figure("p95", 40), Figure("p95", 50), Figure("p50", 15)

SCENARIOS = (
    Scenario("search: misspelt name", "reception", _SEARCH, _misspelt, _search),
    Scenario("search: whole name", "reception", _SEARCH, _names, _search),
    Scenario("search: four letters", "reception", _SEARCH, _beginnings, _search),
    Scenario("search: phone", "reception", _SEARCH, _phones, _search),
    Scenario("search: MRN", "reception", _SEARCH, _numbers, _search),
    Scenario("registration", "reception", _ACT, _newcomers, _register),
    Scenario("chart, 500 encounters", "doctor", _CHART, _known, _page("chart:summary")),
    Scenario("chart, any of the own patients", "doctor", _CHART, _own_patient, _page("chart:summary")),
    Scenario("timeline, 500 encounters", "doctor", _CHART, _known, _page("chart:timeline")),
    Scenario("results, 500 encounters", "doctor", _CHART, _known, _page("chart:results")),
    Scenario("observations, 10,000 of them", "doctor", _CHART, _known, _page("chart:observations")),
    Scenario("vital signs", "nurse", _ACT, _visits, _take_vitals),
    Scenario("order a test", "doctor", _ACT, _test_lines, _sign_order),
    Scenario("order a medicine", "doctor", _ACT, _medicine_lines, _sign_order),
    Scenario("order composer", "doctor", _CHART, _own_patient, _page("orders:compose")),
    Scenario("verify a result", "pathologist", _ACT, _entered, _verify),
    Scenario("invoice of 5 lines, paid", "cashier", Figure("p50", 40), _bills, _issue_and_pay),
    Scenario("revenue, 30 days", "cashier", Figure("p95", 50), _nothing, _page("reports:revenue")),
    Scenario("worklist: reception", "reception", _LIST, _nothing, _page("encounters:queue")),
    Scenario("worklist: nurse", "nurse", _LIST, _nothing, _page("encounters:queue")),
    Scenario("worklist: doctor", "doctor", _LIST, _nothing, _page("encounters:queue")),
    Scenario("worklist: laboratory", "labtech", _LIST, _nothing, _page("lab:worklist")),
    Scenario("worklist: verification", "pathologist", _LIST, _nothing, _page("lab:worklist")),
    Scenario("worklist: pharmacy", "pharmacist", _LIST, _nothing, _page("pharmacy:worklist")),
    Scenario("worklist: cash, to bill", "cashier", _LIST, _nothing, _page("billing:worklist")),
    Scenario("worklist: cash, to pay", "cashier", _LIST, _nothing, _page("billing:worklist", "?state=pay")),
    Scenario("home: reception", "reception", _LIST, _nothing, _page("home")),
    Scenario("home: nurse", "nurse", _LIST, _nothing, _page("home")),
    Scenario("home: doctor", "doctor", _LIST, _nothing, _page("home")),
    Scenario("home: pathologist", "pathologist", _LIST, _nothing, _page("home")),
    Scenario("home: pharmacist", "pharmacist", _LIST, _nothing, _page("home")),
    Scenario("home: cashier", "cashier", _LIST, _nothing, _page("home")),
)  # fmt: skip


def chosen(words: Sequence[str]) -> list[Scenario]:
    """The scenarios whose name contains one of the words; all of them without words."""
    return [one for one in SCENARIOS if not words or any(word.lower() in one.name.lower() for word in words)]


__all__ = ["SCENARIOS", "Figure", "NoReverseMatch", "Scenario", "chosen"]
