# %% [markdown]
# # Exercises: Remember what came before
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(past_future_pairs)` gives the next of
# three hints, `solution(past_future_pairs)` the answer with its reasons. Any order; `progress()` says where you are.
# `trained` is written for the last one, to try your answer with a real network; the checks themselves train nothing.

# %%
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from handrail import check, hint, progress, solution
from handrail.kit.training import fit


class Reader(nn.Module):
    """A recurrent layer that reads `n` sequences of numbers (n, past), and a linear layer: (n, outputs)."""

    def __init__(self, outputs: int, width: int = 24):
        super().__init__()
        self.recurrent = nn.RNN(1, width, batch_first=True)
        self.linear = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.recurrent(x[..., None])[0][:, -1])


Model = Callable[[Tensor], Tensor]


def trained(x: Tensor, y: Tensor) -> Model:
    """Return a Reader trained to give `y` (n, outputs) for `x` (n, past), both float32 and of a size around 1."""
    model = Reader(y.shape[1])
    fit(model, x, y, epochs=40, lr=0.01, batch_size=128, loss=mse_loss)
    return torch.no_grad()(model)


# %% [markdown]
# ## 1. Cut a series into questions and answers  ★☆☆ · 8 min
# A power station logs its load every hour. A forecaster is trained on examples: `past` readings in a row are the
# question, the `horizon` readings right after them the answer. Make every example that the log holds, in the order of
# time. A log that is too short for one holds none; the code after yours still needs tables of the right width.


# %%
def past_future_pairs(series: np.ndarray, past: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all questions (n, past) and their answers (n, horizon), one row for each place where an example begins.

    `series` is one-dimensional, perhaps empty; `past` and `horizon` are at least 1. A series that is too short gives
    shapes (0, past) and (0, horizon).

    >>> questions, answers = past_future_pairs(np.array([1, 2, 3, 4, 5]), past=2, horizon=1)
    >>> questions.tolist(), answers.tolist()
    ([[1, 2], [2, 3], [3, 4]], [[3], [4], [5]])
    """
    # BEGIN SOLUTION
    begins = np.arange(max(0, len(series) - past - horizon + 1))[:, None]
    return series[begins + np.arange(past)], series[begins + past + np.arange(horizon)]
    # END SOLUTION


# %%
check(past_future_pairs)

# %% [markdown] tags=["solution"]
# An example needs past + horizon readings in a row, so N readings hold N − past − horizon + 1 of them, or none. A column
# of beginnings plus a row of offsets is a table of positions, and indexing with it gathers all windows at once.
# `sliding_window_view(series, past + horizon)` does the same without a copy, but raises for a series that is too short.
# Neighboring rows share nearly all readings: never shuffle them into training and test.

# %% [markdown]
# ## 2. Build the smaller gate  ★☆☆ · 12 min
# The *GRU* is a cell with two gates and no separate memory. Your device has no torch layers, only products. With
# σ the sigmoid and ⊙ the product number by number:
#
# - r = σ(W_r x + b_r + U_r h + c_r), z = σ(W_z x + b_z + U_z h + c_z)
# - n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n))
# - new state = (1 − z) ⊙ n + z ⊙ h


# %%
def gru_cell(x: Tensor, h: Tensor, w_x: Tensor, w_h: Tensor, b_x: Tensor, b_h: Tensor) -> Tensor:
    """Return the new state (batch, width) of a GRU after it has read `x`.

    Shapes: x (batch, inputs), h (batch, width), w_x (3·width, inputs), w_h (3·width, width), b_x and b_h (3·width,).
    In all four, the first `width` rows belong to r, the next to z, the last to n: w_x stacks W_r, W_z, W_n; w_h the U;
    b_x the b; b_h the c. Gradients flow to all six, also where a gate is shut, and `h` itself stays as it is.

    >>> h = torch.tensor([[4.0]])
    >>> zeros = torch.zeros(3, 1)
    >>> gru_cell(torch.ones(1, 1), h, zeros, zeros, torch.zeros(3), torch.zeros(3))  # z is 1/2, n is 0
    tensor([[2.]])
    """
    # BEGIN SOLUTION
    of_x, of_h = x @ w_x.T + b_x, h @ w_h.T + b_h
    r_x, z_x, n_x = of_x.chunk(3, dim=1)
    r_h, z_h, n_h = of_h.chunk(3, dim=1)
    r, z = (r_x + r_h).sigmoid(), (z_x + z_h).sigmoid()
    n = (n_x + r * n_h).tanh()
    return (1 - z) * n + z * h
    # END SOLUTION


# %%
check(gru_cell)

# %% [markdown] tags=["solution"]
# Two products give all six parts; the three thirds are cut apart afterwards. r decides how much of the old state enters
# the candidate n, and acts *after* the product, on the bias c_n too: that is torch's choice, the first paper multiplied
# before it. z near 1 keeps the old state, so a positive bias of z does for a GRU what the forget bias does for an LSTM.

# %% [markdown]
# ## 3. How long can it remember?  ★★☆ · 15 min
# Before training a *linear* recurrent network, h ← W h, you want to know over how many steps an error signal can travel.
# Through k steps the signal is multiplied by Wᵏ, at most by the spectral norm ‖Wᵏ‖₂, the largest factor by which Wᵏ
# stretches any vector. How large is the last k for which it reaches `floor`? The norm may fall below `floor`, and rise
# again.


# %%
def memory_length(weight: np.ndarray, floor: float, limit: int) -> int:
    """Return the largest k from 1 to `limit` for which the spectral norm of weight^k is at least `floor`, or 0 if none.

    `weight` is (n, n) and finite, n at least 1, `floor` positive, `limit` 0 or more, perhaps thousands: the powers may
    then outgrow every float, and still be judged rightly. No warning is raised.

    >>> memory_length(np.array([[0.5]]), floor=0.1, limit=50)  # 0.5, 0.25, 0.125, 0.0625, ...
    3
    """
    # BEGIN SOLUTION
    power, size, longest = np.eye(len(weight)), 0.0, 0  # weight^k is power · 2^size
    for k in range(1, limit + 1):
        power = weight @ power
        norm = np.linalg.norm(power, ord=2)
        if norm == 0:
            break
        power, size = power / norm, size + np.log2(norm)
        if size >= np.log2(floor):
            longest = k
    return longest
    # END SOLUTION


# %%
check(memory_length)

# %% [markdown] tags=["solution"]
# Eigenvalues tell what happens in the long run; the norm tells what happens at each k, and a matrix that isn't symmetric
# may first amplify a signal a hundredfold and then lose it. A rotation has entries below 1 and forgets nothing. Each
# power is divided by its norm, and `size` adds up the logarithms: 1,500 times 1.6 is no large number. Every k up to
# `limit` must be looked at, since the norm may come back; only a power of zeros stays what it is.

# %% [markdown]
# ## 4. Count real tokens only  ★★☆ · 12 min
# A model that answers support mails is trained on batches of mails of different lengths, padded at the end. Your
# dashboard shows its loss *per word*: the mean cross-entropy over all real tokens of the batch, each with the same
# weight. What stands in the padding is left over: targets of −1 or 999, logits of `nan`. It must change neither the
# loss nor its gradient.


# %%
def masked_token_loss(logits: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean cross-entropy, a tensor without dimensions, over the first `lengths[i]` tokens of each row i.

    Shapes: logits (batch, n, classes), targets (batch, n) of int64, lengths (batch,) from 0 to n, not all 0.
    A real target is from 0 to classes − 1. Padded places get a gradient of 0.

    >>> logits = torch.zeros(2, 3, 4)
    >>> masked_token_loss(logits, torch.tensor([[0, 1, 2], [3, -1, -1]]), torch.tensor([3, 1]))  # ln 4
    tensor(1.3863)
    """
    # BEGIN SOLUTION
    real = torch.arange(targets.shape[1], device=targets.device) < lengths[:, None]
    return cross_entropy(logits[real], targets[real])
    # END SOLUTION


# %%
check(masked_token_loss)

# %% [markdown] tags=["solution"]
# A row of place numbers, compared with the column of lengths, gives the mask (batch, n). Indexing with it *removes* the
# padding before anything is computed. Multiplying losses by 0 isn't enough: 0 · `nan` is `nan`, in the loss or in its
# gradient, and a target of 999 raises. Taking the mean for each mail and then over the mails would let a word in a
# short mail weigh more.

# %% [markdown]
# ## 5. Forecast with a band  ★★★ · 30 min
# A station measures gases once a month, in ppm, ppb or ppt. Its report needs a forecast, and a band that contains four of
# five of the coming months. You get a function that trains a network. Over many real and generated series, the middle
# must err at most 0.8 times as much as "the same month last year, plus last year's mean rise", the band must hold 60 to
# 95 % of all months, and grow with the distance.


# %%
def forecast_band(history: np.ndarray, horizon: int, train: Callable[[Tensor, Tensor], Model]) -> np.ndarray:
    """Return lower end, middle and upper end (3, horizon) of an 80 % band for the `horizon` months after `history`.

    `history` holds 25 years of monthly values or more, without gaps; `horizon` is from 12 to 24. The three are in order
    in every month, even if the network errs to one side. Like `trained`, `train(x, y)` takes two float32 tensors, and
    returns a function from new rows of `x` to answers. It may know its training rows by heart, expects numbers of a
    size around 1 whatever the unit, and never answers beyond the answers that it was trained on.

    >>> history = 300 + 3 * np.sin(np.arange(360) * np.pi / 6)
    >>> forecast_band(history, horizon=12, train=trained).shape
    (3, 12)
    """
    # BEGIN SOLUTION
    past, held_out = 24, 96
    changes = np.diff(history)
    mean, deviation = changes.mean(), changes.std()
    windows = np.lib.stride_tricks.sliding_window_view((changes - mean) / deviation, past + horizon)
    windows = torch.tensor(windows, dtype=torch.float32)
    questions, answers = windows[:, :past], windows[:, past:].cumsum(dim=1)  # the answers: total change since now
    model = train(questions[:-held_out], answers[:-held_out])
    errors = answers[-held_out:] - model(questions[-held_out:])
    band = model(windows[-1:, -past:]) + errors.quantile(torch.tensor([0.1, 0.5, 0.9]), dim=0)
    return history[-1] + band.numpy() * deviation + mean * np.arange(1, horizon + 1)
    # END SOLUTION


# %%
check(forecast_band)

# %% [markdown] tags=["solution"]
# The network sees changes, so a level that was never reached is no problem, and they are scaled by the history alone.
# Its answers are *total* changes: errors add up on the way, and the quantiles of total errors know that. They come from
# the last eight years, which the network wasn't trained on; on its training months it errs less, and the band would be
# too narrow. The median error corrects a middle that was always too low. It is an 80 % band of the past: months that
# err together, like those of El Niño in 1998, leave it together.
