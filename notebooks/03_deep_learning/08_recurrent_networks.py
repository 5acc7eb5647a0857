# /// lesson
# minutes = 60
# exercise_minutes = 80
# needs = ["03_deep_learning/02_neural_networks", "03_deep_learning/03_training_that_works"]
# seconds = 60
# memory_mb = 860
# ///

# %% [markdown]
# # Remember what came before
#
# **Why.** A network that reads one month at a time must forecast next year's CO₂. What should it carry along, why does it
# forget, and is it worth more than a rule that a child could apply?
#
# **You will**
# - write a recurrent cell and an LSTM cell by hand;
# - measure how a gradient shrinks, or grows, on its way through time;
# - say what a gate buys, and why its bias decides;
# - forecast a real series, beside five baselines;
# - find three leaks that flatter a forecast.
#
# **You need** lessons 02 and 03 of this phase; 60 minutes. The CO₂ was measured on Mauna Loa in Hawaii; the memory task
# is generated.

# %% [markdown]
# First the series: weekly readings from 1958 to 2001, averaged for each month. Five months have no reading; a straight
# line between their neighbors fills them. The last five years are the test.

# %%
import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import TimeSeriesSplit, train_test_split
from sklearn.neighbors import KNeighborsRegressor
from statsmodels.datasets import co2
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss, one_hot
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_padded_sequence

from handrail.kit.training import fit, parameter_count

plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"

monthly = co2.load_pandas().data["co2"].resample("MS").mean()
missing = int(monthly.isna().sum())
series = monthly.interpolate().to_numpy()
known = len(series) - 60  # the months before the test
print(f"{len(series)} months, {missing} of them filled; the last 60 are the test")

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
ax.plot(monthly.index[:known], series[:known], color="C0", linewidth=1)
ax.plot(monthly.index[known:], series[known:], color="C1", linewidth=1)
ax.axhline(series[:known].max(), color="0.5", linestyle="--", linewidth=1)
ax.text(
    monthly.index[0], series[:known].max() + 0.8, f"highest before the test: {series[:known].max():.1f}", color="0.3"
)
ax.text(monthly.index[-1], 377, "test", color="C1", ha="right")
ax.set(
    xlabel="year", ylabel="CO₂ (ppm)", ylim=(310, 381), title="A yearly wave on a rising line, and the test lies above"
)
plt.show()

# %% [markdown]
# Three things are in it: a wave (plants breathe in during the northern summer), a rise, and noise. Remember the dashed
# line: most of the test lies where no training month was.
#
# ## 1. A cell by hand
#
# A *recurrent* network keeps a vector, the **state** h. For each month it mixes the state with the new input x and
# bends the result: h ← tanh(W x + U h + b). The same W and U serve all months, as one kernel serves all places of a
# picture. Does the line below return what `nn.RNN` returns?

# %%
torch.manual_seed(0)
x = torch.randn(4, 20, 3)  # 4 sequences, 20 steps, 3 numbers in each
rnn = nn.RNN(3, 8, batch_first=True)
w_x, w_h, b_x, b_h = rnn.parameters()

h = torch.zeros(4, 8)
for step in range(20):
    h = (x[:, step] @ w_x.T + b_x + h @ w_h.T + b_h).tanh()
rnn_gap = (h - rnn(x)[0][:, -1]).abs().max().item()
print(f"agrees with nn.RNN to 1e-6: {rnn_gap < 1e-6}; {parameter_count(rnn)} numbers, for sequences of any length")

# %% [markdown]
# The layer returns two things: the states after *every* step, and the last one once more. That last state is all that
# the network knows of its past, so a sensor that delivers reading by reading can keep it and throw the readings away.
# Read 12 steps, then the other 8, with and without handing the state over.

# %%
states, kept = rnn(x)
print("all states:", tuple(states.shape), "  the last one:", tuple(kept.shape))
_, halfway = rnn(x[:, :12])
handed_over, forgotten = (rnn(x[:, 12:], start)[1] for start in (halfway, None))
streams = [torch.allclose(state, kept, atol=1e-6) for state in (handed_over, forgotten)]
print("the same in two parts, state handed over:", streams[0])
print("the same in two parts, state forgotten:  ", streams[1])

# %% [markdown]
# Without the state the second part begins at zero, like a new sequence, and nothing says so. (The first number of the
# last state's shape counts layers, whatever `batch_first` says.)
#
# **Predict before you run.** `batch_first=True` is easily forgotten. The data are (4, 20, 3): 4 sequences, 20 steps.
# Does a layer without it (a) raise, (b) return another shape, or (c) neither? And if the first sequence is changed,
# which of the four outputs change?

# %%
careless = nn.RNN(3, 8)
careless.load_state_dict(rnn.state_dict())
changed = x.clone()
changed[0] += 1
noticed = {}
for name, layer in (("batch_first=True", rnn), ("left out", careless)):
    before, after = layer(x)[0], layer(changed)[0]
    noticed[name] = ((before - after).abs().amax(dim=(1, 2)) > 1e-6).tolist()
    print(f"{name:16}  output {tuple(after.shape)}  changed: {noticed[name]}")

# %% [markdown]
# (a) is tempting, and (c) is right. By default torch takes the *first* axis for time. It read 20 sequences of 4 steps,
# so each of your sequences became one step, and what the first says leaks into the other three. Shapes don't show it;
# changing one sequence does.
#
# An RNN's state is rewritten completely at every step. An **LSTM** (long short-term memory) carries a second vector, the
# *memory* c, which changes only where a **gate** says so. A gate is a sigmoid, a number from 0 (shut) to 1 (open):
# `forget` says how much of the old memory stays, `enter` how much of the candidate goes in, `show` how much is seen.


# %%
def lstm_step(x, h, c, w_x, w_h, b):
    """Return the new state and memory (batch, width), for weights stacked in torch's order."""
    enter, forget, candidate, show = (x @ w_x.T + h @ w_h.T + b).chunk(4, dim=1)
    c = forget.sigmoid() * c + enter.sigmoid() * candidate.tanh()
    h = show.sigmoid() * c.tanh()
    return h, c


lstm = nn.LSTM(3, 8, batch_first=True)
w_x, w_h, b_x, b_h = lstm.parameters()
h = c = torch.zeros(4, 8)
for step in range(20):
    h, c = lstm_step(x[:, step], h, c, w_x, w_h, b_x + b_h)
lstm_gap = (h - lstm(x)[0][:, -1]).abs().max().item()
times = parameter_count(lstm) / parameter_count(rnn)
print(f"agrees with nn.LSTM to 1e-6: {lstm_gap < 1e-6}; {times:.0f} times the numbers of the RNN")

# %% [markdown]
# Look at the line of `c`: no matrix, no tanh around the old memory. It is multiplied by `forget` and added to. The next
# section says what that is good for. The **GRU** (gated recurrent unit) has two gates and no separate memory; you build
# it in the exercises.
#
# ## 2. A gradient on its way through 50 steps
#
# To learn that month 1 matters for month 50, the gradient must travel back through 49 steps, and each multiplies it by
# the slope of tanh and by U. Here U is random, scaled so that its *spectral radius*, the size of its largest eigenvalue,
# is given. How large is the gradient at step 1, relative to step 50?


# %%
def arriving(step, width, steps=50):
    """Return the size of the gradient at each step, relative to the last one; `step` maps (x, state) to a state."""
    generator = torch.Generator().manual_seed(1)
    states = [torch.zeros(1, width, requires_grad=True)]
    for _ in range(steps):
        states.append(step(0.1 * torch.randn(1, width, generator=generator), states[-1]))
    slopes = torch.autograd.grad(states[-1].sum(), states[1:])
    sizes = torch.stack([slope.norm() for slope in slopes])
    return (sizes / sizes[-1]).numpy()


# %%
def through_rnn(radius, width=64):
    """Return the gradients through an RNN whose recurrent matrix has this spectral radius."""
    matrix = torch.randn(width, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    matrix = (radius * matrix / torch.linalg.eigvals(matrix).abs().max()).float()
    return arriving(lambda x, h: (x + h @ matrix.T).tanh(), width)


curves = {radius: through_rnn(radius) for radius in (0.5, 0.9, 1.0, 1.2, 1.5)}
for radius, sizes in curves.items():
    told = "vanishes" if sizes[0] < 1e-3 else "grows" if sizes[0] > 3 else "survives"
    print(f"radius {radius}: {told}")

# %% [markdown]
# Vertically the axis is logarithmic, so a constant factor for each step is a straight line. Read from right to left, as
# the gradient travels.


# %%
def draw_gradients(highlight):
    """Draw the curves of the five radii in grey, and one more in color."""
    _, ax = plt.subplots(figsize=(7.5, 3.8))
    for radius, sizes in curves.items():
        ax.semilogy(range(1, 51), sizes, color="0.7", linewidth=1)
        ax.text(0.4, sizes[0], f"{radius}", ha="right", va="bottom" if radius > 1.2 else "top", color="0.4")
    chosen = through_rnn(highlight)
    ax.semilogy(range(1, 51), chosen, color="C1", linewidth=2.5)
    ax.set(xlabel="step", ylabel="gradient, relative to step 50", ylim=(1e-17, 1e4), xlim=(-3, 51))
    ax.set_title(f"Radius {highlight}: a millionth after {np.sum(chosen > 1e-6)} steps" if chosen[0] < 1e-6 else
                 f"Radius {highlight}: the gradient reaches step 1")  # fmt: skip
    plt.show()


draw_gradients(0.5)

# %% [markdown]
# With radius 0.5 the gradient halves at every step: nothing older than some 20 steps can be learned. At 1 it survives.
# Above 1 it should grow, by 1.5⁴⁹ = 4 · 10⁸ for radius 1.5; here tanh holds it back, since the states become large and
# the slope of tanh falls. Section 4 takes tanh away. Move the slider: between 0.9 and 1 there are orders of magnitude.

# %% tags=["widget"]
_ = widgets.interact(draw_gradients, highlight=widgets.FloatSlider(value=0.5, min=0.5, max=1.5, step=0.05))

# %% [markdown]
# And the LSTM? Along its memory the gradient is multiplied by `forget`, which is a sigmoid of weights plus a *bias*.
# Leave the weights at their small random start, and set the bias to 0, 3 and 5. Compare the gate's power with what
# autograd measures.


# %%
def through_memory(bias, width=64):
    """Return the gradients along the memory of an untrained LSTM whose forget gate has this bias."""
    torch.manual_seed(0)
    cell = nn.LSTMCell(width, width)
    with torch.no_grad():
        cell.bias_ih[width : 2 * width], cell.bias_hh[width : 2 * width] = bias, 0
    # the state is a pair, here in one row of 2 · width numbers
    return arriving(lambda x, s: torch.cat(cell(x[:, :width], s.chunk(2, dim=1)), dim=1), 2 * width)


memory = {bias: through_memory(bias)[0] for bias in (0, 3, 5)}
for bias, size in memory.items():
    gate = torch.tensor(float(bias)).sigmoid().item()
    print(f"forget bias {bias}: gate near {gate:.2f}; {gate:.4f}^49 = {gate**49:.0e}; measured {size:.0e}")


# %% [markdown]
# torch draws the biases near 0. Its gates start half shut, and half of a half, 49 times, is nothing: the famous long
# memory starts out short. With bias 3 or 5 the gradient arrives. The measured numbers lie above the gate's power, since
# the memory also acts through h and the other gates, and these paths add to the straight one.
#
# ## 3. Does it learn to remember?
#
# A test of nothing but memory: step 1 shows one of eight symbols, all later steps show noise, and after the last step
# the network must name the symbol. By chance it is right once in eight, 0.125.


# %%
def memory_task(n, length, generator):
    """Return inputs (n, length, 9), eight channels for the symbol and one for noise, and the symbols (n,)."""
    symbols = torch.randint(8, (n,), generator=generator)
    x = torch.zeros(n, length, 9)
    x[:, 0, :8] = one_hot(symbols, 8).float()
    x[:, 1:, 8] = torch.randn(n, length - 1, generator=generator)
    return x.to(device), symbols.to(device)


class Recurrent(nn.Module):
    """A recurrent layer of 32 units and a linear layer that reads its last state."""

    def __init__(self, layer, inputs, outputs):
        super().__init__()
        self.layer, self.linear = layer(inputs, 32, batch_first=True), nn.Linear(32, outputs)

    def forward(self, x):
        return self.linear(self.layer(x)[0][:, -1])


# %% [markdown]
# torch adds two biases for each gate; we set one to the wanted value and the other to 0. The forget gate's are numbers
# 32 to 63.


# %%
def untrained(layer, forget_bias, seed):
    """Return a network for the memory task, with this bias in its forget gate if one is given."""
    torch.manual_seed(seed)
    model = Recurrent(layer, 9, 8)
    if forget_bias is not None:
        model.layer.bias_ih_l0.data[32:64], model.layer.bias_hh_l0.data[32:64] = forget_bias, 0
    return model.to(device)


# %% [markdown]
# Training: up to 300 batches of 64 new sequences (fewer if the task is learned), Adam, clipped gradients (section 4).


# %%
def learn_to_remember(layer, length, forget_bias=None, seed=0):
    """Train on the memory task; return the model and the share of 1,000 new sequences that are right."""
    model, generator = untrained(layer, forget_bias, seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(300):
        x, symbols = memory_task(64, length, generator)
        optimizer.zero_grad()
        loss = cross_entropy(model(x), symbols)
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if loss < 0.02:
            break
    x, symbols = memory_task(1000, length, generator)
    return model, (model(x).argmax(1) == symbols).float().mean().item()


# %% [markdown]
# **Predict before you run.** Over 10 steps all networks can do it. Over 50: the RNN; the LSTM as torch makes it; the
# LSTM with forget bias 5. Which of the three name the symbol? (Two seeds each for the long task.)

# %%
contestants = {"RNN": (nn.RNN, None), "LSTM, as torch makes it": (nn.LSTM, None), "LSTM, forget bias 5": (nn.LSTM, 5.0)}
readers, recalled = {}, {}
for name, (layer, bias) in contestants.items():
    _, short = learn_to_remember(layer, 10, bias)
    runs = [learn_to_remember(layer, 50, bias, seed) for seed in (0, 1)]
    readers[name] = runs[0][0]
    recalled[name] = {10: [short], 50: [share for _, share in runs]}

# %%
fig, ax = plt.subplots(figsize=(7.5, 2.9))
for row, shares in enumerate(recalled.values()):
    for length, color, dy in ((10, "0.6", 0.12), (50, "C1", -0.12)):
        ax.plot(shares[length], [row + dy] * len(shares[length]), "o", color=color, markersize=9, clip_on=False)
ax.text(0.6, 0.12, "10 steps", color="0.4", va="center")
ax.text(0.3, -0.12, "50 steps", color="C1", va="center")
ax.axvline(1 / 8, color="0.5", linestyle="--", linewidth=1)
ax.text(0.135, 2.35, "chance", color="0.3")
ax.set_yticks(range(3), recalled)
ax.set(xlabel="share of symbols named", xlim=(0, 1.02), ylim=(-0.45, 2.6))
ax.set_title("Over 50 steps, only the LSTM that was told to remember does")
plt.show()

# %% [markdown]
# "The LSTM solves vanishing gradients" is the tempting answer, and it is true of the *design*. As torch initializes it,
# it stays at chance, like the RNN: no gradient tells the gate to open. One number, the bias, makes the difference.
#
# Look inside. Eight sequences begin with the eight symbols, and then hear the same noise. How long does a number of the
# memory differ between them?


# %%
@torch.no_grad()
def memories(model):
    """Return the memory (step, symbol, unit) while the model reads eight sequences that differ in step 1 only."""
    x = torch.zeros(8, 50, 9, device=device)
    x[range(8), 0, range(8)] = 1
    x[:, 1:, 8] = torch.randn(49, generator=torch.Generator().manual_seed(5)).to(device)
    state, traces = None, []
    for step in range(50):
        _, state = model.layer(x[:, step : step + 1], state)
        traces.append(state[1][0].cpu())
    return torch.stack(traces)


# %%
kept_apart = {}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4))
for ax, name in zip(axes, list(contestants)[1:], strict=True):
    traces = memories(readers[name])
    spread = traces.std(dim=1)  # between the symbols: (step, unit)
    kept_apart[name] = (spread[-1].mean() / spread[0].mean()).item()
    ax.plot(range(1, 51), traces[:, :, spread.sum(dim=0).argmax()], color="C0", linewidth=1)
    ax.set(xlabel="step", title=name)
axes[0].set_ylabel("one number of the memory")
fig.suptitle("Without the bias, eight symbols become one memory", fontweight="bold")
plt.show()

# %% [markdown]
# Each line is one symbol. On the left they have merged within some ten steps, and nobody can tell them apart at step
# 50, so the loss can't say what to keep. On the right the memory adds up what it knows of the symbol, step after step.
#
# This is what 300 batches and these seeds show: more training lets some unlucky start learn after all, but doesn't
# remove the cause. And 500 steps bring the trouble back even with a bias of 5: 0.9933⁵⁰⁰ is 0.03. Lesson 09 takes
# another way.

# %% [markdown]
# ## 4. Exploding, and the leash
#
# Above radius 1 the same product grows. The smallest recurrent network is one number w, applied 50 times: h = w⁵⁰. Let
# the loss be (h − 1)², best at w = 1, and start at w = 1.1. Gradient descent with rate 0.001 takes one step.

# %%
w = torch.tensor(1.1, requires_grad=True)
loss = (w**50 - 1) ** 2
loss.backward()
exploded = w.grad.item()
after_step = w.item() - 0.001 * exploded
print(f"slope {exploded:.1e}; w after one step: {after_step:,.0f}")
before = clip_grad_norm_([w], max_norm=1.0).item()
after_clip = w.item() - 0.001 * w.grad.item()
print(f"clipped to length {w.grad.item():.0f}: w after one step: {after_clip:.3f}")

# %% [markdown]
# The gradient is right; the step is absurd, since the slope holds on a stretch far shorter than the step. **Clipping**
# keeps the direction and limits the length: if all gradients together are longer than `max_norm`, they are scaled down
# to it. It is one line between `backward` and `step`, and its return value, the length before, is worth logging.
#
# Clipping cures explosion only. A vanished gradient can't be scaled up: what arrives of step 1 is buried under the
# gradient of the last steps.

# %% [markdown]
# ## 5. Forecast CO₂
#
# Now the question of the beginning. From each month of the test on which a year follows, forecast 12 months: 49 places
# to start, called *rolling origins*. The score is the mean absolute error, in ppm. A forecaster is a function that gets
# the months before an origin and nothing else.

# %%
origins = range(known, len(series) - 11)


def misses(forecaster):
    """Return the absolute errors (ppm) of the forecasts from all origins, (49, 12)."""
    return np.stack([np.abs(forecaster(series[:t]) - series[t : t + 12]) for t in origins])


def error(forecaster):
    """Return the mean absolute error (ppm) of 12-month forecasts from all origins."""
    return misses(forecaster).mean()


split = TimeSeriesSplit(n_splits=5, test_size=12)
starts = [int(test[0]) for _, test in split.split(series)]
print(f"{len(origins)} origins; every twelfth is scikit-learn's TimeSeriesSplit:", starts == list(origins)[::12])

# %% [markdown]
# The baselines come first. Four are rules without training. The fifth is linear regression from the last 24 monthly
# *changes* to the total change after 1, 2, … 12 months. It is fitted on the months before the test, and then left alone.

# %%
changes = np.diff(series[:known])
mean, deviation = changes.mean(), changes.std()


def examples(values, past=24, horizon=12):
    """Return windows (n, past) and what followed them (n, horizon)."""
    windows = sliding_window_view(values, past + horizon)
    return windows[:, :past], windows[:, past:]


questions, answers = examples((changes - mean) / deviation)
totals = answers.cumsum(axis=1)


def from_changes(predict):
    """Return a forecaster made of a function from 24 scaled changes (1, 24) to 12 scaled totals (1, 12)."""

    def forecaster(history):
        scaled = (np.diff(history[-25:]) - mean) / deviation
        return history[-1] + predict(scaled[None])[0] * deviation + mean * np.arange(1, 13)

    return forecaster


# %%
from_linear = from_changes(LinearRegression().fit(questions, totals).predict)
errors = {
    "last value": [error(lambda h: np.full(12, h[-1]))],
    "same month last year": [error(lambda h: h[-12:])],
    "… plus last year's mean rise": [error(lambda h: h[-12:] + h[-12:].mean() - h[-24:-12].mean())],
    "… plus the rise since this month": [error(lambda h: h[-12:] + h[-1] - h[-13])],
    "linear regression": [error(from_linear)],
}
for name, (ppm,) in errors.items():
    print(f"{ppm:.2f} ppm   {name}")

# %% [markdown]
# The rule that most reports forget, the same month last year, is a third better than the last value, and a rise on
# top nearly halves it again. Only now the networks: 32 units, the same questions and answers as the linear model. How
# long to train? The test must not decide that. The last five years *before* it do: train on what came earlier.

# %%
earlier = changes[:-60]
rows, ahead = examples((changes - earlier.mean()) / earlier.std())
x, y = (torch.tensor(part, dtype=torch.float32, device=device) for part in (rows[..., None], ahead.cumsum(axis=1)))
old, recent = slice(0, len(x) - 71), slice(len(x) - 60, None)  # 11 rows between, whose answers lie in both

torch.manual_seed(0)
model = Recurrent(nn.RNN, 1, 12).to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
curve = {"training": [], "validation": []}
for _ in range(120):
    for batch in torch.randperm(len(x[old])).split(128):
        optimizer.zero_grad()
        mse_loss(model(x[old][batch]), y[old][batch]).backward()
        optimizer.step()
    for name, part in (("training", old), ("validation", recent)):
        curve[name].append(mse_loss(model(x[part]), y[part]).item())

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for (name, losses), color in zip(curve.items(), ("C0", "C1"), strict=True):
    ax.semilogy(range(1, 121), losses, color=color)
    ax.text(122, losses[-1], name, color=color, va="center")
ax.axvline(60, color="0.5", linestyle="--", linewidth=1)
ax.set(xlabel="epoch", ylabel="mean squared error (scaled)", xlim=(0, 146))
ax.set_yticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
ax.minorticks_off()
ax.set_title("At 60 epochs the validation has stopped falling")
plt.show()

# %% [markdown]
# So 60 epochs, for all three kinds, on all months before the test. Validation stays above training: the recent years are
# harder, or the network knows the old ones too well. The loop is lesson 02's `fit`. Three seeds each.


# %%
def trained(layer, x, y, epochs=60, seed=0):
    """Return a trained network as a function of arrays, (n, past) to (n, outputs)."""
    torch.manual_seed(seed)
    model = Recurrent(layer, 1, y.shape[1]).to(device)
    x, y = (torch.tensor(part, dtype=torch.float32, device=device) for part in (x[..., None], y))
    fit(model, x, y, epochs=epochs, lr=0.01, batch_size=128, loss=mse_loss, seed=seed)

    @torch.no_grad()
    def predict(new):
        return model(torch.tensor(new[..., None], dtype=torch.float32, device=device)).cpu().numpy()

    return predict


networks = {}
for name, layer in (("RNN", nn.RNN), ("GRU", nn.GRU), ("LSTM", nn.LSTM)):
    networks[name] = [trained(layer, questions, totals, seed=seed) for seed in range(3)]
    errors[name] = [error(from_changes(predict)) for predict in networks[name]]

# %%
fig, ax = plt.subplots(figsize=(8, 3.6))
for row, (name, ppm) in enumerate(reversed(errors.items())):
    network = name in networks
    ax.plot(ppm, [row] * len(ppm), "o", color="C1" if network else "C0")
    ax.text(max(ppm) + 0.05, row, f"{np.mean(ppm):.2f}", va="center", color="C1" if network else "C0")
ax.set_yticks(range(len(errors)), reversed(errors))
ax.set(xlabel="mean absolute error over 12 months (ppm)", xlim=(0, 2.9))
ax.set_title("The networks beat every rule, and a linear model by little")
plt.show()

# %% [markdown]
# Read it soberly. The three networks err about half as much as the rule with last year's mean rise, and a third less
# than the best rule, but hardly less than the linear model. Gates don't help: 24 months are a short way. Is the small
# lead over the linear model a lead at all? Compare the two origin by origin.

# %%
by_origin = {
    "linear": misses(from_linear).mean(axis=1),
    "RNN": np.mean([misses(from_changes(predict)).mean(axis=1) for predict in networks["RNN"]], axis=0),
}
share_won = (by_origin["RNN"] < by_origin["linear"]).mean()
together = np.corrcoef(by_origin["RNN"], by_origin["linear"])[0, 1]
fig, ax = plt.subplots(figsize=(4.6, 4.2))
ax.plot(by_origin["linear"], by_origin["RNN"], "o", color="C1", alpha=0.7)
ax.axline((0.5, 0.5), slope=1, color="0.5", linestyle="--", linewidth=1)
ax.text(0.3, 1.3, "RNN worse", color="0.3")
ax.text(1.1, 0.3, "RNN better", color="0.3")
ax.set(xlabel="linear regression (ppm)", ylabel="RNN, mean of 3 seeds (ppm)", xlim=(0, 1.6), ylim=(0, 1.6))
ax.set_title("The year decides, not the model")
plt.show()

# %% [markdown]
# Each point is an origin. They lie along the diagonal, on both sides: years that are hard for one are hard for the
# other. Forecasts from neighboring origins share up to eleven months, so these 49 points are worth about five. That is no
# proof for the network, and ten times the compute would not give one: 466 months are few. Report a network *with* the
# linear model beside it.
#
# ## 6. How it fails
#
# **(a) The level that was never there.** Why not forecast the level itself? The same network, scaled by the training
# months, but on ppm instead of changes.

# %%
middle, spread = series[:known].mean(), series[:known].std()
on_levels = trained(nn.RNN, *examples((series[:known] - middle) / spread))


def from_levels(history):
    return on_levels((history[None, -24:] - middle) / spread)[0] * spread + middle


level_error = error(from_levels)
print("worse than repeating the last value:", level_error > errors["last value"][0])

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
ax.plot(monthly.index[known - 36 :], series[known - 36 :], color="0.5", linewidth=1)
for t in origins[::12]:
    ax.plot(monthly.index[t : t + 12], from_levels(series[:t]), color="C5")
    ax.plot(monthly.index[t : t + 12], from_changes(networks["RNN"][0])(series[:t]), color="C0")
ax.text(monthly.index[-14], 373.6, "from changes", color="C0", ha="right")
ax.text(monthly.index[-4], 363.2, "from levels", color="C5", ha="right")
ax.axhline(series[:known].max(), color="0.5", linestyle="--", linewidth=1)
ax.set(xlabel="year", ylabel="CO₂ (ppm)", title="Trained on levels, it stays behind at those it knows")
plt.show()

# %% [markdown]
# States lie between −1 and 1, so the answers are bounded too, and beyond the levels of the training nothing was ever
# learned. Changes repeat, levels don't. Take differences of a series that drifts.
#
# **(b) Three leaks.** A test in time is passed by whoever may look ahead. First leak: scaling by statistics of the
# *whole* series. A leak can be tested: change the future, and see whether the inputs of the past change.


# %%
def scaled_by_all(values):
    return (values - values.mean()) / values.std()


def scaled_by_known(values):
    return (values - values[:known].mean()) / values[:known].std()


other_future = series.copy()
other_future[known:] += 20
leaks = {}
for scale in (scaled_by_all, scaled_by_known):
    leaks[scale.__name__] = not np.allclose(scale(series)[:known], scale(other_future)[:known])
    print(f"{scale.__name__:16} the future reaches the training inputs: {leaks[scale.__name__]}")

# %% [markdown]
# Second leak: shuffling. Windows overlap, so a random split puts a window's neighbors, shifted by a month, into the
# training. A model that only looks up the most similar window, `KNeighborsRegressor(1)`, shows how much that is worth.

# %%
x, y = examples(series)
lookup = KNeighborsRegressor(1)
parts = train_test_split(x, y, test_size=len(origins), random_state=0)
shuffled = np.abs(lookup.fit(parts[0], parts[2]).predict(parts[1]) - parts[3]).mean()
cut = len(x) - len(origins)
in_time = np.abs(lookup.fit(x[: cut - 11], y[: cut - 11]).predict(x[cut:]) - y[cut:]).mean()
print(f"error of the lookup, shuffled: {shuffled:.1f} ppm; in time: {in_time:.1f} ppm")

# %% [markdown]
# The lookup has no idea of a rise, and the shuffled split makes it look useful. Third leak: an answer that overlaps its
# question, as when a window ends with the month to be forecast, or a "12-month mean" is centered. The check of
# exercise 1 looks for it.
#
# ## 7. Text, and lengths that differ
#
# Sentences in a batch have different lengths and are padded. The state after the *padding* isn't the state after the
# sentence. Below, sentence 2 has 3 steps and 5 of padding; its own run is the truth.

# %%
torch.manual_seed(0)
layer, lengths = nn.GRU(3, 8, batch_first=True), torch.tensor([8, 3])
batch = torch.randn(2, 8, 3)
batch[1, 3:] = 0
states = layer(batch)[0]
alone = layer(batch[1:, :3])[0][0, -1]
ways = {
    "last place": states[1, -1],
    "place length − 1": states[torch.arange(2), lengths - 1][1],
    "packed": layer(pack_padded_sequence(batch, lengths, batch_first=True))[1][0, 1],
}
agrees = {name: torch.allclose(state, alone, atol=1e-6) for name, state in ways.items()}
for name, right in agrees.items():
    print(f"{name:17} the state after the sentence: {right}")

# %% [markdown]
# Zeros are inputs, and they move the state. Pick the state at length − 1, or pack the batch, so that padding is never
# read. A loss for each step needs a mask as well (exercise 4).
#
# Language models answer *one* step, and read their own answer to make the next. In training they read the true previous
# step instead: **teacher forcing**. What changes when nobody corrects them? An RNN for one month, asked for twelve.

# %%
one_step = trained(nn.RNN, *examples((changes - mean) / deviation, horizon=1))
scaled = (np.diff(series) - mean) / deviation
truth = np.stack([scaled[t - 1 : t + 11] for t in origins])  # changes from month t − 1 to t, and so on
corrected = alone_now = np.stack([scaled[t - 25 : t - 1] for t in origins])
ahead = {"fed the truth": [], "fed its own answers": []}
total = 0
for month in range(12):
    answer, guess = one_step(corrected[:, -24:])[:, 0], one_step(alone_now[:, -24:])[:, 0]
    total = total + guess - truth[:, month]
    ahead["fed the truth"].append(np.abs(answer - truth[:, month]).mean() * deviation)
    ahead["fed its own answers"].append(np.abs(total).mean() * deviation)
    corrected, alone_now = np.c_[corrected, truth[:, month]], np.c_[alone_now, guess]
ahead["twelve at once"] = misses(from_changes(networks["RNN"][0])).mean(axis=0)

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for (name, ppm), color in zip(ahead.items(), ("C0", "C1", "C2"), strict=True):
    ax.plot(range(1, 13), ppm, marker="o", color=color)
    ax.text(12.2, ppm[-1], name, color=color, va="center")
ax.set(xlabel="months ahead", ylabel="error of the level (ppm)", xlim=(0.5, 16), ylim=(0, None), xticks=range(1, 13))
ax.set_title("Nobody corrects a forecast: its errors add up")
plt.show()

# %% [markdown]
# In training the network saw nothing but the lowest curve; a user gets the one above. Its own answers are inputs that
# it never met, and their errors stay in the level. Answering all twelve months at once, as in section 5, avoids
# the first trouble, but not the second: months far ahead are less sure, whoever forecasts. A band around a forecast
# must grow (exercise 5).

# %% [markdown]
# ## In practice
#
# - Put "the same month last year, plus a rise" and a linear model into every report on a forecast.
# - Forecast changes, or ratios, of a series that drifts. Scale by the past only. Never shuffle before you split.
# - Give an LSTM's forget gate a positive bias when the past is long, and clip the gradient.
# - For language, attention has replaced recurrence (lesson 09): it reads all steps at once and trains in parallel.
#   Recurrence, and its relatives called *state-space models*, stay where a small state must run forever: on a sensor,
#   or on a stream.

# %% [markdown]
# ## Check yourself
#
# **1. A default LSTM failed at 50 steps, because …**
#
# - (a) LSTMs can't remember that long
# - (b) it has too few units
# - (c) its forget gate starts near ½, and ½⁵⁰ is about 10⁻¹⁵
# - (d) tanh saturates
#
# <details><summary>Answer</summary>
#
# **(c)**. No gradient from step 1 arrives, so nothing tells the gate to open. (a) With another bias the same LSTM did
# it. (b) 32 units hold eight symbols easily, as they did over 10 steps. (d) The memory's path through time has no tanh.
# </details>

# %% [markdown]
# **2. Which baseline must a monthly forecast beat first?**
#
# - (a) zero
# - (b) the mean of the training
# - (c) the last value only
# - (d) the same month last year
#
# <details><summary>Answer</summary>
#
# **(d)**, and with a rise on top if the series rises. (a) and (b) are far off for anything that drifts. (c) ignores the
# wave, so a model that has learned nothing but the calendar beats it.
# </details>

# %% [markdown]
# **3. Scaling with the mean of the whole series …**
#
# - (a) leaks the future into the training
# - (b) is harmless, since a mean is only one number
# - (c) is required, so that training and test have the same scale
# - (d) matters for images only
#
# <details><summary>Answer</summary>
#
# **(a)**. Change the future, and the inputs of the past change: section 6 tested it. (b) That number says how high the
# test lies. (c) Same scale, yes: the one of the past, for both. (d) Series suffer most, since their future differs from
# their past.
# </details>

# %% [markdown]
# ## In short
#
# - A recurrent network applies one cell at every step, and carries a state. It reads any length with the same weights.
# - Through time, gradients are multiplied: below 1 they vanish, above 1 they explode. Clipping helps against the second.
# - A gated memory is multiplied by its forget gate alone. Its bias decides whether there is a memory to learn with.
# - On CO₂ the networks beat seasonal rules clearly and a linear model by little; on raw levels they lose to the last
#   value.
# - Leaks in time: scaling by the whole, shuffling windows, answers that overlap questions.

# %% [markdown]
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/08_recurrent_networks.ipynb): windows, a GRU, the memory of a linear
# network, a loss for padded text, and a forecast with a band. Then lesson 09 lets every step look at every other one
# directly.

# %% tags=["claims"]
assert (len(series), missing) == (526, 5) and abs(series[:known].max() - 365.3) < 0.1
assert (series[known:] > series[:known].max()).mean() > 0.6
assert max(rnn_gap, lstm_gap) < 1e-6 and streams == [True, False] and times == 4
assert noticed == {"batch_first=True": [True, False, False, False], "left out": [True] * 4}
assert curves[0.5][0] < 1e-12 and curves[0.9][0] < 1e-2 < curves[1.0][0] and curves[1.5][0] > 3
assert memory[0] < 1e-8 and min(memory[3], memory[5]) > 0.5 and 4e8 < 1.5**49 < 5e8
assert np.mean(recalled["RNN"][50]) < 0.4 and np.mean(recalled["LSTM, as torch makes it"][50]) < 0.3
assert max(recalled["LSTM, forget bias 5"][50]) > 0.8 and np.mean(recalled["LSTM, forget bias 5"][50]) > 0.5
assert all(max(shares[10]) > 0.8 for shares in recalled.values())
assert exploded > 1e6 and after_step < -1000 and abs(after_clip - 1.099) < 1e-4 and before > 1e6
last, same_month, mean_rise, rise, linear = (errors[name][0] for name in list(errors)[:5])
assert last > 2.5 and same_month < 0.7 * last and mean_rise < 0.6 * same_month and rise < mean_rise and linear < 0.6
for name in networks:
    assert 0.85 < np.mean(errors[name]) / linear < 1.06 and np.mean(errors[name]) < min(0.6 * mean_rise, 0.76 * rise)
assert level_error > last and leaks == {"scaled_by_all": True, "scaled_by_known": False}
assert shuffled < 0.5 * in_time and 0.2 < share_won < 0.9 and together > 0.5
assert 0.8 < np.mean(curve["validation"][100:]) / np.mean(curve["validation"][50:70]) < 1.2
assert curve["validation"][0] > 5 * curve["validation"][60] and np.mean(curve["validation"][100:]) > np.mean(
    curve["training"][100:]
)
assert kept_apart["LSTM, as torch makes it"] < 1e-3 and kept_apart["LSTM, forget bias 5"] > 0.05
assert 0.02 < (1 / (1 + np.exp(-5))) ** 500 < 0.04
assert agrees == {"last place": False, "place length − 1": True, "packed": True}
assert ahead["fed its own answers"][-1] > 1.5 * ahead["fed the truth"][-1]
assert ahead["twelve at once"][-1] > 1.2 * ahead["twelve at once"][0]
