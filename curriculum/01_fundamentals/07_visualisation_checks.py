"""Checks of `01_fundamentals/07_visualisation`: figures are read, not code; charts to audit have known faults."""

import functools
import itertools
import math
import random
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from handrail.expect import (
    AnswerRaised,
    Mismatch,
    arrays,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    raises,
    require,
    told_by_message,
)
from handrail.kit import charts
from handrail.kit.charts import Plan, delta_e_deuteranope, plan_of, sheltered


def _each(test, plans):
    """Test every chart, and fail with the first that fails: the records of all tell which mistake it is."""
    failures = []
    for plan in plans:
        try:
            test(call(plan).copy().args[0])
        except (Mismatch, AnswerRaised) as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


# 1. sorted_bars


@hints(
    "What decides which bar lies lowest: the order in which they are drawn, or their lengths?",
    "Ask for a new figure and its axes by name, then call methods of that axes. Functions of `plt` draw on any.",
    "`barh` stacks from below, so the longest must come last. And are the labels names, or numbers to be placed at?",
)
@told_by_message
def check_sorted_bars(sorted_bars):
    with sheltered():
        before = plt.figure().subplots()
        before.set_title("another chart")
        figures = [before.figure]
        for why, unit, totals in _totals():
            given = call(totals.copy(), unit)
            count = len(plt.get_fignums())
            ax = sorted_bars(*given.copy().args)
            kind(ax, Axes)
            untouched = not before.has_data() and ax.figure not in figures
            one_for_both = (
                "A figure was open, and your function drew into it: called twice, it draws both charts into one. "
                "Begin with a new figure."
            )
            require(untouched, one_for_both, given)
            require(len(plt.get_fignums()) <= count + 1, "Your function opened more than one figure.", given)
            require(len(charts.panels(ax.figure)) == 1, "The figure should have one panel.", given)
            _read_bars(ax, totals, unit, given, why)
            figures.append(ax.figure)


def _totals():
    """Return totals that a careless chart gets wrong, each with what is special about them."""
    yield "", "rentals", pd.Series([40, 95, 12, 61], index=["park", "center", "harbor", "campus"])
    yield "The totals are in descending order already.", "km", pd.Series([9.5, 4.0, 2.25], index=["b", "a", "c"])
    stations = pd.Series([300, 20, 470, 150], index=[112, 104, 9, 101], name="station")
    yield "The labels are station numbers.", "trips per day", stations
    yield "There is one total.", "°C", pd.Series([7.5], index=[2.5])
    ties = pd.Series([2.0, 0.0, 5.0, 2.0, 0.25], index=["d", "e", "a", "b", "c"])
    yield "Two totals are equal, and one is 0.", "MWh", ties
    yield (
        "The totals are close together.",
        "€/km",
        pd.Series([1_050_030, 1_258_847, 1_049_000], index=[2023, 2024, 2022]),
    )
    many = pd.Series([(7 * i) % 13 + 1 for i in range(13)], index=[f"bus station {i}" for i in range(13)])
    yield "There are 13 totals.", "km²", many


def _read_bars(ax, totals, unit, given, why):
    """Fail unless the panel shows these totals as asked."""
    longest = float(totals.max())
    found = charts.bars(ax)
    require(found, "The panel shows no bars.", given)
    counted = f"The panel shows {len(found)} bars for {len(totals)} totals. {why}"
    require(len(found) == len(totals), counted.strip(), given)
    standing = all(abs(bar.data[1]) < 1e-6 * longest for bar in found) and not _lie(found, longest)
    require(not standing, "The bars stand upright. They should lie, so that long names fit beside them.", given)

    left, right = ax.get_xlim()
    cut = f"The x-axis starts at {left:.6g}. The length of a bar shows its total only if the axis starts at 0."
    require(abs(left) <= 1e-9 * longest, cut, given)
    require(ax.get_xscale() == "linear", "The x-axis is not linear: twice the total is not twice the length.", given)
    require(_lie(found, longest), "Every bar should start at 0.", given)

    found = sorted(found, key=lambda bar: -(bar.pixels[1] + bar.pixels[3]))
    _all_seen(ax, found, given)
    lengths = [bar.data[2] for bar in found]
    all_equal = len(found) > 1 and np.ptp(lengths) < 1e-6 * longest
    require(not all_equal, "All bars are equally long, and the totals are not.", given)
    by_label = {str(label): float(total) for label, total in totals.items()}
    beside = charts.texts(ax, "y")
    names = [_name_of(bar, beside, by_label, lengths[at], given) for at, bar in enumerate(found)]
    require(len(set(names)) == len(names), f"Two bars have the same name. {why}", given)

    require(right >= longest * (1 - 1e-9), f"The x-axis ends at {right:.6g}, inside the longest bar.", given)
    near = 1e-6 * longest
    falling = all(a >= b - near for a, b in itertools.pairwise(lengths))
    rising = all(a <= b + near for a, b in itertools.pairwise(lengths))
    bottom = f"The longest bar is at the bottom, and the shortest on top. Horizontal bars are drawn from below. {why}"
    require(falling or not rising, bottom.strip(), given)
    order = ", ".join(f"{name} ({by_label[name]:g})" for name in names[:6])
    require(falling, f"Readers compare neighbors, so sort by length. From the top your bars are {order}.", given)

    written = f"{ax.get_xlabel()} {ax.figure.get_supxlabel()}"
    has_unit = re.search(rf"(?<!\w){re.escape(unit)}(?!\w)", written)
    require(has_unit, f"The label of the x-axis is {ax.get_xlabel()!r}, without the unit {unit!r}.", given)
    if unit in ax.get_xlabel() and not why:  # measuring text takes time: for the first chart only
        unread = "The label of the x-axis cannot be read: it is hidden, as pale as the paper, or off the figure."
        require(_label_seen(ax), unread, given)
    if ax.get_xlabel() == unit and not why:
        _ticks_tell(ax, right, given)


def _label_seen(ax):
    """Say whether the label of the x-axis can be read on the figure, or just beside it, where notebooks show it too."""
    if not (ax.axison and ax.xaxis.get_visible() and charts.legible(ax.xaxis.label)):
        return False
    ax.xaxis.get_tightbbox()  # puts the label in its place
    return ax.xaxis.label.get_window_extent().overlaps(ax.figure.bbox.expanded(2, 2))


def _ticks_tell(ax, right, given):
    """Fail if a plain number at a tick is not the place of the tick."""
    if ax.xaxis.get_offset_text().get_text():
        return
    for place, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=False):
        text = label.get_text().replace(",", "")
        true = not re.fullmatch(r"\d+(\.\d+)?", text) or abs(float(text) - place) <= 0.05 * right
        told = f"The x-axis says {label.get_text()} where it is at {place:g}, so the totals cannot be read from it."
        require(true or not charts.legible(label), told, given)


def _lie(found, longest):
    return all(abs(bar.data[0]) <= 1e-6 * longest for bar in found)


def _all_seen(ax, found, given):
    """Fail if a bar lies outside the panel, or on another bar."""
    box = ax.get_window_extent()
    middles = [(bar.pixels[1] + bar.pixels[3]) / 2 for bar in found]
    require(all(box.y0 <= y <= box.y1 for y in middles), "A bar lies outside the limits of the y-axis.", given)
    thin = all(bar.pixels[3] - bar.pixels[1] < charts.THINNEST_BAR for bar in found)
    require(not thin, "The bars are as thin as hairs. Do the labels place them, instead of naming them?", given)
    clear = all(
        a.pixels[1] > y_b and b.pixels[3] < y_a
        for (a, y_a), (b, y_b) in itertools.pairwise(zip(found, middles, strict=True))
    )
    require(clear, "Two bars lie on one another.", given)


def _name_of(bar, texts, by_label, length, given):
    """Return the label written beside a bar; fail if there is none, or if another total belongs to it."""
    bottom, top = bar.pixels[1], bar.pixels[3]
    middle, reach = (bottom + top) / 2, max((top - bottom) / 2, 3)
    beside = [text for at, text in texts if abs(at - middle) <= reach]
    names = [name for name in by_label if name in beside]
    require(names, f"No label names the bar of length {length:g}.", given)
    right = [name for name in names if math.isclose(by_label[name], length, rel_tol=1e-6, abs_tol=1e-9)]
    told = f"The bar named {names[0]!r} is {length:g} long; its total is {by_label[names[0]]:g}."
    require(right, told, given)
    return right[0]


def sorted_bars__not_sorted(totals, unit):
    """The bars are in the order of the table. Readers compare neighbors: sort by length."""
    _, ax = plt.subplots()
    ax.barh(totals.index.astype(str), totals)
    ax.set_xlabel(unit)
    return ax


def sorted_bars__upside_down(totals, unit):
    """The longest bar is at the bottom. Bars are stacked from below: draw the longest last, or turn the y-axis over,
    but not both.
    """
    ordered = totals.sort_values(ascending=False)
    _, ax = plt.subplots()
    ax.barh(ordered.index.astype(str), ordered)
    ax.set_xlabel(unit)
    return ax


def sorted_bars__draws_on_old_axes(totals, unit):
    """Functions such as `plt.barh` and `Series.plot` draw on the figure that is open. Called twice, yours draws both
    charts into one.
    """
    ordered = totals.sort_values()
    plt.barh(ordered.index.astype(str), ordered)
    plt.xlabel(unit)
    return plt.gca()


def sorted_bars__no_unit(totals, unit):
    """A number without a unit cannot be checked: write it along the axis of the values."""
    ordered = totals.sort_values()
    _, ax = plt.subplots()
    ax.barh(ordered.index.astype(str), ordered)
    return ax


def sorted_bars__places_by_label(totals, unit):
    """Labels that are numbers became places: Matplotlib drew station 112 at height 112. Turn them into text."""
    ordered = totals.sort_values()
    _, ax = plt.subplots()
    ax.barh(ordered.index, ordered)
    ax.set_xlabel(unit)
    return ax


def sorted_bars__upright(totals, unit):
    """These bars stand. Lying bars leave room for their names, and the longest can be on top."""
    ordered = totals.sort_values(ascending=False)
    _, ax = plt.subplots()
    ax.bar(ordered.index.astype(str), ordered)
    ax.set_ylabel(unit)
    return ax


def sorted_bars__names_stay_behind(totals, unit):
    """You sorted the values, but not their names: every bar got the label that stood in its place before."""
    _, ax = plt.subplots()
    ax.barh(totals.index.astype(str), sorted(totals))
    ax.set_xlabel(unit)
    return ax


def sorted_bars__cut_axis(totals, unit):
    """You let the axis start near the smallest total, to use the space. Then lengths no longer show the totals."""
    ordered = totals.sort_values()
    _, ax = plt.subplots()
    ax.barh(ordered.index.astype(str), ordered)
    ax.set_xlim(0.9 * ordered.iloc[0], 1.05 * ordered.iloc[-1])
    ax.set_xlabel(unit)
    return ax


# 2. lie_factor


@hints(
    "How tall is each bar on the paper, and how tall would it be if the axis began at 0?",
    "`ax.get_ylim()` and, for each bar in `ax.patches`, `get_height()` and `get_x()` are all that you need.",
    "Subtract from both heights what the axis hides, which is nothing if it starts below 0. Then compare the changes.",
)
def check_lie_factor(lie_factor):
    def test(ax):
        plan = plan_of(ax)
        factor = lie_factor(ax)
        close(factor, plan.facts["factor"], given=call(plan))
        require(plan.untouched(), "Your function changed the chart. It should only read it.", call(plan))

    with sheltered():
        _each(test, _pairs_of_bars())
        ax = _two_bars(20, 30, 10, 31).drawn()
        lie_factor(ax)
        ax.set_ylim(15, 31)
        moved = "The limits were moved after an earlier call with the same axes."
        close(lie_factor(ax), 4.0, given=call(_two_bars(20, 30, 15, 31)), why=moved)


def _telling_pairs():
    yield _two_bars(1_050_030, 1_258_847, 1_000_000, 1_300_000)
    yield _two_bars(10, 20, 0, 25)
    yield _two_bars(10, 20, -5, 25)
    yield _two_bars(20, 16, 15, 21)
    yield _two_bars(20, 30, 18, 31, numbers=True, right_first=True)
    yield _two_bars(20, 30, 10, 31, numbers=True, right_first=True, widths=(0.8, 0.3), others=True)
    yield _two_bars(0.5, 0.25, 0.2, 0.51, apart=True)


@functools.cache
def _pairs_of_bars():
    return [*_telling_pairs(), *_random_pairs(random.Random(7), 10)]


def _random_pairs(rng, count):
    for _ in range(count):
        left, right = rng.sample(range(4, 41), 2)
        low = rng.randint(-8, min(left, right) - 1)
        flags = {name: rng.random() < 0.5 for name in ("numbers", "right_first", "apart", "others")}
        yield _two_bars(left, right, low, max(left, right) + rng.randint(1, 9), **flags)


def _two_bars(left, right, low, high, numbers=False, right_first=False, apart=False, others=False, widths=(0.8, 0.8)):
    """Plan a chart of two upright bars. Numbers as places allow the right one to be drawn first."""
    bars = [(2023 if numbers else "2023", left, widths[0]), (2024 if numbers else "2024", right, widths[1])]
    bars = bars[::-1] if numbers and right_first else bars

    def draw(ax):
        if apart:
            for place, height, width in bars:
                ax.bar(place, height, width)
        else:
            ax.bar(*zip(*bars, strict=True))
        if others:
            ax.axhline((low + high) / 2, color="gray")
            ax.text(0.1, 0.9, "a note", transform=ax.transAxes)
        ax.set_ylim(low, high)

    ends = [min(height, high) - max(low, 0) for height in (left, right)]
    factor = (ends[1] / ends[0] - 1) / (right / left - 1)
    order = ", the right one drawn first" if numbers and right_first else ""
    told = f"two bars, {left:,} and {right:,} high, on an axis from {low:,} to {high:,}{order}"
    return Plan(draw, told, factor=factor)


def lie_factor__ignores_the_axis(ax):
    """You compared the heights of the bars with themselves. The eye compares what is drawn above the lower limit of the
    axis.
    """
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    return (right / left - 1) / (right / left - 1)


def lie_factor__ratio_of_ratios(ax):
    """You divided the ratios. Compare the changes: 5.17 against 1.20 is (5.17 − 1) / (1.20 − 1)."""
    low = max(0, ax.get_ylim()[0])
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    return ((right - low) / (left - low)) / (right / left)


def lie_factor__wrong_way_round(ax):
    """You divided the true change by the drawn one: an exaggeration should come out above 1."""
    low = max(0, ax.get_ylim()[0])
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    return (right / left - 1) / ((right - low) / (left - low) - 1)


def lie_factor__below_zero(ax):
    """An axis that reaches below 0 hides nothing, and adds nothing: both bars still start at 0."""
    low = ax.get_ylim()[0]
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    return ((right - low) / (left - low) - 1) / (right / left - 1)


def lie_factor__order_of_drawing(ax):
    """`ax.patches` is in the order of drawing. Left and right are a matter of place: ask each bar for its x."""
    low = max(0, ax.get_ylim()[0])
    left, right = (bar.get_height() for bar in ax.patches)
    return ((right - low) / (left - low) - 1) / (right / left - 1)


def lie_factor__larger_over_smaller(ax):
    """You divided the larger by the smaller bar. The task compares the right one with the left one, fall or rise."""
    low = max(0, ax.get_ylim()[0])
    left, right = sorted(bar.get_height() for bar in ax.patches)
    return ((right - low) / (left - low) - 1) / (right / left - 1)


def lie_factor__shares_of_the_axis(ax):
    """You compared the difference of the bars with the length of the axis. The eye compares one bar with the other."""
    low, high = ax.get_ylim()
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    return ((right - left) / (high - low)) / (right / left - 1)


# 3. small_multiples


@hints(
    "How many panels are there if the table has one group, or seven? Let the data say how many rows the grid needs.",
    "`plt.subplots` can share axes between panels, and `squeeze=False` keeps a grid of one panel a grid.",
    "In each panel: a loop over all groups in gray first, then the panel's own group, each sorted by x.",
)
@equivalent("len(groups) / 3", "len(groups) * 3", because="more rows than needed: the same panels, flatter")
@equivalent("len(groups) / 3", "len(groups) / 2", because="more rows than needed: the same panels, flatter")
@equivalent("figure.add_subplot(rows, 3, place)", "figure.add_subplot(rows, 4, place)", because="any grid will do")
@told_by_message
def check_small_multiples(small_multiples):
    with sheltered():
        before = plt.figure().subplots()
        figures = [before.figure]
        for why, table, names in _tables_of_groups():
            given = call(table.copy(), *names)
            figure = small_multiples(*given.copy().args)
            kind(figure, Figure)
            fresh = not before.has_data() and figure not in figures
            require(fresh, "A figure was open, and your function drew into it. Begin with a new figure.", given)
            _read_panels(figure, table, *names, given, why)
            figures.append(figure)


def _tables_of_groups():
    """Return tables, each with what is special about it and the names of its columns x, y and by."""
    towns = pd.DataFrame(
        {
            "note": list("zzyyxxzzyy"),
            "town": ["Kiel", "Bonn", "Kiel", "Ulm", "Bonn", "Kiel", "Ulm", "Bonn", "Ulm", "Kiel"],
            "day": [3, 2, 1, 30, 1, 2, 10, 5, 20, 6],
            "rides": [5.0, 90.0, 7.5, 1.0, 80.0, 6.0, 2.0, 85.0, -3.0, 4.0],
        },
        index=[7, 7, 3, 3, 1, 0, 12, 5, 5, 9],
    )
    yield "The rows are in no order.", towns, ("day", "rides", "town")
    one = pd.DataFrame({"x": [1.0, 3.0, 2.0], "y": [4.0, 4.0, 6.0], "by": ["all"] * 3})
    yield "There is one group.", one, ("x", "y", "by")
    numbers = np.repeat([10, 9, 2, 1, 30, 0, 100], 2)
    seven = pd.DataFrame({"class": numbers, "y": np.arange(14) % 5 * 10.0 + numbers, "x": np.tile([2, 1], 7)})
    yield "There are seven groups, named by numbers.", seven, ("x", "y", "class")
    short = pd.DataFrame({"k": ["b", "a", "c", "a", "c"], "u": [2, 5, 1, 4, 2], "v": [2e6, 1e6, 3e6, 1.5e6, 3e6]})
    yield "One group has a single row.", short, ("u", "v", "k")


def _read_panels(figure, table, x, y, by, given, why):
    """Fail unless the figure shows the groups as asked."""
    groups = {str(name): part.sort_values(x)[[x, y]].to_numpy(float) for name, part in table.groupby(by)}
    points = table[[x, y]].to_numpy(float)
    scale = np.ptp(points, axis=0) + np.abs(points).max(axis=0)
    panels = charts.panels(figure)
    lines = {ax: charts.strokes(ax) for ax in panels}
    shown = [ax for ax in panels if lines[ax]]
    require(shown, "No panel shows a line.", given)
    titles = [charts.title(ax) for ax in panels]
    absent = ", ".join(name for name in groups if name not in titles)
    lacking = f" Nothing is titled {absent}." if absent else ""
    counted = f"{len(groups)} groups, {len(shown)} panels with lines.{lacking} {why}"
    require(len(shown) == len(groups), counted, given)
    empty = f"Panels that stand empty: {len(panels) - len(shown)}. Remove or hide what is left over."
    require(len(panels) == len(shown), empty, given)

    unlike = f"The panels should be titled {list(groups)}, in this order; they are {titles}. {why}"
    require(titles == list(groups), unlike.strip(), given)
    _all_panels_seen(figure, panels, given)
    first = np.concatenate([line.points for line in lines[panels[0]]])
    swapped = _among(first[:, ::-1], points, scale) and not _among(first, points, scale)
    require(not swapped, "x and y have changed places: `x` belongs along the horizontal axis.", given)

    limits = [(*sorted(ax.get_xlim()), *sorted(ax.get_ylim()), *ax.get_xlim(), *ax.get_ylim()) for ax in panels]
    same = all(np.allclose(limits[0], other, rtol=1e-9, atol=0) for other in limits)
    scales = {(ax.get_xscale(), ax.get_yscale()) for ax in panels}
    require(same and len(scales) == 1, "The panels have different scales, so they cannot be compared.", given)
    left, right, bottom, top = limits[0][:4]
    low, high = points.min(axis=0), points.max(axis=0)
    hidden = left > low[0] or bottom > low[1] or right < high[0] or top < high[1]
    require(not hidden, "Some points lie outside the limits of the panels.", given)
    logs = [at for at, name in enumerate((panels[0].get_xscale(), panels[0].get_yscale())) if name == "log"]
    require((points[:, logs] > 0).all(), "A logarithmic axis has no place for numbers that are 0 or less.", given)

    grid = np.unique(points[:, 0])
    pieces = {name: _pieces([own], grid) / np.tile(scale, 2) for name, own in groups.items()}
    for ax, name in zip(panels, groups, strict=True):
        _read_lines(name, groups, pieces, lines[ax], grid, scale, given)


def _all_panels_seen(figure, panels, given):
    """Fail if a panel lies off the figure, or on another one."""
    boxes = [ax.get_window_extent() for ax in panels]
    middles = [((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in boxes]
    require(all(figure.bbox.contains(*middle) for middle in middles), "A panel lies outside the figure.", given)
    free = not any(box.contains(*middle) for box, middle in _others(boxes, middles))
    require(free, "Two panels lie on one another.", given)


def _others(boxes, middles):
    return [(box, middle) for at, box in enumerate(boxes) for other, middle in enumerate(middles) if at != other]


def _read_lines(name, groups, pieces, lines, grid, scale, given):
    """Fail unless a colored line shows the group of a panel, on top of gray lines of all groups."""
    colored = [at for at, line in enumerate(lines) if charts.looks_colored(line.color)]
    own, gray = ([line for at, line in enumerate(lines) if (at in colored) == wanted] for wanted in (True, False))
    require(own or len(groups[name]) == 1, f"Panel {name!r} has no line in a color.", given)
    require(all(line.straight for line in lines), "A line should join its points straight, without steps.", given)
    backward = any(_scrambled(line.points, groups[name], scale) for line in own)
    require(not backward, f"x is not sorted inside group {name!r}: the line runs back and forth.", given)
    drawn = _pieces([line.points for line in own], grid) / np.tile(scale, 2)
    others = np.concatenate([rows for other, rows in pieces.items() if other != name] or [pieces[name][:0]])
    several = len(drawn) and _within(pieces[name], drawn) and not _within(drawn, pieces[name])
    several = several and _within(drawn, np.concatenate([others, pieces[name]]))
    require(not several, f"Panel {name!r} shows more than its own group in a color.", given)
    unlike = f"The colored line of panel {name!r} does not show group {name!r}."
    require(_within(drawn, pieces[name]), unlike, given)
    require(_within(pieces[name], drawn), f"The colored line of panel {name!r} has gaps, or ends too early.", given)

    pale = [line for line in gray if not charts.looks_gray(line.color)]
    require(not pale, f"Panel {name!r} has a line that is neither gray nor in a color.", given)
    require(gray or not len(others), f"Panel {name!r} has no gray lines.", given)
    context = _pieces([line.points for line in gray], grid) / np.tile(scale, 2)
    for other, points in groups.items():
        backward = any(_scrambled(line.points, points, scale) for line in gray)
        require(not backward, f"x is not sorted inside group {other!r}: its gray line runs back and forth.", given)
    strange = not _within(context, np.concatenate([others, pieces[name]]))
    require(not strange, f"In panel {name!r}, a gray line joins points that belong to no group.", given)
    for other in groups:
        whole = other == name or _within(pieces[other], context)
        require(whole, f"Panel {name!r} does not show all of group {other!r} in gray.", given)
    on_top = max((at for at in range(len(lines)) if at not in colored), default=-1) < min(colored, default=len(lines))
    require(on_top, f"A gray line lies on top of the colored one in panel {name!r}.", given)


def _pieces(lines, grid):
    """Cut lines wherever the table has an x: rows of x, y at the left end and x, y at the right end."""
    found = []
    near = 1e-6 * (np.ptp(grid) or 1)
    for points in lines:
        for start, end in itertools.pairwise(points.tolist()):
            (x0, y0), (x1, y1) = sorted([start, end])
            inner = grid[(grid > x0 + near) & (grid < x1 - near)]
            xs = [x0, *inner.tolist(), x1]
            ys = [y0, *np.interp(inner, [x0, x1], [y0, y1]).tolist(), y1]
            found += [(*a, *b) for a, b in itertools.pairwise(zip(xs, ys, strict=True))]
    return np.array(found, dtype=float).reshape(-1, 4)


def _within(some, all_of_them):
    """Say whether each row is among the rows of another array."""
    apart = np.abs(some[:, None] - all_of_them[None]).max(axis=2, initial=0) if len(some) else np.zeros((0, 1))
    return bool((apart < 1e-6).any(axis=1).all())


def _among(drawn, points, scale):
    return _within(drawn / scale, points / scale)


def _scrambled(drawn, points, scale):
    """Say whether a line joins these points in another order than that of x."""
    steps = np.diff(drawn[:, 0])
    if len(drawn) != len(points) or (steps > 0).all() or (steps < 0).all():
        return False
    one, two = ((values / scale).round(5).tolist() for values in (drawn, points))
    return sorted(one) == sorted(two)


def _multiples(table, x, y, by, *, groups=None, rows=None, columns=3, share=True, context=-1, tidy=True):
    """Draw small multiples; each argument by keyword replaces one part of the right answer by another."""
    groups = groups or {name: part.sort_values(x) for name, part in table.groupby(by)}
    rows = rows or math.ceil(len(groups) / columns)
    figure, grid = plt.subplots(rows, columns, squeeze=False, sharex=share, sharey=share)
    for ax in grid.flat[len(groups) :] if tidy else ():
        ax.remove()
    for ax, (name, part) in zip(grid.flat, groups.items(), strict=False):
        for other in groups.values() if context else ():
            ax.plot(other[x], other[y], color="0.8", zorder=2 + context)
        ax.plot(part[x], part[y], color="C0")
        ax.set_title(name)
    return figure


def small_multiples__own_scales(table, x, y, by):
    """Every panel chose its own limits. Panels with different scales cannot be compared: let them share their axes."""
    return _multiples(table, x, y, by, share=False, context=0)


def small_multiples__first_panels_only(table, x, y, by):
    """Your grid has six panels, whatever the table holds; the seventh group has none. Count the groups first."""
    return _multiples(table, x, y, by, rows=2)


def small_multiples__unsorted_lines(table, x, y, by):
    """A line joins its points in the order of the rows, and x is not sorted inside a group: it runs back and forth."""
    return _multiples(table, x, y, by, groups=dict(iter(table.groupby(by))))


def small_multiples__gray_on_top(table, x, y, by):
    """You drew the gray lines last, so they cover the colored one. What is drawn later lies on top."""
    return _multiples(table, x, y, by, context=1)


def small_multiples__no_context(table, x, y, by):
    """Each panel shows its own group alone. The gray lines of all groups let the reader compare."""
    return _multiples(table, x, y, by, context=0)


def small_multiples__order_of_appearance(table, x, y, by):
    """The panels are in the order in which the groups appear in the table. Sort the groups."""
    groups = {name: table[table[by] == name].sort_values(x) for name in table[by].unique()}
    return _multiples(table, x, y, by, groups=groups)


def small_multiples__sorted_as_text(table, x, y, by):
    """You sorted the groups as text, where 10 comes before 9. Numbers are sorted by size."""
    groups = {name: part.sort_values(x) for name, part in table.groupby(table[by].astype(str))}
    return _multiples(table, x, y, by, groups=groups)


def small_multiples__empty_panels(table, x, y, by):
    """The grid has more places than there are groups, and what is left over shows empty axes. Remove it."""
    return _multiples(table, x, y, by, tidy=False)


# 4. fd_edges


@hints(
    "How wide is a bin, and how many of that width does it take to reach from the smallest value to the largest?",
    "`np.percentile` finds the quartiles. Round the number of bins up, and remember that n bins have n + 1 edges.",
    "The edges are the minimum plus 0, 1, 2 … times the width. When is that width 0, and what does the task want then?",
)
def check_fd_edges(fd_edges):
    def test(values):
        _read_edges(fd_edges(values), np.array(values), "")

    lengths = between(2, 14)
    for_all(test, on=_decided(arrays(float, size=lengths)), also=[call(np.array([3.0, 1.0, 2.0, 7.5]))], examples=40)
    for_all(test, on=_decided(arrays(np.int64, size=lengths)), examples=20)
    for why, values in _telling_values():
        _read_edges(fd_edges(values.copy()), values, why)
    raises(fd_edges, ValueError, call(np.array([])), "There are no values.")


def _decided(strategy):
    """Keep values for which the number of bins doesn't hang on the last digit."""
    return strategy.filter(lambda values: (bins := _bins(values)) == 0 or 0.01 < bins % 1 < 0.99)


def _bins(values):
    """Return how many bins it takes, before rounding up; 0 if the quartiles are equal."""
    ordered = sorted(map(float, values))
    spread = _quartile(ordered, 0.75) - _quartile(ordered, 0.25)
    width = 2 * spread / len(ordered) ** (1 / 3)
    return (ordered[-1] - ordered[0]) / width if spread > 0 else 0


def _quartile(ordered, share):
    """Return a quantile of sorted numbers: on the straight line between the two values beside it."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _telling_values():
    """Return values that a search hardly meets, each with what is special about them."""
    yield "All values are equal.", np.full(5, 0.1)
    yield "There is a single value.", np.array([4.5])
    yield "The quartiles are equal, but not all values are.", np.array([1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 9.0])
    yield "The bins reach the maximum exactly.", np.array([0.0, 2, 4, 6, 8, 10, 12, 14])
    yield "The bins reach the maximum exactly.", np.array([1, 4, 7, 10, 13, 16, 19, 22])
    yield "One value lies far out.", np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 2500])
    yield "The values are ratings from 1 to 5.", np.array([4, 5, 3, 4, 4, 5, 2, 4, 5, 4, 4, 5, 1])
    yield "The values are whole numbers of 8 bits.", np.array([-128, -100, 0, 90, 127], dtype=np.int8)
    yield "The values are large beside their spread.", 1e9 + np.array([0.0, 1, 2, 3, 5, 8])
    yield "The values are tiny.", 1e-9 * np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
    yield "There are 1,000 values.", (np.arange(1000) * 617 % 1009) ** 2 / 7
    skewed = np.array([0.0] * 3 + [1.0] * 2 + [40.0])
    yield "Most values are at the lower end.", skewed


def _read_edges(edges, values, why):
    """Fail unless these are the edges of the rule for the values."""
    given, bins = call(values), _bins(values)
    require(not callable(edges) and not isinstance(edges, str | dict | set), "The result should be an array.", given)
    low, high = float(min(values)), float(max(values))
    if bins == 0:
        close(edges, np.array([low, high]), given=given, why=f"The IQR is 0. {why}".strip())
        return
    count = math.ceil(round(bins, 9))
    expected = low + (high - low) / bins * np.arange(count + 1)
    flat = isinstance(edges, list | tuple) or np.ndim(edges) == 1
    lost = flat and len(edges) > 1 and float(max(edges)) < high - 1e-9 * (high - low)
    require(not lost, f"The largest value, {high:g}, lies outside your last bin, so it is not counted. {why}", given)
    close(edges, expected, given=given, rtol=1e-9, atol=1e-6 * (high - low), why=why)


def fd_edges__uses_deviation(values):
    """You took the standard deviation. The rule uses the interquartile range, so outliers do not widen the bins."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low, high])
    width = 2 * float(values.std()) * len(values) ** (-1 / 3)
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


def fd_edges__square_root(values):
    """Your bins shrink with the square root of n. The rule's shrink with the cube root, more slowly."""
    low, high = float(values.min()), float(values.max())
    lower, upper = np.percentile(values, [25, 75])
    if lower == upper:
        return np.array([low, high])
    width = 2 * (upper - lower) * len(values) ** -0.5
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


def fd_edges__loses_the_maximum(values):
    """Your last edge lies below the largest value, so a histogram leaves it out. Round the number of bins up."""
    low, high = float(values.min()), float(values.max())
    lower, upper = np.percentile(values, [25, 75])
    if lower == upper:
        return np.array([low, high])
    width = 2 * (upper - lower) * len(values) ** (-1 / 3)
    return np.arange(low, high, width)


def fd_edges__stretched(values):
    """You spread the edges evenly from minimum to maximum, as NumPy does; then the bins are narrower than the rule
    says. Here they keep the width, and the last may reach beyond.
    """
    return np.histogram_bin_edges(values.astype(float), "fd")


def fd_edges__divides_by_zero(values):
    """Half of the values are equal, so the IQR is 0 and so is the width. Treat this case first."""
    low, high = float(values.min()), float(values.max())
    lower, upper = np.percentile(values, [25, 75])
    width = 2 * (upper - lower) * len(values) ** (-1 / 3)
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


def fd_edges__starts_at_zero(values):
    """Your first edge is not the smallest value."""
    high = float(values.max())
    lower, upper = np.percentile(values, [25, 75])
    if lower == upper:
        return np.array([float(values.min()), high])
    width = 2 * (upper - lower) * len(values) ** (-1 / 3)
    return width * np.arange(max(1, math.ceil(high / width)) + 1)


def fd_edges__half_width(values):
    """You left out the factor 2: your bins are half as wide as the rule's."""
    low, high = float(values.min()), float(values.max())
    lower, upper = np.percentile(values, [25, 75])
    if lower == upper:
        return np.array([low, high])
    width = (upper - lower) * len(values) ** (-1 / 3)
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


# 5. audit_chart

APART = ["#0072B2", "#E69F00", "#000000", "#009E73", "#56B4E9", "#555555", "#CC79A7", "#00008b", "#8b4513"]
ALIKE = [
    ("C2", "C3"),
    ("#d62728", "#2ca02c"),
    ("darkred", "darkgreen"),
    ("tab:orange", "C8"),
    ("chocolate", "limegreen"),
]
KINDS = ["bar", "barh", "line"]


@hints(
    "Which artist knows the answer to each question: the axes, the axis, the bars, or the lines?",
    "A bar container has an `orientation`. Which axis shows its values, and does 0 lie between the limits?",
    "Bring every color to one spelling before you count or compare: 'C3', 'tab:red' and '#d62728' are the same.",
)
@equivalent(
    "delta_e_deuteranope(*pair) < 10",
    "delta_e_deuteranope(*pair) <= 10",
    because="no pair of colors is exactly 10 apart",
)
def check_audit_chart(audit_chart):
    def test(ax):
        plan = plan_of(ax)
        found = audit_chart(ax)
        kind(found, (set, frozenset))
        faults = plan.facts["faults"]
        missed, invented = sorted(faults - found), sorted(map(str, found - faults))
        require(not missed, f"The audit misses {', '.join(map(repr, missed))}.", call(plan))
        require(not invented, f"The audit finds {', '.join(map(repr, invented))}, which is no fault here.", call(plan))
        require(plan.untouched(), "Your function changed the chart. It should only read it.", call(plan))

    with sheltered():
        _each(test, _charts())
        before = _chart("line", ["C0"], title=("left", ""), x="km", y="h")
        ax = before.drawn()
        audit_chart(ax)
        ax.set_title("A title", loc="left")
        told = "The audit finds a fault that was mended after an earlier call with the same axes."
        after = _chart("line", ["C0"], title=("left", "A title"), x="km", y="h")
        require(not audit_chart(ax), told, call(after))


def _telling_charts():
    """Return charts that a careless audit gets wrong."""
    clean = {"title": ("left", "A title"), "x": "year", "y": "rentals"}
    yield _chart("line", ["C0"], limits=(3, 9), **clean)
    yield _chart("line", ["C0"], limits=(0.1, 100), scale="log", **clean)
    yield _chart("bar", ["C0"] * 3, limits=(1, 20), scale="log", **clean)
    yield _chart("bar", ["C0"] * 3, limits=(0, 9), **clean)
    yield _chart("bar", ["C0"] * 3, limits=(9, 0), **clean)
    yield _chart("bar", ["C0"] * 3, limits=(-2, 9), **clean)
    yield _chart("bar", ["C0"] * 3, limits=(1e-6, 9), **clean)
    yield _chart("bar", ["C0"] * 3, limits=(-9, 0), sign=-1, **clean)
    yield _chart("bar", ["C0"] * 3, limits=(-9, -1), sign=-1, **clean)
    yield _chart("barh", ["C0"] * 3, limits=(2, 9), **clean)
    yield _chart("barh", ["C0"] * 3, limits=(0, 9), places=(7, 8, 9), **clean)
    yield _chart("bar", ["C0"] * 3, limits=(0, 9), places=(2022, 2023, 2024), **clean)
    yield _chart("line", ["red", "green"], **clean)
    yield _chart("line", ["crimson", "seagreen"], **clean)
    yield _chart("line", ["chocolate", "limegreen"], **clean)
    yield _chart("line", ["tab:red", "C3", to_rgb("#d62728")], **clean)
    yield _chart("bar", ["C2", "C0", "C3"], **clean)
    yield _chart("bar", ["C0"], with_line="C4", **clean)
    yield _chart("bar", ["C0", "C1"], limits=(3, 9), with_line="black", **clean)
    yield _chart("line", APART[:7], **clean)
    yield _chart("line", APART[:8], **clean)
    yield _chart("bar", APART[:7], with_line=APART[7], **clean)
    yield _chart("bar", [*APART[:4]] * 3, **clean)
    yield _chart("line", ["C0", "tab:blue", "#1f77b4", "#1F77B4", "black", "k", "#000000", (0.0, 0.0, 0.0)], **clean)
    pale = ["#0072B2", "#E69F00", "#56B4E9", "#CC79A7"]
    yield _chart("line", [*pale, *map(str.lower, pale)], **clean)
    yield _chart("bar", APART[:7], with_line=APART[0], **clean)
    yield _chart("bar", ["C2"] * 3, edge="C3", **clean)
    yield _chart("bar", ["C0"] * 3, limits=(0, 9), crossed=(3, 9), **clean)
    yield _chart("line", ["C0"], title=("right", "A title"), x="", y="km")
    yield _chart("line", ["C0"], title=("center", "A title"), x="km", y="")
    yield _chart("line", [], title=("center", ""), x="km", y="h")


@functools.cache
def _charts():
    return [*_telling_charts(), *_random_charts(random.Random(7), 6)]


def _random_charts(rng, count):
    for _ in range(count):
        colors = [*rng.choices(APART, k=rng.randint(1, 9)), *rng.choice([(), (), *ALIKE])]
        title = rng.choice(["left", "center", "right"]), rng.choice(["", "A title", "A title"])
        low = rng.choice([None, 0, 1, -1])
        x, y = rng.choice(["", "day"]), rng.choice(["", "rentals"])
        yield _chart(rng.choice(KINDS), colors, None if low is None else (low, 12), title=title, x=x, y=y)


def _chart(
    shape,
    colors,
    limits=None,
    *,
    scale="linear",
    sign=1,
    places=None,
    with_line=None,
    edge=None,
    crossed=None,
    title,
    x,
    y,
):
    """Plan a chart, with what is wrong about it as `faults`."""
    places = places or tuple(range(len(colors)))

    def draw(ax):
        values = [sign * (4 + at % 5) for at in range(len(colors))]
        if shape == "line":
            for at, color in enumerate(colors):
                ax.plot([0, 1, 2], [values[at], values[at] + 1, values[at]], color=color)
        elif colors:
            (ax.bar if shape == "bar" else ax.barh)(places, values, color=colors, edgecolor=edge)
        if crossed:
            ax.barh([2], [8], color=colors[0])
            ax.set_xlim(crossed)
        if with_line:
            ax.plot(places[:1] * 2, [sign * 2, sign * 3], color=with_line)
        along = "x" if shape == "barh" else "y"
        if scale != "linear":
            ax.set(**{f"{along}scale": scale})
        if limits:
            ax.set(**{f"{along}lim": limits})
        ax.set_title(title[1], loc=title[0])
        ax.set(xlabel=x, ylabel=y)

    different = {to_hex(color) for color in [*colors, *([with_line] if with_line else [])]}
    zero_hidden = limits is not None and not min(limits) <= 0 <= max(limits)
    faults = {
        "no title": not title[1],
        "no x label": not x,
        "no y label": not y,
        "bars not from zero": shape != "line" and (zero_hidden or scale == "log" or bool(crossed)),
        "more than seven colors": len(different) > 7,
        "red and green": any(_look_alike(a, b) for a in different for b in different if a < b),
    }
    told = [
        f"{shape} chart",
        f"colors {', '.join(map(str, colors)) or 'none'}",
        *([f"line {with_line}"] * bool(with_line)),
        *([f"edges {edge}"] * bool(edge)),
        *([f"one horizontal bar more, x limits {crossed}"] * bool(crossed)),
    ]
    told += [f"{'x' if shape == 'barh' else 'y'} limits {limits or 'chosen by Matplotlib'}"]
    told += [f"{scale} axis"] * (scale != "linear")
    told += [f"title {title[1]!r} {title[0]}", f"x label {x!r}", f"y label {y!r}"]
    return Plan(draw, "; ".join(told), faults={name for name, present in faults.items() if present})


def _look_alike(first, second):
    """Say, from the lists above, whether two colors are of a pair that a deuteranope takes for one."""
    return any({first, second} <= {to_hex(one), to_hex(two)} for one, two in [*ALIKE, ("C0", "C4")])


def _audit(ax, bars_cut=None, clashes=None, titled=None, color_name=to_hex):
    """Audit a chart; each argument replaces one question by another."""
    faults = set()
    if not (titled(ax) if titled else charts.title(ax)):
        faults.add("no title")
    faults |= {f"no {axis} label" for axis in "xy" if not getattr(ax, f"get_{axis}label")()}
    if bars_cut(ax) if bars_cut else _bars_cut(ax):
        faults.add("bars not from zero")
    colors = {color_name(bar.get_facecolor()) for bar in ax.patches}
    colors |= {color_name(line.get_color()) for line in ax.lines}
    if len(colors) > 7:
        faults.add("more than seven colors")
    if clashes(colors) if clashes else _clashes(colors):
        faults.add("red and green")
    return faults


def _bars_cut(ax, sideways="horizontal"):
    limits = [ax.get_xlim() if bars.orientation == sideways else ax.get_ylim() for bars in ax.containers]
    return any(not min(pair) <= 0 <= max(pair) for pair in limits)


def _clashes(colors):
    return any(a != b and delta_e_deuteranope(a, b) < 10 for a in colors for b in colors)


def audit_chart__lines_must_start_at_zero(ax):
    """You want every axis to start at zero. A line shows change, so its axis may be cut; a bar shows length, so its
    axis may not.
    """
    return _audit(ax, bars_cut=lambda ax: _bars_cut(ax) or not min(ax.get_ylim()) <= 0 <= max(ax.get_ylim()))


def audit_chart__forgets_horizontal_bars(ax):
    """You always look at the y-axis. For horizontal bars, x is the axis of the values."""
    return _audit(ax, bars_cut=lambda ax: _bars_cut(ax, sideways="nowhere"))


def audit_chart__names_not_colors(ax):
    """You look for the names 'red' and 'green'. '#d62728' and '#2ca02c' look the same to a deuteranope, and pure red
    and green do not: compare appearance.
    """
    return _audit(ax, clashes=lambda colors: {to_hex("red"), to_hex("green")} <= colors)


def audit_chart__lower_limit_is_zero(ax):
    """You ask whether the lower limit is 0. An axis may reach below it, or run downward: 0 must lie between the
    limits.
    """

    def cut(ax):
        return any((ax.get_xlim() if b.orientation == "horizontal" else ax.get_ylim())[0] != 0 for b in ax.containers)

    return _audit(ax, bars_cut=cut)


def audit_chart__centered_titles_only(ax):
    """`get_title()` returns the title in the center. This one stands at the left or right."""
    return _audit(ax, titled=lambda ax: ax.get_title())


def audit_chart__spellings_differ(ax):
    """You compared colors as they are spelled. 'C3', 'tab:red' and (0.84, 0.15, 0.16) are one color: bring them to one
    spelling first.
    """

    def spelled(color):
        return color if isinstance(color, str) else tuple(np.round(color, 6))

    return _audit(
        ax, color_name=spelled, clashes=lambda colors: any(delta_e_deuteranope(a, b) < 10 for a, b in _pairs(colors))
    )


def _pairs(items):
    items = list(items)
    return [(a, b) for at, a in enumerate(items) for b in items[:at]]


def audit_chart__forgets_lines(ax):
    """You looked at the colors of the bars only. Lines have colors too."""
    colors = {to_hex(bar.get_facecolor()) for bar in ax.patches}
    faults = _audit(ax) - {"more than seven colors", "red and green"}
    return _with_colors(faults, colors)


def _with_colors(faults, colors):
    faults = faults | ({"more than seven colors"} if len(colors) > 7 else set())
    return faults | ({"red and green"} if _clashes(colors) else set())


def audit_chart__seven_is_too_many(ax):
    """Seven colors are allowed; the fault begins with the eighth."""
    colors = {to_hex(bar.get_facecolor()) for bar in ax.patches} | {to_hex(line.get_color()) for line in ax.lines}
    return _audit(ax) | ({"more than seven colors"} if len(colors) >= 7 else set())


def audit_chart__one_fault_only(ax):
    """You return the first fault that you find. A chart may have several."""
    order = ["no title", "no x label", "no y label", "bars not from zero", "more than seven colors", "red and green"]
    return set([fault for fault in order if fault in _audit(ax)][:1])
