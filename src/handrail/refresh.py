"""Bring the generated notebooks up to date: write what is stale, run the lessons whose code changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from handrail import build, execute
from handrail.build import Generated
from handrail.model import Lesson


def refresh(
    root: Path, lessons: Sequence[Lesson], *, everything: bool = False, start_page: bool = True
) -> Iterator[str]:
    """Write stale notebooks and yield a line for each; lines that begin with FAILED say what didn't run."""
    parts = [one for lesson in lessons for one in build.generated(lesson)]
    page = build.start_page(root) if start_page else None
    parts += [page] if page else []
    to_run = [one for one in parts if one.needs_run or (everything and one.file.is_relative_to(root / "notebooks"))]
    for one in parts:
        if one.stale and one not in to_run:
            build.write(one.file, one.text)
            yield f"wrote {one.file.relative_to(root)}"
    jobs = [execute.Job(str(one.file), one.text, _folder(one)) for one in to_run]
    for run in execute.run_all(jobs) if jobs else ():
        name = Path(run.name).relative_to(root)
        if run.error:
            yield f"FAILED {name}: {run.error}"
            continue
        build.write(Path(run.name), run.text)
        yield f"ran {name} ({run.seconds:.1f} s, {run.peak_mb:.0f} MB)"


def stale(lessons: Sequence[Lesson]) -> list[str]:
    """Return the notebooks that differ from what their sources say."""
    return [str(one.file) for lesson in lessons for one in build.generated(lesson) if one.stale]


def _folder(one: Generated) -> Path:
    one.file.parent.mkdir(parents=True, exist_ok=True)
    return one.file.parent
