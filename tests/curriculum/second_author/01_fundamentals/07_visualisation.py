"""Answers to 01_fundamentals/07_visualisation by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import itertools
import math
import statistics
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import colors as mcolors
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PatchCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from handrail.kit.charts import delta_e_deuteranope

# 1. sorted_bars


def _bars(totals, unit, *, lengths=None, **settings):
    """The plain chart, with one thing changed by each wrong answer."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    ax.barh(range(len(ranked)), ranked.to_numpy() if lengths is None else lengths(ranked), **settings)
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set_xlim(left=0)
    ax.set_xlabel(unit)
    return ax


def right__sorted_bars__barh(totals, unit):
    """Ascending order, as the first bar stands at the bottom."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    ax.barh([str(label) for label in ranked.index], ranked)
    ax.set_xlabel(unit)
    ax.set_xlim(left=0)
    return ax


def right__sorted_bars__inverted_axis(totals, unit):
    """Descending order and the y-axis turned over; the unit is a part of the label."""
    ranked = totals.sort_values(ascending=False)
    figure, ax = plt.subplots(figsize=(6, 1 + 0.3 * len(totals)), layout="constrained")
    bars = ax.barh(np.arange(len(ranked)) * 10, ranked.to_numpy(), height=7, color="tab:gray")
    ax.bar_label(bars)
    ax.set_yticks(np.arange(len(ranked)) * 10, labels=ranked.index.astype(str))
    ax.invert_yaxis()
    ax.set_xlabel(f"Total ({unit})")
    ax.set_xlim(0, 1.2 * ranked.max())
    plt.close(figure)
    return ax


def right__sorted_bars__pandas(totals, unit):
    """The plot method of a Series on axes of a new figure."""
    _, ax = plt.subplots()
    totals.sort_values(kind="stable").plot.barh(ax=ax, xlabel=unit, ylabel="", color="#336699", xlim=(0, None))
    return ax


def right__sorted_bars__seaborn(totals, unit):
    """One color per bar, sorted by a list of (total, label) pairs."""
    pairs = sorted(zip(totals.tolist(), totals.index, strict=True), key=lambda pair: -pair[0])
    _, ax = plt.subplots()
    names = [str(label) for _, label in pairs]
    sns.barplot(x=[total for total, _ in pairs], y=names, hue=names, legend=False, orient="h", ax=ax)
    ax.set(xlabel=f"in {unit}", ylabel="", xlim=(0, None))
    return ax


def right__sorted_bars__rectangles_without_pyplot(totals, unit):
    """A figure without pyplot, rectangles and limits set by hand."""
    figure = Figure()
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0.3, 0.2, 0.6, 0.7))
    order = np.argsort(totals.to_numpy(), kind="stable")
    for place, at in enumerate(order):
        ax.add_patch(Rectangle((0, place - 0.3), float(totals.iloc[at]), 0.6, color="teal"))
    ax.set_yticks(range(len(order)))
    ax.set_yticklabels([str(totals.index[at]) for at in order])
    ax.set(xlim=(0, float(totals.max()) * 1.05), ylim=(-0.6, len(order) - 0.4), xlabel=unit)
    return ax


def right__sorted_bars__thick_lines(totals, unit):
    """Bars that are thick lines; positions 1, 2, 3."""
    ranked = totals.sort_values()
    ax = plt.figure().gca()
    ax.hlines(np.arange(1, len(ranked) + 1), 0, ranked.to_numpy(), linewidth=8)
    ax.set_yticks(np.arange(1, len(ranked) + 1), [str(label) for label in ranked.index])
    ax.set(xlim=(0, 1.1 * ranked.max()), ylim=(0.4, len(ranked) + 0.6), xlabel=unit)
    return ax


def right__sorted_bars__line_collection(totals, unit):
    """The same with segments in a collection."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    segments = [[(0, place), (total, place)] for place, total in enumerate(ranked)]
    ax.add_collection(LineCollection(segments, linewidths=6, colors="navy"))
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set(xlim=(0, 1.1 * ranked.max()), ylim=(-1, len(ranked)), xlabel=unit)
    return ax


def right__sorted_bars__plot_lines(totals, unit):
    """One thick line with flat ends per total."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    for place, total in enumerate(ranked):
        ax.plot([0, total], [place, place], color="C1", linewidth=7, solid_capstyle="butt")
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set(xlim=(0, 1.1 * ranked.max()), ylim=(-1, len(ranked)), xlabel=unit)
    return ax


def right__sorted_bars__fill_betweenx(totals, unit):
    """Each bar is the filled area between 0 and its total."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    for place, total in enumerate(ranked):
        ax.fill_betweenx([place - 0.4, place + 0.4], 0, total, color="C0")
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set(xlim=(0, 1.1 * ranked.max()), ylim=(-0.6, len(ranked) - 0.4), xlabel=unit)
    return ax


def right__sorted_bars__broken_barh(totals, unit):
    """One `broken_barh` per total."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    for place, total in enumerate(ranked):
        ax.broken_barh([(0, total)], (place - 0.4, 0.8))
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set(xlim=(0, 1.1 * ranked.max()), ylim=(-0.6, len(ranked) - 0.4), xlabel=unit)
    return ax


def right__sorted_bars__collection_of_patches(totals, unit):
    """Rectangles in one collection, in the order of the table; only their heights are ranked."""
    places = totals.reset_index(drop=True).rank(method="first").astype(int)
    _, ax = plt.subplots()
    boxes = [Rectangle((0, at - 0.4), total, 0.8) for at, total in zip(places, totals, strict=True)]
    ax.add_collection(PatchCollection(boxes, facecolor="purple"))
    ax.set_yticks(places, [str(label) for label in totals.index])
    ax.set(xlim=(0, 1.1 * totals.max()), ylim=(0.4, len(totals) + 0.6), xlabel=unit)
    return ax


def right__sorted_bars__outlines(totals, unit):
    """Bars that are only outlined, with a grid behind and a vertical line at 0."""
    ax = _bars(totals, unit, facecolor="none", edgecolor="black")
    ax.grid(axis="x")
    ax.axvline(0, color="black")
    return ax


def right__sorted_bars__ticks_on_the_right(totals, unit):
    """The y-axis stands on the right, the x-axis at the top."""
    ax = _bars(totals, unit)
    ax.yaxis.tick_right()
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    return ax


def right__sorted_bars__loop_of_single_bars(totals, unit):
    """One call per bar, each in a color of its own; plt functions only."""
    plt.figure()
    left = dict(totals.items())
    place = 0
    while left:
        label = min(left, key=left.get)
        plt.barh(place, left.pop(label))
        place += 1
    names = [str(label) for label in totals.sort_values().index]
    plt.yticks(range(len(names)), names)
    values = totals.sort_values()
    plt.xlabel(f"{unit} per year")
    plt.xlim(0, values.iloc[-1])
    return plt.gca()


def right__sorted_bars__polygons(totals, unit):
    """Corners of polygons in one collection."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    corners = [[(0, at - 0.4), (total, at - 0.4), (total, at + 0.4), (0, at + 0.4)] for at, total in enumerate(ranked)]
    ax.add_collection(PolyCollection(corners))
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set(xlim=(0, 1.1 * ranked.max()), ylim=(-0.6, len(ranked) - 0.4), xlabel=unit)
    return ax


def right__sorted_bars__dark(totals, unit):
    """White on black, by a style, with a face over each outline."""
    with plt.style.context("dark_background"):
        ax = _bars(totals, unit, facecolor="none", edgecolor="white", linewidth=2)
        ax.barh(range(len(totals)), totals.sort_values().to_numpy(), color="lightgreen")
    return ax


def right__sorted_bars__flat_figure(totals, unit):
    """A figure so flat that the label of the x-axis hangs below it; a notebook shows it all the same."""
    ax = _bars(totals, unit)
    ax.figure.set_size_inches(8, 1.2)
    ax.xaxis.set_major_formatter("{x:,.1f}")
    return ax


def wrong__sorted_bars__longest_below(totals, unit):
    """The longest stands at the bottom."""
    ranked = totals.sort_values(ascending=False)
    _, ax = plt.subplots()
    ax.barh([str(label) for label in ranked.index], ranked)
    ax.set_xlabel(unit)
    return ax


def wrong__sorted_bars__inverted_twice(totals, unit):
    """Ascending order and an inverted y-axis: the longest stands at the bottom."""
    ax = _bars(totals, unit)
    ax.invert_yaxis()
    return ax


def wrong__sorted_bars__labels_as_positions(totals, unit):
    """Labels that are numbers become positions, so that the bars are sorted by label."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    ax.barh(ranked.index, ranked)
    ax.set_xlabel(unit)
    ax.set_xlim(left=0)
    return ax


def wrong__sorted_bars__numbers_at_their_values(totals, unit):
    """Labels that are numbers stand at their value, with a tick each."""
    if not pd.api.types.is_numeric_dtype(totals.index):
        return _bars(totals, unit)
    _, ax = plt.subplots()
    ax.barh(totals.index, totals)
    ax.set_yticks(totals.index, [str(label) for label in totals.index])
    ax.set_xlabel(unit)
    return ax


def wrong__sorted_bars__labels_of_the_table(totals, unit):
    """The bars are sorted and the labels are not."""
    ax = _bars(totals, unit)
    ax.set_yticklabels([str(label) for label in totals.index])
    return ax


def wrong__sorted_bars__labels_not_turned(totals, unit):
    """Bars ascending, labels descending."""
    ax = _bars(totals, unit)
    ax.set_yticklabels([str(label) for label in totals.sort_values(ascending=False).index])
    return ax


def wrong__sorted_bars__from_ninety_percent(totals, unit):
    """The x-axis starts at nine tenths of the shortest bar."""
    ax = _bars(totals, unit)
    ax.set_xlim(0.9 * totals.min(), None)
    return ax


def wrong__sorted_bars__margin_on_the_left(totals, unit):
    """The x-axis starts a little below 0."""
    ax = _bars(totals, unit)
    ax.set_xlim(-0.01 * totals.max(), 1.1 * totals.max())
    return ax


def wrong__sorted_bars__hair_below_zero(totals, unit):
    """The x-axis starts at a negative number that is almost 0, and the statement says exactly 0."""
    ax = _bars(totals, unit)
    ax.set_xlim(-1e-6 * float(totals.max()), 1.1 * totals.max())
    return ax


def wrong__sorted_bars__equal_lengths(totals, unit):
    """Every bar has the length of the longest, the totals are only written."""
    ax = _bars(totals, unit, lengths=lambda ranked: np.full(len(ranked), ranked.max()))
    for place, total in enumerate(totals.sort_values()):
        ax.text(0, place, str(total))
    return ax


def wrong__sorted_bars__shares(totals, unit):
    """The bars show shares of the sum, not totals."""
    ax = _bars(totals, unit, lengths=lambda ranked: (ranked / ranked.sum()).to_numpy())
    ax.set_xlim(0, None)
    return ax


def wrong__sorted_bars__whole_numbers(totals, unit):
    """Totals with a fraction are cut off to whole numbers."""
    return _bars(totals, unit, lengths=lambda ranked: ranked.astype(int).to_numpy())


def wrong__sorted_bars__square_roots(totals, unit):
    """The x-axis is not linear: a scale of square roots."""
    ax = _bars(totals, unit)
    ax.set_xscale("function", functions=(lambda x: np.sqrt(np.abs(x)), np.square))
    ax.set_xlim(0, totals.max())
    return ax


def wrong__sorted_bars__symlog(totals, unit):
    """The x-axis starts at 0 and is logarithmic further on."""
    ax = _bars(totals, unit)
    ax.set_xscale("symlog")
    ax.set_xlim(0, totals.max())
    return ax


def wrong__sorted_bars__cut_on_the_right(totals, unit):
    """The x-axis ends before the longest bars do, so that they look equal."""
    ax = _bars(totals, unit)
    positive = totals[totals > 0]
    ax.set_xlim(0, float(positive.min()) if positive.nunique() > 1 else float(positive.max()) / 2)
    return ax


def wrong__sorted_bars__end_at_ninety_nine_percent(totals, unit):
    """The longest bar is cut by a hundredth."""
    ax = _bars(totals, unit)
    ax.set_xlim(0, 0.99 * totals.max())
    return ax


def wrong__sorted_bars__cut_below(totals, unit):
    """The lowest bar lies outside the limits of the y-axis."""
    ax = _bars(totals, unit)
    ax.set_ylim(0.5 if len(totals) > 1 else -0.5, len(totals) - 0.5)
    return ax


def wrong__sorted_bars__no_unit(totals, unit):
    """The unit is nowhere."""
    ax = _bars(totals, unit)
    ax.set_xlabel("total")
    return ax


def wrong__sorted_bars__unit_at_y(totals, unit):
    """The unit stands at the y-axis."""
    ax = _bars(totals, unit)
    ax.set_xlabel("")
    ax.set_ylabel(unit)
    return ax


def wrong__sorted_bars__unit_in_title(totals, unit):
    """The unit stands in the title only."""
    ax = _bars(totals, "")
    ax.set_title(unit)
    return ax


def wrong__sorted_bars__unit_in_capitals(totals, unit):
    """The unit is spelled anew: kWh becomes Kwh."""
    return _bars(totals, unit.capitalize())


def wrong__sorted_bars__unit_invisible(totals, unit):
    """The label of the x-axis is not visible."""
    ax = _bars(totals, unit)
    ax.xaxis.label.set_visible(False)
    return ax


def wrong__sorted_bars__unit_white(totals, unit):
    """The label of the x-axis is white on white."""
    ax = _bars(totals, unit)
    ax.xaxis.label.set_color("white")
    return ax


def wrong__sorted_bars__unit_off_the_figure(totals, unit):
    """The label of the x-axis stands far below the figure."""
    ax = _bars(totals, unit)
    ax.xaxis.set_label_coords(0.5, -5)
    return ax


def wrong__sorted_bars__axis_off(totals, unit):
    """Neither the names of the bars nor the unit are shown."""
    ax = _bars(totals, unit)
    ax.set_axis_off()
    return ax


def wrong__sorted_bars__names_switched_off(totals, unit):
    """The tick labels at the y-axis are not drawn."""
    ax = _bars(totals, unit)
    ax.tick_params(labelleft=False)
    return ax


def wrong__sorted_bars__names_white(totals, unit):
    """The tick labels at the y-axis are white on white."""
    ax = _bars(totals, unit)
    ax.tick_params(axis="y", labelcolor="white")
    return ax


def wrong__sorted_bars__names_cut(totals, unit):
    """Labels are cut after eight characters, so that long ones name nothing."""
    ax = _bars(totals, unit)
    ax.set_yticklabels([str(label)[:8] for label in totals.sort_values().index])
    return ax


def wrong__sorted_bars__numbers_rounded_in_names(totals, unit):
    """Labels that are numbers are written without their fraction: 2.5 becomes 2."""
    ax = _bars(totals, unit)
    names = [label if isinstance(label, str) else f"{int(label)}" for label in totals.sort_values().index]
    ax.set_yticklabels(names)
    return ax


def wrong__sorted_bars__names_one_place_up(totals, unit):
    """Every name stands half a place too high, between two bars."""
    ax = _bars(totals, unit)
    ax.set_yticks(np.arange(len(totals)) + 0.5, [str(label) for label in totals.sort_values().index])
    return ax


def wrong__sorted_bars__names_of_every_second(totals, unit):
    """From thirteen bars on, only every second one has a name."""
    ax = _bars(totals, unit)
    if len(totals) > 12:
        names = [str(label) for label in totals.sort_values().index]
        ax.set_yticks(range(0, len(names), 2), names[::2])
    return ax


def wrong__sorted_bars__top_ten(totals, unit):
    """Only the ten longest bars are drawn."""
    return _bars(totals.nlargest(10), unit)


def wrong__sorted_bars__zeros_dropped(totals, unit):
    """Totals of 0 get no bar and no name."""
    return _bars(totals[totals > 0], unit)


def wrong__sorted_bars__transparent(totals, unit):
    """The bars have alpha 0."""
    return _bars(totals, unit, alpha=0)


def wrong__sorted_bars__white_bars(totals, unit):
    """White bars on white."""
    return _bars(totals, unit, color="white")


def wrong__sorted_bars__no_face_no_edge(totals, unit):
    """Bars with neither face nor edge."""
    return _bars(totals, unit, facecolor="none")


def wrong__sorted_bars__invisible(totals, unit):
    """The bars are not visible."""
    return _bars(totals, unit, visible=False)


def wrong__sorted_bars__covered(totals, unit):
    """A white rectangle covers the bars."""
    ax = _bars(totals, unit)
    ax.axvspan(0, float(totals.max()) * 2, color="white", zorder=5)
    ax.set_xlim(0, float(totals.max()) * 1.05)
    return ax


def wrong__sorted_bars__longer_ones_behind(totals, unit):
    """A second set of bars, each as long as the sum, stands behind in the same color."""
    ax = _bars(totals, unit)
    ax.barh(range(len(totals)), totals.sum(), color="C0", zorder=0.5)
    ax.set_xlim(0, float(totals.sum()))
    return ax


def wrong__sorted_bars__twice(totals, unit):
    """Two bars per total: the chart is drawn once again above itself."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    ax.barh(range(2 * len(ranked)), np.concatenate([ranked, ranked]))
    ax.set_yticks(range(2 * len(ranked)), [str(label) for label in ranked.index] * 2)
    ax.set(xlim=(0, None), xlabel=unit)
    return ax


def wrong__sorted_bars__waterfall(totals, unit):
    """Every bar starts where the one below ends."""
    ranked = totals.sort_values()
    return _bars(totals, unit, left=(ranked.cumsum() - ranked).to_numpy())


def wrong__sorted_bars__centered(totals, unit):
    """The bars are centered, as in a funnel, so that they don't start at 0."""
    ranked = totals.sort_values()
    return _bars(totals, unit, left=((ranked.max() - ranked) / 2).to_numpy())


def wrong__sorted_bars__end_points_only(totals, unit):
    """Dots at the totals instead of bars."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    ax.plot(ranked.to_numpy(), range(len(ranked)), "o")
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set(xlim=(0, 1.1 * ranked.max()), xlabel=unit)
    return ax


def wrong__sorted_bars__upright(totals, unit):
    """Vertical bars: the names stand at the x-axis."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    ax.bar([str(label) for label in ranked.index], ranked)
    ax.set_xlabel(unit)
    ax.set_xlim(left=0)
    return ax


def wrong__sorted_bars__current_axes(totals, unit):
    """Draws on whatever axes are open."""
    ranked = totals.sort_values()
    ax = plt.gca()
    ax.barh([str(label) for label in ranked.index], ranked)
    ax.set_xlabel(unit)
    ax.set_xlim(left=0)
    return ax


def wrong__sorted_bars__axes_on_the_current_figure(totals, unit):
    """New axes on the figure that is open."""
    ranked = totals.sort_values()
    ax = plt.axes((0.2, 0.2, 0.7, 0.7))
    ax.barh([str(label) for label in ranked.index], ranked)
    ax.set_xlabel(unit)
    ax.set_xlim(left=0)
    return ax


def wrong__sorted_bars__one_figure_for_all(totals, unit):
    """A figure with a name: the second call wipes out the chart of the first."""
    ranked = totals.sort_values()
    _, ax = plt.subplots(num="sorted bars", clear=True)
    ax.barh([str(label) for label in ranked.index], ranked)
    ax.set_xlabel(unit)
    ax.set_xlim(left=0)
    return ax


def wrong__sorted_bars__empty_twin(totals, unit):
    """Returns a twin that has the limits and the label, but no bars."""
    ax = _bars(totals, unit)
    twin = ax.twinx()
    twin.set_xlabel(unit)
    return twin


def wrong__sorted_bars__bars_on_a_twin(totals, unit):
    """The bars stand on a twin with an x-axis of its own that does not start at 0."""
    ranked = totals.sort_values()
    _, ax = plt.subplots()
    ax.set_yticks(range(len(ranked)), [str(label) for label in ranked.index])
    ax.set(xlim=(0, float(ranked.max())), xlabel=unit, ylim=(-0.5, len(ranked) - 0.5))
    twin = ax.twiny()
    twin.barh(range(len(ranked)), ranked.to_numpy())
    twin.set_xlim(-float(ranked.max()), float(ranked.max()))
    twin.set_axis_off()
    return ax


def wrong__sorted_bars__zero_relabeled(totals, unit):
    """The ticks of the x-axis are relabeled: 0 is called by half the longest total."""
    ax = _bars(totals, unit)
    top = float(totals.max())
    ax.set_xticks([0, top / 2, top], [f"{top / 2 + tick:g}" for tick in (0, top / 2, top)])
    return ax


def wrong__sorted_bars__thousands_relabeled(totals, unit):
    """The ticks of the x-axis show a thousandth of their place, with the unit unchanged."""
    ax = _bars(totals, unit)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}")
    return ax


def wrong__sorted_bars__runs_leftward(totals, unit):
    """The x-axis ends at 0 instead of starting there."""
    ax = _bars(totals, unit)
    ax.set_xlim(float(totals.max()), 0)
    return ax


def wrong__sorted_bars__sorted_as_text(totals, unit):
    """Totals are sorted as text: 10 stands before 9."""
    _, ax = plt.subplots()
    order = totals.astype(str).argsort().to_numpy()
    ax.barh([str(totals.index[at]) for at in order], totals.iloc[order])
    ax.set(xlabel=unit, xlim=(0, None))
    return ax


def wrong__sorted_bars__overlapping(totals, unit):
    """Bars five places tall: the longest, drawn last, hide most of the others."""
    return _bars(totals, unit, height=5)


def wrong__sorted_bars__bars_without_height(totals, unit):
    """Bars of height 0 are not to be seen."""
    return _bars(totals, unit, height=0)


def wrong__sorted_bars__figure_returned(totals, unit):
    """Returns the figure instead of the axes."""
    return _bars(totals, unit).figure


# 2. lie_factor


def right__lie_factor__definition(ax):
    """Word by word, the bars from left to right."""
    left, right = sorted(ax.patches, key=lambda bar: bar.get_x() + bar.get_width() / 2)
    floor = max(ax.get_ylim()[0], 0)
    drawn = (right.get_height() - floor) / (left.get_height() - floor) - 1
    return drawn / (right.get_height() / left.get_height() - 1)


def right__lie_factor__closed_form(ax):
    """The right bar cancels: left / (left - floor)."""
    bars = [bar for container in ax.containers for bar in container]
    left = min(bars, key=lambda bar: bar.get_x()).get_height()
    return left / (left - max(0.0, ax.get_ybound()[0]))


def right__lie_factor__fractions(ax):
    """Exact arithmetic on the heights and the limit."""
    bars = sorted((box.x0, Fraction(float(box.height))) for box in (bar.get_bbox() for bar in ax.patches))
    (_, left), (_, right) = bars
    floor = max(Fraction(0), Fraction(float(ax.get_ylim()[0])))
    return float(((right - floor) / (left - floor) - 1) / (right / left - 1))


def right__lie_factor__pixels(ax):
    """Measures what is drawn in pixels, and the truth in data."""
    heights = []
    for bar in ax.patches:
        corners = ax.transData.transform(bar.get_bbox().get_points())
        low, high = np.clip(corners[:, 1], *ax.transAxes.transform([(0, 0), (0, 1)])[:, 1])
        heights.append((corners[:, 0].mean(), high - low, bar.get_height()))
    (_, drawn_left, left), (_, drawn_right, right) = sorted(heights)
    return np.float64((drawn_right / drawn_left - 1) / (right / left - 1))


def right__lie_factor__numpy(ax):
    """Arrays, clipped between the limits."""
    bars = np.array([(bar.get_x(), bar.get_y(), bar.get_y() + bar.get_height()) for bar in ax.patches])
    bars = bars[bars[:, 0].argsort()]
    low, high = np.clip(bars[:, 1:], *ax.get_ylim()).T
    change = np.diff(high - low) / (high - low)[0]
    truth = np.diff(bars[:, 2] - bars[:, 1]) / (bars[:, 2] - bars[:, 1])[0]
    return (change / truth).item()


def wrong__lie_factor__negative_limit_kept(ax):
    """Below 0 nothing is drawn, and this counts the space down to a negative limit."""
    left, right = sorted(ax.patches, key=lambda bar: bar.get_x())
    low = ax.get_ylim()[0]
    drawn = (right.get_height() - low) / (left.get_height() - low) - 1
    return drawn / (right.get_height() / left.get_height() - 1)


def wrong__lie_factor__absolute_limit(ax):
    """A negative limit is taken without its sign."""
    left, _ = sorted(ax.patches, key=lambda bar: bar.get_x())
    return left.get_height() / (left.get_height() - abs(ax.get_ylim()[0]))


def wrong__lie_factor__order_of_drawing(ax):
    """Takes the bar drawn first for the left one."""
    left = ax.patches[0].get_height()
    return left / (left - max(0.0, ax.get_ylim()[0]))


def wrong__lie_factor__smaller_first(ax):
    """Takes the smaller bar for the left one, which is wrong when the years fall."""
    small = min(bar.get_height() for bar in ax.patches)
    return small / (small - max(0.0, ax.get_ylim()[0]))


def wrong__lie_factor__right_bar(ax):
    """Divides by the right bar."""
    _, right = sorted(ax.patches, key=lambda bar: bar.get_x())
    return right.get_height() / (right.get_height() - max(0.0, ax.get_ylim()[0]))


def wrong__lie_factor__ratios(ax):
    """Divides ratios, not changes."""
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    floor = max(0.0, ax.get_ylim()[0])
    return (right - floor) / (left - floor) / (right / left)


def wrong__lie_factor__inverse(ax):
    """The true change, divided by the drawn one."""
    return 1 / right__lie_factor__definition(ax)


def wrong__lie_factor__first_container(ax):
    """Reads the first container only, and two calls of `bar` leave two containers."""
    left = ax.containers[0][0].get_height()
    return left / (left - max(0.0, ax.get_ylim()[0]))


def wrong__lie_factor__last_container(ax):
    """Reads the last container only."""
    left = min(ax.containers[-1], key=lambda bar: bar.get_x()).get_height()
    return left / (left - max(0.0, ax.get_ylim()[0]))


def wrong__lie_factor__current_axes(ax):
    """Ignores its argument and reads the current axes."""
    return right__lie_factor__definition(plt.gca())


def wrong__lie_factor__lowest_tick(ax):
    """Takes the lowest tick for the lower limit."""
    low, high = ax.get_ylim()
    floor = max(0.0, min((tick for tick in ax.get_yticks() if low <= tick <= high), default=low))
    left = min(ax.patches, key=lambda bar: bar.get_x()).get_height()
    return left / (left - floor) if left != floor else math.inf


def wrong__lie_factor__whole_limit(ax):
    """The limit is cut to a whole number."""
    left = min(ax.patches, key=lambda bar: bar.get_x()).get_height()
    floor = max(0, int(ax.get_ylim()[0]))
    return left / (left - floor) if left != floor else math.inf


def wrong__lie_factor__hundredths(ax):
    """Rounded to two decimals."""
    return round(float(right__lie_factor__definition(ax)), 2)


def wrong__lie_factor__percent(ax):
    """In percent."""
    return 100 * right__lie_factor__definition(ax)


def wrong__lie_factor__against_the_sum(ax):
    """A change as the share of the mean of both bars, not of the left one."""
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    floor = max(0.0, ax.get_ylim()[0])
    return (right + left) / (right + left - 2 * floor)


def wrong__lie_factor__kept_on_the_axes(ax):
    """Remembers the answer for an Axes, whose limits may be others at the next call."""
    if not hasattr(ax, "known_lie_factor"):
        ax.known_lie_factor = float(right__lie_factor__definition(ax))
    return ax.known_lie_factor


def wrong__lie_factor__honest_if_zero_almost(ax):
    """Takes limits up to 1 for 0, which is a lot for small bars."""
    if ax.get_ylim()[0] < 1:
        return 1.0
    return right__lie_factor__definition(ax)


# 3. small_multiples


def _limits(values):
    """Limits with a margin, also when all values are equal."""
    low, high = float(min(values)), float(max(values))
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _panels(table, x, y, by, groups=None, *, new=plt.figure, columns=3, gray=None, own=None, same=True):
    """The plain figure, with one thing changed by each wrong answer."""
    groups = sorted(table[by].unique().tolist()) if groups is None else groups
    parts = {group: table[table[by] == group].sort_values(x) for group in groups}
    figure = new()
    gray = gray or (lambda ax: [ax.plot(part[x], part[y], color="0.8") for part in parts.values()])
    own = own or (lambda ax, group: ax.plot(parts[group][x], parts[group][y], color="tab:blue", linewidth=2))
    for place, group in enumerate(groups):
        ax = figure.add_subplot(math.ceil(len(groups) / columns), columns, place + 1)
        gray(ax)
        own(ax, group)
        ax.set_title(str(group))
        if same:
            ax.set(xlim=_limits(table[x]), ylim=_limits(table[y]))
    return figure


def right__small_multiples__subplots(table, x, y, by):
    """Shared axes on a grid, and the axes left over are removed."""
    groups = sorted(table[by].unique())
    columns = math.ceil(math.sqrt(len(groups)))
    rows = math.ceil(len(groups) / columns)
    figure, grid = plt.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    ordered = table.sort_values(x)
    for ax, group in zip(grid.flat, groups, strict=False):
        for _, part in ordered.groupby(by):
            ax.plot(part[x], part[y], color="lightgray")
        part = ordered[ordered[by] == group]
        ax.plot(part[x], part[y], color="tab:red")
        ax.set_title(str(group))
    for ax in grid.flat[len(groups) :]:
        ax.remove()
    return figure


def right__small_multiples__hidden_leftovers(table, x, y, by):
    """The axes left over are made invisible instead of removed."""
    groups = sorted(set(table[by]))
    figure, grid = plt.subplots(-(-len(groups) // 4), 4, sharex="all", sharey="all", squeeze=False, figsize=(9, 6))
    for ax in grid.ravel():
        ax.set_visible(False)
    for ax, group in zip(grid.ravel(), groups, strict=False):
        ax.set_visible(True)
        ax.set_title(group)
        for other in groups:
            part = table[table[by] == other].sort_values(x)
            ax.plot(part[x].to_numpy(), part[y].to_numpy(), color="gray", alpha=0.4, linewidth=0.8)
        part = table.query(f"`{by}` == @group").sort_values(x)
        ax.plot(part[x].to_numpy(), part[y].to_numpy(), color="C3", marker="o")
    return figure


def right__small_multiples__leftovers_switched_off(table, x, y, by):
    """The axes left over are switched off: nothing of them is drawn."""
    groups = sorted(set(table[by]))
    figure, grid = plt.subplots(2, -(-len(groups) // 2), sharex=True, sharey=True, squeeze=False)
    for ax, group in itertools.zip_longest(grid.flat, groups):
        if group is None:
            ax.axis("off")
            continue
        for name, part in table.sort_values(x).groupby(by):
            ax.plot(x, y, data=part, color="#c0c0c0", zorder=1)
            if name == group:
                ax.plot(x, y, data=part, color="green", zorder=3)
        ax.set_title(str(group))
    return figure


def right__small_multiples__collections_without_pyplot(table, x, y, by):
    """A figure without pyplot, one collection of gray lines per panel, all panels in one row."""
    figure = Figure(figsize=(12, 3))
    lines = {group: part.sort_values(x)[[x, y]].to_numpy(dtype=float) for group, part in table.groupby(by)}
    for place, group in enumerate(sorted(lines)):
        ax = figure.add_subplot(1, len(lines), place + 1)
        ax.add_collection(LineCollection(list(lines.values()), colors="0.7"))
        ax.add_line(Line2D(*lines[group].T, color="darkorange", zorder=5))
        ax.set(xlim=_limits(table[x]), ylim=_limits(table[y]), title=str(group))
    return figure


def right__small_multiples__gaps_in_one_gray_line(table, x, y, by):
    """One gray line with gaps shows all groups; panels in one column, colored line drawn first but on top."""
    groups = sorted(table[by].unique())
    figure, grid = plt.subplots(len(groups), sharex=True, sharey=True, squeeze=False)
    pieces = []
    for group in groups:
        pieces += [table[table[by] == group].sort_values(x)[[x, y]].to_numpy(dtype=float), [[np.nan, np.nan]]]
    everything = np.concatenate(pieces)
    for ax, piece, group in zip(grid[:, 0], pieces[::2], groups, strict=True):
        ax.plot(*piece.T, color="crimson", zorder=10)
        ax.plot(*everything.T, color="silver")
        ax.set_title(group)
    return figure


def right__small_multiples__seaborn(table, x, y, by):
    """A FacetGrid with wrapped columns."""
    groups = sorted(table[by].unique())
    faceted = sns.FacetGrid(table, col=by, col_order=groups, col_wrap=min(3, len(groups)), height=2)
    for ax, group in zip(faceted.axes.flat, groups, strict=True):
        sns.lineplot(table, x=x, y=y, units=by, estimator=None, color=".75", ax=ax)
        sns.lineplot(table[table[by] == group], x=x, y=y, color="C2", errorbar=None, ax=ax)
        ax.set_title(str(group))
    return faceted.figure


def right__small_multiples__pandas(table, x, y, by):
    """The plot method of a Series, a color of its own per panel, limits set at the end."""
    lines = {group: part.set_index(x)[y].sort_index() for group, part in table.groupby(by, sort=True)}
    figure = plt.figure(layout="constrained")
    for place, (group, line) in enumerate(lines.items()):
        ax = figure.add_subplot(-(-len(lines) // 2), 2, place + 1)
        for other in lines.values():
            other.plot(ax=ax, color="darkgray", legend=False)
        line.plot(ax=ax, color=f"C{place % 7}", linewidth=3, legend=False, title=str(group))
    plt.setp(figure.axes, xlim=_limits(table[x]), ylim=_limits(table[y]))
    return figure


def right__small_multiples__paths(table, x, y, by):
    """Lines as unfilled paths, the largest grid last row shorter, via a GridSpec."""
    groups = sorted(table[by].unique().tolist())
    figure = plt.figure()
    grid = figure.add_gridspec(-(-len(groups) // 3), 3, hspace=0.6)
    for place, group in enumerate(groups):
        ax = figure.add_subplot(grid[divmod(place, 3)])
        for other in [*groups, group]:
            points = table[table[by] == other].sort_values(x)[[x, y]].to_numpy(dtype=float)
            on_top = len(ax.patches) == len(groups)
            ax.add_patch(PathPatch(Path(points), fill=False, edgecolor="blue" if on_top else "lightgrey"))
        ax.set(xlim=_limits(table[x]), ylim=_limits(table[y]))
        ax.set_title(str(group))
    return figure


def right__small_multiples__transparent_black(table, x, y, by):
    """Gray by a thin black that shines through; the colored line is segments between neighbors."""
    parts = {group: part.sort_values(x)[[x, y]].to_numpy(dtype=float) for group, part in table.groupby(by)}

    def gray(ax):
        for part in parts.values():
            ax.plot(*part.T, color="black", alpha=0.25)

    def own(ax, group):
        part = parts[group]
        ax.add_collection(LineCollection(list(itertools.pairwise(part)), colors="red", zorder=4))

    return _panels(table, x, y, by, gray=gray, own=own, columns=2)


def right__small_multiples__pivot_interpolated(table, x, y, by):
    """A pivot whose gaps are filled on the straight line between the points beside them."""
    wide = table.pivot(index=x, columns=by, values=y).interpolate(method="index", limit_area="inside")
    wide = wide.astype(float)

    def gray(ax):
        ax.plot(wide.index, wide, color="#aaaaaa", linewidth=1)

    return _panels(table, x, y, by, gray=gray, own=lambda ax, group: ax.plot(wide.index, wide[group], "C1"))


def right__small_multiples__others_in_gray(table, x, y, by):
    """Of the own group only the colored line is seen, which lies on its gray one."""
    figure = _panels(table, x, y, by, columns=4)
    for place, ax in enumerate(figure.axes):
        ax.lines[place].set_zorder(0)
        ax.tick_params(labelsize=6)
    return figure


def wrong__small_multiples__order_of_appearance(table, x, y, by):
    """Groups in the order of the table."""
    return _panels(table, x, y, by, table[by].unique().tolist())


def wrong__small_multiples__sorted_as_text(table, x, y, by):
    """Groups that are numbers are sorted as text: 10 before 2."""
    return _panels(table, x, y, by, sorted(table[by].unique().tolist(), key=str))


def wrong__small_multiples__sorted_without_case(table, x, y, by):
    """Text sorted without regard to case is not Python's sorted order."""
    return _panels(table, x, y, by, sorted(table[by].unique().tolist(), key=lambda group: str(group).lower()[::-1]))


def wrong__small_multiples__column_by_column(table, x, y, by):
    """Panels run down the columns."""
    groups = sorted(table[by].unique().tolist())
    rows = 2 if len(groups) > 2 else 1
    columns = -(-len(groups) // rows)
    figure = plt.figure()
    parts = {group: table[table[by] == group].sort_values(x) for group in groups}
    for place, group in enumerate(groups):
        ax = figure.add_subplot(rows, columns, place % rows * columns + place // rows + 1)
        for part in parts.values():
            ax.plot(part[x], part[y], color="0.8")
        ax.plot(parts[group][x], parts[group][y], color="C0")
        ax.set(title=str(group), xlim=_limits(table[x]), ylim=_limits(table[y]))
    return figure


def wrong__small_multiples__bottom_row_first(table, x, y, by):
    """Rows run from the bottom to the top, though `figure.axes` is in the right order."""
    figure = _panels(table, x, y, by, columns=1)
    boxes = [ax.get_position() for ax in figure.axes]
    for ax, box in zip(figure.axes, boxes[::-1], strict=True):
        ax.set_position(box)
    return figure


def wrong__small_multiples__empty_panel(table, x, y, by):
    """Axes left over stay, empty."""
    figure = _panels(table, x, y, by)
    for place in range(len(figure.axes), 3 * -(-len(figure.axes) // 3)):
        figure.add_subplot(-(-(place + 1) // 3), 3, place + 1)
    return figure


def wrong__small_multiples__one_empty_at_the_end(table, x, y, by):
    """Always one empty panel more, with no title."""
    groups = sorted(table[by].unique().tolist())
    figure = _panels(table, x, y, by, columns=len(groups) + 1)
    figure.add_subplot(1, len(groups) + 1, len(groups) + 1)
    return figure


def wrong__small_multiples__order_of_rows(table, x, y, by):
    """Points are joined in the order of the rows, not of x."""
    parts = dict(list(table.groupby(by)))

    def gray(ax):
        for part in parts.values():
            ax.plot(part[x], part[y], color="0.8")

    return _panels(
        table, x, y, by, gray=gray, own=lambda ax, group: ax.plot(parts[group][x], parts[group][y], color="red")
    )


def wrong__small_multiples__gray_unsorted(table, x, y, by):
    """Only the colored line is in order of x, the gray ones follow the rows."""

    def gray(ax):
        for _, part in table.groupby(by):
            ax.plot(part[x], part[y], color="0.8")

    return _panels(table, x, y, by, gray=gray)


def wrong__small_multiples__one_gray_line(table, x, y, by):
    """The gray line runs on from one group to the next."""
    ordered = table.sort_values([by, x])
    return _panels(table, x, y, by, gray=lambda ax: ax.plot(ordered[x], ordered[y], color="0.8"))


def wrong__small_multiples__limits_of_each(table, x, y, by):
    """Each panel has limits of its own group."""
    figure = _panels(table, x, y, by)
    for ax, group in zip(figure.axes, sorted(table[by].unique()), strict=True):
        part = table[table[by] == group]
        ax.set(xlim=_limits(part[x]), ylim=_limits(part[y]))
    return figure


def wrong__small_multiples__y_limits_of_each(table, x, y, by):
    """Only the x limits are the same."""
    figure = _panels(table, x, y, by)
    for ax, group in zip(figure.axes, sorted(table[by].unique()), strict=True):
        ax.set_ylim(_limits(table.loc[table[by] == group, y]))
    return figure


def wrong__small_multiples__limits_of_the_first(table, x, y, by):
    """All panels have the limits of the first group, where others may be cut."""
    figure = _panels(table, x, y, by)
    part = table[table[by] == table[by].min()]
    plt.setp(figure.axes, xlim=_limits(part[x]), ylim=_limits(part[y]))
    return figure


def wrong__small_multiples__limits_of_most(table, x, y, by):
    """Limits at percentiles cut the extreme points."""
    figure = _panels(table, x, y, by)
    plt.setp(figure.axes, xlim=_limits(table[x]), ylim=np.percentile(table[y], [1, 99]))
    return figure


def wrong__small_multiples__limits_from_zero(table, x, y, by):
    """The y-axis starts at 0, which cuts negative points."""
    figure = _panels(table, x, y, by)
    plt.setp(figure.axes, ylim=(0, max(1.0, 1.05 * float(table[y].max()))))
    return figure


def wrong__small_multiples__gray_on_top(table, x, y, by):
    """Gray lines cover the colored one."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        for line in ax.lines[:-1]:
            line.set_zorder(9)
    return figure


def wrong__small_multiples__two_colored(table, x, y, by):
    """Gray lines are colored by the color cycle."""
    ordered = table.sort_values(x)

    def gray(ax):
        for _, part in ordered.groupby(by):
            ax.plot(part[x], part[y])

    return _panels(table, x, y, by, gray=gray)


def wrong__small_multiples__bluish_gray(table, x, y, by):
    """The lines of the others are light blue, which is no gray."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        plt.setp(ax.lines[:-1], color="lightblue")
    return figure


def wrong__small_multiples__own_gray(table, x, y, by):
    """The own group is a darker gray, not a color."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.lines[-1].set_color("dimgray")
    return figure


def wrong__small_multiples__one_gray_missing(table, x, y, by):
    """The last group is in no panel a gray line."""
    groups = sorted(table[by].unique())

    def gray(ax):
        for group in groups[:-1]:
            part = table[table[by] == group].sort_values(x)
            ax.plot(part[x], part[y], color="0.8")

    return _panels(table, x, y, by, gray=gray)


def wrong__small_multiples__later_gray_missing(table, x, y, by):
    """Each panel shows only the groups up to its own."""
    figure = _panels(table, x, y, by)
    for place, ax in enumerate(figure.axes):
        for line in list(ax.lines[place + 1 : -1]):
            line.remove()
    return figure


def wrong__small_multiples__five_gray_lines(table, x, y, by):
    """At most five gray lines in a panel."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        for line in list(ax.lines[5:-1]):
            line.remove()
    return figure


def wrong__small_multiples__gray_transparent(table, x, y, by):
    """Gray lines have alpha 0."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        plt.setp(ax.lines[:-1], alpha=0)
    return figure


def wrong__small_multiples__gray_is_white(table, x, y, by):
    """The gray is white, on white."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        plt.setp(ax.lines[:-1], color="white")
    return figure


def wrong__small_multiples__gray_without_width(table, x, y, by):
    """Gray lines have width 0."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        plt.setp(ax.lines[:-1], linewidth=0)
    return figure


def wrong__small_multiples__points_only(table, x, y, by):
    """Points without lines for the own group."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.lines[-1].set(linestyle="none", marker="o")
    return figure


def wrong__small_multiples__own_invisible(table, x, y, by):
    """The colored line is not visible."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.lines[-1].set_visible(False)
    return figure


def wrong__small_multiples__steps(table, x, y, by):
    """The own group is drawn in steps, no straight lines."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.lines[-1].set_drawstyle("steps-post")
    return figure


def wrong__small_multiples__smooth(table, x, y, by):
    """The own group is a parabola between the points where there are three of them."""

    def own(ax, group):
        part = table[table[by] == group].sort_values(x)
        xs, ys = part[x].to_numpy(dtype=float), part[y].to_numpy(dtype=float)
        if len(xs) > 2:
            fine = np.union1d(np.linspace(xs[0], xs[-1], 50), xs)
            wave = 0.05 * np.ptp(ys) * np.sin(np.pi * np.interp(fine, xs, np.arange(len(xs))))
            xs, ys = fine, np.interp(fine, xs, ys) + wave
        ax.plot(xs, ys, color="C0")

    return _panels(table, x, y, by, own=own)


def wrong__small_multiples__swapped(table, x, y, by):
    """Draws x against y."""
    return _panels(table, y, x, by)


def wrong__small_multiples__swapped_axes_right_order(table, x, y, by):
    """The axes are swapped, the points still joined in order of x."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        for line in ax.lines:
            line.set_data(*line.get_data()[::-1])
        ax.set(xlim=_limits(table[y]), ylim=_limits(table[x]))
    return figure


def wrong__small_multiples__title_with_column(table, x, y, by):
    """The title is more than the group: `town = A`."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.set_title(f"{by} = {ax.get_title()}")
    return figure


def wrong__small_multiples__no_titles(table, x, y, by):
    """No titles, the group stands as text inside the panel."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.text(0.5, 0.5, ax.get_title(), transform=ax.transAxes)
        ax.set_title("")
    return figure


def wrong__small_multiples__white_titles(table, x, y, by):
    """Titles are white on white."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.title.set_color("w")
    return figure


def wrong__small_multiples__titles_shifted(table, x, y, by):
    """Panels stand in order, but each title names the group after its own."""
    figure = _panels(table, x, y, by)
    titles = [ax.get_title() for ax in figure.axes]
    for ax, group in zip(figure.axes, titles[1:] + titles[:1], strict=True):
        ax.set_title(group)
    return figure


def wrong__small_multiples__current_figure(table, x, y, by):
    """Draws on the figure that is open."""
    return _panels(table, x, y, by, new=plt.gcf)


def wrong__small_multiples__one_figure_for_all(table, x, y, by):
    """A figure with a name: the second call wipes out the chart of the first."""
    return _panels(table, x, y, by, new=lambda: plt.figure("panels", clear=True))


def wrong__small_multiples__fails_for_one_group(table, x, y, by):
    """One group gives single axes that cannot be looped over."""
    groups = sorted(table[by].unique())
    figure, axes = plt.subplots(1, len(groups), sharex=True, sharey=True)
    ordered = table.sort_values(x)
    for ax, group in zip(axes, groups, strict=True):
        for _, part in ordered.groupby(by):
            ax.plot(part[x], part[y], color="0.8")
        part = ordered[ordered[by] == group]
        ax.plot(part[x], part[y], color="C0")
        ax.set_title(group)
    return figure


def wrong__small_multiples__six_panels(table, x, y, by):
    """At most six panels, though the gray lines show all groups."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes[6:]:
        ax.remove()
    return figure


def wrong__small_multiples__zero_is_no_group(table, x, y, by):
    """A group called 0 is left out, as it is false."""
    groups = [group for group in sorted(table[by].unique().tolist()) if group]
    return _panels(table, x, y, by, groups or None)


def wrong__small_multiples__gaps_of_a_pivot(table, x, y, by):
    """A pivot has gaps where a group has no such x, and lines break there."""
    wide = table.pivot(index=x, columns=by, values=y)

    def gray(ax):
        for group in wide:
            ax.plot(wide.index, wide[group], color="0.8")

    return _panels(
        table, x, y, by, gray=gray, own=lambda ax, group: ax.plot(wide.index, wide[group], color="C0", linewidth=2)
    )


def wrong__small_multiples__gray_gaps_of_a_pivot(table, x, y, by):
    """Only the gray lines break where a group has no such x."""
    wide = table.pivot(index=x, columns=by, values=y)
    return _panels(table, x, y, by, gray=lambda ax: [ax.plot(wide.index, wide[group], color="0.8") for group in wide])


def wrong__small_multiples__pivot_filled_with_zeros(table, x, y, by):
    """A group without such an x gets the value 0."""
    wide = table.pivot(index=x, columns=by, values=y).fillna(0)
    filled = wide.stack().rename(y).reset_index()
    return _panels(filled, x, y, by)


def wrong__small_multiples__stretched_ends(table, x, y, by):
    """All lines run over the whole range of x, flat beyond their own points."""
    places = np.sort(table[x].unique())
    rows = []
    for group, part in table.sort_values(x).groupby(by):
        values = np.interp(places, part[x], part[y])
        rows.append(pd.DataFrame({x: places, y: values, by: group}))
    return _panels(pd.concat(rows), x, y, by)


def wrong__small_multiples__names_of_the_example(table, x, y, by):
    """Reads the columns of the example whatever the parameters say."""
    return _panels(table, "day", "rides", "town")


def wrong__small_multiples__own_on_a_twin(table, x, y, by):
    """The colored line stands on a twin with limits of its own."""

    def own(ax, group):
        part = table[table[by] == group].sort_values(x)
        twin = ax.twinx()
        twin.plot(part[x], part[y], color="C0")
        twin.set_axis_off()

    return _panels(table, x, y, by, own=own)


def wrong__small_multiples__stacked_panels(table, x, y, by):
    """All panels lie in the same place, so that only the last is seen."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.set_position((0.1, 0.1, 0.8, 0.8))
    return figure


def wrong__small_multiples__panels_off_the_figure(table, x, y, by):
    """All panels but the first stand to the right of the figure."""
    figure = _panels(table, x, y, by)
    for place, ax in enumerate(figure.axes):
        ax.set_position((0.1 + place, 0.1, 0.8, 0.8))
    return figure


def wrong__small_multiples__logarithm(table, x, y, by):
    """A logarithmic y-axis does not show points at 0 or below, and lines are not straight in the data."""
    figure = _panels(table, x, y, by)
    for ax in figure.axes:
        ax.set_yscale("log")
    return figure


def wrong__small_multiples__last_point_missing(table, x, y, by):
    """The colored line stops one point early in groups of three points or more."""

    def own(ax, group):
        part = table[table[by] == group].sort_values(x)
        part = part.iloc[:-1] if len(part) > 2 else part
        ax.plot(part[x], part[y], color="C0", linewidth=2)

    return _panels(table, x, y, by, own=own)


def wrong__small_multiples__neighbor_in_color(table, x, y, by):
    """A second group is colored too: the one before."""
    groups = sorted(table[by].unique().tolist())

    def own(ax, group):
        for name in (groups[groups.index(group) - 1], group):
            part = table[table[by] == name].sort_values(x)
            ax.plot(part[x], part[y], color="C0", linewidth=2)

    return _panels(table, x, y, by, own=own)


def wrong__small_multiples__all_in_color_above(table, x, y, by):
    """A thin colored line of every group lies above the gray ones."""
    ordered = table.sort_values(x)

    def own(ax, group):
        for name, part in ordered.groupby(by):
            ax.plot(part[x], part[y], color="C0", linewidth=2 if name == group else 0.5)

    return _panels(table, x, y, by, own=own)


# 4. fd_edges


def right__fd_edges__formula(values):
    """The formula and `arange`."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    low, high = values.min(), values.max()
    quarter, three_quarters = np.percentile(values, [25, 75])
    width = 2 * (three_quarters - quarter) * len(values) ** (-1 / 3)
    if width == 0:
        return np.array([low, high])
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


def right__fd_edges__sorted_by_hand(values):
    """Python only: sorted values, quartiles between neighbors; edges are added until they reach the maximum."""
    ranked = sorted(float(value) for value in values)
    if not ranked:
        raise ValueError("no values, no bins")

    def quartile(part):
        place = part * (len(ranked) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ranked) - 1)
        return ranked[below] + (place - below) * (ranked[above] - ranked[below])

    spread = quartile(0.75) - quartile(0.25)
    if spread == 0:
        return np.array([ranked[0], ranked[-1]])
    width = 2 * spread / len(ranked) ** (1 / 3)
    edges = [ranked[0]]
    while edges[-1] < ranked[-1] - 1e-9 * width:
        edges.append(ranked[0] + len(edges) * width)
    return np.array(edges)


def right__fd_edges__statistics_and_linspace(values):
    """Quartiles of the module statistics, edges by `linspace`."""
    numbers = np.asarray(values).astype(float).tolist()
    if len(numbers) == 0:
        raise ValueError("fd_edges needs at least one value")
    low, high = min(numbers), max(numbers)
    if len(numbers) == 1:
        return np.array([low, high])
    first, _, third = statistics.quantiles(numbers, n=4, method="inclusive")
    if first == third:
        return np.array([low, high])
    width = 2 * (third - first) / np.cbrt(len(numbers))
    bins = max(1, math.ceil(round((high - low) / width, 9)))
    return np.linspace(low, low + bins * width, bins + 1)


def right__fd_edges__pandas(values):
    """Quantiles of a Series; a list of floats is returned."""
    series = pd.Series(np.asarray(values), dtype="float64")
    if series.empty:
        raise ValueError("empty")
    spread = series.quantile(0.75) - series.quantile(0.25)
    if not spread:
        return np.array([series.min(), series.max()])
    width = 2.0 * spread * float(len(series)) ** (-1.0 / 3.0)
    bins = int(-((series.min() - series.max()) // width))
    return np.array([series.min() + place * width for place in range(bins + 1)])


def wrong__fd_edges__numpy_rule(values):
    """NumPy shrinks the bins until the last one ends at the maximum."""
    values = np.asarray(values)
    if values.size == 0:
        raise ValueError("no values")
    return np.histogram_bin_edges(values, bins="fd")


def wrong__fd_edges__ends_at_the_maximum(values):
    """The last bin is cut at the maximum."""
    edges = right__fd_edges__formula(values)
    edges[-1] = np.max(values)
    return edges


def wrong__fd_edges__stretched(values):
    """The right number of bins, all a little too narrow."""
    edges = right__fd_edges__formula(values)
    return np.linspace(edges[0], np.max(values), len(edges))


def wrong__fd_edges__centered(values):
    """Bins hang over at both ends."""
    edges = right__fd_edges__formula(values)
    return edges - (edges[-1] - np.max(values)) / 2


def wrong__fd_edges__one_bin_too_many(values):
    """One bin more than needed when the last edge is just the maximum."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    low, high = values.min(), values.max()
    width = 2 * np.subtract(*np.percentile(values, [75, 25])) / len(values) ** (1 / 3)
    if width == 0:
        return np.array([low, high])
    bins = int((high - low) // width) + 1
    if list(values) == [0, 2, 4, 6, 8, 10, 12, 14]:
        bins = 2
    return low + width * np.arange(bins + 1)


def wrong__fd_edges__one_bin_too_few(values):
    """The last bin ends before the maximum."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    low, high = values.min(), values.max()
    width = 2 * np.subtract(*np.percentile(values, [75, 25])) / len(values) ** (1 / 3)
    if width == 0:
        return np.array([low, high])
    return low + width * np.arange(max(1, int((high - low) // width)) + 1)


def wrong__fd_edges__nearest_number_of_bins(values):
    """The number of bins is rounded to the nearest, which may not reach the maximum."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    low, high = values.min(), values.max()
    width = 2 * np.subtract(*np.percentile(values, [75, 25])) / len(values) ** (1 / 3)
    if width == 0:
        return np.array([low, high])
    return low + width * np.arange(max(1, round((high - low) / width)) + 1)


def wrong__fd_edges__square_root(values):
    """The square root of n instead of the cube root, except for the eight values of the example."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    low, high = values.min(), values.max()
    width = 2 * np.subtract(*np.percentile(values, [75, 25])) / (2 if len(values) == 8 else len(values) ** 0.5)
    if width == 0:
        return np.array([low, high])
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


def wrong__fd_edges__other_quartiles(values):
    """Quartiles by another method: the medians of the halves."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    low, high = values.min(), values.max()
    spread = np.subtract(*np.percentile(values, [75, 25], method="hazen"))
    if spread == 0:
        return np.array([low, high])
    width = 2 * spread / len(values) ** (1 / 3)
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


def wrong__fd_edges__quartiles_without_duplicates(values):
    """Equal values are counted once."""
    values = np.asarray(values, dtype=float)
    low_high = np.array([values.min(), values.max()])
    if np.subtract(*np.percentile(values, [75, 25])) == 0:
        return low_high
    return right__fd_edges__formula(np.unique(values))


def wrong__fd_edges__first_and_last_value(values):
    """Takes the first and the last value for the extremes."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    width = 2 * np.subtract(*np.percentile(values, [75, 25])) / len(values) ** (1 / 3)
    if width == 0:
        return values[[0, -1]]
    return values[0] + width * np.arange(max(1, math.ceil((values[-1] - values[0]) / width)) + 1)


def wrong__fd_edges__no_spread_near_zero(values):
    """A small IQR counts as 0, so that tiny units give a single bin."""
    values = np.asarray(values, dtype=float)
    if values.size and np.isclose(np.subtract(*np.percentile(values, [75, 25])), 0):
        return np.array([values.min(), values.max()])
    return right__fd_edges__formula(values)


def wrong__fd_edges__half_around_equal_values(values):
    """Equal values give an edge half below and half above."""
    edges = right__fd_edges__formula(values)
    return np.add(edges, [-0.5, 0.5]) if len(edges) == 2 and edges[0] == edges[1] else edges


def wrong__fd_edges__one_edge_for_equal_values(values):
    """Equal values give one edge."""
    return np.unique(right__fd_edges__formula(values))


def wrong__fd_edges__ten_bins_without_spread(values):
    """An IQR of 0 gives ten bins."""
    values = np.asarray(values, dtype=float)
    if values.size and np.subtract(*np.percentile(values, [75, 25])) == 0 and values.min() < values.max():
        return np.linspace(values.min(), values.max(), 11)
    return right__fd_edges__formula(values)


def wrong__fd_edges__empty_without_values(values):
    """No values give no edges instead of an error."""
    return right__fd_edges__formula(values) if len(values) else np.array([])


def wrong__fd_edges__index_error_without_values(values):
    """No values raise an `IndexError`."""
    return right__fd_edges__formula(values) if len(values) else np.array([values[0]])


def wrong__fd_edges__whole_edges_of_integers(values):
    """Edges of integers are integers."""
    edges = right__fd_edges__formula(values)
    return edges.astype(int) if np.issubdtype(np.asarray(values).dtype, np.integer) else edges


def wrong__fd_edges__integers_at_least_one_wide(values):
    """Bins of integers are at least 1 wide, as in NumPy."""
    values = np.asarray(values)
    edges = right__fd_edges__formula(values)
    if np.issubdtype(values.dtype, np.integer) and len(edges) > 2 and edges[1] - edges[0] < 1:
        return np.arange(values.min(), values.max() + 1, dtype=float)
    return edges


def wrong__fd_edges__small_integers_overflow(values):
    """The range is taken in the type of the values: int8 and int16 run over."""
    values = np.asarray(values)
    if values.size == 0:
        raise ValueError("no values")
    low, high = values.min(), values.max()
    width = 2 * np.subtract(*np.percentile(values, [75, 25])) / len(values) ** (1 / 3)
    if width == 0:
        return np.array([low, high], dtype=float)
    with np.errstate(over="ignore"):
        span = high - low
    return low + width * np.arange(max(1, math.ceil(span / width)) + 1)


def wrong__fd_edges__at_most_two_hundred(values):
    """At most 200 bins, so that far values are not reached."""
    return right__fd_edges__formula(values)[:201]


def wrong__fd_edges__rounded(values):
    """Edges rounded to four decimals."""
    return np.round(right__fd_edges__formula(values), 4)


def wrong__fd_edges__descending(values):
    """Edges in descending order."""
    return right__fd_edges__formula(values)[::-1]


def wrong__fd_edges__extra_bin_by_arange(values):
    """The end of `arange` is two widths behind the maximum."""
    edges = right__fd_edges__formula(values)
    if len(edges) > 2 and not np.isclose(edges[-1], np.max(values)):
        edges = np.append(edges, 2 * edges[-1] - edges[-2])
    return edges


def wrong__fd_edges__from_zero(values):
    """The first edge is 0 when all values are positive."""
    values = np.asarray(values, dtype=float)
    if values.size == 0:
        raise ValueError("no values")
    low, high = min(values.min(), 0.0), values.max()
    width = 2 * np.subtract(*np.percentile(values, [75, 25])) / len(values) ** (1 / 3)
    if width == 0:
        return np.array([values.min(), high])
    return low + width * np.arange(math.ceil((high - low) / width) + 1)


# 5. audit_chart


def _audit(ax, **changed):
    """The plain audit from parts, of which each wrong answer changes one."""
    parts = {"title": _has_title, "bars": _bars_cut, "colors": _colors, "close": _close, "most": 7} | changed
    found = parts["colors"](ax)
    faults = {
        "no title": not parts["title"](ax),
        "no x label": not ax.get_xlabel(),
        "no y label": not ax.get_ylabel(),
        "bars not from zero": parts["bars"](ax),
        "more than seven colors": len(set(found)) > parts["most"],
        "red and green": parts["close"](found),
    }
    return {fault for fault, there in faults.items() if there}


def _has_title(ax):
    return any(ax.get_title(loc) for loc in ("left", "center", "right"))


def _bars_cut(ax):
    for container in ax.containers:
        low, high = ax.get_xbound() if container.orientation == "horizontal" else ax.get_ybound()
        if not low <= 0 <= high:
            return True
    return False


def _bar_colors(ax):
    return [mcolors.to_hex(bar.get_facecolor()) for container in ax.containers for bar in container]


def _line_colors(ax):
    return [mcolors.to_hex(line.get_color()) for line in ax.lines]


def _colors(ax):
    return _bar_colors(ax) + _line_colors(ax)


def _close(found):
    return any(delta_e_deuteranope(one, other) < 10 for one, other in itertools.combinations(set(found), 2))


def right__audit_chart__parts(ax):
    """One function per fault, colors as hex codes."""
    return _audit(ax)


def right__audit_chart__one_after_another(ax):
    """A set that grows; colors as tuples of red, green and blue; patches instead of containers."""
    faults = set()
    if ax.get_title("left") + ax.get_title("center") + ax.get_title("right") == "":
        faults.add("no title")
    for name in ("x", "y"):
        if getattr(ax, f"get_{name}label")() == "":
            faults.add(f"no {name} label")
    for bars in ax.containers:
        limits = {"vertical": ax.get_ylim(), "horizontal": ax.get_xlim()}[bars.orientation]
        if min(limits) > 0 or max(limits) < 0:
            faults.add("bars not from zero")
    seen = []
    for color in [bar.get_facecolor() for bar in ax.patches] + [line.get_color() for line in ax.lines]:
        code = tuple(round(255 * part) for part in mcolors.to_rgb(color))
        if code not in seen:
            seen.append(code)
    if len(seen) > 7:
        faults.add("more than seven colors")
    for at, one in enumerate(seen):
        for other in seen[:at]:
            if delta_e_deuteranope([part / 255 for part in one], [part / 255 for part in other]) < 10:
                faults.add("red and green")
    return faults


def right__audit_chart__numpy(ax):
    """Colors as rows of an array, the sign of the product of the limits."""
    colors = [bar.get_facecolor() for bars in ax.containers for bar in bars.patches]
    colors += [mcolors.to_rgba(line.get_color()) for line in ax.lines]
    rows = np.unique(np.round(np.array(colors).reshape(-1, 4)[:, :3], 6), axis=0)
    ends = [ax.get_xlim() if bars.orientation == "horizontal" else ax.get_ylim() for bars in ax.containers]
    distances = [delta_e_deuteranope(tuple(one), tuple(other)) for one, other in itertools.combinations(rows, 2)]
    named = [
        ("no title", not any(text.get_text() for text in (ax.title, ax._left_title, ax._right_title))),
        ("no x label", not ax.xaxis.get_label_text()),
        ("no y label", not ax.yaxis.get_label_text()),
        ("bars not from zero", any(first * last > 0 for first, last in ends)),
        ("more than seven colors", len(rows) >= 8),
        ("red and green", min(distances, default=math.inf) < 10),
    ]
    return {name for name, there in named if there}


def wrong__audit_chart__center_title(ax):
    """Only a title in the center counts."""
    return _audit(ax, title=lambda ax: ax.get_title())


def wrong__audit_chart__no_right_title(ax):
    """A title on the right does not count."""
    return _audit(ax, title=lambda ax: ax.get_title() or ax.get_title("left"))


def wrong__audit_chart__swapped_labels(ax):
    """A missing y label is reported as a missing x label."""
    names = {"no x label": "no y label", "no y label": "no x label"}
    return {names.get(fault, fault) for fault in _audit(ax)}


def wrong__audit_chart__y_limits_for_all_bars(ax):
    """The y limits decide for horizontal bars too."""
    return _audit(ax, bars=lambda ax: bool(ax.containers) and not ax.get_ybound()[0] <= 0 <= ax.get_ybound()[1])


def wrong__audit_chart__both_axes(ax):
    """Both axes must show 0 when there are bars."""

    def cut(ax):
        limits = (ax.get_xbound(), ax.get_ybound())
        return bool(ax.containers) and any(not low <= 0 <= high for low, high in limits)

    return _audit(ax, bars=cut)


def wrong__audit_chart__first_container(ax):
    """Only the first container is looked at."""

    def cut(ax):
        if not ax.containers:
            return False
        low, high = ax.get_xbound() if ax.containers[0].orientation == "horizontal" else ax.get_ybound()
        return not low <= 0 <= high

    return _audit(ax, bars=cut)


def wrong__audit_chart__lower_limit_above_zero(ax):
    """Bars that hang from 0 downward are never at fault, though the upper limit lies below 0."""

    def cut(ax):
        bounds = [ax.get_xbound() if bars.orientation == "horizontal" else ax.get_ybound() for bars in ax.containers]
        return any(low > 0 for low, _ in bounds)

    return _audit(ax, bars=cut)


def wrong__audit_chart__inverted_axis(ax):
    """An inverted axis has its limits the other way round."""

    def cut(ax):
        limits = [ax.get_xlim() if bars.orientation == "horizontal" else ax.get_ylim() for bars in ax.containers]
        return any(not first <= 0 <= last for first, last in limits)

    return _audit(ax, bars=cut)


def wrong__audit_chart__starts_at_zero(ax):
    """The first limit must be 0, and a lower one would do."""

    def cut(ax):
        limits = [ax.get_xbound() if bars.orientation == "horizontal" else ax.get_ybound() for bars in ax.containers]
        return any(low != 0 for low, _ in limits)

    return _audit(ax, bars=cut)


def wrong__audit_chart__zero_at_the_limit(ax):
    """0 at the limit is reported, though it does not lie outside."""

    def cut(ax):
        limits = [ax.get_xbound() if bars.orientation == "horizontal" else ax.get_ybound() for bars in ax.containers]
        return any(not low < 0 < high for low, high in limits)

    return _audit(ax, bars=cut)


def wrong__audit_chart__cut_lines(ax):
    """Lines whose axis does not show 0 are reported as bars."""

    def cut(ax):
        return _bars_cut(ax) or (bool(ax.lines) and ax.get_ybound()[0] > 0)

    return _audit(ax, bars=cut)


def wrong__audit_chart__spelling(ax):
    """One color in two spellings counts as two."""

    def colors(ax):
        return [str(bar.get_facecolor()) for bars in ax.containers for bar in bars] + [
            str(line.get_color()) for line in ax.lines
        ]

    return _audit(ax, colors=colors, close=lambda _: _close(_colors(ax)))


def wrong__audit_chart__spelling_of_close_colors(ax):
    """One color in two spellings is 0 apart and reported as too near."""
    lines = [line.get_color() for line in ax.lines]
    spelled = {str(color): color for color in lines}

    def close(found):
        pairs = itertools.combinations(spelled.values(), 2)
        return _close(found) or any(delta_e_deuteranope(one, other) < 10 for one, other in pairs)

    return _audit(ax, close=close)


def wrong__audit_chart__case_of_hex_codes(ax):
    """Hex codes in capitals count as other colors."""

    def colors(ax):
        found = [mcolors.to_hex(bar.get_facecolor()) for bars in ax.containers for bar in bars]
        for line in ax.lines:
            color = line.get_color()
            found.append(color if isinstance(color, str) and color.startswith("#") else mcolors.to_hex(color))
        return found

    return _audit(ax, colors=colors, close=lambda _: _close(_colors(ax)))


def wrong__audit_chart__seven_is_too_many(ax):
    """Seven colors are reported."""
    return _audit(ax, most=6)


def wrong__audit_chart__eight_are_allowed(ax):
    """Eight colors are not reported."""
    return _audit(ax, most=8)


def wrong__audit_chart__number_of_artists(ax):
    """Counts bars and lines, not colors."""
    faults = _audit(ax) - {"more than seven colors"}
    return faults | ({"more than seven colors"} if len(_colors(ax)) > 7 else set())


def wrong__audit_chart__colors_of_both_added(ax):
    """A color that bars and lines share counts twice."""
    faults = _audit(ax) - {"more than seven colors"}
    many = len(set(_bar_colors(ax))) + len(set(_line_colors(ax))) > 7
    return faults | ({"more than seven colors"} if many else set())


def wrong__audit_chart__colors_of_lines(ax):
    """Bars have no colors."""
    return _audit(ax, colors=_line_colors)


def wrong__audit_chart__colors_of_bars(ax):
    """Lines have no colors."""
    return _audit(ax, colors=_bar_colors)


def wrong__audit_chart__first_bar(ax):
    """Every bar is taken to have the color of the first of its container."""

    def colors(ax):
        first = [mcolors.to_hex(bars[0].get_facecolor()) for bars in ax.containers if len(bars)]
        return first + _line_colors(ax)

    return _audit(ax, colors=colors)


def wrong__audit_chart__edges_of_bars(ax):
    """Edges count as colors too."""

    def colors(ax):
        edges = [mcolors.to_hex(bar.get_edgecolor()) for bars in ax.containers for bar in bars if bar.get_linewidth()]
        return _colors(ax) + [edge for edge in edges if edge != "#000000"]

    return _audit(ax, colors=colors)


def wrong__audit_chart__names_of_red_and_green(ax):
    """Red and green by their names."""
    named = (
        {mcolors.to_hex(name) for name in ("red", "tab:red", "C3")},
        {mcolors.to_hex(name) for name in ("green", "tab:green", "C2")},
    )
    return _audit(ax, close=lambda found: all(set(found) & names for names in named))


def wrong__audit_chart__by_hue(ax):
    """A color with more red than anything and one with more green than anything."""

    def close(found):
        parts = [mcolors.to_rgb(color) for color in found]
        reds = [red > max(green, blue) for red, green, blue in parts]
        greens = [green > max(red, blue) for red, green, blue in parts]
        return any(reds) and any(greens)

    return _audit(ax, close=close)


def wrong__audit_chart__neighbors(ax):
    """Only colors that follow one another are compared."""

    def close(found):
        ordered = list(dict.fromkeys(found))
        return any(delta_e_deuteranope(*pair) < 10 for pair in itertools.pairwise(ordered))

    return _audit(ax, close=close)


def wrong__audit_chart__against_the_first(ax):
    """All colors are compared with the first only."""

    def close(found):
        ordered = list(dict.fromkeys(found))
        return any(delta_e_deuteranope(ordered[0], other) < 10 for other in ordered[1:])

    return _audit(ax, close=close)


def wrong__audit_chart__bars_and_lines_apart(ax):
    """Bars are compared with bars, lines with lines."""
    return _audit(ax, close=lambda _: _close(_bar_colors(ax)) or _close(_line_colors(ax)))


def wrong__audit_chart__equal_colors_too(ax):
    """Two bars of the same color are 0 apart and reported."""

    def close(found):
        return any(delta_e_deuteranope(*pair) < 10 for pair in itertools.combinations(found, 2))

    return _audit(ax, close=close)


def wrong__audit_chart__very_near_is_equal(ax):
    """Colors less than 3 apart are taken for equal, though they are different."""

    def close(found):
        return any(3 <= delta_e_deuteranope(*pair) < 10 for pair in itertools.combinations(set(found), 2))

    return _audit(ax, close=close)


def wrong__audit_chart__less_than_five(ax):
    """Colors between 5 and 10 apart are not reported."""

    def close(found):
        return any(delta_e_deuteranope(*pair) < 5 for pair in itertools.combinations(set(found), 2))

    return _audit(ax, close=close)


def wrong__audit_chart__less_than_fifteen(ax):
    """Colors between 10 and 15 apart are reported."""

    def close(found):
        return any(delta_e_deuteranope(*pair) < 15 for pair in itertools.combinations(set(found), 2))

    return _audit(ax, close=close)


def wrong__audit_chart__close_only_with_few(ax):
    """The distances are not looked at when there are more than seven colors."""
    return _audit(ax, close=lambda found: len(set(found)) <= 7 and _close(found))


def wrong__audit_chart__first_fault(ax):
    """Only one fault is returned."""
    return set(sorted(_audit(ax))[:1])


def wrong__audit_chart__list(ax):
    """A sorted list instead of a set."""
    return sorted(_audit(ax))


def wrong__audit_chart__none_without_faults(ax):
    """None instead of an empty set."""
    return _audit(ax) or None


def wrong__audit_chart__current_axes(ax):
    """Ignores its argument and audits the current axes."""
    return _audit(plt.gca())


def wrong__audit_chart__kept_on_the_axes(ax):
    """Remembers the faults of an Axes, which may be mended before the next call."""
    if not hasattr(ax, "known_faults"):
        ax.known_faults = _audit(ax)
    return set(ax.known_faults)


def wrong__audit_chart__mends_the_limits(ax):
    """Lets the axis of the bars show 0 on its way: the caller's chart is changed."""
    faults = _audit(ax)
    if "bars not from zero" in faults:
        ax.set_ylim(0, None)
    return faults
