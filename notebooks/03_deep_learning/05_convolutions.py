# /// lesson
# minutes = 55
# exercise_minutes = 80
# needs = ["03_deep_learning/03_training_that_works"]
# seconds = 60
# memory_mb = 1000
# ///

# %% [markdown]
# # See locally, share everywhere
#
# **Why.** A network reads 97 of 100 handwritten digits. Then the paper slips by up to two pixels, and it reads 2 of 10.
# Nothing about the digits has changed. What must be built into a network so that a thing stays what it is when it moves?
#
# **You will**
# - apply kernels to a photograph, and design your own;
# - work out output sizes, parameters and the field that one output sees;
# - explain a convolution as a linear layer with shared weights, and test what it commutes with;
# - build a network that survives shifts, and say which of its layers makes it so;
# - recognize data for which a convolutional network is the wrong model.
#
# **You need** lesson 03 of this phase; 55 minutes. The digits, the photograph and the faces are real. Where there is a
# GPU, the training below uses it.

# %%
from collections import Counter
from itertools import product

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.signal import convolve2d
from skimage.data import camera, lfw_subset
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import conv2d

from handrail.kit.pictures import digits, place_digits
from handrail.kit.race import race
from handrail.kit.training import accuracy, fit, parameter_count

plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# First the loss to explain. A network of the last lessons, 144 pixels → 128 units → 10 scores, learns 1,347 digits that
# lie in the center of a 12×12 canvas. It is tested on 450 others: in the center, and each moved at random by up to two
# pixels in both directions.

# %%
x_train, y_train, x_test, y_test = digits()
rng = np.random.default_rng(0)
moves = rng.integers(-2, 3, size=(2, len(x_test)))


def on_canvas(images, dx=0, dy=0):
    """Return digits as a batch (n, 1, 12, 12): examples, channels, rows, columns."""
    return torch.from_numpy(place_digits(images, dx, dy))[:, None].to(device)


centered, new, moved = on_canvas(x_train), on_canvas(x_test), on_canvas(x_test, *moves)
y, y_new = torch.from_numpy(y_train).to(device), torch.from_numpy(y_test).to(device)

# %%
fig, axes = plt.subplots(2, 7, figsize=(8, 2.6))
for column, (first, second) in enumerate(zip(new[:7, 0].cpu().numpy(), moved[:7, 0].cpu().numpy(), strict=True)):
    for ax, picture in zip(axes[:, column], (first, second), strict=True):
        ax.imshow(picture, cmap="gray")
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("centered")
axes[1, 0].set_ylabel("moved")
fig.suptitle("The same digits, moved by up to two pixels", x=0.02, ha="left", weight="bold")
plt.show()

# %%
torch.manual_seed(0)
flat = nn.Sequential(nn.Flatten(), nn.Linear(144, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)
fit(flat, centered, y, epochs=12, lr=3e-3)
flat_new, flat_moved = accuracy(flat, new, y_new), accuracy(flat, moved, y_new)
print(f"centered digits: {flat_new:.2f}    reads fewer than 3 of 10 moved ones: {flat_moved < 0.3}")

# %% [markdown]
# Every unit has one weight for each *place*. The weights of the upper left corner were never used in training, and what
# the center has learned, it can't lend to its neighbors. This lesson builds a layer in which all places share their
# weights.
#
# ## 1. A kernel is a question asked at every place
#
# A **kernel** is a small matrix. Put it onto the picture, multiply each of its numbers with the pixel below, and add up:
# that is one output. Then move it by one pixel. "Is it brighter on the right than on the left?" is a question that nine
# numbers can ask.

# %%
photo = camera() / 255  # (512, 512), black is 0 and white is 1
ask = {
    "blur: mean of nine": np.ones((3, 3)) / 9,
    "sharpen: pixel against its neighbors": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "Sobel: brighter on the right?": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
}


def by_loops(image, kernel):
    """Return the sum of kernel times window for every window inside the image."""
    (h, w), (a, b) = image.shape, kernel.shape
    out = np.zeros((h - a + 1, w - b + 1))
    for i, j in product(range(h - a + 1), range(w - b + 1)):
        out[i, j] = (image[i : i + a, j : j + b] * kernel).sum()
    return out


tiny = np.array([[0, 0, 1, 1]] * 3)
print(by_loops(tiny, ask["Sobel: brighter on the right?"]))

# %% [markdown]
# Dark on the left, bright on the right: the answer is 4 at both places. On an even surface it would be 0. Loops in
# Python are slow, so write it once more: `sliding_window_view` makes a view with all windows, without copying a pixel,
# and `einsum` multiplies and adds. The third way is torch's. Do the three agree?


# %%
def by_windows(image, kernel):
    """Return the same with one view of all windows (rows, columns, a, b) and one sum."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcab,ab->rc", windows, kernel)


def by_torch(image, kernel):
    """Return the same with conv2d, which wants (n, channels, h, w) and (out, in, a, b)."""
    image, kernel = (torch.from_numpy(np.asarray(part, dtype=float))[None, None] for part in (image, kernel))
    return conv2d(image, kernel)[0, 0].numpy()


small, sobel = photo[64:192, 180:308], ask["Sobel: brighter on the right?"]
answers = [way(small, sobel) for way in (by_loops, by_windows, by_torch)]
kernel_gap = max(np.abs(answers[0] - other).max() for other in answers[1:])
print("the three agree to 1e-7:", kernel_gap < 1e-7)

# %% [markdown]
# What does each cost, for this piece of 128×128 pixels? The bars are multiples of the fastest.

# %%
ways = {"Python loops": by_loops, "windows and einsum": by_windows, "torch conv2d": by_torch}
race(
    {name: lambda way=way: way(small, sobel).round(6) for name, way in ways.items()},
    title="Leave the loop to the library",
    repeats=3,
)

# %% [markdown]
# A warning for those who know the word from mathematics. A *convolution* there turns the kernel by 180° before it
# slides; SciPy's `convolve2d` does. Deep learning slides it as it is (a *correlation*) and keeps the name. Does it
# matter?

# %%
flipped = convolve2d(small, sobel, mode="valid")
flip_gap = np.abs(flipped - answers[0]).max()
turned = convolve2d(small, sobel[::-1, ::-1], mode="valid")
print(f"SciPy's and torch's answers differ by up to {flip_gap:.1f}")
print("after turning the kernel by hand they agree:", np.allclose(turned, answers[0]))

# %% [markdown]
# For a kernel that is learned it doesn't matter: training finds the turned one. For a kernel that you copy from a book it
# does.
#
# Now the three questions on the whole photograph. Compare coat and sky: where does Sobel answer 0?

# %% tags=["borrowed"]
fig, axes = plt.subplots(1, 4, figsize=(11, 3.2))
axes[0].imshow(photo[30:330, 100:400], cmap="gray")
axes[0].set_title("photograph", weight="normal", size=10)
for ax, (name, kernel) in zip(axes[1:], ask.items(), strict=True):
    answer = by_windows(photo, kernel)[30:330, 100:400]
    limits = (-2, 2) if "Sobel" in name else (0, 1)
    ax.imshow(answer, cmap="gray", vmin=limits[0], vmax=limits[1])
    ax.set_title(name, weight="normal", size=10)
for ax in axes:
    ax.axis("off")
plt.show()

# %% [markdown]
# Gray is "no", white "yes", black "the other way round". Blur and sharpen have numbers that add up to 1, so an even
# surface keeps its brightness; Sobel's add up to 0, so an even surface vanishes. Change the nine numbers yourself. Can you
# find horizontal edges? Single bright points?

# %% tags=["widget"]
cells = [widgets.FloatText(value=v, layout=widgets.Layout(width="60px")) for v in sobel.ravel()]


def show_answer(**numbers):
    kernel = np.array(list(numbers.values())).reshape(3, 3)
    spread = max(1.0, np.abs(kernel).sum() / 4)
    _, ax = plt.subplots(figsize=(4, 4))
    ax.imshow(by_windows(photo[30:330, 100:400], kernel), cmap="gray", vmin=min(0, kernel.sum() - spread), vmax=spread)
    ax.axis("off")
    plt.show()


table = widgets.GridBox(cells, layout=widgets.Layout(grid_template_columns="repeat(3, 70px)"))
widgets.HBox([table, widgets.interactive_output(show_answer, {f"n{i}": cell for i, cell in enumerate(cells)})])

# %% [markdown]
# ## 2. Size, stride, padding, dilation
#
# A kernel of k pixels fits into a row of n pixels at n − k + 1 places: its left end may stand at 0, 1, up to n − k.
# So a picture loses k − 1 pixels in each layer. Four settings change that:
#
# - **padding** p puts p zeros around the picture;
# - **stride** s moves the kernel by s pixels at a time;
# - **dilation** d leaves d − 1 pixels free between the kernel's numbers;
# - several kernels side by side give several output **channels**.
#
# **Predict before you run**: 12×12 pixels, kernel 3. Which size comes out with padding 1? With stride 2 and no padding?

# %%
picture = torch.zeros(1, 1, 12, 12)
settings = [{}, {"padding": 1}, {"stride": 2}, {"stride": 2, "padding": 1}, {"dilation": 2}, {"dilation": 6}]
sizes = {}
for setting in settings:
    try:
        size = nn.Conv2d(1, 4, 3, **setting)(picture).shape[-1]
    except RuntimeError:
        size = None
    sizes[str(setting)] = size
    print(f"{setting!s:29} {'no window fits' if size is None else size}")

# %% [markdown]
# Padding 1 keeps 12: two pixels gained, two lost. Stride 2 gives 5, not 6. The windows start at 0, 2, 4, 6 and 8; one that
# started at 10 would stick out, and isn't used: pixel 11 is never looked at. With dilation 6 the kernel is 13 pixels wide
# and fits nowhere. Exercise 1 asks you for the formula.
#
# What does one output see when layers are stacked? Ask autograd: the input pixels where the gradient of *one* output
# isn't zero are the ones it depends on. Their extent is the **receptive field**.


# %%
def field(*layers):
    """Return the gradient of one output in the middle with respect to a 21×21 picture."""
    stack, x = nn.Sequential(*layers).double(), torch.zeros(1, 1, 21, 21, dtype=torch.float64, requires_grad=True)
    for layer in stack:
        nn.init.ones_(layer.weight)
    out = stack(x)[0, 0]
    out[out.shape[0] // 2, out.shape[1] // 2].backward()
    return x.grad[0, 0].numpy()


def three(**settings):
    return nn.Conv2d(1, 1, 3, bias=False, **settings)


stacks = {"one 3×3": [three()], "two 3×3": [three(), three()], "three 3×3": [three(), three(), three()]}
stacks |= {"stride 2, then 3×3": [three(stride=2), three()], "dilation 1, 2, 4": [three(dilation=d) for d in (1, 2, 4)]}
gradients = {name: field(*layers) for name, layers in stacks.items()}
extent = {name: int((g.sum(0) > 0).sum()) for name, g in gradients.items()}

# %%
fig, axes = plt.subplots(1, 5, figsize=(11, 2.6))
for ax, (name, gradient) in zip(axes, gradients.items(), strict=True):
    ax.imshow(gradient / gradient.max(), cmap="gray_r")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
    ax.set_title(f"{name}\n{extent[name]} × {extent[name]} pixels", weight="normal", size=10)
fig.suptitle("What one output sees", x=0.01, ha="left", weight="bold")
plt.show()

# %% [markdown]
# Two 3×3 layers see 5 pixels, not 6 and not 9: neighboring windows overlap, and each layer adds 2. Behind a stride of 2 a
# step is worth two pixels, so the second layer adds 4. Dilations of 1, 2, 4 reach 15 pixels with three layers. The gray
# values say how many ways lead to a pixel: the middle counts most.
#
# ## 3. Sharing
#
# Is a convolution a new kind of layer? Everything in it is "multiply and add", so it is linear, and a linear map is a
# matrix. Send in the 36 pictures of 6×6 pixels in which a single pixel is 1: the answers are the matrix's columns.

# %%
torch.manual_seed(0)
layer = nn.Conv2d(1, 1, 3, bias=False)
basis = torch.eye(36).reshape(36, 1, 6, 6)
with torch.no_grad():
    matrix = layer(basis).reshape(36, 16).T
    anything = torch.randn(1, 1, 6, 6)
    matrix_gap = (matrix @ anything.flatten() - layer(anything).flatten()).abs().max().item()
print("matrix", tuple(matrix.shape), "gives the layer's answer to 1e-6:", matrix_gap < 1e-6)
distinct = len(matrix[matrix != 0].unique())
print(f"numbers in the matrix: {matrix.numel()}, not zero: {int((matrix != 0).sum())}, different: {distinct}")

# %%
fig, ax = plt.subplots(figsize=(8, 4))
reach = matrix.abs().max().item()
ax.imshow(matrix.numpy(), cmap="PuOr", vmin=-reach, vmax=reach)
ax.set(xlabel="pixel of the 6×6 picture", ylabel="output", xticks=range(0, 36, 6), yticks=range(0, 16, 4))
ax.grid(visible=False)
ax.set_title("A convolution is a linear layer: mostly zeros, nine numbers repeated")
plt.show()

# %% [markdown]
# Two assumptions made this matrix. **Local**: an output depends on pixels nearby, the rest is zero. **Shared**: every row
# has the same nine numbers, one column further. They save parameters. Compare 16 kernels on our 12×12 canvas with the
# linear layer that has the same inputs and outputs.

# %%
shared = nn.Conv2d(1, 16, 3, padding=1)
dense_weights = 144 * shared(picture).numel()
print(f"convolution: {parameter_count(shared)} parameters")
print(f"linear layer from 144 to 16 × 144 numbers: {dense_weights:,} weights")

# %% [markdown]
# They also pass on what was learned: a stroke that was met in one corner is known in all. That is a property you can
# test. A layer is **equivariant** to an operation if it doesn't matter whether you first apply the operation and then the
# layer, or the other way round. **Predict**: a shift, a turn by 90°, a mirror, making it brighter?

# %%
torch.manual_seed(1)
layer = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.ReLU()).to(device)
operations = {
    "shift by one pixel": lambda x: x.roll((1, 1), dims=(-2, -1)),
    "turn by 90°": lambda x: x.rot90(1, dims=(-2, -1)),
    "mirror": lambda x: x.flip(-1),
    "three times as bright": lambda x: 3 * x,
}
commutes = {}
for name, operation in operations.items():
    with torch.no_grad():
        commutes[name] = torch.allclose(layer(operation(new)), operation(layer(new)), atol=1e-5)
    print(f"{name:22} {commutes[name]}")

# %% [markdown]
# Shifts: yes, as long as the digit and its answers stay on the canvas. That is what sharing means. Turns and mirrors: no, since the
# kernel isn't turned with the picture; a network has to learn a kernel for each direction. Brightness: yes here, because
# the layer has no bias and relu(3x) is 3·relu(x).
#
# ## 4. A network for digits
#
# A convolutional network (CNN) stacks such layers. The second has 16 input channels, so each of its kernels is 16×3×3
# numbers. Between them stands **max pooling**, the largest of each 2×2 block: the picture becomes half as wide. At
# the end, all that is left is flattened for a linear layer.


# %%
def reader(seed=0):
    """Return the usual small CNN for 8×8 pictures."""
    torch.manual_seed(seed)
    see = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*see, nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10)).to(device)


def perceptron(seed=0):
    """Return an MLP of one hidden layer."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)


x8, x8_new = (torch.from_numpy(part)[:, None].to(device) for part in (x_train, x_test))
shape = x8[:1]
for part in reader():
    shape = part(shape)
    print(f"{type(part).__name__:10} {tuple(shape.shape)!s:16} {parameter_count(part):6,} parameters")

# %% [markdown]
# More than 80 % of the parameters sit in the linear layer behind `Flatten`. Pooling is no magic either: a view of 2×2
# blocks and a maximum. Then train: logistic regression, the MLP and the CNN, on the plain 8×8 digits, 12 epochs and three
# seeds for the networks.

# %%
by_hand = x8.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(-2, -1))
print("own pooling equals nn.MaxPool2d:", torch.equal(by_hand, nn.MaxPool2d(2)(x8)))
line = LogisticRegression(max_iter=1000).fit(x_train.reshape(-1, 64), y_train)
plain = {"logistic regression": [line.score(x_test.reshape(-1, 64), y_test)]}
for name, make in {"MLP 64-128-10": perceptron, "CNN": reader}.items():
    nets = [make(seed) for seed in range(3)]
    for seed, net in enumerate(nets):
        fit(net, x8, y, epochs=12, lr=3e-3, seed=seed)
    plain[name] = [accuracy(net, x8_new, y_new) for net in nets]
best_reader = nets[0]
means = {name: np.mean(scores) for name, scores in plain.items()}
print("all three read at least 95 %:", min(means.values()) > 0.95)

# %% [markdown]
# The CNN is ahead by a point or two: two digits in a hundred wrong against three or four. That isn't much. These digits
# were centered and scaled by those who collected them, which took work away from the network.
#
# What do the first kernels look like, and what do they answer? In the upper row, purple numbers are positive, orange ones
# negative.

# %%
kernels = best_reader[0].weight.detach().cpu().numpy()[:, 0]
with torch.no_grad():
    responses = best_reader[:2](x8_new[:1])[0].cpu().numpy()
strong = responses.max(axis=(1, 2)).argsort()[::-1][:8]
fig, axes = plt.subplots(2, 9, figsize=(10, 2.7))
axes[0, 0].axis("off")
axes[1, 0].imshow(x8_new[0, 0].cpu().numpy(), cmap="gray")
axes[1, 0].set_xlabel("input")
for (top, bottom), channel in zip(axes[:, 1:].T, strong, strict=True):
    top.imshow(kernels[channel], cmap="PuOr", vmin=-0.8, vmax=0.8)
    bottom.imshow(responses[channel], cmap="gray", vmin=0)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
fig.suptitle("Eight learned kernels, and what they answer", x=0.02, ha="left", weight="bold")
plt.show()

# %% [markdown]
# Some are positive on one side and negative on the other, Sobel's relatives; others answer to thin strokes or to the dark
# next to them. Nobody asked for edges: they help to tell digits apart. The kernels are rough, since only 1,347 small
# pictures shaped them.
#
# ## 5. Equivariance and invariance
#
# Back to the digits that move. **Predict before you run**: a CNN of this kind, trained on *centered* 12×12 digits, reads
# 96 % of them. How many of those that are moved by up to two pixels? Have the sentence in mind that you can read
# everywhere: "CNNs are translation invariant".


# %%
def largest_place(channels):
    """Return the end of a network that takes the maximum over all places, then scores."""
    return [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]


def contestants():
    """Return four networks for 12×12 pictures."""
    pooled = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    wide = [nn.Conv2d(1, 8, 5, padding=4), nn.ReLU()]
    parts = {
        "MLP": [nn.Flatten(), nn.Linear(144, 128), nn.ReLU(), nn.Linear(128, 10)],
        "CNN, flattened": [*pooled, nn.Flatten(), nn.Linear(576, 10)],
        "stride 2, global maximum": [*wide, nn.Conv2d(8, 32, 5, stride=2), nn.ReLU(), *largest_place(32)],
        "stride 1, global maximum": [nn.Conv2d(1, 8, 5, padding=4), nn.ReLU(), nn.Conv2d(8, 32, 5), nn.ReLU()],
    }
    parts["stride 1, global maximum"] += largest_place(32)
    return {name: nn.Sequential(*layers).to(device) for name, layers in parts.items()}


# %%
trained = []
for seed in range(2):
    torch.manual_seed(seed)
    trained.append(contestants())
    for net in trained[-1].values():
        fit(net, centered, y, epochs=10, lr=5e-3, seed=seed)
shift_score = {name: [accuracy(nets[name], moved, y_new) for nets in trained] for name in trained[0]}
center_score = {name: [accuracy(nets[name], new, y_new) for nets in trained] for name in trained[0]}
for name, scores in shift_score.items():
    steps = "below 0.3" if max(scores) < 0.3 else "above 0.9" if min(scores) > 0.9 else "in between"
    print(f"{name:26} centered above 0.93: {min(center_score[name]) > 0.93}   moved: {steps}")

# %% [markdown]
# The usual CNN, flattened at the end, falls as deep as the MLP. "About the same as before" is tempting, because the
# sentence mixes up two words. A convolution is **equi**variant: the answer moves along with the digit. **In**variant
# would be an answer that stays. What lies between them shows in the accuracy for each single shift:

# %%
shifts = list(product(range(-2, 3), repeat=2))  # (dy, dx)
batches = {(dy, dx): on_canvas(x_test, dx, dy) for dy, dx in shifts}
maps = {
    name: np.reshape([accuracy(net, batches[shift], y_new) for shift in shifts], (5, 5))
    for name, net in trained[0].items()
}

# %%
fig, axes = plt.subplots(1, 4, figsize=(11, 3.3))
for ax, (name, scores) in zip(axes, maps.items(), strict=True):
    ax.imshow(scores, cmap="cividis", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(scores):
        ax.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color="w" if share < 0.6 else "k", size=9)
    ax.set(xticks=range(5), yticks=range(5), xticklabels=range(-2, 3), yticklabels=range(-2, 3))
    ax.set_title(name, weight="normal", size=10)
    ax.set_xlabel("pixels to the right")
    ax.grid(visible=False)
axes[0].set_ylabel("pixels down")
fig.suptitle("Digits read (%) for each shift: only the last network doesn't care", x=0.01, ha="left", weight="bold")
plt.show()

# %% [markdown]
# - *Flattened*: the channels move with the digit, and then meet a linear layer that has a weight for each place. All is
#   lost there.
# - *Stride 2*: shifts by 0 or 2 pixels are read, shifts by 1 are not. The outputs form a grid of every second pixel,
#   and an odd shift puts the digit between the grid's points.
# - *Stride 1, then the maximum over all places*: the output moves, and the maximum forgets where it was.
#
# One more reason hides in `padding=4`. Take the padding away from the last network, and look at its edge.

# %%
torch.manual_seed(0)
unpadded = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Conv2d(8, 32, 5), nn.ReLU(), *largest_place(32)).to(device)
fit(unpadded, centered, y, epochs=10, lr=5e-3)
edge = {step: accuracy(unpadded, batches[0, step], y_new) for step in (0, 1, 2)}
print("without padding: above 0.9 in the center:", edge[0] > 0.9, "  below 0.75 two pixels right:", edge[2] < 0.75)

# %% [markdown]
# Without padding, the windows that see a centered digit with its surroundings don't exist for a digit at the edge.
# The maximum runs over fewer of them, and something that training relied on is missing.
#
# None of this tolerance was learned. Take the two networks with the global maximum *untrained*, on a canvas that is
# large enough to keep every edge away, and compare the 32 features of a digit with those of the same digit further right.

# %%
torch.manual_seed(5)
raw = contestants()
same = {}
for name, step in product(("stride 2, global maximum", "stride 1, global maximum"), (1, 2)):
    body = raw[name][:-1]
    with torch.no_grad():
        here, there = (body(torch.from_numpy(place_digits(x_test, dx, 0, 32))[:, None].to(device)) for dx in (0, step))
    same[name, step] = torch.allclose(here, there, atol=1e-5)
    print(f"{name}, {step} to the right: {'the same features' if same[name, step] else 'other features'}")

# %% [markdown]
# Architecture is a statement about the data, made before any data is seen. This one says "a digit is a digit wherever it
# lies". Could the MLP of the beginning get there by patience? Give it ten times as many epochs.

# %%
fit(flat, centered, y, epochs=108, lr=3e-3, seed=1)
patient_moved = accuracy(flat, moved, y_new)
print("MLP, 120 epochs, moved digits: still fewer than 3 of 10:", patient_moved < 0.3)

# %% [markdown]
# No: what isn't in the examples can't be learned from them. Shifted copies would teach it the shifts that you made, at
# the price of a network that learns every digit at every place.
#
# ## 6. What the assumption costs
#
# A statement can be wrong. Shuffle the 64 pixels of the plain digits, every picture in the same way. No information is
# lost, and an MLP can't even notice. **Predict** what happens to the CNN's lead.

# %%
order = torch.from_numpy(np.random.default_rng(0).permutation(64)).to(device)
mixed, mixed_new = (part.flatten(1)[:, order].reshape(-1, 1, 8, 8) for part in (x8, x8_new))
for name, make in {"MLP 64-128-10": perceptron, "CNN": reader}.items():
    nets = [make(seed) for seed in range(3)]
    for seed, net in enumerate(nets):
        fit(net, mixed, y, epochs=12, lr=3e-3, seed=seed)
    plain[f"{name}, shuffled"] = [accuracy(net, mixed_new, y_new) for net in nets]
means = {name: np.mean(scores) for name, scores in plain.items()}
lead, lead_mixed = means["CNN"] - means["MLP 64-128-10"], means["CNN, shuffled"] - means["MLP 64-128-10, shuffled"]
print("MLP moves by less than 1.5 points:", abs(means["MLP 64-128-10"] - means["MLP 64-128-10, shuffled"]) < 0.015)

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), width_ratios=[1, 2.2])
axes[0].imshow(mixed_new[0, 0].cpu().numpy(), cmap="gray")
axes[0].set(xticks=[], yticks=[], title=f"This is a {y_test[0]}")
names = ["MLP 64-128-10", "MLP 64-128-10, shuffled", "CNN", "CNN, shuffled"]
for row, name in enumerate(names):
    axes[1].plot([100 * s for s in plain[name]], [row] * 3, "o", color="C0" if "MLP" in name else "C1", alpha=0.7)
axes[1].set(yticks=range(4), yticklabels=names, ylim=(3.5, -0.5), xlabel="test accuracy (%), three seeds")
axes[1].set_title("Shuffled pixels cost the CNN most of its lead")
plt.show()

# %% [markdown]
# To the MLP, pixels are 64 columns in any order. The CNN looks for strokes in 3×3 neighborhoods that no longer mean
# anything; what saves it is the linear layer at its end. Columns of a table, genes in a list, sensors in order of purchase:
# if neighbors aren't alike, a convolution assumes something false.

# %% [markdown]
# ## How it fails
#
# ### It sees too little
#
# The maximum makes a **bag**: which patterns occur, not where. So patterns must be large enough to mean something. Here
# are networks of one, two and three 3×3 layers with 16 channels, then the global maximum, on the plain digits. Which
# pairs of digits does the first one mix up: 6 and 9, which are each other upside down?


# %%
def bag(depth, seed=0):
    """Return `depth` layers of 3×3 with 16 channels, ending in the global maximum."""
    torch.manual_seed(seed)
    channels = [1] + [16] * depth
    layers = [part for i in range(depth) for part in (nn.Conv2d(channels[i], channels[i + 1], 3, padding=1), nn.ReLU())]
    return nn.Sequential(*layers, *largest_place(16)).to(device)


bags = {}
for depth in (1, 2, 3):
    nets = [bag(depth, seed) for seed in range(2)]
    for seed, net in enumerate(nets):
        fit(net, x8, y, epochs=12, lr=5e-3, seed=seed)
    bags[depth] = nets
bag_score = {depth: np.mean([accuracy(net, x8_new, y_new) for net in nets]) for depth, nets in bags.items()}
for depth, share in bag_score.items():
    print(f"{depth} layers, field {2 * depth + 1}×{2 * depth + 1}: {'below 0.8' if share < 0.8 else 'above 0.9'}")

# %%
confusion = np.zeros((10, 10), dtype=int)
for net in bags[1]:
    with torch.no_grad():
        np.add.at(confusion, (y_test, net(x8_new).argmax(1).cpu().numpy()), 1)
fig, ax = plt.subplots(figsize=(4.6, 4.4))
ax.imshow(confusion, cmap="gray_r")
for (true, said), count in np.ndenumerate(confusion):
    if count:
        ax.text(said, true, count, ha="center", va="center", size=8.5, color="w" if count > 45 else "k")
ax.set(xticks=range(10), yticks=range(10), xlabel="network says", ylabel="digit")
ax.grid(visible=False)
ax.set_title("A bag of 3×3 patterns mixes up 3 and 9")
plt.show()
wrong = Counter({(a, b): confusion[a, b] + confusion[b, a] for a, b in product(range(10), repeat=2) if a < b})
print(f"3 and 9 are mixed up at least five times as often as 6 and 9: {wrong[3, 9] >= 5 * max(wrong[6, 9], 1)}")

# %% [markdown]
# "6 and 9" is tempting, and wrong: an upside-down stroke is another 3×3 pattern, and the network knows its patterns. It
# mixes up 3 and 9, 6 and 8, 1 and 2: digits made of the *same* small strokes, put together differently. With a field of
# 3 pixels nobody sees how they are put together. One more layer repairs most of it. So work out the field first, and
# compare it with the size of what has to be recognized.

# %% [markdown]
# ### It is too deep
#
# Fields grow with depth, so stack more. Lesson 03 showed what happens then, and the cure is the same: a **residual
# block** adds its input to what its layers return, so that the signal and the gradient have a way around them. Here are
# 15 layers of 8 channels, as a plain chain and in blocks; two seeds, 5 epochs.


# %%
class Block(nn.Module):
    """Two 3×3 layers, and a way around them if `residual`."""

    def __init__(self, channels, residual):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.residual = residual

    def forward(self, x):
        out = self.second(self.first(x).relu()).relu()
        return x + out if self.residual else out


# %%
deep_score = {True: [], False: []}
for residual, seed in product((False, True), range(2)):
    torch.manual_seed(seed)
    blocks = [Block(8, residual) for _ in range(7)]
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), *blocks, *largest_place(8)).to(device)
    fit(net, x8, y, epochs=5, lr=5e-3, seed=seed)
    deep_score[residual].append(accuracy(net, x8, y))
print("plain chain, training digits: at most 0.2:", max(deep_score[False]) < 0.2)
print("with a way around: at least 0.4:", min(deep_score[True]) > 0.4)

# %% [markdown]
# The chain doesn't learn its own training digits: it stays at chance, one in ten. That is no overfitting; the signal got
# lost on the way. The same layers with a way around them learn. They aren't good after 5 epochs, and on these digits three
# layers are better. On photographs, where an object may be 200 pixels wide, fields have to be large, so networks have to
# be deep, and nearly all of them are made of such blocks.
#
# ### It forgets what it should have kept
#
# A second set of pictures: 100 faces and 100 pieces of background, 25×25 pixels, from *Labeled Faces in the Wild*.

# %% tags=["borrowed"]
crops, is_face = lfw_subset().astype(np.float32), np.repeat([1, 0], 100)
fig, axes = plt.subplots(2, 8, figsize=(8, 2.3))
for ax, crop in zip(axes.flat, crops[[*range(8), *range(100, 108)]], strict=True):
    ax.imshow(crop, cmap="gray")
    ax.axis("off")
plt.show()

# %% [markdown]
# All faces are centered, and of the same size. Does it pay to be invariant to shifts? Two networks with the same body,
# one flattened, one with the global maximum, and logistic regression on the pixels; five times, half of the pictures to
# learn from and half to test.


# %%
def face_reader(end):
    """Return a network for 25×25 pictures: two layers with pooling, then the flattened channels or their maxima."""
    see = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    see += [nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    ends = {"flattened": [nn.Flatten(), nn.Linear(32 * 6 * 6, 2)]}
    ends["global maximum"] = [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(32, 2)]
    return nn.Sequential(*see, *ends[end]).to(device)


# %%
face_score = {"logistic regression": [], "flattened": [], "global maximum": []}
for seed in range(5):
    halves = train_test_split(crops, is_face, test_size=0.5, stratify=is_face, random_state=seed)
    known, rest = (part.reshape(100, -1) for part in halves[:2])
    line = LogisticRegression(max_iter=2000).fit(known, halves[2])
    face_score["logistic regression"].append(line.score(rest, halves[3]))
    a, b, y_a, y_b = (torch.from_numpy(part).to(device) for part in halves)
    for name in ("flattened", "global maximum"):
        torch.manual_seed(seed)
        net = face_reader(name)
        fit(net, a[:, None], y_a, epochs=15, lr=3e-3, batch_size=20, seed=seed)
        face_score[name].append(accuracy(net, b[:, None], y_b))

# %%
fig, ax = plt.subplots(figsize=(7, 2.6))
for row, scores in enumerate(face_score.values()):
    ax.plot([100 * s for s in scores], [row] * 5, "o", color="C0", alpha=0.6)
    ax.plot(100 * np.mean(scores), row, "|", color="C5", markersize=22, markeredgewidth=2)
ax.set(yticks=range(3), yticklabels=face_score, ylim=(2.6, -0.6), xlabel="test accuracy (%), five halves; bar: mean")
ax.set_title("Where faces are centered, their place is worth knowing")
plt.show()
best = max(face_score, key=lambda name: np.mean(face_score[name]))
print("best on average:", best)

# %% [markdown]
# The flattened network is best. The global maximum throws the place away, and here the place is information: the eyes of
# a centered face are always in the upper half. It does no better than logistic regression, or hardly. With 100
# examples, the differences are a few pictures. Invariance is right where the label doesn't depend on the place, and only
# there.

# %% [markdown]
# ## In practice
#
# - Don't begin from scratch on photographs: take a network that was trained on millions of them (lesson 06).
# - Before you train, compare the receptive field with the size of the object, and print the shape after every layer.
# - Test a model with the shifts that you expect, one by one, odd ones too. A score on centered examples says nothing.
# - Choose the invariance that the task has. What no layer can promise (turns, light, size), show in training.
# - Keep a linear model on the pixels in the table.

# %% [markdown]
# ## Check yourself
#
# **1. What makes a filter that was learned in one corner useful everywhere?**
#
# - (a) pooling
# - (b) relu
# - (c) shared weights
# - (d) a large number of filters
#
# <details><summary>Answer</summary>
#
# **(c)**. The same numbers are applied at every place. (a) Pooling shrinks the picture; it works on answers that sharing
# made possible. (b) relu acts on single numbers and knows nothing about places. (d) More filters ask more questions, each
# of them everywhere.
# </details>

# %% [markdown]
# **2. The columns of a data set are 64 laboratory values in alphabetical order. CNN or MLP?**
#
# - (a) a CNN, it has fewer parameters
# - (b) there is no reason for a CNN
# - (c) neither can learn from them
# - (d) a CNN with more layers
#
# <details><summary>Answer</summary>
#
# **(b)**. Neighbors in the alphabet have nothing in common, so "local" and "shared" are false statements about these
# data. (a) Parameters are saved by assuming something; here it is wrong. (c) An MLP, or a tree ensemble, doesn't care
# about the order. (d) More depth widens the field, so that it might see everything, and still shares what shouldn't be
# shared.
# </details>

# %% [markdown]
# **3. How many pixels along one axis does an output of two 3×3 layers with stride 1 see?**
#
# - (a) 3
# - (b) 6
# - (c) 9
# - (d) 5
#
# <details><summary>Answer</summary>
#
# **(d)**. The second layer sees three neighbors, whose windows of 3 overlap: 3 + 2. (a) is one layer. (b) adds the kernels
# as if windows didn't overlap. (c) multiplies them; that would be right if the first layer had stride 3.
# </details>

# %% [markdown]
# ## In short
#
# - A convolution asks the same local question at every place. It is a linear layer with most weights 0 and the rest
#   shared.
# - n pixels and a kernel of k give n − k + 1 outputs; padding, stride and dilation change that, and the field.
# - It is equivariant to shifts. Flattening destroys that, a stride keeps it for multiples of the stride, and a global
#   maximum turns it into invariance.
# - It is an assumption about data. Shuffled pixels take the lead away; a centered face is better read by a model that
#   knows places.

# %% [markdown]
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/05_convolutions.ipynb): output sizes, strided correlation, receptive
# fields, the layer of mobile phones, and a reader for digits that slipped. Then lesson 06 starts from a network that
# somebody else has trained.

# %% tags=["claims"]
assert flat_new > 0.93 and flat_moved < 0.3 and patient_moved < 0.3
assert kernel_gap < 1e-7 and flip_gap > 1 and np.allclose(turned, answers[0]) and matrix_gap < 1e-6
assert list(sizes.values()) == [10, 12, 5, 6, 8, None] and list(extent.values()) == [3, 5, 7, 7, 15]
assert distinct == 9 and int((matrix != 0).sum()) == 16 * 9
assert parameter_count(shared) == 160 and dense_weights == 331_776
assert list(commutes.values()) == [True, False, False, True]
assert parameter_count(best_reader) == 38_282 and 32_832 / 38_282 > 0.8
assert min(means.values()) > 0.95 and 0.005 < lead < 0.03 and lead_mixed < lead
assert max(*shift_score["MLP"], *shift_score["CNN, flattened"]) < 0.3
assert min(shift_score["stride 1, global maximum"]) > 0.9 and max(shift_score["stride 2, global maximum"]) < 0.85
grid = maps["stride 2, global maximum"]
assert grid[::2, ::2].min() > 0.85 and grid[1::2, 1::2].max() < 0.6 and maps["stride 1, global maximum"].min() > 0.88
assert edge[0] > 0.9 and edge[2] < 0.75
assert list(same.values()) == [False, True, True, True]
assert bag_score[1] < 0.8 and min(bag_score[2], bag_score[3]) > 0.88
assert wrong[3, 9] >= 5 * max(wrong[6, 9], 1) and {(3, 9), (6, 8), (1, 2)} <= {pair for pair, _ in wrong.most_common(6)}
assert max(deep_score[False]) < 0.2 and min(deep_score[True]) > 0.4
face_means = {name: np.mean(scores) for name, scores in face_score.items()}
assert best == "flattened" and face_means["flattened"] > 0.96
assert abs(face_means["global maximum"] - face_means["logistic regression"]) < 0.04
