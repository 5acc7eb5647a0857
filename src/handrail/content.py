"""Load what authors wrote for an exercise: its check, its known mistakes, its reference answer."""

from __future__ import annotations

import ast
import linecache
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from handrail.catalog import BEGIN, parse, refuse_unclosed, solution_cells, written
from handrail.model import Exercise, HandrailError, Lesson

KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


@dataclass(frozen=True)
class Check:
    """One check with what belongs to it."""

    exercise: str
    run: Callable[[Any], Any]
    file: Path
    hints: tuple[str, ...] = ()
    mistakes: tuple[Callable[..., Any], ...] = ()
    equivalents: tuple[tuple[str, str, str], ...] = ()
    slow: str = ""
    seconds: float = 20.0
    by_message: bool = False


@dataclass(frozen=True)
class Reference:
    """A reference answer as text: the code, and the Markdown that explains it."""

    code: str
    explanation: str


def load_check(root: Path, exercise: Exercise) -> Check:
    """Return the check of an exercise. The checks file is run once, and again when it has changed."""
    file = root / "curriculum" / f"{exercise.lesson}_checks.py"
    names = vars(module(file))
    run = names.get(f"check_{exercise.name}")
    if run is None:
        raise HandrailError(f"{file} has no function `check_{exercise.name}`. Write it, or rename the exercise.")
    return Check(
        exercise=exercise.name,
        run=run,
        file=file,
        hints=tuple(getattr(run, "hints", ())),
        mistakes=tuple(value for name, value in names.items() if name.startswith(f"{exercise.name}__")),
        equivalents=tuple(getattr(run, "equivalents", ())),
        slow=getattr(run, "slow", ""),
        by_message=getattr(run, "by_message", False),
        seconds=getattr(run, "seconds", 20.0),
    )


def module(file: Path) -> ModuleType:
    """Run a written file as a module of its own, without registering it; again when it has changed."""
    try:
        stat = file.stat()
    except FileNotFoundError:
        raise HandrailError(f"{file} is missing. Restore it with `git checkout -- {file}`, or write it.") from None
    return _module(file, stat.st_mtime_ns, stat.st_size)


def definitions(file: Path) -> dict[str, Any]:
    """Return the functions, classes and constants that a solution script defines, without running its checks."""
    stat = file.stat()
    return dict(_definitions(file, stat.st_mtime_ns, stat.st_size))


def reference(lesson: Lesson, name: str) -> Reference:
    """Return the reference answer of an exercise, and the cells tagged `solution` that follow it."""
    code, explanation = "", ""
    for marker, body in solution_cells(lesson.solution_source):
        if "[markdown]" not in marker and BEGIN in body:
            mine = any(getattr(node, "name", "") == name for node in parse(body, lesson.solution_source).body)
            if code and not mine:
                break
            code = body if mine else code
        elif code and "[markdown]" in marker:
            if "solution" not in marker:
                break
            explanation += "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.splitlines()) + "\n\n"
    clean = "\n".join(line for line in code.splitlines() if line.strip() not in ("# BEGIN SOLUTION", "# END SOLUTION"))
    return Reference(clean.strip(), explanation.strip())


@lru_cache(maxsize=64)
def _module(file: Path, _changed: int, _size: int) -> ModuleType:
    text = written(file)
    return _run(compile(parse(text, file), str(file), "exec", dont_inherit=True), file)


@lru_cache(maxsize=64)
def _definitions(file: Path, _changed: int, _size: int) -> dict[str, Any]:
    text = written(file)
    refuse_unclosed(text, file)
    tree = parse(text, file)
    tree.body = [node for node in tree.body if isinstance(node, KEPT)]
    return vars(_run(compile(tree, str(file), "exec", dont_inherit=True), file))


def _run(code: Any, file: Path) -> ModuleType:
    """Run code in a module of its own; it is registered only meanwhile, since a dataclass looks its module up."""
    linecache.checkcache(str(file))
    made = ModuleType(f"handrail course {file.stem}")
    made.__file__ = str(file)
    sys.modules[made.__name__] = made
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, vars(made))
    except HandrailError:
        raise
    except (Exception, SystemExit) as error:
        line = getattr(error.__traceback__ and error.__traceback__.tb_next, "tb_lineno", "?")
        raise HandrailError(f"{file}:{line}: {type(error).__name__}: {error}") from error
    finally:
        del sys.modules[made.__name__]
    return made
