"""Write docs/guarantees.md: each hazard and figure of guarantees.toml, and the tests that are marked as its proof.

    python scripts/make_guarantees.py [--check]

Tests are read, not run: `@pytest.mark.guarantee("B7", "H3")` on a function or a class, or in a module's `pytestmark`.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST, PAGE = ROOT / "docs" / "guarantees.toml", ROOT / "docs" / "guarantees.md"
#: what is no list of guarantees, but says what is missing of some
SAID = ("open", "later")
HEAD = """# Guarantees

What a hospital must be able to rely on, and the test that proves each. Written by `make guarantees` from
[guarantees.toml](guarantees.toml) and from the marks of the tests (`@pytest.mark.guarantee("B7")`); not to be edited.
*In part*: the tests show some of it, and what they do not show is said.
"""


def main() -> int:
    """Write the page, or with `--check` only say whether it is up to date; 1 if not, or if something is wrong."""
    found = proofs()
    wrong = trouble(known(), found)
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    page = drawn(known(), found)
    if "--check" in sys.argv:
        return int(not PAGE.exists() or PAGE.read_text() != page)
    PAGE.write_text(page)
    return 0


def known() -> dict[str, dict[str, str]]:
    """The list: kind -> id -> words, with `title` among them; `open` says what is proved in part, `later` why nothing is yet."""
    return tomllib.loads(LIST.read_text())


def proofs(root: Path = ROOT) -> dict[str, list[str]]:
    """id -> the marked tests, as Markdown links, in the order of the tree."""
    found: dict[str, list[str]] = {}
    for path in sorted([*root.glob("salus/**/test_*.py"), *root.glob("tests/**/test_*.py")]):
        for guarantee, name in _marked(ast.parse(path.read_text())):
            where = path.relative_to(root).as_posix()
            found.setdefault(guarantee, []).append(f"[{name or path.stem}](../{where})")
    return {guarantee: list(dict.fromkeys(links)) for guarantee, links in found.items()}


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["pytestmark"]:
            yield from ((guarantee, "") for guarantee in _ids(node.value))
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            name = node.name.removeprefix("test_").replace("_", " ")
            yield from ((guarantee, name) for mark in node.decorator_list for guarantee in _ids(mark))


def _ids(mark: ast.expr) -> Iterator[str]:
    for call in (n for n in ast.walk(mark) if isinstance(n, ast.Call)):
        if ast.unparse(call.func) == "pytest.mark.guarantee":
            yield from (a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def trouble(listed: dict[str, dict[str, str]], found: dict[str, list[str]]) -> list[str]:
    """What is marked and not listed, or said to be open and not marked."""
    ids = {guarantee for kind, rows in listed.items() if kind not in SAID for guarantee in rows} - {"title"}
    wrong = [
        f"[later] {one}: a test is marked as its proof" for one in sorted(listed.get("later", {}).keys() & found.keys())
    ]
    return (
        wrong
        + [f"{one} is marked and stands in no list" for one in sorted(found.keys() - ids)]
        + [
            f"[open] {one}: nothing is marked as its proof, so that all of it is open"
            for one in sorted(listed["open"].keys() - found.keys())
        ]
    )


def drawn(listed: dict[str, dict[str, str]], found: dict[str, list[str]]) -> str:
    """The page."""
    states = Counter(
        _state(listed, found, one)
        for kind, rows in listed.items()
        if kind not in SAID
        for one in rows
        if one != "title"
    )
    said = ", ".join(f"{states[state]} {state}" for state in ("proved", "in part", "not yet"))
    parts = [HEAD, f"{sum(states.values())} in all: {said}.\n"]
    for kind, rows in listed.items():
        if kind in SAID:
            continue
        parts.append(f"\n## {rows['title']}\n\n| | what | state | tests |\n|---|---|---|---|\n")
        parts += [_row(listed, found, one, words) for one, words in rows.items() if one != "title"]
    return "".join(parts)


def _state(listed: dict[str, dict[str, str]], found: dict[str, list[str]], one: str) -> str:
    if one not in found:
        return "not yet"
    return "in part" if one in listed["open"] else "proved"


def _row(listed: dict[str, dict[str, str]], found: dict[str, list[str]], one: str, words: str) -> str:
    state = _state(listed, found, one)
    said = listed["open"] if state == "in part" else listed.get("later", {}) if state == "not yet" else {}
    rest = f": {said[one]}" if one in said else ""
    return f"| {one} | {words} | {state}{rest} | {', '.join(found.get(one, []))} |\n"


if __name__ == "__main__":
    sys.exit(main())
