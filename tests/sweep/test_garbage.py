"""Garbage at every door: in the fields of every form, in query strings, cookies, headers and bodies.

Whatever is sent, nobody gets an error page of ours or is led to another place; the answer says what to mend.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import salus
from tests.cast import form_key
from tests.sweep.garbage import GARBAGE
from tests.sweep.routes import Form, Route, routes
from tests.sweep.sender import Sender, shape
from tests.sweep.test_doors import SHARED
from tests.world import World

ROUTES = routes()
#: how many kinds each place meets: by turns, so that every kind is met; all of them in `make sweep`
SHARE = [1, pytest.param(1000, marks=pytest.mark.long, id="all")]
HOUSE = Path(salus.__file__).parent


def test_the_forms_are_found(forms):
    """The sweep is worth nothing if it does not see the forms that matter."""
    actions = {shape(form.action) for _role, form in forms}
    must = ["/patients/new", "/patients/ID/edit", "/encounters/start/ID", "/chart/ID/vitals", "/chart/ID/note/sign",
            "/orders/ID/new/sign", "/lab/collect/ID", "/lab/requests/ID/enter", "/lab/requests/ID/verify",
            "/pharmacy/ID/dispense", "/inventory/receive", "/billing/patients/ID/issue", "/billing/invoices/ID/pay",
            "/staff/new", "/places/departments/new", "/catalog/services/new"]  # fmt: skip
    assert not set(must) - actions, set(must) - actions


@pytest.mark.guarantee("B47")
@pytest.mark.parametrize("share", SHARE)
def test_one_field_of_a_form_holds_garbage(forms, browsers, sender, share):
    """One field of each form, all else as the page had it: each third in turn, beginning with another one in each form."""
    turns = by_turns(GARBAGE, share)
    for place, (role, form) in enumerate(forms):
        for name in names_of(form, place, share):
            for kind in next(turns):
                garble(sender, browsers[role], form, {name: GARBAGE[kind]}, f"{name}: {kind}")


@pytest.mark.parametrize("share", SHARE)
def test_all_fields_of_a_form_hold_garbage(forms, browsers, sender, share):
    turns = by_turns(["nothing", "NUL", "huge text", "beyond int8", "nobody's uuid"], share)
    for role, form in forms:
        for kind in next(turns):
            garble(sender, browsers[role], form, dict.fromkeys(form.names, GARBAGE[kind]), f"all: {kind}")


@pytest.mark.parametrize("share", SHARE)
def test_a_field_is_missing_or_there_many_times(forms, browsers, sender, share):
    """A field of a form is left out, as above; and all of them are there forty times."""
    for place, (role, form) in enumerate(forms):
        for name in names_of(form, place, share):
            garble(sender, browsers[role], form, {name: []}, f"{name} is missing")
        many = {name: values * 40 or ["x"] for name, values in form.fields.items()}
        garble(sender, browsers[role], form, many, "everything 40 times")


@pytest.mark.guarantee("B4")
def test_a_form_with_the_id_of_another_hospital_writes_nothing(forms, world, foreign, browsers, sender):
    """Each id of ours in a field is swapped for the one of the other hospital's world."""
    theirs = {str(ours): str(foreign.ids[name]) for name, ours in world.ids.items() if name not in SHARED}
    swapped = Counter()
    for role, form in forms:
        for name, values in form.fields.items():
            if values and values[0] in theirs:
                data = form.fields | form_key() | {name: theirs[values[0]]}
                answer = sender.send(browsers[role], "POST", form.action, data=data, note=f"{name} is foreign")
                swapped[name] += 1
                if answer.status_code < 400:
                    sender.complain(f"{answer.status_code} with a foreign id", f"{shape(form.action)} {name}")
    assert swapped["patient_id"] > 10, swapped


def names_of(form: Form, place: int, share: int) -> list[str]:
    """Each third field of the form at this place, or all of them."""
    return [name for n, name in enumerate(form.names) if (n + place) % 3 < share]


def by_turns(kinds: Iterable[str], share: int) -> Iterator[list[str]]:
    """For each place some of the kinds, going round, so that each is met as often as another."""
    known = list(kinds)
    share, place = min(share, len(known)), 0
    while True:
        yield [known[(place + n) % len(known)] for n in range(share)]
        place += share


def garble(sender: Sender, browser: Client, form: Form, changes: dict[str, Any], note: str) -> None:
    """Send a form with these changes."""
    sender.send(browser, "POST", form.action, data=form.fields | form_key() | changes, note=note)


# ---------------------------------------------------------------- what is no form


def asked_for() -> set[str]:
    """Every name that our code reads from a query string."""
    reads = re.compile(r"""(?:GET|params|query)(?:\.get(?:list)?\(|\[)["'](\w+)["']""")
    return {name for path in HOUSE.glob("**/*.py") for name in reads.findall(path.read_text())}


@pytest.mark.parametrize("share", SHARE)
def test_a_query_string_holds_garbage(world, browsers, programs, sender, share):
    """On every page, every name that is read anywhere."""
    names, turns = sorted(asked_for() | {"page", "next", "q", "day", "date"}), by_turns(GARBAGE, share)
    for address, who, _route in readers(world, browsers, programs):
        for kind in next(turns):
            sender.send(who, "GET", address, query_params=dict.fromkeys(names, GARBAGE[kind]), note=kind)


def readers(world: World, browsers: dict, programs: dict) -> Iterator[tuple[str, Client, Route]]:
    """Every address that is read, with the first role that may; papers are left out: making them takes long."""
    for route in ROUTES:
        if "GET" in route.methods and not route.pattern.endswith(("paper", "label", "label.pdf")):
            role = next(iter(route.roles()), "doctor")
            yield route.address(world.ids), (programs if route.api else browsers)[role], route


def test_a_nul_in_an_address_is_refused_at_every_page(world, browsers, programs, sender):
    """A scanner found one page that asked the database for it."""
    for address, who, route in readers(world, browsers, programs):
        answer = sender.send(who, "GET", f"{address}?kind=a%00b", note="NUL")
        if answer.status_code == 200 and not route.api:
            sender.complain("a NUL is let in", route.pattern)


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 10**30])
def test_a_number_in_an_address_is_beyond_all(world, browsers, sender, number):
    for route in ROUTES:
        if "job_id" in route.wants:
            for method in route.methods:
                sender.send(browsers["administrator"], method, route.address({"job_id": number}), data=form_key())


HEADERS = {
    "Cookie": 'salus="abcdefghij\\000k"; csrftoken="\\000"; messages="\\377\\000garbage"; django_language=../../etc',
    "Accept-Language": "x" * 5000 + ";q=NaN",
    "Authorization": "Bearer \x7f\xff" + "y" * 5000,
    "Content-Length": "-1",
    "Idempotency-Key": "\x00\xff" + "k" * 300,
    "HX-Request": "true\x01",
    "HX-Current-URL": "https://evil.example/",
    "If-None-Match": '"' * 50,
    "If-Modified-Since": "Thu, 99 Nov 99999 99:99:99 GMT",
    "Range": "bytes=9999999999999999999-",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "\x00",
    "Referer": "https://evil.example/%00",
    "Origin": "null",
    "Prefer": "handling=\x00",
}


@pytest.mark.parametrize("share", SHARE)
def test_a_header_holds_garbage(world, browsers, programs, stranger, sender, share):
    turns = by_turns(HEADERS, share)
    for address, who, _route in readers(world, browsers, programs):
        for name in next(turns):
            sender.send(who, "GET", address, headers={name: HEADERS[name]}, note=name)
    for name, what in HEADERS.items():
        sender.send(stranger, "POST", "/sign-in", data={"username": "x"}, headers={name: what}, note=name)


@pytest.mark.guarantee("S5")
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80:80", "127.0.0.1@evil.example", "a b", "", "\0"])
def test_another_host_is_not_answered_for(stranger, sender, host):
    """Protects links in pages: an answer never repeats a name that is not ours."""
    answer = sender.send(stranger, "GET", "/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert b"evil" not in answer.content


BODIES: dict[str, tuple[str, bytes]] = {
    "JSON at a form": ("application/json", b'{"_key": "x"}'),
    "broken JSON": ("application/json", b'{"a": '),
    "deep JSON": ("application/json", b"[" * 100_000),
    "deep FHIR": ("application/fhir+json", b'{"resourceType":"Patient","a":' * 30_000),
    "a number beyond all": ("application/fhir+json", b'{"resourceType": "Patient", "multipleBirthInteger": 1e999999999}'),
    "half a surrogate": ("application/fhir+json", b'{"resourceType": "Patient", "name": [{"family": "\\ud800"}]}'),
    "NUL in JSON": ("application/fhir+json", b'{"resourceType": "Patient", "name": [{"family": "a\\u0000b"}]}'),
    "no object": ("application/fhir+json", b'"x"'),
    "no UTF-8": ("application/fhir+json", b'{"resourceType": "Patient", "gender": "\xff\xfe"}'),
    "XML": ("application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "parts without a border": ("multipart/form-data", b"--x\r\n\r\n"),
    "parts that are broken": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n"),
    "a border beyond all": ("multipart/form-data; boundary=" + "x" * 5000, b"--x\r\n"),
    "another alphabet": ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"),
    "an alphabet that is none": ("application/x-www-form-urlencoded; charset=no-such-thing", b"a=b"),
    "no kind": ("", b"\x00\x01\x02"),
    "half a percent": ("application/x-www-form-urlencoded", b"a=%&b=%ff%00&%=%u1234&_key=%ff"),
    "names without end": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2500))),
    "ten megabytes": ("application/x-www-form-urlencoded", b"a=" + b"x" * (10 * 2**20 + 10)),
}  # fmt: skip


@pytest.mark.guarantee("B47")
@pytest.mark.parametrize("share", SHARE)
def test_a_body_is_garbage(world, browsers, programs, sender, share):
    """Every route that takes a body; the interface for programs, which has bodies of its own, meets thrice as many kinds."""
    turns, more = by_turns(BODIES, share), by_turns(BODIES, 3 * share)
    for route in ROUTES:
        for method in sorted({"POST", "PUT"} & set(route.methods)):
            who = (programs if route.api else browsers)[next(iter(route.roles()), "doctor")]
            for kind in next(more if route.api else turns):
                content_type, body = BODIES[kind]
                headers = {"Idempotency-Key": kind.replace(" ", "")}
                kwargs = {"data": body, "content_type": content_type, "headers": headers, "note": kind}
                answer = sender.send(who, method, route.address(world.ids), **kwargs)
                if answer.status_code < 300 and method == "PUT":
                    sender.complain(f"{answer.status_code} for {kind}", route.pattern)
