# %% [markdown]
# # Exercises: See locally, share everywhere
#
# Five exercises to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(conv_output_length)` gives the next of
# three hints, `solution(conv_output_length)` the answer with its reasons. Any order; `progress()` says where you are.
# Only the last one trains, for a few seconds.

# %%
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from handrail import check, hint, progress, solution
from handrail.kit.training import fit

# %% [markdown]
# ## 1. Plan the sizes  ★☆☆ · 10 min
# You design a network for X-rays on paper. For one layer and one axis: how many numbers come out? The kernel's `kernel`
# taps lie `dilation` pixels apart, the windows start `stride` pixels apart, and `padding` zeros are put at *both* ends.
# A window that sticks out isn't used. If no window fits, the answer is 0, where torch would raise.


# %%
def conv_output_length(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Return how many outputs a convolution has along one axis of `size` pixels.

    All are integers, as large as you like; `padding` is at least 0, the others at least 1. The result is exact.

    >>> conv_output_length(8, kernel=3, stride=1, padding=0, dilation=1)
    6
    >>> conv_output_length(8, kernel=3, stride=2, padding=1, dilation=2)
    3
    >>> conv_output_length(2, kernel=3, stride=1, padding=0, dilation=1)
    0
    """
    # BEGIN SOLUTION
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return 0 if room < 0 else room // stride + 1
    # END SOLUTION


# %%
check(conv_output_length)

# %% [markdown] tags=["solution"]
# Put the first window at the left end. Its last tap lies dilation·(kernel − 1) pixels further right, so that many plus one
# of the size + 2·padding pixels are taken, and `room` is how far the window can still move. It moves in steps of
# `stride`; the fraction of a step is lost, and the start itself counts, hence `+ 1`. A negative `room` needs its own
# case: −1 // 2 + 1 is 0, but −3 // 2 + 1 is −1. Torch raises there.

# %% [markdown]
# ## 2. Look only where you must  ★☆☆ · 15 min
# A camera's pictures are large, and its chip has NumPy only. Slide a kernel over one picture, but compute every
# `stride`-th place of every `stride`-th row only, beginning in the upper left corner. As in deep learning, the kernel
# isn't flipped and nothing is padded. No Python loop over pixels; one over the kernel's entries is fine.


# %%
def correlate2d_strided(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Return, as float64, the sum of kernel times window for the windows that start at multiples of `stride`.

    Shapes: image (h, w), kernel (a, b) with a ≤ h and b ≤ w, none of them 0; floats or integers, also of 8 bits. The
    result is (1 + (h − a) // stride, 1 + (w − b) // stride).

    >>> correlate2d_strided(np.arange(16).reshape(4, 4), np.array([[1, -1]]), stride=2)
    array([[-1., -1.],
           [-1., -1.]])
    """
    # BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)[::stride, ::stride]
    return np.einsum("ijab,ab->ij", windows, kernel.astype(float))
    # END SOLUTION


# %%
check(correlate2d_strided)

# %% [markdown] tags=["solution"]
# `sliding_window_view` copies nothing, so taking every `stride`-th window costs nothing, and only the windows that are
# left get multiplied. `image[::stride, ::stride]` before the windows would throw away pixels that the kernel has to see.
# The conversion comes first: products of 8-bit numbers are 8-bit numbers, and 200 + 100 is 44 there. The loop over the
# kernel's entries, `out += kernel[i, j] * image[i::stride, j::stride]` with the ends cut to size, is as good.

# %% [markdown]
# ## 3. How far does one output see?  ★★☆ · 15 min
# A colleague's network shall find ships that are 90 pixels long. Before anyone trains it: how many input pixels lie from
# the first that one output depends on to the last, along one axis, holes between them included? The layers come in the
# order in which the picture runs through them. Padding doesn't matter: imagine an endless picture.


# %%
def receptive_field(layers: Sequence[tuple[int, int, int]]) -> int:
    """Return the extent in input pixels of what one output of a stack of layers sees.

    Each layer is (kernel, stride, dilation), integers of at least 1. Without any layer, a pixel sees itself: 1. The
    result is exact, however deep the stack.

    >>> receptive_field([(3, 1, 1), (3, 1, 1)])
    5
    >>> receptive_field([(3, 2, 1), (3, 1, 1)])
    7
    """
    # BEGIN SOLUTION
    extent, step = 1, 1
    for kernel, stride, dilation in layers:
        extent += (kernel - 1) * dilation * step
        step *= stride
    return extent
    # END SOLUTION


# %%
check(receptive_field)

# %% [markdown] tags=["solution"]
# `step` is the distance, in input pixels, between neighbors in the current layer's *input*. A kernel adds kernel − 1
# taps to the one that is there, each dilation · step pixels further; so the very first pixel is counted once. The layer's
# own stride comes after that, since it moves its outputs apart and doesn't change what one of them sees. The last
# stride never matters. Go backward instead, and extent becomes (extent − 1) · stride + dilation · (kernel − 1) + 1.

# %% [markdown]
# ## 4. The layer inside your phone  ★★☆ · 15 min
# A 3×3 layer from 64 to 128 channels has 73,728 weights; the one in a phone's camera has 8,768. It first gives each
# channel a kernel of its own (*depthwise*: channels don't mix), then mixes the channels at every pixel with a 1×1
# convolution (*pointwise*). Nothing stands between the two, neither has a bias, and the picture keeps its size.


# %%
class SeparableConv(nn.Module):
    """A depthwise convolution, then a pointwise one: (n, channels_in, h, w) to (n, channels_out, h, w).

    `kernel` is odd. Zeros are padded. The weights are random at first, and all can be trained.

    >>> layer = SeparableConv(64, 128, kernel=3)
    >>> sum(p.numel() for p in layer.parameters())
    8768
    >>> layer(torch.zeros(2, 64, 10, 7)).shape
    torch.Size([2, 128, 10, 7])
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        # BEGIN SOLUTION
        around = kernel // 2
        self.each = nn.Conv2d(channels_in, channels_in, kernel, padding=around, groups=channels_in, bias=False)
        self.mix = nn.Conv2d(channels_in, channels_out, 1, bias=False)
        # END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output."""
        # BEGIN SOLUTION
        return self.mix(self.each(x))
        # END SOLUTION


# %%
check(SeparableConv)

# %% [markdown] tags=["solution"]
# `groups=g` cuts the channels into g separate convolutions; with as many groups as channels each has one of its own. The
# parameters are channels_in · kernel² + channels_in · channels_out instead of their product, and the work per pixel
# shrinks in the same proportion. What is given up: the kernel from channel i to channel o is a multiple of *one* kernel
# of channel i. Pointwise first would tie the kernels to the output channels instead. Padding kernel // 2 on each side
# makes up for the kernel − 1 pixels that a convolution loses.

# %% [markdown]
# ## 5. Read it wherever it is  ★★★ · 25 min
# A sorting machine learned from centered digits. Now the paper slips by up to two pixels, and next year's camera has a
# larger picture. No other examples will come: build a network that reads both, and train it on the centered ones. From
# 450 unseen digits, it has to read 90 % of those moved by up to two pixels, and 90 % of those anywhere on a larger
# canvas.


# %%
def shift_tolerant_classifier(images: Tensor, labels: Tensor) -> nn.Module:
    """Return a network, trained and in evaluation mode, that reads digits wherever they lie.

    `images` (n, 1, 12, 12) are centered 8×8 digits from 0 to 1 on a black canvas; `labels` (n,) are integers from 0 to 9.
    The network takes (m, 1, h, w), with h and w from 12 to 20, and returns one score for each class, (m, 10). Training
    may take 20 seconds. In the loop of lesson 02: `fit(model, images, labels, epochs=..., lr=...)`.

    >>> network = shift_tolerant_classifier(torch.zeros(10, 1, 12, 12), torch.arange(10))
    >>> network(torch.zeros(3, 1, 12, 12)).shape, network(torch.zeros(1, 1, 20, 16)).shape
    (torch.Size([3, 10]), torch.Size([1, 10]))
    """
    # BEGIN SOLUTION
    see = nn.Sequential(nn.Conv2d(1, 64, 9, padding="same"), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten())
    network = nn.Sequential(see, nn.Linear(64, 10))
    fit(network, images, labels, epochs=10, lr=1e-2)
    return network
    # END SOLUTION


# %%
check(shift_tolerant_classifier)

# %% [markdown] tags=["solution"]
# Convolutions with stride 1 move their output when the input moves; the *maximum* over all places then forgets where it
# was found. Nothing in between may look at places: no flattening, no stride, no pooling before the end, which would make
# a grid of every second pixel. The padding gives a digit at the edge the windows that a digit in the middle has. And the
# windows are 9 pixels wide, so one of them holds a whole digit: a bag of small strokes doesn't tell 6 from 9. Two layers
# of 5×5 see as much, with fewer weights. Copies that you shift yourself also teach a network to expect shifts, those that
# you thought of.
