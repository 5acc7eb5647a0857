"""Draw what an array's shape hides: the bytes behind a view, and how two shapes meet in broadcasting."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

Shape = tuple[int, ...]

# The course's palette, light enough for black text; vermilion is kept for what is wrong.
ROWS = ["#9CCBE8", "#F5CE80", "#86CDB4", "#E3BBD2", "#D0D0D0", "#F0AE80"]
UNTOUCHED, FITS, STRETCHED, CLASH = "#F2F2F2", "#BFDDF0", "#F7DDA4", "#D55E00"


def byte_offsets(view: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the distance in bytes of every element from the first: the sum of index times stride."""
    offsets = np.zeros((), dtype=np.int64)
    for size, stride in zip(view.shape, view.strides, strict=True):
        offsets = np.add.outer(offsets, stride * np.arange(size))
    return offsets


def owner(view: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array whose memory `view` looks into: itself, if it owns its bytes."""
    while isinstance(view.base, np.ndarray):
        view = view.base
    return view


def draw_memory(view: npt.NDArray[Any], *, axes: Axes | None = None, title: str | None = None) -> None:
    """Draw a small two-dimensional view above the block of memory that it reads, one color for each of its rows.

    Slots that the view never touches stay pale. The title, if none is given, says shape and strides.
    """
    axes = axes if axes is not None else plt.subplots(figsize=(4.5, 2.6))[1]
    block = owner(view)
    start = view.__array_interface__["data"][0] - block.__array_interface__["data"][0]
    slots = (start + byte_offsets(view)) // block.itemsize
    rows, columns = view.shape
    left, top = (block.size - columns) / 2, max(rows, 4) + 0.4
    colors = [UNTOUCHED] * block.size
    for (row, column), slot in np.ndenumerate(slots):
        colors[slot] = ROWS[row % len(ROWS)]
        _box(axes, left + column, top - row, colors[slot], str(view[row, column]))
    for position, (value, color) in enumerate(zip(np.ravel(block), colors, strict=True)):
        _box(axes, position, 0, color, str(value))
    axes.text(-0.3, 0.5, "memory", ha="right", va="center", fontsize=9)
    _blank_paper(axes, title if title is not None else f"shape {view.shape}, strides {view.strides}")


def draw_alignment(first: Shape, second: Shape, *, axes: Axes | None = None, title: str | None = None) -> None:
    """Draw two shapes aligned at the right, the axes that stretch, and the shape of the result or where they clash.

    The title, if none is given, says what comes out.
    """
    axes = axes if axes is not None else plt.subplots(figsize=(6, 2.4))[1]
    width = max(len(first), len(second))
    one, two = ((None,) * (width - len(shape)) + shape for shape in (first, second))
    result = [_meet(*pair) for pair in zip(one, two, strict=True)]
    for y, name, sizes in ((2.5, "first", one), (1.35, "second", two), (0, "result", result)):
        axes.text(-0.25, y + 0.5, name, ha="right", va="center")
        for column, (size, met) in enumerate(zip(sizes, result, strict=True)):
            _box(axes, 1.5 * column, y, *_entry(size, met), width=1.4)
    _blank_paper(axes, title if title is not None else _verdict(first, second))


def _meet(one: int | None, two: int | None) -> int | None:
    """Return the size that two aligned axes agree on (a missing axis counts as 1), None where they clash."""
    if one is None or one == 1:
        return two if two is not None else one
    return one if two is None or two in (1, one) else None


def _entry(size: int | None, met: int | None) -> tuple[str, str]:
    """Return color and label of one axis."""
    shown = "·" if size is None else str(size)
    if met is None:
        return CLASH, "✗" if size is None else shown
    return (FITS, shown) if size == met else (STRETCHED, f"{shown} → {met}")


def _verdict(first: Shape, second: Shape) -> str:
    try:
        return f"{first} with {second} gives {np.broadcast_shapes(first, second)}"
    except ValueError:
        return f"{first} with {second} does not fit"


def _box(axes: Axes, x: float, y: float, color: str, label: str, width: float = 1) -> None:
    axes.add_patch(Rectangle((x, y), width, 1, facecolor=color, edgecolor="white", linewidth=1.5))
    axes.text(x + width / 2, y + 0.5, label, ha="center", va="center", fontsize=9)


def _blank_paper(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()
