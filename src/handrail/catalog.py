"""Find phases, lessons and exercises. The file tree is the only manifest; no content is imported."""

from __future__ import annotations

import ast
import difflib
import os
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeGuard

from handrail.model import Exercise, HandrailError, Lesson, Phase

NUMBERED = re.compile(r"\d\d_\w+$")
HEADER = re.compile(r"^# /// lesson\n(?P<toml>(?:#(?: .*)?\n)+?)# ///$", re.MULTILINE)
TITLE = re.compile(r"^# # (?P<title>.+)$", re.MULTILINE)
HEADING = re.compile(r"^# #{2,3} (?:\d+\. )?(?P<title>.*?)\s*(?P<stars>[★☆]{3})?\s*(?:·\s*(?P<minutes>\d+) min)?\s*$")
CHECK = re.compile(r"^(?:async )?(?:def|class) check_(?P<name>\w+)\s*[(:]", re.MULTILINE)
FIELDS: dict[str, Any] = {"minutes": int, "exercise_minutes": int, "needs": list, "seconds": int | float}
FIELDS |= {"memory_mb": int | float}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"


def find_root(start: Path | None = None) -> Path:
    """Return the folder of the course: the one above `start` that has lessons and checks.

    From outside a course it is `$HANDRAIL_COURSE`, or the checkout that this package was installed from.
    """
    start = (start or _here()).resolve()
    named = os.environ.get("HANDRAIL_COURSE")
    otherwise = Path(named).resolve() if named else Path(__file__).resolve().parents[2]
    for folder in (start, *start.parents, otherwise):
        if (folder / "curriculum").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise HandrailError(
        f"{start} lies outside a course (no folder above it has curriculum/ and solutions/)"
        + (f", and HANDRAIL_COURSE={named} isn't one either. " if named else ". ")
        + "Open the notebook from the course's folder, or set HANDRAIL_COURSE to that folder."
    )


def phases(root: Path) -> tuple[Phase, ...]:
    """Return all phases in order, with their lessons in order."""
    folders = sorted(p for p in (root / "notebooks").glob("*") if p.is_dir() and NUMBERED.match(p.name))
    return tuple(Phase(p.name, _phase_title(p), tuple(_lessons_in(root, p.name))) for p in folders)


def lessons(root: Path) -> tuple[Lesson, ...]:
    """Return all lessons in order. Two exercises of one name are an error."""
    found = tuple(lesson for phase in phases(root) for lesson in phase.lessons)
    _refuse_twins([exercise for lesson in found for exercise in lesson.exercises])
    return found


def lesson(root: Path, path: str) -> Lesson:
    """Return the lesson of this path; the nearest one is offered where there is none."""
    path = path.removeprefix("notebooks/").removesuffix(".py").removesuffix(".ipynb").strip("/")
    if not (root / "notebooks" / f"{path}.py").is_file():
        known = [_path_of(root, source) for source in sorted((root / "notebooks").glob("*/*.py"))]
        raise HandrailError(f"There is no lesson {path}.{_nearest(path, known)}")
    return _read_lesson(root, path)


def exercise(root: Path, name: str) -> Exercise:
    """Return the exercise of this name; the nearest one is offered where there is none."""
    homes = checks_of(root)
    if name not in homes:
        _refuse_unchecked(root, name)
        raise HandrailError(
            f"There is no exercise called `{name}`.{_nearest(name, list(homes))} "
            "The name of the function must be the one that the stub gave it."
        )
    path = homes[name]
    for found in _exercises(root, path):
        if found.name == name:
            return found
    raise HandrailError(
        f"curriculum/{path}_checks.py has a check for `{name}`, but solutions/{path}.py doesn't define it with an "
        f"answer between `{BEGIN}` and `{END}`. Give both the same name."
    )


def checks_of(root: Path) -> dict[str, str]:
    """Return the lesson path of every exercise that has a check, by the exercise's name."""
    homes: dict[str, str] = {}
    for file in sorted((root / "curriculum").glob("*/*_checks.py")):
        path = _path_of(root, file).removesuffix("_checks")
        for name in _check_names(file, file.stat().st_mtime_ns):
            if name in homes:
                raise HandrailError(
                    f"Two exercises are called `{name}`: one in {homes[name]}, one in {path}. "
                    "Rename one of them, in its solution and in its checks."
                )
            homes[name] = path
    return homes


def solution_cells(file: Path) -> list[tuple[str, str]]:
    """Return the cells of a percent script as (marker line, text), and refuse unclosed solution markers."""
    text = written(file)
    refuse_unclosed(text, file)
    parts = re.split(r"(?m)^(# %%.*)$", text)
    return [(marker, body.strip("\n")) for marker, body in zip(parts[1::2], parts[2::2], strict=True)]


def written(file: Path) -> str:
    """Return the text of a written file, or say why it can't be read."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise HandrailError(f"{file} is missing. Write it, or remove the lesson's other files.") from None
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise HandrailError(f"{file}:{line}: this isn't UTF-8. Save the file with that encoding.") from None


def refuse_unclosed(text: str, file: Path) -> None:
    """Raise where a solution is opened and not closed, or closed and not opened, naming the line."""
    opened = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() == BEGIN:
            if opened:
                raise HandrailError(f"{file}:{number}: a solution begins inside the one of line {opened}.")
            opened = number
        elif line.strip() == END:
            if not opened:
                raise HandrailError(f"{file}:{number}: `{END}` without `{BEGIN}` before it.")
            opened = 0
        elif opened and line.startswith("# %%"):
            break
    if opened:
        raise HandrailError(f"{file}:{opened}: `{BEGIN}` is never closed. Put `{END}` after the answer.")


def parse(text: str, file: Path) -> ast.Module:
    """Return the syntax tree of a written file, or say where its syntax is wrong."""
    try:
        return ast.parse(text, str(file))
    except SyntaxError as error:
        raise HandrailError(f"{file}:{error.lineno}: {error.msg}. Mend that line.") from None


def _lessons_in(root: Path, phase: str) -> list[Lesson]:
    sources = sorted(p for p in (root / "notebooks" / phase).glob("*.py") if NUMBERED.match(p.stem))
    return [_read_lesson(root, f"{phase}/{source.stem}") for source in sources]


def _read_lesson(root: Path, path: str) -> Lesson:
    file = root / "notebooks" / f"{path}.py"
    text = written(file)
    title = TITLE.search(text)
    if title is None:
        raise HandrailError(f"{file}: no heading. Begin the first Markdown cell with `# # Title`.")
    header = _header(text, file)
    needs = tuple(header.pop("needs", ()))
    return Lesson(path, title["title"].strip(), root, **header, needs=needs, exercises=_exercises(root, path))


def _header(text: str, file: Path) -> dict[str, Any]:
    found = HEADER.search(text)
    if found is None:
        raise HandrailError(f"{file}: no header. Begin the file with `# /// lesson` ... `# ///` (see docs/lessons.md).")
    lines = [line.removeprefix("#").removeprefix(" ") for line in found["toml"].splitlines()]
    try:
        header = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise HandrailError(f"{file}: the header is not TOML: {error}.") from None
    for name, value in header.items():
        if name not in FIELDS:
            raise HandrailError(f"{file}: the header has `{name}`; it may have {', '.join(FIELDS)}.")
        paths = name != "needs" or all(isinstance(need, str) for need in value)
        if isinstance(value, bool) or not (isinstance(value, FIELDS[name]) and paths):
            wanted = "a list of lessons' paths" if name == "needs" else "a number"
            raise HandrailError(f"{file}: `{name}` in the header should be {wanted}, not {value!r}.")
    return header


def _exercises(root: Path, path: str) -> tuple[Exercise, ...]:
    file = root / "solutions" / f"{path}.py"
    found: list[Exercise] = []
    title, stars, minutes = "", 0, 0
    for marker, body in solution_cells(file):
        if "[markdown]" in marker:
            heading = next((m for line in body.splitlines() if (m := HEADING.match(line))), None)
            if heading and "solution" not in marker:
                title, stars = heading["title"], (heading["stars"] or "").count("★")
                minutes = int(heading["minutes"] or 0)
        elif BEGIN in body:
            names = [node.name for node in parse(body, file).body if _has_answer(node, body)]
            found += [Exercise(name, path, title, stars, minutes) for name in names]
    _refuse_twins(found)
    return tuple(found)


def _has_answer(node: ast.stmt, body: str) -> TypeGuard[Definition]:
    return isinstance(node, Definition) and BEGIN in "\n".join(body.splitlines()[node.lineno - 1 : node.end_lineno])


def _refuse_unchecked(root: Path, name: str) -> None:
    """Raise where a solution defines this exercise, and only its check is missing."""
    for file in sorted((root / "solutions").glob("*/*.py")):
        path = _path_of(root, file)
        if any(found.name == name for found in _exercises(root, path)):
            raise HandrailError(
                f"solutions/{path}.py defines `{name}`, but curriculum/{path}_checks.py has no `check_{name}`. "
                "Write the check (see docs/lessons.md)."
            )


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise HandrailError("This folder has been removed. Open the notebook from the course's folder.") from None


def _refuse_twins(found: list[Exercise]) -> None:
    seen: dict[str, str] = {}
    for one in found:
        if one.name in seen:
            raise HandrailError(
                f"Two exercises are called `{one.name}`: one in {seen[one.name]}, one in {one.lesson}. "
                "Rename one of them, in its solution and in its checks."
            )
        seen[one.name] = one.lesson


@lru_cache(maxsize=512)
def _check_names(file: Path, _changed: int) -> tuple[str, ...]:
    return tuple(found["name"] for found in CHECK.finditer(file.read_text(encoding="utf-8")))


def _path_of(root: Path, file: Path) -> str:
    return file.relative_to(root / file.relative_to(root).parts[0]).with_suffix("").as_posix()


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f" Did you mean `{near[0]}`?" if near else ""


def _phase_title(folder: Path) -> str:
    """Return the heading of the phase's README, or its folder's name in words."""
    readme = folder / "README.md"
    heading = re.search(r"(?m)^# (.+)$", readme.read_text(encoding="utf-8")) if readme.is_file() else None
    return heading[1].strip() if heading else folder.name.split("_", 1)[1].replace("_", " ").capitalize()
