# /// lesson
# minutes = 55
# exercise_minutes = 75
# needs = ["01_fundamentals/04_numpy_arrays", "01_fundamentals/11_calculus_gradient_descent", "02_machine_learning/03_logistic_regression"]
# seconds = 20
# memory_mb = 1000
# ///

# %% [markdown]
# # Let the machine differentiate
#
# **Why.** A network with 9,610 weights needs 9,610 slopes before it can take its first step downhill. Nudging the
# weights one by one costs 9,611 runs of the network. A single extra pass, for the price of a few runs, delivers all
# slopes at once, and exactly. How can that be?
#
# **You will**
# - predict shape, dtype and memory of a tensor expression;
# - measure the error of a finite difference, and choose its step;
# - build an engine in about 40 lines that differentiates array code, and train a network with it;
# - take gradients with `torch.autograd` and `torch.func`, for a batch and for each example in it;
# - recognize the errors people make with `.grad`.
#
# **You need** from phase 1 NumPy arrays (04) and gradient descent (11), from phase 2 logistic regression (03); 55
# minutes. The digits are real handwriting, 8×8 pixels each; everything else is computed here. PyTorch, the library of
# this phase, is imported as `torch`. Where there is a graphics processor (GPU), the training below uses it.

# %%
import math

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from torch.func import grad, vmap
from torch.nn.functional import cross_entropy
from torch.utils.benchmark import Timer

plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# ## 1. A tensor is numbers plus a way to walk them
#
# A PyTorch **tensor** is what an array is in NumPy: a block of memory, a shape, and strides that say how far to walk
# for the next row or column (in elements here; NumPy counts bytes). Before you run this: which of the seven share the
# memory of `base`?


# %%
def shares(a, b):
    """Return whether two tensors read the same block of memory."""
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


base = torch.arange(12.0).reshape(3, 4)
table = {"base": base, "base.T": base.T, "base[1:, ::2]": base[1:, ::2]}
table |= {"base.reshape(2, 6)": base.reshape(2, 6), "base.T.reshape(12)": base.T.reshape(12)}
table |= {"base.T.contiguous()": base.T.contiguous(), "base + 0": base + 0}
for name, tensor in table.items():
    print(f"{name:20} shape {tuple(tensor.shape)!s:7} stride {tensor.stride()!s:7} shares: {shares(tensor, base)}")

# %% [markdown]
# Transposing exchanges two strides and copies nothing, also for a million entries. `reshape` shares where strides can
# describe the result. Reading `base.T` row by row they can't, so it copies, silently. `contiguous()` asks for a copy in
# reading order.
#
# The same question on the border to NumPy: which of the two tensors notices that the *array* changes?

# %%
array = np.zeros(3)
shared, copied = torch.from_numpy(array), torch.tensor(array)
array[0] = 7
shared[1] = 8
print("array ", array)
print("shared", shared.tolist(), " copied", copied.tolist())

# %% [markdown]
# `from_numpy` shares in both directions, `torch.tensor` copies. Next, the numbers' type. Two things differ from NumPy;
# look at the first row and at the last.

# %%
single, double = torch.tensor([1.0, 2.0]), torch.from_numpy(np.array([1.0, 2.0]))
whole = torch.tensor([1, 2])
mixed = {"torch.tensor([1.0, 2.0])": single, "from NumPy": double, "torch.tensor([1, 2])": whole}
mixed |= {"int64 / int64": whole / whole, "float32 * 2.5": single * 2.5, "float32 + float64": single + double}
mixed["column + row"] = single[:, None] + whole
for name, result in mixed.items():
    print(f"{name:26} {str(result.dtype).removeprefix('torch.'):8} {tuple(result.shape)}")
try:
    single[None, :] @ double[:, None]
except RuntimeError as error:
    print("float32 @ float64          refused:", str(error).split(",")[0])

# %% [markdown]
# Python's floats become **float32**: half the memory of NumPy's float64, and about 7 digits instead of 16. Sums convert
# by themselves, as in NumPy; matrix products refuse to mix. Shapes broadcast by NumPy's rules. Data that comes from
# NumPy is float64, so this error is often the first that people meet.
#
# ## 2. Slopes by nudging
#
# Lesson 11 of phase 1 measured slopes by taking a small step h. It did so in float64; networks compute in float32. Take
# sin(eˣ) at x = 1. Its slope is e · cos(e), by the chain rule. Which h is best, and how good is it?


# %%
def wave(x):
    return torch.sin(torch.exp(x))


truth = math.e * math.cos(math.e)
steps = 10.0 ** -torch.arange(1, 14, dtype=torch.float64)
drawn = torch.linspace(0, 1.75, 200)  # the x of a figure below


def slopes(dtype, h=steps):
    """Return the forward and the central difference of `wave` at 1, computed in `dtype`."""
    x, h = torch.tensor(1.0, dtype=dtype), h.to(dtype)
    return {"forward": (wave(x + h) - wave(x)) / h, "central": (wave(x + h) - wave(x - h)) / (2 * h)}


for h in (1e-1, 1e-3, 1e-8):
    here = [slopes(dtype, torch.tensor(h, dtype=torch.float64))["central"] for dtype in (torch.float64, torch.float32)]
    print(f"h = {h:.0e}   central slope in float64 {here[0]:.3f}   in float32 {here[1]:.3f}   truth {truth:.3f}")

# %% [markdown]
# At h = 10⁻⁸ float32 sees no slope at all: 1 + h rounds to 1. Now all steps. In each curve, look for the lowest point,
# and for the reason why it rises on both sides of it.


# %%
def draw_errors(ax):
    """Draw the error of each kind of difference against the step."""
    labels = {"float64 forward": (1e-6, 2e-5), "float64 central": (8e-2, 1e-11)}
    labels |= {"float32 forward": (6e-8, 6), "float32 central": (2e-6, 1.5e-3)}
    for (name, place), color in zip(labels.items(), ("C0", "C4", "C5", "C1"), strict=True):
        dtype, kind = name.split()
        error = (slopes(getattr(torch, dtype))[kind].double() - truth).abs()
        ax.loglog(steps, error, "o-", color=color, markersize=3)
        ax.text(*place, name, color=color, weight="bold", size=9)
    ax.set(xlabel="step h", ylabel="error of the slope", ylim=(1e-12, 60))
    ax.invert_xaxis()


_, ax = plt.subplots(figsize=(7, 4))
draw_errors(ax)
ax.set_title("The best step depends on the dtype")
plt.show()

# %% [markdown]
# On the left, a large step leaves the tangent. On the right, f(x + h) and f(x − h) agree in almost all digits; what
# their difference keeps is rounding, and the division by h magnifies it. For a central difference in float64 take h near
# 10⁻⁶, in float32 near 10⁻³, and there expect about four right digits.
#
# The next figure shows one step on its curve, and the line through the two points that float32 computes.


# %%
def show_step(exponent):
    """Draw the central difference with h = 10**-exponent in float32: its error, and its line."""
    _, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6))
    draw_errors(left)
    h = torch.tensor(10.0**-exponent, dtype=torch.float64)
    slope = slopes(torch.float32, h)["central"].double()
    left.plot(h, (slope - truth).abs(), "o", color="black", markersize=9, fillstyle="none")
    left.set_title("The circle: this step, float32 central")
    right.plot(drawn, wave(drawn), color="0.6")
    around = torch.stack([1 - h, 1 + h]).clip(0, 1.75)
    right.plot(around, wave(around), "o", color="C1")
    right.axline((1, wave(torch.tensor(1.0))), slope=slope, color="C1")
    right.set(title=f"h = {h:.0e}: slope {slope:.2f}, truth {truth:.2f}", xlabel="x", ylim=(-1.2, 1.2))
    plt.show()


show_step(0.5)

# %% [markdown]
# Move the slider: the line turns into the tangent, stays there for a while, begins to shake near 10⁻⁵, and lies flat
# from 10⁻⁸ on.

# %% tags=["widget"]
_ = widgets.interact(
    show_step, exponent=widgets.FloatSlider(value=0.5, min=0.2, max=9, step=0.2, description="−log₁₀ h")
)

# %% [markdown]
# ## 3. Why nudging doesn't scale
#
# Now the network of the first question. It reads the 64 pixels of a digit, multiplies by a matrix and adds a vector (128
# numbers), replaces what is negative by 0 (**relu**), and multiplies and adds again: 10 scores, one for each digit.
# Lesson 02 says why this shape is useful. Here it is something with many weights.

# %%
images, digits = (torch.tensor(array) for array in load_digits(return_X_y=True))
images, digits = (images / 16).to(device), digits.to(device)  # pixels from 0 to 1, float64
known, test = train_test_split(np.arange(1797), test_size=450, random_state=0, stratify=digits.cpu())
sizes = (64 * 128, 128, 128 * 10, 10)


def network(w, x):
    """Return the scores (pictures, 10) of pictures (pictures, 64); the vector `w` holds all weights."""
    w1, b1, w2, b2 = w.split(sizes)
    return (x @ w1.view(64, 128) + b1).relu() @ w2.view(128, 10) + b2


def loss(w, x, y):
    return cross_entropy(network(w, x), y)


# %% [markdown]
# The loss is the cross-entropy of phase 2's logistic regression, from torch. All weights lie in one vector, so nudging
# is a loop: one run of the network as it is, then one for each weight. Then the one extra pass: `requires_grad_()` says
# that slopes of `w` will be wanted, `backward()` computes them, `w.grad` holds them.

# %%
w = 0.1 * torch.randn(sum(sizes), generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(device)
batch = images[:64], digits[:64]
before = loss(w, *batch)
nudged = torch.empty_like(w)
for i in range(len(w)):
    changed = w.clone()
    changed[i] += 1e-7
    nudged[i] = (loss(changed, *batch) - before) / 1e-7

w.requires_grad_()
loss(w, *batch).backward()
nudge_gap = (w.grad - nudged).abs().max().item()
print(f"{len(w):,} slopes, the largest {w.grad.abs().max():.2f}; both ways agree to 1e-6: {nudge_gap < 1e-6}")

# %% [markdown]
# Same slopes. What did they cost? The next cell times one run forward, and one run forward and back. The axis is
# logarithmic; the last bar counts 9,611 runs forward and leaves out the time for copying the weights.

# %%
runs = {"forward": "loss(w, *batch)", "forward and backward": "loss(w, *batch).backward()"}
timers = {name: Timer(code, globals={"loss": loss, "w": w, "batch": batch}) for name, code in runs.items()}
timed = [{name: timer.timeit(100).mean for name, timer in timers.items()} for _ in range(10)]  # in turns
seconds = {name: min(one[name] for one in timed) for name in runs}
seconds["nudging every weight"] = (len(w) + 1) * seconds["forward"]
ratio = np.array(list(seconds.values())) / seconds["forward"]
rounded = [f"{float(f'{r:.0e}'):,.0f}" for r in ratio]
fig, ax = plt.subplots(figsize=(7, 2.4))
bars = ax.barh(list(seconds), ratio, color=["C0", "C0", "C5"])
ax.bar_label(bars, [f"{r}×" for r in rounded], padding=4)
ax.set(xscale="log", xlim=(0.8, 1e5), xlabel="time, as a multiple of one run forward")
ax.invert_yaxis()
ax.grid(visible=False)
ax.set_title(f"All {len(w):,} slopes for about {rounded[1]} times the price of one run")
plt.show()

# %% [markdown]
# Measured in runs, the middle bar doesn't grow with the number of weights: the way back does one or two operations for
# each one of the way forward. The last bar grows with every weight. The rest of this lesson takes the middle bar apart.
#
# ## 4. A tape
#
# The chain rule needs little: *what was computed from what*, and for each operation how a change of its result changes
# its inputs. So record both while computing. A `Node` holds a value, its gradient (how the final result reacts to it),
# the nodes it was made from, and a rule: given the gradient of the result (`up`), return one for each parent.


# %%
class Node:
    """An array that remembers how it was made."""

    def __init__(self, value, parents=(), rule=lambda up: ()):
        self.value, self.parents, self.rule = np.asarray(value, dtype=float), parents, rule
        self.grad = np.zeros_like(self.value)

    def __add__(self, other):
        return Node(self.value + other.value, (self, other), lambda up: (up, up))

    def __mul__(self, other):
        return Node(self.value * other.value, (self, other), lambda up: (up * other.value, up * self.value))

    def __matmul__(self, other):
        return Node(self.value @ other.value, (self, other), lambda up: (up @ other.value.T, self.value.T @ up))


# %% [markdown]
# A sum passes `up` on to both. A product multiplies by the *other* factor. The matrix product does the same; only one
# order with one transpose gives the shapes of the parents. Four more operations, each with one parent. Which of them can
# stop a gradient entirely?


# %%
def relu(x):
    return Node(np.maximum(x.value, 0), (x,), lambda up: (up * (x.value > 0),))


def exp(x):
    value = np.exp(x.value)
    return Node(value, (x,), lambda up: (up * value,))


def log(x):
    return Node(np.log(x.value), (x,), lambda up: (up / x.value,))


def total(x):
    return Node(x.value.sum(), (x,), lambda up: (up * np.ones_like(x.value),))


# %% [markdown]
# Relu does: where its input was negative, nothing behind it gets a slope.
#
# Last, the way back. A node may pass its gradient on only when it is complete, that is after everyone who *used* it. So
# list the nodes with all parents before their children, and walk that list from its end. Gradients that arrive from
# several users are **added**. (`stop` ends the walk early, for a drawing.)


# %%
def ordered(result):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(result)
    return order


def backward(result, stop=None):
    result.grad = np.ones_like(result.value)
    for node in ordered(result)[::-1][:stop]:
        for parent, share in zip(node.parents, node.rule(node.grad), strict=True):
            parent.grad = parent.grad + share


# %% [markdown]
# Try it on relu(x·y + x) at x = 2, y = 3. With pencil and paper: the slope for y is x = 2, and for x it is y + 1 = 4,
# since x is used twice.


# %%
def tape(stop=None):
    """Return the nodes of relu(x·y + x), after `stop` of them have passed their gradient back."""
    x, y = Node(2.0), Node(3.0)
    product = x * y
    sum_ = product + x
    result = relu(sum_)
    backward(result, stop)
    return {"x": x, "y": y, "x·y": product, "x·y + x": sum_, "relu": result}


for name, node in tape().items():
    print(f"{name:8} value {node.value:g}   gradient {node.grad:g}")

# where and how the next cell draws them
places = {"x": (0, 2), "y": (0, 0), "x·y": (3, 0.5), "x·y + x": (6, 1.4), "relu": (9, 1.4)}
box = {"boxstyle": "round,pad=0.5", "fc": "#E8F1F8", "ec": "C0"}
arrow = {"arrowstyle": "->", "color": "0.6", "shrinkA": 24, "shrinkB": 28}

# %% [markdown]
# The same as a drawing that can stop in the middle. Here two nodes have passed their gradient on: x has the 1 that comes
# from the sum, and still waits for the part from the product.


# %%
def draw_tape(stop):
    nodes = tape(stop)
    _, ax = plt.subplots(figsize=(8, 3))
    for name, node in nodes.items():
        x, y = places[name]
        ax.text(x, y, name, ha="center", va="center", bbox=box)
        ax.text(x, y + 0.55, f"{node.value:g}", ha="center", color="C0", weight="bold")
        ax.text(x, y - 0.75, f"{node.grad:g}", ha="center", color="C5", weight="bold")
        for parent in node.parents:
            start = next(places[other] for other in nodes if nodes[other] is parent)
            ax.annotate("", (x, y), start, arrowprops=arrow)
    ax.set(xlim=(-1.5, 10.5), ylim=(-1, 2.9), title=f"After {stop} of 3 steps back: values above, gradients below")
    ax.set_axis_off()
    plt.show()


draw_tape(2)

# %% [markdown]
# Move the slider from 0 to 3 and follow the lower numbers from right to left.

# %% tags=["widget"]
_ = widgets.interact(draw_tape, stop=widgets.IntSlider(value=2, min=0, max=3, description="nodes"))

# %% [markdown]
# One example by hand isn't a test. An expression with all seven operations, on random matrices, against torch:

# %%
rng = np.random.default_rng(0)
arrays = [rng.normal(size=size) for size in ((5, 3), (3, 4), (5, 4))]
a, b, c = map(Node, arrays)
backward(total(log(exp(relu(a @ b) * c) + exp(c))))

ta, tb, tc = (torch.tensor(array, requires_grad=True) for array in arrays)
(((ta @ tb).relu() * tc).exp() + tc.exp()).log().sum().backward()
tape_gap = max(np.abs(mine.grad - t.grad.numpy()).max() for mine, t in ((a, ta), (b, tb), (c, tc)))
print("the tape agrees with torch to 1e-12:", tape_gap < 1e-12)

# %% [markdown]
# ## 5. The tape learns
#
# Enough to train a network: 64 pixels, 32 numbers, 10 scores. Two details keep the engine small. The tape can't
# broadcast (exercise 3 changes that), so the vector b is repeated by a matrix product, `ones @ b`. And the
# cross-entropy of a picture is written as log Σ exp(scores) − score of the right digit.


# %%
def scores(x, weights):
    w1, b1, w2, b2 = weights
    ones = Node(np.ones((len(x), 1)))
    return relu(Node(x) @ w1 + ones @ b1) @ w2 + ones @ b2


def mean_cross_entropy(z, labels):
    log_sums = log(exp(z) @ Node(np.ones((10, 1))))
    right = total(z * Node(np.eye(10)[labels]))
    return (total(log_sums) + right * Node(-1)) * Node(1 / len(labels))


x, y, x_test, y_test = (part.cpu().numpy() for rows in (known, test) for part in (images[rows], digits[rows]))
rng = np.random.default_rng(2)
start = [rng.normal(size=(64, 32)) / 8, np.zeros((1, 32)), rng.normal(size=(32, 10)) / math.sqrt(32), np.zeros((1, 10))]

# %% [markdown]
# Before training, two tests that cost nothing. A network that knows nothing should give ten digits about the same
# chance: a loss near ln 10 = 2.303. And the first gradient should be torch's.

# %%
weights = [Node(array) for array in start]
first = mean_cross_entropy(scores(x, weights), y)
backward(first)

theirs = [torch.tensor(array, requires_grad=True) for array in start]
w1, b1, w2, b2 = theirs
cross_entropy((torch.tensor(x) @ w1 + b1).relu() @ w2 + b2, torch.tensor(y)).backward()
first_gap = max(np.abs(mine.grad - t.grad.numpy()).max() for mine, t in zip(weights, theirs, strict=True))
print(f"first loss {first.value:.3f}; gradients agree with torch to 1e-12: {first_gap < 1e-12}")

# %% [markdown]
# Now 200 steps of gradient descent on all 1,347 training pictures. Each step makes a new tape, walks it back, moves the
# weights, and sets their gradients to 0. The test pictures are only looked at.


# %%
weights = [Node(array) for array in start]
losses = {"training": [], "test": []}
for _ in range(200):
    one = mean_cross_entropy(scores(x, weights), y)
    backward(one)
    for weight in weights:
        weight.value = weight.value - 0.5 * weight.grad
        weight.grad = np.zeros_like(weight.value)
    losses["training"].append(one.value.item())
    losses["test"].append(mean_cross_entropy(scores(x_test, weights), y_test).value.item())

by_tape = (scores(x_test, weights).value.argmax(axis=1) == y_test).mean()
by_line = LogisticRegression(max_iter=1000).fit(x, y).score(x_test, y_test)
print(f"test accuracy: tape {by_tape:.2f}, logistic regression {by_line:.2f}")

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for (name, curve), color, dy in zip(losses.items(), ("C0", "C5"), (-7, 6), strict=True):
    ax.plot(curve, color=color)
    ax.annotate(f"{name} {curve[-1]:.2f}", (199, curve[-1]), xytext=(6, dy), textcoords="offset points", color=color)
ax.axhline(math.log(10), color="0.5", linestyle="--", linewidth=1)
ax.text(200, math.log(10) - 0.2, "knows nothing: ln 10", ha="right", color="0.4")
ax.set(xlabel="step", ylabel="mean cross-entropy", xlim=(0, 245), ylim=(0, 2.5), xticks=range(0, 201, 50))
ax.set_title("40 lines of NumPy train a network")
plt.show()

# %% [markdown]
# It learns. Look at the baseline too: logistic regression, without the layer in the middle, is as good. This network
# proves that the engine works, not that a network is needed; lesson 02 asks when one is. Ten times as many steps would
# lower the training loss further; whether that helps on new pictures is lesson 03's subject.
#
# ## 6. `torch.autograd` is the same tape
#
# Section 5 again, with torch. It broadcasts, so the ones are gone; the rest you can match line by line. Two lines deserve
# a look. `no_grad` keeps the update itself off the tape, and `w.grad = None` empties the gradient for the next step.

# %%
pixels, labels = images[known], digits[known]
theirs = [torch.tensor(array, requires_grad=True, device=device) for array in start]
their_losses = []
for _ in range(200):
    w1, b1, w2, b2 = theirs
    one = cross_entropy((pixels @ w1 + b1).relu() @ w2 + b2, labels)
    one.backward()
    with torch.no_grad():
        for weight in theirs:
            weight -= 0.5 * weight.grad
            weight.grad = None
    their_losses.append(one.item())
history_gap = np.abs(np.array(their_losses) - losses["training"]).max()
print("all 200 losses agree with the tape's to 1e-8:", history_gap < 1e-8)

# %% [markdown]
# Where is torch's tape? Each result holds the rule that made it in `grad_fn`, and that one knows the rules before it.
# Follow them from the loss back to `w1`.

# %%
rule, chain = one.grad_fn, []
while rule is not None:
    chain.append(rule.name().split("::")[-1])
    rule = next((before for before, _ in rule.next_functions if before is not None), None)
print(" → ".join(chain))

# %% [markdown]
# The last one, `AccumulateGrad`, ends the walk at a **leaf**: a tensor that you made, not one that was computed.
# *Accumulate* means what section 4's `backward` does, add. Which of these tensors will have a `.grad` after a backward
# pass?

# %%
w = torch.tensor([1.0, 2.0], requires_grad=True)
kinds = {"w": w, "w * 2": w * 2, "(w * 2).detach()": (w * 2).detach()}
with torch.no_grad():
    kinds["w * 2 under no_grad"] = w * 2
print(f"{'':20} requires_grad  is_leaf  grad_fn")
for name, t in kinds.items():
    print(f"{name:20} {t.requires_grad!s:13}  {t.is_leaf!s:7}  {t.grad_fn.name() if t.grad_fn else None}")

# %% [markdown]
# Only `w`: it is a leaf *and* requires a gradient. `w * 2` is on the tape, but a gradient merely passes through it (call
# `retain_grad()` to keep it). `detach` and `no_grad` leave the tape: the first cuts one tensor off, the second stops the
# recording for a while.
#
# Slopes are tensors, so they have slopes. With `create_graph=True` the way back is itself recorded. `torch.func.grad`
# says the same with functions: it takes a function and returns the function of its slope. The slopes of x³ at 3 are 27
# and 18.

# %%
x3 = torch.tensor(3.0, requires_grad=True)
(slope,) = torch.autograd.grad(x3**3, x3, create_graph=True)
(second,) = torch.autograd.grad(slope, x3)
print("autograd:  ", slope.item(), second.item())


def cube(x):
    return x**3


print("torch.func:", grad(cube)(torch.tensor(3.0)).item(), grad(grad(cube))(torch.tensor(3.0)).item())

# %% [markdown]
# For a loss of many weights, the second slopes form a table, the curvature matrix H of phase 1 (also called the
# Hessian): 9,610² = 92 million numbers for our network. Exercise 5 multiplies it by a vector without making it.
#
# A function that returns gradients can be handed on. The gradient of a batch is a mean; `vmap` runs a function once for
# each example instead, all in one pass: `in_dims` says that the weights are shared and that pictures and labels are not.
# First train section 3's network, in float32 and in small batches, 20 times through the pictures.

# %%
generator = torch.Generator().manual_seed(0)
pixels = pixels.float()
w = 0.1 * torch.randn(sum(sizes), generator=generator).to(device)


def trained(w, labels):
    """Return the weights after 20 epochs in batches of 64, starting at `w`."""
    for _ in range(20):
        for rows in torch.randperm(len(labels), generator=generator).split(64):
            w = w - 0.1 * grad(loss)(w, pixels[rows], labels[rows])
    return w


w = trained(w, labels)
each = vmap(grad(loss), in_dims=(None, 0, 0))(w, pixels, labels)
loop = torch.stack([grad(loss)(w, pixels[i], labels[i]) for i in range(20)])
each_gap = (each[:20] - loop).abs().max().item()
print(f"{tuple(each.shape)}: a gradient for each picture; the first 20 agree with a loop to 1e-5: {each_gap < 1e-5}")

# %% [markdown]
# The length of a picture's gradient says how hard this picture alone pulls at the weights. After training most pull
# hardly at all. Look at the far right of the (logarithmic) axis.

# %%
pull = each.norm(dim=1).cpu()
fig, ax = plt.subplots(figsize=(7, 3))
ax.hist(pull, bins=np.geomspace(1e-2, 20, 50), color="C0")
ax.axvline(pull.median(), color="C5")
ax.text(pull.median() * 1.15, ax.get_ylim()[1] * 0.95, f"median {pull.median():.1f}", color="C5")
ax.annotate(f"largest {pull.max():.0f}", (pull.max(), 2), xytext=(0, 60), textcoords="offset points", ha="center",
            arrowprops={"arrowstyle": "->", "color": "0.3"})  # fmt: skip
ax.set(xscale="log", xlabel="length of the gradient of one picture", ylabel="pictures")
ax.set_title("A few pictures pull many times as hard as the typical one")
plt.show()

# %% tags=["borrowed"]
hardest = pull.argsort(descending=True)[:4]
answers = network(w, pixels[hardest]).argmax(dim=1)
fig, axes = plt.subplots(1, 4, figsize=(8, 2.4))
for ax, row, answer in zip(axes, hardest, answers, strict=True):
    ax.imshow(pixels[row].reshape(8, 8).cpu(), cmap="gray_r")
    ax.set_title(f"labeled {labels[row]}, read as {answer}", weight="normal", size=10)
    ax.set_axis_off()
fig.suptitle("The pictures that pull hardest", x=0.01, y=1.1, ha="left", weight="bold")
plt.show()
print("among the four is picture 5 of the data set:", 5 in known[hardest])

# %% [markdown]
# Picture 5 is a "5" that most people would read as a 9. Is this a way to find bad data? Test it where the answer is
# known: give 20 random pictures a wrong label, train again from random weights, and look at the 40 that pull hardest.

# %%
spoiled = labels.clone()
planted = torch.randperm(len(labels), generator=generator)[:20]
spoiled[planted] = (spoiled[planted] + 3) % 10
w_spoiled = trained(0.1 * torch.randn(sum(sizes), generator=generator).to(device), spoiled)
each_spoiled = vmap(grad(loss), in_dims=(None, 0, 0))(w_spoiled, pixels, spoiled)
suspects = each_spoiled.norm(dim=1).argsort(descending=True)[:40].cpu()
alone = torch.stack([loss(w_spoiled, pixels[i : i + 1], spoiled[i : i + 1]) for i in range(len(spoiled))])
found = {"gradient": np.isin(planted, suspects).sum()}
found["loss"] = np.isin(planted, alone.argsort(descending=True)[:40].cpu()).sum()
print("at least 18 of the 20 are among the 40 suspects:", found["gradient"] >= 18)
print(
    "ranking by the loss of each picture finds as many, give or take one:", abs(found["gradient"] - found["loss"]) <= 1
)

# %% [markdown]
# It works, and the plain loss of each picture does it as well, for less. Gradients also say *where* an example pulls, so
# they are worth their price when you ask which examples pull against each other, or clip each one's influence for
# privacy.
#
# ## 7. How it fails
#
# **(a) Predict before you run.** x = 2, and the slope of x² there is 4. The cell runs the backward pass of x² twice.
# What is `x.grad`?

# %%
x2 = torch.tensor(2.0, requires_grad=True)
for _ in range(2):
    (x2 * x2).backward()
print(x2.grad)

# %% [markdown]
# 4 is the tempting answer. It is 8, because `backward` *adds*, as it must: inside one pass that is how several uses meet.
# Between passes nobody empties `grad` but you. Forget it in a training loop, and each step goes along the sum of all
# gradients so far. Nothing raises.
#
# **(b) Changing what the tape remembers.** The slope of exp is exp's own result, so the tape keeps that result. What if
# you change it afterwards?

# %%
w = torch.tensor([0.0, 1.0], requires_grad=True)
value = w.exp()
value += 1
try:
    value.sum().backward()
except RuntimeError as error:
    print(str(error).split(":")[0])

value = w.exp()
value = value + 1
value.sum().backward()
print("with a new tensor instead:", w.grad)

# %% [markdown]
# `value += 1` writes into the memory of the saved result; `value = value + 1` makes a new tensor. Torch counts the writes
# to each tensor and refuses to use one that has changed. Without that counter, the slope would be wrong, silently.
#
# **(c) A tensor from `inference_mode`.** It is a faster `no_grad` for serving models. Its tensors can never go on a tape
# again. The cell computes features under both, and uses each in a loss.

# %%
for mode in (torch.no_grad, torch.inference_mode):
    with mode():
        features = torch.ones(2) * 3
    try:
        (w * features).sum().backward()
        print(f"{mode.__name__}: fine")
    except RuntimeError as error:
        print(f"{mode.__name__}: {str(error).split('.')[0]}.")

# %% [markdown]
# Near training, use `no_grad`; leave `inference_mode` to programs that only serve.
#
# **(d) Passing gradients on too early.** Section 4's `backward` made an ordered list first. A shorter engine could walk
# straight back: whenever a node receives a share, hand it on at once. Below, x = x + x is repeated 16 times, so there
# are 17 nodes. How many does each engine visit?


# %%
def doubled():
    x = [Node(1.0)]
    for _ in range(16):
        x.append(x[-1] + x[-1])
    return x


def hand_on(node, up):
    """Walk back without an order; return the number of visits."""
    node.grad = node.grad + up
    return 1 + sum(hand_on(parent, share) for parent, share in zip(node.parents, node.rule(up), strict=True))


hasty, patient = doubled(), doubled()
visits = hand_on(hasty[-1], np.ones(()))
backward(patient[-1])
print(f"slope {hasty[0].grad:,.0f} after {visits:,} visits, {patient[0].grad:,.0f} after {len(ordered(patient[-1]))}")

# %% [markdown]
# Both are right. But every path from the result to x is walked separately, and there are 2¹⁶ of them. The order is what
# makes a backward pass cost as much as a few forward passes: each node waits until its gradient is complete, and then
# works once.
#
# ## In practice
#
# Sooner or later you write a backward rule yourself. `torch.autograd.Function` takes one, here for x · sigmoid(x), right
# and with a term forgotten. `gradcheck` compares a rule with central differences; does it notice?


# %%
class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x.sigmoid()

    @staticmethod
    def backward(ctx, up):
        s, x = ctx.saved_tensors[0].sigmoid(), ctx.saved_tensors[0]
        return up * (s + x * s * (1 - s))


class Forgetful(Swish):
    @staticmethod
    def backward(ctx, up):
        return up * ctx.saved_tensors[0].sigmoid()


# %%
points = torch.linspace(-3, 3, 7, dtype=torch.float64, requires_grad=True)
checked = {rule: torch.autograd.gradcheck(rule.apply, points, raise_exception=False) for rule in (Swish, Forgetful)}
for rule, fine in checked.items():
    print(f"{rule.__name__:10} passes gradcheck: {fine}")

# %% [markdown]
# - Test every gradient that you write with `gradcheck`, in float64, at points that aren't round.
# - Never judge a float32 gradient by differences: section 2's float32 curves stay above 10⁻⁶.
# - Empty the gradients in each step, and keep updates and evaluation under `no_grad`.
# - Log the length of the gradient from the first day on: a jump comes before the `nan`.
# - Before training, test that the first loss is ln(number of classes).

# %% [markdown]
# ## Check yourself
#
# **1. What does one backward pass cost, compared with a forward pass?**
#
# - (a) about two or three times as much, for all weights together
# - (b) about as much for each weight
# - (c) nothing, since all values were stored
# - (d) it grows with the square of the number of weights
#
# <details><summary>Answer</summary>
#
# **(a)**. Each operation has a rule with about one or two operations of its size. (b) is the price of nudging. (c) The
# stored values spare the second run forward, but the rules must still be computed. (d) is the size of the table of
# *second* slopes.
# </details>

# %% [markdown]
# **2. `x = w * 2`, and `y` is computed from `x`. Why is `x.grad` still `None` after `y.backward()`?**
#
# - (a) `y` is a single number
# - (b) the gradient is 0
# - (c) `x` isn't a leaf
# - (d) `backward` fills only the tensor that comes last
#
# <details><summary>Answer</summary>
#
# **(c)**. The gradient passes through `x` to the leaf `w` and isn't kept on the way. (a) A single number is what
# `backward` needs. (b) A slope of 0 would be stored as 0, not as `None`. (d) It is the other way round: it fills the
# leaves, where the walk ends.
# </details>

# %% [markdown]
# **3. Which step h suits a central difference in float32, near x = 1?**
#
# - (a) as small as possible
# - (b) about 10⁻³
# - (c) 10⁻⁸
# - (d) any: the formula is exact
#
# <details><summary>Answer</summary>
#
# **(b)**. There the error of the formula, about h², and that of rounding, about 10⁻⁷/h, are both small. (a) ignores
# that subtracting nearly equal numbers leaves rounding. (c) is a habit from forward differences in float64; in float32
# 1 + 10⁻⁸ is 1. (d) It is exact only for polynomials up to degree 2, and only without rounding.
# </details>

# %% [markdown]
# ## In short
#
# - A tensor is a block of numbers, a shape and strides; float32 unless it comes from NumPy.
# - Nudging needs a run for each weight and a step that suits the dtype.
# - A tape records who was made from what. Walked back in order, once, it gives all slopes for a few runs.
# - Gradients multiply along a path and add where paths meet, also between two calls of `backward`.
# - `torch.func.grad` makes a function of slopes, and `vmap` one for each example.
#
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/01_tensors_autograd.ipynb): a batch of outer products, the rule of
# tanh, undoing a broadcast, an order for a build system, and curvature without its matrix. Then lesson 02 asks what the
# layer in the middle is good for.

# %% tags=["claims"]
assert [shares(t, base) for t in table.values()] == [True] * 4 + [False] * 3
assert array.tolist() == [7, 8, 0] == shared.tolist() and copied.tolist() == [0, 0, 0]
assert mixed["float32 + float64"].dtype == torch.float64 and mixed["column + row"].dtype == torch.float32
error = {
    (dtype, kind): (s.double() - truth).abs()
    for dtype in (torch.float64, torch.float32)
    for kind, s in slopes(dtype).items()
}
assert error[torch.float64, "central"][4:7].min() < 1e-9 and error[torch.float64, "central"][5] < 2e-8
assert error[torch.float32, "central"][2] < 1e-3 < 1e-2 < error[torch.float32, "central"][4:7].max()
assert min(error[torch.float32, kind].min() for kind in ("forward", "central")) > 1e-6
assert (slopes(torch.float32)["central"][7:] == 0).all()
assert sum(sizes) == 9610 and nudge_gap < 1e-6
assert 1 < ratio[1] < 50 and ratio[2] > 100 * ratio[1]
assert [node.grad.item() for node in tape().values()] == [4, 2, 1, 1, 1] and tape(2)["x"].grad == 1
assert max(tape_gap, first_gap) < 1e-12 and abs(first.value - math.log(10)) < 0.15
assert 0.94 < by_tape < 0.985 and abs(by_tape - by_line) < 0.02 and losses["training"][-1] < 0.15
assert history_gap < 1e-8 and each_gap < 1e-5
assert pull.max() > 15 * pull.median() and 5 in known[hardest]
assert found["gradient"] >= 18 and abs(found["gradient"] - found["loss"]) <= 1
assert x2.grad == 8 and torch.allclose(w.grad[0], torch.tensor(4.0))
assert visits == 2**17 - 1 == 131_071 and len(ordered(patient[-1])) == 17
assert hasty[0].grad == patient[0].grad == 2**16
assert list(checked.values()) == [True, False]
