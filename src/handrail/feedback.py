"""What a learner sees: a result, a hint, a solution, the roadmap. Rich in a notebook, plain in a terminal."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from handrail.model import Exercise, Lesson, Outcome, Phase, Result, Standing, Summary

MARKS = {
    Outcome.PASS: ("✓", "Right", "var(--jp-success-color1, #2e7d32)"),
    Outcome.FAIL: ("✗", "Not yet right", "var(--jp-error-color1, #c62828)"),
    Outcome.EXCEPTION: ("!", "Your function stopped with an exception", "var(--jp-warn-color1, #b26a00)"),
    Outcome.UNATTEMPTED: ("○", "Not attempted yet", "var(--jp-info-color1, #0277bd)"),
    Outcome.BROKEN: ("?", "The check is broken", "var(--jp-layout-color4, #616161)"),
}
TEXT = "var(--jp-ui-font-color1, #212121)"
FAINT = "var(--jp-ui-font-color2, #616161)"
PAPER = "var(--jp-layout-color2, #f5f5f5)"
LINE = "var(--jp-border-color2, #e0e0e0)"
INFO = MARKS[Outcome.UNATTEMPTED][2]


@dataclass(frozen=True)
class Panel:
    """A value with two faces: HTML for a notebook, text for a terminal."""

    text: str
    html: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True, repr=False)
class Feedback(Result):
    """A result that shows itself."""

    title: str = ""
    headline: str = ""
    notice: str = ""

    def __repr__(self) -> str:
        return _plain(self)

    def _repr_html_(self) -> str:
        return _rich(self)


def of(result: Result, *, exercise: Exercise | None = None, headline: str = "", notice: str = "") -> Feedback:
    """Return the result as a value that shows itself."""
    values = {field.name: getattr(result, field.name) for field in fields(Result)}
    return Feedback(**values, title=exercise.title if exercise else "", headline=headline, notice=notice)


def sentence(headline: str, text: str) -> Panel:
    """Return one sentence under a headline."""
    return Panel(f"{headline}\n{text}", _box(INFO, "i", headline, f"<p style='margin:0'>{_prose(text)}</p>"))


def hints(exercise: Exercise, texts: Sequence[str], shown: int, notice: str = "") -> Panel:
    """Return the first `shown` hints."""
    name = exercise.name
    rest = len(texts) - shown
    after = (
        f"Run `hint({name})` again for the next one."
        if rest
        else f"That was the last. `solution({name})` shows the answer."
    )
    if not texts:
        return sentence(name, "This exercise has no hints.")
    lines = [f"{i}. {text}" for i, text in enumerate(texts[:shown], start=1)]
    items = "".join(f"<li style='margin:.2em 0'>{_prose(text)}</li>" for text in texts[:shown])
    body = f"<ol style='margin:.2em 0;padding-left:1.6em'>{items}</ol>{_small(after)}{_small(notice)}"
    headline = f"Hint {shown} of {len(texts)} for {exercise.title or name}"
    return Panel("\n".join([headline, *lines, after, *([notice] if notice else [])]), _box(INFO, "i", headline, body))


def solution(exercise: Exercise, code: str, explanation: str, notice: str = "") -> Panel:
    """Return the reference answer with its explanation."""
    headline = f"A solution of {exercise.title or exercise.name}"
    paragraphs = "".join(f"<p style='margin:.5em 0'>{_prose(part)}</p>" for part in explanation.split("\n\n") if part)
    body = f"{_code(code)}{paragraphs}{_small(notice)}"
    text = "\n\n".join(filter(None, [headline, code, explanation, notice]))
    return Panel(text, _box(INFO, "i", headline, body))


def roadmap(phases: Iterable[Phase], summary: Summary, here: str = ".") -> Panel:
    """Return phases and lessons with minutes, prerequisites and the learner's standing, and one next step."""
    phases = [phase for phase in phases if phase.lessons]
    lessons = [lesson for phase in phases for lesson in phase.lessons]
    step = next_step(lessons, summary)
    done = sum(s.passed for s in _standings(lessons, summary))
    total = sum(len(lesson.exercises) for lesson in lessons)
    count = f"{done} of {total} exercises are right."
    damaged = _damaged(summary)
    text = "\n".join(
        [count, *(line for phase in phases for line in _phase_lines(phase, summary)), _step_text(step), damaged]
    ).strip()
    tables = "".join(_phase_table(phase, summary, here, step) for phase in phases)
    body = f"{_step_html(step, here)}<p style='margin:.4em 0'>{count}</p>{tables}{_small(damaged)}"
    return Panel(text, _box(INFO, "→", "Your way through the course", body, role="region"))


def next_step(lessons: Sequence[Lesson], summary: Summary) -> Lesson | None:
    """Return the lesson to go on with: one that was begun, else the first whose needs are met, else the first open."""
    open_lessons = [x for x in lessons if not _finished(x, summary)]
    known = {x.path: x for x in lessons}
    ready = [x for x in open_lessons if all(_finished(known[need], summary) for need in x.needs if need in known)]
    begun = [x for x in ready if any(s.checks for s in _standings([x], summary))]
    return next(iter(begun or ready or open_lessons), None)


def _finished(lesson: Lesson, summary: Summary) -> bool:
    return all(standing.passed for standing in _standings([lesson], summary))


def _standings(lessons: Iterable[Lesson], summary: Summary) -> list[Standing]:
    names = [exercise.name for lesson in lessons for exercise in lesson.exercises]
    return [summary.standings.get(name, Standing(name)) for name in names]


def _damaged(summary: Summary) -> str:
    if not summary.damaged:
        return ""
    lines = "1 line" if summary.damaged == 1 else f"{summary.damaged} lines"
    return f"{lines} of work/progress.jsonl could not be read and was skipped."


def _phase_lines(phase: Phase, summary: Summary) -> list[str]:
    lines = ["", phase.title]
    for lesson in phase.lessons:
        done = sum(s.passed for s in _standings([lesson], summary))
        lines.append(f"  [{done}/{len(lesson.exercises)}] {lesson.title} ({_minutes(lesson)}) {lesson.path}")
    return lines


def _minutes(lesson: Lesson) -> str:
    return f"{lesson.minutes} + {lesson.exercise_minutes} min"


def _step_text(step: Lesson | None) -> str:
    return f"\nNext: {step.title} ({step.path})" if step else "\nEvery exercise is right. Well done."


def _step_html(step: Lesson | None, here: str) -> str:
    if step is None:
        return "<p style='margin:.4em 0'><b>Every exercise is right. Well done.</b></p>"
    return (
        f"<p style='margin:.4em 0;font-size:1.1em'><b>Next:</b> {_link(step, here)}, then "
        f"<a href='{here}/work/{step.path}.ipynb'>its exercises</a>.</p>"
    )


def _link(lesson: Lesson, here: str) -> str:
    return f"<a href='{here}/notebooks/{lesson.path}.ipynb'>{html.escape(lesson.title)}</a>"


def _phase_table(phase: Phase, summary: Summary, here: str, step: Lesson | None) -> str:
    cell = "style='text-align:left;padding:.25em .8em .25em 0;vertical-align:top'"
    head = "".join(
        f"<th scope='col' {cell}>{name}</th>"
        for name in ("Lesson", "Minutes (lesson + exercises)", "Needs", "Exercises")
    )
    rows = "".join(_lesson_row(lesson, summary, here, cell, lesson == step) for lesson in phase.lessons)
    return (
        f"<table style='border-collapse:collapse;margin:.6em 0;width:100%;color:{TEXT};background:transparent'>"
        f"<caption style='text-align:left;font-weight:600;color:{TEXT}'>{html.escape(phase.title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _lesson_row(lesson: Lesson, summary: Summary, here: str, cell: str, is_next: bool) -> str:
    standings = _standings([lesson], summary)
    marks = "".join("●" if s.passed else "◐" if s.checks else "○" for s in standings)
    done = sum(s.passed for s in standings)
    needs = ", ".join(_short(need) for need in lesson.needs) or "nothing"
    number = lesson.path.split("/")[1][:2]
    exercises = (
        f"<a href='{here}/work/{lesson.path}.ipynb'>{done} of {len(standings)} right</a> "
        f"<span aria-hidden='true'>{marks}</span>"
    )
    mark = " <b>← next</b>" if is_next else ""
    columns = [
        f"{number}. {_link(lesson, here)}{mark}",
        f"{lesson.minutes} + {lesson.exercise_minutes}",
        needs,
        exercises,
    ]
    return "<tr>" + "".join(f"<td {cell}>{column}</td>" for column in columns) + "</tr>"


def _short(path: str) -> str:
    phase, _, name = path.partition("/")
    return html.escape(f"{phase[:2].lstrip('0')}.{name[:2]} {name[3:].replace('_', ' ')}")


def _plain(result: Feedback) -> str:
    mark, verdict, _ = MARKS[result.outcome]
    lines = [f"{mark} {result.exercise or 'check'}: {result.headline or verdict}"]
    if result.outcome is not Outcome.UNATTEMPTED:
        lines += [result.diagnosis] * bool(result.diagnosis) + [result.message] * bool(result.message)
    for name, value in _details(result):
        lines += [f"{name}:", textwrap.indent(value, "    ")]
    lines += [after] if (after := _after(result)) else []
    lines += [result.notice] if result.notice else []
    return "\n".join(lines)


def _details(result: Feedback) -> list[tuple[str, str]]:
    """Return the parts of a result that are shown as code, each with its name."""
    pairs = [
        ("Smallest input found" if result.outcome is Outcome.FAIL else "On this input", result.counterexample),
        ("Expected", result.expected),
        ("Returned", result.returned),
        ("In your code", "\n".join(result.trace)),
        ("Printed", result.printed.rstrip() if not result.passed else ""),
    ]
    return [(name, value) for name, value in pairs if value]


def _after(result: Feedback) -> str:
    """Return what to do next, in a sentence."""
    name = result.exercise
    if result.outcome is Outcome.UNATTEMPTED:
        return f"Replace `raise NotImplementedError()` by your answer, then run the check again. `hint({name})` helps."
    if result.outcome in (Outcome.FAIL, Outcome.EXCEPTION):
        return f"Try the input yourself in a cell of your own; `hint({name})` gives a hint."
    return ""


def _rich(result: Feedback) -> str:
    mark, verdict, color = MARKS[result.outcome]
    body = ""
    if result.diagnosis:
        body += f"<p style='margin:.3em 0;font-weight:600'>{_prose(result.diagnosis)}</p>"
    if result.message and result.outcome is not Outcome.UNATTEMPTED:
        body += f"<p style='margin:.3em 0'>{_prose(result.message)}</p>"
    body += _detail_html(_details(result)) + _small(_after(result)) + _small(result.notice)
    name = f"<code style='color:inherit;background:transparent'>{html.escape(result.exercise or 'check')}</code>"
    return _box(color, mark, f"{name}: {html.escape(result.headline or verdict)}", body, trusted=True)


def _detail_html(details: list[tuple[str, str]]) -> str:
    """Return the parts as HTML: expected and returned side by side, the rest below one another."""
    sides = [pair for pair in details if pair[0] in ("Expected", "Returned")]
    parts = [_detail(*pair) for pair in details if pair not in sides]
    if sides:
        columns = "".join(f"<div style='flex:1 1 16em;min-width:0'>{_detail(*pair)}</div>" for pair in sides)
        at = 1 if details[0] not in sides else 0
        parts.insert(at, f"<div style='display:flex;flex-wrap:wrap;gap:0 1em'>{columns}</div>")
    return "".join(parts)


def _detail(name: str, value: str) -> str:
    return f"<div style='color:{FAINT};font-size:.9em;margin-top:.5em'>{html.escape(name)}</div>{_code(value)}"


def _code(value: str) -> str:
    return (
        f"<pre tabindex='0' style='margin:.15em 0;padding:.4em .7em;background:{PAPER};color:{TEXT};overflow:auto;"
        f"max-height:22em;border-radius:3px;white-space:pre'>{html.escape(value)}</pre>"
    )


def _small(value: str) -> str:
    return f"<p style='margin:.6em 0 0;color:{FAINT};font-size:.92em'>{_prose(value)}</p>" if value else ""


def _box(color: str, mark: str, headline: str, body: str, *, role: str = "status", trusted: bool = False) -> str:
    label = html.escape(html.unescape(re.sub(r"<[^>]+>", "", headline)) if trusted else headline, quote=True)
    shown = headline if trusted else _prose(headline)
    return (
        f"<section role='{role}' aria-label=\"{label}\" style='border-left:4px solid {color};padding:.5em .9em;"
        f"margin:.3em 0;max-width:56em;color:{TEXT};line-height:1.45'>"
        f"<div style='font-weight:600;font-size:1.05em'>"
        f"<span aria-hidden='true' style='color:{color};margin-right:.5em'>{mark}</span>{shown}</div>{body}</section>"
    )


def _prose(text: str) -> str:
    """Escape text, and set its `code`, *emphasis* and **strong** parts."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code style='color:inherit;background:{PAPER};padding:0 .2em'>{html.escape(part[1:-1])}</code>"
        if len(part) > 2 and part.startswith("`") and part.endswith("`")
        else re.sub(
            r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])",
            r"<em>\1</em>",
            re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html.escape(part)),
        )
        for part in parts
    )
