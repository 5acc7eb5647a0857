"""Small mechanical changes to a reference answer: what a check must reject."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

Change = tuple[Callable[[], object], ast.stmt | None]

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {"min": "max", "max": "min", "argmin": "argmax", "argmax": "argmin", "any": "all", "all": "any"}
NAMES |= {"mean": "sum", "floor": "ceil", "ceil": "floor", "first": "last", "maximum": "minimum", "minimum": "maximum"}


@dataclass(frozen=True)
class Mutant:
    """One changed answer: its source, and the change as the two snippets that differ."""

    original: str
    mutated: str
    line: int
    source: str

    def __str__(self) -> str:
        return f"line {self.line}: `{self.original}` -> `{self.mutated or 'nothing'}`"


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of the functions and classes in a source text, without duplicates."""
    tree = ast.parse(source)
    found: dict[str, Mutant] = {}
    for at, node in enumerate(_sites(tree)):
        for change in range(len(list(_changes(node)))):
            mutant = _mutant(tree, at, change)
            if mutant is not None:
                found.setdefault(mutant.source, mutant)
    found.pop(ast.unparse(tree), None)
    return list(found.values())


def _mutant(tree: ast.Module, at: int, change: int) -> Mutant | None:
    twin = copy.deepcopy(tree)
    node = _sites(twin)[at]
    apply, dropped = list(_changes(node))[change]
    shown = dropped if dropped is not None else _shown(twin, node)
    original = _snippet(shown)
    apply()
    try:
        source = ast.unparse(ast.fix_missing_locations(twin))
        compile(source, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, TypeError):
        return None
    return Mutant(original, "" if dropped is not None else _snippet(shown), getattr(shown, "lineno", 0), source)


def _sites(tree: ast.Module) -> list[ast.AST]:
    """Return the nodes that can be changed: all but docstrings, annotations, imports and what is raised."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            skipped.update(_below([node.body[0]]) if ast.get_docstring(node) is not None else [])
            skipped.update(_below(getattr(node, "decorator_list", [])))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            skipped.update(
                _below([node.returns, *(a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg))])
            )
        if isinstance(node, ast.AnnAssign):
            skipped.update(_below([node.annotation]))
        if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.Assert):
            skipped.update(_below([node]))
            skipped.discard(node)
    return [node for node in ast.walk(tree) if node not in skipped]


def _below(nodes: list[ast.AST | None]) -> list[ast.AST]:
    return [child for node in nodes if node is not None for child in ast.walk(node)]


def _shown(tree: ast.Module, node: ast.AST) -> ast.AST:
    """Return the node whose text shows the change: the parent of a constant or a keyword, the node itself otherwise."""
    if not isinstance(node, ast.Constant | ast.Slice | ast.keyword):
        return node
    for parent in ast.walk(tree):
        if any(child is node for child in ast.iter_child_nodes(parent)):
            again = isinstance(parent, ast.keyword | ast.UnaryOp | ast.Slice | ast.Tuple)
            return _shown_above(tree, parent) if again else parent
    return node


def _shown_above(tree: ast.Module, node: ast.AST) -> ast.AST:
    for parent in ast.walk(tree):
        if any(child is node for child in ast.iter_child_nodes(parent)):
            return _shown_above(tree, parent) if isinstance(parent, ast.keyword | ast.Slice | ast.Tuple) else parent
    return node


def _snippet(node: ast.AST) -> str:
    try:
        text = ast.unparse(node)
    except Exception:
        return type(node).__name__
    return text.splitlines()[0] if isinstance(node, ast.If | ast.For | ast.While | ast.With) else text


def _changes(node: ast.AST) -> Iterator[Change]:
    """Yield changes of the node: a function that makes it in place, and the statement that it drops, if it does."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OPERATORS:
        yield lambda: setattr(node, "op", OPERATORS[type(node.op)]()), None
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            if type(operator) in OPERATORS:
                yield partial(_put, node.ops, i, OPERATORS[type(operator)]()), None
    if isinstance(node, ast.Constant):
        yield from ((partial(setattr, node, "value", value), None) for value in _constants(node.value))
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test)), None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert | ast.Not):
        yield lambda: _become(node, node.operand), None
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield lambda: setattr(node, "attr", NAMES[node.attr]), None
    if isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield lambda: setattr(node, "id", NAMES[node.id]), None
    yield from _parts_dropped(node)
    yield from _statements_dropped(node)


def _constants(value: object) -> list[object]:
    """Return what a constant is changed to."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1] if value else [1]
    if isinstance(value, float):
        return [value * 2 if value else 1.0]
    return [value + "?"] if isinstance(value, str) and value else []


def _parts_dropped(node: ast.AST) -> Iterator[Change]:
    """Yield the removal of a keyword, a slice's bound, a returned value."""
    if isinstance(node, ast.Call):
        for i in range(len(node.keywords)):
            yield partial(node.keywords.pop, i), None
    if isinstance(node, ast.Slice):
        for bound in ("lower", "upper", "step"):
            if getattr(node, bound) is not None:
                yield partial(setattr, node, bound, None), None
    if isinstance(node, ast.Return) and node.value is not None:
        yield partial(setattr, node, "value", None), None


def _statements_dropped(node: ast.AST) -> Iterator[Change]:
    """Yield the removal of each statement of a block, except docstrings, definitions and returns."""
    droppable = ast.Expr | ast.Assign | ast.AugAssign | ast.If | ast.For | ast.While
    for block in ("body", "orelse", "finalbody"):
        statements = getattr(node, block, None)
        if not isinstance(statements, list) or isinstance(node, ast.Module | ast.ClassDef):
            continue
        for i, statement in enumerate(statements):
            docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if isinstance(statement, droppable) and not docstring:
                yield partial(_put, statements, i, ast.Pass()), statement


def _put(items: list[Any], at: int, value: object) -> None:
    items[at] = value


def _become(node: ast.AST, other: ast.AST) -> None:
    node.__class__ = other.__class__
    node.__dict__.clear()
    node.__dict__.update(other.__dict__)
