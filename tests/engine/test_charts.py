"""What is read from a figure is what it shows, whichever functions drew it."""

import copy
from collections.abc import Callable, Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text

from handrail.kit import charts
from handrail.kit.charts import Plan, plan_of, sheltered

LENGTHS = [3.0, 9.0, 4.0]


@pytest.fixture
def ax() -> Iterator[Axes]:
    with sheltered():
        yield plt.figure().add_subplot()


def thick_lines(ax: Axes) -> None:
    for at, length in enumerate(LENGTHS):
        ax.plot([0, length], [at, at], linewidth=9, solid_capstyle="butt")


def polygons(ax: Axes) -> None:
    for at, length in enumerate(LENGTHS):
        ax.add_patch(Polygon([(0, at - 0.3), (length, at - 0.3), (length, at + 0.3), (0, at + 0.3)]))
    ax.autoscale_view()


def filled(ax: Axes) -> None:
    for at, length in enumerate(LENGTHS):
        ax.fill_betweenx([at - 0.3, at + 0.3], 0, length)


DRAWN = [
    lambda ax: ax.barh(range(3), LENGTHS),
    lambda ax: ax.barh(range(3), LENGTHS, fill=False),
    lambda ax: ax.hlines(range(3), 0, LENGTHS, linewidth=9),
    lambda ax: ax.broken_barh([(0, 3)], (-0.4, 0.8)) and ax.barh([1, 2], LENGTHS[1:]),
    thick_lines,
    polygons,
    filled,
]


@pytest.mark.parametrize("draw", DRAWN)
def test_a_bar_is_a_bar_whatever_drew_it(draw: Callable[[Axes], object], ax: Axes) -> None:
    draw(ax)
    found = charts.bars(ax)
    assert [round(bar.data[0], 6) for bar in found] == [0, 0, 0]
    assert [round(bar.data[2], 6) for bar in found] == LENGTHS
    assert [round((bar.data[1] + bar.data[3]) / 2, 6) for bar in found] == [0, 1, 2]
    assert all(bar.pixels[3] - bar.pixels[1] > charts.THINNEST_BAR for bar in found)


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: ax.plot(LENGTHS, range(3), "o"),
        lambda ax: ax.scatter(LENGTHS, range(3)),
        lambda ax: ax.hlines(range(3), 0, LENGTHS),
        lambda ax: ax.barh(range(3), LENGTHS, visible=False),
        lambda ax: ax.barh(range(3), LENGTHS, alpha=0),
        lambda ax: ax.barh(range(3), LENGTHS, color="white"),
        lambda ax: ax.fill_betweenx([0, 1], 0, 3, color="#fefefe"),
    ],
)
def test_dots_thin_lines_and_invisible_bars_are_no_bars(draw: Callable[[Axes], object], ax: Axes) -> None:
    draw(ax)
    assert charts.bars(ax) == []


@pytest.mark.parametrize(("color", "left"), [("white", []), ("#fefefe", []), ("none", [3.0, 9.0]), ("red", [10.0])])
def test_what_is_drawn_over_a_bar_hides_it(color: str, left: list[float], ax: Axes) -> None:
    ax.barh([0, 1], [3, 9])
    ax.axvspan(0, 10, color=color, zorder=5)
    assert [round(bar.data[2], 6) for bar in charts.bars(ax)] == left


def test_a_bar_shines_through_what_is_transparent_or_shorter(ax: Axes) -> None:
    ax.barh([0, 1], [3, 9])
    ax.barh([0, 1], [3, 8.5], color="white", edgecolor="black")
    ax.axvspan(0, 10, color="white", alpha=0.5)
    assert [round(bar.data[2], 6) for bar in charts.bars(ax)] == [9, 3, 8.5]


def test_thick_white_lines_are_no_bars(ax: Axes) -> None:
    ax.hlines([0, 1], 0, [3, 9], linewidth=9, colors="white")
    assert charts.bars(ax) == []


def test_a_thick_line_of_no_length_is_a_bar_of_no_length(ax: Axes) -> None:
    ax.hlines([0, 1], 0, [0, 4], linewidth=9)
    ax.vlines([0, 1], 0, [0, 4], linewidth=9)
    level, _, upright, _ = charts.bars(ax)
    assert level.data[0] == pytest.approx(0) and level.data[2] == pytest.approx(0) and level.data[1] < -0.01
    assert upright.data[1] == pytest.approx(0) and upright.data[3] == pytest.approx(0) and upright.data[0] < -0.01


def test_strokes_come_as_drawn_the_one_on_top_last(ax: Axes) -> None:
    ax.plot([0, 1, np.nan, 2, 3], [0, 1, 5, 2, 3], color="red", zorder=5)
    ax.hlines([7], 0, 1, color="0.8", zorder=3)
    ax.plot([1, 2], [1, 2], "o")
    ax.step([0, 1], [0, 1], color="blue", alpha=0.5, zorder=9)
    found = charts.strokes(ax)
    assert [line.points.round(9).tolist() for line in found[:3]] == [
        [[0, 7], [1, 7]],
        [[0, 0], [1, 1]],
        [[2, 2], [3, 3]],
    ]
    assert found[0].color == pytest.approx((0.8, 0.8, 0.8)) and found[3].color == (0.5, 0.5, 1.0)
    assert [line.straight for line in found] == [True, True, True, False]


def test_an_open_path_is_a_line_and_no_bar(ax: Axes) -> None:
    ax.add_patch(PathPatch(Path([(0, 0), (1, 2), (2, 1)]), fill=False, edgecolor="blue"))
    ax.add_patch(PathPatch(Path([(0, 0), (1, 2), (2, 0)], [Path.MOVETO, Path.CURVE3, Path.CURVE3]), facecolor="none"))
    ax.autoscale_view()
    line, curve = charts.strokes(ax)
    assert line.points.round(9).tolist() == [[0, 0], [1, 2], [2, 1]] and line.straight and not curve.straight
    assert charts.bars(ax) == []
    ax.add_patch(PathPatch(Path([(0, 0), (3, 0), (3, 1), (0, 1), (0, 0)], closed=True), fill=False))
    ax.add_patch(PathPatch(Path([(0, 2), (4, 2), (4, 3), (0, 3)])))
    assert [round(bar.data[2], 6) for bar in charts.bars(ax)] == [3, 4] and len(charts.strokes(ax)) == 2


HIDDEN = [{"visible": False}, {"alpha": 0}, {"color": "white"}, {"fontsize": 0.5}, {"text": " "}]


@pytest.mark.parametrize("change", HIDDEN)
def test_a_text_that_cannot_be_read_is_no_text(change: dict[str, object], ax: Axes) -> None:
    ax.set_title("here", loc="right")
    note = ax.text(0.5, 0.5, "a note")
    assert charts.legible(note) and charts.title(ax) == "here"
    for text in (note, ax._right_title):  # type: ignore[attr-defined]
        text.set(**change)
    assert not charts.legible(note) and charts.title(ax) == ""
    assert "a note" not in [text for _, text in charts.texts(ax, "y")]


def test_white_is_legible_on_black_and_text_without_a_figure_is_not(ax: Axes) -> None:
    ax.get_figure(root=True).set_facecolor("black")  # type: ignore[union-attr]
    assert charts.legible(ax.text(0, 0, "a", color="white")) and not charts.legible(ax.text(0, 0, "a", color="black"))
    assert not charts.legible(Text(0, 0, "a"))


def test_texts_are_found_at_their_pixel_along_the_axis(ax: Axes) -> None:
    ax.barh(["a", "b"], [1, 2])
    ax.text(1.5, 1, "two")
    places = dict(reversed([(text, at) for at, text in charts.texts(ax, "y")]))
    middles = {text: ax.transData.transform((0, at))[1] for text, at in (("a", 0), ("b", 1), ("two", 1))}
    assert places == pytest.approx(middles)
    ax.tick_params(labelleft=False)
    assert [text for _, text in charts.texts(ax, "y")] == ["two"]


@pytest.mark.parametrize("place", ["left", "center", "right"])
def test_a_title_is_found_wherever_it_stands(place: str, ax: Axes) -> None:
    ax.set_title("A title ", loc=place)
    assert charts.title(ax) == "A title"


def test_panels_are_read_by_row_without_those_that_are_hidden() -> None:
    with sheltered():
        figure, grid = plt.subplots(2, 3)
        grid[0, 1].set_visible(False)
        grid[1, 2].remove()
        grid[1, 0].set_axis_off()
        assert charts.panels(figure) == [grid[0, 0], grid[0, 2], grid[1, 1]]
        grid[1, 0].plot([1, 2])
        assert charts.panels(figure)[2] is grid[1, 0]


def test_a_shelter_hides_the_open_figures_and_closes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    plt.close("all")
    mine, second = plt.figure(), plt.figure()
    plt.figure(mine)
    width = mpl.rcParams["lines.linewidth"]
    shown: list[Figure] = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(mine))
    with pytest.raises(ValueError, match="inside"), sheltered():
        assert plt.get_fignums() == []
        plt.plot([1, 2])
        mpl.rcParams["lines.linewidth"] = 17
        plt.show()
        plt.close("all")
        raise ValueError("inside")
    assert plt.get_fignums() == [mine.number, second.number] and plt.gcf() is mine
    assert mpl.rcParams["lines.linewidth"] == width and not mine.axes and not shown
    plt.show()
    assert shown == [mine]
    plt.close("all")


def test_copying_a_plan_draws_it_and_copying_the_chart_gives_the_plan() -> None:
    plan = Plan(lambda ax: ax.bar(["a", "b"], [3, 4]), "two bars, 3 and 4", factor=1.0)
    ax = copy.deepcopy(plan)
    assert isinstance(ax, Axes) and len(charts.bars(ax)) == 2
    assert plan_of(ax) is plan and copy.deepcopy(ax) is plan
    assert repr(ax) == repr(plan) == "‹two bars, 3 and 4›" and plan.facts == {"factor": 1.0}
    assert plt.get_fignums() == []
    with pytest.raises(TypeError, match="not drawn from a plan"):
        plan_of(Figure().subplots())


def test_a_plan_is_drawn_in_the_default_style() -> None:
    with plt.style.context("handrail.kit.course"):
        ax = Plan(lambda ax: ax.set_title("here"), "a title").drawn()
    assert ax.get_title() == "here"


@pytest.mark.parametrize(
    "change",
    [
        lambda ax: ax.set_ylim(0, 99),
        lambda ax: ax.set_xlabel("new"),
        lambda ax: ax.set_title("new"),
        lambda ax: ax.set_yscale("log"),
        lambda ax: ax.patches[0].set_height(9),
        lambda ax: ax.patches[0].set_facecolor("red"),
        lambda ax: ax.patches[0].remove(),
        lambda ax: ax.text(0, 0, "new"),
        lambda ax: ax.twinx(),
    ],
)
def test_a_chart_that_was_changed_is_noticed_and_not_handed_out_again(change: Callable[[Axes], object]) -> None:
    plan = Plan(lambda ax: ax.bar([1, 2], [3, 4]), "two bars")
    ax = copy.deepcopy(plan)
    before = charts.state(ax)
    assert copy.deepcopy(plan) is ax and plan.untouched()
    change(ax)
    assert charts.state(ax) != before and not plan.untouched()
    assert charts.state(copy.deepcopy(plan)) == before


def test_a_deuteranope_takes_red_for_green_but_not_blue_for_orange() -> None:
    assert round(charts.delta_e("C3", "#2ca02c"), 1) == 71.8
    assert round(charts.delta_e_deuteranope("C3", "tab:green"), 1) == 4.6
    assert round(charts.delta_e("C0", "C1"), 1) == 52.4
    assert round(charts.delta_e_deuteranope((0.121568627, 0.466666667, 0.705882353), "#ff7f0e"), 1) == 60.3
    assert charts.delta_e("black", "white") == pytest.approx(100)


@pytest.mark.parametrize("gray", [0.0, 0.3, 1.0])
def test_grays_look_the_same_to_a_deuteranope(gray: float) -> None:
    assert charts.deuteranope([gray] * 3) == pytest.approx([gray] * 3, abs=1e-3)


def test_what_looks_gray_and_what_looks_colored() -> None:
    assert charts.looks_gray(charts.on_paper("black", 0.3)) and charts.looks_gray(charts.on_paper("lightgray"))
    assert not any(charts.looks_gray(charts.on_paper(color)) for color in ("black", "white", "navy", "pink"))
    assert all(charts.looks_colored(charts.on_paper(color)) for color in ("navy", "C0", "tab:orange"))
    assert not charts.looks_colored(charts.on_paper("red", 0.05))
