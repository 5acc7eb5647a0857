import numpy as np
import pytest

from handrail.kit.pictures import digits, place_digits, scatter_digits


def test_a_digit_moves_right_and_down():
    image = np.arange(64, dtype=np.float32).reshape(1, 8, 8)
    canvas = place_digits(image, dx=2, dy=-1)
    assert canvas.shape == (1, 12, 12)
    assert np.array_equal(canvas[0, 1:9, 4:12], image[0])
    assert canvas.sum() == image.sum()


def test_each_digit_has_its_own_place():
    images = np.ones((2, 8, 8))
    canvas = place_digits(images, dx=[0, 2], dy=[-2, 0])
    assert canvas[0, 0, 2] == 1 and canvas[1, 2, 11] == 1
    assert canvas.sum() == 128


def test_leaving_the_canvas_is_refused():
    with pytest.raises(ValueError, match="leaves its canvas"):
        place_digits(np.ones((1, 8, 8)), dx=3, dy=0)


def test_no_digits_give_no_canvases():
    assert place_digits(np.ones((0, 8, 8)), dx=0, dy=0).shape == (0, 12, 12)


def test_scattered_digits_repeat_with_their_seed():
    x, y, _, _ = digits()
    first, labels = scatter_digits(x, y, 50, seed=3)
    again, _ = scatter_digits(x, y, 50, seed=3)
    other, _ = scatter_digits(x, y, 50, seed=4)
    assert first.shape == (50, 16, 16) and labels.shape == (50,)
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert first.min() >= 0 and first.max() <= 1 and first.dtype == np.float32


def test_without_clutter_and_noise_the_digit_is_all_there_is():
    x, y, _, _ = digits()
    canvas, _ = scatter_digits(x[:1], y[:1], 20, seed=0, clutter=0, noise=0)
    assert np.allclose(canvas.sum(axis=(1, 2)), x[0].sum())
    assert len({tuple(np.argwhere(c > 0)[0]) for c in canvas}) > 5


def test_halves_are_stratified_and_disjoint():
    x, y, x_test, y_test = digits()
    assert len(x) + len(x_test) == 1797
    assert np.abs(np.bincount(y) / len(y) - np.bincount(y_test) / len(y_test)).max() < 0.01


def test_the_judge_reads_digits_and_leaves_the_random_state_alone():
    torch = pytest.importorskip("torch")
    from handrail.kit.pictures import digit_judge
    from handrail.kit.training import accuracy

    before = torch.random.get_rng_state()
    judge = digit_judge()
    assert torch.equal(before, torch.random.get_rng_state())
    _, _, x, y = digits()
    assert accuracy(judge, torch.from_numpy(x).flatten(1), torch.from_numpy(y)) > 0.95
    assert judge[:2](torch.zeros(3, 64)).shape == (3, 128)
    assert not any(p.requires_grad for p in judge.parameters())
