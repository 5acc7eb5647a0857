# /// lesson
# minutes = 60
# exercise_minutes = 80
# needs = ["02_machine_learning/03_logistic_regression", "02_machine_learning/08_gradient_boosting", "03_deep_learning/01_tensors_autograd"]
# seconds = 50
# memory_mb = 850
# ///

# %% [markdown]
# # Stack simple functions
#
# **Why.** Two switches, one lamp that burns when exactly one of them is on: no straight line separates the two cases.
# Logistic regression draws straight lines. What is the smallest change that lets it learn the lamp, how much more does
# the change buy, and on which data does it buy nothing?
#
# **You will**
# - compute the forward and the backward pass of a network by hand;
# - write it as an `nn.Module`, look into it, and write the loop that trains it;
# - say what depth buys by counting pieces, and show a case where it costs;
# - pick the loss that belongs to an output;
# - say when a tree ensemble is the better tool.
#
# **You need** lesson 01 of this phase; from phase 2 logistic regression (03) and boosting (08); 60 minutes. The digits
# and the tumors are real, the bikes are the generated city's, moons and spirals are drawn from formulas.

# %%
import math
from itertools import pairwise, product

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, make_moons
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss

from handrail.kit.data import hours
from handrail.kit.pictures import digits
from handrail.kit.training import accuracy, fit, parameter_count

plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# ## 1. What a line can't say
#
# The lamp is the function **XOR**: 1 when exactly one of its two inputs is 1. A linear classifier says "on" where
# w₁x₁ + w₂x₂ + b is positive. Try 68,921 of them: how many of the four cases does the best get right?

# %%
switches = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
lamp = np.array([0, 1, 1, 0])
lines = np.array(list(product(np.linspace(-2, 2, 41), repeat=3)))
right = ((lines[:, :2] @ switches.T + lines[:, 2:] > 1e-9) == lamp).sum(axis=1)
print(f"{len(lines):,} lines; the best gets {right.max()} of 4 right")

# %% [markdown]
# More lines don't help. Whatever w and b are, the scores satisfy s(0,0) + s(1,1) = w₁ + w₂ + 2b = s(0,1) + s(1,0). XOR
# needs the left side negative or zero and the right side positive.
#
# The first idea is to stack: one linear layer makes 16 numbers out of two, a second makes one number out of these. Does
# the stack know more functions? Compare it with *one* matrix, the product of the two.

# %%
rng = np.random.default_rng(0)
w1, b1, w2, b2 = rng.normal(size=(2, 16)), rng.normal(size=16), rng.normal(size=(16, 1)), rng.normal(size=1)
x = rng.normal(size=(100, 2))
stacked = (x @ w1 + b1) @ w2 + b2
single = x @ (w1 @ w2) + (b1 @ w2 + b2)
stack_gap = np.abs(stacked - single).max()
print("two linear layers agree with one to 1e-12:", stack_gap < 1e-12)

# %% [markdown]
# It doesn't: linear layers melt into one. Something must stand between them that isn't linear, and `relu`, which
# replaces negative numbers by 0, is enough. Two **hidden units** do XOR. The first counts the switches that are on, the
# second tells only whether both are:

# %%
hidden = np.maximum(switches @ [[1, 1], [1, 1]] + [0, -1], 0)
score = hidden @ [1, -2] - 0.5
for row, h, s in zip(switches, hidden, score, strict=True):
    print(f"switches {row}   hidden units {h}   score {s:+.1f}   lamp {int(s > 0)}")

# %%
fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.8))
for ax, points, title in zip(axes, (switches, hidden), ("The inputs", "The two hidden units"), strict=True):
    for (a, b), on in zip(points, lamp, strict=True):
        ax.scatter(a, b, s=170, color="C1" if on else "white", edgecolor="C1" if on else "0.3", zorder=3)
        ax.annotate("on" if on else "off", (a, b), xytext=(10, 9), textcoords="offset points")
    ax.set(title=title, xlim=(-0.4, 2.5), ylim=(-0.4, 1.5), aspect="equal")
axes[0].set(xlabel="first switch", ylabel="second switch")
axes[1].axline((0.5, 0), slope=0.5, color="C0")
axes[1].text(1.45, 1.1, "score 0", color="C0")
axes[1].set(xlabel="unit 1: how many are on", ylabel="unit 2: both on")
fig.suptitle("The hidden layer folds the plane until a line is enough", x=0.02, ha="left", weight="bold")
plt.show()

# %% [markdown]
# The hidden layer puts (0, 1) and (1, 0) onto the same place, and bends the plane there. The layer behind it is still
# logistic regression, on new columns. That is the whole change: **columns that are learned** instead of given. Layers
# of linear maps with a bend between them are called a *multilayer perceptron*, MLP.
#
# ## 2. Forward and backward by hand
#
# First the loss. A network's last layer returns one score per class, the **logits**; softmax makes probabilities of
# them, cross-entropy takes −log of the right one. Written down literally, it fails for a logit of 1,000. Why?

# %%
logits, answers = np.array([[2.0, 1.0, -1.0], [1000.0, 0.0, -1000.0]]), np.array([0, 1])
with np.errstate(all="ignore"):
    naive = -np.log(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))[[0, 1], answers]
print("literally:", *naive.round(3))


def log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


stable = -log_softmax(logits)[[0, 1], answers]
torch_loss = cross_entropy(torch.tensor(logits), torch.tensor(answers), reduction="none").numpy()
print("stably:   ", *stable.round(3), "  agrees with torch:", np.allclose(stable, torch_loss))

# %% [markdown]
# exp(1000) is too large for a float. A constant subtracted from a whole row doesn't change the softmax, so subtract the
# row's largest logit: the largest exponential is then 1. The second loss is 1,000, as it should be for a confident
# mistake.
#
# Now the network, 64 pixels → 128 hidden units → 10 logits, and its derivatives. The way back is lesson 01's tape
# written out. Read it from the bottom of `forward` to the top.


# %%
def forward(x, w1, b1, w2, b2):
    """Return pre-activations (n, hidden), hidden units and logits (n, classes)."""
    z = x @ w1 + b1
    h = np.maximum(z, 0)
    return z, h, h @ w2 + b2


def gradients(x, y, w1, b1, w2, b2):
    """Return the gradients of the mean cross-entropy, in the order of the parameters."""
    z, h, logits = forward(x, w1, b1, w2, b2)
    up = (np.exp(log_softmax(logits)) - np.eye(len(b2))[y]) / len(x)  # at the logits
    up_z = (up @ w2.T) * (z > 0)  # at the pre-activations
    return x.T @ up_z, up_z.sum(axis=0), h.T @ up, up.sum(axis=0)


# %% [markdown]
# - At the logits: probability minus truth, as in logistic regression. The mean brings 1/n.
# - A weight's gradient: what came *in*, times what arrives from *above*, summed over the examples.
# - A bias is added to every example, so its gradient is the plain sum.
# - Through the layer: `@ w2.T`. Through relu: pass where z was positive, stop elsewhere.
#
# Four lines that look right are worth nothing before they are compared. Lesson 01 compared its `Node` tape with torch;
# torch's tape is the judge here.

# %%
x_train, y_train, x_test, y_test = digits()
x_train, x_test = x_train.reshape(-1, 64), x_test.reshape(-1, 64)  # pixels from 0 to 1
rng = np.random.default_rng(0)
shapes = {"w1": (64, 128), "b1": 128, "w2": (128, 10), "b2": 10}
start = [rng.normal(size=shape) / 8 for shape in shapes.values()]
mine = gradients(x_train[:50].astype(float), y_train[:50], *start)

theirs = [torch.tensor(array, requires_grad=True) for array in start]
w1, b1, w2, b2 = theirs
cross_entropy((torch.tensor(x_train[:50]).double() @ w1 + b1).relu() @ w2 + b2, torch.tensor(y_train[:50])).backward()
gradient_gap = max(np.abs(m - t.grad.numpy()).max() for m, t in zip(mine, theirs, strict=True))
print("all four gradients agree with autograd to 1e-12:", gradient_gap < 1e-12)

# %% [markdown]
# Train it with mini-batches of 64, as in phase 1: 20 epochs are 420 steps. The digits that are tested on were never
# trained on.

# %%
by_hand = [array.copy() for array in start]
for _ in range(20):
    for rows in np.array_split(rng.permutation(len(x_train)), 21):
        for parameter, slope in zip(by_hand, gradients(x_train[rows], y_train[rows], *by_hand), strict=True):
            parameter -= 0.5 * slope

hand_accuracy = (forward(x_test, *by_hand)[2].argmax(axis=1) == y_test).mean()
print(f"NumPy network, digits never seen: {hand_accuracy:.2f}")

# %% [markdown]
# ## 3. Representable is not learnable
#
# Back to the lamp. Two hidden units *can* compute XOR; section 1 gave the weights. The next cell lets gradient descent
# find them, starting from 400 different random weights, all trained side by side: a leading axis of length 400 makes one
# batch of matrix products out of 400 networks. *Adam* is gradient descent with a step size for each weight; lesson 03
# builds it.


# %%
def train_lamps(width, steps=200, networks=400):
    """Return the losses (steps, networks) of XOR networks with `width` hidden units, and which ones solve it."""
    x, target = (torch.tensor(part, dtype=torch.float32, device=device) for part in (switches, lamp))
    random = torch.Generator().manual_seed(0)
    shapes = {(2, width): 2, (1, width): 2, (width, 1): width, (1, 1): width}  # shape: numbers that come in
    made = [(2 * torch.rand(networks, *s, generator=random) - 1) / math.sqrt(k) for s, k in shapes.items()]
    w1, b1, w2, b2 = (one.to(device).requires_grad_() for one in made)
    optimizer, losses = torch.optim.Adam([w1, b1, w2, b2], lr=0.05), []
    for _ in range(steps):
        logit = ((x @ w1 + b1).relu() @ w2 + b2).squeeze(-1)
        losses.append(binary_cross_entropy_with_logits(logit, target.expand_as(logit), reduction="none").mean(dim=1))
        optimizer.zero_grad()
        losses[-1].sum().backward()
        optimizer.step()
    return torch.stack(losses).detach().cpu(), ((logit > 0) == (target > 0.5)).all(dim=1).cpu()


# %% [markdown]
# **Predict before you run.** What share of the 400 networks with *two* hidden units get all four cases right after 200
# steps: nearly all, about half, about a fifth? And with 16 units?

# %%
lamps = {width: train_lamps(width) for width in (2, 3, 4, 8, 16)}
solved = {width: done.float().mean().item() for width, (_, done) in lamps.items()}
fig, ax = plt.subplots(figsize=(6.5, 3.4))
bars = ax.bar([str(width) for width in solved], [100 * share for share in solved.values()], color="C0", width=0.6)
ax.bar_label(bars, [f"{100 * share:.0f} %" for share in solved.values()], padding=3)
ax.set(xlabel="hidden units", ylabel="networks that learn XOR (%)", ylim=(0, 112))
ax.grid(axis="x", visible=False)
ax.set_title("Two units are enough, and four of five networks fail")
plt.show()

# %% [markdown]
# "Nearly all" is tempting: the function is there, and gradient descent goes downhill. About a fifth find it. What do the
# others do? Here are the losses of the first 60 networks of width 2, with ten times as many steps.

# %%
slow, slow_solved = train_lamps(2, steps=2000)
fig, ax = plt.subplots(figsize=(7.5, 3.8))
ax.plot(torch.arange(1, 2001), slow[:, :60], color="C0", alpha=0.35, linewidth=1)
plateaus = {"can't tell 4 cases apart": math.log(2), "can't tell 3 apart": 0.477, "can't tell 2 apart": math.log(2) / 2}
for (name, height), dy in zip(plateaus.items(), (0.03, 0.02, 0.02), strict=True):
    ax.text(2050, height - dy / 2, name, color="C5")
ax.text(2050, 0, "solved", color="C0")
ax.set(xscale="log", xlim=(1, 14000), xlabel="step", ylabel="loss", ylim=(-0.03, 0.95), xticks=[1, 10, 100, 1000])
ax.set_title("The others settle on three plateaus")
plt.show()
near = [(slow[-1] - height).abs().lt(0.01) for height in (*plateaus.values(), 0)]
on_plateau = torch.stack(near).any(dim=0).float().mean().item()
print(f"solved after 2,000 steps as after 200: {abs(slow_solved.float().mean().item() - solved[2]) < 0.03}")
print(f"at least 97 % end on one of the four levels: {on_plateau > 0.97}")

# %% [markdown]
# Patience hardly helps: after 200 steps, no more networks solve it. The levels say what happened: where two cases, one
# "on" and one "off", share a score, each gets 50 %. That costs ln 2 for two of the four: 0.35 in the mean. They share it
# because the units are 0 for both, and a unit that is 0 for *every* case has slope 0: it is dead, and nothing wakes it. A
# wide network loses units too. It has others.
#
# So networks are made larger than their function needs, to make them *trainable*.
#
# ## 4. The same as `nn.Module`
#
# `nn.Module` is the class that torch's networks inherit from. Layers are made in `__init__`, which notices what you
# assign to `self`; `forward` says how they are used, and calling the object runs it.


# %%
class TwoLayers(nn.Module):
    def __init__(self, inputs, width, classes):
        super().__init__()
        self.hidden = nn.Linear(inputs, width)
        self.output = nn.Linear(width, classes)

    def forward(self, x):
        return self.output(self.hidden(x).relu())


model = TwoLayers(64, 128, 10)
print(model)
for name, parameter in model.named_parameters():
    print(f"{name:14} {tuple(parameter.shape)!s:10} {parameter.numel():5,}")
print("together", f"{sum(p.numel() for p in model.parameters()):,}")

# %% [markdown]
# `nn.Linear` stores its weights as (outputs, inputs), the transpose of ours. `state_dict()` hands out all parameters by
# name, `load_state_dict` puts them back: that is how models are saved. Put the NumPy network's numbers into the module:

# %%
w1, b1, w2, b2 = (torch.tensor(array, dtype=torch.float32) for array in by_hand)
model.load_state_dict({"hidden.weight": w1.T, "hidden.bias": b1, "output.weight": w2.T, "output.bias": b2})
with torch.no_grad():
    from_module = model(torch.tensor(x_test)).numpy()
module_gap = np.abs(from_module - forward(x_test, *by_hand)[2]).max()
print("the module's logits agree with NumPy's to 1e-4:", module_gap < 1e-4)

# %% [markdown]
# For chains of layers there is a shorter way, `nn.Sequential`. The rest of the lesson makes its networks with this
# function.


# %%
def mlp(*sizes, seed=0):
    """Return a network with these layer sizes and relu between them: `mlp(64, 128, 10)` has one hidden layer."""
    torch.manual_seed(seed)
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(device)


print(mlp(64, 128, 10))

# %% [markdown]
# Now the loop, which is the same for every network of this phase. `optimizer` holds the parameters and moves them after
# each batch; `zero_grad` empties the gradients, which would otherwise add up (lesson 01). *AdamW* is Adam with a penalty
# on the weights.


# %%
def train(model, x, y, epochs, lr, seed=0):
    """Train in place; return the mean loss of each epoch."""
    optimizer, history = torch.optim.AdamW(model.parameters(), lr=lr), []
    shuffle = torch.Generator().manual_seed(seed)
    model.train()
    for _ in range(epochs):
        losses = []
        for rows in torch.randperm(len(x), generator=shuffle).split(64):
            loss = cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(np.mean(losses))
    return history


# %% [markdown]
# `handrail.kit.training.fit` is this loop, with a choice of loss and batch size; the following lessons use it. Same
# start, same batches: are the histories the same?

# %%
x, y, x_new, y_new = (torch.from_numpy(part).to(device) for part in (x_train, y_train, x_test, y_test))
first, second = mlp(64, 128, 10), mlp(64, 128, 10)
by_loop, by_fit = train(first, x, y, epochs=3, lr=3e-3), fit(second, x, y, epochs=3, lr=3e-3)["loss"]
fit_gap = np.abs(np.array(by_loop) - by_fit).max()
print("loop and fit agree to 1e-4:", fit_gap < 1e-4)

# %% [markdown]
# `model.train()` and `model.eval()` set a flag that some layers read. A linear layer doesn't care. **Dropout** does: in
# training it sets a random half of the numbers to 0 and doubles the rest (lesson 03 says what for), in evaluation it
# does nothing. Forget `eval()`, and your model answers differently each time.

# %%
dropout = nn.Dropout(0.5)
torch.manual_seed(0)
for mode in (dropout.train, dropout.eval):
    mode()
    print(f"training={dropout.training!s:5}  {dropout(torch.ones(8)).tolist()}")

# %% [markdown]
# Three models on two moons, 1,000 points each to train and to test: a line, three linear layers, and one relu layer.
# Look at the border of the middle one, which has 59 times as many parameters as the left one.


# %%
def moons(seed):
    points, labels = make_moons(1000, noise=0.2, random_state=seed)
    return torch.tensor(points, dtype=torch.float32, device=device), torch.tensor(labels, device=device)


def draw_regions(ax, model, points, labels):
    """Draw which class `model` gives to each place, and the points."""
    reach = points.abs().amax(dim=0).cpu() * 1.08
    a, b = torch.meshgrid(
        torch.linspace(-reach[0], reach[0], 200), torch.linspace(-reach[1], reach[1], 200), indexing="xy"
    )
    with torch.no_grad():
        out = model(torch.stack([a, b], dim=-1).to(device)).cpu()
    ax.contourf(a, b, out[..., 1] - out[..., 0], levels=[-1e9, 0, 1e9], colors=["C0", "C1"], alpha=0.3)
    for c, marker in ((0, "o"), (1, "^")):
        ax.scatter(*points[labels == c].cpu().T, s=5, marker=marker, color=f"C{c}")
    ax.set(xticks=[], yticks=[])


# %%
contestants = {"a line": mlp(2, 2), "one relu layer": mlp(2, 16, 2)}
torch.manual_seed(0)
deep_linear = nn.Sequential(nn.Linear(2, 16), nn.Linear(16, 16), nn.Linear(16, 2)).to(device)
contestants = {"a line": contestants["a line"], "three linear layers": deep_linear} | contestants
fig, axes = plt.subplots(1, 3, figsize=(10, 3.1))
moon_accuracy = {}
for ax, (name, net) in zip(axes, contestants.items(), strict=True):
    fit(net, *moons(0), epochs=30, lr=1e-2)
    moon_accuracy[name] = accuracy(net, *moons(1))
    draw_regions(ax, net, *moons(1))
    ax.set_title(f"{name}: {moon_accuracy[name]:.2f}", weight="normal", size=11)
fig.suptitle("Without a bend, depth is still a line", x=0.01, ha="left", weight="bold")
plt.show()

# %% [markdown]
# And the digits, with their baselines. Both networks train for 20 epochs from three seeds. The linear one *is* logistic
# regression; compare it with scikit-learn's.

# %%
score = {"logistic regression": [LogisticRegression(max_iter=1000).fit(x_train, y_train).score(x_test, y_test)]}
score["random forest"] = [RandomForestClassifier(random_state=0).fit(x_train, y_train).score(x_test, y_test)]
for name, sizes in (("64-10, 20 epochs", (64, 10)), ("64-128-10, 20 epochs", (64, 128, 10))):
    nets = [mlp(*sizes, seed=seed) for seed in range(3)]
    for seed, net in enumerate(nets):
        fit(net, x, y, epochs=20, lr=3e-3, seed=seed)
    score[name] = [accuracy(net, x_new, y_new) for net in nets]
patient = mlp(64, 10)
fit(patient, x, y, epochs=200, lr=3e-3)
score["64-10, 200 epochs"] = [accuracy(patient, x_new, y_new)]

# %%
fig, ax = plt.subplots(figsize=(7.5, 2.8))
for row, (name, results) in enumerate(sorted(score.items(), key=lambda item: np.mean(item[1]))):
    color = "C0" if "128" in name else "C1" if "forest" in name else "0.5"
    ax.plot(results, [row] * len(results), "o", color=color)
    ax.text(0.988, row, f"{np.mean(results):.2f}", va="center", color=color)
    ax.text(0.918, row, name, va="center", ha="right", color=color)
ax.set(xlabel="accuracy on unseen digits (a dot for each seed)", xlim=(0.92, 0.986), yticks=[], ylim=(-0.6, 4.6))
ax.set_title("The hidden layer's lead shrinks when the line may finish", x=-0.3)
plt.show()

# %% [markdown]
# At equal epochs the hidden layer is far ahead, 0.97 to 0.93, but the linear network isn't finished. Give it ten times
# as many epochs, or a solver that runs to the end, and nearly all of the lead is gone. A forest that nobody tuned is as
# good as the network. **Before you believe a network, name the baseline and its number**,
# and let the baseline finish.
#
# ## 5. What depth buys
#
# A unit relu(wx + b) bends its input once. So a network of one hidden layer with k units draws a curve of at most k + 1
# straight pieces. Now take a layer of two units that folds the interval from 0 to 1 in the middle, the *tent*, and send
# its output through the same layer again. How many pieces after 8 layers?


# %%
def tent(x):
    """Return 2x up to 1/2, and 2 − 2x after it: a layer of two units."""
    return 2 * np.maximum(x, 0) - 4 * np.maximum(x - 0.5, 0)


def folded(x, depth):
    for _ in range(depth):
        x = tent(x)
    return x


grid = np.linspace(0, 1, 2**12 + 1)  # multiples of 1/4096: everything below is exact
pieces = {depth: 1 + np.count_nonzero(np.diff(folded(grid, depth), 2)) for depth in (1, 2, 4, 6, 8)}
for depth, count in pieces.items():
    print(f"{depth} layers, {2 * depth:2} units: {count:3} pieces")


# %%
def draw_folds(depth):
    _, ax = plt.subplots(figsize=(7, 2.6))
    ax.plot(grid, folded(grid, depth), color="C0", linewidth=1.3)
    ax.set(xlabel="x", ylabel="output", ylim=(-0.05, 1.1))
    ax.set_title(f"{depth} layers of 2 units: {2**depth} pieces; one layer needs {2**depth} units")
    plt.show()


draw_folds(4)

# %% [markdown]
# Every layer folds what is already folded, so pieces multiply, while units add. One layer needs a unit for every bend.
# Move the slider.

# %% tags=["widget"]
_ = widgets.interact(draw_folds, depth=widgets.IntSlider(value=4, min=1, max=8, description="layers"))

# %% [markdown]
# That is what depth *can* do, with weights chosen for it. What does it do with random ones? Count the pieces that
# untrained networks with 24 units draw between −3 and 3, in one layer or in three. A new piece begins where any unit
# switches on or off.


# %%
def pieces_of(net, low=-3, high=3):
    """Return the number of pieces of an MLP with one input: how often the set of active units changes."""
    h, active = torch.linspace(low, high, 20_001, device=device)[:, None], []
    with torch.no_grad():
        for layer in net[:-1]:
            h = layer(h)
            if isinstance(layer, nn.ReLU):
                active.append(h > 0)
    on = torch.cat(active, dim=1)
    return 1 + (on[1:] != on[:-1]).any(dim=1).sum().item()


random_pieces = {
    sizes: np.median([pieces_of(mlp(1, *sizes, 1, seed=s)) for s in range(30)]) for sizes in ((24,), (8, 8, 8))
}
for sizes, count in random_pieces.items():
    print(f"hidden layers {sizes!s:10} the median of 30 networks has 10 to 25 pieces: {10 <= count <= 25}")

# %% [markdown]
# No explosion: random networks of both kinds have about as many pieces as units, or fewer. The exponential number is a
# possibility that training has to find, and section 3 said how that can go. So try it. Two spirals, wound 2½ times, with
# 1,000 points; networks of one to four hidden layers, each as wide as a budget of 640 parameters allows.


# %%
def spirals(seed, n=1000):
    """Return points (n, 2) on two arms wound 2.5 times around the center, and the number of their arm."""
    rng = np.random.default_rng(seed)
    radius, arm = rng.uniform(0.05, 1, n), rng.integers(0, 2, n)
    angle = 5 * math.pi * radius + math.pi * arm
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + rng.normal(0, 0.01, (n, 2))
    return torch.tensor(points, dtype=torch.float32, device=device), torch.tensor(arm, device=device)


def layer_sizes(inputs, depth, outputs, budget):
    """Return the sizes of the widest MLP with `depth` equal hidden layers and at most `budget` parameters."""
    width = max(
        w for w in range(1, 300) if sum((a + 1) * b for a, b in pairwise([inputs, *[w] * depth, outputs])) <= budget
    )
    return [inputs, *[width] * depth, outputs]


# %%
wound, unseen = spirals(seed=0), spirals(seed=1)
spiral_nets = {}
for depth, seed in product((1, 2, 3, 4), range(3)):
    net = mlp(*layer_sizes(2, depth, 2, 640), seed=seed)
    fit(net, *wound, epochs=75, lr=1e-2, batch_size=125, seed=seed)
    spiral_nets[depth, seed] = net
spiral_score = {depth: [accuracy(spiral_nets[depth, seed], *unseen) for seed in range(3)] for depth in (1, 2, 3, 4)}

# %%
fig, axes = plt.subplots(1, 4, figsize=(11, 3.2))
for ax, depth in zip(axes, spiral_score, strict=True):
    draw_regions(ax, spiral_nets[depth, 0], *unseen)
    width = spiral_nets[depth, 0][0].out_features
    ax.set_title(f"{depth} × {width} units", weight="normal", size=11)
    ax.set_xlabel("three seeds: " + ", ".join(f"{s:.2f}" for s in spiral_score[depth]))
    ax.set_aspect("equal")
fig.suptitle("At 640 parameters, more layers wind better, if the seed is kind", x=0.01, ha="left", weight="bold")
plt.show()

# %% [markdown]
# One layer gets about 7 of 10. More layers fold the plane, and follow the arms. But look at the seeds below the pictures:
# the same network, on the same data, may get nearly all or miss a whole turn. What deep networks *can* do they often
# don't reach; lesson 03 repairs that.
#
# Is one layer too weak for spirals, or too slow? Give it five times as many epochs.

# %%
patient = mlp(*layer_sizes(2, 1, 2, 640))
fit(patient, *wound, epochs=375, lr=1e-2, batch_size=125)
patient_score = accuracy(patient, *unseen)
print("one layer, 75 epochs: at most 0.8 with any seed:", max(spiral_score[1]) < 0.8)
print("one layer, 375 epochs: at least 0.95:", patient_score > 0.95)

# %% [markdown]
# Too slow. On these spirals depth buys a factor in *training*, not a possibility. "Deep networks can represent what
# shallow ones can't" is true of the tent with its 256 pieces, and seldom the reason for what you measure.
#
# ## 6. What depth does not buy
#
# The digits again, with a budget of 10,000 parameters for one, two and four hidden layers, three seeds each. **Predict**
# which one wins, and whether the others lose on the training digits or only on new ones.

# %%
depth_score = {}
for depth in (1, 2, 4):
    nets = [mlp(*layer_sizes(64, depth, 10, 10_000), seed=seed) for seed in range(3)]
    for seed, net in enumerate(nets):
        fit(net, x, y, epochs=20, lr=3e-3, seed=seed)
    depth_score[depth] = np.mean([(accuracy(net, x, y), accuracy(net, x_new, y_new)) for net in nets], axis=0)
    print(f"{depth} × {nets[0][0].out_features:3} units, {parameter_count(nets[0]):,} parameters")
learned = min(both[0] for both in depth_score.values()) > 0.965
test_falls = depth_score[1][1] > depth_score[2][1] > depth_score[4][1]
print("more layers, lower test accuracy:", test_falls, "  at least 0.965 on the training digits:", learned)

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.2))
for (name, column), dy in zip({"training": 0, "test": 1}.items(), (8, -16), strict=True):
    values = [both[column] for both in depth_score.values()]
    ax.plot(range(3), values, "o-", color=f"C{5 * column}")
    for i, value in enumerate(values):
        label = f"{name} {value:.2f}" if i == 2 else f"{value:.2f}"
        ax.annotate(label, (i, value), xytext=(0, dy), textcoords="offset points", color=f"C{5 * column}", ha="center")
ax.set(xticks=range(3), xticklabels=["1 × 133", "2 × 68", "4 × 46"], xlim=(-0.4, 2.5), ylim=(0.9, 1.02))
ax.set(xlabel="hidden layers × units, at 10,000 parameters", ylabel="accuracy, mean of 3 seeds")
ax.set_title("On digits the widest network wins")
plt.show()

# %% [markdown]
# The more layers, the worse. They learn the training digits nearly as well, and carry less over to new ones: at an equal
# number of parameters, deep means narrow. (With three times as many epochs the gap shrinks, and stays.) An 8×8 digit
# isn't wound up. Its classes nearly separate with straight cuts, so there is little to fold. Depth helps where the answer
# is a **composition**: parts made of parts.
#
# Tables are the last case. First the tumors of breast_cancer, 30 measurements of each, five folds; the network gets 50
# epochs in every fold.

# %%
tumors, malignant = load_breast_cancer(return_X_y=True)
folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(tumors, malignant))
models = {"logistic regression": make_pipeline(StandardScaler(), LogisticRegression())}
models["boosted trees"] = HistGradientBoostingClassifier(random_state=0)
tumor_score = {name: cross_val_score(model, tumors, malignant, cv=folds) for name, model in models.items()}
tumor_score["network 30-16-2"] = []
for known, new in folds:
    scaled = StandardScaler().fit(tumors[known]).transform(tumors)
    a, b = torch.tensor(scaled, dtype=torch.float32, device=device), torch.tensor(malignant, device=device)
    net = mlp(30, 16, 2)
    fit(net, a[known], b[known], epochs=50, lr=3e-3)
    tumor_score["network 30-16-2"].append(accuracy(net, a[new], b[new]))
means = [np.mean(scores) for scores in tumor_score.values()]
print("all three between 0.96 and 0.99:", 0.96 < min(means) < max(means) < 0.99)

# %% [markdown]
# A draw: the means differ by less than one fold from the next, and the line says *why* it decides. Then the bikes of phase 2:
# rentals in each hour, from hour, working day and weather; 18 months to learn from, six to judge. Lines and networks are
# given the raw columns, standardized, or the hour as 24 columns (one-hot); the trees get the raw ones.

# %%
bikes = hours().assign(hour=lambda table: table["start"].dt.hour)
RAW = ["hour", "working_day", "temperature_c", "humidity_pct", "wind_kmh", "rain_mm"]
early = (bikes["start"] < "2024-07-01").to_numpy(copy=True)
rented = bikes["rentals"].to_numpy(dtype=np.float32, copy=True)
raw = StandardScaler().fit(bikes.loc[early, RAW]).transform(bikes[RAW])
one_hot = np.hstack([OneHotEncoder(sparse_output=False).fit_transform(bikes[["hour"]]), raw[:, 1:]])


def off_by(predicted):
    """Return the mean absolute error on the last six months, in rentals an hour."""
    return float(np.abs(predicted - rented[~early]).mean())


# %%
def network_error(columns):
    """Train 128 hidden units for 30 epochs to predict rentals; return the error."""
    net = nn.Sequential(*mlp(columns.shape[1], 128, 1), nn.Flatten(0)).to(device)
    given, center, scale = torch.tensor(columns, dtype=torch.float32, device=device), rented.mean(), rented.std()
    target = torch.tensor((rented - center) / scale, device=device)
    fit(net, given[early], target[early], epochs=30, lr=3e-3, batch_size=256, loss=mse_loss)
    with torch.no_grad():
        return off_by(net(given[~early]).cpu().numpy() * scale + center)


errors = {}
for name, columns in (("raw", raw), ("hour as 24 columns", one_hot)):
    errors[f"line, {name}"] = off_by(LinearRegression().fit(columns[early], rented[early]).predict(columns[~early]))
    errors[f"network, {name}"] = network_error(columns)
trees = HistGradientBoostingRegressor(random_state=0).fit(raw[early], rented[early])
errors["boosted trees, raw"] = off_by(trees.predict(raw[~early]))

# %%
ordered = sorted(errors, key=errors.get, reverse=True)
fig, ax = plt.subplots(figsize=(7.5, 2.8))
colors = ["C1" if "trees" in name else "C0" if "network" in name else "0.7" for name in ordered]
bars = ax.barh(ordered, [errors[name] for name in ordered], color=colors)
ax.bar_label(bars, fmt="%.0f", padding=4)
ax.set(xlabel="mean absolute error (rentals an hour)", xlim=(0, 95))
ax.grid(axis="y", visible=False)
ax.set_title("Trees take the raw table; the network wants it prepared")
plt.show()

# %% [markdown]
# On the raw columns the trees win by a wide margin: on a working day demand jumps between 6 and 8 o'clock, and trees cut
# where it jumps. Prepare the hour, and the network draws level. Pixels, sound and text have no columns that
# mean something one by one; there the network's learned columns pay. In a table, somebody has already made the columns,
# so **try boosted trees first**.
#
# ## 7. How it fails
#
# A classifier should return probabilities, somebody says, and ends the network with `nn.Softmax`. The loss is
# `cross_entropy`, as before. **Predict before you run**: will it (a) raise, (b) become `nan`, (c) train as well as
# before, or (d) something else?

# %%
runs = {}
for name, ending in (("logits", []), ("softmax first", [nn.Softmax(dim=1)])):
    net = nn.Sequential(*mlp(64, 128, 10), *ending).to(device)
    runs[name] = fit(net, x, y, epochs=10, lr=1e-3, test=(x_new, y_new))
for name, run in runs.items():
    print(f"{name:14} loss {run['loss'][-1]:.1f}   test accuracy {run['accuracy'][-1]:.2f}")

# %% [markdown]
# (c) is tempting, since nothing complains. It is (d): it learns more slowly, as the gradient passes two softmaxes, and the
# loss looks like that of a bad model. The repair: return logits, and take the softmax where probabilities are read.
#
# `cross_entropy` contains a softmax of its own, so probabilities were treated as logits. They lie between 0 and 1: even
# a perfect answer, 1 for the right digit and 0 for nine others, costs ln(e + 9) − 1. How far down is that?

# %%
floor = math.log(math.e + 9) - 1
perfect = torch.eye(10)
print(f"lowest loss possible: {floor:.3f}; torch says {cross_entropy(perfect, torch.arange(10)):.3f}")
fig, ax = plt.subplots(figsize=(7, 3.4))
for (name, run), color in zip(runs.items(), ("C0", "C5"), strict=True):
    ax.plot(range(1, 11), run["loss"], color=color)
    ax.annotate(name, (10, run["loss"][-1]), xytext=(6, -3), textcoords="offset points", color=color)
ax.axhline(floor, color="0.4", linestyle="--", linewidth=1)
ax.text(5.4, floor - 0.14, f"no softmax network gets below {floor:.2f}", color="0.4")
ax.set(xlabel="epoch", ylabel="training loss", xlim=(1, 12), ylim=(0, 2.5), xticks=range(1, 11))
ax.set_title("A softmax too many: no error, and a loss that can't fall")
plt.show()

# %% [markdown]
# ## In practice
#
# **The loss belongs to the output.**
#
# | you predict | the network returns | loss |
# | --- | --- | --- |
# | one of K classes | K logits | `cross_entropy` |
# | yes or no | one logit | `binary_cross_entropy_with_logits` |
# | any of K tags | K logits | the same, per tag |
# | a quantity | one number, no activation | `mse_loss`; `l1_loss` for the median |
# | a count | the log of its mean | `poisson_nll_loss` |
#
# Rows one and two aren't rivals: one logit z is the two logits 0 and z. The cell below tests that, and then two habits.
# **Look at the shapes once**: a *hook* is a function that a layer calls after its `forward`. **Look at the first loss
# always**: a network that knows nothing should lose about ln 10 = 2.30.

# %%
z, yes = torch.randn(6, generator=torch.Generator().manual_seed(0)), torch.tensor([1, 0, 0, 1, 1, 0])
binary = binary_cross_entropy_with_logits(z, yes.float())
two = cross_entropy(torch.stack([torch.zeros(6), z], dim=1), yes)
print("one logit or two, same loss:", torch.isclose(binary, two).item())


def show(layer, given, out):
    print(f"{layer!s:52} → {tuple(out.shape)}")


fresh = mlp(64, 128, 10)
hooks = [layer.register_forward_hook(show) for layer in fresh]
with torch.no_grad():
    first_loss = cross_entropy(fresh(x), y).item()
for hook in hooks:
    hook.remove()
print(f"the first loss is within 0.1 of ln 10: {abs(first_loss - math.log(10)) < 0.1}")

# %% [markdown]
# - Standardize the inputs, and a quantity that you predict.
# - Train several seeds; report the spread beside the mean.
# - Keep the finished linear model and the boosted trees in your table of results for good.
#
# ## Check yourself
#
# **1. Two linear layers without an activation between them are …**
#
# - (a) a weaker network than one with relu, but stronger than one layer
# - (b) one linear layer
# - (c) a polynomial of degree two
# - (d) enough for XOR
#
# <details><summary>Answer</summary>
#
# **(b)**, with the product of the matrices. (a) sounds fair, but they know exactly the functions that one layer knows.
# (c) A polynomial multiplies *inputs* with each other; here only weights are multiplied. (d) XOR needs a bend.
# </details>

# %% [markdown]
# **2. What should the last layer of a classifier return in torch?**
#
# - (a) probabilities
# - (b) the number of the class
# - (c) a one-hot vector
# - (d) logits
#
# <details><summary>Answer</summary>
#
# **(d)**. `cross_entropy` takes its own softmax, in the stable form. (a) makes it two softmaxes, section 7's failure. (b)
# A whole number doesn't change when a weight changes a little, so there is no gradient. (c) is what the *label* may look
# like.
# </details>
#
# **3. A network with two hidden units can represent XOR, yet most of them fail to learn it. Why?**
#
# - (a) descent gets stuck from most starts
# - (b) the loss is the wrong one
# - (c) four examples are too few
# - (d) float32 is too coarse
#
# <details><summary>Answer</summary>
#
# **(a)**. Units die or agree, the slope becomes 0, and ten times as many steps change nothing. (b) With 16 units the same
# loss works every time. (c) The four cases are all there are. (d) The weights of section 1 are 1, −2 and −0.5.
# </details>

# %% [markdown]
# ## In short
#
# - A hidden layer makes new columns; a bend between the layers is what keeps them from melting into one.
# - The way back is four lines: came in times came from above, sums for the biases, relu as a gate.
# - What a network can represent and what training finds are different questions; spare units answer the second.
# - Folding multiplies pieces, so depth helps with compositions; elsewhere it costs.
# - Return logits. Keep the baseline in the table, and let it finish. For tables, try trees first.
#
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/02_neural_networks.ipynb): count parameters, a loss that survives
# large logits, gradients of a tanh network, pieces counted exactly, and a network grown without retraining. Then lesson
# 03 finds out why some networks don't learn, and makes them.

# %% tags=["claims"]
assert right.max() == 3 and len(lines) == 68_921 and stack_gap < 1e-12
assert [int(s > 0) for s in hidden @ [1, -2] - 0.5] == lamp.tolist()
assert np.isinf(naive[1]) and abs(stable[1] - 1000) < 1e-9
assert gradient_gap < 1e-12 and module_gap < 1e-4 and fit_gap < 1e-4
assert 0.94 < hand_accuracy < 0.985
assert 0.15 < solved[2] < 0.3 and solved[3] < 0.6 and solved[4] < 0.8 and solved[8] > 0.9 and solved[16] > 0.98
assert abs(slow_solved.float().mean().item() - solved[2]) < 0.03 and on_plateau > 0.97
assert moon_accuracy["one relu layer"] > 0.94 and max(moon_accuracy[n] for n in list(contestants)[:2]) < 0.89
assert parameter_count(deep_linear) / parameter_count(contestants["a line"]) == 59
finished, hurried = score["logistic regression"][0], np.mean(score["64-10, 20 epochs"])
layered = np.mean(score["64-128-10, 20 epochs"])
assert 0.96 < finished < 0.975 and 0.91 < hurried < 0.945 and score["64-10, 200 epochs"][0] > 0.96
assert 0.96 < layered < 0.985 and abs(layered - score["random forest"][0]) < 0.02
assert list(pieces.values()) == [2, 4, 16, 64, 256]
assert all(10 <= count <= 25 for count in random_pieces.values())
assert max(spiral_score[1]) < 0.8 and patient_score > 0.95
assert min(np.mean(spiral_score[d]) for d in (2, 3)) > np.mean(spiral_score[1]) + 0.05
assert max(np.ptp(spiral_score[d]) for d in (2, 3, 4)) > 0.04 and max(spiral_score[4]) > 0.8
assert test_falls and learned and depth_score[1][1] - depth_score[4][1] > 0.015
assert all(0.96 < mean < 0.99 for mean in means) and np.ptp(means) < np.std(tumor_score["logistic regression"])
raw_network, ready_network = (errors[f"network, {name}"] for name in ("raw", "hour as 24 columns"))
assert errors["boosted trees, raw"] < 30 < raw_network < errors["line, raw"] and ready_network < 30
assert (
    all(1.4 < run["loss"][-1] < 1.8 for name, run in runs.items() if "first" in name)
    and runs["logits"]["loss"][-1] < 0.6
)
assert runs["logits"]["accuracy"][-1] - runs["softmax first"]["accuracy"][-1] > 0.04
assert abs(floor - 1.461) < 0.001 and torch.isclose(binary, two) and abs(first_loss - math.log(10)) < 0.1
