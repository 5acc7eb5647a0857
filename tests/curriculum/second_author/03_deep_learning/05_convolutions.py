"""Answers to 03_deep_learning/05_convolutions by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

# ruff: noqa: N801
from collections.abc import Sequence

import numpy as np
import torch
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from torch import Tensor, nn
from torch.nn import functional

from handrail.kit.training import fit

# 1. conv_output_length


def right__conv_output_length__last_start(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    last = size + 2 * padding - 1 - (kernel - 1) * dilation
    return 0 if last < 0 else 1 + last // stride


def right__conv_output_length__ceiling(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    return max(0, -(((kernel - 1) * dilation - size - 2 * padding) // stride))


def right__conv_output_length__bisection(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    low, high = 0, size + 2 * padding + 1
    while high - low > 1:
        middle = (low + high) // 2
        fits = (middle - 1) * stride + (kernel - 1) * dilation + 1 <= size + 2 * padding
        low, high = (middle, high) if fits else (low, middle)
    return low


def wrong__conv_output_length__float_division(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Not exact for integers beyond 2**53."""
    last = size + 2 * padding - 1 - (kernel - 1) * dilation
    return 0 if last < 0 else 1 + int(last / stride)


def wrong__conv_output_length__len_of_range(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Raises for a result beyond 2**63."""
    return len(range(0, size + 2 * padding - (kernel - 1) * dilation, stride))


def wrong__conv_output_length__int64(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Wraps around beyond 2**63, though only in the padding."""
    last = size + int(np.array([padding]).astype(object)[0]) * 2 - 1 - (kernel - 1) * dilation
    return 0 if last < 0 else 1 + (last & (2**64 - 1)) // stride


def wrong__conv_output_length__truncates(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """One window, though it sticks out by less than a stride."""
    room = size + 2 * padding - 1 - (kernel - 1) * dilation
    whole = room // stride if room >= 0 else -(-room // stride)
    return max(0, whole + 1)


def wrong__conv_output_length__floor_only(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Negative where the kernel is longer than the axis by more than a stride."""
    return (size + 2 * padding - (kernel - 1) * dilation - 1) // stride + 1


def wrong__conv_output_length__clamps_too_early(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> int:
    """One window where none fits."""
    return max(0, size + 2 * padding - (kernel - 1) * dilation - 1) // stride + 1


def wrong__conv_output_length__fits_without_padding(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> int:
    """No window if the kernel is longer than the axis itself, although it fits with the padding."""
    span = (kernel - 1) * dilation + 1
    return 0 if span > size else (size + 2 * padding - span) // stride + 1


def wrong__conv_output_length__padding_seen_once(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> int:
    """Padding is divided by the stride on its own: right for even strides' multiples only."""
    span = (kernel - 1) * dilation + 1
    return max(0, (size + padding - span) // stride + 1 + padding // stride)


def wrong__conv_output_length__pads_no_further_than_kernel(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> int:
    """Cuts the padding where a window would lie in zeros only."""
    span = (kernel - 1) * dilation + 1
    return max(0, (size + 2 * min(padding, span) - span) // stride + 1)


# 2. correlate2d_strided


def right__correlate2d_strided__einsum(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("ijab,ab->ij", windows.astype(np.float64), kernel.astype(np.float64))


def right__correlate2d_strided__slices(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    (h, w), (a, b) = image.shape, kernel.shape
    total = np.zeros((1 + (h - a) // stride, 1 + (w - b) // stride))
    for (i, j), weight in np.ndenumerate(kernel):
        part = image[i : h - a + i + 1 : stride, j : w - b + j + 1 : stride]
        total += float(weight) * part.astype(float)
    return total


def right__correlate2d_strided__torch(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    x = torch.from_numpy(np.array(image, dtype=np.float64))[None, None]
    k = torch.from_numpy(np.array(kernel, dtype=np.float64))[None, None]
    return functional.conv2d(x, k, stride=stride)[0, 0].numpy()


def right__correlate2d_strided__as_strided(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    image = np.ascontiguousarray(image, dtype=np.float64)
    (h, w), (a, b), (down, right) = image.shape, kernel.shape, image.strides
    shape = (1 + (h - a) // stride, 1 + (w - b) // stride, a, b)
    windows = as_strided(image, shape, (down * stride, right * stride, down, right), writeable=False)
    return np.tensordot(windows, kernel.astype(np.float64), 2)


def wrong__correlate2d_strided__eight_bits(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Multiplies in the kernel's and the image's type, sums in float64: 8 bits wrap around."""
    windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return (windows * kernel).sum(axis=(2, 3), dtype=np.float64)


def wrong__correlate2d_strided__sixteen_bits(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Widens 8 bits to 16 only: the sum of many products of 8 bits wraps around."""
    if image.dtype.kind in "iu" and kernel.dtype.kind in "iu":
        image, kernel = image.astype(np.int32), kernel.astype(np.int32)
        windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
        return (windows * kernel).astype(np.int16).sum(axis=(2, 3)).astype(np.float64)
    return right__correlate2d_strided__slices(image, kernel, stride)


def wrong__correlate2d_strided__float32(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Sums in float32 and returns float64: integers beyond 2**24 lose their last digits."""
    windows = sliding_window_view(image.astype(np.float32), kernel.shape)[::stride, ::stride]
    return np.einsum("ijab,ab->ij", windows, kernel.astype(np.float32)).astype(np.float64)


def wrong__correlate2d_strided__everything_first(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Computes every place and throws most away."""
    return right__correlate2d_strided__slices(image, kernel, 1)[::stride, ::stride].copy()


def wrong__correlate2d_strided__pixel_loop(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Loops over the pixels in Python."""
    (h, w), (a, b) = image.shape, kernel.shape
    image, kernel = image.astype(float), kernel.astype(float)
    rows, columns = range(0, h - a + 1, stride), range(0, w - b + 1, stride)
    return np.array([[np.vdot(image[i : i + a, j : j + b], kernel) for j in columns] for i in rows])


def wrong__correlate2d_strided__hidden_loop(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Loops over the pixels in Python, hidden in apply_along_axis."""
    windows = sliding_window_view(image.astype(float), kernel.shape)[::stride, ::stride]
    flat = windows.reshape(*windows.shape[:2], -1)
    return np.apply_along_axis(kernel.astype(float).ravel().dot, 2, flat)


def wrong__correlate2d_strided__flips_even(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Flips kernels of one row or one column only... those of more columns than rows, upside down."""
    return right__correlate2d_strided__slices(
        image, kernel[::-1] if kernel.shape[1] > kernel.shape[0] else kernel, stride
    )


def wrong__correlate2d_strided__skips_zeros(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Takes a kernel's negative weights as zero if the kernel is unsigned-looking, that is, without a zero."""
    return right__correlate2d_strided__slices(image, np.abs(kernel) if kernel.size > 9 else kernel, stride)


def wrong__correlate2d_strided__memory_order(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Takes a picture stored row by row for granted: wrong for a transposed one."""
    image = image.astype(np.float64)
    (h, w), (a, b) = image.shape, kernel.shape
    shape = (1 + (h - a) // stride, 1 + (w - b) // stride, a, b)
    windows = as_strided(image, shape, (8 * w * stride, 8 * stride, 8 * w, 8))
    return np.tensordot(windows, kernel.astype(np.float64), 2)


def wrong__correlate2d_strided__floats_as_integers(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Cuts the kernel's fractions off where the picture is of integers."""
    return right__correlate2d_strided__slices(image, kernel.astype(image.dtype), stride)


# 3. receptive_field


def right__receptive_field__from_the_output(layers: Sequence[tuple[int, int, int]]) -> int:
    seen = 1
    for kernel, stride, dilation in reversed(layers):
        seen = (seen - 1) * stride + (kernel - 1) * dilation + 1
    return seen


def right__receptive_field__interval(layers: Sequence[tuple[int, int, int]]) -> int:
    first = last = 0
    for kernel, stride, dilation in list(layers)[::-1]:
        first, last = first * stride, last * stride + dilation * (kernel - 1)
    return last - first + 1


def right__receptive_field__recursive(layers: Sequence[tuple[int, int, int]]) -> int:
    if not layers:
        return 1
    (kernel, stride, dilation), *rest = layers
    return stride * (right__receptive_field__recursive(rest) - 1) + dilation * (kernel - 1) + 1


def wrong__receptive_field__own_stride_first(layers: Sequence[tuple[int, int, int]]) -> int:
    """A layer's own stride doesn't widen its own taps."""
    seen, jump = 1, 1
    for kernel, stride, dilation in layers:
        jump *= stride
        seen += (kernel - 1) * dilation * jump
    return seen


def wrong__receptive_field__float(layers: Sequence[tuple[int, int, int]]) -> int:
    """Not exact in deep stacks: the jump is a float."""
    jumps = np.cumprod([1.0, *(stride for _, stride, _ in layers)])
    return int(1 + sum((k - 1) * d * jump for (k, _, d), jump in zip(layers, jumps, strict=False)))


def wrong__receptive_field__int64(layers: Sequence[tuple[int, int, int]]) -> int:
    """Wraps around beyond 2**63."""
    table = np.array(layers, dtype=np.int64).reshape(-1, 3)
    jumps = np.cumprod(np.append(1, table[:-1, 1]))
    return int(1 + ((table[:, 0] - 1) * table[:, 2] * jumps[: len(table)]).sum())


def wrong__receptive_field__without_holes(layers: Sequence[tuple[int, int, int]]) -> int:
    """Counts the pixels that count, without the holes between them."""
    seen = {0}
    for kernel, stride, dilation in reversed(layers):
        seen = {i * stride + t * dilation for i in seen for t in range(kernel)}
        if len(seen) > 20_000:
            return right__receptive_field__interval(layers)
    return len(seen)


def wrong__receptive_field__dilation_multiplies_on(layers: Sequence[tuple[int, int, int]]) -> int:
    """A dilation widens the layers after it, too, as a stride does."""
    seen, jump = 1, 1
    for kernel, stride, dilation in layers:
        seen += (kernel - 1) * dilation * jump
        jump *= stride * (dilation if stride > 1 else 1)
    return seen


def wrong__receptive_field__kernel_one_ignored(layers: Sequence[tuple[int, int, int]]) -> int:
    """Drops 1×1 layers together with their strides."""
    return right__receptive_field__interval([layer for layer in layers if layer[0] > 1])


def wrong__receptive_field__stride_up_to_kernel(layers: Sequence[tuple[int, int, int]]) -> int:
    """A stride that leaps over pixels is cut to the window's width."""
    return right__receptive_field__interval([(k, min(s, (k - 1) * d + 1), d) for k, s, d in layers])


def wrong__receptive_field__short_stacks(layers: Sequence[tuple[int, int, int]]) -> int:
    """Sees the first six layers only."""
    return right__receptive_field__interval(layers[:6])


def wrong__receptive_field__sorted(layers: Sequence[tuple[int, int, int]]) -> int:
    """Runs through equal layers once: a repeated layer right after itself with a stride above 2 is dropped."""
    kept = [b for a, b in zip([None, *layers], layers, strict=False) if a != b or b[1] <= 2]
    return right__receptive_field__interval(kept)


# 4. SeparableConv


class right__SeparableConv__same(nn.Sequential):
    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_in, kernel, padding="same", groups=channels_in, bias=False),
            nn.Conv2d(channels_in, channels_out, 1, bias=False),
        )


class right__SeparableConv__own_weights(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.each = nn.Parameter(torch.randn(channels_in, kernel, kernel) / kernel)
        self.mix = nn.Parameter(torch.rand(channels_in, channels_out) - 0.5)

    def forward(self, x: Tensor) -> Tensor:
        k = self.each.shape[-1]
        padded = functional.pad(x, [k // 2] * 4)
        windows = padded.unfold(2, k, 1).unfold(3, k, 1)
        return torch.einsum("nchwab,cab,co->nohw", windows, self.each, self.mix)


class right__SeparableConv__a_layer_for_each_channel(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.each = nn.ModuleList(nn.Conv2d(1, 1, kernel, padding=kernel // 2, bias=False) for _ in range(channels_in))
        self.mix = nn.Linear(channels_in, channels_out, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        deep = torch.cat([layer(x[:, i : i + 1]) for i, layer in enumerate(self.each)], dim=1)
        return self.mix(deep.movedim(1, -1)).movedim(-1, 1)


class _Separable(nn.Module):
    """The right layer, for the wrong ones to spoil."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, **options: object) -> None:
        super().__init__()
        mode = {"padding": kernel // 2, "bias": False, **options}
        self.depthwise = nn.Conv2d(channels_in, channels_in, kernel, groups=channels_in, **mode)
        self.pointwise = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


class wrong__SeparableConv__circular(_Separable):
    """Pads with the other side, not with zeros."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(channels_in, channels_out, kernel, padding_mode="circular")


class wrong__SeparableConv__relu_between(_Separable):
    """Something stands between the two."""

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x).relu())


class wrong__SeparableConv__norm_between(_Separable):
    """Something without weights stands between the two, and only in training."""

    def forward(self, x: Tensor) -> Tensor:
        deep = self.depthwise(x)
        return self.pointwise(functional.dropout(deep, 0.1, self.training))


class wrong__SeparableConv__batch_norm_between(_Separable):
    """In training, the pictures of a batch change one another's outputs."""

    def forward(self, x: Tensor) -> Tensor:
        deep = self.depthwise(x)
        if self.training and len(x) > 1:
            deep = functional.batch_norm(deep, None, None, training=True)
        return self.pointwise(deep)


class wrong__SeparableConv__one_kernel_for_all(nn.Module):
    """All channels share one kernel; the weights that are missing are there, but in no use... but for a zero."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.each = nn.Parameter(torch.randn(channels_in, 1, kernel, kernel) / kernel)
        self.mix = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        shared = self.each.mean(0, keepdim=True).expand_as(self.each)
        return self.mix(functional.conv2d(x, shared, padding=self.each.shape[-1] // 2, groups=len(self.each)))


class wrong__SeparableConv__pointwise_first(nn.Module):
    """Mixes the channels first, in the narrow case where the count of weights is the same."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        wide = {"padding": kernel // 2, "groups": channels_in, "bias": False}
        self.depthwise = nn.Conv2d(channels_in, channels_in, kernel, **wide)
        self.pointwise = nn.Conv2d(channels_in, channels_out, 1, bias=False)
        self.swap = channels_in == channels_out

    def forward(self, x: Tensor) -> Tensor:
        return self.depthwise(self.pointwise(x)) if self.swap else self.pointwise(self.depthwise(x))


class wrong__SeparableConv__padding_of_three(nn.Module):
    """Keeps the size by cutting and padding at the end: a kernel of 5 is off its center."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels_in, channels_in, kernel, groups=channels_in, bias=False)
        self.pointwise = nn.Conv2d(channels_in, channels_out, 1, bias=False)
        self.gap = min(1, kernel // 2), max(0, kernel - 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(functional.pad(x, self.gap * 2)))


class wrong__SeparableConv__frozen_depthwise(_Separable):
    """The depthwise kernel says it can be trained, but never gets a gradient."""

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(
            functional.conv2d(x, self.depthwise.weight.detach(), padding=self._pad(), groups=x.shape[1])
        )

    def _pad(self) -> int:
        return self.depthwise.weight.shape[-1] // 2


class wrong__SeparableConv__zeros_at_first(_Separable):
    """The pointwise weights are zero at first."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(channels_in, channels_out, kernel)
        nn.init.zeros_(self.pointwise.weight)


class wrong__SeparableConv__ones_at_first(_Separable):
    """The depthwise weights are a mean at first, not random."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(channels_in, channels_out, kernel)
        nn.init.constant_(self.depthwise.weight, 1 / kernel**2)


class wrong__SeparableConv__the_same_at_first(_Separable):
    """Every layer starts from the same weights: not random."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            super().__init__(channels_in, channels_out, kernel)


class wrong__SeparableConv__one_draw_for_all_channels(_Separable):
    """Each channel's kernel starts as a copy of the first one's, so `random` is true of one of them only."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(channels_in, channels_out, kernel)
        with torch.no_grad():
            self.depthwise.weight[:] = self.depthwise.weight[:1].clone()


# 5. shift_tolerant_classifier


class _Net(nn.Module):
    """Convolutions, then the largest value of each channel, wherever it is."""

    def __init__(self, pool: nn.Module, cells: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=4), nn.ReLU(), nn.Conv2d(16, 32, 5, padding=1), nn.ReLU(),
            nn.Conv2d(32, 32, 1), nn.ReLU(), pool, nn.Flatten(), nn.Linear(32 * cells, 10),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


def right__shift_tolerant_classifier__largest(images: Tensor, labels: Tensor) -> nn.Module:
    torch.manual_seed(1)
    network = _Net(nn.AdaptiveMaxPool2d(1))
    fit(network, images, labels, epochs=8, lr=5e-3)
    return network


class _Centered(nn.Module):
    """Moves the ink's bounding box of each picture to the canvas's upper left 8×8 pixels."""

    def __init__(self, whole_batch: bool = False) -> None:
        super().__init__()
        self.whole_batch = whole_batch
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))

    def forward(self, x: Tensor) -> Tensor:
        cut = []
        for one in x:
            inked = x.sum((0, 1)) > 0 if self.whole_batch else one[0] > 0
            places = inked.nonzero()
            top, left = places.min(0).values.tolist() if len(places) else (0, 0)
            cut.append(functional.pad(one, (0, 8, 0, 8))[:, top : top + 8, left : left + 8])
        return self.body(torch.stack(cut))


def right__shift_tolerant_classifier__centers_itself(images: Tensor, labels: Tensor) -> nn.Module:
    torch.manual_seed(0)
    network = _Centered()
    fit(network, images, labels, epochs=30, lr=3e-3)
    return network


def wrong__shift_tolerant_classifier__centers_the_batch(images: Tensor, labels: Tensor) -> nn.Module:
    """Cuts all pictures of a batch at the same place: right only if all moved alike."""
    torch.manual_seed(0)
    network = _Centered(whole_batch=True)
    fit(network, images, labels, epochs=30, lr=3e-3)
    return network


def wrong__shift_tolerant_classifier__shrinks_the_canvas(images: Tensor, labels: Tensor) -> nn.Module:
    """A larger canvas is shrunk to 12×12, and the digit on it with it."""

    class Shrinks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = _Net(nn.AdaptiveMaxPool2d(1))

        def forward(self, x: Tensor) -> Tensor:
            return self.net(functional.interpolate(x, (12, 12), mode="bilinear"))

    torch.manual_seed(0)
    network = Shrinks()
    fit(network, images, labels, epochs=8, lr=5e-3)
    return network


def wrong__shift_tolerant_classifier__coarse_grid(images: Tensor, labels: Tensor) -> nn.Module:
    """Pools to 3×3 cells of the canvas: reads every size of canvas, but not wherever the digit lies."""
    torch.manual_seed(0)
    network = _Net(nn.AdaptiveAvgPool2d(3), cells=9)
    fit(network, images, labels, epochs=8, lr=5e-3)
    return network


class _Crops(nn.Module):
    """A network that sees the canvas's middle 12×12 pixels only."""

    def __init__(self) -> None:
        super().__init__()
        self.net = _Net(nn.AdaptiveMaxPool2d(1))

    def forward(self, x: Tensor) -> Tensor:
        top, left = (x.shape[2] - 12) // 2, (x.shape[3] - 12) // 2
        return self.net(x[:, :, top : top + 12, left : left + 12])


def wrong__shift_tolerant_classifier__sees_the_middle(images: Tensor, labels: Tensor) -> nn.Module:
    """Reads the middle of a larger canvas only."""
    torch.manual_seed(0)
    network = _Crops()
    fit(network, images, labels, epochs=8, lr=5e-3)
    return network


def wrong__shift_tolerant_classifier__squares_only(images: Tensor, labels: Tensor) -> nn.Module:
    """Raises on a canvas that is wider than high by 5 pixels or more: its height is doubled to at most that."""

    class Square(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = _Net(nn.AdaptiveMaxPool2d(1))

        def forward(self, x: Tensor) -> Tensor:
            side = min(x.shape[2:]) + 4
            return self.net(x[:, :, :side, :side])

    torch.manual_seed(0)
    network = Square()
    fit(network, images, labels, epochs=8, lr=5e-3)
    return network


def wrong__shift_tolerant_classifier__in_training_mode(images: Tensor, labels: Tensor) -> nn.Module:
    """Left in training mode."""
    network = right__shift_tolerant_classifier__centers_itself(images, labels)
    network.train()
    return network
