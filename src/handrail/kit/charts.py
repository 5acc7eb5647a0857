"""Read what a figure shows, whichever functions drew it, and see its colors as a color-blind reader does.

A bar may be a rectangle, a thick line or a filled polygon; a line may be a `Line2D`, or one segment of a collection.
What is read here is what reaches the paper: `bars` and `strokes` of a panel, `texts` beside a place, `panels` of a
figure. `sheltered` lets unknown code draw without touching the figures that are open. A `Plan` is a chart that a check
can hand to a function: short to print, cheap to copy.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib._pylab_helpers import Gcf
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection, LineCollection, PatchCollection, PolyCollection
from matplotlib.colors import to_rgb, to_rgba, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from skimage.color import deltaE_ciede2000, rgb2lab

Array: TypeAlias = npt.NDArray[np.float64]

THINNEST_BAR = 3.0  # pixels; what is thinner looks like a line
SMALLEST_TEXT = 3.0  # points
OPAQUE = 0.9  # from this alpha on, what lies below is hidden
NO_LINE = ("None", "none", " ", "")

# Machado, Oliveira & Fernandes (2009): what a person without green cones sees, as a mixture of linear RGB.
DEUTERANOPE: Array = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)


# Colors


def deuteranope(colors: npt.ArrayLike) -> Array:
    """Return RGB colors, shape (..., 3) between 0 and 1, as a person without green cones sees them."""
    mixed = _linear(np.asarray(colors, dtype=float)) @ DEUTERANOPE.T
    clipped = np.clip(mixed, 0, 1)
    return np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)


def delta_e(first: Any, second: Any) -> float:
    """Return how far two colors look apart (CIEDE2000): about 1 is just noticeable, 100 is black against white."""
    return _delta_e(to_rgb(first), to_rgb(second))


def delta_e_deuteranope(first: Any, second: Any) -> float:
    """Return how far two colors of any spelling look apart to a person without green cones; below 10 is too near."""
    one, two = deuteranope([to_rgb(first), to_rgb(second)]).tolist()
    return _delta_e(tuple(one), tuple(two))


def on_paper(color: Any, alpha: float | None = None, paper: Any = "white") -> tuple[float, float, float]:
    """Return the RGB color that a reader sees where a color, perhaps a transparent one, lies on paper."""
    *ink, opacity = to_rgba(color, alpha)
    red, green, blue = (opacity * a + (1 - opacity) * b for a, b in zip(ink, to_rgb(paper), strict=True))
    return red, green, blue


def looks_gray(rgb: Sequence[float]) -> bool:
    """Say whether a color is a gray: no hue, neither black nor invisible on white paper."""
    return max(rgb) - min(rgb) <= 0.08 and 0.2 <= max(rgb) <= 0.97


def looks_colored(rgb: Sequence[float]) -> bool:
    """Say whether a color has a hue that tells it from gray."""
    return max(rgb) - min(rgb) >= 0.2


def _linear(rgb: Array) -> Array:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


@lru_cache(maxsize=4096)
def _delta_e(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    one, two = rgb2lab(np.array([[first, second]], dtype=float))[0]
    return float(deltaE_ciede2000(one, two))  # type: ignore[no-untyped-call]


# What a panel shows


@dataclass(frozen=True)
class Bar:
    """One bar: its extent in data coordinates and in pixels, each as (left, bottom, right, top), and its color."""

    data: tuple[float, float, float, float]
    pixels: tuple[float, float, float, float]
    color: tuple[float, float, float]


@dataclass(frozen=True)
class Stroke:
    """One unbroken line: its points in data coordinates, shape (n, 2), its color, and whether it connects them."""

    points: Array
    color: tuple[float, float, float]
    straight: bool = True


def strokes(ax: Axes) -> list[Stroke]:
    """Return the visible lines of a panel, the one drawn last (on top) at the end. A missing point breaks a line."""
    found: list[Stroke] = []
    for artist in _drawn_in_order(ax):
        for points, color, _, straight in _lines_of(artist):
            inside = ax.transData.inverted().transform(points) if len(points) else points
            rgb = on_paper(color, paper=ax.get_facecolor())
            found += [Stroke(piece, rgb, straight) for piece in _unbroken(inside)]
    return found


def bars(ax: Axes) -> list[Bar]:
    """Return everything in a panel that looks like a bar: boxes, filled polygons, thick level or upright lines.

    What is drawn over a bar, in whatever color, hides it.
    """
    found: list[Bar] = []
    for artist in _drawn_in_order(ax):
        for bar, opaque in _bars_of(ax, artist):
            found = [other for other in found if not (opaque and _covers(bar, other))]
            found += [bar] if _seen(bar.color, ax.get_facecolor()) else []
    return found


def texts(ax: Axes, axis: str) -> list[tuple[float, str]]:
    """Return what is written along the axis "x" or "y" of a panel, tick labels and texts: (pixel, text)."""
    ax.get_xlim(), ax.get_ylim()
    line, at = (ax.xaxis, 0) if axis == "x" else (ax.yaxis, 1)
    labels = line.get_ticklabels() if line.get_visible() and ax.axison else []
    found: list[tuple[float, str]] = []
    for label in [*labels, *ax.texts]:
        if legible(label):
            where = label.get_transform().transform(label.get_position())
            found.append((float(where[at]), label.get_text().strip()))
    return found


def title(ax: Axes) -> str:
    """Return the title of a panel that can be read, whether it stands in the center, left or right."""
    written = [text for text in (ax._left_title, ax.title, ax._right_title) if legible(text)]  # type: ignore[attr-defined]
    return " ".join(text.get_text().strip() for text in written)


def legible(text: Text) -> bool:
    """Say whether a text can be read: it is there, of some size, and stands out from the paper of its figure."""
    figure = text.get_figure(root=True)
    if figure is None or not (
        text.get_visible() and text.get_text().strip() and float(text.get_fontsize()) >= SMALLEST_TEXT
    ):
        return False
    return _seen(to_rgba(text.get_color(), text.get_alpha()), figure.get_facecolor())


def panels(figure: Figure) -> list[Axes]:
    """Return the panels that can be seen, in the order of reading: from the top, and from the left."""
    seen = [ax for ax in figure.axes if ax.get_visible() and (ax.axison or strokes(ax) or bars(ax))]
    boxes = {ax: ax.get_window_extent() for ax in seen}
    rows: list[list[Axes]] = []
    for ax in sorted(seen, key=lambda ax: -float(boxes[ax].y1)):
        level = rows and abs(boxes[rows[-1][0]].y1 - boxes[ax].y1) < boxes[ax].height / 2
        rows[-1].append(ax) if level else rows.append([ax])
    return [ax for row in rows for ax in sorted(row, key=lambda ax: float(boxes[ax].x0))]


def _drawn_in_order(ax: Axes) -> list[Artist]:
    """Return the marks of a panel as Matplotlib draws them, the lowest first."""
    ax.get_xlim(), ax.get_ylim()  # limits that Matplotlib has yet to choose are chosen now, and with them the pixels
    marks = [child for child in ax.get_children() if isinstance(child, Line2D | Patch | Collection)]
    own = {id(ax.patch), *(id(spine) for spine in ax.spines.values())}
    shown = [mark for mark in marks if id(mark) not in own and mark.get_visible() and mark.get_alpha() != 0]
    return sorted(shown, key=lambda mark: mark.get_zorder())


def _lines_of(artist: Artist) -> Iterator[tuple[Array, Any, float, bool]]:
    """Yield points in pixels, color, width in points, and whether the points are joined by straight lines."""
    if isinstance(artist, Line2D) and artist.get_linestyle() not in NO_LINE and artist.get_linewidth() > 0:
        points = artist.get_transform().transform(np.asarray(artist.get_xydata(), dtype=float))
        color = to_rgba(artist.get_color(), artist.get_alpha())
        yield points, color, artist.get_linewidth(), artist.get_drawstyle() == "default"
    elif isinstance(artist, LineCollection):
        colors, widths = to_rgba_array(artist.get_edgecolor()), np.atleast_1d(artist.get_linewidth())
        for at, path in enumerate(artist.get_paths()):
            width = float(widths[at % len(widths)])
            if width > 0 and len(colors):
                corners = np.asarray(path.vertices, dtype=float)
                yield artist.get_transform().transform(corners), colors[at % len(colors)], width, path.codes is None

    elif _is_open(artist) and artist.get_linewidth() > 0:  # type: ignore[attr-defined]
        path = artist.get_path()  # type: ignore[attr-defined]
        straight = path.codes is None or not set(path.codes.tolist()) & {Path.CURVE3, Path.CURVE4}
        for piece in path.to_polygons(artist.get_transform(), closed_only=False):
            yield np.asarray(piece), artist.get_edgecolor(), artist.get_linewidth(), straight  # type: ignore[attr-defined]


def _is_open(artist: Artist) -> bool:
    """Whether a patch is a line: a path that is not filled and doesn't return to its start."""
    if not isinstance(artist, PathPatch) or to_rgba(artist.get_facecolor())[3] > 0:
        return False
    codes = artist.get_path().codes
    return codes is None or Path.CLOSEPOLY not in np.asarray(codes)


def _unbroken(points: Array) -> list[Array]:
    known = ~np.isnan(points).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False]))))
    return [points[start:end] for start, end in edges.reshape(-1, 2)]


def _bars_of(ax: Axes, artist: Artist) -> Iterator[tuple[Bar, bool]]:
    """Yield what may be bars, those in the color of the paper too, and whether they hide what lies below."""
    for path, face, edge in _areas_of(artist):
        opaque = to_rgba(face)[3] > OPAQUE
        shown = face if _seen(face, ax.get_facecolor()) else edge
        if opaque or _seen(shown, ax.get_facecolor()):
            yield from _bar(ax, np.asarray(path.vertices, dtype=float), shown, opaque)
    lines = [(piece, *how) for points, *how in _lines_of(artist) for piece in _unbroken(points)]
    upright = any(np.ptp(piece[:, 1]) > np.ptp(piece[:, 0]) for piece, *_ in lines)  # decides for lines of no length
    for piece, color, width, straight in lines:
        pixels = width * ax.get_figure(root=True).dpi / 72  # type: ignore[union-attr]
        across = 0 if upright else 1
        if straight and pixels >= THINNEST_BAR and len(piece) > 1 and np.ptp(piece[:, across]) < 1e-6:
            thick = np.zeros(2)
            thick[across] = pixels / 2
            yield from _bar(ax, np.concatenate([piece - thick, piece + thick]), color, to_rgba(color)[3] > OPAQUE)


def _areas_of(artist: Artist) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the outlines of shapes in pixels, with the colors of their face and of their edge."""
    if isinstance(artist, Patch) and not _is_open(artist):
        edge = artist.get_edgecolor() if artist.get_linewidth() > 0 else "none"
        yield artist.get_transform().transform_path(artist.get_path()), artist.get_facecolor(), edge
    elif isinstance(artist, PolyCollection | PatchCollection):
        faces = to_rgba_array(artist.get_facecolor())
        for at, path in enumerate(artist.get_paths()):
            if len(faces) and len(np.asarray(path.vertices)):
                yield artist.get_transform().transform_path(path), faces[at % len(faces)], "none"


def _covers(above: Bar, below: Bar) -> bool:
    (left, bottom, right, top), box = above.pixels, below.pixels
    return left <= box[0] + 0.5 and bottom <= box[1] + 0.5 and right >= box[2] - 0.5 and top >= box[3] - 0.5


def _seen(color: Any, paper: Any) -> bool:
    return max(abs(a - b) for a, b in zip(on_paper(color, paper=paper), to_rgb(paper), strict=True)) > 0.02


def _bar(ax: Axes, corners: Array, color: Any, opaque: bool) -> Iterator[tuple[Bar, bool]]:
    corners = corners[np.isfinite(corners).all(axis=1)]
    if not len(corners):
        return
    low, high = corners.min(axis=0), corners.max(axis=0)
    ends = ax.transData.inverted().transform([low, high])
    left, bottom = ends.min(axis=0).tolist()
    right, top = ends.max(axis=0).tolist()
    pixels = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    yield Bar((left, bottom, right, top), pixels, on_paper(color, paper=ax.get_facecolor())), opaque


# Charts for checks


@contextmanager
def sheltered() -> Iterator[None]:
    """Let a block draw as it likes, without windows and without touching the open figures.

    Inside, no figure is open yet, `plt.show` does nothing, and changes of the style last to the end of the block;
    then all figures that it opened are closed, and the earlier ones are there again, with the same one current.
    """
    before, show = Gcf.figs, plt.show
    Gcf.figs = OrderedDict()
    plt.show = lambda *args, **kwargs: None
    try:
        with plt.ioff(), mpl.rc_context():
            yield
    finally:
        plt.close("all")
        Gcf.figs, plt.show = before, show


class Plan:
    """A chart that isn't drawn yet: what `told` says of it, and the function that draws it on a panel.

    A check gives plans where the answer takes an `Axes`. Copying a plan draws the chart (without pyplot, in
    Matplotlib's default style) or, as drawing is slow, hands out the one drawn before if nobody has changed it; copying
    that chart gives back its plan. So what is kept of a call costs nothing and reads as `told`. `facts` are for the
    check.
    """

    def __init__(self, draw: Callable[[Axes], object], told: str, **facts: Any) -> None:
        self.draw, self.told, self.facts = draw, told, facts
        self._last: tuple[Axes, tuple[Any, ...]] | None = None

    def __repr__(self) -> str:
        return f"‹{self.told}›"

    def __deepcopy__(self, memo: Mapping[int, Any]) -> Axes:
        if self._last is None or not self.untouched():
            ax = self.drawn()
            self._last = ax, state(ax)
        return self._last[0]

    def untouched(self) -> bool:
        """Return whether the chart that was handed out last still is as it was drawn."""
        return self._last is None or state(self._last[0]) == self._last[1]

    def drawn(self) -> Axes:
        """Return a fresh chart, drawn on a figure of its own that pyplot doesn't know."""
        with mpl.rc_context():
            mpl.rcdefaults()
            figure = Figure()
            FigureCanvasAgg(figure)
            ax = _Drawn(figure, (0.125, 0.11, 0.775, 0.77))
            figure.add_axes(ax)
            ax.plan = self
            self.draw(ax)
        return ax


class _Drawn(Axes):
    plan: Plan

    def __repr__(self) -> str:
        return repr(self.plan)

    def __deepcopy__(self, memo: Mapping[int, Any]) -> Plan:
        return self.plan


def plan_of(ax: Any) -> Plan:
    """Return the plan that a chart was drawn from."""
    if not isinstance(ax, _Drawn):
        raise TypeError(f"{ax!r} was not drawn from a plan")
    return ax.plan


def state(ax: Axes) -> tuple[Any, ...]:
    """Return what a function that only reads a chart must leave as it was; compare before and after."""
    marks = [(bar.data, bar.color) for bar in bars(ax)] + [(line.points.tolist(), line.color) for line in strokes(ax)]
    axes = [(tuple(axis.get_view_interval()), axis.get_scale(), axis.get_label_text()) for axis in (ax.xaxis, ax.yaxis)]
    return axes, title(ax), [text.get_text() for text in ax.texts], len(ax.get_children()), len(ax.figure.axes), marks
