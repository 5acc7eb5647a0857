"""What a person sees: from the start page to an exercise, a wrong answer, a right one, and the progress it makes."""

import json

import pytest

from .conftest import TOKEN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WRONG = """def parse_duration(text):
    return int(text.removesuffix("min").replace("h", ""))
"""
RIGHT = """def parse_duration(text):
    hours, found, minutes = text.removesuffix("min").partition("h")
    return 60 * int(hours) + int(minutes or 0) if found else int(hours)
"""
TEXT_AND_PAPER = """box => {
    let paper = box
    while (getComputedStyle(paper).backgroundColor === "rgba(0, 0, 0, 0)") paper = paper.parentElement
    return [getComputedStyle(box).color, getComputedStyle(paper).backgroundColor]
}"""


def test_a_learner_goes_from_the_start_page_to_a_right_answer(page, lab, course, keep):
    open_start_page(page, lab)
    run_cell_with(page, "progress()")
    page.get_by_text("Your way through the course").last.wait_for()
    keep("1_start_page")

    page.get_by_role("link", name="its exercises").last.click()
    exercise(page).wait_for()
    run_all(page)
    result(page, "parse_duration: Not attempted yet")
    keep("2_exercises_opened_from_the_start_page")

    answer(page, WRONG)
    result(page, "parse_duration: Not yet right")
    assert active(page).get_by_text("read what was left as one number").first.is_visible()
    keep("3_a_wrong_answer")

    answer(page, RIGHT)
    result(page, "parse_duration: Right")
    keep("4_the_right_answer")

    open_start_page(page, lab)
    run_cell_with(page, "progress()")
    page.get_by_text("1 of 5 right").last.wait_for()
    keep("5_progress_after_a_reload")
    assert '"outcome": "pass"' in (course / "work/progress.jsonl").read_text(encoding="utf-8")


def test_feedback_can_be_read_in_the_dark_theme(page, lab, keep):
    page.goto(f"{lab}/lab/tree/work/01_fundamentals/01_python_essentials.ipynb?token={TOKEN}&reset")
    exercise(page).wait_for()
    run_all(page)
    result(page, "parse_duration")
    menu(page, "Settings", "Theme", "JupyterLab Dark")
    page.wait_for_function("getComputedStyle(document.body).getPropertyValue('--jp-layout-color1').trim() !== 'white'")
    box = active(page).locator("section[role=status]").first
    keep("6_dark_theme")
    assert contrast(*box.evaluate(TEXT_AND_PAPER)) > 7


def open_start_page(page, lab):
    page.goto(f"{lab}/lab/tree/notebooks/00_start_here.ipynb?token={TOKEN}&reset")
    active(page).get_by_role("heading", name="Start here").wait_for()
    idle(page)


def active(page):
    """Return the notebook that is in front."""
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")


def idle(page):
    """Wait until the kernel has started and nothing runs."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    active(page).locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()


def run_all(page):
    idle(page)
    menu(page, "Run", "Run All Cells")
    idle(page)


def menu(page, *names):
    page.get_by_role("menuitem", name=names[0], exact=True).first.click()
    for name in names[1:]:
        page.locator(".lm-Menu-item", has_text=name).first.click()


def run_cell_with(page, text):
    """Click into the code cell that has this text, and press Shift+Enter."""
    cell = active(page).locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text)).first
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def exercise(page):
    """Return the editor of the exercise's function."""
    return active(page).locator(".jp-CodeCell .cm-content", has_text="def parse_duration").first


def answer(page, code):
    """Replace the exercise's function as a person would, and run it and its check."""
    exercise(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    idle(page)


def result(page, text):
    active(page).locator("section[role=status]", has_text=text).first.wait_for()


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colors as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    channels = json.loads("[" + color[color.index("(") + 1 : -1] + "]")[:3]
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
