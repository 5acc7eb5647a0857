"""Checks, hints and known mistakes of 03_deep_learning/11_fine_tuning."""

import math
import random
from collections import Counter
from functools import cache
from itertools import combinations, pairwise
from weakref import WeakSet

import numpy as np
import torch
from hypothesis import strategies as st
from scipy.optimize import nnls
from sklearn.metrics import f1_score
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import EvalPrediction

from handrail.expect import (
    agree,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    raises,
    require,
    shape,
    told_by_message,
)

# 1. pool_hidden


def token_by_token(hidden, mask, how):
    """Collect the real tokens of each sentence in a list, then pool the list, in NumPy."""
    rows = []
    for vectors, marks in zip(hidden.numpy(), mask.tolist(), strict=True):
        real = [vector for vector, mark in zip(vectors, marks, strict=True) if mark]
        if not real:
            rows.append(np.zeros(hidden.shape[2]))
        elif how == "last":
            rows.append(real[-1])
        else:
            columns = zip(*real, strict=True)
            rows.append(np.array([sum(c) / len(real) if how == "mean" else max(c) for c in columns]))
    return torch.tensor(np.array(rows), dtype=hidden.dtype)


WAYS = ("mean", "max", "last")


@st.composite
def padded(draw):
    batch, n, d = draw(between(1, 3)), draw(between(1, 4)), draw(between(1, 3))
    seed, left = draw(between(0, 50)), draw(st.booleans())
    lengths = draw(st.lists(between(0, n), min_size=batch, max_size=batch))
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randint(-8, 9, (batch, n, d), generator=generator) / 4
    hidden = (hidden - draw(st.sampled_from([0, 0, 3]))).to(draw(st.sampled_from([torch.float32, torch.float64])))
    places = torch.arange(n)
    mask = torch.stack([places >= n - k if left else places < k for k in lengths])
    hidden[~mask] = draw(st.sampled_from([500.0, -500.0, math.nan, math.inf, 0.0]))
    return call(
        hidden, mask.to(draw(st.sampled_from([torch.int64, torch.int64, torch.bool]))), draw(st.sampled_from(WAYS))
    )


def _pairs(values, mask, how):
    return call(torch.tensor(values)[..., None], torch.tensor(mask), how)


POOLED_FIRST = [
    _pairs([[1.0, 3.0, 500.0]], [[1, 1, 0]], "mean"),
    _pairs([[-1.0, -3.0, -500.0]], [[1, 1, 0]], "max"),
    _pairs([[1.0, 3.0, 500.0]], [[1, 1, 0]], "last"),
    _pairs([[500.0, 1.0, 3.0]], [[0, 1, 1]], "mean"),
    _pairs([[500.0, 500.0, 3.0]], [[0, 0, 1]], "last"),
    _pairs([[7.0, 500.0, 500.0], [7.0, 8.0, 500.0]], [[1, 0, 0], [1, 1, 0]], "last"),
    *(_pairs([[math.nan, 1.0, 3.0]], [[0, 1, 1]], how) for how in WAYS),
    *(_pairs([[5.0, 6.0], [1.0, 2.0]], [[0, 0], [1, 1]], how) for how in WAYS),
    call(torch.tensor([[[1.0, -5.0], [-2.0, 4.0]]]), torch.tensor([[1, 1]]), "max"),
    _pairs([[-2e9, -3e9, 500.0]], [[1, 1, 0]], "max"),
]


@hints(
    "For each of the three ways, what may padding do to it? Enter a sum, win a maximum, stand in the last place.",
    "Give the mask a third axis, `mask.bool()[..., None]`, and put into padding a number that can't matter: 0 for "
    "a sum, minus infinity for a maximum. What does the sum have to be divided by?",
    "The last real token is the one whose place number is highest among the real ones: multiply place numbers by the "
    "mask and take the `argmax`. At the end, rows without any real token become 0.",
)
@equivalent(
    "torch.arange(mask.shape[1], device=mask.device)", "torch.arange(mask.shape[1])", because="checked on a CPU"
)
def check_pool_hidden(pool_hidden):
    agree(pool_hidden, token_by_token, on=padded(), also=POOLED_FIRST, examples=25, rtol=1e-5, atol=1e-5)
    for how in ("sum", "Mean", ""):
        given = call(torch.ones(1, 2, 1), torch.tensor([[1, 1]]), how)
        raises(pool_hidden, ValueError, given, why='Only "mean", "max" and "last" are known.')


def _known(how):
    if how not in WAYS:
        raise ValueError(how)


def pool_hidden__over_padding(hidden, mask, how):
    """Your mean runs over the padding as well. Add up the real tokens only, and divide by their number."""
    return hidden.mean(dim=1) if how == "mean" else token_by_token(hidden, mask, how)


def pool_hidden__divides_by_all(hidden, mask, how):
    """You add up the real tokens but divide by the length of the padded row. Short sentences shrink toward zero, and
    the same sentence gets another vector in another batch."""
    return (
        hidden.masked_fill(~mask.bool()[..., None], 0).mean(dim=1)
        if how == "mean"
        else token_by_token(hidden, mask, how)
    )


def pool_hidden__max_with_zeros(hidden, mask, how):
    """You set padding to 0 before the maximum. Where all real values of a column are negative, the 0 wins. Only minus
    infinity never wins."""
    return (
        hidden.masked_fill(~mask.bool()[..., None], 0).amax(dim=1)
        if how == "max"
        else token_by_token(hidden, mask, how)
    )


def pool_hidden__last_position(hidden, mask, how):
    """You take the last *position*. With padding on the right, that is padding for every sentence but the longest."""
    return hidden[:, -1] if how == "last" else token_by_token(hidden, mask, how)


def pool_hidden__last_by_length(hidden, mask, how):
    """You take position *length − 1*. That is the last real token only if the padding is on the right; with padding on
    the left the real tokens stand at the end."""
    if how != "last":
        return token_by_token(hidden, mask, how)
    lengths = mask.long().sum(dim=1)
    picked = hidden[torch.arange(len(hidden)), (lengths - 1).clamp(min=0)]
    return torch.where(lengths[:, None] > 0, picked, 0)


def pool_hidden__multiplies(hidden, mask, how):
    """You multiply the padding by 0. If it holds `nan` or infinity, the product is `nan`. Replace it, with
    `masked_fill` or `torch.where`."""
    if how != "mean":
        return token_by_token(hidden, mask, how)
    there = mask.to(hidden.dtype)[..., None]
    return (hidden * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)


def pool_hidden__nan_for_empty(hidden, mask, how):
    """The mean of a sentence without real tokens came back as `nan`: it is 0/0. Such a row should be zeros."""
    if how != "mean":
        return token_by_token(hidden, mask, how)
    there = mask.bool()[..., None]
    return hidden.masked_fill(~there, 0).sum(dim=1) / there.sum(dim=1)


def pool_hidden__infinite_for_empty(hidden, mask, how):
    """The maximum of a sentence without real tokens came back as minus infinity. Such a row should be zeros."""
    if how != "max":
        return token_by_token(hidden, mask, how)
    return hidden.masked_fill(~mask.bool()[..., None], -math.inf).amax(dim=1)


def pool_hidden__accepts_anything(hidden, mask, how):
    """An unknown `how` was answered as if it were a known one. Refuse it with a ValueError: a misspelled setting
    should stop the program."""
    return token_by_token(hidden, mask, how if how in WAYS else "last")


# 2. trainer_metrics


class Shown(EvalPrediction):
    """What the Trainer hands over, with a repr that a learner can read."""

    def __repr__(self):
        parts = self.predictions if isinstance(self.predictions, tuple) else (self.predictions,)
        scores = ", ".join(f"np.array({part.tolist()})" for part in parts)
        scores = f"({scores})" if isinstance(self.predictions, tuple) else scores
        return f"EvalPrediction(predictions={scores}, label_ids=np.array({self.label_ids.tolist()}))"


def by_counting(prediction):
    """Return the two figures from one pass over the pairs, in plain Python."""
    scores = prediction.predictions[0] if isinstance(prediction.predictions, tuple) else prediction.predictions
    predicted = [max(range(len(row)), key=lambda k: row[k]) for row in scores.tolist()]
    labels = prediction.label_ids.tolist()
    right = Counter(label for label, guess in zip(labels, predicted, strict=True) if label == guess)
    seen = Counter(labels) + Counter(predicted)
    macro = sum(2 * right[one] / times for one, times in seen.items()) / len(seen)
    return {"accuracy": right.total() / len(labels), "macro_f1": macro}


@st.composite
def evaluations(draw):
    n, classes = draw(between(1, 7)), draw(between(2, 4))
    rng = np.random.default_rng(draw(between(0, 200)))
    scores = rng.permuted(np.tile(np.arange(classes) - 1.5, (n, 1)), axis=1) + np.round(rng.normal(size=(n, 1)))
    scores = scores.astype(draw(st.sampled_from([np.float32, np.float64])))
    labels = rng.integers(draw(between(1, classes)), size=n).astype(draw(st.sampled_from([np.int64, np.int32])))
    hidden = np.zeros((n, 1, 2), dtype=scores.dtype)
    return call(Shown(draw(st.sampled_from([scores, scores, (scores, hidden), (scores,)])), labels))


def _scored(predicted, labels, classes=3, extra=()):
    scores = np.eye(classes)[predicted]
    return call(Shown((scores, *extra) if extra else scores, np.array(labels)))


SCORED_FIRST = [
    _scored([0, 1, 0], [0, 1, 1], classes=2),
    _scored([0, 1, 0, 2], [0, 1, 1, 2]),
    _scored([0, 0, 0, 1], [0, 0, 1, 1]),
    _scored([0, 2], [0, 0]),
    _scored([0, 0], [0, 2]),
    _scored([1, 1], [0, 0]),
    _scored([2], [2], classes=4),
    _scored([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2]),
    _scored([0, 1, 0], [0, 1, 1], classes=2, extra=(np.zeros((3, 2, 4)),)),
    call(Shown(np.array([[1000.0, 2000.0], [-1000.0, -2000.0]]), np.array([1, 0]))),
    call(Shown(np.array([[-2000.0, -1000.0], [2000.0, 1000.0]]), np.array([1, 0]))),
]


@hints(
    "Get the scores out of the tuple first, if there is one. One row of scores is one example: along which axis do "
    "the classes lie?",
    "For one class, F1 = 2·(right) / (how often it is a label + how often it is predicted). Which classes should be "
    "asked, so that this never is 0/0?",
    "Take the union of the classes among labels and predictions, work out F1 for each, and take the plain mean, "
    "whatever their sizes. Return two floats in a dictionary.",
)
def check_trainer_metrics(trainer_metrics):
    agree(trainer_metrics, by_counting, on=evaluations(), also=SCORED_FIRST, examples=25, rtol=1e-6, atol=1e-6)


def _unpacked(prediction, axis=1):
    scores = prediction.predictions[0] if isinstance(prediction.predictions, tuple) else prediction.predictions
    return scores, scores.argmax(axis=axis), prediction.label_ids


def _f1(one, predicted, labels):
    both = np.sum(predicted == one) + np.sum(labels == one)
    return 2 * np.sum((predicted == one) & (labels == one)) / both if both else math.nan


def _named_figures(predicted, labels, macro):
    return {"accuracy": float(np.mean(predicted == labels)), "macro_f1": float(macro)}


def trainer_metrics__micro(prediction):
    """Your F1 is the micro average. With one label for each example that is the accuracy again, and a rare class hardly
    counts. Work out F1 for each class, then take the mean."""
    _, predicted, labels = _unpacked(prediction)
    return _named_figures(predicted, labels, np.mean(predicted == labels))


def trainer_metrics__weighted(prediction):
    """You weighted the classes by how often they occur. Macro F1 gives the rarest class the same weight as the most
    common one."""
    _, predicted, labels = _unpacked(prediction)
    return _named_figures(predicted, labels, f1_score(labels, predicted, average="weighted"))


def trainer_metrics__nan_for_absent(prediction):
    """A class that occurs neither among the labels nor among the predictions gave 0/0, and its `nan` spoiled the mean.
    Ask only the classes that occur."""
    scores, predicted, labels = _unpacked(prediction)
    return _named_figures(predicted, labels, np.mean([_f1(k, predicted, labels) for k in range(scores.shape[1])]))


def trainer_metrics__zero_for_absent(prediction):
    """A class that occurs nowhere counted as an F1 of 0. A perfect model would then score below 1 on a small batch. Ask
    only the classes that occur."""
    scores, predicted, labels = _unpacked(prediction)
    every = [_f1(k, predicted, labels) for k in range(scores.shape[1])]
    return _named_figures(predicted, labels, np.nan_to_num(every).mean())


def trainer_metrics__labels_only(prediction):
    """You asked only the classes among the *labels*. One that is predicted but never right occurs too, with an F1
    of 0."""
    _, predicted, labels = _unpacked(prediction)
    return _named_figures(predicted, labels, np.mean([_f1(k, predicted, labels) for k in np.unique(labels)]))


def trainer_metrics__predicted_only(prediction):
    """You asked only the classes that were *predicted*. A class that the model never finds occurs among the labels,
    with an F1 of 0: that is the one you want to hear of."""
    _, predicted, labels = _unpacked(prediction)
    return _named_figures(predicted, labels, np.mean([_f1(k, predicted, labels) for k in np.unique(predicted)]))


def trainer_metrics__wrong_axis(prediction):
    """`argmax` ran over the wrong axis: it looked for the best *example* of each class. Rows are examples, columns are
    classes."""
    scores = prediction.predictions[0] if isinstance(prediction.predictions, tuple) else prediction.predictions
    predicted = np.resize(scores.argmax(axis=0), len(prediction.label_ids))
    labels = prediction.label_ids
    return _named_figures(predicted, labels, f1_score(labels, predicted, average="macro"))


def trainer_metrics__mean_of_parts(prediction):
    """You averaged precision and recall over the classes and made one F1 of the two means. Macro F1 is the mean of the
    classes' own F1."""
    _, predicted, labels = _unpacked(prediction)
    parts = []
    for one in np.union1d(labels, predicted):
        right = np.sum((predicted == one) & (labels == one))
        parts.append((right / max(1, np.sum(predicted == one)), right / max(1, np.sum(labels == one))))
    precision, recall = np.mean(parts, axis=0)
    total = precision + recall
    return _named_figures(predicted, labels, 2 * precision * recall / total if total else 0.0)


def trainer_metrics__no_tuple(prediction):
    """Your answer doesn't expect a tuple. A model that also returns hidden states hands over (scores, hidden states);
    the scores come first."""
    if isinstance(prediction.predictions, tuple):
        raise AttributeError("'tuple' object has no attribute 'argmax'")
    return by_counting(prediction)


def trainer_metrics__percent(prediction):
    """You returned percentages. The Trainer's figures are shares, from 0 to 1."""
    return {name: 100 * value for name, value in by_counting(prediction).items()}


# 3. family_split


@cache
def jaccard(first, second):
    """Return the share of shared word triples of two texts, from its definition, with lists."""

    def triples(text):
        words = text.lower().split()
        return [words] if len(words) < 3 else [words[i : i + 3] for i in range(len(words) - 2)]

    ours, theirs = ([t for i, t in enumerate(ts) if t not in ts[:i]] for ts in (triples(first), triples(second)))
    shared = sum(one in theirs for one in ours)
    return shared / (len(ours) + len(theirs) - shared)


@cache
def families(texts, threshold):
    """Return the families of a tuple of texts as sets of indices: walk from each to all that it can reach."""
    near = {i: {j for j in range(len(texts)) if jaccard(texts[i], texts[j]) >= threshold} for i in range(len(texts))}
    found, placed = [], set()
    for start in range(len(texts)):
        if start not in placed:
            reached, todo = {start}, [start]
            while todo:
                new = near[todo.pop()] - reached
                reached |= new
                todo += new
            found.append(reached)
            placed |= reached
    return found


@st.composite
def collections(draw):
    word = st.sampled_from(["fit", "the", "Model", "to", "data", "x"])
    text = st.lists(word, min_size=0, max_size=6).map(" ".join)
    texts = draw(st.lists(text, min_size=0, max_size=9))
    share, threshold = draw(st.sampled_from([0.25, 0.5, 0.0, 1.0])), draw(st.sampled_from([0.5, 0.25, 1.0, 0.75]))
    return call(texts, share, threshold, draw(between(0, 100)))


ONE_WORD = ["a b c d e f", "a b c d e g", "h i j k l m", "n o p q r s", "t u v w x y", "1 2 3 4 5 6"]
FAR_APART = ["a b c d e f", "b x y", "c x y", "d x y", "z b c d e f", "e x y"]
CHAIN = ["c d e f", "a b c d", "b c d e", "k l m", "n o p", "q r s"]  # 1~2 and 2~0, but not 1~0
OTHER_CASE = ["Fit the model", "fit The MODEL", "a b c", "d e f", "g h i", "j k l"]
TWO_WORDS = ["fit model", "Fit  model", "fit data", "a", "", "b c d"]
EXACTLY = ["a b c d", "b c d e", "k l m", "n o p", "q r s", "t u v"]  # Jaccard 1/3
MIXED = ["a b c d", "a b c d", "a b c d", "e f g", "h i j", "k l m", "n o p"]
APART = ["a b c d e f", "a b c x y z", "a b q c d", "a b r c d", "f e d c b a", "A b c", "a b c."]  # all below 0.3
NAMED = [
    (["a b c d", "a b c d", "e f g", "h i j", "k l m", "n o p"], 0.5, "Texts 0 and 1 are equal."),
    (ONE_WORD, 0.5, "Texts 0 and 1 differ in their last word."),
    (FAR_APART, 0.5, "Texts 0 and 4 differ in their first word, so they aren't neighbors in the alphabet."),
    (CHAIN, 1 / 3, "Text 1 is related to 2, and 2 to 0: a chain of relatives is one family."),
    (OTHER_CASE, 0.9, "Texts 0 and 1 differ in capitals only, which don't count."),
    (TWO_WORDS, 0.9, "A text of fewer than three words has one triple, the tuple of its words."),
    (EXACTLY, 1 / 3, "Texts 0 and 1 have a Jaccard index of exactly the threshold."),
    (["a b c d a b c d", "a b c d", "k l m"], 0.5, "Triples are counted as a set: a repeated one counts once."),
]


@told_by_message
@hints(
    "Three steps: which pairs are related, which texts hang together through them, and which families go to the test. "
    "Write the first as a double loop.",
    "Give every text a family number, at first its own index. For each related pair, *every* text with the one number "
    "takes the other: so chains close.",
    "Shuffle the family numbers with a generator made from `seed`. Add whole families until the test holds at least "
    "share × number of texts; then stop.",
)
def check_family_split(family_split):
    def whole(texts, share, threshold, seed, told=""):
        returned = family_split(texts, share, threshold, seed)
        kind(returned, (tuple, list))
        require(len(returned) == 2, "Return two lists: the training indices and the test indices.")
        train, test = (_indices(part, what) for part, what in zip(returned, ("training", "test"), strict=True))
        every = sorted(train + test)
        require(every == list(range(len(texts))), "Every index should be in exactly one of the two lists.")
        require(train == sorted(train) and test == sorted(test), "The indices should be ascending in both lists.")
        kin = families(tuple(texts), threshold)
        for family in kin:
            torn = sorted(family & set(train)), sorted(family & set(test))
            for i, j in ((i, j) for i in torn[0] for j in torn[1] if jaccard(texts[i], texts[j]) >= threshold):
                near = f"their Jaccard index is {jaccard(texts[i], texts[j]):.2f}, the threshold {threshold:.2f}"
                require(False, f"{told} Text {i} is in the training set and {j} in the test; {near}.".strip())
        wanted = share * len(texts)
        enough = f"The test should hold at least {share:g} × {len(texts)} = {wanted:g} texts; it holds {len(test)}."
        require(len(test) >= wanted - 1e-9, enough)
        inside = [len(family) for family in kin if family <= set(test)]
        if inside:
            require(
                len(test) - max(inside) < wanted - 1e-9,
                f"The test holds {len(test)} of {len(texts)} texts, and {wanted:g} are enough. Even without one of its "
                "families it would hold that many.",
            )

    for_all(whole, on=st.just(call([f"{k} a{k} b{k}" for k in range(8)], 0.25, 0.5, 0)), examples=1)
    for texts, threshold, told in NAMED:
        for_all(
            lambda texts, share, threshold, seed, told=told: whole(texts, share, threshold, seed, told),
            on=st.just(call(texts, 0.5, threshold, 0)),
            also=[call(texts, 0.5, threshold, seed) for seed in range(8)],
            examples=1,
        )
    singles = [f"{k} a{k} b{k}" for k in range(12)]
    _is_random(family_split, singles)
    for_all(whole, on=collections(), examples=20)
    for_all(whole, on=st.just(call([], 0.5, 0.5, 0)), examples=1)


def _indices(part, what):
    kind(part, (list, tuple, np.ndarray), f"the {what} part")
    for one in part:
        require(
            isinstance(one, int | np.integer) and not isinstance(one, bool), f"The {what} part should hold integers."
        )
    return [int(one) for one in part]


def _is_random(family_split, singles):
    state = random.getstate()
    tests = [tuple(_indices(family_split(singles, 0.5, 0.5, seed)[1], "test")) for seed in range(40)]
    random.seed(123)
    again = [tuple(_indices(family_split(singles, 0.5, 0.5, seed)[1], "test")) for seed in range(3)]
    random.setstate(state)
    require(again == tests[:3], "The same texts and seed gave another split the second time.")
    require(len(set(tests)) > 1, "40 seeds all gave the same split of 12 unrelated texts. Use `seed` to shuffle them.")
    require(
        len(set(tests)) > 5,
        "40 seeds gave the same few splits of 12 unrelated texts. Every order of families should be possible.",
    )
    counts = [sum(k in test for test in tests) for k in range(12)]
    require(
        min(counts) > 0 and max(counts) < 40,
        "In 40 splits of 12 unrelated texts, one text was always in the test, or never. Shuffle all families.",
    )
    apart = [set(_indices(family_split(APART, 0.5, 0.3, seed)[1], "test")) for seed in range(40)]
    for i, j in combinations(range(len(APART)), 2):
        require(
            any((i in test) != (j in test) for test in apart),
            f"{APART[i]!r} and {APART[j]!r} have a Jaccard index of {jaccard(APART[i], APART[j]):.2f}. At a "
            "threshold of 0.3 they aren't related, but none of 40 splits separated them.",
        )
    firsts = {len(family_split(MIXED, 1 / 7, 0.5, seed)[1]) for seed in range(80)}
    require(
        firsts == {1, 3},
        "With a family of three and four single texts, a test of at least one text should sometimes be the family and "
        "sometimes a single one: the order of families is random, whatever their size.",
    )


def _split(texts, share, seed, family):
    order = sorted(set(family))
    random.Random(seed).shuffle(order)
    test = []
    for one in order:
        if len(test) >= share * len(texts):
            break
        test += [i for i, own in enumerate(family) if own == one]
    return sorted(set(range(len(texts))) - set(test)), sorted(test)


def _joined(texts, related):
    family = list(range(len(texts)))
    for i, j in combinations(range(len(texts)), 2):
        if related(i, j):
            family = [family[i] if one == family[j] else one for one in family]
    return family


def family_split__exact_duplicates(texts, share, threshold, seed):
    """You kept only exact copies together. An inherited docstring differs in one word, and still gives the answer away.
    Compare the sets of word triples."""
    return _split(texts, share, seed, _joined(texts, lambda i, j: texts[i].lower().split() == texts[j].lower().split()))


def family_split__sorted_neighbors(texts, share, threshold, seed):
    """You compared neighbors in alphabetical order only. Two texts that differ in their *first* word stand far apart
    there. Compare all pairs."""
    order = sorted(range(len(texts)), key=lambda i: texts[i].lower().split())
    near = {frozenset(pair) for pair in pairwise(order)}
    related = lambda i, j: {i, j} in near and jaccard(texts[i], texts[j]) >= threshold  # noqa: E731
    return _split(texts, share, seed, _joined(texts, related))


def family_split__no_chains(texts, share, threshold, seed):
    """You put each text with its own relatives, but not with *their* relatives: a~b and b~c left a and c on different
    sides of b. Follow the chains to their end."""
    family = []
    for j in range(len(texts)):
        family.append(next((i for i in range(j) if jaccard(texts[i], texts[j]) >= threshold), j))
    return _split(texts, share, seed, family)


def family_split__splits_texts(texts, share, threshold, seed):
    """You drew texts, not families. Then relatives land on both sides as often as strangers do."""
    return _split(texts, share, seed, list(range(len(texts))))


def family_split__strictly_above(texts, share, threshold, seed):
    """A pair whose Jaccard index *equals* the threshold is related too."""
    return _split(texts, share, seed, _joined(texts, lambda i, j: jaccard(texts[i], texts[j]) > threshold))


def family_split__case_matters(texts, share, threshold, seed):
    """You compare capitals. `Fit` at the beginning of a sentence and `fit` inside it are the same word:
    `text.lower().split()`."""
    grams = [{tuple(w[i : i + 3]) for i in range(max(1, len(w) - 2))} for w in (text.split() for text in texts)]
    related = lambda i, j: len(grams[i] & grams[j]) / len(grams[i] | grams[j]) >= threshold  # noqa: E731
    return _split(texts, share, seed, _joined(texts, related))


def family_split__one_too_few(texts, share, threshold, seed):
    """Your test is too small: you stopped before the family that would have reached the share. It should hold *at
    least* that share."""
    family = _joined(texts, lambda i, j: jaccard(texts[i], texts[j]) >= threshold)
    order = sorted(set(family))
    random.Random(seed).shuffle(order)
    test = []
    for one in order:
        members = [i for i, own in enumerate(family) if own == one]
        if len(test) + len(members) > share * len(texts):
            break
        test += members
    return sorted(set(range(len(texts))) - set(test)), sorted(test)


def family_split__ignores_seed(texts, share, threshold, seed):
    """Every seed gives the same split. One split can be lucky; repeat with several seeds to see how much it matters."""
    return _split(texts, share, 0, _joined(texts, lambda i, j: jaccard(texts[i], texts[j]) >= threshold))


def family_split__swapped(texts, share, threshold, seed):
    """You returned the two lists in the wrong order: the training set comes first."""
    family = _joined(texts, lambda i, j: jaccard(texts[i], texts[j]) >= threshold)
    return _split(texts, share, seed, family)[::-1]


# 4. labels_for_target

SIZES = [25, 50, 100, 200, 400, 800, 1600]
POWERS_OF_TWO = [2, 4, 8, 16, 32, 64]
DIPS = [0.5, 0.7, 0.62, 0.8, 0.78, 0.86, 0.83]


def _curve(floor, a, b, target, sizes=SIZES, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    errors = [(floor + a * n**-b) * (1 + noise * rng.normal()) for n in sizes]
    return call(list(sizes), [round(1 - error, 12) for error in errors], target)


CURVES_FIRST = [
    _curve(0.10, 1.0, 0.5, 0.8875),
    _curve(0.05, 0.8, 0.425, 0.9302),
    _curve(0.10, 1.0, 0.5, 0.87),
    _curve(0.20, 2.0, 1.0, 0.78),
    _curve(0.10, 1.0, 0.5, 0.95),
    _curve(0.10, 1.0, 0.5, 0.84),
    _curve(0.0, 1.0, 0.5, 0.95),
    _curve(0.2, 60.0, 1.9, 0.7995),
    _curve(0.1, 0.8, 0.5, 0.58, POWERS_OF_TWO),  # 6.25: 7 labels, neither 6 nor 8
    _curve(0.1, 1.0, 1.0, 0.67, POWERS_OF_TWO),  # 4.35
    _curve(0.1, 0.8, 0.05, 0.353, POWERS_OF_TWO),  # the flattest that is allowed
    _curve(0.1, 2.0, 3.0, 0.8907, POWERS_OF_TWO),  # steeper than allowed: the best b is 2
    _curve(0.1, 5.0, 0.5, 0.8965, [100, 1000, 10_000, 100_000, 500_000]),  # 2 million
    call(SIZES, DIPS, 0.84),
    _curve(0.10, 1.0, 0.5, 0.8875, noise=0.01, seed=0),
    _curve(0.10, 1.0, 0.5, 0.87, noise=0.01, seed=2),
]


@st.composite
def curves(draw):
    floor, b = draw(st.sampled_from([0.05, 0.0, 0.1, 0.2])), draw(st.sampled_from([0.3, 0.45, 0.62, 1.0]))
    a = draw(st.sampled_from([0.4, 1.0]))
    sizes = draw(st.sampled_from([SIZES, SIZES[::-1], [10, 30, 100, 300], [8, 64, 16, 128, 32]]))
    room = draw(st.sampled_from([0.2, 0.1, 0.06, -0.02, -0.04]))
    if room < 0 and floor == 0:
        room = 0.06
    return call(list(sizes), [1 - floor - a * n**-b for n in sizes], round(1 - floor - room, 4))


def least_squares(sizes, accuracies):
    """Return floor, a and b of the best curve, sizes divided by the smallest: a line for each b, in closed form."""
    n, errors = np.asarray(sizes, float) / min(sizes), 1 - np.asarray(accuracies, float)
    low, high = 0.05, 2.0
    for _ in range(3):
        powers = np.linspace(low, high, 401)
        x = n ** -powers[:, None]
        apart, mean = x - x.mean(axis=1, keepdims=True), errors.mean()
        slope = (apart * (errors - mean)).sum(axis=1) / (apart**2).sum(axis=1)
        a = np.stack([slope, (x * errors).sum(axis=1) / (x**2).sum(axis=1), 0 * slope])  # free, floor 0, flat
        floor = np.stack([mean - slope * x.mean(axis=1), 0 * slope, mean + 0 * slope])
        miss = ((floor[..., None] + a[..., None] * x - errors) ** 2).sum(axis=2)
        miss[(floor < 0) | (a < 0)] = math.inf
        case, best = np.unravel_index(miss.argmin(), miss.shape)
        low, high = powers[max(0, best - 1)], powers[min(400, best + 1)]
    return floor[case, best], a[case, best], powers[best]


def needed(sizes, accuracies, target):
    """Return how many labels the best curve needs, not rounded, or None."""
    floor, a, b = least_squares(sizes, accuracies)
    room = 1 - target - floor
    return None if room <= 1e-6 else min(sizes) * (a / room) ** (1 / b)


@hints(
    "Plot error against n on two logarithmic axes: a floor bends the line to the right. What is the answer if the "
    "target lies below the floor?",
    "For a fixed b the curve is linear in floor and a: least squares finds them, without negative ones (`nnls`), or "
    "`scipy.optimize.curve_fit` with bounds does all three.",
    "Try many exponents b, keep the fit with the smallest error, and solve target error = floor + a·n^(−b) for n. Only "
    "if target error − floor is positive is there an answer; round it up.",
)
@equivalent(
    "np.linspace(0.05, 2, 196)", "np.linspace(0.05, 2, 195)", because="a grid this fine may have one point less"
)
@equivalent(
    "np.linspace(0.05, 2, 196)", "np.linspace(0.05, 2, 197)", because="a grid this fine may have one point more"
)
@equivalent("room <= 0", "room < 0", because="a room of exactly 0 doesn't come out of a fit in floats")
def check_labels_for_target(labels_for_target):
    def near(sizes, accuracies, target):
        returned, expected = labels_for_target(sizes, accuracies, target), needed(sizes, accuracies, target)
        _number_or_none(returned)
        if expected is None:
            floor = least_squares(sizes, accuracies)[0]
            told = f"The fitted floor, {floor:.3f}, is above the allowed error of {1 - target:.3g}: no number of labels"
            require(returned is None, f"{told} is enough. You returned {returned}.")
            return
        wanted = max(1, math.ceil(expected - 1e-6))
        told = f"The fitted curve needs about {wanted:,} labels"
        why = "None is the answer only where the floor forbids the target."
        require(returned is not None, f"{told}; you returned None. {why}")
        if min(sizes) <= expected < 10 and 0.2 < expected % 1 < 0.8:
            message = f"The fitted curve reaches the target at n = {expected:.1f}, so it takes {wanted} labels"
            require(returned == wanted, f"{message}; your answer is {returned:,}.")
        beyond = wanted / max(sizes)  # a fit is only as sure as it is near to what was measured
        factor = 1.05 if beyond <= 1 else 1.25 if beyond <= 4 else 1.5
        fits = wanted / factor <= returned <= wanted * factor or abs(returned - wanted) <= 1
        require(fits, f"{told}; your answer is {returned:,}.")

    for_all(near, on=curves(), also=CURVES_FIRST, examples=5)
    flat = call([25, 100, 400, 1600], [0.8, 0.8, 0.8, 0.8], 0.9)
    told = "This curve is flat: no number of labels reaches 0.9."
    for_all(lambda *given: near_none(labels_for_target, given, told), on=st.just(flat), examples=1)
    easy = labels_for_target(*call([25, 100, 400, 1600], [0.8, 0.8, 0.8, 0.8], 0.5).args)
    _number_or_none(easy)
    require(easy == 1, f"A flat curve at 0.8 is above 0.5 from the first label on: the answer is 1, not {easy}.")


def near_none(labels_for_target, given, told):
    """Fail unless the answer is None."""
    returned = labels_for_target(*given)
    _number_or_none(returned)
    require(returned is None, f"{told} You returned {returned}.")


def _number_or_none(returned):
    if returned is not None:
        kind(returned, (int, np.integer))
        require(
            not isinstance(returned, bool) and returned >= 1,
            "The result should be a number of labels, at least 1, or None.",
        )


def _solved(floor, a, b, target):
    room = 1 - target - floor
    return None if room <= 1e-9 else max(1, math.ceil(min(1e15, (a / room) ** (1 / b))))


def _fitted(sizes, accuracies):
    n, errors = np.asarray(sizes, float), 1 - np.asarray(accuracies)
    fits = []
    for b in np.linspace(0.05, 2, 196):
        (floor, a), miss = nnls(np.column_stack([np.ones_like(n), n**-b]), errors)
        fits.append((miss, floor, a, b))
    return min(fits)[1:]


def labels_for_target__straight_line(sizes, accuracies, target):
    """You drew a straight line through accuracy against labels. Learning curves bend: each further point costs more
    labels than the one before."""
    slope, start = np.polyfit(sizes, accuracies, 1)
    return max(1, math.ceil((target - start) / slope)) if slope > 0 else None


def labels_for_target__line_in_log(sizes, accuracies, target):
    """You let the accuracy grow by the same amount with every doubling of the labels. That line reaches 100 % and goes
    on. Fit the law of the statement."""
    slope, start = np.polyfit(np.log(sizes), accuracies, 1)
    return max(1, math.ceil(math.exp(min(30, (target - start) / slope)))) if slope > 1e-9 else None


def labels_for_target__without_floor(sizes, accuracies, target):
    """You fitted a power law without a floor. It promises 100 % if only you buy enough labels. Some errors never go
    away: fit the floor too."""
    slope, start = np.polyfit(np.log(sizes), np.log(np.maximum(1e-9, 1 - np.asarray(accuracies))), 1)
    if slope > -1e-9:
        return None
    return max(1, math.ceil(math.exp(min(30, (math.log(1 - target) - start) / slope))))


def labels_for_target__only_measured(sizes, accuracies, target):
    """You answered with one of the measured sizes. The target may lie between two of them, or beyond all: use the
    fitted curve."""
    reached = [n for n, accuracy in sorted(zip(sizes, accuracies, strict=True)) if accuracy >= target]
    return reached[0] if reached else None


def labels_for_target__largest_size(sizes, accuracies, target):
    """Your answer is never larger than the largest size measured, although the target isn't reached there. Extrapolate:
    that's what the law is for."""
    needed = _solved(*_fitted(sizes, accuracies), target)
    return None if needed is None else min(needed, max(sizes))


def labels_for_target__refuses_to_extrapolate(sizes, accuracies, target):
    """You return None for every target above the best accuracy measured. None means that *no* number of labels is
    enough: only the floor can say that."""
    return None if target > max(accuracies) else _solved(*_fitted(sizes, accuracies), target)


def labels_for_target__ignores_floor(sizes, accuracies, target):
    """You fitted the floor and then forgot it: the equation to solve is target error = floor + a·n^(−b)."""
    _, a, b = _fitted(sizes, accuracies)
    return _solved(0.0, a, b, target) if a > 1e-9 else None


def labels_for_target__half_power(sizes, accuracies, target):
    """You fixed the exponent at 1/2. It belongs to the task: search for it between 0.05 and 2."""
    n, errors = np.asarray(sizes, float), 1 - np.asarray(accuracies)
    (floor, a), _ = nnls(np.column_stack([np.ones_like(n), n**-0.5]), errors)
    return _solved(floor, a, 0.5, target)


# 5. accumulated_gradients


class Held:
    """A tensor that a graph keeps for its backward pass."""

    def __init__(self, tensor):
        self.tensor = tensor


class Tagger(nn.Module):
    """Scores for each token; notes what it was called with, whose backward pass had run, and what graphs still hold."""

    def __init__(self, seed, frozen=False, shared=False):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.one, self.two = nn.Linear(2, 3, dtype=torch.float64), nn.Linear(3, 3, dtype=torch.float64)
        if shared:
            self.three = nn.Linear(3, 3, dtype=torch.float64)
            self.three.weight = self.two.weight
        for parameter in self.parameters():
            parameter.data = torch.randint(-6, 7, parameter.shape, generator=generator).double() / 4
        if frozen:
            self.one.requires_grad_(False)
        self.shared, self.seen, self.done, self.held = shared, [], [], WeakSet()

    def hold(self, tensor):
        held = Held(tensor)
        self.held.add(held)
        return held

    def forward(self, inputs):
        number = len(self.seen)
        self.seen.append((tuple(inputs.shape), len(self.done), len(self.held)))
        with torch.autograd.graph.saved_tensors_hooks(self.hold, lambda held: held.tensor):
            out = self.two(torch.tanh(self.one(inputs)))
            out = self.three(torch.tanh(out)) if self.shared else out
        if out.requires_grad:
            out.register_hook(lambda gradient: self.done.append(number))
        return out


def summed(outputs, labels):
    """Return the cross-entropy summed over the tokens that count."""
    return cross_entropy(outputs.flatten(0, 1), labels.flatten(), reduction="sum", ignore_index=-100)


def squared(outputs, labels):
    """Return the squared errors of a score summed over the tokens that count; labels are any numbers."""
    return ((outputs.sum(dim=2) - labels) ** 2)[labels != -100].sum()


def chunked(counts, lengths, seed):
    """Return chunks of one or two sentences; in chunk i, `counts[i]` tokens count."""
    generator = torch.Generator().manual_seed(seed)
    chunks = []
    for count, length in zip(counts, lengths, strict=True):
        rows = 1 if count <= length else 2
        inputs = torch.randint(-8, 9, (rows, length, 2), generator=generator).double() / 4
        labels = torch.randint(0, 3, (rows * length,), generator=generator)
        labels[count:] = -100
        chunks.append((inputs, labels.reshape(rows, length)))
    return chunks


SITUATIONS = {  # counted tokens, lengths of the rows, what `_compare` should do besides
    "Two chunks of two sentences, with six counted tokens each.": ([6, 6], [3, 3], {}),
    "Two chunks of three tokens; in the first one token counts, in the second all three.": ([1, 3], [3, 3], {}),
    "One chunk of two sentences with three tokens each, four of which count.": ([4], [3], {}),
    "The parameters hold gradients from an earlier step.": ([2, 1], [2, 2], {"old": 7.0}),
    "Chunks of different lengths.": ([1, 5, 2], [2, 3, 4], {}),
    "No token counts in the second chunk.": ([2, 0, 1], [2, 2, 2], {}),
    "The first layer is frozen.": ([2, 1], [2, 2], {"frozen": True}),
    "Five chunks and old gradients.": ([3, 1, 6, 2, 1], [3, 4, 3, 2, 5], {"old": 7.0}),
    "The gradients from an earlier step are `nan`.": ([2, 1], [2, 2], {"old": math.nan}),
    "Two layers share their weights.": ([2, 1], [2, 2], {"shared": True}),
    "The labels are numbers from −1 to 1, and all but −100 count.": ([2, 3], [2, 3], {"loss": squared}),
}


@told_by_message
@hints(
    "The mean of all tokens isn't the mean of the chunks' means if they have different numbers of counted tokens. "
    "Which number has to be known before the first `backward`?",
    "Count the labels that aren't −100 in all chunks first. Each chunk then adds its *sum* divided by that total.",
    "`backward` adds to `.grad`. So clear the gradients once at the start, and call it once for each chunk, inside the "
    "loop, so that its graph is freed.",
)
def check_accumulated_gradients(accumulated_gradients):
    for seed in (0, 1):
        for told, situation in SITUATIONS.items():
            _compare(accumulated_gradients, seed, told, *situation[:2], **situation[2])
    for chunks in ([], chunked([0, 0], [2, 3], 0)):
        why = "Where no token counts there is no mean, and 0/0 would fill the gradients with nan."
        raises(accumulated_gradients, ValueError, call(Tagger(0), chunks, summed), why=why)


def _compare(accumulated_gradients, seed, told, counts, lengths, old=None, frozen=False, shared=False, loss=summed):
    model, reference = Tagger(seed, frozen, shared), Tagger(seed, frozen, shared)
    chunks = chunked(counts, lengths, seed)
    if loss is squared:
        chunks = [(inputs, torch.where(labels == -100, labels, labels - 1)) for inputs, labels in chunks]
    if old is not None:
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, old)
    model.train(seed == 0)
    accumulated_gradients(model, chunks, loss)
    expected = _in_one_batch(reference, chunks, loss)
    found = {name: p.grad for name, p in model.named_parameters()}
    for name, gradient in expected.items():
        if gradient is None:
            require(found[name] is None, f"{told} `{name}` is frozen, and got a gradient.")
            continue
        require(found[name] is not None, f"{told} `.grad` of `{name}` is still empty.")
        shape(found[name], tuple(gradient.shape), f"the gradient of `{name}`")
        close(found[name], gradient, f"{told} The gradient of `{name}`", rtol=1e-6, atol=1e-9)
    for (name, mine), (_, theirs) in zip(model.named_parameters(), reference.named_parameters(), strict=True):
        require(torch.equal(mine, theirs), f"{told} The parameter `{name}` itself changed: no step is wanted.")
        require(mine.requires_grad == theirs.requires_grad, f"{told} `requires_grad` of `{name}` changed.")
    require(model.training == (seed == 0), "The model came back in another mode.")
    shapes = [tuple(inputs.shape) for inputs, _ in chunks]
    seen = [one for one, _, _ in model.seen]
    require(len(seen) <= len(chunks), f"{told} You called the model {len(seen)} times for {len(chunks)} chunks.")
    strange = [one for one in seen if one not in shapes]
    require(
        not strange,
        f"{told} You called the model on {strange[:1]}; the chunks are {shapes}. Chunks don't fit together.",
    )
    if len(chunks) < 3:
        return
    done = [done for _, done, _ in model.seen]
    memory = "All graphs together are the memory that you wanted to save."
    require(any(done), f"{told} The gradients are right, but no `backward` ran until all chunks were through. {memory}")
    late = any(number < k for k, number in enumerate(done))
    waiting = "when you called the model again, an earlier chunk was still waiting for its `backward`"
    require(not late, f"{told} The gradients are right, but {waiting}. Two graphs need twice the memory of one.")
    kept = any(held for _, _, held in model.seen)
    require(not kept, f"{told} The gradients are right, but a chunk's graph outlived its `backward` (`retain_graph`?).")


def _in_one_batch(model, chunks, loss):
    """Return the gradients of the mean over all counted tokens, from one flat batch."""
    rows = torch.cat([inputs[labels != -100] for inputs, labels in chunks])[None]
    targets = torch.cat([labels[labels != -100] for _, labels in chunks])[None]
    scores = model(rows)
    loss = cross_entropy(scores[0], targets[0]) if loss is summed else ((scores.sum(dim=2) - targets) ** 2).mean()
    learned = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    gradients = torch.autograd.grad(loss, [p for _, p in learned])
    found = dict(zip([name for name, _ in learned], gradients, strict=True))
    return {name: found.get(name) for name, _ in model.named_parameters()}


def _counted(chunks):
    total = sum(int((labels != -100).sum()) for _, labels in chunks)
    if not total:
        raise ValueError("nothing counts")
    return total


def accumulated_gradients__mean_of_means(model, chunks, loss_sum):
    """You took the mean of the chunks' means. A chunk with one token then counts as much as one with three. Divide each
    chunk's sum by the number of tokens in *all* chunks."""
    _counted(chunks)
    model.zero_grad()
    for inputs, labels in chunks:
        count = max(1, int((labels != -100).sum()))
        (loss_sum(model(inputs), labels) / count / len(chunks)).backward()


def accumulated_gradients__sum_of_means(model, chunks, loss_sum):
    """You added up the chunks' means. The result grows with the number of chunks, as if the learning rate did."""
    _counted(chunks)
    model.zero_grad()
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / max(1, int((labels != -100).sum()))).backward()


def accumulated_gradients__keeps_old(model, chunks, loss_sum):
    """Gradients from an earlier step were still there, and yours were added to them. Clear them first."""
    total = _counted(chunks)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def accumulated_gradients__clears_each_time(model, chunks, loss_sum):
    """You cleared the gradients before every chunk, so only the last one is left. Clear them once, at the start."""
    total = _counted(chunks)
    for inputs, labels in chunks:
        model.zero_grad()
        (loss_sum(model(inputs), labels) / total).backward()


def accumulated_gradients__by_sentences(model, chunks, loss_sum):
    """You divided by the number of sentences. Long sentences then pull harder than short ones; the mean asked for is
    that of the counted *tokens*."""
    _counted(chunks)
    model.zero_grad()
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / sum(len(labels) for _, labels in chunks)).backward()


def accumulated_gradients__counts_padding(model, chunks, loss_sum):
    """You divided by the number of all tokens, the uncounted ones (−100) included. The more padding, the smaller your
    gradients."""
    _counted(chunks)
    model.zero_grad()
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / sum(labels.numel() for _, labels in chunks)).backward()


def accumulated_gradients__no_division(model, chunks, loss_sum):
    """You filled in the gradient of the *sum*. Divide by the number of counted tokens."""
    _counted(chunks)
    model.zero_grad()
    for inputs, labels in chunks:
        loss_sum(model(inputs), labels).backward()


def accumulated_gradients__one_backward(model, chunks, loss_sum):
    """The gradients are right, but you added up the losses and called `backward` once, at the end. Until then the graph
    of every chunk stays in memory, as if it were one batch."""
    total = _counted(chunks)
    model.zero_grad()
    sum(loss_sum(model(inputs), labels) / total for inputs, labels in chunks).backward()


def accumulated_gradients__nan_if_empty(model, chunks, loss_sum):
    """Without any counted token you divided by zero or did nothing. Raise a ValueError: such a batch is a mistake in
    the data, and `nan` in the gradients ends the training."""
    total = max(1, sum(int((labels != -100).sum()) for _, labels in chunks))
    model.zero_grad()
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()
