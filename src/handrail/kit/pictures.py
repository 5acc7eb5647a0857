"""Real 8×8 digits on a larger canvas, and a network that judges drawn ones."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import nn

Pictures = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

SIDE = 8


def digits(share: float = 0.25, seed: int = 0) -> tuple[Pictures, Labels, Pictures, Labels]:
    """Return scikit-learn's digits as training and test half: images (n, 8, 8) in [0, 1] and labels (n,), stratified.

    1,797 scans of handwritten digits, 8 by 8 pixels of 17 gray levels (Alpaydin and Kaynak, UCI, 1998). `share` is
    the test's.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32).reshape(-1, SIDE, SIDE)
    x, x_test, y, y_test = train_test_split(images, labels, test_size=share, stratify=labels, random_state=seed)
    return x, y.astype(np.int64), x_test, y_test.astype(np.int64)


def place_digits(images: npt.ArrayLike, dx: npt.ArrayLike, dy: npt.ArrayLike, size: int = 12) -> Pictures:
    """Return digits (n, 8, 8) on canvases (n, size, size) of zeros, each moved from the center by dx right, dy down.

    `dx` and `dy` are pixels: a number for all, or one for each image. A digit moved off its canvas raises ValueError.
    """
    images = np.asarray(images, dtype=np.float32)
    n, height, width = images.shape
    left = np.broadcast_to((size - width) // 2 + np.asarray(dx, dtype=int), n)
    top = np.broadcast_to((size - height) // 2 + np.asarray(dy, dtype=int), n)
    if n and (min(left.min(), top.min()) < 0 or left.max() + width > size or top.max() + height > size):
        raise ValueError(f"A digit of {height}×{width} leaves its canvas of {size}×{size}: move it less.")
    canvas = np.zeros((n, size, size), dtype=np.float32)
    rows = top[:, None, None] + np.arange(height)[None, :, None]
    columns = left[:, None, None] + np.arange(width)[None, None, :]
    canvas[np.arange(n)[:, None, None], rows, columns] = images
    return canvas


def scatter_digits(
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    n: int,
    seed: int,
    *,
    size: int = 16,
    clutter: int = 6,
    noise: float = 0.1,
) -> tuple[Pictures, Labels]:
    """Return n digits drawn from `images`, each at a random place among bright pixels and Gaussian noise.

    Shape (n, size, size), values in [0, 1], with their labels (n,). `clutter` pixels of each canvas are set to a
    brightness between 0.5 and 1, then noise of this standard deviation is added and the result clipped.
    """
    images, labels = np.asarray(images, dtype=np.float32), np.asarray(labels)
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(images), size=n)
    room = size - images.shape[-1]
    start = room // 2
    canvas = place_digits(
        images[chosen], rng.integers(room + 1, size=n) - start, rng.integers(room + 1, size=n) - start, size
    )
    spots = rng.integers(size, size=(2, n, clutter))
    canvas[np.arange(n)[:, None], spots[0], spots[1]] = rng.uniform(0.5, 1.0, size=(n, clutter))
    noisy = canvas + rng.normal(0, noise, size=canvas.shape)
    return np.clip(noisy, 0, 1).astype(np.float32), labels[chosen].astype(np.int64)


@cache
def digit_judge(seed: int = 0) -> "nn.Sequential":
    """Return a network that reads 8×8 digits in [0, 1], flattened to 64, trained on the spot (2 CPU seconds).

    An MLP 64-128-128-10 that reads about 97 of 100 unseen digits. `digit_judge()[:2]` gives the 128 features of its
    first hidden layer, the space in which lessons 12 and 13 measure how far drawn digits are from real ones. In
    evaluation mode, on the CPU, its parameters frozen.
    """
    import torch
    from torch import nn

    from handrail.kit.training import fit

    x, y, _, _ = digits()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        judge = nn.Sequential(
            nn.Linear(SIDE * SIDE, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)
        )
        fit(judge, torch.from_numpy(x).flatten(1), torch.from_numpy(y), epochs=30, lr=2e-3, seed=seed)
    return judge.requires_grad_(False)
