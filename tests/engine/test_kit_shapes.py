"""The kit's drawings of memory and of broadcasting agree with what NumPy does."""

import itertools
from collections.abc import Iterator

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from handrail.kit import shapes
from handrail.kit.shapes import byte_offsets, draw_alignment, draw_memory, owner


@pytest.fixture
def axes() -> Iterator[Axes]:
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def boxes(axes: Axes, y: float) -> list[tuple[str, str]]:
    """Return label and color of the boxes in the row at height `y`, from left to right."""
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_y() == y]
    labels = {text.get_position(): text.get_text() for text in axes.texts}
    middle = [(patch.get_x() + patch.get_width() / 2, y + 0.5) for patch in found]
    return [
        (labels[at], to_hex(patch.get_facecolor()).upper()) for at, patch in sorted(zip(middle, found, strict=True))
    ]


TABLE = np.arange(12, dtype=np.int16).reshape(3, 4)


@pytest.mark.parametrize("view", [TABLE, TABLE.T, TABLE[:, ::2], TABLE[::-1, 1:], TABLE[1], TABLE[2, 3:]])
def test_an_offset_leads_to_the_element(view: np.ndarray) -> None:
    start = view.__array_interface__["data"][0] - owner(view).__array_interface__["data"][0]
    memory = owner(view).tobytes()
    for index, offset in np.ndenumerate(byte_offsets(view)):
        at = start + offset
        assert int.from_bytes(memory[at : at + 2], "little") == view[index]


def test_the_owner_of_a_view_of_a_view_is_the_first_array() -> None:
    block = np.arange(12)
    assert owner(block.reshape(3, 4).T[::2]) is block
    assert owner(block) is block


def test_memory_is_colored_by_the_row_that_reads_it(axes: Axes) -> None:
    block = np.arange(12, dtype=np.uint8)
    draw_memory(block.reshape(3, 4)[1:, ::2], axes=axes)
    slots = boxes(axes, 0)
    assert [label for label, _ in slots] == [str(i) for i in range(12)]
    touched = {int(label): color for label, color in slots if color != shapes.UNTOUCHED}
    assert touched == {4: shapes.ROWS[0], 6: shapes.ROWS[0], 8: shapes.ROWS[1], 10: shapes.ROWS[1]}
    assert "(2, 2)" in axes.get_title() + axes.get_title(loc="left")


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.product([(), (3,), (1,), (3, 1), (2, 3), (4, 2, 3), (0,), (1, 0)], repeat=2))
)
def test_the_alignment_draws_what_numpy_does(first: shapes.Shape, second: shapes.Shape, axes: Axes) -> None:
    draw_alignment(first, second, axes=axes)
    result = boxes(axes, 0)
    title = axes.get_title() + axes.get_title(loc="left")
    try:
        expected = np.broadcast_shapes(first, second)
    except ValueError:
        assert any(color == shapes.CLASH for _, color in result)
        assert "does not fit" in title
    else:
        assert [label for label, _ in result] == [str(size) for size in expected]
        assert str(expected) in title


def test_a_stretched_axis_says_from_what_to_what(axes: Axes) -> None:
    draw_alignment((8, 1, 6), (7, 1), axes=axes)
    assert [label for label, _ in boxes(axes, 2.5)] == ["8", "1 → 7", "6"]
    assert [label for label, _ in boxes(axes, 1.35)] == ["· → 8", "7", "1 → 6"]
