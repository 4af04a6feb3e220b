"""The frame of every page: who sees which navigation, what the find-or-do box offers, and the errors' words."""

from types import SimpleNamespace

import pytest
from django.template import engines
from django.test import RequestFactory

from salus.ui import finding, shell, sockets
from salus.ui.errors import WORDS, error_words
from salus.ui.sockets import Command, Found, NavItem, Person


@pytest.fixture
def empty_sockets(monkeypatch):
    for name in ("nav_items", "commands", "finders", "home_worklists"):
        monkeypatch.setattr(sockets, name, [])
    monkeypatch.setattr(sockets, "shell", sockets.ShellSocket())


def asking(path="/", *rights, **extra):
    request = RequestFactory().get(path)
    request.act = SimpleNamespace(may=lambda right: right in rights)
    for name, value in extra.items():
        setattr(request, name, value)
    return request


def labels(frame):
    return [line.label for group in frame.groups for line in group.lines]


@pytest.mark.usefixtures("empty_sockets")
def test_the_rail_shows_what_a_person_may_open():
    sockets.nav_items += [
        NavItem("Second", "inbox", "ui:specimen", right="b.see", order=20),
        NavItem("First", "inbox", "home", right="a.see", order=10, count=lambda act: 3),
        NavItem("Nowhere", "inbox", "no:such", order=5),
        NavItem("Office work", "inbox", "ui:specimen", group="Office"),
    ]
    assert labels(shell.shell(asking("/", "a.see", "b.see"))) == ["First", "Second", "Office work"]
    assert labels(shell.shell(asking("/", "b.see"))) == ["Second", "Office work"]
    frame = shell.shell(asking("/", "a.see"))
    assert [group.title for group in frame.groups] == ["", "Office"]
    assert frame.groups[0].lines[0].count == "3"


@pytest.mark.usefixtures("empty_sockets")
def test_the_longest_fitting_address_is_the_current_one():
    sockets.nav_items += [NavItem("Home", "house", "home"), NavItem("Specimen", "shapes", "ui:specimen")]
    for path, current in (("/", "Home"), ("/ui/", "Specimen"), ("/ui/deeper", "Specimen"), ("/other", None)):
        lines = shell.shell(asking(path)).groups[0].lines
        assert [line.label for line in lines if line.current] == ([current] if current else [])


@pytest.mark.usefixtures("empty_sockets")
def test_nobody_signed_in_gets_an_empty_frame():
    sockets.nav_items.append(NavItem("Home", "house", "home"))
    request = RequestFactory().get("/")
    request.act = None
    frame = shell.shell(request)
    assert frame.groups == ()
    assert frame.person.name == ""


@pytest.mark.usefixtures("empty_sockets")
def test_a_person_has_initials():
    sockets.shell.person = lambda request: Person("Ruth Wanjiru Mwangi", "Receptionist")
    assert shell.shell(asking()).person.initials == "RM"
    sockets.shell.person = lambda request: Person("Ruth")
    assert shell.shell(asking()).person.initials == "RU"


@pytest.mark.usefixtures("empty_sockets")
def test_the_box_offers_hits_first_and_only_commands_that_one_may_give():
    act = SimpleNamespace(may=lambda right: right == "patients.register")
    sockets.commands += [
        Command("Register a patient", "user-plus", "home", right="patients.register", keywords="new admission"),
        Command("Register a supplier", "truck", "home", right="inventory.order"),
    ]
    sockets.nav_items.append(NavItem("Specimen", "shapes", "ui:specimen"))
    sockets.finders.append(lambda act, text: [Found(f"HIT {text}", "/p/1")])
    groups = dict(finding.found(act, "reg"))
    assert [hit.label for hit in groups["Patients"]] == ["HIT reg"]
    assert [hit.label for hit in groups["Commands"]] == ["Register a patient"]
    assert [hit.label for hit in dict(finding.found(act, "new"))["Commands"]] == ["Register a patient"]
    assert {hit.label for hit in dict(finding.found(act, ""))["Commands"]} == {"Register a patient", "Specimen"}
    assert "Patients" not in dict(finding.found(act, ""))


def test_every_error_has_words_on_what_to_do():
    assert set(WORDS) >= {400, 403, 404, 409, 412, 413, 422, 429, 500, 503}
    for status in WORDS:
        for name in ("ui/error.html", "ui/_error.html"):
            drawn = engines["jinja2"].get_template(name).render({"status": status}, RequestFactory().get("/"))
            assert str(error_words(status).do) in drawn
    assert error_words(418) is WORDS[400]
    assert error_words(599) is WORDS[500]


def test_an_error_page_needs_no_request():
    drawn = engines["jinja2"].env.get_template("ui/error.html").render(status=500, request=None)
    assert "Error 500" in drawn


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"'), ("x", "")]
)
def test_the_theme_is_drawn_by_the_server(cookie, theme):
    request = RequestFactory().get("/")
    request.COOKIES["salus_theme"] = cookie
    drawn = engines["jinja2"].get_template("ui/error.html").render({"status": 404}, request)
    assert ('data-theme="' in drawn) is bool(theme)
    assert theme in drawn


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_sockets")
def test_home_draws_the_worklists_of_ones_rights_in_their_order(cast):
    def panel(words):
        return lambda request: f'<section class="card">{words}</section>'

    sockets.home_worklists += [
        sockets.HomeWorklist(right=None, title="Second", order=2, render=panel("second")),
        sockets.HomeWorklist(right=None, title="First", order=1, render=panel("first")),
        sockets.HomeWorklist(right="nobody.has_this", title="Hidden", order=0, render=panel("hidden")),
    ]
    drawn = cast.client("doctor").get("/").content.decode()
    assert drawn.index('<section class="card">first') < drawn.index('<section class="card">second')
    assert "hidden</section>" not in drawn
