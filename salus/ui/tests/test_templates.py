"""Every template of every room: it parses, its icons and routes of components exist, and it needs no inline script or style."""

import re
from collections.abc import Iterator
from pathlib import Path

import lucide
import pytest
from django.template import engines
from jinja2 import nodes

import salus
from salus.ui import sockets

HOUSE = Path(salus.__file__).parent
TEMPLATES = sorted(HOUSE.glob("*/templates/**/*.html"))
NAMES = [str(path.relative_to(HOUSE)) for path in TEMPLATES]
STYLESHEETS = sorted(HOUSE.glob("*/static/**/*.css"))
SCRIPTS = sorted(HOUSE.glob("*/static/**/*.js"))

#: macros of components.html that take a body
WITH_BODY = {"dialog", "more", "menu", "form", "fieldset", "table", "worklist", "results", "timeline"}
#: where components take an icon: by place, and by the keyword `name` (elsewhere it is a field's name)
ICON_PLACE = {
    "icon": 0,
    "icon_button": 0,
    "flag": 0,
    "menu_button": 1,
    "button": 2,
    "chip": 2,
    "menu_link": 2,
    "link_button": 3,
}
ICON_IN_NAME = {"icon_button", "flag", "chip", "menu", "menu_link", "menu_button", "timeline_item", "empty", "alert"}


@pytest.fixture(scope="module")
def env():
    return engines["jinja2"].env


def sources():
    return pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)


@sources()
def test_it_parses_and_compiles(path, env):
    env.compile(path.read_text(), filename=str(path))


@pytest.mark.guarantee("S4")
@sources()
def test_it_has_no_inline_handler_style_or_script(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=", text), "an inline handler: the policy refuses it"
    assert not re.search(r"<[a-z][^>]*\sstyle\s*=", text), "an inline style: the policy refuses it"
    assert not re.search(r"""["']style["']\s*:""", text), "a style attribute: the policy refuses it"
    assert "javascript:" not in text
    assert "hx-on" not in text, "htmx would need eval"
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert "nonce=" in tag, f"{tag} has no nonce"


@pytest.mark.guarantee("S4")
@sources()
def test_it_never_switches_escaping_off(path):
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b", text), "escape, or make Markup in tested Python"
    assert "autoescape" not in text


@sources()
def test_it_names_no_other_origin(path):
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", path.read_text())


@sources()
def test_it_calls_components_that_exist_with_arguments_they_know(path, env):
    tree = env.parse(path.read_text())
    components = env.get_template("ui/components.html").module
    with_body = {id(block.call) for block in tree.find_all(nodes.CallBlock)}
    for call in tree.find_all(nodes.Call):
        name = _component(call)
        if name is None:
            continue
        where = f"line {call.lineno}: ui.{name}"
        assert hasattr(components, name), f"{where} does not exist"
        unknown = {one.key for one in call.kwargs} - set(getattr(components, name).arguments)
        assert name == "bound" or not unknown, f"{where} knows no {unknown}"
        assert name not in WITH_BODY or id(call) in with_body, f"{where} is called with a body"


@sources()
def test_its_icons_can_be_drawn(path, env):
    for call in env.parse(path.read_text()).find_all(nodes.Call):
        for name in _icons(call):
            lucide._load_icon(name)


def test_icons_of_navigation_and_commands_can_be_drawn():
    for one in (*sockets.nav_items, *sockets.commands, *sockets.shell.person_links):
        lucide._load_icon(one.icon)


def _icons(call: nodes.Call) -> Iterator[str]:
    """The icons that a call names literally, by keyword or by place."""
    macro = "icon" if getattr(call.node, "name", "") == "icon" else _component(call)
    place = ICON_PLACE.get(macro or "")
    given = [one.value for one in call.kwargs if one.key == "icon" or (one.key == "name" and macro in ICON_IN_NAME)]
    if place is not None and place < len(call.args):
        given.append(call.args[place])
    yield from (one.value for one in given if isinstance(one, nodes.Const) and one.value)


def _component(call: nodes.Call) -> str | None:
    """The name of the component that is called, if one is."""
    node = call.node
    return node.attr if isinstance(node, nodes.Getattr) and getattr(node.node, "name", "") == "ui" else None


@pytest.mark.parametrize("path", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheets_load_nothing_and_colours_are_tokens(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    assert "url(" not in text
    assert "@import" not in text
    if path.name != "tokens.css":
        colours = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) - {"#fff", "#000", "#999", "#666", "#222", "#333"}
        assert not colours, "colours live in tokens.css (black and white on paper apart)"
    assert not re.search(r"(?<![-\w])(margin|padding)-(left|right)\s*:", text), (
        "logical properties: right-to-left works"
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_need_no_eval(path):
    text = path.read_text()
    assert not re.search(r"\beval\(|new Function|document\.write|\.outerHTML\s*=", text)
