"""Run notebooks with papermill, several at once, and measure them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from handrail import build
from handrail.model import Lesson

if TYPE_CHECKING:
    from nbformat import NotebookNode

ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
        "RAYON_NUM_THREADS",
        "POLARS_MAX_THREADS",
    )
}
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "DO_NOT_TRACK": "1"}
PAPERMILL_NOTE = "papermill-error-cell-tag"
BEGAN = "import time as _t; _began = _t.perf_counter()"
MEASURE = """\
import json as _j, os as _o, pathlib as _p, resource as _r, sys as _s
_used = _r.getrusage(_r.RUSAGE_SELF)
_own = _p.Path("/proc/self/status")  # Linux's ru_maxrss may be that of the process which started this one
_peak = (int(_own.read_text().split("VmHWM:")[1].split()[0]) / 2**10 if _own.exists() else
    _used.ru_maxrss / (2**20 if _s.platform == "darwin" else 2**10)) - float(_o.environ.get("HANDRAIL_INHERITED_MB", 0))
_p.Path({file!r}).write_text(_j.dumps(dict(seconds=round(_t.perf_counter() - _began, 1), peak_mb=round(_peak),
    cpu_seconds=round(_used.ru_utime + _used.ru_stime, 1))))
"""
BUDGET = """\
assert _peak <= {memory_mb}, f"{{_peak:.0f}} MB; the budget in the lesson's header is {memory_mb:.0f}"
assert _used.ru_utime + _used.ru_stime <= {seconds}, "more CPU seconds than the budget in the lesson's header"
"""


@dataclass(frozen=True)
class Job:
    """A notebook to run: its text, the folder it runs in, and what it finds in its environment."""

    name: str
    text: str
    folder: Path
    environment: tuple[tuple[str, str], ...] = ()
    seconds: int = 600


@dataclass(frozen=True)
class Run:
    """What became of a job: the executed notebook, or the error with the cell that raised it."""

    name: str
    text: str = ""
    error: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


def run_all(jobs: Sequence[Job], workers: int | None = None) -> Iterator[Run]:
    """Run notebooks side by side, each with one numerical thread; yield each as it ends."""
    workers = min(workers or os.cpu_count() or 1, len(jobs)) or 1
    if workers == 1:
        yield from map(run_one, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run_one, job) for job in jobs]):
            yield future.result()


def run_one(job: Job) -> Run:
    """Run one notebook in a kernel of its own."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    with tempfile.TemporaryDirectory() as scratch, surroundings(dict(job.environment)):
        source, target, measures = (Path(scratch) / name for name in ("in.ipynb", "out.ipynb", "measures.json"))
        notebook = without_widgets(measured(job.text, measures))
        source.write_text(build.to_text(notebook), encoding="utf-8")
        try:
            papermill.execute_notebook(
                str(source),
                str(target),
                cwd=str(job.folder),
                kernel_name="python3",
                progress_bar=False,
                execution_timeout=job.seconds,
            )
        except PapermillExecutionError as error:
            if not _on_purpose(source, error.cell_index):
                return Run(job.name, error=f"cell {error.cell_index}: {error.ename}: {error.evalue}\n{error.source}")
        except Exception as error:
            return Run(job.name, error=f"{type(error).__name__}: {error}")
        numbers = json.loads(measures.read_text()) if measures.is_file() else {}
        executed = build.read(target)
    if executed is None:
        return Run(job.name, error="papermill wrote no notebook")
    executed.cells = [cell for cell in executed.cells if PAPERMILL_NOTE not in build.tags(cell)][1:-1]
    for cell, written in zip(executed.cells, build.parsed(job.text).cells, strict=True):
        cell.source = written.source
    return Run(job.name, build.to_text(build.tidy_outputs(executed)), **numbers)


@contextmanager
def surroundings(further: dict[str, str]) -> Iterator[None]:
    """Set what a kernel finds in its environment; afterwards this process has its own back."""
    before = dict(os.environ)
    os.environ.update(ONE_THREAD | OFFLINE | {"HANDRAIL_PROGRESS": "off"} | further)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _on_purpose(source: Path, cell: int) -> bool:
    """Whether the last cell that raised is tagged for it; papermill tells of it all the same, after the last cell."""
    notebook = build.read(source)
    return notebook is not None and "raises-exception" in build.tags(notebook.cells[cell])


def measured(text: str, file: Path) -> NotebookNode:
    """Return the notebook with a first and a last cell that measure it; they leave no output."""
    from nbformat import v4

    notebook = build.parsed(text)
    ignored = {"tags": [build.IGNORED]}
    first = v4.new_code_cell(BEGAN, metadata=ignored, id="handrail-began")
    last = v4.new_code_cell(MEASURE.format(file=str(file)), metadata=ignored, id="handrail-measure")
    notebook.cells = [first, *notebook.cells, last]
    return notebook


def without_widgets(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with its interactive cells empty: no output of theirs is stored, and nbval runs them.

    nbclient, under papermill, sometimes waits for a message of `interact` that never comes, until the time is up.
    """
    for cell in notebook.cells:
        if "widget" in build.tags(cell):
            cell.source = ""
    return notebook


def proof_notebook(lesson: Lesson) -> NotebookNode:
    """Return the stored lesson with its claims, for nbval: what is stored must be what a fresh run prints."""
    stored = build.read(lesson.notebook)
    notebook = build.with_outputs(build.lesson_notebook(lesson, claims=True), stored)
    measures = lesson.root / ".proof" / f"{lesson.path}.json"
    proof = measured(build.to_text(notebook), measures)
    proof.cells[-1].source += BUDGET.format(seconds=lesson.seconds, memory_mb=lesson.memory_mb)
    return proof
