# %% [markdown]
# # Exercises: Train a language model of your own
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(merge_by_rank)` gives the next of
# three hints, `solution(merge_by_rank)` the answer with its reasons. Any order; `progress()` says where you are.
# Everything is small: no training, no GPU.

# %%
import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Put two models on one scale  ★☆☆ · 6 min
# Two teams report the loss of their language models on the same log file: one for each token, in nats (natural
# logarithms). Their tokenizers differ, so the numbers can't be compared. Convert: how many bits does a model spend on
# one *character* of the text? `é` is one character, and so is an emoji. An empty text has no answer: raise `ValueError`.


# %%
def bits_per_character(nats: Sequence[float], text: str) -> float:
    """Return the total of the tokens' losses `nats`, in bits, divided by the number of characters of `text`.

    Raises ValueError if `text` is empty.

    >>> round(bits_per_character([0.6931, 2.0794], "four"), 3)  # 1 bit and 3 bits
    1.0
    """
    # BEGIN SOLUTION
    if not text:
        raise ValueError("an empty text has no characters to share the bits")
    return sum(nats) / math.log(2) / len(text)
    # END SOLUTION


# %%
check(bits_per_character)

# %% [markdown] tags=["solution"]
# The losses of the tokens add up to −ln p(text), which doesn't depend on how the text was cut, provided that the model
# spells it in one way. Division by ln 2 turns nats into bits. The number of characters belongs to the text, not to the
# tokenizer, so it is the fair denominator. Dividing by tokens rewards short ones; dividing by bytes gives another, also
# fair, unit, which differs as soon as a character takes several bytes.

# %% [markdown]
# ## 2. Encode with learned merges  ★★☆ · 20 min
# The lesson *learned* merges. A search box now has to use them on what people type. Start from single characters. As
# long as two neighbors are a pair of the list, join the pair that was learned earliest; if it occurs several times,
# begin at the left. Characters that no merge knows stay alone; an empty word gives an empty list.


# %%
def merge_by_rank(word: str, merges: Sequence[tuple[str, str]]) -> list[str]:
    """Return the tokens of `word`; `merges` lists pairs of tokens, the earliest learned first, none of them twice.

    Both tokens of a pair are single characters, or were made by earlier pairs.

    >>> merge_by_rank("abcab", [("b", "c"), ("a", "b"), ("a", "bc")])
    ['abc', 'ab']
    """
    # BEGIN SOLUTION
    rank = {tuple(pair): i for i, pair in enumerate(merges)}
    tokens = list(word)
    while True:
        pairs = [rank.get(pair, math.inf) for pair in pairwise(tokens)]
        best = min(pairs, default=math.inf)
        if best == math.inf:
            return tokens
        at = pairs.index(best)
        tokens[at : at + 2] = [tokens[at] + tokens[at + 1]]
    # END SOLUTION


# %%
check(merge_by_rank)

# %% [markdown] tags=["solution"]
# After every join the pairs are looked up again, since a new token makes new pairs, among them sometimes one that was
# learned earlier: "abc" can be made from "ab" + "c" or from "a" + "bc", and one of the two may come late. Neither the
# longest token nor the leftmost pair decides, only the rank: the model was trained on text that was cut in this way.
# Real tokenizers do the same with a priority queue, so that long words don't take quadratic time.

# %% [markdown]
# ## 3. Keep the nucleus  ★★☆ · 15 min
# Your autocomplete sometimes offers nonsense from far down the list. Top-p sampling cuts it off: keep the smallest set
# of tokens that together have a probability of at least `share`, and set all other logits to −∞. At least one token
# stays. Where equally probable tokens compete for the last place, choose either.


# %%
def keep_nucleus(logits: Tensor, share: float) -> Tensor:
    """Return `logits` with −inf outside the nucleus of each row; the others stay as and where they are.

    Shapes: logits (..., vocabulary), finite or −inf, at least one finite in each row; so the result. 0 < share < 1.

    >>> keep_nucleus(torch.tensor([0.1, 0.6, 0.3]).log(), 0.7).exp()
    tensor([0.0000, 0.6000, 0.3000])
    """
    # BEGIN SOLUTION
    ordered, places = logits.sort(descending=True)
    chances = ordered.softmax(dim=-1)
    before = chances.cumsum(dim=-1) - chances  # the mass of all that are more probable
    beyond = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, places, before >= share)
    return logits.masked_fill(beyond, -math.inf)
    # END SOLUTION


# %%
check(keep_nucleus)

# %% [markdown] tags=["solution"]
# A token belongs to the nucleus if the tokens *before* it don't reach the share yet. So the one that crosses the limit
# stays, and the first always does, since nothing is before it. The decision is made in sorted order and has to be
# carried back: `scatter` writes each flag to the place that its token came from. A limit on single probabilities
# (min-p) is another method; there a flat distribution keeps nothing or everything.

# %% [markdown]
# ## 4. Report contamination  ★★☆ · 12 min
# A model card must say how much of a test text the model could have memorized. Split both texts at white space. What
# share of the test's runs of `words` consecutive words also occurs in the training text as consecutive words? A run
# that the test repeats counts each time. Capitals and punctuation count as they stand. No run: 0.0.


# %%
def overlap_share(training: str, test: str, words: int) -> float:
    """Return the share, 0 to 1, of the runs of `words` words in `test` that occur in `training`; `words` is at least 1.

    >>> overlap_share("the mean of the array", "the mean of the mean of a list", 3)  # 3 of 6 runs
    0.5
    """

    # BEGIN SOLUTION
    def runs(text: str) -> list[tuple[str, ...]]:
        tokens = text.split()
        return [tuple(tokens[i : i + words]) for i in range(len(tokens) - words + 1)]

    known, asked = set(runs(training)), Counter(runs(test))
    return sum(count for run, count in asked.items() if run in known) / max(1, asked.total())
    # END SOLUTION


# %%
check(overlap_share)

# %% [markdown] tags=["solution"]
# Training is a set (has it been seen?), the test a list (how often is it asked?). The denominator is the number of runs
# in the test: a Jaccard index would shrink as the training text grows. Runs are compared as tuples of words, since a
# search in the raw text finds "the mean" in "lathe means". Short runs overlap in any two English texts; reports use 8 to
# 13 words.

# %% [markdown]
# ## 5. Feed every token once  ★★★ · 30 min
# A chat service recomputes the whole conversation for each new word, and the bill is quadratic. Its model has a cache:
# `model(ids, cache, start)` takes the ids (batch, n) that it has *not* seen, the cache (None at first) and the position
# of the first of these ids; it returns logits (batch, n, vocabulary) and the cache for the next call, which holds
# everything so far, in a form that is the model's own business (even None). Continue greedily, feeding each token once.


# %%
def continue_with_cache(
    model: Callable[[Tensor, object, int], tuple[Tensor, object]], ids: Tensor, count: int
) -> Tensor:
    """Return `ids` (batch, n) followed by the `count` most probable next tokens: (batch, n + count).

    n and count are at least 1. The model is fed n + count − 1 tokens of each row in all, each at its own position.

    >>> def counter(ids, cache, start):  # its next token is always the one after the last
    ...     return torch.nn.functional.one_hot((ids + 1) % 10, 10).float(), None
    >>> continue_with_cache(counter, torch.tensor([[7]]), 4)
    tensor([[7, 8, 9, 0, 1]])
    """
    # BEGIN SOLUTION
    cache, new, start = None, ids, 0
    for _ in range(count):
        logits, cache = model(new, cache, start)
        start += new.shape[1]
        new = logits[:, -1:].argmax(dim=-1)
        ids = torch.cat([ids, new], dim=1)
    return ids
    # END SOLUTION


# %%
check(continue_with_cache)

# %% [markdown] tags=["solution"]
# The first call reads the prompt, each later one a single token. `start` counts what was fed, so the new token gets the
# position after the last one, not 0. The cache that comes back replaces the old one. The last chosen token is never fed,
# because nobody asks what follows it: n + count − 1 tokens, where recomputing feeds n + (n + 1) + … The texts are the
# same: a cache saves work that was done before, nothing else.
