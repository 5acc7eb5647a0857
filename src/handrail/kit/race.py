"""Compare what candidates cost: time as a drawing of ratios, memory as a number."""

import gc
import math
import reprlib
import timeit
import tracemalloc
from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

Candidate = Callable[[], object]


def race(
    candidates: Mapping[str, Candidate],
    *,
    title: str | None = None,
    repeats: int = 5,
    axes: Axes | None = None,
) -> None:
    """Draw how many times as long as the fastest each candidate takes.

    Candidates take no arguments. They must return the same value: it is compared before anything is timed, because
    the speed of a wrong answer is no news. Nothing is returned or printed, so a cell's text is the same on every
    machine; the bars are ratios, rounded to one significant figure, which is as far as they can be trusted.
    The title, if none is given, says who needed the most time.
    """
    if len(candidates) < 2:
        raise ValueError(f"a race needs at least two candidates, not {len(candidates)}")
    _require_same_value(candidates)
    ratios = _ratios(_seconds(candidates, repeats))
    axes = axes if axes is not None else plt.subplots(figsize=(7, 0.7 + 0.5 * len(ratios)))[1]
    axes.set_title(title if title is not None else _headline(ratios))
    _draw_bars(axes, ratios)


def peak_mb(function: Candidate) -> float:
    """Return the most memory that a call of `function` held at once, in MB (10**6 bytes), result included.

    Counts what Python's allocators hand out, NumPy's arrays among it; memory taken elsewhere (by a C library, by
    another process) stays unseen.
    """
    gc.collect()
    already_tracing = tracemalloc.is_tracing()
    if not already_tracing:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        result = function()  # the name keeps the result alive until the peak is read
        _, peak = tracemalloc.get_traced_memory()
        del result
    finally:
        if not already_tracing:
            tracemalloc.stop()
    return (peak - before) / 1e6


def _require_same_value(candidates: Mapping[str, Candidate]) -> None:
    """Raise an AssertionError that names the first two candidates with different values."""
    (first, function), *others = candidates.items()
    expected = function()
    for name, candidate in others:
        value = candidate()
        if not _same(expected, value):
            raise AssertionError(
                f"{name!r} returns {reprlib.repr(value)}, but {first!r} returns {reprlib.repr(expected)}: "
                "a race between different answers tells nothing"
            )


def _same(first: object, second: object) -> bool:
    """Say whether two values agree: numbers up to rounding, everything else exactly."""
    try:
        one, two = np.asarray(first), np.asarray(second)
    except ValueError:  # lists of different lengths have no array
        return bool(first == second)
    if one.shape != two.shape:
        return False
    if np.issubdtype(one.dtype, np.number) and np.issubdtype(two.dtype, np.number):
        return np.allclose(one, two, rtol=1e-6, atol=1e-9, equal_nan=True)
    return bool(np.all((one == two) | ((one != one) & (two != two))))  # a missing value differs from itself


def _seconds(candidates: Mapping[str, Candidate], repeats: int) -> dict[str, float]:
    """Return the shortest time of one call of each candidate; they take turns, so that a busy moment hits them all."""
    timers = {name: timeit.Timer(function) for name, function in candidates.items()}
    best = {name: timer.timeit(1) for name, timer in timers.items()}
    calls = {name: max(1, math.ceil(0.002 / max(time, 1e-9))) for name, time in best.items()}
    for _ in range(repeats - 1):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(calls[name]) / calls[name])
    return best


def _ratios(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return times relative to the shortest, rounded to one significant figure."""
    shortest = min(seconds.values())
    return {name: float(f"{time / shortest:.0e}") for name, time in seconds.items()}


def _headline(ratios: Mapping[str, float]) -> str:
    slowest = max(ratios, key=lambda name: ratios[name])
    if ratios[slowest] == 1:
        return "No difference worth naming"
    return f"{slowest}: about {ratios[slowest]:g} times the shortest time"


def _draw_bars(axes: Axes, ratios: Mapping[str, float]) -> None:
    names, values = list(ratios), list(ratios.values())
    bars = axes.barh(names, values, height=0.6, color=["C0" if value == 1 else "C1" for value in values])
    axes.bar_label(bars, labels=[f"{value:g}×" for value in values], padding=4)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * max(values))
    axes.set_xlabel("time, as a multiple of the fastest")
    axes.grid(visible=False)
    axes.tick_params(left=False)
