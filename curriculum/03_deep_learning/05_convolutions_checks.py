"""Checks, hints and known mistakes of 03_deep_learning/05_convolutions."""

import copy
import math
import tracemalloc
from functools import cache

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from handrail.expect import (
    Mismatch,
    attempt,
    between,
    call,
    calls,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    require,
    shape,
    slow,
    told_by_message,
    vectorized,
)
from handrail.kit.pictures import digits, place_digits
from handrail.kit.training import fit

# 1. conv_output_length


def counted_starts(size, kernel, stride, padding, dilation):
    """Count the places where a window may start: from −padding on, and its last tap not behind the last zero."""
    last_start = size - 1 + padding - dilation * (kernel - 1)
    return (last_start + padding) // stride + 1 if last_start >= -padding else 0


@hints(
    "Draw a row of size + 2·padding boxes and put the first window at its left end. Where is its last tap?",
    "The last tap lies dilation·(kernel − 1) boxes right of the first. How many boxes are left behind it, and how many "
    "whole steps of `stride` fit there?",
    "The window at the start counts, too. And if the first window already sticks out, nothing is left: say 0.",
)
def check_conv_output_length(conv_output_length):
    def counts(size, kernel, stride, padding, dilation):
        returned = conv_output_length(size, kernel, stride, padding, dilation)
        kind(returned, (int, np.integer))
        require(not isinstance(returned, bool), "The result should be an int; it is a bool.")
        close(returned, counted_starts(size, kernel, stride, padding, dilation))

    sizes = calls(between(1, 24), between(1, 6), between(1, 5), between(0, 4), between(1, 4))
    also = [call(8, 3, 1, 0, 1), call(9, 3, 1, 0, 3), call(8, 3, 2, 0, 1), call(8, 3, 1, 2, 1), call(8, 3, 3, 1, 2)]
    also += [call(2, 3, 1, 0, 1), call(1, 6, 2, 0, 4), call(1, 1, 5, 0, 4), call(4, 3, 3, 0, 2), call(5, 3, 3, 0, 2)]
    also += [call(3, 6, 5, 1, 1), call(3, 6, 2, 0, 1), call(5, 2, 4, 0, 2), call(10**18 + 7, 3, 2, 1, 1)]
    also += [call(10**30, 3, 7, 2, 5), call(4, 3, 2, 10**25, 1), call(5, 10**30, 3, 0, 10**9)]
    for_all(counts, sizes, also=also, examples=80)
    for given in also[:4]:  # what is counted by hand here, torch does as well
        size, kernel, stride, padding, dilation = given.args
        there = functional.conv1d(torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), None, stride, padding, dilation)
        require(conv_output_length(*given.args) == there.shape[-1], "torch returns another number.", given)


def _length(size, kernel, stride, padding, dilation):
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return 0 if room < 0 else room // stride + 1


def conv_output_length__ignores_dilation(size, kernel, stride, padding, dilation):
    """You left out the dilation. Taps that lie apart make the window wider: dilation·(kernel − 1) + 1 pixels."""
    return _length(size, kernel, stride, padding, 1)


def conv_output_length__rounds_up(size, kernel, stride, padding, dilation):
    """You rounded up. A window that sticks out is not used, so the last fraction of a step is lost."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return 0 if room < 0 else -(-room // stride) + 1


def conv_output_length__pads_once(size, kernel, stride, padding, dilation):
    """You added the padding once. Zeros are put at both ends."""
    room = size + padding - dilation * (kernel - 1) - 1
    return 0 if room < 0 else room // stride + 1


def conv_output_length__multiplies_kernel(size, kernel, stride, padding, dilation):
    """You made the window dilation · kernel wide. There are only kernel − 1 gaps between its taps."""
    return _length(size, dilation * kernel, stride, padding, 1)


def conv_output_length__below_zero(size, kernel, stride, padding, dilation):
    """Right where something fits. Where nothing does, your number comes out negative; the answer is 0."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv_output_length__at_least_one(size, kernel, stride, padding, dilation):
    """Right where something fits. Where no window does, the answer is 0; you return 1."""
    return max(1, _length(size, kernel, stride, padding, dilation))


def conv_output_length__truncates(size, kernel, stride, padding, dilation):
    """Your division cuts the fraction off a number below zero, so a window that sticks out by less than a stride still
    counts. Nothing fits there: 0."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return max(0, (room // stride if room >= 0 else -(-room // stride)) + 1)


def conv_output_length__divides_floats(size, kernel, stride, padding, dilation):
    """Right for small numbers. `/` makes a float, which holds 16 digits at most; `//` divides integers exactly."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return 0 if room < 0 else int(room / stride) + 1


def conv_output_length__forgets_start(size, kernel, stride, padding, dilation):
    """One is missing. The number of steps is not the number of windows: the one at the start counts, too."""
    return max(0, _length(size, kernel, stride, padding, dilation) - 1)


def conv_output_length__divides_size(size, kernel, stride, padding, dilation):
    """You divided what is left *after* adding the start by the stride. First the steps: divide; then add 1."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return 0 if room < 0 else (room + 1) // stride


def conv_output_length__ignores_stride(size, kernel, stride, padding, dilation):
    """You left out the stride: that many windows would fit if they started one pixel apart."""
    return _length(size, kernel, 1, padding, dilation)


# 2. correlate2d_strided


def window_by_window(image, kernel, stride):
    """Add up each window in Python's own numbers."""
    picture, weights = image.tolist(), kernel.tolist()
    (h, w), (a, b) = image.shape, kernel.shape
    rows = [
        [
            math.fsum(weights[i][j] * picture[top + i][left + j] for i in range(a) for j in range(b))
            for left in range(0, w - b + 1, stride)
        ]
        for top in range(0, h - a + 1, stride)
    ]
    return np.array(rows, dtype=float)


def scene(h, w, a, b, stride, seed, image_type=np.float64, kernel_type=np.float64):
    """Return arguments of these shapes: whole numbers, for floats in quarters; large ones for 8 bits."""
    rng = np.random.default_rng(seed)

    def numbers(size, dtype):
        if np.dtype(dtype).kind == "f":
            return (rng.integers(-12, 13, size) / 4).astype(dtype)
        low, high = (0, 255) if dtype is np.uint8 else (-12, 12)
        return rng.integers(low, high + 1, size).astype(dtype)

    return call(numbers((h, w), image_type), numbers((a, b), kernel_type), stride)


@st.composite
def scenes(draw):
    a, b = draw(between(1, 3)), draw(between(1, 3))
    types = [np.float64, np.float64, np.float32, np.int64, np.uint8, np.int8]
    return scene(
        a + draw(between(0, 5)),
        b + draw(between(0, 5)),
        a,
        b,
        draw(between(1, 4)),
        draw(between(0, 60)),
        draw(st.sampled_from(types)),
        draw(st.sampled_from(types)),
    )


@hints(
    "Which numbers of the picture meet the kernel's entry (0, 0), over all places where the kernel is put down? And "
    "the entry (0, 1)?",
    "`np.lib.stride_tricks.sliding_window_view` gives all windows without copying a pixel; or loop over the kernel's "
    "entries and shift the picture. Where does the stride go?",
    "Choose windows, not pixels: the stride steps over the windows' first two axes. And turn both arrays to floats "
    "before you multiply, or 8-bit numbers run over.",
)
def check_correlate2d_strided(correlate2d_strided):
    also = [
        call(np.arange(12.0).reshape(3, 4), np.array([[1.0, 2.0], [0.0, -1.0]]), 1),
        call(np.arange(25.0).reshape(5, 5) ** 2, np.array([[1.0, 0.0, 3.0]]), 2),
        scene(6, 7, 2, 3, 2, 1),
        scene(7, 6, 3, 1, 3, 2),
        scene(4, 4, 4, 4, 2, 3),
        scene(1, 9, 1, 2, 3, 4),
        scene(5, 5, 2, 2, 2, 5, np.uint8, np.uint8),
        scene(5, 6, 2, 3, 1, 6, np.uint8, np.int8),
        scene(8, 5, 3, 3, 9, 7, np.int8, np.int64),
        call(np.array([[200, 100], [255, 7]], dtype=np.uint8), np.array([[1, 1]], dtype=np.uint8), 1),
        scene(9, 12, 3, 2, 4, 8).copy(),
        call(np.array([[255, 254]], dtype=np.uint8), np.array([[253, 255]], dtype=np.uint8), 1),
        call(np.array([[2**24 + 1, 3]]), np.array([[1]]), 1),
        call(np.array([[0.1, 0.7], [0.2, 0.4]]), np.array([[0.3, 0.1]]), 1),
    ]

    def slides(image, kernel, stride):
        returned = correlate2d_strided(image, kernel, stride)
        expected = window_by_window(image, kernel, stride)
        kind(returned, np.ndarray)
        close(returned, expected, rtol=1e-9, atol=1e-9)
        require(returned.dtype == np.float64, f"The result should have dtype float64; it has {returned.dtype}.")
        require(returned.flags.writeable, "The result can't be written to: return an array of its own.")

    for_all(slides, scenes(), also=also, examples=40)
    large = scene(61, 47, 5, 4, 3, 9, np.float32)
    picture, weights = (torch.tensor(part, dtype=torch.float64)[None, None] for part in large.args[:2])
    expected = functional.conv2d(picture, weights, stride=3)[0, 0].numpy()
    close(
        correlate2d_strided(*large.copy().args), expected, "the result for a picture of 61 × 47", rtol=1e-9, atol=1e-9
    )
    columns = scene(6, 7, 2, 3, 2, 10)
    image, *rest = columns.args
    what = "the result for a picture stored column by column, `np.asfortranarray(image)`,"
    given = call(np.asfortranarray(image), *rest)
    close(correlate2d_strided(*given.copy().args), window_by_window(*columns.args), what, given, rtol=1e-9, atol=1e-9)
    for size, axis in (((30_000, 1), "column"), ((1, 30_000), "row")):
        few, many = (_peak(correlate2d_strided, np.ones(size, np.uint8), stride) for stride in (8, 1))
        require(
            many < 30_000 * 12 or few < 0.85 * many,
            f"For a {axis} of 30,000 pixels, your function takes as much memory with stride 8 as with stride 1. Does "
            "it compute every place and throw most of them away? Compute only every stride-th, on both axes.",
        )
    why = "Let NumPy go over the pixels."
    vectorized(correlate2d_strided, scene(8, 9, 3, 2, 2, 1), scene(8, 160, 3, 2, 2, 1), why=why)
    vectorized(correlate2d_strided, scene(8, 9, 3, 2, 2, 1), scene(160, 9, 3, 2, 2, 1), why=why)


def _peak(answer, image, stride):
    """Return the bytes of NumPy's arrays at the peak, while the answer slides a kernel of one entry."""
    function = getattr(answer, "function", answer)  # without the copies that are made to watch it
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        function(image, np.ones((1, 1)), stride)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not running:
            tracemalloc.stop()


def _slide(image, kernel, stride):
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.einsum("ijab,ab->ij", windows[::stride, ::stride], kernel.astype(float))


def correlate2d_strided__flips(image, kernel, stride):
    """You flipped the kernel, as `scipy.signal.convolve2d` does. Deep learning's convolution does not flip."""
    return _slide(image, kernel[::-1, ::-1], stride)


def correlate2d_strided__rows_only(image, kernel, stride):
    """You took every stride-th row, but every column. The stride holds on both axes."""
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.einsum("ijab,ab->ij", windows[::stride], kernel.astype(float))


def correlate2d_strided__columns_only(image, kernel, stride):
    """You took every stride-th column, but every row. The stride holds on both axes."""
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.einsum("ijab,ab->ij", windows[:, ::stride], kernel.astype(float))


def correlate2d_strided__thins_the_picture(image, kernel, stride):
    """You threw pixels away before looking at them. The stride chooses *windows*; each one sees neighboring pixels."""
    thin = image[::stride, ::stride].astype(float)
    a, b = kernel.shape
    return _slide(np.pad(thin, ((0, max(0, a - len(thin))), (0, max(0, b - thin.shape[1])))), kernel, 1)


def correlate2d_strided__runs_over(image, kernel, stride):
    """Numbers ran over: products and sums of 8-bit integers are 8-bit integers. Convert to floats *before* you
    multiply."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("ijab,ab->ij", windows, kernel).astype(float)


def correlate2d_strided__separate_blocks(image, kernel, stride):
    """Your windows lie side by side, a kernel apart. They start `stride` pixels apart, and may overlap."""
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    a, b = kernel.shape
    return np.einsum("ijab,ab->ij", windows[::a, ::b], kernel.astype(float))


def correlate2d_strided__keeps_size(image, kernel, stride):
    """You padded the picture with zeros. Only windows that lie inside it are wanted."""
    a, b = kernel.shape
    padded = np.pad(image.astype(float), (((a - 1) // 2, a // 2), ((b - 1) // 2, b // 2)))
    return _slide(padded, kernel, stride)


def correlate2d_strided__begins_late(image, kernel, stride):
    """Your first window doesn't start in the upper left corner. Windows start at 0, stride, 2·stride and so on."""
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.einsum("ijab,ab->ij", windows[stride - 1 :: stride, stride - 1 :: stride], kernel.astype(float))


def correlate2d_strided__mean(image, kernel, stride):
    """You divided by the number of the kernel's entries. The result is the sum."""
    return _slide(image, kernel, stride) / kernel.size


def correlate2d_strided__ignores_stride(image, kernel, stride):
    """The argument `stride` changes nothing: you return every window."""
    return _slide(image, kernel, 1)


def correlate2d_strided__float32(image, kernel, stride):
    """Right to 7 digits only: you computed in float32. Turn both arrays to float64 first."""
    return _slide(image.astype(np.float32).astype(float), kernel.astype(np.float32), stride)


def correlate2d_strided__pixel_by_pixel(image, kernel, stride):
    """The numbers are right, but Python goes over the pixels one by one. Let NumPy do it: one array operation for all
    windows, or one for each entry of the kernel."""
    return window_by_window(image, kernel, stride)


# 3. receptive_field


def seen_pixels(layers):
    """Follow one output back to the input: the set of places that its window touches, layer after layer."""
    places = {0}
    for kernel, stride, dilation in reversed(layers):
        places = {place * stride + tap * dilation for place in places for tap in range(kernel)}
    return max(places) - min(places) + 1


def seen_by_gradient(layers):
    """Build the stack with weights of one, and measure where the gradient of one output isn't zero."""
    x = torch.zeros(1, 1, seen_pixels(layers) + 7, dtype=torch.float64, requires_grad=True)
    h = x
    for kernel, stride, dilation in layers:
        h = functional.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride, dilation=dilation)
    (gradient,) = torch.autograd.grad(h[0, 0, 0], x)
    where = gradient.flatten().nonzero().flatten()
    return int(where[-1] - where[0] + 1)


@hints(
    "One output of a 3×3 layer sees 3 pixels. Two of its neighbors together see 4, not 6. How many does an output of a "
    "second 3×3 layer see, then, and why not 9?",
    "Keep two numbers while you walk through the layers: the extent so far, and how many *input* pixels one step in "
    "the current layer's input is worth.",
    "A kernel adds kernel − 1 steps of dilation pixels each, and each of these is worth as much as the strides of the "
    "layers *before* it, multiplied.",
)
def check_receptive_field(receptive_field):
    also = [call([]), call([(3, 1, 1)]), call([(3, 1, 1), (3, 1, 1)]), call([(3, 2, 1), (3, 1, 1)]), call([(5, 3, 2)])]
    also += [call([(2, 2, 1), (3, 1, 2), (2, 3, 1), (3, 1, 1)]), call([(1, 2, 1), (2, 1, 1)]), call([(1, 4, 3)] * 3)]
    also += [call([(2, 3, 2), (3, 2, 1)]), call(((7, 2, 1), (3, 2, 1), (3, 1, 1), (3, 2, 3))), call([(3, 1, 4)])]
    layer = st.tuples(between(1, 4), between(1, 3), between(1, 3))

    def sees(layers):
        returned = receptive_field(layers)
        kind(returned, (int, np.integer))
        require(not isinstance(returned, bool), "The result should be an int; it is a bool.")
        close(returned, seen_pixels(layers))

    for_all(sees, calls(st.lists(layer, max_size=4)), also=also, examples=60)
    for layers in ([(3, 2, 1), (2, 1, 3), (3, 1, 1)], [(4, 3, 2), (1, 2, 1), (3, 1, 2)]):
        close(receptive_field(layers), seen_by_gradient(layers), "the extent of the gradient", call(layers))
    resnet = [(7, 2, 1), (3, 2, 1)] + [(3, 1, 1)] * 4 + [(3, 2, 1), *[(3, 1, 1)] * 3] * 3
    close(receptive_field(resnet), 435, "the field of a ResNet-18", call(resnet))
    close(receptive_field([(2, 2, 1)] * 70), 2**70, "70 layers with kernel 2 and stride 2", call([(2, 2, 1)] * 70))
    close(receptive_field([(3, 3, 1)] * 50), 3**50, "50 layers with kernel 3 and stride 3", call([(3, 3, 1)] * 50))


def _field(layers, taps=lambda kernel, dilation: (kernel - 1) * dilation, own=False, strides=True):
    extent, step = 1, 1
    for kernel, stride, dilation in layers:
        step *= stride if own and strides else 1
        extent += taps(kernel, dilation) * step
        step *= stride if strides and not own else 1
    return extent


def receptive_field__adds_kernels(layers):
    """You added up the kernels. Neighboring windows overlap: each layer adds kernel − 1 steps, not kernel."""
    extent, step = 0, 1
    for kernel, stride, dilation in layers:
        extent += ((kernel - 1) * dilation + 1) * step
        step *= stride
    return extent or 1


def receptive_field__multiplies(layers):
    """You multiplied the kernels. That would be right if the windows didn't overlap."""
    return math.prod((kernel - 1) * dilation + 1 for kernel, _, dilation in layers)


def receptive_field__ignores_stride(layers):
    """You left out the strides. Behind a layer with stride 2, one step is worth two input pixels."""
    return _field(layers, strides=False)


def receptive_field__own_stride(layers):
    """You applied a layer's stride to its own kernel. The stride moves the layer's *outputs* apart, so it counts for
    the layers behind it."""
    return _field(layers, own=True)


def receptive_field__ignores_dilation(layers):
    """You left out the dilation. Taps that lie apart see further: kernel − 1 gaps of `dilation` pixels."""
    return _field(layers, taps=lambda kernel, _: kernel - 1)


def receptive_field__kernel_times_dilation(layers):
    """You took dilation · kernel for the width of a window. Between its taps there are only kernel − 1 gaps."""
    return _field(layers, taps=lambda kernel, dilation: kernel * dilation - 1)


def receptive_field__backward(layers):
    """You went through the layers in the wrong order. The strides of the layers *before* a kernel make it wider, not of
    those behind it."""
    return _field(layers[::-1])


def receptive_field__last_stride_only(layers):
    """You used the stride of one layer before. Strides multiply: all the layers before count."""
    before = [1, *(stride for _, stride, _ in layers)]
    return 1 + sum((k - 1) * d * before[i] for i, (k, _, d) in enumerate(layers))


def receptive_field__adds_strides(layers):
    """You added the strides. They multiply: two layers with stride 2 are worth four input pixels a step, and two with
    stride 3 nine."""
    before = np.cumsum([1, *(stride - 1 for _, stride, _ in layers)]).tolist()
    return 1 + sum((k - 1) * d * before[i] for i, (k, _, d) in enumerate(layers))


def receptive_field__touched_pixels(layers):
    """You counted the pixels that are touched. Where stride or dilation leaves holes, these belong to the extent, too:
    from the first pixel to the last."""
    places = {0}
    for kernel, stride, dilation in reversed(layers):
        places = {place * stride + tap * dilation for place in places for tap in range(kernel)}
    return len(places)


def receptive_field__starts_at_zero(layers):
    """One is missing: you counted the steps between pixels, not the pixels. Without any layer, a pixel sees itself."""
    return _field(layers) - 1


# 4. SeparableConv


def effective_kernels(layer, channels_in, kernel):
    """Send in one bright pixel for each channel, and read off the kernels (out, in, kernel, kernel) that it has met."""
    side = 2 * kernel + 1
    impulses = torch.zeros(channels_in, channels_in, side, side)
    impulses[range(channels_in), range(channels_in), kernel, kernel] = 1
    with torch.no_grad():
        seen = attempt(lambda: layer(impulses), "running your layer")
    kind(seen, torch.Tensor, "the layer's output")
    require(seen.ndim == 4, f"The layer's output should have four axes; its shape is {tuple(seen.shape)}.")
    around = kernel // 2
    cut = seen[..., kernel - around : kernel + around + 1, kernel - around : kernel + around + 1]
    return cut.flip(-1, -2).transpose(0, 1)


@told_by_message
@hints(
    "`nn.Conv2d` has an argument that cuts the channels into groups which don't see each other. How many groups does "
    "it take until each channel is alone?",
    "Two convolutions: from channels_in to channels_in with a group for each channel, then from channels_in to "
    "channels_out with kernel 1. Make them in `__init__`, use them in `forward`.",
    "No bias in either. A kernel of k pixels loses k − 1 of them: pad half of that on each side. Nothing comes between "
    "the two layers.",
)
def check_SeparableConv(SeparableConv):
    require(isinstance(SeparableConv, type) and issubclass(SeparableConv, nn.Module), "Subclass `nn.Module`.")
    for sizes in ((3, 5, 3), (2, 2, 3), (5, 2, 5), (1, 4, 1), (4, 1, 3), (4, 4, 5), (3, 7, 1), (6, 3, 7)):
        torch.manual_seed(sum(sizes))
        layer = attempt(lambda sizes=sizes: SeparableConv(*sizes), f"making SeparableConv{sizes}")
        _right_size(layer, *sizes)
        _few_parameters(layer, *sizes)
        _depthwise_then_pointwise(layer, *sizes)
    named = attempt(
        lambda: SeparableConv(channels_in=2, channels_out=3, kernel=3), "making a layer with named arguments"
    )
    twin = SeparableConv(2, 3, 3)
    weights = [torch.cat([p.detach().flatten() for p in one.parameters()]) for one in (named, twin)]
    require(not torch.equal(*weights), "Two layers begin with the same weights. They should be random.")


def _right_size(layer, channels_in, channels_out, kernel):
    for n, h, w in ((2, 6, 9), (1, 8, 7), (1, 1, 1)):
        x = torch.randn(n, channels_in, h, w, generator=torch.Generator().manual_seed(0))
        before = x.clone()
        y = attempt(lambda x=x: layer(x), f"running SeparableConv({channels_in}, {channels_out}, {kernel})")
        what = f"the output of SeparableConv({channels_in}, {channels_out}, {kernel}) for {tuple(x.shape)}"
        kind(y, torch.Tensor, what)
        shape(y, (n, channels_out, h, w), what)
        require(torch.equal(x, before), "Your layer changed its input.")
    still = attempt(lambda: layer(torch.zeros(1, channels_in, 4, 4)), "running your layer")
    require(not still.any(), "A black picture should give zeros: neither convolution has a bias.")


def _depthwise_then_pointwise(layer, channels_in, channels_out, kernel):
    sizes = f"SeparableConv({channels_in}, {channels_out}, {kernel})"
    weights = effective_kernels(layer, channels_in, kernel)
    x = torch.randn(2, channels_in, 6, 9, generator=torch.Generator().manual_seed(1))
    expected = functional.conv2d(x, weights, padding=kernel // 2)
    with torch.no_grad():
        returned = layer(x)
        opposite = layer(-x)
        again, alone = layer(x), layer(x[:1])
    require(torch.equal(returned, again), "Your layer returns two results for the same picture. What is random in it?")
    together = torch.allclose(returned[:1], alone, rtol=1e-3, atol=1e-4)
    require(together, "What your layer returns for a picture depends on the others in its batch.")
    linear = torch.allclose(opposite, -returned, rtol=1e-3, atol=1e-4)
    require(linear, "For the negative of a picture, your layer should return the negative of its output: it is linear.")
    same = torch.allclose(returned, expected, rtol=1e-3, atol=1e-4)
    require(same, "Your layer doesn't do the same at every place, with zeros around the picture.")
    for i in range(channels_in):
        strengths = torch.linalg.svdvals(weights[:, i].flatten(1))
        require(strengths[0] > 1e-6, f"{sizes} doesn't react to input channel {i} at all.")
        if len(strengths) > 1:
            require(
                strengths[1] < 1e-3 * strengths[0],
                "The kernels that lead from one input channel to the outputs should be multiples of one kernel. In "
                "yours they differ, so the channel has more than one kernel of its own.",
            )
    if kernel > 1 and channels_in > 1:
        own = torch.stack(
            [torch.linalg.svd(weights[:, i].flatten(1), full_matrices=False)[2][0] for i in range(channels_in)]
        )
        alike = (own @ own[0]).abs() > 1 - 1e-5
        require(not alike.all(), f"{sizes} begins with the same kernel for all channels. Each has its own, at random.")
    flat = weights.abs().amax(dim=(2, 3))
    require((flat > 1e-9).all(), "Some output doesn't depend on some input channel. Pointwise mixes all channels.")
    if kernel > 1:
        used = (weights.abs() > 1e-9).float().mean()
        require(used > 0.9, "Parts of the kernels are 0: each should fill its kernel × kernel pixels.")


def _few_parameters(layer, channels_in, channels_out, kernel):
    count = sum(p.numel() for p in layer.parameters())
    right = channels_in * kernel**2 + channels_in * channels_out
    message = f"Your layer has {count} parameters; channels_in · kernel² + channels_in · channels_out are {right}."
    require(count == right, message, call(channels_in, channels_out, kernel))
    filled = all(p.detach().any() for p in layer.parameters())
    require(filled, "Some of your weights are all 0 at first. They should be random.")
    layer.zero_grad()
    x = torch.randn(2, channels_in, 6, 6, generator=torch.Generator().manual_seed(2))
    attempt(lambda: layer(x).square().sum().backward(), "going back through your layer")
    reached = all(p.requires_grad and p.grad is not None and p.grad.any() for p in layer.parameters())
    require(reached, "No gradient reaches some of the parameters, so they can't be trained.")
    double = attempt(lambda: copy.deepcopy(layer).double()(x.double()), "running your layer in float64")
    require(double.dtype == torch.float64, "Turned to float64 with `.double()`, your layer returns another dtype.")


class _Pair(nn.Module):
    """Two layers in a row."""

    def forward(self, x):
        return self.second(self.first(x))


class SeparableConv__no_groups(_Pair):
    """`groups` is missing, so each channel of the first convolution looks at all the others. Depthwise means one kernel
    for each channel, and far fewer parameters."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_in, kernel, padding=kernel // 2, bias=False)
        self.second = nn.Conv2d(channels_in, channels_out, 1, bias=False)


class SeparableConv__pointwise_first(_Pair):
    """Your pointwise convolution comes first. Then it is each *output* channel that has a kernel of its own, with
    another number of parameters whenever the two numbers of channels differ."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_out, 1, bias=False)
        self.second = nn.Conv2d(
            channels_out, channels_out, kernel, padding=kernel // 2, groups=channels_out, bias=False
        )


class SeparableConv__shrinks(_Pair):
    """The picture shrank: a kernel of k pixels loses k − 1. Pad k // 2 zeros on each side."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_in, kernel, groups=channels_in, bias=False)
        self.second = nn.Conv2d(channels_in, channels_out, 1, bias=False)


class SeparableConv__padding_of_one(_Pair):
    """You always pad 1, which is right for a kernel of 3 only."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_in, kernel, padding=1, groups=channels_in, bias=False)
        self.second = nn.Conv2d(channels_in, channels_out, 1, bias=False)


class SeparableConv__bias(_Pair):
    """A convolution of yours has a bias; it's there unless you say `bias=False`. In such blocks a normalization follows
    that would remove it."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_in, kernel, padding=kernel // 2, groups=channels_in)
        self.second = nn.Conv2d(channels_in, channels_out, 1)


class SeparableConv__activation_between(nn.Module):
    """You put a nonlinear function between the two convolutions, or behind them. This layer has none."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels_in, kernel, padding=kernel // 2, groups=channels_in, bias=False)
        self.second = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x):
        return self.second(self.first(x).relu())


class SeparableConv__one_kernel(nn.Module):
    """You use the same kernel for every channel. Each channel has one of its own."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.first = nn.Conv2d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.second = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x):
        n, c, h, w = x.shape
        return self.second(self.first(x.reshape(n * c, 1, h, w)).reshape(n, c, h, w))


class SeparableConv__depthwise_only(nn.Module):
    """You left the channels apart, and only copied or cut them to the number wanted. The pointwise convolution must mix
    them."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.channels_out = channels_out
        self.first = nn.Conv2d(channels_in, channels_in, kernel, padding=kernel // 2, groups=channels_in, bias=False)

    def forward(self, x):
        y = self.first(x)
        return y[:, torch.arange(self.channels_out) % y.shape[1]]


# 5. shift_tolerant_classifier

ENOUGH = 0.9


@cache
def _digit_sets():
    """Return training pictures and labels, and sets of 450 other digits: centered, moved, on larger canvases."""
    x, y, x_test, y_test = digits()
    rng = np.random.default_rng(7)
    n = len(x_test)
    moves = rng.permutation([(dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if dx or dy] * 19)[:n]
    even = rng.permutation([(dx, dy) for dx in (-2, 0, 2) for dy in (-2, 0, 2) if dx or dy] * 57)[:n]
    near = rng.permutation([(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy] * 57)[:n]
    anywhere = rng.integers(-4, 5, size=(n, 2))
    across, along = rng.integers(-2, 3, size=n), rng.integers(-6, 7, size=n)
    sets = {
        "centered": place_digits(x_test, 0, 0),
        "moved": place_digits(x_test, *moves.T),
        "even": place_digits(x_test, *even.T),
        "near": place_digits(x_test, *near.T),
        "16 × 16": place_digits(x_test, *anywhere.T, size=16),
        "20 × 20": place_digits(x_test, along, rng.permutation(along), size=20),
        "12 × 20": place_digits(x_test, along, across, size=20)[:, 4:16],
        "20 × 12": place_digits(x_test, across, along, size=20)[:, :, 4:16],
    }
    pictures = {name: torch.from_numpy(array)[:, None] for name, array in sets.items()}
    codes = torch.tensor([4, 7, 1, 9, 0, 3, 8, 2, 6, 5])  # the classes in another order: they are the caller's
    train = torch.from_numpy(place_digits(x, 0, 0))[:, None]
    return train, codes[torch.from_numpy(y)], pictures, codes[torch.from_numpy(y_test)]


def _read(network, pictures, labels):
    """Return the share of pictures that the network reads, after looking at what it returns."""
    with torch.no_grad():
        scores = attempt(lambda: network(pictures), f"running your network on a batch of shape {tuple(pictures.shape)}")
    what = f"your network's output for a batch of shape {tuple(pictures.shape)}"
    kind(scores, torch.Tensor, what)
    shape(scores, (len(pictures), 10), what)
    require(bool(scores.isfinite().all()), f"Of {what}, some numbers aren't finite.")
    return float((scores.argmax(dim=1) == labels).float().mean())


@slow("trains for 2 s")
@told_by_message
@hints(
    "Follow a digit through your network, and then the same digit one pixel further right. After which layer do the "
    "two no longer differ by a shift only?",
    "Convolutions with stride 1 keep the shift. The layer that ends it has to take one number from each channel, and "
    "must not care where it stood. Which number would that be, the mean or the largest?",
    "A grid of every second pixel, made by a stride or by pooling early, notices a step of one pixel. At the edge, a "
    "digit needs the same windows around it that it has in the middle: pad. And one output should see a whole stroke.",
)
@equivalent(
    "nn.Conv2d(1, 64, 9, padding='same')", "nn.Conv2d(1, 64, 10, padding='same')", because="another window that works"
)
@equivalent(
    "nn.Conv2d(1, 64, 9, padding='same')", "nn.Conv2d(1, 64, 8, padding='same')", because="another window that works"
)
@equivalent(
    "fit(network, images, labels, epochs=10, lr=0.01)",
    "fit(network, images, labels, epochs=11, lr=0.01)",
    because="a longer training that works",
)
@equivalent(
    "fit(network, images, labels, epochs=10, lr=0.01)",
    "fit(network, images, labels, epochs=9, lr=0.01)",
    because="a shorter training that works",
)
@equivalent(
    "fit(network, images, labels, epochs=10, lr=0.01)",
    "fit(network, images, labels, epochs=10, lr=0.02)",
    because="another rate that works",
)
def check_shift_tolerant_classifier(shift_tolerant_classifier):
    images, labels, pictures, wanted = _digit_sets()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = shift_tolerant_classifier(images.clone(), labels.clone())
    kind(network, nn.Module)
    require(not any(m.training for m in network.modules()), "Your network isn't in evaluation mode: call `.eval()`.")
    centered = _read(network, pictures["centered"], wanted)
    require(
        centered > 0.3,
        "Your network reads fewer than 30 % of the unseen digits even where they are centered. Is it trained, and on "
        "these images and labels?",
    )
    require(
        centered >= ENOUGH,
        "Your network doesn't read 90 % of the unseen digits even where they are centered. Is it trained long enough, "
        "and does one of its outputs see enough of a digit?",
    )
    with torch.no_grad():
        together, alone = network(pictures["moved"][:5]), [network(pictures["moved"][i : i + 1]) for i in range(5)]
    message = "What your network says of a picture depends on the others in its batch. It should read each on its own."
    require(torch.allclose(together, torch.cat(alone), rtol=1e-3, atol=1e-3), message)
    if _read(network, pictures["moved"], wanted) < ENOUGH:
        _what_it_tolerates(network, pictures, wanted)
    for size in ("16 × 16", "20 × 20", "12 × 20", "20 × 12"):
        require(
            _read(network, pictures[size], wanted) >= ENOUGH,
            "Your network reads digits moved by up to 2 pixels, but less than 90 % of those anywhere on a canvas of "
            f"{size} pixels.",
        )


def _what_it_tolerates(network, pictures, wanted):
    even, near = (_read(network, pictures[name], wanted) for name in ("even", "near"))
    if even >= 0.8 > near:
        raise Mismatch(
            "Your network reads the digits where they are centered or moved by 2 pixels, but not those moved by 1 "
            "pixel. Which layer makes a grid of every second pixel?"
        )
    if near > 0.6 > even:
        raise Mismatch(
            "Your network reads most digits that moved by 1 pixel, but not those moved by 2, at the very edge of the "
            "picture. What does it see less of there?"
        )
    raise Mismatch(
        "Your network reads the digits where they are centered, but less than 90 % of those moved by up to 2 pixels."
    )


def _trained(images, labels, *layers, epochs=8):
    network = nn.Sequential(*layers)
    fit(network, images, labels, epochs=epochs, lr=5e-3)
    return network


def shift_tolerant_classifier__flattens(images, labels):
    """You flattened the channels into a linear layer. It has a weight for each *place*, learned for digits in the
    center and nowhere else; after a shift they meet other pixels."""
    layers = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 36, 10)]
    return _trained(images, labels, *layers)


def shift_tolerant_classifier__strides(images, labels):
    """A stride of 2, or pooling before the end, keeps a grid of every second pixel. The grid moves in steps of two: a
    digit moved by one pixel is seen at places that were never trained on."""
    layers = [nn.Conv2d(1, 8, 5, padding=4), nn.ReLU(), nn.Conv2d(8, 32, 5, stride=2), nn.ReLU()]
    return _trained(images, labels, *layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def shift_tolerant_classifier__no_padding(images, labels):
    """Without padding, a digit at the edge of the picture loses the windows that reach beyond it, and those were seen
    in training. Pad, so that every place has the same windows."""
    layers = [nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Conv2d(8, 32, 5), nn.ReLU()]
    return _trained(images, labels, *layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def shift_tolerant_classifier__averages(images, labels):
    """You averaged over places, or the windows are too small. In a mean, a stroke is diluted by how much background
    lies around it; the maximum asks only whether it is there. And it must see enough of the digit."""
    layers = [nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 32, 5, padding=2), nn.ReLU()]
    return _trained(images, labels, *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10), epochs=10)
