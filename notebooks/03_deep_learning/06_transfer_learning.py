# /// lesson
# minutes = 55
# exercise_minutes = 80
# needs = ["03_deep_learning/05_convolutions"]
# seconds = 70
# memory_mb = 1400
# ///

# %% [markdown]
# # Stand on someone else's training
#
# **Why.** You have five labeled pictures of each class. A colleague has a network that was trained on something similar.
# Is it worth anything to you, and how many labels does it save?
#
# **You will**
# - reuse a network in three ways: frozen, fine-tuned, and with a smaller rate for its body;
# - draw learning curves over the number of labels, and read off what a head start is worth;
# - meet a case in which transfer does harm, and a network that forgets;
# - load real pretrained weights, and use them as features for a task that nobody trained them for;
# - say which file of weights you may open, and how to notice that nothing was loaded.
#
# **You need** lesson 05 of this phase; 55 minutes. The digits and the texts are real, and so is the language model. Where
# there is a GPU, the training below uses it.

# %%
from handrail.kit.models import minilm, offline_hub

offline_hub()  # before the imports: lets them find MiniLM in an installed package, without a network

import copy
import hashlib
import pickle
import tempfile
from pathlib import Path

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import AutoModel, AutoModelForImageClassification, AutoTokenizer

from handrail.kit.docstrings import load_docstrings
from handrail.kit.pictures import digits, scatter_digits
from handrail.kit.training import accuracy, fit, parameter_count

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# ## 1. Two tasks, one body
#
# The source is what your colleague had: 3,000 pictures of the digits 0 to 4, each somewhere on a canvas of 16×16 with
# clutter and noise. The target is yours: the digits 5 to 9. The scans are real; place, clutter and noise are generated.
# Training and test pictures come from different scans.

# %%
scans, names, new_scans, new_names = digits()


def scattered(first, n, seed, test=False):
    """Return n pictures (n, 1, 16, 16) of five digits beginning with `first`, and labels from 0 to 4."""
    images, labels = (new_scans, new_names) if test else (scans, names)
    mine = (labels >= first) & (labels < first + 5)
    x, y = scatter_digits(images[mine], labels[mine] - first, n, seed)
    return torch.from_numpy(x)[:, None].to(device), torch.from_numpy(y).to(device)


source, source_new = scattered(0, 3000, 0), scattered(0, 500, 1, test=True)
target, target_new = scattered(5, 3000, 2), scattered(5, 500, 3, test=True)

# %%
fig, axes = plt.subplots(2, 8, figsize=(8.5, 2.6))
for row, (x, y), first in zip(axes, (source, target), (0, 5), strict=True):
    for ax, picture, label in zip(row, x[:8, 0].cpu(), y[:8].tolist(), strict=True):
        ax.imshow(picture, cmap="gray")
        ax.set(xticks=[], yticks=[])
        ax.set_title(label + first, loc="center", size=10, weight="normal", pad=3)
axes[0, 0].set_ylabel("source")
axes[1, 0].set_ylabel("target")
fig.suptitle("Other digits, the same kind of picture", x=0.02, ha="left", weight="bold")
plt.show()

# %% [markdown]
# The network comes in two parts. The **body** turns a picture into 64 numbers; the **head** turns these into a score for
# each class. Only the head knows which classes there are.


# %%
def make_body():
    """Return three convolutions with BatchNorm, ending in the maximum over all places: 64 features."""
    layers, channels = [], 1
    for width, end in ((16, nn.MaxPool2d(2)), (32, nn.MaxPool2d(2)), (64, nn.AdaptiveMaxPool2d(1))):
        conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)  # BatchNorm shifts anyway
        layers += [conv, nn.BatchNorm2d(width), nn.ReLU(), end]
        channels = width
    return nn.Sequential(*layers, nn.Flatten())


# %%
def make_network(seed):
    """Return a network with random weights."""
    torch.manual_seed(seed)
    return nn.Sequential(make_body(), nn.Linear(64, 5)).to(device)


colleague = make_network(0)
fit(colleague, *source, epochs=4, lr=2e-3)
source_score = accuracy(colleague, *source_new)
print(f"body {parameter_count(colleague[0]):,} weights, head {parameter_count(colleague[1])}")
print("reads at least 94 of 100 unseen pictures of the digits 0 to 4:", source_score >= 0.94)

# %% [markdown]
# What could be of use for a 7? Not the head: it has no score for 7. The body has learned what strokes and bends look
# like, that clutter means nothing, and that a digit may lie anywhere. That is the hope; the rest of the lesson measures it.
#
# ## 2. Three ways to reuse it
#
# - **Frozen**: the body stays, a new head learns. Its features can be computed once, and the head is then logistic
#   regression on 64 columns. This is called a *linear probe*.
# - **Fine-tuned**: a new head, and everything learns on.
# - **Fine-tuned slowly**: the body learns too, at a tenth of the head's rate.
#
# The last two need a loop that takes **parameter groups**: an optimizer accepts a list of dictionaries, each with
# parameters and settings of its own.


# %%
def train(network, x, y, groups, seed, steps=60):
    """Take `steps` steps of AdamW on batches of up to 25."""
    optimizer, shuffle = torch.optim.AdamW(groups), torch.Generator().manual_seed(seed)
    network.train()
    order = torch.cat([torch.randperm(len(x), generator=shuffle) for _ in range(1 + steps * 25 // len(x))])
    size = min(25, len(x))
    for step in range(steps):
        rows = order[step * size : (step + 1) * size].to(device)
        loss = cross_entropy(network(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval()


# %%
def fine_tuned(start, x, y, seed, body_rate, rate=3e-3):
    """Return a copy of `start` with a new head, trained further."""
    network = copy.deepcopy(start)
    torch.manual_seed(seed)
    network[1] = nn.Linear(64, 5).to(device)
    groups = [{"params": network[1].parameters(), "lr": rate}, {"params": network[0].parameters(), "lr": body_rate}]
    return train(network, x, y, groups, seed)


# %% [markdown]
# Before you use a group of your own, look at what the optimizer made of it. Which rate has how many numbers?

# %%
trial = make_network(1)
groups = [{"params": trial[1].parameters(), "lr": 3e-3}, {"params": trial[0].parameters(), "lr": 3e-4}]
group_sizes = {g["lr"]: sum(p.numel() for p in g["params"]) for g in torch.optim.AdamW(groups).param_groups}
print(group_sizes)

# %% [markdown]
# Freezing takes two lines, and the second is the one that gets forgotten. `requires_grad_(False)` stops the weights;
# `eval()` makes BatchNorm use, and keep, the means it remembers. Here the features are computed once, so both are easy.


# %%
@torch.no_grad()
def features(network, x):
    """Return the body's 64 numbers for each picture, as an array."""
    return network[0].eval()(x).cpu().numpy()


def probe(network, x, y, x_new, y_new):
    """Return the accuracy of logistic regression on the frozen body's features."""
    line = LogisticRegression(max_iter=5000).fit(features(network, x), y.cpu())
    return line.score(features(network, x_new), y_new.cpu())


# %%
def draw_labels(pool, n, seed):
    """Return n pictures of each of five classes, drawn at random."""
    rng, labels = np.random.default_rng(seed), pool[1].cpu().numpy()
    rows = np.concatenate([rng.permutation(np.flatnonzero(labels == c))[:n] for c in range(5)])
    return pool[0][rows], pool[1][rows]


# %% [markdown]
# Now the learning curves: 1, 5, 20 and 100 labels of each class, drawn three times. All get the same labels and the same 60
# steps. *From scratch* is the same network with random weights: the rival that every transfer has to beat.
# **Predict** who wins with 5 labels, and who with 100.

# %%
sizes = [1, 5, 20, 100]
curves = {way: np.zeros((4, 3)) for way in ("from scratch", "frozen", "fine-tuned", "slowly")}
for i, n in enumerate(sizes):
    for seed in range(3):
        x, y = draw_labels(target, n, seed)
        fresh = make_network(seed + 10)
        train(fresh, x, y, [{"params": fresh.parameters(), "lr": 3e-3}], seed)
        curves["from scratch"][i, seed] = accuracy(fresh, *target_new)
        curves["frozen"][i, seed] = probe(colleague, x, y, *target_new)
        for way, body_rate in (("fine-tuned", 3e-3), ("slowly", 3e-4)):
            curves[way][i, seed] = accuracy(fine_tuned(colleague, x, y, seed, body_rate), *target_new)
means = {way: scores.mean(axis=1) for way, scores in curves.items()}

# %%
fig, ax = plt.subplots(figsize=(7.5, 4.2))
styles = {"from scratch": ("C6", "--"), "frozen": ("C1", "-"), "fine-tuned": ("C0", "-"), "slowly": ("C2", ":")}
for way, (color, line) in styles.items():
    ax.plot(sizes, 100 * means[way], line, color=color, marker="o", label=way)
    ax.fill_between(sizes, *(100 * f(curves[way], axis=1) for f in (np.min, np.max)), color=color, alpha=0.12)
ax.axhline(20, color="0.6", linewidth=1)
ax.text(100, 21, "chance", ha="right", color="0.4")
ax.set(xscale="log", xticks=sizes, xticklabels=sizes, xlabel="labels of each class", ylabel="test accuracy (%)")
ax.legend(title="mean and range of 3 draws", loc="lower right", alignment="left")
ax.set_title("A head start is worth labels, until you have them")
plt.show()

# %%
ahead = {n: means["fine-tuned"][i] - means["from scratch"][i] for i, n in enumerate(sizes)}
print("fine-tuned ahead of scratch by more than 8 points at 5 labels:", ahead[5] > 0.08)
print("                       ... by less than half of that at 100:", ahead[100] < ahead[5] / 2)
print("scratch ahead of frozen at 1 label:", means["from scratch"][0] > means["frozen"][0])
print("scratch ahead of frozen at 100 labels:", means["from scratch"][3] > means["frozen"][3])

# %% [markdown]
# Three things to read off:
#
# - The frozen body helps with a handful of labels and then hits a ceiling. What its 64 numbers don't say about a 7 no head
#   can find. From scratch overtakes it.
# - Fine-tuning starts about as well and has no such ceiling. With 100 labels less than half of the head start is left.
#   A tenth of the rate spares the body, but 60 steps are too few for it: *slowly* ends below scratch. Slow needs time.
# - The rule "freeze with few labels" isn't a law. With one label, frozen and fine-tuned can't be told apart here; the
#   frozen one costs a hundredth of the work and has no rate to get wrong.
#
# Points of accuracy are hard to sell. How many labels does scratch need for what fine-tuning reaches with 5? Read it off
# the curve, with straight lines over the logarithm (exercise 4 does it with all its corners).

# %%
goal = means["fine-tuned"][1]
needed = np.exp(np.interp(goal, means["from scratch"], np.log(sizes)))
worth = needed / 5
print("each label counts like one and a half to five labels from scratch:", 1.5 < worth < 5)

# %% [markdown]
# That is the sentence for a report: *at 5 labels, the pretrained body makes every label count more than once*. How it
# looks from your chair: choose the number of labels, and see all that the network gets to see. First for five labels.


# %%
def show_labels(n):
    """Draw the labeled pictures, up to ten of each class, and say what they are enough for."""
    x, y = draw_labels(target, n, 0)
    fig, axes = plt.subplots(5, 10, figsize=(6.5, 3.4))
    for ax in axes.flat:
        ax.axis("off")
    for c in range(5):
        for ax, picture in zip(axes[c], x[y == c, 0].cpu(), strict=False):
            ax.imshow(picture, cmap="gray")
    i = sizes.index(n)
    best = " · ".join(f"{way} {100 * means[way][i]:.0f} %" for way in ("from scratch", "frozen", "fine-tuned"))
    fig.suptitle(f"{n} of each class: {best}", x=0.02, ha="left", weight="bold", size=11)
    plt.show()


show_labels(5)

# %% tags=["widget"]
widgets.interact(show_labels, n=widgets.SelectionSlider(options=sizes, value=5, description="labels"))

# %% [markdown]
# ## 3. Transfer that costs
#
# Now the plain digits, 8×8, centered, without clutter. Again a colleague has trained on 0 to 4, and reads nearly all of
# them. **Predict**: does the body help with 5 to 9, if you have 5 or 20 labels of each? "At least a little" is tempting:
# the tasks are closer than any two in practice.


# %%
def plain(first, test=False):
    """Return all scans of five digits, centered, as (n, 1, 8, 8) with labels from 0 to 4."""
    images, labels = (new_scans, new_names) if test else (scans, names)
    mine = (labels >= first) & (labels < first + 5)
    x, y = torch.from_numpy(images[mine])[:, None], torch.from_numpy(labels[mine] - first)
    return x.to(device), y.to(device)


plain_colleague = make_network(0)
fit(plain_colleague, *plain(0), epochs=12, lr=2e-3)
plain_source = accuracy(plain_colleague, *plain(0, test=True))
print("reads at least 97 of 100 unseen digits from 0 to 4:", plain_source >= 0.97)

# %% [markdown]
# Two more rivals belong in the table: logistic regression on the 64 pixels, and a *random* body, frozen. Neither has ever
# seen a digit from 0 to 4.

# %%
ways = ["pixels, logistic regression", "from scratch", "fine-tuned", "frozen", "frozen, random body"]
plain_curves = {way: np.zeros((2, 3)) for way in ways}
pool, unseen = plain(5), plain(5, test=True)
for i, n in enumerate((5, 20)):
    for seed in range(3):
        x, y = draw_labels(pool, n, seed)
        line = LogisticRegression(max_iter=5000).fit(x.cpu().flatten(1), y.cpu())
        fresh, random_body = make_network(seed + 10), make_network(seed + 20)
        train(fresh, x, y, [{"params": fresh.parameters(), "lr": 3e-3}], seed)
        tuned = fine_tuned(plain_colleague, x, y, seed, 3e-3)
        scores = [line.score(unseen[0].cpu().flatten(1), unseen[1].cpu())]
        scores += [accuracy(fresh, *unseen), accuracy(tuned, *unseen)]
        scores += [probe(plain_colleague, x, y, *unseen), probe(random_body, x, y, *unseen)]
        for way, score in zip(ways, scores, strict=True):
            plain_curves[way][i, seed] = score

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.2))
for row, scores in enumerate(plain_curves.values()):
    for i, (n, color) in enumerate(((5, "C1"), (20, "C0"))):
        ax.plot(100 * scores[i], [row + 0.24 * i - 0.12] * 3, "o", color=color, alpha=0.75)
        if row == 3:
            ax.text(100 * scores[i].mean(), 2.7, f"{n} labels", color=color, ha="center")
ax.set(yticks=range(5), yticklabels=ways, ylim=(4.5, -0.5), xlabel="test accuracy (%), three draws")
ax.set_title("On centered digits, the pixels are the better features")
plt.show()
plain_means = {way: scores.mean(axis=1) for way, scores in plain_curves.items()}
print("pixels beat the frozen body by 5 points at 5 labels:", plain_means[ways[0]][0] > plain_means["frozen"][0] + 0.05)
print("                   ... and by 2 at 20 labels:", plain_means[ways[0]][1] > plain_means["frozen"][1] + 0.02)

# %% [markdown]
# The frozen body costs, and fine-tuning gains nothing over scratch: both end where the pixels are. The frozen body was trained to tell 0 to 4 apart and to ignore the rest, and among the rest is what tells a 5
# from a 9. This is **negative transfer**. It gives no error and no warning: a person who only compares "frozen" with
# "fine-tuned" never learns that 64 pixels and a linear model do better.
#
# So the rule: **from scratch and a linear baseline are rows of every table about transfer.** On the scattered digits the
# pixels were useless, since the digit may lie anywhere, and there the body had something to give.
#
# ## 4. What is lost on the way
#
# Put the colleague's old head back on a body that you fine-tuned for 5 to 9 with 100 labels each. Can it still read 0 to
# 4? Then a second question. **Predict**: the body's weights are all frozen, but the network is in training mode while a
# head learns. Does the old head still work?

# %%
x, y = draw_labels(target, 100, 0)
tuned = fine_tuned(colleague, x, y, 0, 3e-3)
forgot = accuracy(nn.Sequential(tuned[0], colleague[1]), *source_new)

leaky = copy.deepcopy(colleague)
leaky[0].requires_grad_(False)
leaky[1] = nn.Linear(64, 5).to(device)
train(leaky, x + 0.3, y, [{"params": leaky[1].parameters(), "lr": 3e-3}], 0)  # your camera is brighter
drifted = accuracy(nn.Sequential(leaky[0], colleague[1]), *source_new)
same_weights = all(map(torch.equal, leaky[0].parameters(), colleague[0].parameters()))
print("fine-tuned body, old head: at least twice as many mistakes:", 1 - forgot > 2 * (1 - source_score))
print("every weight of the frozen body is as before:", same_weights)
print("frozen body, old head: loses at least 10 points:", drifted < source_score - 0.1)

# %% [markdown]
# Fine-tuning forgets: nothing in its loss asks for the old digits. After 60 steps on the same kind of picture it is
# still mild. Where the new task is another one, or training long, little may be left; then it is called *catastrophic
# forgetting*, and matters where one model serves both tasks. Keep a copy, or mix old examples in.
#
# The second loss is a bug. "No weight changed, so nothing changed" is tempting; but BatchNorm's running means are buffers,
# not parameters. In training mode they follow the new pictures, here taken by a brighter camera. Find what moved:

# %%
moved = [
    name for name, value in leaky[0].state_dict().items() if not torch.equal(value, colleague[0].state_dict()[name])
]
print(moved)

# %% [markdown]
# Exercise 1 writes a freeze that holds these still.
#
# ## 5. Real pretrained weights
#
# Pictures for a body trained on millions of photographs have to be downloaded. A language model of that kind is already on your disk:
# MiniLM, 22.7 million weights, trained by others on a billion pairs of sentences. It is a *transformer*; what happens inside
# is lesson 09. Here it is a body like any other: text in, 384 numbers out.
#
# The cell below is what you would write online. Here the name is found in an installed package, whose weights were
# compared with the original's checksum.

# %%
hub_name = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(hub_name)
encoder = AutoModel.from_pretrained(hub_name).to(device).eval()
pieces = tokenizer("Cotangent of an angle in degrees.")["input_ids"]
print(f"{sum(p.numel() for p in encoder.parameters()) / 1e6:.1f} million weights")
print(tokenizer.convert_ids_to_tokens(pieces))

# %% [markdown]
# The *tokenizer* cuts a text into pieces that the model has a vector for. The model returns a vector for each piece; their mean,
# brought to length 1, is the sentence's. A batch is padded to one length, and a mask says which pieces are real.


# %%
@torch.no_grad()
def embed(model, texts):
    """Return a vector of length 1 for each text, (n, 384)."""
    order, vectors = np.argsort([len(text) for text in texts]), np.zeros((len(texts), 384), dtype=np.float32)
    for rows in np.array_split(order, -(-len(texts) // 32)):  # texts of similar length: little padding
        batch = tokenizer([texts[i] for i in rows], padding=True, truncation=True, max_length=64, return_tensors="pt")
        batch = batch.to(device)
        real = batch["attention_mask"][..., None]
        mean = (model(**batch).last_hidden_state * real).sum(dim=1) / real.sum(dim=1)
        vectors[rows] = nn.functional.normalize(mean, dim=1).cpu().numpy()
    return vectors


pair = embed(encoder, ["Turn the picture by an angle.", "Rotate an image."])
print("length 1:", np.allclose(np.linalg.norm(pair, axis=1), 1), "  cosine:", pair[0] @ pair[1] > 0.5 and "above 0.5")

# %% [markdown]
# The task: which part of a library does a one-line description come from? Eight topics, 60 descriptions of each, read
# from the packages that you have installed. Names of libraries are masked.

# %%
topics = {"scipy.stats": "statistics", "scipy.linalg": "linear algebra", "scipy.signal": "signals"}
topics |= {"scipy.optimize": "optimization", "scipy.special": "special functions", "scipy.ndimage": "n-d images"}
table = load_docstrings(["scipy", "networkx", "skimage"])
other = table["library"].map({"networkx": "networks", "skimage": "pictures"})
table["topic"] = table["module"].map(topics).fillna(other)
table = table[table["topic"].notna() & (table["text"].str.len() < 160)]
table = table.groupby("topic").sample(60, random_state=0).reset_index(drop=True)
texts, topic = table["text"].tolist(), table["topic"].to_numpy()
print(len(texts), "texts,", len(set(topic)), "topics")

# %% tags=["quotes"]
for row in (0, 70, 200, 400):
    print(f"{topic[row]:18} {texts[row][:90]}")

# %% [markdown]
# Three bodies, one kind of head. MiniLM's features. The same architecture with *random* weights, to see whether it is the
# shape or the training. And **TF-IDF** as the baseline that needs no network: a column for each word, with its count in
# the text, weighted down if many texts have it.

# %%
torch.manual_seed(0)
untrained = AutoModel.from_config(encoder.config).to(device).eval()
vectors = {"MiniLM": embed(encoder, texts), "random weights": embed(untrained, texts)}

# %%
label_counts = [1, 5, 20, 40]
text_curves = {name: np.zeros((4, 5)) for name in ("MiniLM", "TF-IDF", "random weights")}
for seed in range(5):
    rng = np.random.default_rng(seed)
    mixed = {c: rng.permutation(np.flatnonzero(topic == c)) for c in sorted(set(topic))}
    rest = np.concatenate([rows[40:] for rows in mixed.values()])
    for i, n in enumerate(label_counts):
        known = np.concatenate([rows[:n] for rows in mixed.values()])
        words = TfidfVectorizer(sublinear_tf=True).fit([texts[j] for j in known])
        counts = [words.transform([texts[j] for j in rows]) for rows in (known, rest)]
        inputs = {name: (v[known], v[rest]) for name, v in vectors.items()} | {"TF-IDF": counts}
        for name, (a, b) in inputs.items():
            line = LogisticRegression(C=10, max_iter=1000).fit(a, topic[known])
            text_curves[name][i, seed] = line.score(b, topic[rest])

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.8))
text_means = {name: scores.mean(axis=1) for name, scores in text_curves.items()}
for (name, scores), color in zip(text_curves.items(), ("C0", "C1", "C6"), strict=True):
    ax.plot(label_counts, 100 * text_means[name], color=color, marker="o")
    ax.fill_between(label_counts, *(100 * f(scores, axis=1) for f in (np.min, np.max)), color=color, alpha=0.12)
    above = 1.5 if name == "MiniLM" else -2
    ax.text(43, 100 * text_means[name][-1] + above, name, color=color, va="center")
ax.set(xscale="log", xticks=label_counts, xticklabels=label_counts, xlim=(0.9, 95))
ax.set(xlabel="labels of each topic", ylabel="test accuracy (%)")
ax.set_title("It is the training, not the shape")
plt.show()
text_gain = text_means["MiniLM"] - text_means["TF-IDF"]
print("MiniLM ahead of TF-IDF by more than 5 points at 5 labels:", text_gain[1] > 0.05)
print("the gain at 40 labels is less than half of that at 5:", text_gain[3] < text_gain[1] / 2)

# %% [markdown]
# Nobody trained MiniLM to sort docstrings. It knows that *eigenvalue* and *matrix* go together before it sees a label,
# and that pays most where labels are few. With 40 of each, counting words is nearly as good, and costs nothing. The random
# twin has the same shape and worse features than TF-IDF.
#
# Honest about the limits: MiniLM may have read these very docstrings in its training, as much of the web's text was in
# it. And with ten times the labels you would fine-tune it (lesson 11).
#
# ## 6. Files of weights from strangers
#
# ### A pickle is a program
#
# For years weights were shared as pickles. Loading one runs whatever its author put in. Here a harmless author; what
# would a harmful one write in place of `print`?


# %%
class Weights:
    def __reduce__(self):  # says how to rebuild this object: call a function with arguments
        return print, ("... and here runs the author's code",)


folder = Path(tempfile.mkdtemp())
(folder / "model.pt").write_bytes(pickle.dumps(Weights()))
_ = pickle.loads((folder / "model.pt").read_bytes())

# %% [markdown]
# `torch.load` refuses by default today (`weights_only=True`). Never switch that off because a page on the web says so.

# %%
torch.save(Weights(), folder / "model.pt")
try:
    torch.load(folder / "model.pt")
    refused = False
except pickle.UnpicklingError:
    refused = True
print("refused:", refused)

# %% [markdown]
# **safetensors** is a format with names, shapes and numbers and no code. That settles *what loading does*, not *whose
# numbers they are*: for that compare a checksum with one that you got from somewhere else than the file.

# %%
save_file(colleague.state_dict(), folder / "colleague.safetensors")
state = load_file(folder / "colleague.safetensors", device=str(device))
print("back as they were:", all(torch.equal(state[name], value) for name, value in colleague.state_dict().items()))
with (minilm() / "model.safetensors").open("rb") as file:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
print("MiniLM's SHA-256 begins with", digest[:12])

# %% [markdown]
# ### Nothing was loaded, and nobody noticed
#
# A checkpoint was saved from a wrapped model, so its names begin with `module.`. Loading raises; a page on the web
# suggests `strict=False`, and the error is gone. Which weights does the network have now?

# %%
wrapped = {f"module.{name}": value for name, value in colleague.state_dict().items()}
hopeful = make_network(7)
answer = hopeful.load_state_dict(wrapped, strict=False)
hopeful_score = accuracy(hopeful, *source_new)
print(f"missing {len(answer.missing_keys)} names, unexpected {len(answer.unexpected_keys)}")
print("reads the digits 0 to 4 no better than 35 %:", hopeful_score < 0.35)

# %% [markdown]
# Random ones. `strict=False` *returns* what didn't fit, and nobody looks. Exercise 5 writes a loader that strips prefixes,
# reports, and refuses to load nothing.
#
# ### A body for photographs
#
# Online, this is all it takes to get a ResNet-18, pretrained on 1.2 million photographs (ImageNet). Without a network the same cell says
# so and goes on.

# %% tags=["nbval-ignore-output"]
try:
    resnet = AutoModelForImageClassification.from_pretrained("microsoft/resnet-18")
    print(f"{parameter_count(resnet):,} weights, {resnet.config.num_labels} classes")
except OSError:
    print("Not on this machine. Set HANDRAIL_HUB=online, restart the kernel, and it is downloaded.")

# %% [markdown]
# It wants pictures of 224×224 pixels, each color standardized as in *its* training: a body with the wrong preprocessing
# gives features without an error. Replace `resnet.classifier` by your head, and all of section 2 holds.

# %% [markdown]
# ## In practice
#
# - Begin with frozen features and a linear head: minutes of work, nothing to tune. Then fine-tune, at a small rate.
# - Keep scratch and a linear baseline in the table, with several draws of the labels. Report labels saved.
# - Put a frozen body's BatchNorm into evaluation mode, and keep it there.
# - Read the model card: license, training data, known limits. Note name, revision and checksum beside your results.
# - Ask whether your test data was in the pretraining. It often was.

# %% [markdown]
# ## Check yourself
#
# **1. Five labels per class, and a network from a similar task. What do you try first?**
#
# - (a) fine-tune everything at a high rate
# - (b) train from scratch
# - (c) frozen features with a linear head
# - (d) a larger network
#
# <details><summary>Answer</summary>
#
# **(c)**. It costs minutes, has no rate to get wrong, and tells you whether the features know anything. (a) A high rate
# destroys what was learned before the head is of any use; fine-tuning comes second, with a modest rate. (b) belongs in the
# table as the rival, and needs more labels. (d) More weights don't make up for missing labels.
# </details>

# %% [markdown]
# **2. Frozen features score below the raw pixels. Why?**
#
# - (a) the source task taught the body to ignore what the target needs
# - (b) there must be a bug
# - (c) the body was trained for too few epochs
# - (d) pixels are always best for small pictures
#
# <details><summary>Answer</summary>
#
# **(a)**. A body keeps what its own classes need. (b) Always worth a look, but section 3 had none. (c) It read nearly all
# of its own digits; training on makes it more of a specialist. (d) On the scattered digits pixels are useless.
# </details>

# %% [markdown]
# **3. `load_state_dict(state, strict=False)` raised no error. The weights are ...**
#
# - (a) loaded
# - (b) averaged with the old ones
# - (c) random on purpose
# - (d) perhaps not loaded at all
#
# <details><summary>Answer</summary>
#
# **(d)**. Names that don't match are skipped; look at what it returns. (a) Only if missing and unexpected names are empty.
# (b) Nothing is ever averaged. (c) They are random because nothing replaced them, not on purpose.
# </details>

# %% [markdown]
# ## In short
#
# - A body that was trained on something similar is worth labels while you have few. Say how many.
# - Frozen features have a ceiling; fine-tuning has none, but forgets.
# - Transfer can cost, without an error. Scratch and a linear baseline show it.
# - Weights that didn't load, and means that drift, give no error either. Look at names, buffers and modes.
# - Load safetensors, compare checksums, never unpickle a stranger's file.

# %% [markdown]
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/06_transfer_learning.ipynb): a freeze that holds, a classifier without
# training, rates by layer, the worth of a head start, and a loader that reports. Then lesson 08 turns to data that come
# one after another.

# %% tags=["claims"]
assert source_score >= 0.94 and group_sizes == {3e-3: 325, 3e-4: parameter_count(colleague[0])}
assert ahead[5] > 0.08 and ahead[100] < ahead[5] / 2
assert means["frozen"][0] > means["from scratch"][0] + 0.05 and means["from scratch"][3] > means["frozen"][3] + 0.05
assert means["fine-tuned"][3] > means["frozen"][3] + 0.05 and abs(means["frozen"][0] - means["fine-tuned"][0]) < 0.12
assert means["fine-tuned"][1] > means["slowly"][1] + 0.02 and means["from scratch"][3] > means["slowly"][3] + 0.02
assert 1.5 < worth < 5 and plain_source >= 0.97
assert all(plain_means[ways[0]] > plain_means["frozen"] + [0.05, 0.02])
assert all(abs(plain_means["fine-tuned"] - plain_means["from scratch"]) < 0.04)
assert all(plain_means["from scratch"][i] > plain_means["frozen"][i] for i in range(2))
assert 1 - forgot > 2 * (1 - source_score) and forgot > 0.6 and same_weights and drifted < source_score - 0.1
assert moved and all("running" in name or "tracked" in name for name in moved)
assert text_gain[1] > 0.05 and text_gain[3] < text_gain[1] / 2
assert (text_means["random weights"] < text_means["TF-IDF"]).all()
assert refused and hopeful_score < 0.35 and digest.startswith("53aa51172d14")
assert len(answer.missing_keys) == 17 and len(answer.unexpected_keys) == len(hopeful.state_dict())
