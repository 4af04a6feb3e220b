"""Mutants of a module: its source with one thing changed, as a module of its own. For tests that ask whether tests would notice.

Changed are comparisons, `and`/`or`, `not`, set operators, conditions (always, never), constants, arguments of `any`, and in
texts of SQL the words that carry meaning.
"""

from __future__ import annotations

import ast
import copy
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARE: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE], ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
}  # fmt: skip
_SQL = [
    (r"NOT EXISTS", "EXISTS"), (r"(?<!NOT )EXISTS", "NOT EXISTS"), (r"\bAND\b", "OR"), (r"\bOR\b", "AND"),
    (r"IS NULL", "IS NOT NULL"), (r"IS NOT NULL", "IS NULL"), (r"<=", "<"), (r"<= ", "> "), (r" > ", " >= "), (r" > ", " < "),
    (r"<@", "&&"), (r"&&", "<@"), (r"IS DISTINCT FROM", "="), (r"= ANY", "<> ALL"), (r"<> ALL", "= ANY"), (r"'\{\}'", "'{PSY}'"),
    (r"\bNOT\b(?! EXISTS)", ""), (r"TRUE", "FALSE"), (r"FALSE", "TRUE"), (r"deny", "permit"),
    (r"permit", "deny"), (r" = ", " <> "),
]  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One changed module: in which line, what was changed."""

    line: int
    what: str
    tree: ast.Module

    def as_module(self, of: types.ModuleType) -> types.ModuleType:
        """The mutant as a module that can be called, under the name of the one it was made of."""
        made = types.ModuleType(of.__name__)
        made.__file__ = of.__file__
        exec(compile(self.tree, f"<mutant of line {self.line}>", "exec"), made.__dict__)  # noqa: S102 - our own source
        return made


def mutants_of(source: str, *, functions: set[str] | None = None) -> Iterator[Mutant]:
    """Every mutant of a module, each with one change; of these functions only, if they are named."""
    tree = ast.parse(source)
    _without_docstrings(tree)
    inside = [
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and (functions is None or n.name in functions)
    ]
    nodes = {id(node): node for function in inside for node in ast.walk(function)}
    order = [node for node in ast.walk(tree) if id(node) in nodes or _is_constant_of_the_module(tree, node)]
    every = list(ast.walk(tree))
    places = {id(node): place for place, node in enumerate(every)}
    for node in order:
        for what, change in _changes(node):
            mutated = copy.deepcopy(tree)
            target = list(ast.walk(mutated))[places[id(node)]]
            change(target)
            ast.fix_missing_locations(mutated)
            yield Mutant(getattr(node, "lineno", 0), what, mutated)


def _without_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[0].value.value = ""


def _is_constant_of_the_module(tree: ast.Module, node: ast.AST) -> bool:
    """A number in a constant of the module: `RECENT = timedelta(hours=72)`."""
    numbers = [n for one in tree.body if isinstance(one, ast.Assign) for n in ast.walk(one.value)]
    return any(node is n for n in numbers) and isinstance(node, ast.Constant) and type(node.value) is int


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:  # noqa: C901 - a table of kinds
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in _COMPARE.get(type(op), ()):
                yield f"{type(op).__name__} -> {other.__name__}", _set_op(place, other)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} -> {other.__name__}", lambda n, o=other: setattr(n, "op", o())
        for place in range(len(node.values)):
            yield f"without part {place + 1} of {type(node.op).__name__}", lambda n, p=place: n.values.pop(p)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield (
            "without not",
            lambda n: (setattr(n, "op", ast.Not()), setattr(n, "operand", ast.UnaryOp(ast.Not(), n.operand))),
        )
    elif isinstance(node, (ast.If, ast.IfExp)):
        for value in (True, False):
            yield f"condition is {value}", lambda n, v=value: setattr(n, "test", ast.Constant(v))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.Sub, ast.Add)):
        other = {ast.BitAnd: ast.BitOr, ast.Sub: ast.BitOr, ast.Add: ast.Sub}[type(node.op)]
        if isinstance(node.op, ast.Sub) and "RECENT" in ast.unparse(node):
            other = ast.Add
        yield f"{type(node.op).__name__} -> {other.__name__}", lambda n, o=other: setattr(n, "op", o())
    elif isinstance(node, ast.Constant):
        yield from _changed_constants(node)


def _changed_constants(node: ast.Constant) -> Iterator[tuple[str, object]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} -> {not value}", lambda n: setattr(n, "value", not n.value)
    elif isinstance(value, int):
        yield f"{value} -> {value + 1}", lambda n: setattr(n, "value", n.value + 1)
    elif isinstance(value, str):
        for pattern, instead in _SQL:
            for found in re.finditer(pattern, value):
                text = value[: found.start()] + instead + value[found.end() :]
                yield (
                    f"{found[0].strip()} -> {instead.strip()} in {value.strip()[:40]!r}",
                    lambda n, t=text: setattr(n, "value", t),
                )


def _set_op(place: int, other: type[ast.cmpop]) -> object:
    return lambda n: n.ops.__setitem__(place, other())
