# %% [markdown]
# # Exercises: Draw charts that tell the truth
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it reads what your figure shows, whichever functions drew it. Stuck? `hint(sorted_bars)` gives the next of three hints, `solution(sorted_bars)` the answer. Any order; `progress()` says where you are.

# %%
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from handrail import check, hint, progress, solution
from handrail.kit.charts import delta_e_deuteranope

# %% [markdown]
# ## 1. Sort the bars  ★☆☆ · 10 min
# A newsletter needs charts of totals. Draw one horizontal bar per total, the longest on top, each named by its label at the y-axis; of equal totals either comes first. The x-axis is linear, starts at exactly 0, holds every bar and is labeled with the unit. Every call draws on a new figure, whatever is open. Totals are at least 0, one is positive; labels are unique, and may be numbers.


# %%
def sorted_bars(totals: pd.Series, unit: str) -> Axes:
    """Return a new chart of horizontal bars, one for each entry of `totals`, the longest on top.

    The index of `totals` names the bars. `unit` is written along the x-axis, alone or as a part of its label.

    >>> ax = sorted_bars(pd.Series({"north": 5, "south": 9}), "rentals")
    >>> ax.get_xlabel(), float(ax.get_xlim()[0])
    ('rentals', 0.0)
    """
    # BEGIN SOLUTION
    ordered = totals.sort_values()
    figure = plt.figure()
    ax = figure.add_subplot(xlabel=unit)
    ax.barh(ordered.index.astype(str), ordered)
    return ax
    # END SOLUTION


# %%
check(sorted_bars)

# %% [markdown] tags=["solution"]
# `barh` draws from below, so ascending order puts the longest on top. `plt.figure()` makes the figure that `plt.barh`, and `totals.plot.barh()` too, would otherwise look for among the open ones (`plt.subplots()` does as well). As text the labels are names; left as numbers, station 112 would be drawn at the *height* 112. The axis starts at 0 by itself: bars tell Matplotlib to leave no margin below them.

# %% [markdown]
# ## 2. Measure the lie  ★☆☆ · 12 min
# A report compares two years with two upright bars. Its lie factor is the change that is drawn, divided by the true change. A change is the ratio of the right bar to the left one, minus 1; drawn is the part of a bar inside the limits of the axis. Both bars start at 0; the heights are positive, different, and inside the limits. The lower limit may be negative. The axes are linear and run right and upward.


# %%
def lie_factor(ax: Axes) -> float:
    """Return the drawn change of a chart of two vertical bars, divided by the true change; an honest chart has 1.

    >>> _, ax = plt.subplots()
    >>> bars = ax.bar(["2023", "2024"], [100, 110])
    >>> limits = ax.set_ylim(90, 115)  # drawn: 10 and 20
    >>> round(float(lie_factor(ax)), 6)
    10.0
    """
    # BEGIN SOLUTION
    low = max(0, ax.get_ylim()[0])
    left, right = (bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x()))
    drawn = (right - low) / (left - low)
    return (drawn - 1) / (right / left - 1)
    # END SOLUTION


# %%
check(lie_factor)

# %% [markdown] tags=["solution"]
# The chart knows its numbers: bars are in `ax.patches`, in the order in which they were drawn, so sort them by place. Below 0 nothing of a bar is drawn, hence the `max`. Work the fraction out and the right bar cancels: the factor is `left / (left - low)`. An axis cut at 95 % of the left bar exaggerates any change 20 times.

# %% [markdown]
# ## 3. Give every group a panel  ★★☆ · 20 min
# Many lines in one panel cross; small panels compare. Draw one panel per group, groups in sorted order, row by row, the group alone as its title, and no empty panel. In each panel, gray lines show all groups, and on top the panel's own group is a line in a color. Straight lines join points in order of x. All panels have the same limits, which show every point. Nothing is missing, no x repeats within a group.


# %%
def small_multiples(table: pd.DataFrame, x: str, y: str, by: str) -> Figure:
    """Return a new figure with one panel for each group of the column `by`, which draws column `y` against `x`.

    `x` and `y` are numbers, in rows of any order; `by` holds text or integers, at least one group.

    >>> table = pd.DataFrame({"day": [2, 1, 1, 2], "rides": [5, 3, 4, 4], "town": ["B", "B", "A", "A"]})
    >>> figure = small_multiples(table, "day", "rides", "town")
    >>> [ax.get_title() for ax in figure.axes]
    ['A', 'B']
    """
    # BEGIN SOLUTION
    groups = {name: part.sort_values(x) for name, part in table.groupby(by)}
    figure, rows = plt.figure(), math.ceil(len(groups) / 3)
    for place, (name, part) in enumerate(groups.items(), start=1):
        ax = figure.add_subplot(rows, 3, place)
        for other in groups.values():
            ax.plot(other[x], other[y], "0.8")
        ax.plot(part[x], part[y], "C0")
        ax.set_title(name)
    return figure
    # END SOLUTION


# %%
check(small_multiples)

# %% [markdown] tags=["solution"]
# `groupby` hands out the groups in sorted order. The grid grows with the number of groups, so count rows instead of typing them; `add_subplot` makes only the panels that are needed, where `plt.subplots` would leave empty ones to remove. What is drawn later lies on top, so the gray context comes first. It also gives every panel the same limits, for every panel holds every point; without it you need `sharex` and `sharey`. And a line joins its points in the order of the rows, which nobody promised.

# %% [markdown]
# ## 4. Choose the bins  ★★☆ · 12 min
# How many bins should a histogram have? Freedman and Diaconis: bins of width 2·IQR·n^(−1/3), where IQR is the distance between the quartiles, n the number of values. Return the edges: the first is the minimum, all bins have exactly this width, and there are as few as reach the maximum. If the IQR is 0, return two edges, minimum and maximum, even if they are equal. Without values raise `ValueError`.


# %%
def fd_edges(values: np.ndarray) -> np.ndarray:
    """Return the bin edges by the rule of Freedman and Diaconis (1981): floats, in ascending order.

    `values` has shape `(n,)`, in any order, integers or floats, none missing. Quartiles are those of `np.percentile`.

    >>> fd_edges(np.array([0, 2, 4, 6, 8, 10, 12, 14]))
    array([ 0.,  7., 14.])
    """
    # BEGIN SOLUTION
    low, high = float(values.min()), float(values.max())
    lower, upper = np.percentile(values, [25, 75])
    if lower == upper:
        return np.array([low, high])
    width = 2 * (upper - lower) * len(values) ** (-1 / 3)
    bins = math.ceil((high - low) / width)
    return low + width * np.arange(bins + 1)
    # END SOLUTION


# %%
check(fd_edges)

# %% [markdown] tags=["solution"]
# `bins + 1` edges bound `bins` bins, and rounding the number *up* keeps the maximum inside. The rule uses quartiles because a single outlier moves the standard deviation, but hardly an IQR. `float` matters for small integer types: as int8, 127 − (−128) is −1. `np.histogram_bin_edges(values, "fd")` finds the same number of bins, then narrows them so that the last edge is the maximum.

# %% [markdown]
# ## 5. Audit a chart  ★★★ · 30 min
# Before a report is printed, every chart is audited. Return the faults of one that holds bars and lines only: `"no title"` (a title may stand left, center or right), `"no x label"`, `"no y label"`, `"bars not from zero"` (0 lies outside the limits of the axis along which the bars grow), `"more than seven colors"`, and `"red and green"`: two different colors less than 10 apart for `delta_e_deuteranope`, whatever they are called. Lines may be cut.


# %%
def audit_chart(ax: Axes) -> set[str]:
    """Return the faults of a chart of bars (`ax.containers`, each with an `orientation`) and lines (`ax.lines`).

    Colors are the faces of the bars and the colors of the lines, all opaque. One color may be spelled in several ways.

    >>> _, ax = plt.subplots()
    >>> line = ax.plot([1, 2, 3], [5, 4, 6])
    >>> text = ax.set(title="Fewer on Tuesday", xlabel="day")
    >>> audit_chart(ax)
    {'no y label'}
    """
    # BEGIN SOLUTION
    faults = set()
    if not any(ax.get_title(loc=place) for place in ("left", "center", "right")):
        faults.add("no title")
    if not ax.get_xlabel():
        faults.add("no x label")
    if not ax.get_ylabel():
        faults.add("no y label")
    for bars in ax.containers:
        limits = ax.get_xlim() if bars.orientation == "horizontal" else ax.get_ylim()
        if not min(limits) <= 0 <= max(limits):
            faults.add("bars not from zero")
    colors = {to_hex(bar.get_facecolor()) for bar in ax.patches} | {to_hex(line.get_color()) for line in ax.lines}
    if len(colors) > 7:
        faults.add("more than seven colors")
    if any(delta_e_deuteranope(*pair) < 10 for pair in itertools.combinations(colors, 2)):
        faults.add("red and green")
    return faults
    # END SOLUTION


# %%
check(audit_chart)

# %% [markdown] tags=["solution"]
# Each fault is one question to an artist. Limits need `min` and `max`, because an axis may be reversed, and `orientation` says which axis carries the values. A log axis needs no rule of its own: it has no 0, so bars on it are always cut, while lines are free. `to_hex` gives every spelling of a color one name before they are counted or compared. Pure red and green pass, by the way: they differ in lightness, which a deuteranope sees.
