# /// lesson
# minutes = 65
# exercise_minutes = 95
# needs = ["03_deep_learning/02_neural_networks"]
# seconds = 60
# memory_mb = 1000
# ///

# %% [markdown]
# # Make it learn, and find out why it does not
#
# **Why.** Your network of 20 layers runs without an error and answers the same digit to every picture. A network with
# two layers reads 97 of 100. Which of a dozen usual causes is it, and which measurements find it within a minute?
#
# **You will**
# - choose the first weights so that a signal survives many layers;
# - write momentum, RMSProp and Adam, and compare them with torch's;
# - find a learning rate by a range test, and say what a schedule buys;
# - use normalization, residual paths, dropout and weight decay for what each is good for;
# - diagnose a broken run with a fixed checklist.
#
# **You need** lesson 02 of this phase; 65 minutes. The digits and the patients are real; the bowl of section 2 and the
# bugs of section 7 are made on purpose.

# %%
import math
from functools import partial
from itertools import pairwise

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from handrail.kit.pictures import digits
from handrail.kit.training import accuracy, fit

plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# The pictures of lesson 02, flattened to 64 numbers, and two networks: one with a hidden layer, one with 18 more. All
# settings are torch's own. Look at the loss of the deep one, and remember ln 10 = 2.30.

# %%
x, y, x_new, y_new = (torch.from_numpy(part).to(device) for part in digits())
x, x_new = x.flatten(1), x_new.flatten(1)


def mlp(*widths, seed=0):
    """Return a network with relu between its linear layers, initialized by torch."""
    torch.manual_seed(seed)
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(device)


opening = {}
for name, net in (("2 layers", mlp(64, 128, 10)), ("20 layers", mlp(64, *[64] * 19, 10))):
    loss = fit(net, x, y, epochs=6, lr=1e-3)["loss"][-1]
    opening[name] = loss, accuracy(net, x_new, y_new)
    print(f"{name:9}   loss {loss:.1f}   new digits {opening[name][1]:.1f}")

# %% [markdown]
# The deep network lost 2.30 before it began, and still does: it answers all classes alike, as if it hadn't seen a
# picture. Nothing is wrong with the code.
#
# ## 1. Keep the signal alive
#
# One layer computes sums of 256 products. If inputs and weights are independent with mean 0, variances multiply and
# add: the variance of a sum is 256 · std² times the mean square of the inputs. relu then removes half of the square. So
# one layer scales a signal by √(256 · std² / 2), and 20 layers by that number to the 20th power.


# %%
def spreads(std, layers=20, width=256):
    """Return the root mean square of 100 signals after each of `layers` random relu layers."""
    random = torch.Generator().manual_seed(0)
    signal, found = torch.randn(100, width, generator=random), []
    for _ in range(layers):
        signal = (signal @ (std * torch.randn(width, width, generator=random))).relu()
        found.append(signal.square().mean().sqrt().item())
    return found


starts = {"0.01": 0.01, "Xavier: √(1/256)": math.sqrt(1 / 256), "He: √(2/256)": math.sqrt(2 / 256), "0.15": 0.15}
for name, std in starts.items():
    print(
        f"{name:17} per layer × {math.sqrt(256 * std**2 / 2):.2f}   after 20 layers about 1e{round(math.log10(spreads(std)[-1]))}"
    )


# %%
def draw_spreads(std=0.15):
    """Draw how a signal fares for the weights of `starts`, and in color for one more spread."""
    _, ax = plt.subplots(figsize=(7.5, 3.8))
    for name, one in starts.items():
        curve = spreads(one)
        ax.semilogy(range(1, 21), curve, color="0.6", linewidth=1.2)
        ax.annotate(name, (20, curve[-1]), xytext=(6, -3), textcoords="offset points", color="0.35")
    ax.semilogy(range(1, 21), spreads(std), color="C0", linewidth=2.5)
    ax.set(xlabel="layer", ylabel="size of the signal (root mean square)", xlim=(1, 26), ylim=(1e-22, 1e8))
    ax.set_xticks(range(2, 21, 2))
    ax.set_title(
        f"Weights with standard deviation {std:.3f}: after 20 layers about 1e{round(math.log10(spreads(std)[-1]))}"
    )
    plt.show()


draw_spreads(math.sqrt(2 / 256))

# %% [markdown]
# Only √(2 / inputs), the rule of **He** and others (2015), keeps the signal's size: it solves 256 · std² / 2 = 1. A
# factor of 0.71 per layer, **Xavier**'s, looks harmless and leaves a thousandth. Move the slider: how exactly must you
# hit?

# %% tags=["widget"]
_ = widgets.interact(
    draw_spreads, std=widgets.FloatSlider(value=0.09, min=0.06, max=0.12, step=0.005, readout_format=".3f")
)

# %% [markdown]
# Gradients travel the same layers backward, and are scaled by the same factors. Torch's `nn.Linear` draws its weights
# with a standard deviation of √(1 / (3 · inputs)), smaller than both rules. Compare the gradients of the first and the
# last layer with those of a network that starts by He's rule.


# %%
def weights(net):
    """Return the weight matrices of all linear layers, from the first to the last."""
    return [layer.weight for layer in net.modules() if isinstance(layer, nn.Linear)]


def he(net):
    """Draw all weights anew by He's rule, and set the biases to 0; the network itself is returned."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return net


def first_and_last(net):
    """Return the lengths of the first and the last layer's gradients, on 64 digits."""
    cross_entropy(net(x[:64]), y[:64]).backward()
    return weights(net)[0].grad.norm().item(), weights(net)[-1].grad.norm().item()


# %%
plain_gradients = first_and_last(mlp(64, *[64] * 19, 10))
he_gradients = first_and_last(he(mlp(64, *[64] * 19, 10)))
for name, (first, last) in (("torch's default", plain_gradients), ("He's rule", he_gradients)):
    print(f"{name:15}   first / last about 1e{round(math.log10(first / last))}")

# %% [markdown]
# There is the cause: a first layer whose slope is a million times smaller than the last one's stays what it was,
# random. With He's rule the two are alike. (Torch's default is meant for shallow networks, and harmless there.) Section
# 5 trains both.
#
# ## 2. Four optimizers in a few lines each
#
# Gradient descent takes one rate for all weights. Phase 1 showed the trouble: a bowl that is 100 times steeper in one
# direction. Here is that bowl again, and the three usual cures. Each function returns the next weights, and what it has
# to remember.


# %%
def sgd(w, g, memory, t, lr):
    """Walk down the gradient."""
    return w - lr * g, memory


def momentum(w, g, memory, t, lr, keep=0.9):
    """Walk down a sum of all gradients so far, the old ones fading."""
    v = keep * memory.get("v", 0) + g
    return w - lr * v, {"v": v}


def rmsprop(w, g, memory, t, lr, keep=0.99, eps=1e-8):
    """Divide each gradient by its own recent size."""
    s = keep * memory.get("s", 0) + (1 - keep) * g**2
    return w - lr * g / (s.sqrt() + eps), {"s": s}


# %% [markdown]
# **Adam** (Kingma and Ba, 2014) takes both: a fading mean of the gradients over a fading root mean square. Both means
# start at 0, so they are too small at first; dividing by 1 − βᵗ corrects that.


# %%
def adam(w, g, memory, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """Divide the mean of the gradients by their size; t counts steps from 1."""
    m = beta1 * memory.get("m", 0) + (1 - beta1) * g
    s = beta2 * memory.get("s", 0) + (1 - beta2) * g**2
    step = (m / (1 - beta1**t)) / ((s / (1 - beta2**t)).sqrt() + eps)
    return w - lr * step, {"m": m, "s": s}


def walk(optimizer, lr, steps=500):
    """Return all places on a walk down the bowl (w₁² + 100 w₂²) / 2, from (1, 1)."""
    w, memory, path = torch.ones(2, dtype=torch.float64), {}, []
    for t in range(1, steps + 1):
        w, memory = optimizer(w, w * torch.tensor([1.0, 100.0], dtype=torch.float64), memory, t, lr)
        path.append(w)
    return torch.stack(path)


# %% [markdown]
# First the proof: on the same bowl, torch's optimizers must take the same 500 steps.

# %%
library = {
    sgd: lambda w: torch.optim.SGD(w, lr=0.015),
    momentum: lambda w: torch.optim.SGD(w, lr=0.015, momentum=0.9),
    rmsprop: lambda w: torch.optim.RMSprop(w, lr=0.015),
    adam: lambda w: torch.optim.Adam(w, lr=0.015),
}

# %%
optimizer_gaps = {}
for own, make in library.items():
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer, path = make([w]), []
    for _ in range(500):
        optimizer.zero_grad()
        (w.square() @ torch.tensor([0.5, 50.0], dtype=torch.float64)).backward()
        optimizer.step()
        path.append(w.detach().clone())
    optimizer_gaps[own.__name__] = (torch.stack(path) - walk(own, 0.015)).abs().max().item()
    print(f"{own.__name__:8} agrees with torch to 1e-12: {optimizer_gaps[own.__name__] < 1e-12}")

# %% [markdown]
# Then the race: how many steps until the distance from the bottom is below 0.001, and stays there?

# %%
entrants = {
    "SGD, 0.0199": (sgd, 0.0199),
    "SGD, 0.021": (sgd, 0.021),
    "momentum, 0.015": (momentum, 0.015),
    "Adam, 0.1": (adam, 0.1),
}
arrival, fig_paths = {}, {}
for name, (optimizer, lr) in entrants.items():
    distance = walk(optimizer, lr).norm(dim=1)
    outside = (distance > 1e-3).nonzero().max().item() + 2  # the step after the last one outside
    arrival[name], fig_paths[name] = outside, distance
    print(f"{name:16}", f"{outside} steps" if outside <= 500 else "not within 500 steps")

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.8))
places = {"SGD, 0.0199": (330, 0.05), "SGD, 0.021": (60, 800), "momentum, 0.015": (272, 1e-5), "Adam, 0.1": (245, 1e-4)}
for (name, distance), color in zip(fig_paths.items(), ("C0", "C5", "C1", "C2"), strict=True):
    ax.semilogy(range(1, 501), distance, color=color, linewidth=1.5)
    ax.text(*places[name], name, color=color)
ax.axhline(1e-3, color="0.4", linestyle="--", linewidth=1)
ax.set(xlabel="step", ylabel="distance from the bottom", ylim=(1e-8, 1e5))
ax.set_title("A bowl 100 times steeper one way than the other")
plt.show()

# %% [markdown]
# SGD must keep its rate below 2/100 for the steep direction, and then creeps along the flat one; a rate 5 % higher
# throws it out of the bowl. Momentum and Adam get through. Adam also doesn't care how *large* the gradients are:
# multiply the loss by 1,000 and it takes the same steps. That makes its rate easier to choose.
#
# `AdamW`, which `fit` uses, is Adam that also shrinks each weight a little in every step.
#
# ## 3. The rate is the setting to get right
#
# Twelve rates, three optimizers, five epochs each. **Predict**: how wide is the range of rates that reaches nine tenths
# of the best accuracy: a factor of 3, of 30, or of 1,000?

# %%
rates = 10.0 ** np.arange(-4, 1.6, 0.5)
choices = {
    "SGD": torch.optim.SGD,
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
    "AdamW": torch.optim.AdamW,
}
sweep = {name: [] for name in choices}
for name, optimizer in choices.items():
    for lr in rates:
        net = mlp(64, 128, 10)
        fit(net, x, y, epochs=5, lr=float(lr), optimizer=optimizer)
        sweep[name].append(accuracy(net, x_new, y_new))

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.8))
labels = {"SGD": (0.09, 0.55), "momentum": (0.0011, 0.55), "AdamW": (0.0008, 0.93)}
for (name, scores), color in zip(sweep.items(), ("C0", "C1", "C2"), strict=True):
    ax.semilogx(rates, scores, "o-", color=color)
    ax.text(*labels[name], name, color=color, ha="right")
ax.axhline(0.1, color="0.4", linestyle="--", linewidth=1)
ax.text(1e-4, 0.03, "guessing", color="0.4")
ax.set(xlabel="learning rate", ylabel="accuracy on new digits", ylim=(0, 1.03))
ax.set_title("Each optimizer has its own range of good rates")
plt.show()
wide = {name: rates[np.array(scores) > 0.9 * max(scores)] for name, scores in sweep.items()}
print("at least a factor of 10 for AdamW:", wide["AdamW"].max() / wide["AdamW"].min() > 9)
best = {name: rates[np.argmax(scores)] for name, scores in sweep.items()}
print("AdamW's best rate below a third of SGD's:", best["AdamW"] < best["SGD"] / 3)

# %% [markdown]
# A factor of 30 or so, then the cliff. Two things to keep: rates are searched in *factors*, not in steps of 0.01; and a
# rate belongs to an optimizer. AdamW's best rate is a poor one for SGD, and the other way round. Guessing wrong by a
# factor of ten costs more than anything else in this lesson.
#
# A sweep trains a network for each rate. A **range test** trains once, and raises the rate a little with every batch,
# until the loss explodes. Here with momentum and two hidden layers:

# %%
net, tried, losses = mlp(64, 128, 128, 10), np.geomspace(1e-4, 10, 150), []
optimizer = choices["momentum"](net.parameters(), lr=1e-5)
shuffle = torch.Generator().manual_seed(0)
for lr in tried:
    rows = torch.randint(len(x), (32,), generator=shuffle)
    loss = cross_entropy(net(x[rows]), y[rows])
    optimizer.param_groups[0]["lr"] = float(lr)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
smooth = np.convolve(losses, np.ones(7) / 7, mode="valid")
lowest = tried[3:-3][smooth.argmin()]

# %% [markdown]
# **Predict before you run.** The dashed line marks the rate with the lowest loss. Train five epochs at that rate, and
# five at a tenth of it. Which one wins?

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.4))
ax.semilogx(tried, losses, color="0.75", linewidth=1)
ax.semilogx(tried[3:-3], smooth, color="C0")
for rate, style, label in ((lowest, "--", "lowest"), (lowest / 10, "-", "a tenth")):
    ax.axvline(rate, color="C5", linestyle=style, linewidth=1.2)
    ax.text(rate / 1.15, 3.1, label, color="C5", ha="right")
ax.set(xlabel="learning rate", ylabel="loss of the batch", ylim=(0, 3.5))
ax.set_title("One run through all rates: the loss falls, then explodes")
plt.show()

# %%
at_rate = {}
for name, lr in (("the lowest point", lowest), ("a tenth of it", lowest / 10)):
    runs = [mlp(64, 128, 128, 10, seed=seed) for seed in range(4)]
    for seed, net in enumerate(runs):
        fit(net, x, y, epochs=5, lr=float(lr), batch_size=32, seed=seed, optimizer=choices["momentum"])
    at_rate[name] = np.mean([accuracy(net, x_new, y_new) for net in runs])
print("a tenth of it reaches 0.88:", at_rate["a tenth of it"] > 0.88)
print("the lowest point is better than a tenth:", at_rate["the lowest point"] > at_rate["a tenth of it"])

# %% [markdown]
# "The lowest loss" is the tempting answer. But the curve is lowest where the *next* rate ruins everything, and it got
# there on the work of the smaller ones. Take a tenth of it: a rule of thumb that lands on the flat top of the sweep.
#
# ## 4. What a schedule buys
#
# Big steps make progress early; late, they jump around the bottom. A **schedule** changes the rate during training:
# mostly a short *warm-up*, while Adam's means still rest on few gradients, then a cosine down to 0. Here is the cosine
# by hand, and torch's.

# %%
cosine = [0.05 * (1 + math.cos(math.pi * t / 100)) / 2 for t in range(100)]
optimizer = torch.optim.AdamW(mlp(64, 10).parameters(), lr=0.05)
schedule, theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100), []
for _ in range(100):
    theirs.append(schedule.get_last_lr()[0])
    optimizer.step()
    schedule.step()
schedule_gap = np.abs(np.array(cosine) - theirs).max()
print("by hand and torch agree to 1e-12:", schedule_gap < 1e-12)

# %% [markdown]
# `OneCycleLR` puts the warm-up in front. It is stepped once per *batch*. Eight epochs, three seeds, five rates, with
# and without. Where does the schedule help, and where does it cost?


# %%
def train_scheduled(lr, scheduled, seed, epochs=8):
    """Return the accuracy after training with AdamW at a constant rate, or with warm-up and cosine up to that rate."""
    net, shuffle = mlp(64, 128, 10, seed=seed), torch.Generator().manual_seed(seed)
    optimizer, batches = torch.optim.AdamW(net.parameters(), lr=lr), math.ceil(len(x) / 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * batches, pct_start=0.1)
    if not scheduled:
        optimizer.param_groups[0].update(lr=lr, betas=(0.9, 0.999))
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=shuffle).split(64):
            optimizer.zero_grad()
            cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
            if scheduled:
                schedule.step()
    return accuracy(net, x_new, y_new)


# %%
peaks = (0.001, 0.01, 0.05, 0.1, 0.2)
schedules = {
    name: np.array([[train_scheduled(lr, scheduled, seed) for seed in range(3)] for lr in peaks])
    for name, scheduled in (("constant", False), ("warm-up and cosine", True))
}

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.6))
for (name, scores), color, y_text in zip(schedules.items(), ("C5", "C0"), (0.80, 0.985), strict=True):
    ax.plot(peaks, scores.mean(axis=1), color=color)
    ax.plot(peaks, scores, "o", color=color, markersize=4, alpha=0.6)
    ax.text(
        0.14 if name == "constant" else 0.012, y_text, name, color=color, ha="right" if name == "constant" else "left"
    )
ax.set(xscale="log", xlabel="rate (constant, or the highest)", ylabel="accuracy on new digits", ylim=(0.5, 1.02))
ax.set_title("A schedule forgives a rate that is too high")
plt.show()
gain = schedules["warm-up and cosine"].mean(axis=1) - schedules["constant"].mean(axis=1)
print("at 0.2 the schedule gains more than 0.05:", gain[-1] > 0.05)
print("at 0.01 it changes less than 0.02:", abs(gain[1]) < 0.02)
print("at 0.001 it costs:", gain[0] < 0)

# %% [markdown]
# At a good rate, nothing changes. At a high one the schedule wins clearly, since every rate passes through the good
# range on its way to 0. At a low one it costs: the mean rate is about half of the constant one. So a schedule isn't
# magic; it lets you err upward, and it lets long trainings use high rates early.
#
# ## 5. Make depth trainable
#
# A better start repaired the gradients of the 20-layer net. Three more inventions attack the same problem.
# **LayerNorm** standardizes the features of each example; **BatchNorm** standardizes each feature over the batch; both
# then multiply and shift by learned numbers. By hand, with those at 1 and 0:

# %%
z = torch.randn(32, 8, generator=torch.Generator().manual_seed(0)) * 5 + 2
layer_norm = (z - z.mean(dim=1, keepdim=True)) / (z.var(dim=1, keepdim=True, correction=0) + 1e-5).sqrt()
batch_norm = (z - z.mean(dim=0)) / (z.var(dim=0, correction=0) + 1e-5).sqrt()
library_norm = nn.BatchNorm1d(8)
norm_gaps = [(layer_norm - nn.LayerNorm(8)(z)).abs().max().item(), (batch_norm - library_norm(z)).abs().max().item()]
print("both agree with torch to 1e-5:", max(norm_gaps) < 1e-5)

# %% [markdown]
# **Predict before you run.** BatchNorm in evaluation mode gets a single example. Standardized by its own mean, every
# number would be 0. What does it return?

# %%
library_norm.eval()
single = library_norm(z[:1])
print("zeros:", torch.equal(single, torch.zeros(1, 8)))
print("uses means remembered from training:", torch.allclose(library_norm.running_mean, 0.1 * z.mean(dim=0)))

# %% [markdown]
# In training it keeps a fading mean of what it sees; in evaluation it uses that and not the batch. After one batch the
# memory holds a tenth of the truth. The price of BatchNorm: an example's result depends on its neighbors in training,
# and everything depends on the mode. LayerNorm has neither trouble.
#
# The third invention is a path around: a **residual** block returns z + f(z). If f is useless, z passes unharmed,
# forward and backward. Now all of them on 20 layers, six epochs, three seeds.


# %%
class Residual(nn.Module):
    """Add what a layer makes to what came in; `norm` comes first."""

    def __init__(self, width, norm):
        super().__init__()
        self.norm, self.layer = norm(width), nn.Linear(width, width)

    def forward(self, z):
        return z + self.layer(self.norm(z)).relu()


# %%
def deep(kind, seed, width=64):
    """Return a network of 20 layers."""
    torch.manual_seed(seed)
    if kind.startswith("residual"):
        middle = [Residual(width, nn.LayerNorm if "LayerNorm" in kind else nn.Identity) for _ in range(18)]
    else:
        norm = {"BatchNorm": nn.BatchNorm1d, "LayerNorm": nn.LayerNorm}.get(kind, nn.Identity)
        middle = [part for _ in range(18) for part in (nn.Linear(width, width), norm(width), nn.ReLU())]
    net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), *middle, nn.Linear(width, 10)).to(device)
    return he(net) if kind == "He's rule" else net


# %%
kinds = ("torch's default", "BatchNorm", "LayerNorm", "He's rule", "residual", "residual + LayerNorm")
depth_scores = {}
for kind in kinds:
    nets = [deep(kind, seed) for seed in range(3)]
    for seed, net in enumerate(nets):
        fit(net, x, y, epochs=6, lr=1e-3, seed=seed)
    depth_scores[kind] = [accuracy(net, x_new, y_new) for net in nets]

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.2))
for row, (kind, scores) in enumerate(depth_scores.items()):
    ax.plot(scores, [row] * 3, "o", color="C0" if "residual" in kind else "0.5", markersize=8, alpha=0.7)
ax.axvline(opening["2 layers"][1], color="C1", linestyle="--", linewidth=1.2)
ax.text(opening["2 layers"][1] - 0.01, -0.35, "2 layers, as long", color="C1", ha="right")
ax.set(
    yticks=range(6), yticklabels=kinds, xlabel="accuracy on new digits, three seeds", xlim=(0, 1.02), ylim=(-0.6, 5.5)
)
ax.grid(axis="x")
ax.set_title("Twenty layers, six epochs: a path around is what counts")
plt.show()

# %% [markdown]
# In this time norms alone don't rescue the net; a good start helps much; a residual path does as well or better, and
# with LayerNorm inside it all seeds arrive. That combination is the skeleton of every transformer (lesson 09). But it
# isn't better than two layers at a good rate, which reached the same in section 3 with an epoch less: depth pays where
# the answer is a composition, as lesson 02 said. More epochs would move the middle rows to the right; the first row has
# no slope to follow.

# %% [markdown]
# ## 6. Overfitting, and what the cures do
#
# Only 150 digits to learn from, 100 epochs, five seeds. **Weight decay** shrinks every weight in each step, like ridge
# in phase 2; **dropout** silences a random half of the hidden units in each step, so that none can rely on one other.
# **Predict** how many points of accuracy they gain.

# %%
recipes = {
    "150 digits": (150, 0.0, 0.0),
    "… weight decay 1": (150, 0.0, 1.0),
    "… dropout 0.5": (150, 0.5, 0.0),
    "… both": (150, 0.5, 1.0),
    "600 digits": (600, 0.0, 0.0),
}

# %%
cures = {}
for name, (n, drop, decay) in recipes.items():
    cures[name] = []
    for seed in range(5):
        rows = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))[:n]
        net = mlp(64, 128, 10, seed=seed)
        net = nn.Sequential(net[0], net[1], nn.Dropout(drop), net[2])
        adamw = partial(torch.optim.AdamW, weight_decay=decay)
        fit(net, x[rows], y[rows], epochs=100 * 150 // n, lr=3e-3, seed=seed, optimizer=adamw)
        cures[name].append((accuracy(net, x[rows], y[rows]), accuracy(net, x_new, y_new)))

logistic = []
for seed in range(5):
    rows = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))[:150]
    model = LogisticRegression(max_iter=1000).fit(x[rows].cpu(), y[rows].cpu())
    logistic.append((1.0, model.score(x_new.cpu(), y_new.cpu())))

# %%
table = cures | {"logistic regression, 150": logistic}
fig, ax = plt.subplots(figsize=(7.5, 3.2))
for row, (name, scores) in enumerate(table.items()):
    test = [score for _, score in scores]
    ax.plot(test, [row] * 5, "o", color="0.5" if "logistic" in name else "C0", alpha=0.5)
    ax.plot(np.mean(test), row, "|", color="black", markersize=18)
ax.set(
    yticks=range(6), yticklabels=table, xlabel="accuracy on new digits, five seeds", xlim=(0.84, 1), ylim=(5.5, -0.5)
)
ax.grid(axis="x")
ax.set_title("No cure beats the noise; more data does")
plt.show()

# %%
mean_cure = {name: np.mean([score for _, score in scores]) for name, scores in cures.items()}
print("trained on 150, right on nearly all of them:", min(train for train, _ in cures["150 digits"]) > 0.97)
print(
    "each cure changes less than 0.03:",
    all(abs(mean_cure[name] - mean_cure["150 digits"]) < 0.03 for name in list(cures)[1:4]),
)

# %% [markdown]
# Five points are tempting. The differences are smaller than those from seed to seed: on this task you couldn't tell the
# cures apart without five runs, and with five you can't either. Four times the data gains what no setting does. Keep a
# little dropout or decay for large models, where it has been shown to pay; don't expect it to replace data.

# %% [markdown]
# ## 7. How it fails: the clinic
#
# Ten bugs that raise no error. Nine of them are planted into the same short training, one at a time. While it runs, a
# few numbers are written down: the first loss; the smallest gradient of a layer in the first step; the largest and
# smallest **update**, the change of a layer's weights in the first step, relative to their size.


# %%
RATES = {"rate too high": 10.0, "rate too low": 1e-6}


def loss_of(bug, logits, labels):
    """Return the cross-entropy, with a softmax too many if that is the bug."""
    return cross_entropy(logits.softmax(dim=1) if bug == "softmax before loss" else logits, labels)


def relative(now, before):
    """Return how far weights moved, relative to their size; 0 where they were 0 and stayed."""
    return ((now - before).norm() / before.norm().clamp(min=1e-12)).item()


# %%
def prepare(bug):
    """Return a network, labels and an optimizer, with the bug planted if it sits there."""
    net, labels = mlp(64, 128, 10), y
    if bug == "eval() forgotten":
        net = nn.Sequential(net[0], nn.BatchNorm1d(128), *net[1:]).to(device)
    if bug == "labels shuffled":
        labels = y[torch.randperm(len(y), generator=torch.Generator().manual_seed(0)).to(device)]
    if bug == "outputs too large":
        net[-1].weight.data *= 50
    if bug == "all weights zero":
        net.load_state_dict({name: 0 * value for name, value in net.state_dict().items()})
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATES.get(bug, 3e-3))
    if bug == "layer replaced too late":
        net[-1] = mlp(128, 10)[0]
    return net, labels, optimizer


# %%
def examine(bug, epochs=8):
    """Train with a bug; return the network, the losses of all steps, and the first step's gradients and updates."""
    net, labels, optimizer = prepare(bug)
    shuffle, losses, before = torch.Generator().manual_seed(0), [], [w.detach().clone() for w in weights(net)]
    for rows in [r for _ in range(epochs) for r in torch.randperm(len(x), generator=shuffle).split(64)]:
        loss = loss_of(bug, net(x[rows]), labels[rows])
        if bug != "zero_grad() forgotten":
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if not losses:
            gradients = [w.grad.norm().item() for w in weights(net)]
            updates = [relative(w.detach(), old) for w, old in zip(weights(net), before, strict=True)]
        losses.append(loss.item())
    return net, losses, gradients, updates


# %%
def judged(net, bug):
    """Return the accuracy on new digits; who forgot eval() serves them two by two in training mode."""
    if bug != "eval() forgotten":
        return accuracy(net, x_new, y_new)
    net.train()
    with torch.no_grad():
        pairs = torch.cat([net(pair) for pair in x_new.split(2)])
    return (pairs.argmax(dim=1) == y_new).float().mean().item()


bugs = ("none", "labels shuffled", "outputs too large", "all weights zero", "layer replaced too late", "rate too high")
bugs += ("rate too low", "softmax before loss", "zero_grad() forgotten", "eval() forgotten")
clinic = {}
for bug in bugs:
    net, losses, gradients, updates = examine(bug)
    clinic[bug] = losses[0], np.mean(losses[-22:]), min(gradients), min(updates), max(updates), judged(net, bug)

# %% [markdown]
# **Predict before you look.** Whoever looks at the accuracy only will miss some of these bugs. How many of the nine
# still read 90 of 100 new digits: none, one, or several?

# %%
print(f"{'bug':24}first loss  last loss  gradient  update from    to  new digits")
for bug, (first, last, gradient, low, high, score) in clinic.items():
    flow = "0" if gradient == 0 else "ok"
    size = ["0" if part == 0 else f"1e{round(math.log10(part))}" for part in (low, high)]
    last = f"{last:.1f}" if last < 10 else "> 10"
    print(f"{bug:24}{first:10.1f}{last:>11}{flow:>10}{size[0]:>13}{size[1]:>6}{score:12.1f}")

# %% [markdown]
# "One" is tempting, but three runs read nine of ten new digits or more: the one whose outputs are too large at first,
# the one whose last layer never learns, and the one with a softmax too many. Networks work *around* damage. The first
# column finds the first, a 0 among the updates the second. The softmax has normal numbers but for a loss that stays
# above 1.46 (lesson 02); that is for the checklist.
#
# A missing `zero_grad` is the strangest. The sum of all gradients so far is momentum that never fades. Below it is
# planted into plain SGD, at two rates. **Predict**: what does it do at the small rate?

# %%
piled_up = {}
for lr in (0.01, 0.3):
    for forgotten in (False, True):
        net, shuffle = mlp(64, 128, 10), torch.Generator().manual_seed(0)
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        for rows in [r for _ in range(8) for r in torch.randperm(len(x), generator=shuffle).split(64)]:
            if not forgotten:
                optimizer.zero_grad()
            cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
        piled_up[lr, forgotten] = accuracy(net, x_new, y_new)
print("rate 0.01: forgetting helps by more than 0.1:", piled_up[0.01, True] > piled_up[0.01, False] + 0.1)
print("rate 0.3: forgetting costs more than 0.1:", piled_up[0.3, True] < piled_up[0.3, False] - 0.1)

# %% [markdown]
# At the small rate the bug *helps*: sums of gradients make longer steps, and the rate was too small. So "it got better"
# doesn't prove that a program is right, and two mistakes can hide each other.
#
# The tenth bug is about shapes. Predicting a patient's disease progression: the network returns (n, 1), the targets
# have shape (n,).

# %%
patients, progression = load_diabetes(return_X_y=True, scaled=True)
inputs = torch.tensor(patients * math.sqrt(len(patients)), dtype=torch.float32, device=device)
target = torch.tensor((progression - progression.mean()) / progression.std(), dtype=torch.float32, device=device)


# %%
def tangled(prediction, target):
    """Compute the mean squared error as the formula says."""
    return (prediction - target).square().mean()


explained = {}
for name, loss, ending in (("(n, 1) against (n,)", tangled, []), ("(n,) against (n,)", mse_loss, [nn.Flatten(0)])):
    net = nn.Sequential(*mlp(10, 16, 1), *ending).to(device)
    final = fit(net, inputs[:300], target[:300], epochs=60, lr=3e-3, loss=loss)["loss"][-1]
    with torch.no_grad():
        errors = (net(inputs[300:]).flatten() - target[300:]).square().mean() / target[300:].var()
    explained[name] = 1 - errors.item()
    print(f"{name:20} last loss {final:.1f}")
line = LinearRegression().fit(inputs[:300].cpu(), target[:300].cpu()).score(inputs[300:].cpu(), target[300:].cpu())
print("the tangled one explains nothing:", explained["(n, 1) against (n,)"] < 0.1)
print("the repaired one comes within 0.15 of linear regression:", explained["(n,) against (n,)"] > line - 0.15)

# %% [markdown]
# A column minus a row is a table (phase 1): n × n differences, every prediction against every target. Their mean is
# smallest when all predictions are the mean, so that is what the network learns; the loss stays at 1, the variance.
# `mse_loss` warns of it. The formula written out doesn't.

# %% [markdown]
# Put together, that is the **checklist**. Its order is the order in which things can go wrong:
#
# | look at | should be | else |
# | --- | --- | --- |
# | first loss | ln K | outputs too large, wrong loss |
# | gradients of the first step | above 0 in every layer | zero weights, dead or cut-off layer |
# | updates of the first step | 1e-3 to 1e-1, in every layer | rate; layer not in the optimizer |
# | one batch of 32, 60 steps | loss near 0 | labels, loss, shapes |
# | pictures beside their labels | they match | shuffled apart |
# | mode | `train()`, `eval()` | BatchNorm, dropout |
# | only then: training against new data | close | overfitting |

# %% [markdown]
# The fourth line is the cheapest test of a whole program. A healthy network can learn 32 examples by heart. Does it
# fail with a softmax too many, and with shuffled labels?

# %%
one_batch = {}
for bug in ("none", "softmax before loss", "all weights zero", "labels shuffled"):
    net, labels, optimizer = prepare(bug)
    for _ in range(60):
        loss = loss_of(bug, net(x[:32]), labels[:32])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    one_batch[bug] = loss.item()
    print(f"{bug:20} loss of one batch {'below 0.1' if loss < 0.1 else 'above 1' if loss > 1 else 'in between'}")

# %% [markdown]
# It finds the softmax and the zeros. It can't find shuffled labels, since 32 wrong labels are learned by heart as
# easily as right ones. For those there is no number; look.

# %%
_, shuffled, _ = prepare("labels shuffled")
fig, axes = plt.subplots(1, 8, figsize=(8.5, 1.7))
for ax, picture, label in zip(axes, x.cpu(), shuffled.cpu(), strict=False):
    ax.imshow(picture.reshape(8, 8), cmap="gray_r")
    ax.set_title(str(label.item()), loc="center")
    ax.set_axis_off()
fig.suptitle("Pictures and the labels that the training sees", x=0.02, ha="left", weight="bold")
plt.show()

# %% [markdown]
# ## In practice
#
# - Change one thing at a time, and write down every run with its seed and settings (phase 4 uses MLflow).
# - Compare methods over several seeds. Section 6 shows what a single one is worth.
# - Begin with AdamW at 3e-3 for small networks and 3e-4 for large ones, then a range test.
# - Before you touch a setting, look at the mistakes. Here are the first ten of the healthy network.

# %%
net, *_ = examine("none")
net.eval()
with torch.no_grad():
    said = net(x_new).argmax(dim=1)
wrong = (said != y_new).nonzero().flatten()[:10].cpu()
fig, axes = plt.subplots(1, 10, figsize=(9.5, 1.8))
for ax in axes:
    ax.set_axis_off()
for ax, i in zip(axes, wrong, strict=False):
    ax.imshow(x_new[i].cpu().reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_new[i]}, not {said[i]}", loc="center", size=9)
fig.suptitle("Wrong answers: some of these digits are hard for you, too", x=0.02, ha="left", weight="bold")
plt.show()

# %% [markdown]
# ## Check yourself
#
# **1. The first loss of a network for ten classes is 9.8. What does that say?**
#
# - (a) the learning rate is too high
# - (b) its outputs are too large before it has learned anything
# - (c) there are too few examples
# - (d) nothing, every network starts like that
#
# <details><summary>Answer</summary>
#
# **(b)**. It is confident and wrong; a network that knows nothing should say so, and lose ln 10 = 2.3. (a) No step was
# taken yet. (c) The loss is a mean, for one example or a million. (d) 2.3 is what every network should start with.
# </details>

# %% [markdown]
# **2. Accuracy 0.99 on training data, 0.62 on validation data, ten classes. What first?**
#
# - (a) train longer
# - (b) a larger network
# - (c) get more data, then regularize
# - (d) lower the learning rate
#
# <details><summary>Answer</summary>
#
# **(c)**. The gap is overfitting, and data gained what no cure did. (a) The training data has nothing left to teach.
# (b) would help if the *training* accuracy were low. (d) changes how the minimum is reached, hardly what it is worth.
# </details>
#
# **3. Somebody removes `zero_grad()` from a training with SGD, and the accuracy rises. What follows?**
#
# - (a) `zero_grad` isn't needed with SGD
# - (b) the rate was probably too small
# - (c) the optimizer empties the gradients by itself
# - (d) the network had overfitted
#
# <details><summary>Answer</summary>
#
# **(b)**. Gradients that add up are longer steps, so the run suffered from short ones. Raise the rate, or use momentum,
# whose memory fades. (a) At a good rate the same change ruins the training. (c) No optimizer does: adding gradients up
# over batches is sometimes wanted. (d) Nothing in this concerns the gap between training and new data.
# </details>

# %% [markdown]
# ## In short
#
# - A layer scales a signal by a factor, and depth takes it to a power: start with He's rule where you have relu.
# - Adam is momentum divided by the size of the gradients, with a correction for its start.
# - The rate matters most. Search in factors, or take a tenth of where a range test is lowest.
# - A path around each layer makes depth trainable; schedules forgive high rates; data beats regularization.
# - Bugs don't raise. Check first loss, gradients, updates, one batch, labels, mode, in this order.
#
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/03_training_that_works.ipynb): the loss of knowing nothing, a schedule,
# an optimizer from a paper, a doctor for training runs, and a range test for any model. Then lesson 05 gives networks
# eyes: convolutions.

# %% tags=["claims"]
assert (
    abs(opening["20 layers"][0] - math.log(10)) < 0.02
    and opening["20 layers"][1] < 0.2
    and opening["2 layers"][1] > 0.9
)
assert spreads(0.01)[-1] < 1e-18 and 1e-4 < spreads(1 / 16)[-1] < 1e-2 and spreads(0.15)[-1] > 1e4
assert 0.3 < spreads(math.sqrt(2 / 256))[-1] < 3
assert plain_gradients[0] < 1e-5 * plain_gradients[1] and 0.1 < he_gradients[0] / he_gradients[1] < 10
assert max(optimizer_gaps.values()) < 1e-12
assert arrival["SGD, 0.0199"] > 500 and arrival["SGD, 0.021"] > 500
assert arrival["momentum, 0.015"] < 200 and arrival["Adam, 0.1"] < 200
assert 9 < wide["AdamW"].max() / wide["AdamW"].min() < 150 and max(sweep["AdamW"]) > 0.93
assert all(scores[-1] < 0.2 for scores in sweep.values())
assert at_rate["a tenth of it"] > max(0.88, at_rate["the lowest point"] + 0.02) and schedule_gap < 1e-12
assert gain[-1] > 0.05 and abs(gain[1]) < 0.02 and gain[0] < 0
assert max(norm_gaps) < 1e-5
assert max(depth_scores["torch's default"]) < 0.2 and max(depth_scores["BatchNorm"]) < 0.6
assert min(depth_scores["residual + LayerNorm"]) > 0.88 and np.mean(depth_scores["residual"]) > 0.75
assert np.mean(depth_scores["residual + LayerNorm"]) > np.mean(depth_scores["He's rule"]) + 0.04
assert all(abs(mean_cure[name] - mean_cure["150 digits"]) < 0.03 for name in list(cures)[1:4])
assert mean_cure["600 digits"] - mean_cure["150 digits"] > 0.03
healthy, shuffled_labels = clinic["none"], clinic["labels shuffled"]
assert abs(healthy[0] - math.log(10)) < 0.1 and healthy[1] < 0.4 and healthy[5] > 0.93
assert shuffled_labels[5] < 0.25 and shuffled_labels[1] > 2 and clinic["outputs too large"][0] > 5
assert (
    clinic["all weights zero"][2] == 0
    and clinic["layer replaced too late"][3] == 0 < clinic["layer replaced too late"][2]
)
assert clinic["rate too high"][4] > 10 and clinic["rate too low"][4] < 1e-4 and clinic["softmax before loss"][1] > 1.46
fooled = {bug for bug in bugs[1:] if clinic[bug][5] > 0.88}
assert fooled == {"outputs too large", "layer replaced too late", "softmax before loss"}
assert clinic["zero_grad() forgotten"][5] < 0.85 and clinic["eval() forgotten"][5] < 0.8
assert piled_up[0.01, True] > piled_up[0.01, False] + 0.1 and piled_up[0.3, True] < piled_up[0.3, False] - 0.1
assert explained["(n, 1) against (n,)"] < 0.1 and explained["(n,) against (n,)"] > line - 0.15
assert one_batch["none"] < 0.1 and min(one_batch["softmax before loss"], one_batch["all weights zero"]) > 1
assert one_batch["labels shuffled"] < 0.6
