"""From written sources to the text of every notebook, and what is stale."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from handrail import catalog, feedback
from handrail.catalog import BEGIN, END, HEADER
from handrail.model import HandrailError, Lesson, Summary

if TYPE_CHECKING:
    from nbformat import NotebookNode

YOUR_CODE = "# YOUR CODE HERE\n{indent}raise NotImplementedError()"
SOLUTION = re.compile(rf"^(?P<indent>[ \t]*){BEGIN}[ \t]*\n.*?^[ \t]*{END}[ \t]*$", re.MULTILINE | re.DOTALL)
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
IGNORED = "nbval-ignore-output"
UNSTORED = {"widget", "quotes"}
"""Tags of cells whose output is not stored: it needs a kernel, or it is somebody else's text."""


@dataclass(frozen=True)
class Generated:
    """One generated notebook: where it belongs, and its text as the sources say it."""

    file: Path
    text: str
    needs_run: bool = False
    """A lesson whose stored outputs don't belong to its code."""

    @property
    def stale(self) -> bool:
        """Whether the file differs from what the sources say."""
        return self.needs_run or not self.file.is_file() or self.file.read_bytes() != self.text.encode()


def generated(lesson: Lesson) -> list[Generated]:
    """Return the three notebooks of a lesson: itself, the stub and the solution."""
    stored = read(lesson.notebook)
    notebook = with_outputs(lesson_notebook(lesson), stored)
    return [
        Generated(lesson.notebook, to_text(notebook), needs_run=not _complete(notebook, stored)),
        Generated(lesson.stub, to_text(stub_notebook(lesson))),
        Generated(lesson.solution_notebook, to_text(solution_notebook(lesson))),
    ]


def lesson_notebook(lesson: Lesson, *, claims: bool = False) -> NotebookNode:
    """Return the lesson without outputs; the cells tagged `claims` only where asked for."""
    return page_notebook(lesson.source, claims=claims)


def page_notebook(source: Path, *, claims: bool = False) -> NotebookNode:
    """Return a written page (a lesson or the start page) as a notebook without outputs."""
    text = HEADER.sub("", source.read_text(encoding="utf-8"), count=1).lstrip()
    notebook = _from_percent(text, source)
    kept = [cell for cell in notebook.cells if claims or "claims" not in tags(cell)]
    return _finished(notebook, kept)


def stub_notebook(lesson: Lesson) -> NotebookNode:
    """Return the exercises with every answer taken out."""
    notebook = _solution_script(lesson)
    kept = [cell for cell in notebook.cells if "solution" not in tags(cell)]
    for cell in kept:
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub(_take_out, cell.source)
    return _finished(notebook, kept)


def solution_notebook(lesson: Lesson) -> NotebookNode:
    """Return the exercises with their reference answers."""
    notebook = _solution_script(lesson)
    for cell in notebook.cells:
        lines = cell.source.splitlines()
        cell.source = "\n".join(line for line in lines if line.strip() not in (BEGIN, END))
    return _finished(notebook, notebook.cells)


def with_outputs(notebook: NotebookNode, stored: NotebookNode | None) -> NotebookNode:
    """Take over the stored outputs as long as the code up to them is the same."""
    old = [cell for cell in stored.cells if cell.cell_type == "code"] if stored else []
    new = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, before in zip(new, old, strict=False):
        if cell.source != before.source:
            break
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    return notebook


def tidy_outputs(notebook: NotebookNode) -> NotebookNode:
    """Drop what differs from run to run or can't be shown without a kernel: widgets, counters' gaps, metadata."""
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if not tags(cell):
            cell.metadata.pop("tags", None)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = [] if UNSTORED & set(tags(cell)) else _joined_streams(cell.outputs)
        if "borrowed" in tags(cell):
            cell.outputs = [_without_pictures(output) for output in cell.outputs]
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            if output.output_type == "error":
                output.traceback = [re.sub(r"In\[\d+\]", f"In[{count}]", line) for line in output.traceback]
    notebook.metadata = _node(METADATA)
    return notebook


def read(file: Path) -> NotebookNode | None:
    """Return a stored notebook, or None where there is none that can be read."""
    import nbformat

    try:
        return cast("NotebookNode", nbformat.read(str(file), as_version=4))
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError):
        return None


def parsed(text: str) -> NotebookNode:
    """Return a notebook from the text of its file."""
    import nbformat

    return cast("NotebookNode", nbformat.reads(text, as_version=4))


def to_text(notebook: NotebookNode) -> str:
    """Return the notebook as the text of its file."""
    import nbformat

    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=4)).rstrip("\n") + "\n"


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", ()))


def write(file: Path, text: str) -> None:
    """Write a file in one step, so that no reader ever sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def start_page(root: Path) -> Generated | None:
    """Return the start page, if the course has one."""
    source = root / "notebooks" / "00_start_here.py"
    if not source.is_file():
        return None
    file = source.with_suffix(".ipynb")
    stored = read(file)
    notebook = with_outputs(page_notebook(source), stored)
    shown = feedback.roadmap(catalog.phases(root), Summary(), "..")
    current = any(shown.text in _plain_outputs(cell) for cell in notebook.cells)
    return Generated(file, to_text(notebook), needs_run=not (_complete(notebook, stored) and current))


def _solution_script(lesson: Lesson) -> NotebookNode:
    catalog.solution_cells(lesson.solution_source)
    text = lesson.solution_source.read_text(encoding="utf-8")
    return _from_percent(HEADER.sub("", text, count=1).lstrip(), lesson.solution_source)


def _from_percent(text: str, source: Path) -> NotebookNode:
    import jupytext

    try:
        return cast("NotebookNode", jupytext.reads(text, fmt="py:percent"))
    except Exception as error:
        raise HandrailError(f"{source}: jupytext can't read it: {error}. See docs/lessons.md.") from error


def _take_out(found: re.Match[str]) -> str:
    indent = found["indent"]
    return indent + YOUR_CODE.format(indent=indent)


def _finished(notebook: NotebookNode, cells: list[NotebookNode]) -> NotebookNode:
    notebook.metadata = _node(METADATA)
    seen: dict[str, int] = {}
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        named = tags(cell)
        if UNSTORED & set(named) and IGNORED not in named:
            named.append(IGNORED)
        cell.metadata = _node({"tags": named} if named else {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.cells, notebook.nbformat, notebook.nbformat_minor = cells, 4, 5
    return notebook


def _complete(notebook: NotebookNode, stored: NotebookNode | None) -> bool:
    """Whether every code cell has been run: all have the count that a run from top to bottom gives."""
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    return stored is not None and counts == list(range(1, len(counts) + 1))


def _joined_streams(outputs: list[Any]) -> list[Any]:
    """Join neighboring pieces of one stream: how a kernel cuts them is chance."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last is not None and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _without_pictures(output: Any) -> Any:
    for kind in [kind for kind in output.get("data", {}) if kind.startswith("image/")]:
        del output.data[kind]
    return output


def _node(value: Any) -> Any:
    from nbformat import from_dict

    return from_dict(json.loads(json.dumps(value)))


def _plain_outputs(cell: NotebookNode) -> str:
    return "\n".join(str(output.get("data", {}).get("text/plain", "")) for output in cell.get("outputs", ()))
