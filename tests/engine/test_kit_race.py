"""The kit's race and peak_mb: same answers first, then ratios in a drawing and nothing in the text."""

import time
import tracemalloc
from collections.abc import Iterator

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from handrail.kit import race as race_module
from handrail.kit.race import peak_mb, race


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (6, 6.0),
        (0.1 + 0.2, 0.3),
        ([1.0, 2.0], np.array([1, 2])),
        (float("nan"), np.nan),
        ([["a"], ["b", "c"]], [["a"], ["b", "c"]]),
        ({"a": 1}, {"a": 1}),
        (None, None),
        (pd.Series(["x", None]), pd.Series(["x", None])),
        (pd.DataFrame({"n": [1, 2]}), pd.DataFrame({"n": [1.0, 2.0]})),
    ],
)
def test_a_race_accepts_the_same_value_in_another_dress(first: object, second: object) -> None:
    race({"one": lambda: first, "two": lambda: second}, repeats=1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (6, 7),
        ([1, 2], [1, 2, 3]),
        ([1, 2], [[1, 2]]),
        ("a", "b"),
        ({"a": 1}, {"a": 2}),
        (None, 0),
        ([["a"], ["b", "c"]], [["a"], ["b", "d"]]),
        (1.0, "1.0"),
    ],
)
def test_a_race_between_different_answers_is_refused(first: object, second: object) -> None:
    with pytest.raises(AssertionError, match=r"'two' returns .*, but 'one' returns"):
        race({"one": lambda: first, "two": lambda: second})
    assert not plt.get_fignums()  # refused before anything is drawn


def test_a_race_needs_somebody_to_race_with() -> None:
    with pytest.raises(ValueError, match="at least two candidates, not 1"):
        race({"alone": lambda: 1})


def test_bars_carry_ratios_and_the_text_stays_empty(capsys: pytest.CaptureFixture[str]) -> None:
    figure, axes = plt.subplots()
    race({"quick": lambda: None, "slow": lambda: time.sleep(0.02)}, repeats=2, axes=axes)
    labels = [text.get_text() for text in axes.texts]
    assert labels[0] == "1×"
    assert labels[1].endswith("×")
    assert float(labels[1][:-1]) > 100
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["quick", "slow"]
    assert axes.get_title(loc="left") + axes.get_title() != ""
    assert capsys.readouterr() == ("", "")
    assert plt.get_fignums() == [figure.number]  # no second figure beside the given one


def test_a_race_draws_its_own_figure_where_none_is_given() -> None:
    race({"one": lambda: 1, "two": lambda: 1}, title="Same", repeats=1)
    (axes,) = plt.gcf().axes
    assert "Same" in (axes.get_title(), axes.get_title(loc="left"))


def test_ratios_keep_one_significant_figure() -> None:
    seconds = {"a": 0.2, "b": 0.28, "c": 0.5, "d": 9.3, "e": 87.0}
    assert race_module._ratios(seconds) == {"a": 1, "b": 1, "c": 2, "d": 50, "e": 400}


def test_the_headline_names_who_took_longest() -> None:
    assert race_module._headline({"array": 1.0, "list": 40.0}) == "list: about 40 times the shortest time"
    assert race_module._headline({"a": 1.0, "b": 1.0}) == "No difference worth naming"


def test_short_functions_are_timed_by_the_thousand() -> None:
    calls = 0

    def count() -> int:
        nonlocal calls
        calls += 1
        return 1

    race_module._seconds({"count": count}, repeats=2)
    assert calls > 1000


def test_peak_counts_temporaries_and_the_result() -> None:
    def doubled() -> np.ndarray:
        numbers = np.ones(1_000_000)
        return numbers + numbers

    assert peak_mb(doubled) == pytest.approx(16, rel=0.02)
    assert peak_mb(lambda: None) == pytest.approx(0, abs=0.01)


def test_peak_starts_from_what_is_held_already() -> None:
    held = np.ones(1_000_000)
    assert peak_mb(lambda: held.sum()) < 1


def test_peak_leaves_tracing_as_it_was() -> None:
    peak_mb(lambda: None)
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        assert peak_mb(lambda: np.ones(1_000_000)) == pytest.approx(8, rel=0.02)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_peak_stops_tracing_when_the_function_fails() -> None:
    with pytest.raises(ZeroDivisionError):
        peak_mb(lambda: 1 / 0)
    assert not tracemalloc.is_tracing()
