# /// lesson
# minutes = 60
# exercise_minutes = 95
# needs = ["03_deep_learning/03_training_that_works", "03_deep_learning/08_recurrent_networks"]
# seconds = 25
# memory_mb = 1000
# ///

# %% [markdown]
# # Let every token look
#
# **Why.** A recurrent network plays a game of whispers: what the first word said reaches the fiftieth only through
# forty-nine retellings. How much of it is left? And if every position could read every other one *directly*, how would
# it know where they stand?
#
# **You will**
# - derive scaled dot-product attention, and say what goes wrong without the scale;
# - write multi-head attention and an encoder block that return torch's own numbers;
# - use masks in both of torch's conventions, and test that nothing leaks;
# - show that attention is blind to order, and choose among three cures;
# - say what attention costs, and where it loses to a smaller model.
#
# **You need** lessons 03 (training that works) and 08 (recurrent networks) of this phase; 60 minutes. The lists of
# digits are generated, uniformly at random; the pictures in section 7 are real handwriting.

# %% [markdown]
# First, the loss to explain. An untrained LSTM, initialized the way torch does it, reads 50 random vectors, and
# autograd says how strongly its last output reacts to each of them. Compare the first with the last.

# %%
import math

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from torch.utils.benchmark import Timer

plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"


# %%
def influence(layer, x):
    """Return how strongly each output (row) reacts to each input (column) of one sequence `x` (n, width)."""
    jacobian = torch.autograd.functional.jacobian(lambda x: layer(x[None])[0], x)  # (outputs, width, n, width)
    return jacobian.norm(dim=(1, 3))


torch.manual_seed(0)
lstm, sequence = nn.LSTM(32, 32, batch_first=True), torch.randn(50, 32)
through_lstm = influence(lambda x: lstm(x)[0][:, -1:], sequence)[0]
print(f"influence of input 1 on output 50, relative to input 50: {through_lstm[0] / through_lstm[-1]:.0e}")

# %% [markdown]
# No optimizer finds a signal that small. The path from input 1 to output 50 has 49 steps, and every step multiplies.
# This lesson makes every path one step long.
#
# ## 1. A dictionary that takes fuzzy keys
#
# A Python dictionary returns the value whose key *equals* the query, or raises `KeyError`. Attention compares the query
# with *all* keys and returns a blend of all values. Here six words carry four features, written by hand, not learned;
# `asks` says what a word with that feature looks for. Whom does `he` find?

# %%
words = ["Ada", "met", "Bob", "before", "he", "left"]
#                         name  male  action  pronoun
features = torch.tensor([[1.0, 0.0, 0.0, 0.0],   # Ada
                         [0.0, 0.0, 1.0, 0.0],   # met
                         [1.0, 1.0, 0.0, 0.0],   # Bob
                         [0.0, 0.0, 0.0, 0.0],   # before
                         [0.0, 1.0, 0.0, 1.0],   # he
                         [0.0, 0.0, 1.0, 0.0]])  # left  # fmt: skip
asks = torch.tensor([[0.0, 0.0, 3.0, 0.0],   # a name asks for an action
                     [0.0, 0.0, 0.0, 0.0],   # "male" asks for nothing
                     [3.0, 0.0, 0.0, 3.0],   # an action asks for whoever took part
                     [4.0, 3.0, 0.0, 0.0]])  # a pronoun asks for a name, and for "male"  # fmt: skip
query, key, value = features @ asks, features, features
weights = (query @ key.T).softmax(dim=-1)
print("he looks at:", {word: f"{weight:.2f}" for word, weight in zip(words, weights[4], strict=True)})

# %% [markdown]
# `he` spends 0.93 of its attention on `Bob`. Below are all six rows, one word's question each. Look for a word that
# asks nothing, and for two rows that are the same.


# %%
def heat_map(ax, values, rows, columns, title):
    """Draw a matrix with its numbers written in."""
    ax.imshow(values, vmin=0, vmax=1, aspect="auto")
    for (i, j), number in np.ndenumerate(np.asarray(values)):
        color = "black" if number > 0.6 or np.isnan(number) else "white"
        ax.text(j, i, "n/a" if np.isnan(number) else f"{number:.2f}", ha="center", va="center", color=color)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_title(title)
    ax.grid(False)


fig, ax = plt.subplots(figsize=(6, 3.6))
heat_map(ax, weights, words, words, "“he” reads Bob, but Bob doesn't read “he”")
ax.set(xlabel="looks at", ylabel="word")
plt.show()

# %% [markdown]
# The table isn't symmetric: what a word asks (query) and what it offers (key) are different vectors. `before` asks
# nothing, yet its weights sum to 1 like everyone's; nobody can look at nobody. And `met` and `left` read exactly the
# same, since nothing says who stands where. Section 6 comes back to that.
#
# ## 2. Why the scores are divided by √d
#
# A score is a sum of d products, so if coordinates have variance 1, scores have variance d; and softmax turns
# *differences* of scores into *ratios* of weights. Watch two things for 64 keys: entropy (ln 64 = 4.16 if all get the
# same weight, 0 if one gets all), and the slope that is left to learn from, w(1 − w) for a weight w, in sum 1 − Σw².

# %%
generator = torch.Generator().manual_seed(0)
slopes = {}
print("                      entropy            median slope\n   d   variance   unscaled  scaled   unscaled   scaled")
for d in (4, 64, 1024):
    q, keys = torch.randn(500, d, generator=generator), torch.randn(64, d, generator=generator)
    scores, entropy = q @ keys.T, []
    for logits in (scores, scores / math.sqrt(d)):
        w = logits.softmax(dim=-1)
        entropy.append(-torch.special.xlogy(w, w).sum(dim=-1).mean())
        slopes[d] = (*slopes.get(d, ()), (1 - (w**2).sum(dim=-1)).median().item())
    variance = f"{scores.var() / d:.1f} × d"
    print(f"{d:4d}   {variance:8s}   {entropy[0]:8.2f}  {entropy[1]:6.2f}   {slopes[d][0]:8.4f}   {slopes[d][1]:6.2f}")

# %% [markdown]
# Unscaled and 1,024 wide, the typical query has put all but a ten-thousandth on one key before any training, and hardly
# any gradient can tell it to look elsewhere. Dividing by √d brings the variance of the scores back to 1 at every width.
# That completes the operation; `allowed` is True where a query *may* look.


# %%
def attention(q, k, v, allowed=None):
    """Return the blend of `v` for each query, and the weights (..., queries, keys)."""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -math.inf)
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


def gap(a, b):
    """Return the largest difference between two tensors."""
    return (a - b).abs().max().item()


q, k, v = torch.randn(3, 2, 6, 32, generator=generator)
attention_gap = gap(attention(q, k, v)[0], scaled_dot_product_attention(q, k, v))
print("agrees with scaled_dot_product_attention to 2e-6:", attention_gap < 2e-6)

# %% [markdown]
# ## 3. Several questions at once: heads
#
# One softmax has one unit of attention to spend, so a word that needs its verb *and* its owner gets a mixture. Instead,
# cut the width into heads: each asks its own question with its own share of the vector, and a last linear layer joins
# the answers. `turn` does nothing until section 6.


# %%
class MultiHead(nn.Module):
    def __init__(self, width, heads, turn=None):
        super().__init__()
        self.heads, self.turn = heads, turn or nn.Identity()
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x, allowed=None):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        mixed, weights = attention(self.turn(q), self.turn(k), v, allowed)  # both (batch, heads, n, ...)
        self.weights = weights.detach()
        return self.out(mixed.transpose(1, 2).flatten(2))


# %% [markdown]
# To compare it with `nn.MultiheadAttention`, copy the parameters over. Torch starts the biases at 0, where a mistake in
# them can't show, so all parameters are made random first. The second part asks what more heads cost.

# %%
torch.manual_seed(0)
theirs, mine, x = nn.MultiheadAttention(32, 4, batch_first=True), MultiHead(32, 4), torch.randn(2, 6, 32)
for own, given in zip(mine.parameters(), theirs.parameters(), strict=True):
    nn.init.normal_(given, std=0.2)
    own.data.copy_(given)
output, their_weights = theirs(x, x, x, average_attn_weights=False)
head_gaps = gap(mine(x), output), gap(mine.weights, their_weights)
print("outputs agree to 1e-5:", head_gaps[0] < 1e-5)
print("weights of every head agree to 1e-5:", head_gaps[1] < 1e-5)

for heads in (1, 8):
    layer = MultiHead(64, heads)
    layer(torch.zeros(1, 128, 64))
    parameters, products = sum(p.numel() for p in layer.parameters()), heads * 128**2 * (64 // heads)
    print(f"heads={heads}: {parameters:,} parameters, {products:,} products, {layer.weights.numel():,} weights kept")

# %% [markdown]
# Eight heads cost the same parameters and the same products for the scores of 128 tokens: heads split the width, they
# don't multiply the work. What does grow is the table of weights, one n×n square for each head.
#
# Now the opening question. The same 50 vectors and the same measurement, this time through untrained attention. The
# axis is logarithmic.

# %%
torch.manual_seed(0)
layer = MultiHead(32, 4)
through_attention = influence(lambda x: layer(x)[:, -1:], sequence)[0]
fig, ax = plt.subplots()
for name, curve, color, dy in (("attention", through_attention, "C0", -18), ("LSTM", through_lstm, "C5", -4)):
    ax.semilogy(range(1, 51), curve / curve[-1], color=color)
    ax.annotate(name, (30, curve[29] / curve[-1]), xytext=(10, dy), textcoords="offset points", color=color)
ax.set(xlabel="input position", ylabel="influence on output 50\n(that of input 50 = 1)", ylim=(1e-11, 10))
ax.set_title("Attention hears input 1 as well as input 49")
plt.show()

# %% [markdown]
# Input 1 counts about as much as input 49. (Input 50 counts for more, since it also asks the question.) Distance costs
# nothing, which is the gift and the trouble: attention must be *told* whom to ignore (section 4) and where everyone
# stands (section 6).
#
# ## 4. Masks, in two opposite conventions
#
# A model that predicts the next token must not see it. **Predict before you run.** `past` is True on and below the
# diagonal. You pass it as `attn_mask` to `nn.MultiheadAttention` and to `scaled_dot_product_attention`. Will (a) both
# look at the past, (b) both look at the future, or (c) each do the opposite of the other? (With the identity matrix as
# values, the second returns its weights.)

# %%
past = torch.ones(4, 4, dtype=torch.bool).tril()
four, (q, k) = x[:1, :4], torch.randn(2, 1, 4, 8, generator=generator)
_, module_weights = theirs(four, four, four, attn_mask=past)
function_weights = scaled_dot_product_attention(q, k, torch.eye(4)[None], attn_mask=past)
for name, table in (("nn.MultiheadAttention", module_weights), ("scaled_dot_product_attention", function_weights)):
    print(name)
    for row in table[0]:
        print("   ", *(f"{w:5.2f}" for w in row))

# %% [markdown]
# (a) is tempting, since the argument has the same name. It is (c). In the module True means *may not look*: token 1 saw
# only what comes after it, and token 4, allowed nobody, became `nan`. In the function True means *may look*.
#
# That mistake shouted. The reverse one is silent, and this test catches both: change the last token and see whether an
# earlier output notices.


# %%
def leaks(layer):
    """Return whether any output but the last reacts to the last token."""
    changed = four.clone()
    changed[:, -1] += 1.0
    return gap(layer(four)[:, :-1], layer(changed)[:, :-1]) > 1e-6


leaking = {}
for name, mask in (("True on the past  ", past), ("True on the future", ~past)):
    module = leaks(lambda x, mask=mask: theirs(x, x, x, attn_mask=mask)[0])
    function = leaks(lambda x, mask=mask: scaled_dot_product_attention(x, x, x, attn_mask=mask))
    leaking[name.split()[-1]] = module, function
    print(f"{name}   module leaks: {module!s:5}   function leaks: {function}")
causal_gap = gap(mine(four, past), theirs(four, four, four, attn_mask=~past)[0])
print("causal, by hand and the module, agree to 1e-5:", causal_gap < 1e-5)

# %% [markdown]
# A row in which *everything* is masked needs its own look, because real batches have them: an empty document, padding
# in front. The same question to four callers: is there a `nan`? And does it help to leave such a row out of the loss?

# %%
nobody = torch.zeros(4, 4, dtype=torch.bool)
empty = {
    "by hand": attention(four, four, four, nobody)[0],
    "function": scaled_dot_product_attention(four, four, four, nobody),
    "module": theirs(four, four, four, attn_mask=~nobody)[0],
    "module, need_weights=False": theirs(four, four, four, attn_mask=~nobody, need_weights=False)[0],
}
for name, result in empty.items():
    print(f"{name:27s} nan: {result.isnan().any().item()}")

output, _ = theirs(four, four, four, attn_mask=past)  # only row 4 may look at nobody
output[:, :3].sum().backward()
nan_share = theirs.in_proj_weight.grad.isnan().float().mean().item()
print(f"loss without row 4: {nan_share:.0%} of the gradients are nan")

# %% [markdown]
# The function returns zeros, and so does the module once you stop asking for its weights, because it then calls the
# function. A flag meant for looking changes the result. Leaving the row out of the loss doesn't help, because 0 · `nan`
# is `nan`: one such row spoils every gradient. Decide yourself, before the softmax, what an empty row should give.
#
# ## 5. The encoder block
#
# Attention moves information *between* positions and does little else. A block adds a small network that treats each
# position *alone*, a residual path around both, and LayerNorm: before each part (pre-norm, today's habit) or after it
# (post-norm, the paper of 2017).


# %%
class Block(nn.Module):
    def __init__(self, width, heads, hidden=64, norm_first=True, turn=None):
        super().__init__()
        self.norm_first, self.attend = norm_first, MultiHead(width, heads, turn)
        self.think = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x):
        if self.norm_first:
            x = x + self.attend(self.norm1(x))
            return x + self.think(self.norm2(x))
        x = self.norm1(x + self.attend(x))
        return self.norm2(x + self.think(x))


# %% [markdown]
# Its parameters stand in the order of torch's, so one loop copies them. Both variants must agree, with random biases
# and norms.

# %%
block_gaps = []
for norm_first in (True, False):
    layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True, norm_first=norm_first)
    block = Block(32, 4, norm_first=norm_first)
    for own, given in zip(block.parameters(), layer.parameters(), strict=True):
        nn.init.normal_(given, std=0.2)
        own.data.copy_(given)
    block_gaps.append(gap(block(x), layer(x)))
    print(f"norm_first={norm_first!s:5}  agrees with nn.TransformerEncoderLayer to 1e-5:", block_gaps[-1] < 1e-5)

# %% [markdown]
# ## 6. Where am I?
#
# Run the block on six tokens, then on the same tokens shuffled. Is the second result the first one, shuffled?

# %%
order = torch.tensor([3, 0, 5, 1, 4, 2])
shuffle_gap = gap(block(x[:, order]), block(x)[:, order])
print("shuffled input gives the shuffled output, to 1e-5:", shuffle_gap < 1e-5)

# %% [markdown]
# A block sees a *bag* of vectors. **Predict before you run.** A model must sort ten random digits. The answer doesn't
# depend on the order of the input at all. Does the model need positions?
#
# Three tasks for this section: sort a list, reverse it, and name the digit three places *back* (the loss skips −100,
# where there is none).


# %%
tasks = {
    "sort": lambda x: x.sort(dim=1).values,
    "reverse": lambda x: x.flip(1),
    "three back": lambda x: torch.cat([torch.full_like(x[:, :3], -100), x[:, :-3]], dim=1),
}


def lists(task, steps, length=10, size=32, seed=0):
    """Yield `steps` batches of random digits and the right answers."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        digits = torch.randint(10, (size, length), generator=generator)
        yield digits, tasks[task](digits)


# %% [markdown]
# The model: an embedding, a vector for each place (or none) added to it, one block, a linear reader. `right` will grade
# it on new lists.


# %%
class Transformer(nn.Module):
    def __init__(self, embed, places=None, heads=2, turn=None):
        super().__init__()
        self.embed, self.places, self.block = embed, places, Block(32, heads, turn=turn)
        self.read = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.embed(x)
        return self.read(self.block(x if self.places is None else x + self.places[: x.shape[1]]))


@torch.no_grad()
def right(model, task, length=10):
    """Return which digits of 1,000 new lists come out right (lists, places), where there is an answer."""
    inputs, targets = next(lists(task, 1, length, size=1000, seed=1))
    return (model(inputs.to(device)).argmax(dim=-1).cpu() == targets)[:, targets[0] != -100].float()


# %% [markdown]
# The loop is that of lesson 03. All axes but the last are flattened, so it serves for one answer to each token and,
# later, for one to each picture.


# %%
def train(model, batches, rate=5e-3):
    """Train `model` in place on (inputs, targets); return the losses."""
    optimizer, losses = torch.optim.Adam(model.to(device).parameters(), lr=rate, fused=True), []
    for inputs, targets in batches:
        loss = cross_entropy(model(inputs.to(device)).flatten(0, -2), targets.to(device).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% [markdown]
# Two sorters, 250 steps each, the second without places. Their answers to one list, in which 4 is the most frequent
# digit:


# %%
def learned(places=10, std=0.5):
    """Return a trainable vector for each place."""
    return nn.Parameter(torch.randn(places, 32) * std)


sorters = {}
for name in ("with places", "without places"):
    torch.manual_seed(0)
    sorters[name] = Transformer(nn.Embedding(10, 32), learned() if name == "with places" else None)
    train(sorters[name], lists("sort", 250))
example = torch.tensor([[7, 4, 1, 4, 9, 4, 0, 4, 8, 4]], device=device)
for name, model in sorters.items():
    print(f"{name:15s}", *model(example).argmax(dim=-1)[0].tolist())

# %% [markdown]
# "No" is the tempting answer, since sorting ignores order. But without places every output knows *which* digits the
# list has, and none knows whether it is the third or the tenth. The best it can say is the most frequent digit. How
# often is that right, and what is the loss of the best blind model? Count, on 200,000 random lists, and compare with
# the sorters.

# %%
shares = torch.tensor(np.random.default_rng(0).multinomial(10, [0.1] * 10, size=200_000) / 10)  # of digits in a list
blind_score = shares.max(dim=1).values.mean().item()
blind_loss = -torch.special.xlogy(shares, shares).sum(dim=1).mean().item()
print(f"best blind model: {blind_score:.3f} of the digits right, loss {blind_loss:.2f}")

by_place = {name: right(model, "sort").mean(dim=0) for name, model in sorters.items()}
fig, ax = plt.subplots()
for (name, curve), color in zip(by_place.items(), ("C0", "C5"), strict=True):
    ax.plot(range(1, 11), curve, marker="o", color=color)
    ax.annotate(name, (1, curve[0]), xytext=(0, -18), textcoords="offset points", color=color)
ax.axhline(blind_score, color="0.4", linestyle="--", linewidth=1)
ax.text(5.5, blind_score - 0.07, "best blind model, mean of all places", ha="center", color="0.3")
ax.set(xlabel="place in the sorted list", ylabel="share of digits right", ylim=(0, 1.05), xticks=range(1, 11))
ax.set_title("Sorting ignores the order of the input, not of the output")
plt.show()

# %% [markdown]
# The second sorter isn't badly trained: it is as good as a blind sorter can be. Remember its loss of 1.77: a run that
# waits *there* tells you what it lacks.
#
# Three cures. **Learned**: a trained vector for each place, as above. **Sinusoidal**: a fixed vector for each place,
# made of waves. **Rotary**: add nothing; turn each pair of coordinates of q and k by an angle proportional to the
# place.


# %%
def angles(places, width):
    """Return place × speed, one column for each pair of coordinates (places, width / 2)."""
    return torch.arange(places)[:, None] * 10_000.0 ** (-torch.arange(0, width, 2) / width)


def sinusoidal(places, width):
    """Return a fixed vector for each place."""
    a = angles(places, width)
    return nn.Parameter(torch.stack([a.sin(), a.cos()], dim=-1).flatten(1), requires_grad=False)


class Rotary(nn.Module):
    def __init__(self, places, width):
        super().__init__()
        a = angles(places, width)
        pairs = torch.stack([a.cos(), -a.sin(), a.sin(), a.cos()], dim=-1).unflatten(-1, (2, 2))
        self.register_buffer("turns", torch.stack([torch.block_diag(*one) for one in pairs]))  # (places, width, width)

    def forward(self, x):
        return torch.einsum("nij,...nj->...ni", self.turns[: x.shape[-2]], x)


# %% [markdown]
# Two facts to verify. A rotation is the exponential of a quarter turn, so torch's `matrix_exp` must give the same
# matrices. And a query and a key three places apart must get the same score wherever the pair stands.

# %%
rotary = Rotary(64, 8)
quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
speeds = torch.block_diag(*(speed * quarter for speed in angles(2, 8)[1].double()))
exponential = torch.matrix_exp(torch.arange(64, dtype=torch.float64)[:, None, None] * speeds)
rotary_gap = gap(rotary.turns, exponential)
print("agrees with torch.matrix_exp to 1e-5:", rotary_gap < 1e-5)

q, k = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
turned_q, turned_k = rotary(q.expand(64, 8)), rotary(k.expand(64, 8))
rotary_scores = [(turned_q[start] @ turned_k[start + 3]).item() for start in (0, 5, 50)]
print("scores at places (0, 3), (5, 8), (50, 53):", *(f"{score:.3f}" for score in rotary_scores))

# %% [markdown]
# Which cure for which task? Reversing asks about *places*: output 2 reads input 9. "Three back" asks about *distance*.
# Train every pair for 150 steps on lists of 10, then test on new lists of 10, and of 20, a length that none has seen
# (n/a: learned places have no eleventh vector).

# %%
cures = {"no places": dict, "learned": lambda: {"places": learned()},
         "sinusoidal": lambda: {"places": sinusoidal(20, 32)}, "rotary": lambda: {"turn": Rotary(20, 16)}}  # fmt: skip
cured = np.full((4, 4), np.nan)
for i, (name, cure) in enumerate(cures.items()):
    for j, task in enumerate(("reverse", "three back")):
        torch.manual_seed(0)
        model = Transformer(nn.Embedding(10, 32), **cure())
        train(model, lists(task, 150))
        cured[i, 2 * j] = right(model, task).mean()
        if name != "learned":  # it has no vector for place 11
            cured[i, 2 * j + 1] = right(model, task, length=20).mean()

fig, ax = plt.subplots(figsize=(7, 3))
columns = ["reverse\n10 digits", "reverse\n20 digits", "three back\n10 digits", "three back\n20 digits"]
heat_map(ax, cured, list(cures), columns, "Added vectors know the place, rotation knows the distance")
plt.show()

# %% [markdown]
# Rotary hardly reverses, since the distance it would need is another at every place. But it alone carries "three back"
# over to lists of 20, because a distance of 3 is the same there. Sinusoids have a value at place 15, but the model was
# never trained on it. What a word needs is mostly near it, so most language models rotate. (Far beyond their training
# length they fail too; this toy doesn't show that.)
#
# Reversing is a good place to look inside: one head, learned places, its weights averaged over 1,000 new lists.

# %%
torch.manual_seed(0)
reverser = Transformer(nn.Embedding(10, 32), learned(), heads=1)
train(reverser, lists("reverse", 200))
right(reverser, "reverse")
looks = reverser.block.attend.weights[:, 0].mean(dim=0).cpu()


def look(place):
    """Draw where one place of the reverser looks."""
    _, ax = plt.subplots(figsize=(7, 2.8))
    bars = ax.bar(range(1, 11), looks[place - 1], color=["C1" if i == place else "C0" for i in range(1, 11)])
    ax.bar_label(bars, [f"{w:.2f}" if w >= 0.05 else "" for w in looks[place - 1]])
    ax.set(xlabel="place it can look at (orange: itself)", ylabel="attention", ylim=(0, 1.15), xticks=range(1, 11))
    ax.set_title(f"To write output {place}, it reads input {int(looks[place - 1].argmax()) + 1}")
    plt.show()


look(2)

# %% [markdown]
# Nobody told it that output p needs input 11 − p. Move the slider: as you go right, the bar goes left.

# %% tags=["widget"]
_ = widgets.interact(look, place=widgets.IntSlider(value=2, min=1, max=10, description="place"))

# %% [markdown]
# ## 7. A picture is a sequence too
#
# Cut an 8×8 digit into 16 patches of 2×2 pixels, and you have 16 tokens of four numbers. The same class reads them, and
# its answer is the mean over the patches. First, a fact about what such a model knows: shuffle the patches of every
# picture, and the place vectors in the same way.


# %%
def patches(images):
    """Return images (n, 8, 8) as 16 patches of 4 pixels (n, 16, 4), row by row."""
    return images.reshape(-1, 4, 2, 4, 2).transpose(2, 3).reshape(-1, 16, 4)


class PatchTransformer(Transformer):
    def forward(self, x):
        return super().forward(x).mean(dim=1)


images, digits = (torch.tensor(array) for array in load_digits(return_X_y=True))
images = images.float().reshape(-1, 8, 8) / 16
torch.manual_seed(0)
reader, shuffle, some = PatchTransformer(nn.Linear(4, 32), learned(16)), torch.randperm(16), patches(images[:50])
before = reader(some)
reader.places.data = reader.places.data[shuffle]
jigsaw_gap = gap(reader(some[:, shuffle]), before)
print("a jigsaw gives the same answers, to 1e-5:", jigsaw_gap < 1e-5)

# %% [markdown]
# To this model a digit and its jigsaw are the same task: that neighboring patches belong together is something it has
# to *learn*. A convolution (lesson 05) has that built in. What is it worth? Train both on 100, 300 and 1,347 pictures;
# 450 more are the test, and logistic regression is the baseline.


# %%
def convolution():
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)),
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(128, 10)),
    )


@torch.no_grad()
def accuracy(model, x, y):
    return (model(x.to(device)).argmax(dim=1).cpu() == y).float().mean().item()


# %% [markdown]
# Both nets see the same pictures in the same order: 300 batches of 32, and 600 from the full set. For each we keep the
# accuracy on the pictures it has seen, and on the test.

# %%
known, test = train_test_split(np.arange(1797), test_size=450, random_state=0, stratify=digits)
steps = {100: 300, 300: 300, 1347: 600}
results = {"convolution": [], "logistic regression": [], "patch transformer": []}
for size in steps:
    seen = torch.tensor(known[:size])
    batches = torch.randint(size, (steps[size], 32), generator=torch.Generator().manual_seed(0))
    for name, view in (("convolution", images), ("patch transformer", patches(images))):
        torch.manual_seed(0)
        model = convolution() if name == "convolution" else PatchTransformer(nn.Linear(4, 32), learned(16), heads=4)
        train(model, ((view[seen[i]], digits[seen[i]]) for i in batches))
        results[name].append((accuracy(model, view[seen], digits[seen]), accuracy(model, view[test], digits[test])))
    linear = LogisticRegression(max_iter=1000).fit(images[seen].flatten(1), digits[seen])
    results["logistic regression"].append([linear.score(images[i].flatten(1), digits[i]) for i in (seen, test)])

# %% [markdown]
# Look at the left end, where data is scarce, and at the gap between the curves as you go right.

# %%
fig, ax = plt.subplots()
for (name, pairs), color, dy in zip(results.items(), ("C2", "C1", "C0"), (6, -5, -16), strict=True):
    curve = [tested for _, tested in pairs]
    ax.semilogx(list(steps), curve, marker="o", color=color)
    ax.annotate(f"{name} {curve[-1]:.2f}", (1347, curve[-1]), xytext=(8, dy), textcoords="offset points", color=color)
ax.set(xlabel="training pictures", ylabel="accuracy on 450 test pictures", xlim=(85, 7500), ylim=(0.6, 1.02))
ax.set_xticks(list(steps), ("100", "300", "1,347"))
ax.minorticks_off()
ax.set_title("The less data, the more a built-in idea is worth")
plt.show()

# %% [markdown]
# With 100 pictures both networks get (nearly) every *training* picture right; on new ones the convolution reaches 0.9
# and the transformer about 0.7. A hundred digits can be memorized without noticing what "next to" means. 650 linear
# weights do as well as it or better at every size. That is the price of assuming nothing. It falls as data grows, which
# is why large vision transformers train on millions of pictures.
#
# ## 8. How it fails
#
# **(a) Positions that whisper.** GPT-2 draws its place vectors with standard deviation 0.02. Copy that number, leave
# `nn.Embedding` at its default of 1, and the tokens drown the places. Reverse again; watch where the loss waits.

# %%
runs = {"places 0.5, tokens 1": (0.5, 1.0), "places 0.02, tokens 1": (0.02, 1.0), "both 0.02": (0.02, 0.02)}
for name, (place_std, token_std) in runs.items():
    torch.manual_seed(0)
    model = Transformer(nn.Embedding(10, 32), learned(std=place_std))
    model.embed.weight.data *= token_std
    runs[name] = train(model, lists("reverse", 200 if name == "places 0.02, tokens 1" else 100))

fig, ax = plt.subplots()
for (name, losses), color in zip(runs.items(), ("C0", "C5", "C2"), strict=True):
    ax.plot(np.convolve(losses, np.ones(10) / 10, mode="valid"), color=color, label=name)
ax.axhline(blind_loss, color="0.4", linestyle="--", linewidth=1)
ax.text(190, blind_loss + 0.05, "best blind model", color="0.3", ha="right")
ax.legend(title="standard deviation", loc=(0.33, 0.3), alignment="left")
ax.set(xlabel="step", ylabel="loss (mean of 10 steps)", ylim=(0, 2.4))
ax.set_title("A loss that waits near 1.77 says what it can't see")
plt.show()

# %% [markdown]
# For a hundred steps and more the quiet run can't hear its places and waits just above the blind model's loss. Stopped
# there, it looks like a model that "can't reverse". Not the 0.02 is wrong but the ratio: with quiet tokens too, it
# learns at once.
#
# **(b) Heads cut the wrong way.** `reshape(batch, heads, n, -1)` has the same shape as the split of section 3. Which
# inputs (columns) does each output react to? Left the right split, then the scrambled one; then two tasks trained with
# it.


# %%
class Scrambled(MultiHead):
    def forward(self, x, allowed=None):
        q, k, v = (part.reshape(len(x), self.heads, x.shape[1], -1) for part in self.qkv(x).chunk(3, dim=-1))
        return self.out(attention(q, k, v, allowed)[0].reshape(x.shape))


maps = [(influence(layer, torch.randn(8, 8)) > 0).int() for layer in (MultiHead(8, 4), Scrambled(8, 4))]
for row, scrambled_row in zip(*maps, strict=True):
    print(*row.tolist(), "   ", *scrambled_row.tolist())

scrambled = {}
for task, rounds in (("reverse", 150), ("sort", 300)):
    torch.manual_seed(0)
    model = Transformer(nn.Embedding(10, 32), learned())
    model.block.attend = Scrambled(32, 4)
    train(model, lists(task, rounds))
    scrambled[task] = right(model, task).mean().item()
    print(f"{task:8s} {scrambled[task]:.1f} of the digits right")

# %% [markdown]
# Head 1 got tokens 1 and 2 whole instead of a quarter of every token, so pairs never meet the rest. Nothing raises.
# Reversing falls to chance, which you would notice. Sorting reaches a half, twice the blind model, and looks like a
# model that needs more training; but no training brings back what an output never sees. The map finds this bug in a
# second.
#
# **(c) The price of looking everywhere.** n tokens make n² scores. First the memory for the weights, then the time: by
# hand, and with torch's fused function, which never stores the table. The times are drawn below, as ratios.

# %%
for n in (2048, 32_768):
    table = n * n * 4 / 1e6
    print(f"{n:6,} tokens: {table:7,.1f} MB a table, {144 * table / 1e3:5,.1f} GB for 12 heads in 12 layers")

# %%
lengths, times = (128, 256, 512, 1024, 2048), {"by hand": [], "fused": []}
for n in lengths:
    q, k, v = torch.randn(3, 1, 2, n, 32, device=device)
    for name, function in (("by hand", attention), ("fused", scaled_dot_product_attention)):
        timer = Timer("function(q, k, v)", globals={"function": function, "q": q, "k": k, "v": v})
        times[name].append(min(timer.blocked_autorange(min_run_time=0.05).times))

# %% [markdown]
# Both axes are logarithmic, so a power of n is a straight line, and the dashed one is n itself. By which factor does
# the time grow from 128 to 2,048 tokens, 16 times as many?

# %%
fig, ax = plt.subplots()
for name, color in (("by hand", "C5"), ("fused", "C0")):
    ratio = np.array(times[name]) / min(times["by hand"][0], times["fused"][0])
    ax.loglog(lengths, ratio, marker="o", color=color)
    ax.annotate(name, (lengths[-1], ratio[-1]), xytext=(8, -3), textcoords="offset points", color=color)
ax.loglog(lengths, np.array(lengths) / lengths[0], color="0.4", linestyle="--", linewidth=1)
ax.annotate("if it grew like n", (2048, 16), xytext=(8, -3), textcoords="offset points", color="0.3")
ax.set(xlabel="tokens n", ylabel="time, relative to 128 tokens", xlim=(115, 5000))
ax.set_xticks(lengths, [f"{n:,}" for n in lengths])
ax.minorticks_off()
longer = times["by hand"][-1] / times["by hand"][0]
ax.set_title(f"16 times the tokens, about {float(f'{longer:.0e}'):.0f} times the time")
plt.show()

# %% [markdown]
# Training by hand would keep all these tables for the backward pass. The fused function computes them in tiles and
# stores none, so its *memory* grows like n. Its *time* is smaller but still grows like n²: the arithmetic is the same.

# %% [markdown]
# ## In practice
#
# - Call `scaled_dot_product_attention`; write your own to understand it, and to see the weights.
# - Keep masks in one convention (True: may look) and convert at the border. Test causality by changing the last token,
#   order by shuffling the input.
# - Draw the influence map of a new layer before you train it.
# - Work out the score and the loss of a blind model first, and recognize them in the curve.
# - Below some ten thousand examples, put a convolution or a linear model beside the transformer.

# %% [markdown]
# ## Check yourself
#
# **1. Without √d, a large width d makes attention …**
#
# - (a) uniform
# - (b) slower
# - (c) nearly one-hot, with tiny gradients
# - (d) negative
#
# <details><summary>Answer</summary>
#
# **(c)**. The standard deviation of the scores grows like √d, and softmax turns their differences into ratios. (a) is
# what too *strong* a scale does: dividing by d instead of √d evens out the blend. (b) One multiplication for each score
# is no cost that anyone could measure. (d) Softmax is positive, whatever it is given.
# </details>

# %% [markdown]
# **2. Eight heads instead of one, at the same width, cost …**
#
# - (a) eight times as much
# - (b) about the same
# - (c) an eighth
# - (d) n times as much
#
# <details><summary>Answer</summary>
#
# **(b)**. The heads share the width, so their products add up to the same work. (a) would hold if each head had the
# full width; what does grow eightfold is the memory for the weights. (c) forgets that there are eight of them. (d) n is
# the number of tokens, and heads don't change how many pairs of tokens there are.
# </details>

# %% [markdown]
# **3. Where does the causal mask go?**
#
# - (a) on the weights, after the softmax
# - (b) on the values
# - (c) on the loss only
# - (d) on the scores, before the softmax
#
# <details><summary>Answer</summary>
#
# **(d)**, as −∞, so that the remaining weights still sum to 1. (a) leaves rows that sum to less than 1, and the future
# has already changed the denominator. (b) A value is hidden from all queries or from none, but the mask depends on the
# *pair*. (c) The outputs would still have read the answer.
# </details>

# %% [markdown]
# ## In short
#
# - Attention is a lookup with fuzzy keys: softmax of q·k/√d, then a blend of values. Every path is one step long.
# - Without √d it freezes on one key. With heads it asks several questions for the price of one.
# - Masks act on scores; torch has two conventions; an empty row is `nan` or 0, depending on whom you ask.
# - Alone it sees a bag. Added vectors tell it the place, rotation tells it the distance; keep them as loud as the
#   tokens.
# - It assumes nothing, which costs data, and looks everywhere, which costs n².

# %% [markdown]
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/09_attention_transformers.ipynb): batches of unequal length, a layer
# in heads, rotation without matrices, the cost of a block, and attention that fits in memory. Then lesson 10 stacks
# these blocks, with a causal mask, into a language model of your own.

# %% tags=["claims"]
assert 1e-12 < through_lstm[0] / through_lstm[-1] < 1e-9
assert 0.5 < through_attention[0] / through_attention[48] < 2 and through_attention[0] / through_attention[-1] > 0.1
assert abs(weights[4, 2] - 0.93) < 0.005 and torch.equal(weights[1], weights[5])
assert slopes[1024][0] < 1e-3 < 0.2 < slopes[64][0] and min(scaled for _, scaled in slopes.values()) > 0.9
assert max(attention_gap, *head_gaps, causal_gap, *block_gaps, shuffle_gap, rotary_gap, jigsaw_gap) < 1e-5
assert leaking == {"past": (True, False), "future": (False, True)}
assert [bool(result.isnan().any()) for result in empty.values()] == [True, False, True, False]
assert nan_share == 1.0
assert by_place["with places"].mean() > 0.95 and abs(by_place["without places"].mean() - blind_score) < 0.03
assert abs(blind_score - 0.2749) < 0.001 and abs(blind_loss - 1.769) < 0.003
assert max(rotary_scores) - min(rotary_scores) < 1e-3
assert cured[0, ::2].max() < 0.35 and cured[1:3, ::2].min() > 0.95 and cured[2, 1::2].max() < 0.65
assert cured[3, 0] < 0.6 and cured[3, 2:].min() > 0.95
assert looks.flip(-1).diagonal().min() > 0.8
(conv_100, *_, conv_1347), (line_100, *_, line_1347), (patch_100, *_, patch_1347) = results.values()
assert min(conv_100[0], patch_100[0]) > 0.97 and conv_100[1] > 0.87 and conv_100[1] - patch_100[1] > 0.07
assert patch_100[1] < line_100[1] - 0.03 and patch_1347[1] < line_1347[1] + 0.01
assert conv_1347[1] - patch_1347[1] < conv_100[1] - patch_100[1] and patch_1347[1] > 0.88
waiting = np.mean(runs["places 0.02, tokens 1"][80:120])
assert blind_loss - 0.05 < waiting < blind_loss + 0.2 and np.mean(runs["both 0.02"][80:]) < 0.3
assert scrambled["reverse"] < 0.2 and 0.35 < scrambled["sort"] < 0.65
assert device != "cpu" or (longer > 40 and times["fused"][-1] / times["fused"][0] > 40)
