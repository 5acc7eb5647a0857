# /// lesson
# minutes = 65
# exercise_minutes = 94
# needs = ["03_deep_learning/06_transfer_learning", "03_deep_learning/09_attention_transformers"]
# seconds = 90
# memory_mb = 1750
# ///

# %% [markdown]
# # Adapt a real model
#
# **Why.** The program that builds your documentation sometimes scrambles a sentence. You want an alarm, and you have
# labeled a hundred lines. A table of word counts finds some of the scrambled ones. MiniLM has read a billion sentences:
# can your hundred lines teach it to find nearly all, and when isn't that worth the effort?
#
# **You will**
# - prepare a labeled set whose test lines have no twins in training;
# - give a pre-trained encoder the head that fits it, and two learning rates;
# - run Hugging Face's `Trainer`, and write the loop that it runs;
# - decide between word counts, frozen features and fine-tuning by what each costs and scores;
# - save, reload and describe a model, and report what it did not learn.
#
# **You need** lessons 06 (transfer learning) and 09 (attention) of this phase; 65 minutes. The lines are real: they are
# read from the libraries that you have installed. The scrambled ones are made from them.

# %%
from handrail.kit.models import offline_hub

offline_hub()  # before the imports: lets them find MiniLM in an installed package, without a network

import json
import random
import tempfile
from pathlib import Path

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_model, save_model
from sentence_transformers import SentenceTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    PrinterCallback,
    Trainer,
    TrainingArguments,
    logging,
)

from handrail.kit.docstrings import garble, load_docstrings

logging.set_verbosity_error()  # no report on which weights were loaded, and no bars
logging.disable_progress_bar()
plt.style.use("handrail.kit.course")
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% [markdown]
# ## 1. The data before the model
#
# A docstring begins with one line that says what the function does. Take those of 6 to 10 words from SciPy, NetworkX and
# scikit-image. `topic` is where the line comes from; six places have enough of them. How evenly are they spread?

# %%
lines = load_docstrings(["scipy", "networkx", "skimage"])
lines["topic"] = np.where(lines["library"] == "scipy", lines["module"].str.split(".").str[1], lines["library"])
lines = lines[lines["text"].str.split().str.len().between(6, 10) & lines["text"].str.isascii()]
topics = ["stats", "signal", "special", "interpolate", "networkx", "skimage"]
counts = lines["topic"].value_counts()
print("more than 1,000 lines:", len(lines) > 1000, "   topics with at least 45:", int((counts[topics] >= 45).sum()))

# %% [markdown]
# Exact copies are gone already. But documentation is written by copying: `Compute the log of the survival function` has
# a sister for the *inverse* survival function. Call a line a **twin** of another if they share at least two thirds of
# all their words. Split the lines at random: how many of the test lines have a twin among the training lines?


# %%
def has_twin(texts, others):
    """Return for each text whether it shares 2/3 of the words of both with one of the others (not with itself)."""
    words = CountVectorizer(binary=True, token_pattern=r"\w+", dtype=np.float32).fit([*texts, *others])
    ours, theirs = words.transform(texts).toarray(), words.transform(others).toarray()
    shared = ours @ theirs.T
    return (shared / (ours.sum(1)[:, None] + theirs.sum(1) - shared) >= 2 / 3 - 1e-6).any(axis=1)


mixed = lines.sample(frac=1, random_state=0).reset_index(drop=True)
test, train = mixed[:600], mixed[600:]
twin = has_twin(test["text"], train["text"])
print("test lines with a twin in training: more than one in ten:", twin.mean() > 0.1)

# %% [markdown]
# Are they easier? Word counts weighted by TF-IDF and logistic regression guess the library. The figure compares test
# lines with a twin to the others.

# %%
library = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10)).fit(train["text"], train["library"])
right = library.predict(test["text"]) == test["library"]
leak = {"with a twin in training": right[twin].mean(), "without": right[~twin].mean()}
fig, ax = plt.subplots(figsize=(6, 2))
ax.barh(list(leak), list(leak.values()), color=["C5", "C0"])
for place, value in enumerate(leak.values()):
    ax.text(value + 0.01, place, f"{value:.2f}", va="center")
ax.set(xlabel="share of test lines whose library was found", xlim=(0, 1.15), title="Twins flatter the score")
plt.show()

# %% [markdown]
# The mean over both groups would be reported as "accuracy on new text". It is partly a memory of old text. So from here
# on a line leaves the *training* set if it has a twin in the test set; the test stays as it is. (Exercise 3 does it
# more thoroughly, with whole families.)
#
# **Task A** is the topic of a line, six classes: 20 test lines of each. **Task B** is the alarm: each line is used once,
# and every second one is scrambled first.

# %%
some = mixed[mixed["topic"].isin(topics)]
test_a = some.groupby("topic").head(20)
pool_a = some.drop(test_a.index)
pool_a = pool_a[~has_twin(pool_a["text"], test_a["text"])].groupby("topic").head(30)
y_test_a, y_pool_a = (part["topic"].map(topics.index).to_numpy() for part in (test_a, pool_a))

test_b, pool_b = mixed["text"][:200], mixed["text"][200:]
pool_b = pool_b[~has_twin(pool_b, test_b)][:200]
rng = random.Random(0)
y_test_b, y_pool_b = np.arange(200) % 2, np.arange(200) % 2
test_b, pool_b = ([garble(text, rng) if i % 2 else text for i, text in enumerate(part)] for part in (test_b, pool_b))
print(f"A: {len(test_a)} test lines, at most {len(pool_a)} to learn from;   B: {len(test_b)} and {len(pool_b)}")

# %% [markdown]
# Look at a few lines of task B. 1 means scrambled. Which words give it away, and are they always in the line?

# %% tags=["quotes"]
for label, text in list(zip(y_pool_b, pool_b, strict=True))[:6]:
    print(label, text)

# %% [markdown]
# ## 2. Two cheap methods
#
# The first is TF-IDF, on words and pairs of neighboring words, so that it sees *some* order. The second is what lesson
# 06 did: MiniLM as it is, frozen, and logistic regression on its vectors. This is the code that you would use online;
# where there is no network, `offline_hub` (first cell) makes it find the installed files.

# %%
NAME = "sentence-transformers/all-MiniLM-L6-v2"
tokenizer = AutoTokenizer.from_pretrained(NAME)
encoder = AutoModel.from_pretrained(NAME).to(device).eval()
batch = tokenizer(["Return a graph.", "Compute the mean of all values."], padding=True, return_tensors="pt")
print({name: tuple(tensor.shape) for name, tensor in batch.items()})
print("real tokens:", batch["attention_mask"].sum(dim=1).tolist())
print(f"{sum(p.numel() for p in encoder.parameters()) / 1e6:.1f} million weights")

# %% [markdown]
# The tokenizer padded the short line to the length of the long one; `attention_mask` marks what is real. MiniLM returns a
# vector for each token. It was pre-trained so that the **mean** of the real ones represents the sentence. Write that
# mean, and compare it with the library that was made for it.


# %%
def mean_pool(hidden, mask):
    """Return the mean of the real tokens of each sentence: (batch, n, d) and (batch, n) give (batch, d)."""
    mask = mask[..., None].to(hidden.dtype)
    return (hidden * mask).sum(dim=1) / mask.sum(dim=1)


with torch.no_grad():
    by_hand = nn.functional.normalize(mean_pool(encoder(**batch.to(device))[0], batch["attention_mask"]))
library_vectors = SentenceTransformer(NAME, device=device).encode(
    ["Return a graph.", "Compute the mean of all values."]
)
pool_gap = np.abs(by_hand.cpu().numpy() - library_vectors).max()
print("agrees with sentence-transformers to 1e-5:", pool_gap < 1e-5)

# %% [markdown]
# Each line runs through the encoder once, in batches of similar length so that little is padding. Keep two vectors: the
# mean, and the model's `pooler_output`, which is the *first* token's vector after one more layer. It comes back in
# section 3.


# %%
def batches(texts, size=50):
    """Yield indices and tokens of some texts, shortest first."""
    for rows in np.array_split(np.argsort([len(text) for text in texts], kind="stable"), -(-len(texts) // size)):
        yield rows, tokenizer([texts[i] for i in rows], padding=True, return_tensors="pt").to(device)


@torch.no_grad()
def features(texts):
    """Return the means and the pooler's outputs of some texts, each (texts, 384)."""
    means, pooled = np.zeros((2, len(texts), 384), dtype=np.float32)
    for rows, tokens in batches(texts):
        output = encoder(**tokens)
        means[rows] = mean_pool(output.last_hidden_state, tokens["attention_mask"]).cpu()
        pooled[rows] = output.pooler_output.cpu()
    return means, pooled


parts = [part.tolist() for part in (pool_a["text"], test_a["text"])] + [pool_b, test_b]
(pool_mean_a, pool_first_a), (test_mean_a, test_first_a), (pool_mean_b, _), (test_mean_b, _) = map(features, parts)

# %% [markdown]
# Now task A with 5, 15 and 30 labels in each class, drawn three times. How far are word counts behind?


# %%
def draw(y, size, seed):
    """Return the indices of `size` examples of each class."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.flatnonzero(y == k))[:size] for k in np.unique(y)])


def counted(texts, y, new):
    """Learn from TF-IDF of words and pairs of words; return the predictions for new texts."""
    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10)).fit(texts, y).predict(new)


def linear(x, y, new):
    """Learn logistic regression on given vectors; return the predictions for new ones."""
    return LogisticRegression(C=10, max_iter=3000).fit(x, y).predict(new)


# %%
texts_a, new_a = pool_a["text"].to_numpy(), test_a["text"].tolist()
sizes_a, cheap_a = (5, 15, 30), {"word counts": [], "frozen, mean": [], "frozen, first token": []}
for rows in (draw(y_pool_a, size, seed) for size in sizes_a for seed in range(3)):
    y = y_pool_a[rows]
    cheap_a["word counts"].append(np.mean(counted(texts_a[rows], y, new_a) == y_test_a))
    cheap_a["frozen, mean"].append(np.mean(linear(pool_mean_a[rows], y, test_mean_a) == y_test_a))
    cheap_a["frozen, first token"].append(np.mean(linear(pool_first_a[rows], y, test_first_a) == y_test_a))
cheap_a = {name: np.reshape(scores, (3, 3)) for name, scores in cheap_a.items()}

# %% [markdown]
# Each point is one draw of the labels, each line the mean of three; with 30, every label is used, so the draws coincide.
# Compare the two kinds of frozen vector as well.

# %%
fig, ax = plt.subplots()
for (name, scores), color, dy in zip(cheap_a.items(), ("C1", "C0", "C3"), (-12, 0, 0), strict=True):
    ax.plot(sizes_a, scores.mean(axis=1), color=color)
    ax.plot(np.repeat(sizes_a, 3), scores.ravel(), "o", color=color, alpha=0.6)
    ax.annotate(name, (30, scores[-1].mean()), xytext=(10, dy), textcoords="offset points", color=color)
ax.set(xlabel="labels in each of six classes", ylabel="accuracy on 120 test lines", xlim=(3, 40), ylim=(0.35, 1))
ax.set_xticks(sizes_a)
ax.set_title("Task A: with few labels, MiniLM's mean is worth most")
plt.show()

# %% [markdown]
# With 5 labels in each class the frozen mean is well ahead of word counts; with 30 the gap has shrunk. The first token
# holds less than the mean.
#
# ## 3. A head that matches the encoder
#
# **Fine-tuning** goes on training the encoder's own weights, with a new layer on top, the *head*. The class that every
# tutorial loads is `AutoModelForSequenceClassification`. Which vector does its head read?

# %%
torch.manual_seed(0)
usual = AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=6).to(device).eval()
with torch.no_grad():
    from_pooler = usual.classifier(usual.bert(**batch).pooler_output)
    head_gap = (usual(**batch).logits - from_pooler).abs().max().item()
print("its head reads the pooler's output, the first token:", head_gap < 1e-5)

# %% [markdown]
# That fits BERT, whose first token was pre-trained for such questions. It doesn't fit MiniLM. So write a model with the
# mean in its place. Its head starts at zero: all classes equal, and no random noise flows back into the encoder in the
# first step. It returns a dictionary with `loss` and `logits`, because that is what the `Trainer` expects.


# %%
del usual


class MeanClassifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body, self.head = AutoModel.from_pretrained(NAME), nn.Linear(384, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids, attention_mask, labels=None, **others):
        hidden = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        logits = self.head(mean_pool(hidden, attention_mask))
        return {"logits": logits} if labels is None else {"loss": cross_entropy(logits, labels), "logits": logits}


# %% [markdown]
# Two learning rates: the head knows nothing and may run, 10⁻². The body knows a lot and should walk, 2·10⁻⁴. Half of its
# weights are a table of word vectors; a few dozen lines touch few of its rows, so it stays as it is. Weight decay as
# usual; the rate rises over the first tenth of the steps (**warm-up**) and then falls to 0.


# %%
def two_rates(model, body=2e-4, head=1e-2):
    """Return AdamW with one rate for the head (any layer that isn't in the encoder) and one for the body's layers."""
    for name, p in model.named_parameters():
        if "word_embeddings" in name:
            p.requires_grad_(False)
    in_head = {name for name, _ in model.named_parameters() if name.startswith(("head", "classifier"))}
    learned = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [([p for name, p in learned if (name in in_head) == flag], rate) for flag, rate in ((0, body), (1, head))]
    return torch.optim.AdamW([{"params": ps, "lr": rate} for ps, rate in groups], weight_decay=0.01, fused=True)


def warm_up(optimizer, steps):
    """Return a schedule: up in the first tenth of the steps, then down to 0."""
    up = -(-steps // 10)
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: s / up if s < up else (steps - s) / max(1, steps - up)
    )


# %% [markdown]
# The loop itself has five steps that you know, and one that you met in lesson 03: gradients longer than 1 are cut to
# length 1.


# %%
def run(model, optimizer, data, epochs):
    """Train on a list of batches, in the order given; return the losses."""
    schedule, losses = warm_up(optimizer, epochs * len(data)), []
    model.train()
    for tokens in (tokens for _ in range(epochs) for tokens in data):
        output = model(**tokens)
        output["loss"].backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(output["loss"].item())
    return losses


# %%
def labeled(texts, y, seed, size=10):
    """Return batches of tokens with labels; lines of similar length share a batch, the batches are shuffled."""
    rows = torch.as_tensor([len(text) for text in texts]).argsort(stable=True).split(size)
    rows = [rows[i] for i in torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))]
    encoded = [tokenizer([texts[i] for i in row], padding=True, return_tensors="pt") for row in rows]
    return [{**e, "labels": torch.as_tensor(y)[r]} for e, r in zip(encoded, rows, strict=True)]


# %% [markdown]
# `tune` puts the pieces together. A new order of the lines in each epoch would be better; here the batches stay, which
# makes the loop comparable in section 4.


# %%
@torch.no_grad()
def predictions(model, texts):
    """Return the class that a model finds most likely for each text."""
    found = np.zeros(len(texts), dtype=int)
    for rows, tokens in batches(texts):
        found[rows] = model.eval()(**tokens)["logits"].argmax(dim=1).cpu()
    return found


def tune(make, texts, y, epochs, seed, **rates):
    """Build a model, train all of its weights that aren't frozen, and return it with its losses."""
    torch.manual_seed(seed)
    model = make().to(device)
    data = [{name: tensor.to(device) for name, tensor in one.items()} for one in labeled(texts, y, seed)]
    return model, run(model, two_rates(model, **rates), data, epochs)


# %% [markdown]
# **Predict before you run.** Task A, 5 labels in each class, the same 30 lines and rates for two heads: the usual one on
# the first token, and ours on the mean. Frozen features reached about three quarters. Will full fine-tuning (a) beat
# them with both heads, (b) with ours only, or (c) with neither by much? One draw of labels.

# %%
heads = {
    "first token": lambda: AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=6),
    "mean": lambda: MeanClassifier(6),
}
tuned_a, rows = {}, draw(y_pool_a, 5, 0)
for name, make in heads.items():
    model, _ = tune(make, texts_a[rows], y_pool_a[rows], epochs=5, seed=0)
    tuned_a[name] = np.mean(predictions(model, new_a) == y_test_a)

# %% [markdown]
# All four learned from the same 30 lines. The two lower rows cost a few seconds of logistic regression or less.

# %%
rows_a = {"tuned, first token": tuned_a["first token"], "tuned, mean": tuned_a["mean"]}
rows_a = {**rows_a, "frozen, mean": cheap_a["frozen, mean"][0, 0], "word counts": cheap_a["word counts"][0, 0]}
fig, ax = plt.subplots(figsize=(7, 2.6))
for place, (name, score) in enumerate(rows_a.items()):
    ax.errorbar(score, place, xerr=0.04, fmt="o", color="C0" if "mean" in name else "C1", markersize=8, capsize=4)
ax.set_yticks(range(4), list(rows_a))
ax.set(xlabel="accuracy on 120 test lines, ± one standard error", xlim=(0.3, 1), ylim=(3.5, -0.5))
ax.set_title("Task A, 5 labels a class: tuning buys nothing")
plt.show()

# %% [markdown]
# (a) is tempting: millions of weights against a linear model. It is (c). Both tuned models come out about where the
# frozen mean was, which needs one pass over the lines: with 120 test lines, the standard error of an accuracy of 0.75 is
# 0.04 (the bars), so no difference is shown. Training moved the first token up, toward what the mean had for nothing. A
# head that fits the pre-training saves that detour.
#
# ## 4. The `Trainer` is this loop
#
# Hugging Face's `Trainer` runs the loop of section 3 with evaluation, logging, checkpoints, several GPUs and half
# precision around it. It takes examples one by one (here dictionaries) and a **collator** that pads each batch to its
# own longest line.

# %%
rows = draw(y_pool_a, 5, 0)
examples = [{**tokenizer(texts_a[i]), "labels": int(y_pool_a[i])} for i in np.random.default_rng(0).permutation(rows)]
new_examples = [
    {**tokenizer(text), "labels": int(label)} for text, label in zip(new_a[::4], y_test_a[::4], strict=True)
]
collate = DataCollatorWithPadding(tokenizer)
padded = collate(examples[:10])
print({name: tuple(tensor.shape) for name, tensor in padded.items()})


def metrics(prediction):
    """Return two figures; the Trainer calls this after each evaluation."""
    found = prediction.predictions.argmax(axis=1)
    scores = accuracy_score(prediction.label_ids, found), f1_score(prediction.label_ids, found, average="macro")
    return dict(zip(("accuracy", "macro_f1"), scores, strict=True))


# %% [markdown]
# The settings. Many a tutorial says `evaluation_strategy`, `warmup_ratio` and `no_cuda`: in transformers 5 they are
# called `eval_strategy`, `warmup_steps` (below 1 it is a share) and `use_cpu`. `train_sampling_strategy="sequential"`
# keeps the order of the examples, for the comparison below; leave it out in real work.

# %%
folder = tempfile.TemporaryDirectory()
settings = TrainingArguments(
    output_dir=folder.name,
    num_train_epochs=2,
    per_device_train_batch_size=10,
    per_device_eval_batch_size=60,
    warmup_steps=0.1,
    eval_strategy="epoch",
    logging_strategy="epoch",
    save_strategy="no",
    report_to="none",
    disable_tqdm=True,
    use_cpu=device == "cpu",
    train_sampling_strategy="sequential",
)

# %% [markdown]
# The `Trainer` would make an optimizer with one rate; ours has two. For the comparison dropout is off in both runs.
# Does the loss on new lines fall with that on known ones?


# %%
def without_dropout():
    """Return a new classifier in which dropout does nothing, also while training."""
    model = MeanClassifier(6).to(device)
    for part in model.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    return model


# %%
model = without_dropout()
trainer = Trainer(
    model,
    settings,
    data_collator=collate,
    train_dataset=examples,
    eval_dataset=new_examples,
    compute_metrics=metrics,
    optimizers=(two_rates(model), None),
)
trainer.remove_callback(PrinterCallback)
trainer.train()
log = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
evaluated = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
print("both losses fell:", log[0] > log[-1] and evaluated[0] > evaluated[-1])

# %% [markdown]
# Now the loop by hand on the same batches. It must give the same weights, or one of the two does something that we
# haven't understood.

# %%
twin_model = without_dropout()
data = [dict(collate(examples[i : i + 10]).to(device)) for i in range(0, len(examples), 10)]
losses = run(twin_model, two_rates(twin_model), data, epochs=2)

pairs = zip(model.parameters(), twin_model.parameters(), strict=True)
weight_gap = max((a - b).abs().max().item() for a, b in pairs)
loss_gap = np.abs(np.reshape(losses, (2, -1)).mean(axis=1) - log).max()
print("22.7 million weights agree to 1e-4:", weight_gap < 1e-4)
print("losses of both epochs agree to 1e-3:", loss_gap < 1e-3)

# %% [markdown]
# So the `Trainer` holds no secret: two parameter groups, clipping at 1, linear schedule, one step a batch. What you get
# for using it is all that stands *around* the loop. What you give up is that you see it; when a result is odd, this
# comparison on thirty lines finds out which of the two is to blame.
#
# ## 5. Task B: is this line scrambled?
#
# Back to the alarm. A scrambled line has the same words as before, so what counts is their order. First the cheap
# methods, with 100 and 200 labels.

# %%
cheap_b = {"word counts": [], "frozen, mean": []}
for size in (100, 200):
    texts, y = pool_b[:size], y_pool_b[:size]
    cheap_b["word counts"].append(np.mean(counted(texts, y, test_b) == y_test_b))
    cheap_b["frozen, mean"].append(np.mean(linear(pool_mean_b[:size], y, test_mean_b) == y_test_b))
print("frozen features with 200 labels are right in less than 4 of 5 lines:", cheap_b["frozen, mean"][1] < 0.8)

# %% [markdown]
# **Predict before you run.** Fine-tune on 100 lines, four epochs. First all six layers; then only the upper two, "the
# task-specific ones", with everything below frozen. Will two layers reach (a) nearly the same, (b) about half of the
# gain, or (c) hardly more than frozen features? One seed each; in a trial, a second one moved the first score by 0.04.


# %%
def upper_two(classes=2):
    """Return a classifier in which only the head and the encoder's two upper layers learn."""
    model = MeanClassifier(classes)
    for name, parameter in model.body.named_parameters():
        parameter.requires_grad_(name.startswith(("encoder.layer.4.", "encoder.layer.5.")))
    return model


# %%
tuned_b, kept = {"all layers": [], "upper two layers": []}, None
for name, make in (("all layers", lambda: MeanClassifier(2)), ("upper two layers", upper_two)):
    model, losses = tune(make, pool_b[:100], y_pool_b[:100], epochs=4, seed=0)
    answers = predictions(model, test_b)
    tuned_b[name].append(np.mean(answers == y_test_b))
    if kept is None:
        kept, kept_answers = model, answers
print(
    "all layers, tuned on 100 lines, beat frozen features with 200:",
    min(tuned_b["all layers"]) > cheap_b["frozen, mean"][1],
)

# %% [markdown]
# The dashed line is a guess. How far does each method get from it?

# %%
rows_b = {f"tuned, {name}": scores for name, scores in tuned_b.items()}
rows_b |= {f"{name}, 100 labels": scores[:1] for name, scores in cheap_b.items()}
rows_b |= {f"{name}, 200 labels": scores[1:] for name, scores in cheap_b.items()}
fig, ax = plt.subplots(figsize=(7.5, 3))
for place, (name, scores) in enumerate(rows_b.items()):
    ax.plot(scores, [place] * len(scores), "o", color="C0" if "all" in name else "C1", markersize=8)
    ax.text(max(scores) + 0.012, place, f"{np.mean(scores):.2f}", va="center", size=9)
ax.axvline(0.5, color="0.4", linestyle="--", linewidth=1)
ax.set_yticks(range(len(rows_b)), list(rows_b))
ax.set(xlabel="accuracy on 200 test lines", xlim=(0.45, 1), ylim=(5.5, -0.5))
ax.set_title("Task B: only the whole network learns word order")
plt.show()

# %% [markdown]
# (a) is tempting, and a common recipe, but it is nearer to (c). Vectors that were trained for *meaning* hold little about
# order, since a scrambled sentence still means roughly the same. By layer 5 most of it has been thrown away, and the
# upper two layers can't bring it back. Training the lower ones keeps it. So the same tool did nothing for task A and
# nearly everything for task B. If frozen features are good already, little is left to gain.
#
# ## 6. What a point of accuracy costs
#
# Count passes, not seconds: a line that runs through the encoder costs 1, a training step on it about 3 (once forward,
# about two for the gradients, lesson 01). Word counts cost practically nothing.

# %%
methods = {
    ("A", "word counts"): (0, cheap_a["word counts"][0].mean()),
    ("A", "frozen"): (30, cheap_a["frozen, mean"][0].mean()),
    ("A", "tuned"): (30 * 5 * 3, np.mean(tuned_a["mean"])),
    ("B", "word counts"): (0, cheap_b["word counts"][0]),
    ("B", "frozen"): (100, cheap_b["frozen, mean"][0]),
    ("B", "tuned"): (100 * 4 * 3, np.mean(tuned_b["all layers"])),
}


def cheapest(task, tolerance=0.02):
    """Return the cheapest method of a task whose accuracy is within `tolerance` of the best."""
    ours = {name: (cost, score) for (own, name), (cost, score) in methods.items() if own == task}
    best = max(score for _, score in ours.values())
    return min((cost, name) for name, (cost, score) in ours.items() if score >= best - tolerance)[1]


print("task A, within 5 points of the best:", cheapest("A", 0.05))
print("task B, within 5 points of the best:", cheapest("B", 0.05))

# %% [markdown]
# The marker's area stands for the cost; the point moves to the right only where the cost buys something.


# %%
def decide(task="B", tolerance=0.05):
    """Draw accuracy and cost of the three methods, and name the cheapest that is good enough."""
    _, ax = plt.subplots(figsize=(7, 2.4))
    ours = [(name, *found) for (own, name), found in methods.items() if own == task]
    for place, (name, cost, score) in enumerate(ours):
        ax.scatter(score, place, s=40 + cost / 2, color="C0" if name == cheapest(task, tolerance) else "0.6")
        ax.text(1.01, place, f"{cost:,} passes", va="center", size=9)
    ax.axvspan(max(score for *_, score in ours) - tolerance, 1, color="C0", alpha=0.1)
    ax.set_yticks(range(3), [name for name, *_ in ours])
    ax.set(xlabel=f"accuracy, task {task} (shaded: good enough)", xlim=(0.5, 1), ylim=(-0.7, 2.7))
    ax.set_title(f"Cheapest within {tolerance:.2f} of the best: {cheapest(task, tolerance)}")
    plt.show()


decide()

# %% tags=["widget"]
_ = widgets.interact(decide, task=["A", "B"], tolerance=widgets.FloatSlider(value=0.05, min=0, max=0.3, step=0.01))

# %% [markdown]
# Training is paid once, but every *answer* of the frozen or tuned network costs a pass too, about ten thousand times
# the work of a table of word counts. With ten times the labels the picture may change again: word counts gain most from
# them.
#
# ## 7. How it fails
#
# **(a) A rate for the head, used on the body.** 10⁻² for all weights is what a network from scratch would bear. Six steps
# on 60 lines are enough to see what it does here.

# %%
model, fast_losses = tune(lambda: MeanClassifier(2), pool_b[:60], y_pool_b[:60], epochs=1, seed=0, body=1e-2)
fast = predictions(model, test_b[:60])
fast_score = np.mean(fast == y_test_b[:60])
share = max(np.mean(fast == 0), np.mean(fast == 1))
print("accuracy is near one half:", abs(fast_score - 0.5) < 0.1, "  one answer for nearly all lines:", share > 0.9)

# %% [markdown]
# In six steps everything that MiniLM knew is gone, and the new model gives one answer to all. The training log shows
# a loss like a coin's (ln 2 = 0.69) or above, and no error. If yours doesn't move from ln(classes), divide the body's
# rate by ten first.
#
# **(b) The alarm was trained on shuffles.** What the pipeline really does may be something else: say, it swaps two
# neighboring words. How often does the alarm of section 5 ring for these?


# %%
def swap(text, rng):
    """Return a line with two different neighboring words in the middle exchanged."""
    words = text.removesuffix(".").split()
    places = [i for i in range(1, len(words) - 1) if words[i] != words[i + 1]]
    i = rng.choice(places)
    words[i : i + 2] = words[i + 1], words[i]
    return " ".join(words) + "." * text.endswith(".")


rng = random.Random(1)
intact = [text for text, label in zip(test_b, y_test_b, strict=True) if label == 0]
found = {"shuffled": kept_answers[y_test_b == 1].mean()}
found |= {"two words swapped": predictions(kept, [swap(t, rng) for t in intact]).mean()}
found |= {"untouched (false alarms)": kept_answers[y_test_b == 0].mean()}

# %%
fig, ax = plt.subplots(figsize=(6.5, 2.2))
ax.barh(list(found), list(found.values()), color=["C0", "C5", "C6"])
for place, value in enumerate(found.values()):
    ax.text(value + 0.01, place, f"{value:.2f}", va="center")
ax.set(xlabel="share of 100 lines on which the alarm rings", xlim=(0, 1.1), ylim=(2.5, -0.5))
ax.set_title("It learned shuffles, not “wrong order”")
plt.show()

# %% [markdown]
# Most swaps pass unnoticed. The task that you wrote down was "is it scrambled?"; the task that the model learned is "was
# it shuffled the way the training lines were?". The accuracy of section 5 says nothing about other damage. Write into
# the report what the positives were made of.
#
# **(c) Forgetting.** The tuned encoder is still an encoder. Are its frozen vectors as good for task A as before? Take the
# 5 labels in each class of section 2 once more, with the body that learned task B.

# %%
encoder = kept.body.eval()
after_pool, after_test = features(texts_a)[0], features(new_a)[0]
forgot = []
for seed in range(3):
    rows = draw(y_pool_a, 5, seed)
    forgot.append(np.mean(linear(after_pool[rows], y_pool_a[rows], after_test) == y_test_a))
lost = cheap_a["frozen, mean"][0].mean() - np.mean(forgot)
print("tuning on task B took points from task A:", lost > 0.03)

# %% [markdown]
# A hundred lines about word order made it worse at topics. One tuned body serves one task; for ten tasks you would keep
# ten of them, 90 MB each, or train small additions to one frozen body (LoRA, phase 4).
#
# ## 8. In practice
#
# A model that nobody can load again is not finished. Save the weights as `safetensors` (numbers and names, no code that
# could run), with what is needed to build the model and a card that says what it is good for. Then load it and compare.

# %%
(place := Path(folder.name) / "alarm").mkdir()
save_model(kept, str(place / "model.safetensors"))
tokenizer.save_pretrained(place)
card = {
    "base model": NAME,
    "trained on": "100 one-line docstrings of SciPy, NetworkX and scikit-image, half of them shuffled",
    "measured on": "200 others without twins in training; one seed",
    "not for": "single swapped words, other languages, long texts",
}
(place / "card.json").write_text(json.dumps(card, indent=1))
loaded = MeanClassifier(2).to(device)
load_model(loaded, str(place / "model.safetensors"), device=device)
same = (predictions(loaded, test_b[:20]) == predictions(kept, test_b[:20])).all()
print("the loaded model gives the same answers:", bool(same))
folder.cleanup()

# %% [markdown]
# - Run the two cheap methods first, and keep them in the report. If frozen features are close to your target, stop.
# - Repeat with several seeds *and* draws of labels before you claim a gain of a few points.
# - Choose epochs and rates on validation lines, never on the test lines. (Here they were fixed before the runs.)
# - Pool the way the encoder was pre-trained. Give the head a large rate and the body a small one.
# - Online you would also load labels (`load_dataset("imdb")`) and another body (`"distilbert-base-uncased"`); the cells
#   stay the same.
# - With ten times the compute you would tune on all lines, over five seeds; with a larger encoder first of all.

# %% [markdown]
# ## Check yourself
#
# **1. Frozen features were poor at word order because …**
#
# - (a) MiniLM is too small
# - (b) 100 labels are too few
# - (c) the mean of vectors trained for meaning keeps little of the order
# - (d) the head was only linear
#
# <details><summary>Answer</summary>
#
# **(c)**. Scrambled and straight have nearly the same meaning, so they get nearly the same vector. (a) The same network
# learned the task once its weights could move. (b) 100 labels were enough for tuning, and 200 didn't help the frozen
# vectors much. (d) A deeper head can't find what the vector no longer holds; training the upper two *layers* didn't
# either.
# </details>

# %% [markdown]
# **2. Which learning rate fits a pre-trained body of this size?**
#
# - (a) about 10⁻⁴
# - (b) 10⁻²
# - (c) the head's
# - (d) 0
#
# <details><summary>Answer</summary>
#
# **(a)**. Large enough to learn in a few dozen steps, small enough to keep what is known. (b) and (c) are the same
# here, and destroyed it in section 7. (d) is frozen features: sometimes the right choice, but then call it that.
# </details>

# %% [markdown]
# **3. Full fine-tuning 0.86, frozen features 0.88, on 240 test lines. You conclude …**
#
# - (a) frozen is better
# - (b) no difference is shown
# - (c) fine-tune longer
# - (d) the test set is wrong
#
# <details><summary>Answer</summary>
#
# **(b)**. One accuracy has a standard error of about 0.02, and seeds add to it. (a) reads noise as a result; frozen is
# better as a *choice*, because it is cheaper. (c) would choose the number of epochs on the test lines. (d) A result that
# you don't like is no evidence against the test.
# </details>

# %% [markdown]
# ## In short
#
# - Look for twins first: a random split of written text measures memory.
# - Fine-tuning starts from frozen features and must beat them. It didn't on topics; on word order it did.
# - A head that matches the pre-training starts higher; two learning rates; warm-up.
# - The `Trainer` is a loop that you can write, with useful things around it.
# - A tuned model knows what its labels were made of, and nothing more.

# %% [markdown]
# ## Next
#
# [Open the exercises](../../work/03_deep_learning/11_fine_tuning.ipynb): pooling that survives padding, metrics for the
# `Trainer`, families that stay together, the price of a target, and gradients from small batches. Then lesson 13
# generates instead of recognizing.

# %% tags=["claims"]
assert len(lines) > 1000 and (counts[topics] >= 45).all() and twin.mean() > 0.1
assert leak["with a twin in training"] > leak["without"] + 0.03
assert pool_gap < 1e-5 and head_gap < 1e-5 and weight_gap < 1e-4 and loss_gap < 1e-3
mean_a, words_a, first_a = (cheap_a[n].mean(axis=1) for n in ("frozen, mean", "word counts", "frozen, first token"))
assert mean_a[0] > words_a[0] + 0.04 and mean_a[2] - words_a[2] < mean_a[0] - words_a[0] and mean_a[0] > first_a[0]
assert max(abs(np.mean(scores) - mean_a[0]) for scores in tuned_a.values()) < 0.12
assert log[0] > log[-1] and max(cheap_b["frozen, mean"]) < 0.8
assert np.mean(tuned_b["all layers"]) > max(*cheap_b["frozen, mean"], *cheap_b["word counts"]) + 0.04
assert np.mean(tuned_b["all layers"]) > np.mean(tuned_b["upper two layers"]) + 0.08
assert cheapest("B", 0.05) == "tuned" and cheapest("A", 0.05) != "tuned"
assert abs(fast_score - 0.5) < 0.1 and share > 0.9
assert found["two words swapped"] < (found["shuffled"] + found["untouched (false alarms)"]) / 2
assert lost > 0.03 and same
