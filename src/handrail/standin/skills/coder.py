"""Repair a small Python function by one of five edits. It runs nothing: the caller's tests decide."""

import ast
import re
import warnings
from collections.abc import Iterator

from handrail.standin.request import Answer, Knobs, Request

FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)
ASKED = re.compile(r"\b(?:fix|repair|bug|debug|failing|fails|failed|correct)\b", re.IGNORECASE)
FAILURE = re.compile(r"\b(?:assert|AssertionError|Traceback|test_|expected|\w*Error\b)", re.IGNORECASE)


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if a function and a failing test are shown. Asked again, it tries the next edit."""
    source = function(request.users)
    whole = "\n".join([request.system, *request.users])
    if source is None or not ASKED.search(whole) or not FAILURE.search(whole):
        return None
    tried = {code.strip() for turn in request.turns if turn.role == "assistant" for code in FENCE.findall(turn.text)}
    for edited in edits(source, whole):
        if edited.strip() not in tried:
            return Answer(f"```python\n{edited.strip()}\n```", "coder", literal=True)
    return Answer("None of my five edits changes this function any more.", "coder", literal=True)


def function(users: tuple[str, ...]) -> str | None:
    """Return the first function of the conversation that isn't a test."""
    for text in users:
        blocks = FENCE.findall(text) or re.findall(r"(?ms)^(def (?!test_)\w+\(.*?)(?=^\S|\Z)", text)
        for block in blocks:
            if re.search(r"^\s*(?:async )?def (?!test_)\w+", block, re.MULTILINE) and _parses(block):
                return str(block)
    return None


def edits(source: str, told: str) -> Iterator[str]:
    """Yield the edits that change a source and leave it readable, those that the error speaks of first."""
    ordered = [off_by_one, compared, returning, operated, guarded]
    if re.search(r"NoneType|None\b", told):
        ordered = [returning, guarded, off_by_one, compared, operated]
    elif "IndexError" in told:
        ordered = [off_by_one, compared, guarded, returning, operated]
    seen = {source.strip()}
    for edit in ordered:
        for changed in edit(source):
            if changed.strip() not in seen and _parses(changed):
                seen.add(changed.strip())
                yield changed


def off_by_one(source: str) -> Iterator[str]:
    """Yield ranges and slices that end one place earlier or later."""
    yield re.sub(r"range\(([^()]*(?:\([^()]*\))?[^()]*?)\s*-\s*1\)", r"range(\1)", source, count=1)
    yield re.sub(r"range\(1,\s*(\w+)\)", r"range(1, \1 + 1)", source, count=1)
    yield re.sub(r"range\(1,\s*len\((\w+)\)\)", r"range(len(\1))", source, count=1)
    yield re.sub(r"\[:-1\]", "", source, count=1)
    yield re.sub(r"range\(([^()]*(?:\([^()]*\))?[^()]*?)\s*\+\s*1\)", r"range(\1)", source, count=1)


def compared(source: str) -> Iterator[str]:
    """Yield the source with one comparison made strict, or not strict any more."""
    for match in re.finditer(r"(?<![<>=!-])([<>]=?)(?![<>=])", source):
        sign = match[1]
        yield f"{source[: match.start()]}{sign[0] if len(sign) == 2 else sign + '='}{source[match.end() :]}"


def returning(source: str) -> Iterator[str]:
    """Yield the source with the value returned that is computed last."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or any(isinstance(one, ast.Return) for one in ast.walk(node)):
            continue
        last = node.body[-1]
        lines = source.rstrip().splitlines()
        if isinstance(last, ast.Expr):
            at = last.lineno - 1
            lines[at] = re.sub(r"^(\s*)", r"\1return ", lines[at], count=1)
            yield "\n".join(lines) + "\n"
        name = next((_target(one) for one in node.body if _target(one)), None)
        if name is not None:
            end = (last.end_lineno or last.lineno) - 1
            indent = " " * node.body[0].col_offset
            yield "\n".join([*lines[: end + 1], f"{indent}return {name}", *lines[end + 1 :]]) + "\n"


def operated(source: str) -> Iterator[str]:
    """Yield the source with one operator exchanged."""
    for one, other in ((" - ", " + "), (" + ", " - "), (" / ", " * "), (" * ", " / "), (" // ", " / ")):
        if one in source:
            yield source.replace(one, other, 1)
    for one, other in ((" and ", " or "), (" or ", " and "), (" -= ", " += "), (" += ", " -= "), ("max(", "min(")):
        if one in source:
            yield source.replace(one, other, 1)


def guarded(source: str) -> Iterator[str]:
    """Yield the source with a guard: for None, and for an empty argument."""
    tree = ast.parse(source)
    node = next((one for one in tree.body if isinstance(one, ast.FunctionDef)), None)
    if node is None or not node.args.args:
        return
    name = node.args.args[0].arg
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1
    at = (node.body[1] if documented else first).lineno - 1
    indent = " " * first.col_offset
    lines = source.splitlines()
    for condition, value in ((f"{name} is None", "None"), (f"not {name}", "0")):
        guard = [f"{indent}if {condition}:", f"{indent}    return {value}"]
        yield "\n".join([*lines[:at], *guard, *lines[at:]]) + "\n"


def _target(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _parses(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True
