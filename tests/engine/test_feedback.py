"""What a learner sees, with hostile text in it, without colors, in the dark, and read aloud."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from handrail import catalog, feedback
from handrail.model import Exercise, Lesson, Outcome, Phase, Result, Standing, Summary

HOSTILE = "<script>alert('x')</script> & \"quoted\" </pre><img src=x onerror=alert(1)>"
SHARE = Exercise("share", "01_basics/01_numbers", "Share")
VOID = {"br", "img", "hr", "input"}


class Page(HTMLParser):
    """The tags, texts and attributes of a piece of HTML; refuses tags that don't match."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.attributes: list[tuple[str, str]] = []
        self.feed(source)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def value(self, name: str) -> str:
        return next(value for key, value in self.attributes if key == name)


def wrong(**more: Any) -> Result:
    values: dict[str, Any] = {
        "message": "The result should be 1, not 2.",
        "counterexample": "share(1, 1)",
        "expected": "1",
        "returned": "2",
        "diagnosis": "You returned **percent**, `100 *` too much.",
        "mistake": "percent",
        "printed": "a line\n",
    }
    return Result("share", Outcome.FAIL, **(values | more))


EVERY = [
    wrong(),
    Result("share", Outcome.PASS),
    Result("share", Outcome.UNATTEMPTED, "Not attempted yet."),
    Result("share", Outcome.EXCEPTION, "KeyError: 'a'", counterexample="share(1, 2)", trace=("line 3: x", "line 4: y")),
    Result("share", Outcome.BROKEN, "The check itself crashed (x.py:3: KeyError: 1)."),
]


@pytest.mark.parametrize("result", EVERY, ids=lambda result: result.outcome.value)
def test_every_outcome_has_two_complete_faces(result: Result) -> None:
    shown = feedback.of(result, exercise=SHARE, notice="Your progress can't be saved.")
    page, text = Page(shown._repr_html_()), repr(shown)
    parts = [result.counterexample, result.expected, result.returned, *result.trace, "Your progress can't be saved."]
    parts += [result.message] if result.outcome is not Outcome.UNATTEMPTED else []
    for part in parts:
        assert part in page.words
        assert part in text
    assert page.value("role") == "status"
    assert page.value("aria-label").startswith("share: ")
    assert page.value("aria-label").removeprefix("share: ") in text


@pytest.mark.parametrize("result", EVERY, ids=lambda result: result.outcome.value)
def test_the_verdict_is_a_word_and_the_colors_are_those_of_the_theme(result: Result) -> None:
    source = feedback.of(result, exercise=SHARE)._repr_html_()
    verdict = {
        Outcome.PASS: "Right",
        Outcome.FAIL: "Not yet right",
        Outcome.EXCEPTION: "Your function stopped with an exception",
        Outcome.UNATTEMPTED: "Not attempted yet",
        Outcome.BROKEN: "The check is broken",
    }[result.outcome]
    assert verdict in Page(source).words
    for color in re.findall(r"(?<!-)(?:color|background):([^;']+)", source):
        assert color.startswith("var(--jp-") or color in ("inherit", "transparent"), color


def test_the_learner_reads_the_diagnosis_before_the_message() -> None:
    shown = feedback.of(wrong(), exercise=SHARE)
    assert repr(shown).splitlines()[:3] == [
        "✗ share: Not yet right",
        "You returned **percent**, `100 *` too much.",
        "The result should be 1, not 2.",
    ]
    source = shown._repr_html_()
    assert "<strong>percent</strong>" in source
    assert re.search(r"<code [^>]*>100 \*</code>", source)


def test_the_terminal_shows_everything_in_order() -> None:
    names = re.findall(r"^(\w[\w ]*):$", repr(feedback.of(wrong(), exercise=SHARE)), re.MULTILINE)
    assert names == ["Smallest input found", "Expected", "Returned", "Printed"]


def test_what_a_right_answer_printed_is_not_shown() -> None:
    assert "noise" not in repr(feedback.of(Result("share", Outcome.PASS, printed="noise")))


@pytest.mark.parametrize("part", ["message", "counterexample", "expected", "returned", "diagnosis", "printed"])
def test_hostile_text_is_shown_as_text(part: str) -> None:
    page = Page(feedback.of(wrong(**{part: HOSTILE}), exercise=SHARE)._repr_html_())
    assert not {"script", "img"} & set(page.tags)
    assert HOSTILE in page.words


def test_hostile_traces_notices_headlines_and_names_are_shown_as_text() -> None:
    result = Result("<lambda>", Outcome.BROKEN, "x", trace=(HOSTILE,))
    page = Page(feedback.of(result, headline=HOSTILE, notice=HOSTILE)._repr_html_())
    assert not {"script", "img", "lambda"} & set(page.tags)
    assert page.words.count(HOSTILE) == 3
    assert page.value("aria-label") == f"<lambda>: {HOSTILE}"


def test_hostile_titles_hints_and_explanations_are_shown_as_text() -> None:
    exercise = Exercise("share", "x", HOSTILE)
    for panel in (
        feedback.hints(exercise, [HOSTILE, "b", "c"], 1, notice=HOSTILE),
        feedback.solution(exercise, HOSTILE, HOSTILE, notice=HOSTILE),
        feedback.sentence(HOSTILE, HOSTILE),
    ):
        page = Page(panel._repr_html_())
        assert not {"script", "img"} & set(page.tags)
        assert HOSTILE in page.words
        assert HOSTILE in repr(panel)
        assert HOSTILE in page.value("aria-label")


def test_code_inside_of_prose_is_never_cut_open() -> None:
    page = Page(feedback.sentence("x", "Use `a < b` and *not* `a * b * c`, or 2 * 3 * 4, or **both**.")._repr_html_())
    assert page.tags.count("code") == 2
    assert page.tags.count("em") == 1
    assert page.tags.count("strong") == 1
    assert "2 * 3 * 4" in page.words


def test_hints_come_one_by_one() -> None:
    texts = ["gentle", "telling", "almost"]
    assert repr(feedback.hints(SHARE, texts, 1)).splitlines() == [
        "Hint 1 of 3 for Share",
        "1. gentle",
        "Run `hint(share)` again for the next one.",
    ]
    last = repr(feedback.hints(SHARE, texts, 3))
    assert "3. almost" in last
    assert "That was the last. `solution(share)` shows the answer." in last
    assert "no hints" in repr(feedback.hints(SHARE, [], 0))


def test_a_solution_is_code_and_paragraphs() -> None:
    panel = feedback.solution(SHARE, "def share():\n    return a < b", "First.\n\nSecond.")
    assert Page(panel._repr_html_()).tags.count("p") == 2
    assert repr(panel) == "A solution of Share\n\ndef share():\n    return a < b\n\nFirst.\n\nSecond."


# The roadmap


def a_lesson(number: int, *exercises: str, needs: tuple[str, ...] = ()) -> Lesson:
    path = f"01_basics/0{number}_lesson"
    made = tuple(Exercise(name, path) for name in exercises)
    return Lesson(path, f"Lesson {number}", Path("/"), 10, 20, needs, exercises=made)


ONE = a_lesson(1, "a", "b")
TWO = a_lesson(2, "c", needs=(ONE.path,))
THREE = a_lesson(3, "d", needs=("01_basics/00_not_there",))
ALL = [ONE, TWO, THREE]


def standing(**passed: bool) -> Summary:
    return Summary({name: Standing(name, passed=right, checks=1) for name, right in passed.items()})


@pytest.mark.parametrize(
    ("summary", "step"),
    [
        (Summary(), ONE),
        (standing(a=True), ONE),
        (standing(a=True, b=True), TWO),
        (standing(d=False), THREE),
        (standing(c=False), ONE),
        (standing(a=True, b=True, d=False), THREE),
        (standing(a=True, b=True, c=True), THREE),
        (standing(a=True, b=True, c=True, d=True), None),
    ],
    ids=["nothing", "begun", "needs met", "begun elsewhere", "begun too early", "begun first", "last", "done"],
)
def test_there_is_one_clear_next_step(summary: Summary, step: Lesson | None) -> None:
    assert feedback.next_step(ALL, summary) == step


def test_where_no_needs_are_met_the_first_open_lesson_is_next() -> None:
    circle = [a_lesson(1, "a", needs=("01_basics/02_lesson",)), a_lesson(2, "b", needs=("01_basics/01_lesson",))]
    assert feedback.next_step(circle, Summary()) == circle[0]


def test_a_lesson_without_exercises_is_never_next() -> None:
    assert feedback.next_step([a_lesson(1), ONE], Summary()) == ONE


def test_the_roadmap_shows_lessons_minutes_needs_progress_and_links(miniature: Path) -> None:
    summary = standing(share=True, count_down=False)
    panel = feedback.roadmap(catalog.phases(miniature), summary, "../..")
    page = Page(panel._repr_html_())
    assert page.value("role") == "region"
    assert {"table", "caption", "th"} <= set(page.tags)
    for words in (
        "First steps",
        "Count and share",
        "5 + 15",
        "1 of 3 right",
        "1.01 numbers",
        "1 of 8 exercises are right.",
    ):
        assert words in page.words
    links = [value for name, value in page.attributes if name == "href"]
    assert links[0] == "../../notebooks/01_basics/01_numbers.ipynb"
    assert "../../work/01_basics/02_arrays.ipynb" in links
    assert "●◐○" in page.words
    text = repr(panel)
    assert "[1/3] Count and share (5 + 15 min) 01_basics/01_numbers" in text
    assert "Next: Count and share (01_basics/01_numbers)" in text


def test_the_roadmap_says_when_all_is_done_and_what_was_damaged() -> None:
    phase = Phase("01_basics", HOSTILE, (ONE,))
    panel = feedback.roadmap(
        [phase, Phase("02_empty", "Empty", ())], Summary(standing(a=True, b=True).standings, damaged=2)
    )
    page = Page(panel._repr_html_())
    for words in (
        "Every exercise is right. Well done.",
        "2 lines of work/progress.jsonl could not be read and was skipped.",
    ):
        assert words.split(" could")[0] in page.words
        assert words.split(" could")[0] in repr(panel)
    assert HOSTILE in page.words
    assert "Empty" not in page.words
    assert "1 line of work" in repr(feedback.roadmap([phase], Summary(damaged=1)))
