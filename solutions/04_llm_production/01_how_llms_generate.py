# %% [markdown]
# # Exercises: See how a model writes one token at a time
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(nucleus_tokens)` gives the next of three hints, `solution(nucleus_tokens)` the answer. Any order; `progress()` says where you are. No model is loaded here: a few probabilities are enough.

# %%
from collections.abc import Callable

import numpy as np

from handrail import check, hint, progress, solution
from handrail.kit.decoding import Turn

# %% [markdown]
# ## 1. Score a text  ★☆☆ · 8 min
# You want to rank two drafts of a sentence by how usual they are to a model. It has read a draft and left its scores: row `t` of `logits` belongs to the moment after token `t` was read. Return the natural logarithm of the probability of all tokens after the first, given the first. The scores of this model run up to ±10,000. A draft of one token has nothing left to predict.


# %%
def sequence_log_probability(logits: np.ndarray, tokens: np.ndarray) -> float:
    """Return ln p(tokens[1], tokens[2], … | tokens[0]); 0.0 for a single token.

    `logits` has shape `(n, vocabulary)` and dtype float64; row `t` holds the scores of every next token after reading
    `tokens[: t + 1]`; −inf marks a token that can't come. `tokens` holds n integers, n at least 1.

    >>> even = np.zeros((3, 4))  # four equally likely tokens at each step
    >>> round(sequence_log_probability(even, np.array([2, 0, 3])), 4)  # 2 · ln(1/4)
    -2.7726
    """
    # BEGIN SOLUTION
    scores, written = logits[:-1], tokens[1:]
    shifted = scores - scores.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(written)), written]
    return float((chosen - np.log(np.exp(shifted).sum(axis=1))).sum())
    # END SOLUTION


# %%
check(sequence_log_probability)

# %% [markdown] tags=["solution"]
# Row t predicts token t + 1, so the last row and the first token drop out. The logarithm of a softmax is the score minus the logarithm of the sum of all exponentials; a constant taken from a whole row changes nothing, and with the maximum taken away the largest exponential is 1, so nothing overflows. Taking the softmax first and the logarithm afterwards would fail at the other end: exp(−10,000) is 0, and its logarithm −inf.

# %% [markdown]
# ## 2. Keep the nucleus  ★☆☆ · 10 min
# An autocomplete offers its user the likely next words and hides the tail. Return the ids of the smallest set of most probable tokens that hold at least the share `p` of the probability together: the most probable first, of equal ones the lower id first. At least one token is always offered.


# %%
def nucleus_tokens(probabilities: np.ndarray, p: float) -> np.ndarray:
    """Return the token ids of the nucleus, the most probable first: an array of integers, at least one.

    `probabilities` has shape `(vocabulary,)`, is not sorted, and sums to 1; 0 <= p <= 1. All are multiples of 1/1024,
    so that sums come out exactly.

    >>> nucleus_tokens(np.array([0.25, 0.125, 0.5, 0.125]), 0.625)
    array([2, 0])
    """
    # BEGIN SOLUTION
    order = np.argsort(-probabilities, kind="stable")
    reached = np.cumsum(probabilities[order]) >= p
    return order[: int(np.argmax(reached)) + 1]
    # END SOLUTION


# %%
check(nucleus_tokens)

# %% [markdown] tags=["solution"]
# `reached` turns from False to True at the token that crosses the line, and `argmax` finds the first True; that token belongs in, hence the `+ 1`. It also keeps one token for p = 0, because the first sum is already at least 0. `argsort` of the *negative* probabilities, stable, puts equal ones in the order of their ids. With the nucleus of a peaked distribution the user sees one word, with a flat one many: top-p adapts, top-k doesn't.

# %% [markdown]
# ## 3. Make a conversation fit  ★★☆ · 20 min
# Your assistant's window holds `window` tokens, and `reserve` of them are for its answer. Keep every system turn, and of the others the longest unbroken run of latest turns that fits beside them. A run has to begin with a user's turn: services refuse a tool's result without the call before it, and an answer without its question confuses the reader. If no run fits, the system turns are left.


# %%
def trim_conversation(turns: list[Turn], count: Callable[[str], int], window: int, reserve: int) -> list[Turn]:
    """Return the turns to send, in their order, with at most `window - reserve` tokens.

    `Turn` has `role` ("system", "user", "assistant" or "tool") and `text`, and takes `count(text)` tokens, 0 or more.
    System turns may stand anywhere; they don't interrupt a run. A result ("tool") follows its call ("assistant").
    Raises ValueError if the system turns alone have more than `window - reserve` tokens.

    >>> talk = [Turn("system", "Be brief."), Turn("user", "Hello!"), Turn("assistant", "Yes?"), Turn("user", "Why?")]
    >>> [turn.text for turn in trim_conversation(talk, len, window=20, reserve=5)]
    ['Be brief.', 'Why?']
    """
    # BEGIN SOLUTION
    room = window - reserve - sum(count(turn.text) for turn in turns if turn.role == "system")
    if room < 0:
        raise ValueError("the system turns alone don't fit into the window")
    start, used = len(turns), 0
    for i in reversed(range(len(turns))):
        if turns[i].role == "system":
            continue
        used += count(turns[i].text)
        if used > room:
            break
        if turns[i].role == "user":
            start = i
    return [turn for i, turn in enumerate(turns) if turn.role == "system" or i >= start]
    # END SOLUTION


# %%
check(trim_conversation)

# %% [markdown] tags=["solution"]
# System turns are paid first, because they stay in any case. Then the walk goes backward through the others and stops at the first that doesn't fit: what lies before it would leave a hole. `start` moves only at a user's turn, so that the run never begins with an answer or with a tool's result, however far back there was room. Note that a long latest turn leaves nothing but the instructions; a service then has to tell its user.

# %% [markdown]
# ## 4. Search with a beam  ★★☆ · 25 min
# A translator wants the most probable text, not a sample. Keep up to `width` texts, the *beam*; at first it holds the empty one. In each of `steps` steps, every text of the beam without `end` is replaced by all its continuations by one token, and one that has written `end` stays as it is. The `width` most probable of all these make the next beam. Return the most probable text of the last beam.


# %%
def most_probable_sequence(
    next_log_probs: Callable[[tuple[int, ...]], np.ndarray], width: int, steps: int, end: int
) -> tuple[int, ...]:
    """Return the tokens of the best text of the last beam, `end` included if it was written.

    `next_log_probs(tokens)` returns the log-probability of each next token, shape `(vocabulary,)`, after the tokens
    written so far (`()` at first); −inf marks a token that can't come. It is expensive: ask once for a text of the
    beam, and never for one that has ended. `width` and `steps` are at least 1. No two texts are equally probable.

    >>> def model(tokens):  # after a 0 both tokens are equally bad; after a 1 the end, token 2, is nearly certain
    ...     return np.log({(): [0.6, 0.4, 1e-9], (0,): [0.4, 0.3, 0.3]}.get(tokens, [0.04, 0.06, 0.9]))
    >>> most_probable_sequence(model, 1, 2, end=2), most_probable_sequence(model, 2, 2, end=2)
    ((0, 0), (1, 2))
    """
    # BEGIN SOLUTION
    beam = [(0.0, ())]
    for _ in range(steps):
        candidates = []
        for total, tokens in beam:
            if tokens and tokens[-1] == end:
                candidates.append((total, tokens))
            else:
                following = next_log_probs(tokens)
                candidates += [(total + float(score), (*tokens, token)) for token, score in enumerate(following)]
        beam = sorted(candidates, reverse=True)[:width]
    return beam[0][1]
    # END SOLUTION


# %%
check(most_probable_sequence)

# %% [markdown] tags=["solution"]
# All candidates of a step go into one list, the finished texts among them, and only then is it cut: the survivors may share a parent, and a finished text has to earn its place again in each step. A finished text can be overtaken in the beam only by texts that are more probable already; those can still lose later, which is why beam search isn't exact. With a width of all possible texts nothing is cut, and the answer is the most probable text there is.

# %% [markdown]
# ## 5. Let a cheap model guess  ★★★ · 30 min
# A small model has proposed the next token, drawn from its distribution `draft`. A large one checks it, and the reader must not notice. If `draft` gives the token no more probability than `target` does, keep it; otherwise keep it only sometimes, and else put another one in its place, in a way that makes up for the tokens that the draft neglects. Find the rule that keeps as many proposals as possible and whose results are distributed exactly as `target`.


# %%
def speculative_token(proposed: int, draft: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> int:
    """Return `proposed` or a token in its place; over all proposals, the results are distributed exactly as `target`.

    `proposed` was drawn from `draft`, where its probability is above 0. `draft` and `target` have shape `(vocabulary,)`
    and dtype float64; each sums to 1, entries may be 0. Everything random comes from `rng`. Proposals are kept as often
    as possible.

    >>> draft, target = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.0, 1.0])
    >>> speculative_token(1, draft, target, np.random.default_rng(0))
    2
    """
    # BEGIN SOLUTION
    if rng.random() * draft[proposed] < target[proposed]:
        return proposed
    neglected = np.maximum(target - draft, 0)
    return int(rng.choice(len(draft), p=neglected / neglected.sum()))
    # END SOLUTION


# %%
check(speculative_token)

# %% [markdown] tags=["solution"]
# Token t is proposed with probability draft[t] and kept with min(1, target[t] / draft[t]), so it is kept with min(draft[t], target[t]) in all. What is missing to target[t] is the positive part of target − draft, and the rejections happen exactly as often as its sum; drawing from it after a rejection fills the gap to the last digit. The share that is kept is the sum of the minima: the lesson measured it for a table of pairs. This is speculative decoding (Leviathan and others, 2023).
